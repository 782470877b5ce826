"""Signatures on paper: claimed by the uploader, confirmed or disputed by the holder, attested by the evaluator."""

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from tests.support.deliveries import check, deliver
from tests.support.offices import CONSOLE, LONG_AGO, Office, hire, requirements_of
from workflows.core import audit
from workflows.core.actors import AssignmentKind, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import (
    ConflictError,
    GuardFailedError,
    InvalidInputError,
    PermissionDeniedError,
    TransitionNotAllowedError,
)
from workflows.core.models import AuditEvent, Job
from workflows.core.transitions import Action, State
from workflows.evidence.models import Evidence
from workflows.organization.models import InkPolicy, Unit
from workflows.organization.operations import assign, ensure_position
from workflows.plans.models import Requirement
from workflows.plans.rules import act, allowed_actions
from workflows.recommendations.models import EvaluationReport
from workflows.signoff import ink
from workflows.signoff.effects import take_effect
from workflows.signoff.ink import Named
from workflows.signoff.models import Basis, ClaimState, InkClaim, SignOff, SignOffRole
from workflows.verification.operations import read_report

SIGNED, ACKNOWLEDGED = SignOffRole
BOTH = (Named(SIGNED, page=3, signed_on=dt.date(2026, 4, 30)), Named(ACKNOWLEDGED, page=3))


@pytest.fixture
def cell(report: EvaluationReport) -> Requirement:
    return next(row for row in requirements_of(report) if (row.unit.code, row.quarter) == ("b1", 1))


def delivered(cell: Requirement, office: Office, *names: Named, text: str = "monev", checked: bool = True) -> Evidence:
    evidence = deliver(cell, office.actor("staff_b1"), text=text)
    ink.claim(evidence, [cell], names, actor=office.actor("staff_b1"))
    if checked:
        check(evidence)
    return evidence


def standing(cell: Requirement) -> list[tuple[str, str]]:
    query = sa.select(SignOff).where(SignOff.requirement_id == cell.id, SignOff.voided_at.is_(None))
    return [(row.role.value, row.basis.value) for row in db.session.scalars(query.order_by(SignOff.role.desc()))]


def states(cell: Requirement) -> dict[str, str]:
    query = sa.select(InkClaim).where(InkClaim.requirement_id == cell.id).order_by(InkClaim.id)
    return {row.role.value: row.state.value for row in db.session.scalars(query)}


def accepting(office: Office) -> None:
    ink.set_policy(office.region, InkPolicy.ACCEPT, actor=CONSOLE)
    db.session.flush()


def kinds() -> list[str]:
    audit.link(db.session())
    return list(db.session.scalars(sa.select(AuditEvent.kind).order_by(AuditEvent.seq)))


def test_a_claim_moves_nothing_until_the_holder_confirms_it(cell: Requirement, office: Office) -> None:
    evidence = delivered(cell, office, *BOTH)
    take_effect(evidence.id)
    assert (cell.state, standing(cell)) == (State.EVIDENCE_UPLOADED, [])
    ink.confirm(cell, SIGNED, actor=office.actor("head_b1"), sha256=evidence.sha256)
    ink.confirm(cell, ACKNOWLEDGED, actor=office.actor("head"), sha256=evidence.sha256)
    assert standing(cell) == [("signed", "ink"), ("acknowledged", "ink")]
    first = db.session.scalars(sa.select(SignOff).where(SignOff.role == SIGNED)).one()
    assert (first.proof["page"], first.proof["date"]) == (3, "2026-04-30")
    assert set(states(cell).values()) == {"confirmed"}
    with pytest.raises(ConflictError, match="ink_settled"):
        ink.confirm(cell, SIGNED, actor=office.actor("head_b1"), sha256=evidence.sha256)


def test_only_the_named_holder_answers_and_only_about_this_file(cell: Requirement, office: Office) -> None:
    evidence = delivered(cell, office, BOTH[0])
    for other in ("head", "staff_b1", "operator", "evaluator", "head_b2"):
        for answer in (ink.confirm, ink.dispute):
            with pytest.raises(PermissionDeniedError):
                answer(cell, SIGNED, actor=office.actor(other), sha256=evidence.sha256)
    with pytest.raises(GuardFailedError, match="ink_no_claim"):
        ink.confirm(cell, ACKNOWLEDGED, actor=office.actor("head"), sha256=evidence.sha256)
    with pytest.raises(GuardFailedError, match="digest_differs"):
        ink.confirm(cell, SIGNED, actor=office.actor("head_b1"), sha256="0" * 64)
    newer = delivered(cell, office, text="monev baru")
    with pytest.raises(GuardFailedError, match="ink_no_claim"):
        ink.confirm(cell, SIGNED, actor=office.actor("head_b1"), sha256=newer.sha256)


def test_the_head_of_the_agency_waits_for_the_head_of_the_unit(cell: Requirement, office: Office) -> None:
    evidence = delivered(cell, office, *BOTH)
    with pytest.raises(TransitionNotAllowedError):
        ink.confirm(cell, ACKNOWLEDGED, actor=office.actor("head"), sha256=evidence.sha256)


def test_a_file_that_was_not_checked_is_not_confirmed(cell: Requirement, office: Office) -> None:
    evidence = delivered(cell, office, BOTH[0], checked=False)
    with pytest.raises(GuardFailedError, match="check_pending"):
        ink.confirm(cell, SIGNED, actor=office.actor("head_b1"), sha256=evidence.sha256)
    assert states(cell) == {"signed": "claimed"}


def test_a_dispute_sends_the_delivery_back_and_bars_the_file(cell: Requirement, office: Office) -> None:
    evidence = delivered(cell, office, *BOTH)
    ink.dispute(cell, SIGNED, actor=office.actor("head_b1"), sha256=evidence.sha256)
    assert (cell.state, cell.return_code) == (State.DRAFTED, "NOT_MY_SIGNATURE")
    assert states(cell)["signed"] == "disputed"
    assert {"requirement.ink_disputed", "requirement.returned"} <= set(kinds())
    again = delivered(cell, office, text="monev yang benar")
    assert allowed_actions([cell], office.actor("head_b1"))[cell.id].count(Action.SIGN) == 1
    act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=again.sha256)


def test_a_dispute_out_of_turn_bars_the_file_where_it_stands(cell: Requirement, office: Office) -> None:
    evidence = delivered(cell, office, *BOTH)
    ink.dispute(cell, ACKNOWLEDGED, actor=office.actor("head"), sha256=evidence.sha256)
    assert cell.state == State.EVIDENCE_UPLOADED
    with pytest.raises(GuardFailedError, match="ink_disputed"):
        act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)


def test_by_the_policy_accept_the_claim_counts_at_once(cell: Requirement, office: Office) -> None:
    accepting(office)
    evidence = delivered(cell, office, *BOTH)
    query = sa.select(Job.kind).where(Job.subject_id == evidence.id)
    assert "signoff.take_effect" in db.session.scalars(query).all()
    take_effect(evidence.id)
    take_effect(evidence.id)
    assert standing(cell) == [("signed", "ink"), ("acknowledged", "ink")]
    assert set(states(cell).values()) == {"accepted"}
    assert db.session.scalars(sa.select(SignOff).where(SignOff.role == SIGNED)).one().proof["policy"] == "accept"
    [told] = ink.accepted_for(office.actor("head_b1"))
    assert (told.requirement_id, told.page) == (cell.id, 3)
    ink.confirm(cell, SIGNED, actor=office.actor("head_b1"), sha256=evidence.sha256)
    assert ink.accepted_for(office.actor("head_b1")) == []
    assert cell.state == State.ACKNOWLEDGED


@pytest.mark.parametrize(("who", "role"), [("head_b1", SIGNED), ("head", ACKNOWLEDGED)])
def test_what_was_accepted_may_be_disputed_later(
    cell: Requirement, office: Office, who: str, role: SignOffRole
) -> None:
    accepting(office)
    evidence = delivered(cell, office, *BOTH)
    take_effect(evidence.id)
    ink.dispute(cell, role, actor=office.actor(who), sha256=evidence.sha256)
    assert standing(cell) == []
    assert cell.state == (State.DRAFTED if role == SIGNED else State.EVIDENCE_UPLOADED)
    take_effect(evidence.id)
    assert standing(cell) == []
    if role == ACKNOWLEDGED:
        with pytest.raises(GuardFailedError, match="ink_disputed"):
            act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)


def test_a_verified_requirement_stays_but_the_dispute_is_written_down(cell: Requirement, office: Office) -> None:
    accepting(office)
    evidence = delivered(cell, office, *BOTH)
    take_effect(evidence.id)
    evaluator = office.actor("evaluator")
    read_report(evidence, actor=evaluator)
    audit.link(db.session())
    with pytest.raises(GuardFailedError, match="ink_not_seen"):
        act(cell, Action.VERIFY, actor=evaluator, sha256=evidence.sha256)
    act(cell, Action.VERIFY, actor=evaluator, sha256=evidence.sha256, ink_seen=True)
    ink.dispute(cell, SIGNED, actor=office.actor("head_b1"), sha256=evidence.sha256)
    assert (cell.state, states(cell)["signed"]) == (State.VERIFIED, "disputed")
    assert "requirement.ink_disputed" in kinds()


def test_without_ink_the_evaluator_attests_nothing(cell: Requirement, office: Office) -> None:
    evidence = delivered(cell, office)
    act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    act(cell, Action.ACKNOWLEDGE, actor=office.actor("head"), sha256=evidence.sha256)
    evaluator = office.actor("evaluator")
    read_report(evidence, actor=evaluator)
    audit.link(db.session())
    act(cell, Action.VERIFY, actor=evaluator, sha256=evidence.sha256)
    assert cell.state == State.VERIFIED


def test_any_day_up_to_today_is_a_day_on_which_a_paper_may_be_signed(cell: Requirement, office: Office) -> None:
    """The first quarter's paper signed today: no reason, no finding."""
    zone = dt.timezone(dt.timedelta(hours=8))
    today = now().astimezone(zone).date()
    delivered(cell, office, Named(SIGNED, signed_on=today))
    assert [row.signed_on for row in ink.claims_of(cell)] == [today]
    with pytest.raises(InvalidInputError, match="ink_date"):
        delivered(cell, office, Named(SIGNED, signed_on=today + dt.timedelta(days=1)), text="besok")


def test_who_may_be_named(cell: Requirement, office: Office) -> None:
    evidence = deliver(cell, office.actor("staff_b1"))
    staff, head = office.actor("staff_b1"), office.accounts["head_b1"].person_id
    for stranger in (office.accounts["head"].person_id, uuid.uuid4()):
        with pytest.raises(InvalidInputError, match="ink_signer"):
            ink.claim(evidence, [cell], [Named(SIGNED, stranger)], actor=staff)
    unit = db.session.get_one(Unit, cell.unit_id)
    second = hire(office, "plh", Role.UNIT_STAFF, agency=office.agency, unit=unit)
    post = ensure_position(Role.UNIT_HEAD, region_id=office.region.id, agency=office.agency, unit=unit, title=None)
    assign(second, post, kind=AssignmentKind.ACTING_DAILY, valid_from=LONG_AGO, confirmed=False, actor=CONSOLE)
    db.session.flush()
    with pytest.raises(InvalidInputError, match="Sebutkan siapa"):
        ink.claim(evidence, [cell], [Named(SIGNED)], actor=staff)
    ink.claim(evidence, [cell], [Named(SIGNED, head)], actor=staff)
    ink.claim(evidence, [cell], [Named(SIGNED, second.id)], actor=staff)
    assert [row.person_id for row in ink.claims_of(cell)] == [head]


def test_one_file_for_several_units_names_the_head_of_each(report: EvaluationReport, office: Office) -> None:
    rows = [row for row in requirements_of(report) if row.quarter == 1]
    evidence = deliver(rows[0], office.actor("operator"), *rows[1:])
    ink.claim(evidence, rows, [Named(SIGNED)], actor=office.actor("operator"))
    assert {claim.person.name for row in rows for claim in ink.claims_of(row)} == {
        "Pegawai head_sek", "Pegawai head_b1", "Pegawai head_b2",
    }  # fmt: skip


MADE = "2026-05-04T08:00:00+07:00"


@pytest.mark.parametrize(
    ("day", "report", "found"),
    [
        ("2026-04-30", {"created": MADE, "text_layer": "yes"}, "2026-05-04"),
        ("2026-04-30", {"created": "2026-04-30T20:00:00+00:00", "text_layer": "yes"}, "2026-05-01"),
        ("2026-05-04", {"created": MADE, "text_layer": "yes"}, None),
        ("2026-12-31", {"created": MADE, "text_layer": "yes"}, None),
        ("2026-04-30", {"created": MADE, "text_layer": "none"}, None),
        ("2026-04-30", {"created": MADE, "text_layer": "none", "unfinished": ["text_layer"]}, "2026-05-04"),
        ("2026-04-30", {"created": MADE, "text_layer": "few", "kind": "WET_SCAN"}, None),
        ("2026-04-30", {"text_layer": "yes"}, None),
        (None, {"created": MADE, "text_layer": "yes"}, None),
    ],
)
def test_a_file_made_after_the_day_on_its_paper_is_told_scans_excepted(
    day: str | None, report: dict[str, str], found: str | None
) -> None:
    claimed = InkClaim(signed_on=dt.date.fromisoformat(day) if day else None, state=ClaimState.CLAIMED)
    made = ink.made_after(claimed, report, zone="Asia/Makassar")
    assert made == (dt.date.fromisoformat(found) if found else None)


def test_the_basis_stays_what_it_was(cell: Requirement, office: Office) -> None:
    evidence = delivered(cell, office, *BOTH)
    act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    assert standing(cell) == [("signed", Basis.IN_APP.value)]
    ink.confirm(cell, ACKNOWLEDGED, actor=office.actor("head"), sha256=evidence.sha256)
    assert standing(cell) == [("signed", "in_app"), ("acknowledged", "ink")]


def test_what_was_taken_back_waits_for_its_holder_again_and_not_for_the_policy(
    cell: Requirement, office: Office
) -> None:
    accepting(office)
    evidence = delivered(cell, office, *BOTH)
    take_effect(evidence.id)
    act(cell, Action.WITHDRAW, actor=office.actor("operator"), reason="keliru")
    take_effect(evidence.id)
    assert (standing(cell), set(states(cell).values())) == ([], {"claimed"})
    assert ink.accepted_for(office.actor("head_b1")) == []
    ink.confirm(cell, SIGNED, actor=office.actor("head_b1"), sha256=evidence.sha256)
    assert standing(cell) == [("signed", "ink")]


def test_ink_that_is_named_only_with_the_same_file_again_counts_too(cell: Requirement, office: Office) -> None:
    accepting(office)
    evidence = delivered(cell, office)
    ink.claim(evidence, [cell], BOTH, actor=office.actor("staff_b1"))
    ink.claim(evidence, [cell], BOTH, actor=office.actor("staff_b1"))
    query = sa.select(Job.key).where(Job.subject_id == evidence.id, Job.kind == "signoff.take_effect")
    assert len(db.session.scalars(query).all()) == 1
    take_effect(evidence.id)
    assert standing(cell) == [("signed", "ink"), ("acknowledged", "ink")]
