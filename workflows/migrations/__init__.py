"""Migrations of the database: PostgreSQL only, run by its owner, one head.

Alembic does the work; this module is the only door to it. It is loaded when there is something to migrate: whoever
only asks whether the schema fits, as every serving process does, is spared its 8 MB.
"""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workflows.core.errors import Reason, WorkflowError

HERE = Path(__file__).parent
REVISIONS = tuple(sorted(path.name.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*.py")))
"""All that this release knows, the oldest first: the files are named by them."""
NEWEST = REVISIONS[-1]
# One migration at a time, whoever starts it: the number is arbitrary and only has to be ours.
_LOCK = 7_201_945


class SchemaError(WorkflowError):
    """The database does not have the schema of this release."""

    code = "schema"


def current(connection: Connection) -> str | None:
    """Return the revision the database has, or ``None`` when it has none."""
    if connection.scalar(sa.text("SELECT to_regclass('alembic_version')")) is None:
        return None
    revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision


def upgrade(connection: Connection) -> None:
    """Bring the database to the newest revision, as its owner, all or nothing.

    :raises SchemaError: the database comes from a newer release.
    """
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    revision = current(connection)
    _refuse_newer(revision)
    if revision != NEWEST:
        _migrate(connection)


def check(connection: Connection) -> None:
    """:raises SchemaError: the database is older, newer, half migrated, or half restored."""
    revision = current(connection)
    _refuse_newer(revision)
    if revision != NEWEST:
        raise SchemaError(Reason("schema_old", "Basis data belum diperbarui. Jalankan: tuntas db upgrade"))
    refuse_half(connection)


def refuse_half(connection: Connection) -> None:
    """:raises SchemaError: a restore from a backup has begun here and has not come to its end."""
    if connection.scalar(sa.text("SELECT EXISTS (SELECT FROM restoration WHERE done_at IS NULL)")):
        raise SchemaError(
            Reason(
                "half_restored",
                "Pemulihan dari cadangan di sini belum selesai, jadi tidak ada yang dilayani. "
                "Jalankan lagi: tuntas restore",
            )
        )


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in REVISIONS:
        raise SchemaError(
            Reason(
                "schema_new",
                f"Basis data ({revision}) berasal dari versi Tuntas yang lebih baru. Pasang versi itu.",
            )
        )


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, NEWEST)


def drift(connection: Connection) -> list[object]:
    """Return what differs between the database and the models; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from workflows.stages import METADATA  # a plain upgrade needs no models

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, METADATA))
