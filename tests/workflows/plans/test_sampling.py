"""*Sampel*: drawn by a kept seed, verified in full, confirmed by an inspector; one that does not hold stops all."""

import hashlib
from collections.abc import Iterator, Sequence

import pytest
import sqlalchemy as sa

from tests.support.databases import Databases
from tests.support.deliveries import check, deliver
from tests.support.offices import Office, build_office, database_app, hire, issue_plan, requirements_of
from workflows.core import audit
from workflows.core.actors import Role
from workflows.core.db import db
from workflows.core.errors import ConflictError, GuardFailedError, InvalidInputError, PermissionDeniedError
from workflows.core.models import AuditEvent
from workflows.core.transitions import Action, State
from workflows.plans.models import Requirement
from workflows.plans.rules import act
from workflows.verification import sampling
from workflows.verification.models import Method, SampleBatch, Verification
from workflows.verification.operations import read_report


@pytest.fixture
def office(databases: Databases) -> Iterator[Office]:
    """Agency ``dpk`` with five acknowledged papers, the last one with a finding."""
    with databases.clone() as addresses, database_app(addresses.database_worker_url):
        made = build_office()
        cells = [row for row in requirements_of(issue_plan(made)) if row.unit.code == "b1"]
        cells += [row for row in requirements_of(cells[0].report) if row.unit.code == "b2"][:1]
        for number, cell in enumerate(cells):
            unit = cell.unit.code
            evidence = deliver(cell, made.actor(f"staff_{unit}"), text=f"monev {number}")
            check(evidence, verdict="warn" if unit == "b2" else "accept")
            act(cell, Action.SIGN, actor=made.actor(f"head_{unit}"), sha256=evidence.sha256)
            act(cell, Action.ACKNOWLEDGE, actor=made.actor("head"), sha256=evidence.sha256)
        hire(made, "inspector2", Role.INSPECTOR)
        db.session.flush()
        yield made


def draw(office: Office, size: int = 2) -> SampleBatch:
    return sampling.draw(office.agency, size=size, actor=office.actor("evaluator"))


def papers(batch: SampleBatch, *, drawn: bool) -> list[Requirement]:
    rows = sampling.standing(batch)
    return [db.session.get_one(Requirement, row.item.requirement_id) for row in rows if row.item.sampled == drawn]


def sha256_of(batch: SampleBatch, row: Requirement) -> str:
    return next(one.item.sha256 for one in sampling.standing(batch) if one.item.requirement_id == row.id)


def verify(office: Office, batch: SampleBatch, rows: Sequence[Requirement]) -> None:
    who = office.actor("evaluator")
    for row in rows:
        read_report(sampling.db.session.get_one(sampling.Evidence, row.newest_evidence_id), actor=who)
        audit.link(db.session())
        act(row, Action.VERIFY, actor=who, sha256=sha256_of(batch, row))


def move_rest(office: Office, batch: SampleBatch, *, who: str = "inspector") -> list[str]:
    """Move what is left; return the states."""
    rest = papers(batch, drawn=False)
    for row in rest:
        act(row, Action.VERIFY_REST, actor=office.actor(who), sha256=sha256_of(batch, row), batch=batch.id)
    return [row.state for row in rest]


def codes(error: pytest.ExceptionInfo[GuardFailedError]) -> set[str]:
    return {reason.code for reason in error.value.reasons}


def test_the_drawing_can_be_made_again_from_the_log(office: Office) -> None:
    batch = draw(office)
    audit.link(db.session())
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "sample.drawn")).one()
    assert event.body is not None
    told = audit.json.loads(event.body)["details"]
    assert len(told["requirements"]) == 4  # the one with a finding is verified in full in any case
    order = sorted(told["requirements"], key=lambda key: hashlib.sha256(f"{told['seed']}:{key}".encode()).hexdigest())
    assert told["sampled"] == order[:2]
    assert {str(row.id) for row in papers(batch, drawn=True)} == set(order[:2])


def test_the_rest_moves_once_all_is_verified_and_another_confirms(office: Office) -> None:
    batch = draw(office)
    drawn, rest = papers(batch, drawn=True), papers(batch, drawn=False)
    with pytest.raises(GuardFailedError) as error:
        sampling.confirm(batch, actor=office.actor("inspector"))
    assert codes(error) == {"sample_unfinished"}
    verify(office, batch, drawn)
    with pytest.raises(GuardFailedError) as error:
        act(
            rest[0],
            Action.VERIFY_REST,
            actor=office.actor("inspector"),
            sha256=sha256_of(batch, rest[0]),
            batch=batch.id,
        )
    assert codes(error) == {"sample_not_sound"}
    for name in ("evaluator", "head", "auditor"):
        with pytest.raises(PermissionDeniedError):
            sampling.confirm(batch, actor=office.actor(name))
    sampling.confirm(batch, actor=office.actor("inspector"))
    with pytest.raises(PermissionDeniedError):
        move_rest(office, batch, who="evaluator")
    assert move_rest(office, batch) == [State.VERIFIED] * 2
    methods = {row.requirement_id: row.method for row in db.session.scalars(sa.select(Verification))}
    assert [methods[row.id] for row in drawn] == [Method.FULL] * 2
    assert [methods[row.id] for row in rest] == [Method.SAMPLE] * 2


@pytest.mark.parametrize("how", ["return", "withdraw"])
def test_one_that_does_not_hold_stops_the_batch_for_good(office: Office, how: str) -> None:
    batch = draw(office)
    first, second = papers(batch, drawn=True)
    verify(office, batch, [first])
    if how == "return":
        act(second, Action.RETURN, actor=office.actor("evaluator"), reason_code="SIGN_AGAIN")
    else:
        act(second, Action.WITHDRAW, actor=office.actor("head"), reason="Keliru.")
    digest = sha256_of(batch, second)
    act(second, Action.SIGN, actor=office.actor(f"head_{second.unit.code}"), sha256=digest)
    act(second, Action.ACKNOWLEDGE, actor=office.actor("head"), sha256=digest)
    verify(office, batch, [second])
    with pytest.raises(GuardFailedError) as error:
        sampling.confirm(batch, actor=office.actor("inspector"))
    assert codes(error) == {"sample_stopped"}
    assert {row.state for row in papers(batch, drawn=False)} == {State.ACKNOWLEDGED}
    assert not sampling.is_open(batch)


def test_one_of_the_rest_that_came_back_does_not_move(office: Office) -> None:
    batch = draw(office)
    verify(office, batch, papers(batch, drawn=True))
    sampling.confirm(batch, actor=office.actor("inspector"))
    gone, stays = papers(batch, drawn=False)
    act(gone, Action.RETURN, actor=office.actor("evaluator"), reason_code="WRONG_UNIT")
    inspector = office.actor("inspector")
    act(stays, Action.VERIFY_REST, actor=inspector, sha256=sha256_of(batch, stays), batch=batch.id)
    assert [one.item.requirement_id for one in sampling.waiting(sampling.standing(batch))] == []
    assert (gone.state, stays.state) == (State.DRAFTED, State.VERIFIED)


def test_who_may_draw_how_much_and_when(office: Office) -> None:
    for name in ("inspector", "head", "operator"):
        with pytest.raises(PermissionDeniedError):
            sampling.draw(office.agency, size=1, actor=office.actor(name))
    for size in (0, 4):
        with pytest.raises(InvalidInputError):
            draw(office, size)
    draw(office, 1)
    with pytest.raises(ConflictError):
        draw(office, 1)
