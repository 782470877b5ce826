"""The official status: two people, a locked letter, the classes of the field, and what each brings along."""

import datetime as dt
import json

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from tests.support.deliveries import check, deliver
from tests.support.offices import CONSOLE, LONG_AGO, Office, hire, issue_plan, plan_document, requirements_of
from tests.support.official_papers import paper
from workflows.core import audit
from workflows.core.actors import AssignmentKind, Role
from workflows.core.db import db
from workflows.core.errors import ConflictError, GuardFailedError, InvalidInputError, PermissionDeniedError
from workflows.core.models import AuditEvent
from workflows.core.transitions import Action, State
from workflows.organization.models import Account
from workflows.organization.operations import assign, ensure_position
from workflows.plans.changes import cancel
from workflows.plans.models import Requirement
from workflows.plans.rules import act
from workflows.recommendations.models import EvaluationReport, OfficialStatus, Recommendation
from workflows.verification.decisions import decide, decline, propose, withdraw
from workflows.verification.models import Decision, DecisionState, OfficialPaperKind, ValidReason
from workflows.verification.official_papers import file_official_paper
from workflows.verification.operations import read_report

COMPLIANT, PARTIAL = OfficialStatus.COMPLIANT, OfficialStatus.PARTIAL
NOT_STARTED, NOT_ACTIONABLE = OfficialStatus.NOT_STARTED, OfficialStatus.NOT_ACTIONABLE


def codes(error: pytest.ExceptionInfo) -> set[str]:
    """Return the codes of all reasons."""
    return {reason.code for reason in error.value.reasons}


def one(report: EvaluationReport, number: str) -> Recommendation:
    """Return a recommendation by its number."""
    query = sa.select(Recommendation).where(Recommendation.report_id == report.id, Recommendation.number == number)
    return db.session.scalars(query).one()


def cells(report: EvaluationReport, kind: str) -> list[Requirement]:
    """Return the requirements of a kind."""
    return [row for row in requirements_of(report) if row.kind == kind]


def verify(office: Office, requirement: Requirement) -> None:
    """Take a requirement the whole way."""
    evidence = check(deliver(requirement, office.actor("operator"), text=str(requirement.id)))
    act(requirement, Action.SIGN, actor=office.actor(f"head_{requirement.unit.code}"), sha256=evidence.sha256)
    act(requirement, Action.ACKNOWLEDGE, actor=office.actor("head"), sha256=evidence.sha256)
    read_report(evidence, actor=office.actor("evaluator2"))
    audit.link(db.session())
    act(requirement, Action.VERIFY, actor=office.actor("evaluator2"), sha256=evidence.sha256)


def proposed(office: Office, *rows: Recommendation, status: OfficialStatus = PARTIAL, **more: object) -> Decision:
    """Propose as the evaluator."""
    return propose(rows, official_status=status, reason="Menurut bukti.", actor=office.actor("evaluator"), **more)  # type: ignore[arg-type]


def settled(office: Office, *decisions: Decision) -> None:
    """Decide as the inspector, by a letter of their own."""
    inspector = office.actor("inspector")
    decide(decisions, letter=paper(office.agency, inspector), actor=inspector)


def last(subject: object, kind: str) -> dict:
    """Return the details of the newest event of a kind."""
    audit.link(db.session())
    query = sa.select(AuditEvent).where(AuditEvent.subject_id == subject.id, AuditEvent.kind == kind)  # type: ignore[attr-defined]
    return json.loads(db.session.scalars(query.order_by(AuditEvent.seq.desc())).first().body)["details"]  # type: ignore[union-attr, arg-type]


# -- two people and a letter


def test_one_letter_decides_many_and_the_log_names_it(office: Office, report: EvaluationReport) -> None:
    first = proposed(office, one(report, "A-1"), one(report, "B-1"))
    second = proposed(office, one(report, "C-1"), status=NOT_STARTED)
    inspector = office.actor("inspector")
    letter = paper(office.agency, inspector, number="700/9/2026")
    decide([first, second], letter=letter, actor=inspector)
    assert [one(report, number).official_status for number in ("A-1", "B-1", "C-1", "D-1")] == [
        PARTIAL, PARTIAL, NOT_STARTED, OfficialStatus.NOT_ASSESSED,
    ]  # fmt: skip
    assert (first.number, first.decided_on, first.letter_id) == ("700/9/2026", letter.dated_on, letter.id)
    told = last(second, "decision.decided")
    assert (told["letter"], told["number"]) == (
        {"paper": str(letter.id), "sha256": letter.evidence.sha256}, "700/9/2026",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "code"), [(None, "letter_not_archived"), ("reject", "letter_refused"), ("accept", None)]
)
def test_only_a_letter_that_is_locked_in_the_archive_decides(
    office: Office, report: EvaluationReport, verdict: str | None, code: str | None
) -> None:
    inspector = office.actor("inspector")
    letter = paper(office.agency, inspector, verdict=verdict)
    decision = proposed(office, one(report, "C-1"))
    if code is None:
        decide([decision], letter=letter, actor=inspector)
        assert decision.state == DecisionState.DECIDED
        return
    with pytest.raises(GuardFailedError) as error:
        decide([decision], letter=letter, actor=inspector)
    assert codes(error) == {code}


def test_a_letter_of_another_agency_or_of_another_kind_decides_nothing(
    office: Office, report: EvaluationReport
) -> None:
    inspector, decision = office.actor("inspector"), proposed(office, one(report, "C-1"))
    for letter in (
        paper(office.agencies[1], inspector), paper(office.agency, inspector, kind=OfficialPaperKind.GROUND),
    ):  # fmt: skip
        with pytest.raises(GuardFailedError) as error:
            decide([decision], letter=letter, actor=inspector)
        assert codes(error) == {"letter_missing"}


def test_persons_are_compared_and_not_posts(office: Office, report: EvaluationReport) -> None:
    """Who proposed as an evaluator and holds the inspector's post too does not decide it."""
    hire(office, "both", Role.EVALUATOR)
    person = db.session.get_one(Account, office.accounts["both"].id).person
    post = ensure_position(Role.INSPECTOR, region_id=office.region.id, agency=None, unit=None, title=None)
    assign(person, post, kind=AssignmentKind.ACTING_DAILY, valid_from=LONG_AGO, confirmed=True, actor=CONSOLE)
    both = office.actor("both")
    assert {Role.EVALUATOR, Role.INSPECTOR} <= both.roles
    own = propose([one(report, "C-1")], official_status=PARTIAL, reason="x", actor=both)
    other = proposed(office, one(report, "A-1"))
    with pytest.raises(PermissionDeniedError) as error:
        decide([other, own], letter=paper(office.agency, both), actor=both)
    assert codes(error) == {"own_proposal"}
    with pytest.raises(PermissionDeniedError):
        decline(own, reason="x", actor=both)


@pytest.mark.parametrize("who", ["evaluator2", "head", "operator", "auditor", "admin"])
def test_only_an_inspector_decides(office: Office, report: EvaluationReport, who: str) -> None:
    decision, letter = proposed(office, one(report, "C-1")), paper(office.agency, office.actor("inspector"))
    with pytest.raises(PermissionDeniedError):
        decide([decision], letter=letter, actor=office.actor(who))
    with pytest.raises(PermissionDeniedError):
        decline(decision, reason="x", actor=office.actor(who))


def test_a_proposal_is_withdrawn_by_whoever_made_it_or_declined_with_a_reason(
    office: Office, report: EvaluationReport
) -> None:
    mine, other = proposed(office, one(report, "C-1")), proposed(office, one(report, "A-1"))
    with pytest.raises(PermissionDeniedError):
        withdraw(mine, reason="x", actor=office.actor("evaluator2"))
    for close, who in ((withdraw, "evaluator"), (decline, "inspector")):
        with pytest.raises(InvalidInputError):
            close(mine, reason=" ", actor=office.actor(who))
    withdraw(mine, reason="Keliru.", actor=office.actor("evaluator"))
    decline(other, reason="Belum cukup.", actor=office.actor("inspector"))
    assert (mine.state, other.state, other.closed_reason) == ("withdrawn", "declined", "Belum cukup.")
    for row in (mine, other):
        with pytest.raises(ConflictError) as error:
            settled(office, row)
        assert codes(error) == {"proposal_over"}
    settled(office, again := proposed(office, one(report, "C-1")))
    with pytest.raises(ConflictError) as error:
        decline(again, reason="x", actor=office.actor("inspector"))
    assert codes(error) == {"already_decided"}


def test_one_proposal_at_a_time_and_of_one_report(office: Office, report: EvaluationReport) -> None:
    proposed(office, one(report, "C-1"))
    with pytest.raises(ConflictError) as error:
        proposed(office, one(report, "A-1"), one(report, "C-1"))
    assert codes(error) == {"already_proposed"}
    other = issue_plan(office, document=plan_document(quarters=(1,)), agency=office.agencies[1])
    with pytest.raises(GuardFailedError) as error:
        proposed(office, one(report, "A-1"), one(other, "A-1"))
    assert codes(error) == {"several_agencies"}
    cancel(one(report, "B-1"), reason="x", letter="1", actor=office.actor("inspector"))
    with pytest.raises(GuardFailedError) as error:
        proposed(office, one(report, "B-1"))
    assert codes(error) == {"ended"}


def test_the_database_lets_nobody_rewrite_a_proposal_or_a_paper(office: Office, report: EvaluationReport) -> None:
    settled(office, proposed(office, one(report, "C-1")))
    db.session.flush()
    for statement in (
        "UPDATE decision SET official_status = 'COMPLIANT'", "UPDATE decision SET reason = 'x'", "DELETE FROM decision",
        "UPDATE official_paper SET number = 'x'", "DELETE FROM official_paper", "DELETE FROM decision_requirement",
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="permission denied"), db.session.begin_nested():
            db.session.execute(sa.text(statement))


def test_only_the_inspektorat_files_papers(office: Office) -> None:
    for who in ("head", "operator", "auditor", "admin"):
        with pytest.raises(PermissionDeniedError):
            paper(office.agency, office.actor(who))
    for number, day in ((" ", dt.date(2026, 1, 1)), ("1", dt.date(2199, 1, 1))):
        with pytest.raises(InvalidInputError):
            file_official_paper(
                office.agency, kind=OfficialPaperKind.LETTER, number=number, dated_on=day, intake=None,  # type: ignore[arg-type]
                actor=office.actor("inspector"),
            )  # fmt: skip


# -- the classes


def test_not_actionable_needs_a_valid_reason_with_its_document_and_closes_what_is_open(
    office: Office, report: EvaluationReport
) -> None:
    row, inspector = one(report, "A-1"), office.actor("inspector")
    with pytest.raises(GuardFailedError) as error:
        proposed(office, row, status=NOT_ACTIONABLE)
    assert codes(error) == {"valid_reason_missing"}
    for ground, code in ((None, "ground_missing"), (paper(office.agency, inspector), "ground_missing")):
        with pytest.raises(GuardFailedError) as error:
            proposed(office, row, status=NOT_ACTIONABLE, valid_reason=ValidReason.IN_COURT, ground=ground)
        assert codes(error) == {code}
    ground = paper(office.agency, inspector, number="PN/12", kind=OfficialPaperKind.GROUND)
    told = {"status": NOT_ACTIONABLE, "valid_reason": ValidReason.IN_COURT, "ground": ground}
    grid = cells(report, "quarterly_monitoring")
    verify(office, grid[0])
    settled(office, proposed(office, row, **told))  # type: ignore[arg-type]
    assert all(cell.in_force for cell in grid), "B-1 still asks for them"
    decision = proposed(office, one(report, "B-1"), **told)  # type: ignore[arg-type]
    settled(office, decision)
    assert [cell.in_force for cell in grid] == [True] + [False] * (len(grid) - 1), "what was verified stays"
    details = last(decision, "decision.decided")
    assert (details["valid_reason"], details["ground"]["paper"]) == ("in_court", str(ground.id))
    assert sorted(details["waived"]) == sorted(str(cell.id) for cell in grid[1:])


def test_partial_reopens_what_it_names_and_nothing_else(office: Office, report: EvaluationReport) -> None:
    grid = cells(report, "quarterly_monitoring")
    for cell in grid:
        verify(office, cell)
    rows = one(report, "A-1"), one(report, "B-1")
    with pytest.raises(GuardFailedError) as error:
        proposed(office, *rows)
    assert codes(error) == {"reopens_nothing"}
    (paper_cell,) = cells(report, "performance_report")
    with pytest.raises(GuardFailedError) as error:
        proposed(office, *rows, reopens=[paper_cell])
    assert codes(error) == {"reopens"}
    settled(office, decision := proposed(office, *rows, reopens=grid[:2]))
    assert [cell.state for cell in grid] == [State.DRAFTED] * 2 + [State.VERIFIED] * (len(grid) - 2)
    assert [cell.round for cell in grid[:3]] == [2, 2, 1]
    assert {row.official_status for row in rows} == {PARTIAL}
    assert all(row.reconsidered_at is None for row in rows), "the decision itself is no review of itself"
    assert sorted(last(decision, "decision.decided")["reopened"]) == sorted(str(cell.id) for cell in grid[:2])


def test_compliant_needs_verified_and_not_started_needs_nothing_verified(
    office: Office, report: EvaluationReport
) -> None:
    row = one(report, "C-1")
    with pytest.raises(GuardFailedError) as error:
        proposed(office, row, status=COMPLIANT)
    assert codes(error) == {"not_verified"}
    verify(office, cells(report, "performance_report")[0])
    with pytest.raises(GuardFailedError) as error:
        proposed(office, row, status=NOT_STARTED)
    assert codes(error) == {"already_started"}
    decision = proposed(office, row, status=COMPLIANT)
    act(cells(report, "performance_report")[0], Action.REOPEN, actor=office.actor("inspector"), reason="Keliru.")
    with pytest.raises(GuardFailedError) as error:
        settled(office, decision)
    assert codes(error) == {"not_verified"}, "it must hold when it is decided, too"


# -- reopened


def test_what_is_reopened_keeps_its_status_marked_until_the_next_decision(
    office: Office, report: EvaluationReport
) -> None:
    row, (cell,) = one(report, "C-1"), cells(report, "performance_report")
    verify(office, cell)
    settled(office, proposed(office, row, status=COMPLIANT))
    act(cell, Action.REOPEN, actor=office.actor("inspector"), reason="Ada temuan baru.")
    assert (row.official_status, row.state) == (COMPLIANT, State.DRAFTED)
    assert row.reconsidered_at is not None
    assert last(row, "recommendation.reconsidered")["status"] == "COMPLIANT"
    settled(office, proposed(office, row))
    assert (row.official_status, row.reconsidered_at) == (PARTIAL, None)


def test_reopening_before_any_decision_marks_nothing(office: Office, report: EvaluationReport) -> None:
    row, (cell,) = one(report, "C-1"), cells(report, "performance_report")
    verify(office, cell)
    act(cell, Action.REOPEN, actor=office.actor("inspector"), reason="Ada temuan baru.")
    assert row.reconsidered_at is None
