"""What an application asks its database."""

from collections.abc import Iterator
from contextlib import contextmanager

import flask
import sqlalchemy as sa

from workflows.core.db import db


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
