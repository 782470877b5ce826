"""Migrations of the database: PostgreSQL only, run by its owner, one head.

Alembic does the work; this module is the only door to it.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from workflows.core.errors import Reason, WorkflowError

HERE = Path(__file__).parent
# One migration at a time, whoever starts it: the number is arbitrary and only has to be ours.
_LOCK = 7_201_945


class SchemaError(WorkflowError):
    """The database does not have the schema of this release."""

    code = "schema"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def heads() -> tuple[str, ...]:
    """Return the newest revisions; more than one is a mistake of whoever added a migration."""
    return tuple(ScriptDirectory.from_config(_config()).get_heads())


def current(connection: Connection) -> str | None:
    """Return the revision the database has, or ``None`` when it has none."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(connection: Connection) -> None:
    """Bring the database to the newest revision, as its owner, all or nothing.

    :raises SchemaError: the database comes from a newer release.
    """
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    _refuse_newer(current(connection))
    command.upgrade(_config(connection), "head")


def check(connection: Connection) -> None:
    """:raises SchemaError: the database is older, newer, or half migrated."""
    revision = current(connection)
    _refuse_newer(revision)
    if (revision,) != heads():
        raise SchemaError(Reason("schema_old", "Basis data belum diperbarui. Jalankan: tuntas db upgrade"))


def _refuse_newer(revision: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaError(
            Reason(
                "schema_new",
                f"Basis data ({revision}) berasal dari versi Tuntas yang lebih baru. Pasang versi itu.",
            )
        )


def drift(connection: Connection) -> list[object]:
    """Return what differs between the database and the models; empty when they agree."""
    from workflows.stages import METADATA  # a plain upgrade needs no models

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, METADATA))
