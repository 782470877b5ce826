"""The life of an issued report and its recommendations: receipt, deadlines, corrections, moves, cancellations, objections."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from tests.support.deliveries import check, deliver
from tests.support.offices import CONSOLE, YEAR, Office, issue_plan, plan_document, requirements_of
from workflows.core import audit
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError
from workflows.core.models import AuditEvent
from workflows.core.transitions import Action, State
from workflows.organization.models import Region
from workflows.plans.changes import cancel, correct, move_to
from workflows.plans.deadlines import extend, mark_overdue, receive_report, region_day
from workflows.plans.models import Requirement
from workflows.plans.objections import answer, object_to, objection_until, objections_to
from workflows.plans.queries import standing_of_year
from workflows.plans.rules import act
from workflows.recommendations.deadlines import FollowUpTerm, read_terms, set_term, term_for
from workflows.recommendations.models import (
    Component,
    Ending,
    EvaluationReport,
    Outcome,
    Recommendation,
    ReportSource,
)
from workflows.recommendations.versions import Wording, versions_of
from workflows.verification.operations import read_report

GROUNDS = {"reason": "Salah ketik pada LHE.", "letter": "700/88/2026"}


def codes(error: pytest.ExceptionInfo) -> set[str]:
    """Return the codes of all reasons."""
    return {reason.code for reason in error.value.reasons}


def one(report: EvaluationReport, number: str) -> Recommendation:
    """Return a recommendation by its number."""
    query = sa.select(Recommendation).where(Recommendation.report_id == report.id, Recommendation.number == number)
    return db.session.scalars(query).one()


def today(office: Office) -> dt.date:
    """Return the day in the region."""
    return region_day(db.session.get_one(Region, office.region.id))


def received(office: Office, report: EvaluationReport, *, days_ago: int = 0) -> dt.date:
    """Record the receipt."""
    day = today(office) - dt.timedelta(days=days_ago)
    receive_report(report, received_on=day, actor=office.actor("operator"))
    return day


def kinds(subject: object) -> list[str]:
    """Return what the log tells of a subject, in its order."""
    audit.link(db.session())
    query = sa.select(AuditEvent.kind).where(AuditEvent.subject_id == subject.id)  # type: ignore[attr-defined]
    return list(db.session.scalars(query.order_by(AuditEvent.seq)))


def verify_everything(office: Office, requirement: Requirement) -> None:
    """Take a requirement the whole way."""
    evidence = check(deliver(requirement, office.actor("operator")))
    act(requirement, Action.SIGN, actor=office.actor(f"head_{requirement.unit.code}"), sha256=evidence.sha256)
    act(requirement, Action.ACKNOWLEDGE, actor=office.actor("head"), sha256=evidence.sha256)
    read_report(evidence, actor=office.actor("evaluator"))
    audit.link(db.session())
    act(requirement, Action.VERIFY, actor=office.actor("evaluator"), sha256=evidence.sha256)


# -- the receipt and the clock


def test_the_clock_counts_from_the_receipt_by_the_rule_of_source_and_region(
    office: Office, report: EvaluationReport
) -> None:
    region = db.session.get_one(Region, office.region.id)
    set_term(region, ReportSource.INTERNAL, follow_up=30, plan=10, actor=CONSOLE)
    assert term_for(region.id, ReportSource.INTERNAL) == FollowUpTerm(30, 10)
    assert term_for(region.id, ReportSource.NATIONAL) == FollowUpTerm(60, 30), "the others keep the site's"
    assert one(report, "C-1").due_on is None
    day = received(office, report, days_ago=3)
    assert (report.due_on, report.plan_due_on) == (day + dt.timedelta(days=30), day + dt.timedelta(days=10))
    assert one(report, "C-1").due_on == report.due_on
    set_term(region, ReportSource.INTERNAL, follow_up=90, plan=10, actor=CONSOLE)
    assert one(report, "C-1").due_on == report.due_on, "what was counted once stays"
    assert kinds(report)[-1] == "report.received"


def test_terms_that_make_no_sense_are_refused(office: Office) -> None:
    with pytest.raises(ValueError, match="days"):
        read_terms("[internal]\nfollow_up = 10\nplan = 20\n")
    with pytest.raises(ValueError, match="internal"):
        read_terms("")
    with pytest.raises(InvalidInputError):
        set_term(office.region, ReportSource.INTERNAL, follow_up=0, plan=0, actor=CONSOLE)


@pytest.mark.parametrize("who", ["staff_b1", "head_b1", "evaluator", "inspector", "other_operator", "admin"])
def test_only_operator_and_head_of_the_agency_record_the_receipt(
    office: Office, report: EvaluationReport, who: str
) -> None:
    with pytest.raises(PermissionDeniedError):
        receive_report(report, received_on=today(office), actor=office.actor(who))


def test_a_receipt_is_recorded_once_and_on_a_day_that_can_be(office: Office, report: EvaluationReport) -> None:
    day, head = today(office), office.actor("head")
    report.report_date = day - dt.timedelta(days=5)
    for wrong in (day + dt.timedelta(days=1), day - dt.timedelta(days=6)):
        with pytest.raises(InvalidInputError):
            receive_report(report, received_on=wrong, actor=head)
    receive_report(report, received_on=day, actor=head)
    with pytest.raises(ConflictError) as error:
        receive_report(report, received_on=day, actor=head)
    assert codes(error) == {"already_received"}


def test_a_missed_deadline_is_marked_and_the_mark_outlives_every_extension(
    office: Office, report: EvaluationReport
) -> None:
    day = received(office, report, days_ago=61)
    late, grid, outcome = one(report, "C-1"), one(report, "A-1"), one(report, "D-1")
    # The report's paper is due by the end of February of the next year, so nothing of C-1 is late by itself yet.
    (paper,) = [row for row in requirements_of(report) if row.kind == "performance_report"]
    assert late.overdue_on is None
    paper.due_on = day
    db.session.flush()
    region = db.session.get_one(Region, office.region.id)
    assert mark_overdue(region) >= 1
    assert late.overdue_on == late.due_on == day + dt.timedelta(days=60)
    assert outcome.overdue_on is None, "an outcome waits for the next report"
    assert grid.overdue_on is not None, "quarters that could have been delivered by now"
    assert mark_overdue(region) == 0
    extend(
        [late], due_on=today(office) + dt.timedelta(days=14), reason="Menunggu audit.", actor=office.actor("inspector")
    )
    assert late.overdue_on == day + dt.timedelta(days=60)
    assert kinds(late)[-2:] == ["recommendation.overdue", "recommendation.extended"]
    with pytest.raises(DBAPIError, match="stays marked"):
        db.session.execute(sa.update(Recommendation).where(Recommendation.id == late.id).values(overdue_on=None))


def test_only_an_inspector_gives_more_time_and_only_later_days_with_a_reason(
    office: Office, report: EvaluationReport
) -> None:
    row, later = one(report, "C-1"), today(office) + dt.timedelta(days=90)
    with pytest.raises(ConflictError) as error:
        extend([row], due_on=later, reason="x", actor=office.actor("inspector"))
    assert codes(error) == {"not_received"}
    received(office, report)
    for who in ("evaluator", "head", "operator"):
        with pytest.raises(PermissionDeniedError):
            extend([row], due_on=later, reason="x", actor=office.actor(who))
    for due_on, reason in ((later, " "), (today(office), "x"), (later + dt.timedelta(days=9999), "x")):
        with pytest.raises(InvalidInputError):
            extend([row], due_on=due_on, reason=reason, actor=office.actor("inspector"))
    extend([row], due_on=later, reason="Bencana.", actor=office.actor("inspector"))
    assert row.due_on == later


# -- corrections


def test_a_correction_keeps_every_wording_with_who_and_when(office: Office, report: EvaluationReport) -> None:
    row, inspector = one(report, "C-1"), office.actor("inspector")
    (paper,) = [found for found in requirements_of(report) if found.kind == "performance_report"]
    verify_everything(office, paper)
    correct(row, Wording("Bunyi kedua", Component.MEASUREMENT, "2.b.5"), **GROUNDS, actor=inspector)
    correct(row, Wording("Bunyi ketiga", Component.MEASUREMENT), reason="Lagi.", letter="700/89", actor=inspector)
    assert (row.text, row.component, row.criterion, row.revision) == ("Bunyi ketiga", "B", None, 3)
    found = versions_of([row.id])[row.id]
    assert [(one.revision, one.text, one.component.value, one.letter) for one in found] == [
        (1, "Rekomendasi C-1", "C", None), (2, "Bunyi kedua", "B", "700/88/2026"), (3, "Bunyi ketiga", "B", "700/89"),
    ]  # fmt: skip
    assert [one.written_by and one.written_by.name for one in found] == ["Pegawai inspector"] * 3
    assert row.state == State.VERIFIED, "sign-offs stay bound to the file they named"


def test_a_wording_can_be_neither_changed_nor_removed(office: Office, report: EvaluationReport) -> None:
    row = one(report, "C-1")
    correct(row, Wording("Lain", Component.REPORTING), **GROUNDS, actor=office.actor("inspector"))
    db.session.flush()
    for statement in ("UPDATE recommendation_version SET text = 'x'", "DELETE FROM recommendation_version"):
        with pytest.raises(DBAPIError, match="permission denied"), db.session.begin_nested():
            db.session.execute(sa.text(statement))


@pytest.mark.parametrize("change", ["correct", "cancel", "move"])
def test_reason_letter_and_an_inspector_are_asked_for(office: Office, report: EvaluationReport, change: str) -> None:
    other = issue_plan(office, document=plan_document(quarters=(1,)), agency=office.agencies[1])
    row = one(report, "C-1")

    def do(who: str, reason: str, letter: str) -> None:
        grounds = {"reason": reason, "letter": letter, "actor": office.actor(who)}
        if change == "correct":
            correct(row, Wording("Lain", Component.REPORTING), **grounds)
        elif change == "cancel":
            cancel(row, **grounds)
        else:
            move_to(row, other.agency, **grounds)

    for who in ("evaluator", "head", "other_head", "admin"):
        with pytest.raises(PermissionDeniedError):
            do(who, "Alasan", "1")
    for reason, letter, code in ((" ", "1", "reason_missing"), ("Alasan", " ", "letter_missing")):
        with pytest.raises(InvalidInputError) as error:
            do("inspector", reason, letter)
        assert codes(error) == {code}


def test_a_correction_must_change_something(office: Office, report: EvaluationReport) -> None:
    row = one(report, "C-1")
    for wording in (Wording.of(row), Wording("  ", Component.REPORTING)):
        with pytest.raises(InvalidInputError):
            correct(row, wording, **GROUNDS, actor=office.actor("inspector"))


# -- cancelled


def test_what_is_cancelled_leaves_counts_and_inboxes_and_stays_readable(
    office: Office, report: EvaluationReport
) -> None:
    received(office, report)
    before = standing_of_year(office.actor("head"), year=YEAR, agency_id=None, today=today(office))
    row = one(report, "C-1")
    (paper,) = [found for found in requirements_of(report) if found.kind == "performance_report"]
    cancel(row, **GROUNDS, actor=office.actor("inspector"))
    assert (row.ended_as, row.ended_letter, paper.in_force) == (Ending.CANCELLED, "700/88/2026", False)
    after = standing_of_year(office.actor("head"), year=YEAR, agency_id=None, today=today(office))
    count = [sum(one.counts.values()) + one.not_due + one.awaits_report for one in (before, after)]
    assert count[0] - count[1] == 1
    for again in (
        lambda: cancel(row, **GROUNDS, actor=office.actor("inspector")),
        lambda: correct(row, Wording("Lain", Component.REPORTING), **GROUNDS, actor=office.actor("inspector")),
        lambda: object_to(row, reason="x", actor=office.actor("head")),
    ):
        with pytest.raises(ConflictError) as error:
            again()
        assert codes(error) == {"ended"}
    db.session.flush()
    with pytest.raises(DBAPIError, match="stays ended"):
        db.session.execute(sa.update(Recommendation).where(Recommendation.id == row.id).values(ended_as=None))


def test_what_two_recommendations_share_stays_until_both_are_cancelled(
    office: Office, report: EvaluationReport
) -> None:
    grid = [row for row in requirements_of(report) if row.kind == "quarterly_monitoring"]
    cancel(one(report, "A-1"), **GROUNDS, actor=office.actor("inspector"))
    assert all(row.in_force for row in grid)
    deliver(grid[0], office.actor("operator"))
    assert one(report, "A-1").state == State.DRAFTED
    cancel(one(report, "B-1"), **GROUNDS, actor=office.actor("inspector"))
    assert not any(row.in_force for row in grid)


# -- moved


def test_a_recommendation_moves_with_a_trace_on_both_sides(office: Office, report: EvaluationReport) -> None:
    other = issue_plan(office, document=plan_document(quarters=(1,)), agency=office.agencies[1])
    row, inspector = one(report, "A-1"), office.actor("inspector")
    taken = move_to(row, other.agency, **GROUNDS, actor=inspector)
    assert (taken.number, taken.text, taken.agency_id) == ("A-2", row.text, other.agency_id)
    assert (row.ended_as, row.moved_to["number"], row.moved_to["agency"]) == (Ending.MOVED, "A-2", "dsp")
    assert (taken.moved_from["number"], taken.moved_from["agency_name"]) == ("A-1", "Dinas Perpustakaan")
    assert taken.due_on == today(office) + dt.timedelta(days=60), "its clock starts today"
    asked = [one for one in requirements_of(other) if one.recommendations == [taken]]
    assert sorted(one.quarter for one in asked) == [1, 2, 3, 4], "a quarter each for the one unit there"
    assert {one.unit.code for one in asked} == {"sek"}
    assert all(one.in_force for one in requirements_of(report)), "B-1 shares them and still asks"
    assert kinds(row)[-1] == "recommendation.transferred"
    assert kinds(taken) == ["recommendation.taken_over"]
    back = move_to(taken, report.agency, reason="Keliru.", letter="700/90", actor=inspector)
    assert (back.number, back.moved_from["agency"], taken.ended_as) == ("A-2", "dsp", Ending.MOVED)
    assert not any(one.in_force for one in asked)


def test_what_is_verified_stays_and_the_other_agency_needs_a_report(office: Office, report: EvaluationReport) -> None:
    inspector = office.actor("inspector")
    with pytest.raises(ConflictError) as error:
        move_to(one(report, "D-1"), office.agencies[1], **GROUNDS, actor=inspector)
    assert codes(error) == {"report_unknown"}
    issue_plan(office, document=plan_document(quarters=(1,)), agency=office.agencies[1])
    with pytest.raises(InvalidInputError):
        move_to(one(report, "D-1"), office.agency, **GROUNDS, actor=inspector)
    with pytest.raises(ConflictError) as error:
        move_to(one(report, "D-1"), office.agencies[1], number="D-1", **GROUNDS, actor=inspector)
    assert codes(error) == {"number_taken"}
    (paper,) = [found for found in requirements_of(report) if found.kind == "performance_report"]
    verify_everything(office, paper)
    with pytest.raises(ConflictError) as error:
        move_to(one(report, "C-1"), office.agencies[1], **GROUNDS, actor=inspector)
    assert codes(error) == {"already_verified"}


# -- objections


@pytest.fixture
def objected(office: Office, report: EvaluationReport) -> Recommendation:
    """C-1, received ten days ago and objected to four days ago."""
    received(office, report, days_ago=10)
    row = one(report, "C-1")
    head, info = office.actor("head"), db.session().info
    present, info["now"] = now(), now() - dt.timedelta(days=4)
    object_to(row, reason="Bukan kewenangan kami.", actor=head)
    info["now"] = present
    return row


def test_an_objection_stops_the_clock_and_the_days_come_on_top(
    office: Office, report: EvaluationReport, objected: Recommendation
) -> None:
    due_on, until = objected.due_on, objection_until(objected)
    assert due_on is not None
    (paper,) = [found for found in requirements_of(report) if found.kind == "performance_report"]
    paper.due_on = objected.due_on = today(office) - dt.timedelta(days=1)
    db.session.flush()
    mark_overdue(db.session.get_one(Region, office.region.id))
    assert objected.overdue_on is None, "nobody is late while the clock stands"
    objected.due_on = due_on
    with pytest.raises(ConflictError) as error:
        correct(objected, Wording("Lain", Component.REPORTING), **GROUNDS, actor=office.actor("inspector"))
    assert codes(error) == {"objection_open"}
    given = answer(objected, outcome=Outcome.DECLINED, **GROUNDS, actor=office.actor("inspector"))
    assert (given.stopped_days, objected.due_on) == (4, due_on + dt.timedelta(days=4))
    assert until is not None
    assert objection_until(objected) == until + dt.timedelta(days=4)
    with pytest.raises(ConflictError) as error:
        object_to(objected, reason="Lagi", actor=office.actor("head"))
    assert codes(error) == {"objected_before"}


def test_an_accepted_objection_corrects_or_cancels_in_the_same_act(office: Office, objected: Recommendation) -> None:
    with pytest.raises(InvalidInputError):
        answer(objected, outcome=Outcome.CORRECTED, **GROUNDS, actor=office.actor("inspector"))
    wording = Wording("Bunyi yang disepakati", Component.REPORTING)
    answer(objected, outcome=Outcome.CORRECTED, wording=wording, **GROUNDS, actor=office.actor("inspector"))
    assert (objected.text, objected.revision) == ("Bunyi yang disepakati", 2)
    again = object_to(objected, reason="Masih keliru.", actor=office.actor("head"))
    answer(objected, outcome=Outcome.CANCELLED, **GROUNDS, actor=office.actor("inspector"))
    assert (again.outcome, objected.ended_as) == (Outcome.CANCELLED, Ending.CANCELLED)
    assert [one.revision for one in objections_to([objected.id])] == [1, 2]
    assert kinds(objected)[-2:] == ["recommendation.objection_answered", "recommendation.cancelled"]


def test_only_the_head_objects_and_only_before_the_plan_is_due(office: Office, report: EvaluationReport) -> None:
    row = one(report, "C-1")
    with pytest.raises(ConflictError) as error:
        object_to(row, reason="x", actor=office.actor("head"))
    assert codes(error) == {"not_received"}
    received(office, report, days_ago=31)
    for who in ("operator", "head_b1", "other_head", "inspector"):
        with pytest.raises(PermissionDeniedError):
            object_to(row, reason="x", actor=office.actor(who))
    with pytest.raises(ConflictError) as error:
        object_to(row, reason="x", actor=office.actor("head"))
    assert codes(error) == {"objection_late"}
    with pytest.raises(ConflictError) as error:
        answer(row, outcome=Outcome.DECLINED, **GROUNDS, actor=office.actor("inspector"))
    assert codes(error) == {"no_objection"}
