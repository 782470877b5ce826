"""The engines and databases that all tests share: real ones, private, started once."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import Databases
from webapp.embedded import Addresses, Engines


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """PostgreSQL, Valkey and SeaweedFS of this test process."""
    with tempfile.TemporaryDirectory(prefix="tuntas-test-") as folder, Engines.start(Path(folder) / "data", durable=False) as running:
        yield running


@pytest.fixture(scope="session")
def addresses(engines: Engines) -> Addresses:
    """Where the engines are."""
    return engines.addresses


@pytest.fixture(scope="session")
def databases(engines: Engines) -> Iterator[Databases]:
    """Migrated databases: one for tests that roll back, clones for tests that commit."""
    made = Databases(engines.addresses, engines.superuser_url())
    yield made
    made.close()


@pytest.fixture
def database(databases: Databases) -> Iterator[Addresses]:
    """A database of this test's own, cloned from the migrated template; what is committed there is real."""
    with databases.clone() as addresses:
        yield addresses
