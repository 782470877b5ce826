"""Numbers that people hold on paper are given once: a restore lets every sequence go on beyond the backup's."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.support.databases import Databases
from tests.support.offices import database_app
from workflows.core.db import db
from workflows.recovery import tables


@pytest.fixture
def connection(databases: Databases) -> Iterator[sa.Connection]:
    with databases.clone() as addresses, database_app(addresses.database_owner_url):
        yield db.session.connection()


def values(connection: sa.Connection) -> dict[str, int]:
    rows = connection.execute(sa.text("SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences"))
    return {name: value for name, value in rows}  # noqa: C416 - rows are no pairs to mypy


def test_every_sequence_of_the_schema_is_known(connection: sa.Connection) -> None:
    schema = connection.scalars(sa.text("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")).all()
    assert sorted(schema) == sorted(tables.SEQUENCES) == sorted(tables.sequences(connection))


def test_each_goes_on_beyond_what_the_backup_tells(connection: sa.Connection) -> None:
    tables.set_sequences(connection, {"receipt_number_seq": 5, "disposal_number_seq": 6, "handover_number_seq": 7})
    assert values(connection) == {
        "receipt_number_seq": 10_005, "disposal_number_seq": 1_006, "handover_number_seq": 1_007,
    }  # fmt: skip


def test_one_that_an_older_backup_does_not_tell_of_goes_on_beyond_the_numbers_that_came_back(
    connection: sa.Connection,
) -> None:
    with tables.bare(connection):
        given = {"id": "01a221c7-5f50-74a9-a5a1-f963310909a8", "number": "BAST-2026-004711"}
        connection.execute(
            sa.text(
                "INSERT INTO handover (id, region_id, agency_id, bundle_id, number, handed_on, giver, giver_position,"
                " giver_institution, receiver, receiver_position, receiver_institution, letter, issued_at, document,"
                " sha256) VALUES (:id, :id, :id, :id, :number, now(), '', '', '', '', '', '', '', now(), '', '')"
            ),
            given,
        )
        tables.set_sequences(connection, {"receipt_number_seq": 0, "disposal_number_seq": 0})
        assert values(connection)["handover_number_seq"] == 5_711
        connection.execute(sa.text("DELETE FROM handover"))
