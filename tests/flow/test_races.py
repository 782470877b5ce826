"""Two people at once: one wins, the other is told, and what stands on it ends right."""

import threading
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from tests.support.deliveries import check, deliver
from tests.support.offices import Office, build_office, database_app, issue_plan, plan_document, requirements_of
from webapp.embedded import Addresses
from workflows.core import audit
from workflows.core.db import db
from workflows.core.errors import WorkflowError
from workflows.core.transitions import Action, State
from workflows.evidence.models import Evidence
from workflows.plans.models import Requirement
from workflows.plans.rules import act
from workflows.recommendations.models import Recommendation
from workflows.signoff.models import SignOff
from workflows.verification.operations import read_report


@pytest.fixture
def committed(database: Addresses) -> Iterator[tuple[object, Office, list]]:
    """An office whose two first-quarter cells are signed and wait for the head; all committed."""
    with database_app(database.database_worker_url) as app:
        office = build_office()
        report = issue_plan(office, document=plan_document(quarters=(1,)))
        cells = [row for row in requirements_of(report) if row.kind == "quarterly_monitoring"]
        for cell in cells:
            evidence = check(deliver(cell, office.actor("operator"), text=cell.title))
            act(cell, Action.SIGN, actor=office.actor(f"head_{cell.unit.code}"), sha256=evidence.sha256)
        db.session.commit()
        yield app, office, [(cell.id, cell.version, cell.newest_evidence_id) for cell in cells]


def at_once(app, *steps: Callable[[], None]) -> list[str]:
    """Run steps in threads that start together; return for each what it came to."""
    barrier = threading.Barrier(len(steps))
    outcomes = ["nothing"] * len(steps)

    def run(index: int, step: Callable[[], None]) -> None:
        with app.app_context():
            try:
                db.session.connection()
                barrier.wait()
                step()
                db.session.commit()
                outcomes[index] = "done"
            except WorkflowError as error:
                db.session.rollback()
                outcomes[index] = error.reasons[0].code
            except Exception as error:
                outcomes[index] = repr(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(index, step)) for index, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def step(office: Office, who: str, cell: tuple, action: Action, **more: object) -> Callable[[], None]:
    """One person's act, on the version he looked at."""
    key, version, _evidence = cell
    actor = office.actor(who)  # a value: rows loaded here are not for other threads
    db.session.commit()

    def run() -> None:
        requirement = db.session.get_one(Requirement, key)
        evidence = requirement.newest_evidence_id
        digest = db.session.scalar(sa.text("SELECT sha256 FROM evidence WHERE id = :id"), {"id": evidence})
        act(requirement, action, actor=actor, version=version, sha256=digest, **more)

    return run


@pytest.mark.parametrize("_run", range(5))
def test_two_people_deciding_at_once_one_wins_and_the_other_is_told(committed, _run: int) -> None:
    app, office, cells = committed
    outcomes = at_once(
        app,
        step(office, "head", cells[0], Action.ACKNOWLEDGE),
        step(office, "head", cells[0], Action.RETURN, reason_code="INCOMPLETE"),
    )
    assert sorted(outcomes) == ["done", "stale_version"]
    db.session.rollback()
    state = db.session.get_one(Requirement, cells[0][0]).state
    assert state == (State.ACKNOWLEDGED if outcomes[0] == "done" else State.DRAFTED)


@pytest.mark.parametrize("_run", range(5))
def test_the_last_requirements_at_once_leave_the_recommendation_right(committed, _run: int) -> None:
    app, office, cells = committed
    outcomes = at_once(app, *[step(office, "head", cell, Action.ACKNOWLEDGE) for cell in cells])
    assert outcomes == ["done"] * len(cells)
    db.session.rollback()
    states = dict(db.session.execute(sa.select(Recommendation.number, Recommendation._state)).all())
    assert states["A-1"] == states["B-1"] == State.ACKNOWLEDGED


def test_verifying_the_last_two_at_once_verifies_the_recommendation(committed) -> None:
    app, office, cells = committed
    for key, version, _ in cells:
        requirement = db.session.get_one(Requirement, key)
        step(office, "head", (key, version, None), Action.ACKNOWLEDGE)()
        db.session.commit()
        read_report(db.session.get_one(Evidence, requirement.newest_evidence_id), actor=office.actor("evaluator"))
        db.session.commit()
    ready = [(key, db.session.get_one(Requirement, key).version, None) for key, _, _ in cells]
    db.session.commit()
    assert at_once(app, *[step(office, "evaluator", cell, Action.VERIFY) for cell in ready]) == ["done"] * len(ready)
    db.session.rollback()
    states = dict(db.session.execute(sa.select(Recommendation.number, Recommendation._state)).all())
    assert states["A-1"] == State.VERIFIED


def test_a_double_press_signs_once(committed) -> None:
    app, office, cells = committed
    outcomes = at_once(app, *[step(office, "head", cells[0], Action.ACKNOWLEDGE) for _ in range(4)])
    assert outcomes.count("done") == 1
    db.session.rollback()
    standing = db.session.scalars(
        sa.select(SignOff).where(SignOff.requirement_id == cells[0][0], SignOff.voided_at.is_(None))
    ).all()
    assert len(standing) == 2
    assert all(report.problem is None for report in audit.verify_all())
