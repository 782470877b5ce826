"""Files for overlapping sets of requirements at once: every set is taken whole, one after the other, and nobody waits crosswise."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import flask
import pytest
import sqlalchemy as sa

from tests.support.deliveries import archive, deliver, report_of
from tests.support.offices import (
    Office,
    build_office,
    database_app,
    hire,
    issue_plan,
    plan_document,
    requirements_of,
)
from webapp.embedded import Addresses
from workflows.core import audit
from workflows.core.actors import Role
from workflows.core.db import db
from workflows.core.transitions import State
from workflows.evidence.models import Evidence, EvidenceUse
from workflows.evidence.operations import Placement, record_report
from workflows.plans.models import Requirement
from workflows.recommendations.models import Recommendation
from workflows.signoff.models import SignOff
from workflows.signoff.operations import take_effect

from .test_races import at_once

ROUNDS = 6


@dataclass
class Open:
    """A committed grid in which nothing was delivered yet."""

    app: flask.Flask
    office: Office
    cells: list[object]
    """Ids, in the order of their making: those of one quarter unit by unit, then the next quarter."""

    def send(self, who: str, *places: int, text: str, placement: Placement | None = None) -> Callable[[], None]:
        """Return a step that sends one file for cells in the order named."""
        actor = self.office.actor(who)  # a value: rows loaded here are not for other threads
        db.session.commit()

        def run() -> None:
            first, *others = (db.session.get_one(Requirement, self.cells[place]) for place in places)
            deliver(first, actor, *others, text=text, placement=placement)

        return run


@pytest.fixture
def grid(database: Addresses) -> Iterator[Open]:
    """Two quarters of three units, and two people who send files for all of them."""
    with database_app(database.database_worker_url) as app:
        office = build_office()
        hire(office, "operator2", Role.AGENCY_OPERATOR, agency=office.agency)
        report = issue_plan(office, document=plan_document(quarters=(1, 2)))
        cells = [row.id for row in requirements_of(report) if row.kind == "quarterly_monitoring"]
        db.session.commit()
        yield Open(app, office, list(cells))


def newest(cells: Sequence[object]) -> list[object]:
    """Return the newest delivery of each cell."""
    db.session.rollback()
    return [db.session.get_one(Requirement, key).newest_evidence_id for key in cells]


@pytest.mark.parametrize("_run", range(ROUNDS))
def test_two_people_with_overlapping_sets_both_arrive_whole(grid: Open, _run: int) -> None:
    outcomes = at_once(
        grid.app,
        grid.send("operator", 0, 1, 2, 3, text="satu"),
        grid.send("operator2", 3, 2, 1, 5, text="dua"),
        grid.send("staff_b1", 1, text="tiga"),
    )
    assert outcomes == ["done"] * 3
    first, _shared, *both = newest(grid.cells)[:4]
    # Whoever came last stands in all that both named, save where the third came later still.
    assert len(set(both)) == 1
    assert first is not None
    revisions = db.session.execute(sa.select(EvidenceUse.requirement_id, EvidenceUse.revision)).all()
    expected = {grid.cells[place]: count for place, count in ((0, 1), (1, 3), (2, 2), (3, 2), (5, 1))}
    assert sorted(revisions) == sorted((key, n + 1) for key, count in expected.items() for n in range(count))
    states = dict(db.session.execute(sa.select(Recommendation.number, Recommendation._state)).all())
    assert states["A-1"] == State.DRAFTED  # one cell still waits
    assert all(found.problem is None for found in audit.verify_all())


@pytest.mark.parametrize("_run", range(ROUNDS))
def test_the_same_file_twice_at_once_is_one_delivery(grid: Open, _run: int) -> None:
    steps = [grid.send("operator", *places, text="sama") for places in ((0, 1, 2), (2, 1, 0), (1, 0, 2))]
    assert at_once(grid.app, *steps) == ["done"] * 3
    db.session.rollback()
    assert db.session.scalars(sa.select(sa.func.count()).select_from(Evidence)).one() == 1


@pytest.mark.parametrize("_run", range(ROUNDS))
def test_checks_signatures_and_new_files_cross_without_waiting_for_each_other(grid: Open, _run: int) -> None:
    # All cells of unit b1 and, under another file, all of unit b2; each meets the recommendations of the other.
    grid.send("head_b1", 1, 4, text="b1", placement=Placement(sign=True))()
    grid.send("operator", 2, 5, text="b2")()
    db.session.commit()
    own, others = (newest(grid.cells)[place] for place in (1, 2))
    record_report(own, report_of())  # type: ignore[arg-type]
    archive(db.session.get_one(Evidence, own))
    db.session.commit()
    outcomes = at_once(
        grid.app,
        lambda: take_effect(own),  # type: ignore[arg-type]
        lambda: record_report(others, report_of("reject")),  # type: ignore[arg-type]
        grid.send("operator2", 3, 0, text="sekretariat"),
    )
    assert [outcome for outcome in outcomes if outcome not in ("done", "nothing")] == []
    db.session.rollback()
    assert [db.session.get_one(Requirement, key).state for key in grid.cells] == [
        State.EVIDENCE_UPLOADED, State.SIGNED, State.DRAFTED, State.EVIDENCE_UPLOADED, State.SIGNED, State.DRAFTED,
    ]  # fmt: skip
    assert db.session.scalars(sa.select(sa.func.count()).select_from(SignOff)).one() == 2
