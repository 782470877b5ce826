"""Connections that rest between transactions."""

import pytest
import sqlalchemy as sa

from tests.support.databases import Databases
from webapp.embedded import Addresses
from workflows.core.db import KEEP_ALIVE

MY_PROCESS = sa.text("SELECT pg_backend_pid()")


@pytest.fixture
def engine(database: Addresses):
    """An engine with one connection, as web and worker connect."""
    made = sa.create_engine(database.database_worker_url, pool_size=1, max_overflow=0, connect_args=KEEP_ALIVE)
    yield made
    made.dispose()


def whose(engine: sa.Engine) -> int:
    """Return the number of the server's process behind the connection."""
    with engine.connect() as connection:
        return connection.scalar(MY_PROCESS)


def test_a_connection_is_kept_between_transactions(engine: sa.Engine) -> None:
    assert whose(engine) == whose(engine)


def test_a_connection_that_ended_while_it_rested_is_replaced(
    engine: sa.Engine, database: Addresses, databases: Databases
) -> None:
    ended = whose(engine)
    end = sa.text("SELECT pg_terminate_backend(:pid, 5000)")
    admin = sa.create_engine(databases.superuser_url("postgres"), poolclass=sa.NullPool)
    with admin.connect() as connection:
        assert connection.scalar(end, {"pid": ended})
    assert whose(engine) != ended
