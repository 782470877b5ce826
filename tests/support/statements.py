"""What an application asks its database."""

from collections.abc import Iterator
from contextlib import contextmanager

import flask
import sqlalchemy as sa

from workflows.core.db import db


@contextmanager
def counting() -> Iterator[list[str]]:
    """Note the statements of the session at hand."""
    statements: list[str] = []
    connection = db.session.connection()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sa.event.listen(connection, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(connection, "before_cursor_execute", note)


@contextmanager
def counted(app: flask.Flask) -> Iterator[list[str]]:
    """Note the statements that the application sends."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
