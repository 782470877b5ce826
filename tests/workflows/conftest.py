"""Operations run inside a transaction that is rolled back: commits are savepoints, nothing stays."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import scoped_session

from tests.support.databases import Databases
from tests.support.offices import Office, build_office, database_app, issue_plan
from webapp.embedded import Addresses
from workflows.core.db import db
from workflows.recommendations.models import EvaluationReport


@pytest.fixture(scope="session")
def shared_database(databases: Databases) -> Iterator[Addresses]:
    """One clone for all tests that leave nothing behind."""
    with databases.clone() as addresses:
        yield addresses


@pytest.fixture
def session(shared_database: Addresses) -> Iterator[scoped_session]:
    """The session of the product, as the worker role, inside a transaction that is rolled back."""
    with database_app(shared_database.database_worker_url):
        engine = db.engine
        with engine.connect() as connection:
            outer = connection.begin()
            db.engines[None] = connection  # type: ignore[assignment] - a connection serves as well
            db.session.configure(join_transaction_mode="create_savepoint")
            try:
                yield db.session
            finally:
                db.session.remove()
                db.session.configure(join_transaction_mode="conditional_savepoint")
                outer.rollback()
                db.engines[None] = engine


@pytest.fixture
def office(session: scoped_session) -> Office:
    """The test region."""
    return build_office()


@pytest.fixture
def report(office: Office) -> EvaluationReport:
    """An issued report of the first agency."""
    return issue_plan(office)
