"""What must hold for each step, and what a step leaves behind, on the real database."""

from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.support.deliveries import check, deliver
from tests.support.offices import CONSOLE, LONG_AGO, YEAR, Office, hire, plan_document, requirements_of, send
from tests.support.official_papers import paper
from workflows.core import audit
from workflows.core.actors import AssignmentKind, Role
from workflows.core.db import db
from workflows.core.errors import (
    GuardFailedError,
    PermissionDeniedError,
    StaleStateError,
    TransitionNotAllowedError,
)
from workflows.core.models import AuditEvent
from workflows.core.transitions import Action, State
from workflows.evidence.models import CheckState, Evidence
from workflows.evidence.operations import Placement
from workflows.organization.models import Person
from workflows.organization.operations import assign, ensure_position
from workflows.plans.models import Requirement
from workflows.plans.operations import issue, write_plan
from workflows.plans.rules import act, allowed_actions, close_outcome
from workflows.recommendations.models import EvaluationReport, OfficialStatus, Recommendation
from workflows.signoff.models import Basis, SignOff
from workflows.signoff.operations import take_effect
from workflows.verification.decisions import decide, propose
from workflows.verification.models import Verification
from workflows.verification.operations import read_report


@pytest.fixture
def cell(office: Office, report: EvaluationReport) -> Requirement:
    """The first quarter's monev of unit ``b1``."""
    unit = next(unit for unit in office.units["dpk"] if unit.code == "b1")
    return next(row for row in requirements_of(report) if row.unit_id == unit.id and row.quarter == 1)


@pytest.fixture
def evidence(office: Office, cell: Requirement) -> Evidence:
    """A checked and archived delivery in the cell."""
    return check(deliver(cell, office.actor("head_b1")))


def codes(error: pytest.ExceptionInfo) -> set[str]:
    """Return the codes of all reasons."""
    return {reason.code for reason in error.value.reasons}


def to_acknowledged(office: Office, cell: Requirement, evidence: Evidence) -> None:
    """Sign and acknowledge."""
    act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    act(cell, Action.ACKNOWLEDGE, actor=office.actor("head"), sha256=evidence.sha256)


def to_verified(office: Office, cell: Requirement, evidence: Evidence) -> None:
    """The whole way."""
    to_acknowledged(office, cell, evidence)
    evaluator = office.actor("evaluator")
    read_report(evidence, actor=evaluator)
    audit.link(db.session())
    act(cell, Action.VERIFY, actor=evaluator, sha256=evidence.sha256)


def test_the_whole_way_leaves_sign_offs_with_the_digest_and_an_event_each(
    office: Office, cell: Requirement, evidence: Evidence
) -> None:
    to_verified(office, cell, evidence)
    audit.link(db.session())
    assert cell.state == State.VERIFIED
    sign_offs = db.session.scalars(sa.select(SignOff).where(SignOff.requirement_id == cell.id)).all()
    assert {(row.role.value, row.sha256, row.basis) for row in sign_offs} == {
        ("signed", evidence.sha256, Basis.IN_APP),
        ("acknowledged", evidence.sha256, Basis.IN_APP),
    }
    assert sign_offs[0].snapshot["name"] == "Pegawai head_b1"
    assert db.session.scalars(sa.select(Verification.sha256)).all() == [evidence.sha256]
    kinds = db.session.scalars(
        sa.select(AuditEvent.kind).where(AuditEvent.subject_id == cell.id).order_by(AuditEvent.seq)
    ).all()
    assert kinds == [f"requirement.{verb}" for verb in ("uploaded", "signed", "acknowledged", "verified")]


def test_a_recommendation_stands_where_its_least_advanced_requirement_stands(
    office: Office, report: EvaluationReport
) -> None:
    recommendation = db.session.scalars(
        sa.select(Recommendation).where(Recommendation.report_id == report.id, Recommendation.number == "C-1")
    ).one()
    (cell,) = [row for row in requirements_of(report) if row.kind == "performance_report"]
    evidence = check(deliver(cell, office.actor("operator")))
    assert recommendation.state == State.EVIDENCE_UPLOADED
    act(cell, Action.SIGN, actor=office.actor("head_sek"), sha256=evidence.sha256)
    assert recommendation.state == State.SIGNED
    act(cell, Action.RETURN, actor=office.actor("head"), reason_code="INCOMPLETE")
    assert recommendation.state == State.DRAFTED


def test_one_grid_moves_both_recommendations_only_when_every_cell_has_moved(
    office: Office, report: EvaluationReport
) -> None:
    grid = [row for row in requirements_of(report) if row.kind == "quarterly_monitoring"]
    shared = grid[0].recommendations
    assert [row.number for row in shared] == ["A-1", "B-1"]
    for number, cell in enumerate(grid):
        assert {row.state for row in shared} == {State.DRAFTED}
        deliver(cell, office.actor("operator"), text=str(number))
    assert {row.state for row in shared} == {State.EVIDENCE_UPLOADED}


def test_whoever_was_ahead_of_the_others_and_falls_behind_them_takes_the_recommendations_along(
    office: Office, report: EvaluationReport
) -> None:
    grid = [row for row in requirements_of(report) if row.kind == "quarterly_monitoring"]
    ahead, shared = grid[0], grid[0].recommendations
    delivered = [deliver(cell, office.actor("operator"), text=str(number)) for number, cell in enumerate(grid)]
    evidence = check(delivered[0])
    act(ahead, Action.SIGN, actor=office.actor(f"head_{ahead.unit.code}"), sha256=evidence.sha256)
    assert {row.state for row in shared} == {State.EVIDENCE_UPLOADED}
    act(ahead, Action.RETURN, actor=office.actor("head"), reason_code="INCOMPLETE")
    assert {row.state for row in shared} == {State.DRAFTED}


def test_nothing_is_signed_while_the_check_runs(office: Office, cell: Requirement) -> None:
    evidence = deliver(cell, office.actor("head_b1"))
    with pytest.raises(GuardFailedError) as error:
        act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    assert codes(error) == {"check_pending", "not_archived"}


def test_a_sign_off_must_name_the_digest_of_the_newest_evidence(
    office: Office, cell: Requirement, evidence: Evidence
) -> None:
    for digest, code in ((None, "digest_missing"), ("0" * 64, "digest_differs")):
        with pytest.raises(GuardFailedError) as error:
            act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=digest)
        assert codes(error) == {code}


def test_a_refused_file_sends_the_requirement_back_and_says_so(office: Office, cell: Requirement) -> None:
    check(deliver(cell, office.actor("staff_b1")), verdict="reject")
    assert (cell.state, cell.return_code) == (State.DRAFTED, "CHECK_REFUSED")


def test_a_late_report_of_an_older_revision_is_only_recorded(office: Office, cell: Requirement) -> None:
    old = deliver(cell, office.actor("staff_b1"), text="lama")
    new = deliver(cell, office.actor("staff_b1"), text="baru")
    check(new)
    check(old, verdict="reject")
    assert cell.state == State.EVIDENCE_UPLOADED
    assert cell.newest_evidence_id == new.id
    assert (old.verdict, old.check_state) == ("reject", CheckState.DONE)


def test_the_same_file_twice_is_one_evidence(office: Office, cell: Requirement) -> None:
    first = deliver(cell, office.actor("staff_b1"))
    second = deliver(cell, office.actor("staff_b1"))
    assert first.id == second.id
    assert second.receipt_number == first.receipt_number


def test_upload_after_signing_is_refused(office: Office, cell: Requirement, evidence: Evidence) -> None:
    act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    with pytest.raises(TransitionNotAllowedError):
        deliver(cell, office.actor("head_b1"), text="lain")


def test_withdrawing_voids_every_sign_off_and_needs_a_reason(
    office: Office, cell: Requirement, evidence: Evidence
) -> None:
    to_acknowledged(office, cell, evidence)
    with pytest.raises(GuardFailedError) as error:
        act(cell, Action.WITHDRAW, actor=office.actor("head"))
    assert codes(error) == {"reason_missing"}
    act(cell, Action.WITHDRAW, actor=office.actor("head"), reason="salah berkas")
    assert cell.state == State.EVIDENCE_UPLOADED
    assert not db.session.scalars(sa.select(SignOff).where(SignOff.voided_at.is_(None))).all()


def test_return_needs_a_known_code_and_a_text_for_other(office: Office, cell: Requirement, evidence: Evidence) -> None:
    head = office.actor("head_b1")
    for code, reason, expected in (
        (None, None, "reason_code_missing"),
        ("X", "y", "reason_code_missing"),
        ("OTHER", " ", "reason_missing"),
    ):
        with pytest.raises(GuardFailedError) as error:
            act(cell, Action.RETURN, actor=head, reason_code=code, reason=reason)
        assert codes(error) == {expected}


def test_sign_again_keeps_the_evidence_and_voids_the_signature(
    office: Office, cell: Requirement, evidence: Evidence
) -> None:
    act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    act(cell, Action.RETURN, actor=office.actor("head"), reason_code="SIGN_AGAIN")
    assert (cell.state, cell.newest_evidence_id) == (State.EVIDENCE_UPLOADED, evidence.id)
    act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    assert cell.state == State.SIGNED


def test_verification_needs_a_logged_read_and_an_answer_to_warnings(office: Office, cell: Requirement) -> None:
    evidence = check(deliver(cell, office.actor("head_b1")), verdict="warn", warnings=2)
    to_acknowledged(office, cell, evidence)
    evaluator = office.actor("evaluator")
    with pytest.raises(GuardFailedError) as error:
        act(cell, Action.VERIFY, actor=evaluator, sha256=evidence.sha256)
    assert codes(error) == {"evidence_not_seen", "reason_missing"}
    read_report(evidence, actor=evaluator)
    audit.link(db.session())
    act(cell, Action.VERIFY, actor=evaluator, sha256=evidence.sha256, reason="cap basah terlihat")
    assert cell.state == State.VERIFIED


def test_a_read_of_somebody_else_does_not_count(office: Office, cell: Requirement, evidence: Evidence) -> None:
    to_acknowledged(office, cell, evidence)
    read_report(evidence, actor=office.actor("evaluator2"))
    audit.link(db.session())
    with pytest.raises(GuardFailedError) as error:
        act(cell, Action.VERIFY, actor=office.actor("evaluator"), sha256=evidence.sha256)
    assert codes(error) == {"evidence_not_seen"}


def test_whoever_held_a_post_in_the_agency_does_not_verify_there(
    office: Office, cell: Requirement, evidence: Evidence
) -> None:
    person = hire(office, "turncoat", Role.UNIT_STAFF, agency=office.agency, unit=office.units["dpk"][2])
    send(office, person)
    to_acknowledged(office, cell, evidence)
    turncoat = office.actor("turncoat")
    read_report(evidence, actor=turncoat)
    audit.link(db.session())
    with pytest.raises(GuardFailedError) as error:
        act(cell, Action.VERIFY, actor=turncoat, sha256=evidence.sha256)
    assert codes(error) == {"not_independent"}


@pytest.mark.parametrize(
    ("action", "who"),
    [
        (Action.SIGN, "staff_b1"), (Action.SIGN, "operator"), (Action.SIGN, "head_b2"), (Action.SIGN, "head"),
        (Action.SIGN, "evaluator"), (Action.SIGN, "admin"), (Action.VERIFY, "head"), (Action.VERIFY, "inspector"),
        (Action.ACKNOWLEDGE, "other_head"), (Action.UPLOAD, "evaluator"), (Action.REOPEN, "evaluator"),
        (Action.REFUSE, "head"),
    ],
)  # fmt: skip
def test_the_wrong_person_is_refused(
    office: Office, cell: Requirement, evidence: Evidence, action: Action, who: str
) -> None:
    with pytest.raises(PermissionDeniedError):
        act(cell, action, actor=office.actor(who), sha256=evidence.sha256, reason="x")


def test_an_administrator_signs_nothing_even_while_holding_the_post(
    office: Office, cell: Requirement, evidence: Evidence
) -> None:

    person = db.session.get_one(Person, office.accounts["head_b1"].person_id)
    post = ensure_position(Role.ADMIN, region_id=office.region.id)
    assign(person, post, valid_from=LONG_AGO, confirmed=True, actor=CONSOLE)
    with pytest.raises(GuardFailedError) as error:
        act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    assert codes(error) == {"administrator"}


def test_signer_and_acknowledger_in_one_person_are_flagged_not_blocked(
    office: Office, cell: Requirement, evidence: Evidence
) -> None:

    person = db.session.get_one(Person, office.accounts["head_b1"].person_id)
    post = ensure_position(Role.AGENCY_HEAD, region_id=office.region.id, agency=office.agency)
    assign(person, post, kind=AssignmentKind.ACTING_VACANT, valid_from=LONG_AGO, actor=CONSOLE)
    act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    act(cell, Action.ACKNOWLEDGE, actor=office.actor("head_b1"), sha256=evidence.sha256)
    rows = {row.role.value: row for row in db.session.scalars(sa.select(SignOff))}
    assert rows["acknowledged"].same_person
    assert not rows["signed"].same_person
    assert rows["acknowledged"].snapshot["position"].startswith("Plt. ")


def test_a_stale_version_is_told(office: Office, cell: Requirement, evidence: Evidence) -> None:
    with pytest.raises(StaleStateError):
        act(cell, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256, version=cell.version - 1)


def test_reopening_opens_a_new_round_and_keeps_the_old_one(
    office: Office, cell: Requirement, evidence: Evidence
) -> None:
    to_verified(office, cell, evidence)
    act(cell, Action.REOPEN, actor=office.actor("inspector"), reason="temuan baru")
    assert (cell.state, cell.round) == (State.DRAFTED, 2)
    assert db.session.scalars(sa.select(Verification.voided_at)).one() is not None
    again = deliver(cell, office.actor("head_b1"))
    assert again.id != evidence.id


def test_signing_with_the_upload_takes_effect_when_the_check_has_passed(office: Office, cell: Requirement) -> None:
    evidence = deliver(cell, office.actor("head_b1"), placement=Placement(sign=True))
    assert cell.state == State.EVIDENCE_UPLOADED
    check(evidence)
    take_effect(evidence.id)
    take_effect(evidence.id)
    assert cell.state == State.SIGNED
    assert len(db.session.scalars(sa.select(SignOff)).all()) == 1


def test_signing_with_the_upload_is_dropped_when_a_newer_delivery_came(office: Office, cell: Requirement) -> None:
    evidence = deliver(cell, office.actor("head_b1"), placement=Placement(sign=True))
    newer = deliver(cell, office.actor("staff_b1"), text="lebih baru")
    check(evidence)
    check(newer)
    take_effect(evidence.id)
    assert cell.state == State.EVIDENCE_UPLOADED
    audit.link(db.session())
    assert db.session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "requirement.signing_dropped")).one()


def test_only_the_holder_of_the_signing_post_signs_with_the_upload(office: Office, cell: Requirement) -> None:
    with pytest.raises(GuardFailedError) as error:
        deliver(cell, office.actor("staff_b1"), placement=Placement(sign=True))
    assert codes(error) == {"not_signer"}


def test_nothing_moves_in_a_draft_report(office: Office) -> None:

    written = write_plan(plan_document(), agency=office.agency, year=YEAR, actor=office.actor("evaluator"))
    cell = requirements_of(written.report)[0]
    with pytest.raises(GuardFailedError) as error:
        deliver(cell, office.actor("operator"))
    assert codes(error) == {"report_not_issued"}
    with pytest.raises(PermissionDeniedError):
        issue(written.report, actor=office.actor("evaluator"))


def test_an_outcome_takes_no_file_and_is_closed_by_the_system(office: Office, report: EvaluationReport) -> None:
    (cell,) = [row for row in requirements_of(report) if row.kind == "outcome"]
    with pytest.raises(GuardFailedError) as error:
        deliver(cell, office.actor("operator"))
    assert codes(error) == {"outcome"}
    close_outcome(cell, cause="LHE 2027: 81,20 (sebelumnya 78,05)")
    assert cell.state == State.VERIFIED


@pytest.mark.parametrize(
    ("score", "state"), [("81.20", State.VERIFIED), ("78.05", State.DRAFTED), (None, State.DRAFTED)]
)
def test_the_next_report_settles_an_outcome_only_when_the_score_has_risen(
    office: Office, report: EvaluationReport, score: str | None, state: State
) -> None:
    report.score = Decimal("78.05")
    document = plan_document() | {"year": YEAR + 1}
    following = write_plan(document, agency=office.agency, year=YEAR + 1, actor=office.actor("evaluator")).report
    issue(following, actor=office.actor("inspector"), score=Decimal(score) if score else None)
    (cell,) = [row for row in requirements_of(report) if row.kind == "outcome"]
    recommendation = db.session.scalars(
        sa.select(Recommendation).where(Recommendation.report_id == report.id, Recommendation.number == "D-1")
    ).one()
    assert (cell.state, recommendation.state) == (state, state)


def test_buttons_are_what_the_rules_allow(office: Office, cell: Requirement, evidence: Evidence) -> None:
    def buttons(name: str) -> set[str]:
        return set(allowed_actions([cell], office.actor(name))[cell.id])

    assert buttons("head_b1") == {"upload", "sign", "return"}
    assert buttons("staff_b1") == {"upload"}
    assert buttons("head") == buttons("evaluator") == buttons("auditor") == buttons("other_head") == set()
    to_acknowledged(office, cell, evidence)
    assert buttons("evaluator") == {"verify", "return"}
    assert buttons("head") == {"withdraw"}
    assert allowed_actions([cell], office.actor("evaluator", read_only=True)) == {cell.id: []}


def test_official_status_changes_only_by_a_numbered_decision_of_somebody_else(
    office: Office, report: EvaluationReport
) -> None:
    rows = db.session.scalars(sa.select(Recommendation).where(Recommendation.report_id == report.id)).all()
    with pytest.raises(GuardFailedError) as error:
        propose(rows, official_status=OfficialStatus.COMPLIANT, reason="x", actor=office.actor("evaluator"))
    assert codes(error) == {"not_verified"}
    decision = propose(rows[:2], official_status=OfficialStatus.PARTIAL, reason="x", actor=office.actor("evaluator"))
    letter = paper(office.agency, office.actor("inspector"))
    with pytest.raises(PermissionDeniedError):
        decide([decision], letter=letter, actor=office.actor("evaluator"))
    db.session.refresh(decision)
    decide([decision], letter=letter, actor=office.actor("inspector"))
    assert [row.official_status for row in rows[:3]] == ["PARTIAL", "PARTIAL", "NOT_ASSESSED"]
