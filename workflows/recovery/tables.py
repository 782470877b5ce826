"""All rows of the database, table by table, as PostgreSQL's own text.

Read in one snapshot and written in one transaction, so there are all rows or none. The linking trigger and the walls
against changes are off while rows come back, or the log would be linked anew; foreign keys are taken off and put back,
which has PostgreSQL check every one of them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.reading import CHUNK

PART = 4 * 1024 * 1024
"""Bytes that are collected before they become a member of the backup: how long a table is, is not known before."""
LEFT_OUT = frozenset({"alembic_version", "restoration"})
TRANSIENT = frozenset({"job", "sign_in_failure"})
"""What a product that was started on an empty database may have written; it makes way for the backup's rows."""
SEQUENCES = {"receipt_number_seq": 10_000, "disposal_number_seq": 1_000, "handover_number_seq": 1_000}
"""Each with what it jumps by: numbers that were given after the backup must not be given a second time."""
_NUMBERED = {
    "receipt_number_seq": ("evidence", "receipt_number"),
    "disposal_number_seq": ("disposal", "number"),
    "handover_number_seq": ("handover", "number"),
}
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


def names(connection: Connection) -> list[str]:
    """Return the tables that a backup holds, as the database itself has them: none is left out by mistake."""
    query = sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return sorted(set(connection.scalars(query)) - LEFT_OUT)


def driver(connection: Connection) -> "psycopg.Connection[Any]":
    """Return the driver's connection below, in the same transaction."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def columns(connection: Connection, table: str) -> list[str]:
    """Return the columns of a table that can be written."""
    query = sa.text(
        "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = '' ORDER BY attnum"
    )
    return list(connection.scalars(query, {"name": table}))


def read(connection: Connection, table: str, wanted: Sequence[str]) -> Iterator[bytes]:
    """Yield a table's rows in parts of about :data:`PART` bytes."""
    held = bytearray()
    with driver(connection).cursor().copy(f"COPY {_named(table, wanted)} TO STDOUT") as copy:
        for data in copy:
            held += data
            if len(held) >= PART:
                yield bytes(held)
                held.clear()
    if held:
        yield bytes(held)


def write(connection: Connection, table: str, wanted: Sequence[str], parts: Iterator[Any]) -> None:
    """Write rows that :func:`read` gave. :param parts: streams, in order."""
    with driver(connection).cursor().copy(f"COPY {_named(table, wanted)} FROM STDIN") as copy:
        for part in parts:
            while data := part.read(CHUNK):
                copy.write(data)


def sequences(connection: Connection) -> dict[str, int]:
    """Return how far each sequence has come."""
    return {
        name: connection.scalar(sa.text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}"))  # noqa: S608
        for name in SEQUENCES
    }


def set_sequences(connection: Connection, values: Mapping[str, int]) -> None:
    """Let the sequences go on beyond every number that may have been given since. The rows must be back already.

    :param values: as :func:`sequences` gave them; one that an older backup does not tell of is read from its numbers.
    """
    for name, leap in SEQUENCES.items():
        last = values[name] if name in values else _highest(connection, *_NUMBERED[name])
        connection.execute(sa.text("SELECT setval(:name, :value)"), {"name": name, "value": last + leap})


def _highest(connection: Connection, table: str, column: str) -> int:
    query = f"SELECT coalesce(max(CAST(substring({column} FROM '[0-9]+$') AS bigint)), 0) FROM {table}"  # noqa: S608
    return int(connection.scalar(sa.text(query)) or 0)


def filled(connection: Connection) -> list[str]:
    """Return the tables that hold rows, those aside that may make way."""
    tables = [name for name in names(connection) if name not in TRANSIENT]
    return [name for name in tables if connection.scalar(sa.text(f"SELECT EXISTS (SELECT FROM {name})"))]  # noqa: S608


@contextmanager
def bare(connection: Connection) -> Iterator[None]:
    """Take triggers and foreign keys off for what is done inside. As the owner, and in the caller's transaction."""
    connection.execute(sa.text("SET LOCAL lock_timeout = '10s'"))
    tables = names(connection)
    for name in tables:
        connection.execute(sa.text(f"ALTER TABLE {name} DISABLE TRIGGER USER"))
    for name in TRANSIENT:
        connection.execute(sa.text(f"DELETE FROM {name}"))  # noqa: S608
    keys = connection.execute(
        sa.text(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1, 2"
        )
    ).all()
    for table, key, _ in keys:
        connection.execute(sa.text(f"ALTER TABLE {table} DROP CONSTRAINT {key}"))
    yield
    for table, key, definition in keys:
        connection.execute(sa.text(f"ALTER TABLE {table} ADD CONSTRAINT {key} {definition}"))
    for name in tables:
        connection.execute(sa.text(f"ALTER TABLE {name} ENABLE TRIGGER USER"))


def _named(table: str, wanted: Sequence[str]) -> str:
    for name in (table, *wanted):
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a name of ours: {name!r}")
    return f'"{table}" ({", ".join(f"{chr(34)}{name}{chr(34)}" for name in wanted)})'
