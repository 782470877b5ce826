"""The engines and databases that all tests share: real ones, private, started once."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import Databases
from tests.support.demos import Demo, start_demo
from webapp.embedded import Addresses, Engines


@pytest.fixture(scope="session")
def engines() -> Iterator[Engines]:
    """PostgreSQL, Valkey and SeaweedFS of this test process."""
    folder = tempfile.TemporaryDirectory(prefix="tuntas-test-")
    with folder as name, Engines.start(Path(name) / "data", durable=False) as running:
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the tables that tests recorded: agreement with the manifest, slowest files."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == "table":
                terminalreporter.section(report.nodeid.rsplit("::")[-1])
                terminalreporter.write_line(value)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A running ``tuntas demo`` for the tests of one module; it must stop cleanly."""
    running = start_demo(tmp_path_factory.mktemp("demo") / "data")
    yield running
    assert running.stop() == 0
