"""What the benches stand on is true: the filled region obeys the product's rules, and the table judges rightly."""

import inspect

import psycopg
import pytest
import sqlalchemy as sa

from tests.bench import __main__ as run
from tests.bench.crowd import PER_YEAR, Crowd
from tests.bench.figures import HEAD, Row, percentile, table
from tests.bench.product import dsn, scan
from tests.bench.verdicts import judge
from tests.support.offices import build_office, database_app
from webapp.embedded import Addresses
from workflows.archive.models import ArchivedObject
from workflows.core import audit
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.core.transitions import State
from workflows.evidence.models import Evidence
from workflows.plans.models import Requirement
from workflows.recommendations.models import Recommendation
from workflows.signoff.models import SignOff
from workflows.verification.models import Verification

REPORT = {"verdict": "accept", "bytes": 100_000, "findings": []}


@pytest.fixture
def filled(database: Addresses) -> Addresses:
    """An office, and beside it one agency with the running year and the one before."""
    with database_app(database.database_worker_url):
        region = build_office().region.id
        db.session.commit()
    with psycopg.connect(dsn(database.database_owner_url)) as connection:
        assert Crowd(connection, region, REPORT).fill(agencies=1, years=2) == 2 * PER_YEAR
    return database


def test_a_filled_region_is_as_the_product_would_have_left_it(filled: Addresses) -> None:
    with database_app(filled.database_worker_url):
        assert [found.problem for found in audit.verify_all() if found.problem] == []
        requirements = list(db.session.scalars(sa.select(Requirement)).unique())
        assert {row.state for row in requirements} == set(State)
        for recommendation in db.session.scalars(sa.select(Recommendation)):
            served = [row.state for row in requirements if recommendation in row.recommendations]
            assert recommendation.state == min(served, key=lambda state: state.rank)
        for row in requirements:
            assert _traces(row) == _expected(row), row.title


def _traces(row: Requirement) -> dict[str, int]:
    """Count what a requirement's steps left behind."""
    counted = {}
    for name, model, column in (
        ("evidence", Evidence, Evidence.id), ("archived", ArchivedObject, ArchivedObject.evidence_id),
        ("received", AuditEvent, AuditEvent.subject_id),
    ):  # fmt: skip
        query = sa.select(sa.func.count()).select_from(model).where(column == row.newest_evidence_id)
        counted[name] = db.session.scalars(query).one()
    for name, column in (
        ("signed off", SignOff.requirement_id), ("verified", Verification.requirement_id), ("steps", AuditEvent.subject_id),
    ):  # fmt: skip
        counted[name] = db.session.scalars(sa.select(sa.func.count()).where(column == row.id)).one()
    return counted


def _expected(row: Requirement) -> dict[str, int]:
    steps = 0 if row.newest_evidence_id is None or row.returned_at else row.state.rank
    delivered = int(row.newest_evidence_id is not None)
    return {
        "evidence": delivered, "archived": delivered, "received": delivered,
        "signed off": min(2, max(0, steps - 1)), "verified": int(steps == State.VERIFIED.rank), "steps": steps,
    }  # fmt: skip


def test_the_files_that_benches_send_pass_the_checks_and_differ() -> None:
    small, other = scan(20_000), scan(20_000)
    assert small != other
    assert 20_000 <= len(small) < 22_000
    assert judge(small) == "accept"


def test_a_row_is_judged_in_the_direction_of_its_unit() -> None:
    assert Row("speed", 60, "/s", 100, goal=60, least_ratio=0.5).met is True
    assert Row("speed", 59, "/s", 100, goal=60, least_ratio=0.5).met is False
    assert Row("speed", 60, "/s", 200, goal=60, least_ratio=0.5).met is False
    assert Row("time", 15, "ms", 3, goal=15).met is True
    assert Row("time", 16, "ms", 3, goal=15).met is False
    assert Row("time", 16, "ms", 4).ratio == 0.25
    assert Row("speed", 16, "MB/s", 4).ratio == 4
    assert Row("speed", 16, "MB/s", 4).met is None


def test_the_table_has_a_cell_for_every_column() -> None:
    lines = table([Row("time", 16, "ms", 4, goal=15, note="9 statements"), Row("memory", 349, "MB")]).splitlines()
    assert [line.count("|") for line in lines] == [len(HEAD) + 1] * 4
    assert "| 16 ms (9 statements) | 4 ms | 0.25 | at most 15 ms | NO |" in lines[2]


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3, 1, 2]) == 2
    assert percentile([1, 2, 3, 4], 0.95) == 4


@pytest.mark.parametrize("bench", [*run.ALONE, *run.ON_A_DEMO], ids=lambda bench: bench.__name__)
def test_every_bench_runs_alone_and_says_how_it_measures(bench: object) -> None:
    assert callable(bench.main)  # type: ignore[attr-defined]
    assert len(inspect.signature(bench.measure).parameters) == (bench in run.ON_A_DEMO)  # type: ignore[attr-defined]
    assert (inspect.getdoc(bench) or "").count(".") >= 1
