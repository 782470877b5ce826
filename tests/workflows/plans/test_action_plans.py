"""The life of a plan: who writes, submits, accepts or sends back, and what each act leaves behind."""

import datetime as dt
import json
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import scoped_session

from tests.support.offices import Office, issue_plan, plan_document
from tests.support.statements import counted
from workflows.core import audit
from workflows.core.actors import Held, Role
from workflows.core.db import db
from workflows.core.errors import (
    GuardFailedError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    StaleStateError,
    TransitionNotAllowedError,
    WorkflowError,
)
from workflows.core.models import AuditEvent
from workflows.plans import action_plans
from workflows.plans.action_plans import Promise, Step, accept, send_back, steps, submit, write
from workflows.plans.operations import issue, write_plan
from workflows.plans.plan_models import ActionPlan, PlanState, PlanSubmission
from workflows.plans.plan_queries import contents_of, count_plan_turns, list_plans, plan_of_report, plan_turns
from workflows.recommendations.models import EvaluationReport, Recommendation

WHOLE = Promise(
    "Menyusun monev triwulan setiap bidang", owner="Sekretaris", due_on=dt.date(2026, 4, 30), output="Laporan monev"
)


@pytest.fixture
def plan(office: Office, report: EvaluationReport) -> ActionPlan:
    return plan_of_report(report.id, office.actor("operator"))


def recommendation(plan: ActionPlan, number: str = "A-1") -> Recommendation:
    query = sa.select(Recommendation).where(Recommendation.report_id == plan.report_id, Recommendation.number == number)
    return db.session.scalars(query).one()


def events(plan: ActionPlan) -> list[tuple[str, dict[str, object]]]:
    audit.link(db.session())
    query = sa.select(AuditEvent).where(AuditEvent.subject_id == plan.report_id, AuditEvent.kind.startswith("plan."))
    return [
        (row.kind, json.loads(str(row.body))["details"]) for row in db.session.scalars(query.order_by(AuditEvent.seq))
    ]


def submitted(office: Office, plan: ActionPlan) -> PlanSubmission:
    return submit(plan, version=plan.version, actor=office.actor("head"))


def test_a_report_that_is_issued_has_a_plan_and_a_draft_has_none(office: Office) -> None:
    made = write_plan(plan_document(), agency=office.agency, year=2026, actor=office.actor("evaluator")).report
    with pytest.raises(NotFoundError):
        plan_of_report(made.id, office.actor("inspector"))
    issue(made, actor=office.actor("inspector"))
    assert plan_of_report(made.id, office.actor("operator")).state == PlanState.DRAFT
    with pytest.raises(NotFoundError):
        plan_of_report(made.id, office.actor("other_operator"))


def test_the_whole_way_with_every_act_in_the_log(office: Office, plan: ActionPlan) -> None:
    action = write(plan, recommendation(plan), WHOLE, version=1, actor=office.actor("operator"))
    assert (action.text, action.owner, action.due_on, action.output, action.version) == (
        WHOLE.text, "Sekretaris", dt.date(2026, 4, 30), "Laporan monev", 2,
    )  # fmt: skip
    first = submitted(office, plan)
    assert (plan.state, first.round, first.accepted) == (PlanState.SUBMITTED, 1, None)
    send_back(plan, reason=" Sebutkan target. ", version=plan.version, actor=office.actor("evaluator"))
    assert (plan.state, first.accepted, first.reason) == (PlanState.RETURNED, False, "Sebutkan target.")
    write(plan, recommendation(plan), replace(WHOLE, output="Empat laporan"), version=2, actor=office.actor("operator"))
    second = submitted(office, plan)
    accept(plan, version=plan.version, actor=office.actor("evaluator2"))
    assert (plan.state, second.round, second.accepted) == (PlanState.ACCEPTED, 2, True)
    assert "Pegawai evaluator2" in (second.decided_as or "")
    # The version that was sent back is still there, word for word.
    kept = {row["number"]: row["output"] for row in first.content["actions"]}
    assert (kept["A-1"], kept["B-1"]) == ("Laporan monev", None)
    told = events(plan)
    assert [kind for kind, _ in told] == [
        "plan.written", "plan.submitted", "plan.returned", "plan.written", "plan.submitted", "plan.accepted",
    ]  # fmt: skip
    assert told[0][1]["changed"] == ["text", "owner", "due_on", "output"]
    assert told[2][1]["reason"] == "Sebutkan target."
    assert (told[1][1]["digest"], told[5][1]["digest"]) == (first.sha256, second.sha256)
    assert "Sekretaris" not in json.dumps([details for _, details in told])


def test_a_submission_keeps_what_was_open_and_is_not_blocked_by_it(office: Office, plan: ActionPlan) -> None:
    open_before = [(flag.number, flag.code) for flag in contents_of(plan).open_flags]
    assert ("A-1", "owner_missing") in open_before
    submission = submitted(office, plan)
    assert [(flag["number"], flag["code"]) for flag in submission.content["flags"]] == open_before
    (_, details) = events(plan)[-1]
    assert details["open"] == [{"number": number, "code": code} for number, code in open_before]
    accept(plan, version=plan.version, actor=office.actor("evaluator"))
    assert plan.state == PlanState.ACCEPTED


def attempt(office: Office, plan: ActionPlan, step: Step, name: str) -> type[WorkflowError] | None:
    """Try one step as somebody, take it back, and return what refused it."""
    actor, version = office.actor(name), plan.version
    nested = db.session.begin_nested()
    try:
        if step is Step.WRITE:
            write(plan, recommendation(plan), WHOLE, version=1, actor=actor)
        elif step is Step.SUBMIT:
            submit(plan, version=version, actor=actor)
        elif step is Step.ACCEPT:
            accept(plan, version=version, actor=actor)
        else:
            send_back(plan, reason="Belum.", version=version, actor=actor)
    except WorkflowError as error:
        return type(error)
    finally:
        nested.rollback()
        db.session.refresh(plan)
    return None


MAY = {
    Step.WRITE: {"operator", "head"}, Step.SUBMIT: {"head"}, Step.ACCEPT: {"evaluator"}, Step.RETURN: {"evaluator"},
}  # fmt: skip
STATES = {
    PlanState.DRAFT: {Step.WRITE, Step.SUBMIT}, PlanState.RETURNED: {Step.WRITE, Step.SUBMIT},
    PlanState.SUBMITTED: {Step.ACCEPT, Step.RETURN}, PlanState.ACCEPTED: set(),
}  # fmt: skip
PEOPLE = ("operator", "head", "head_b1", "staff_b1", "evaluator", "inspector", "auditor", "admin", "other_head")


@pytest.mark.parametrize("state", STATES)
def test_who_may_do_what_from_where(office: Office, plan: ActionPlan, state: PlanState) -> None:
    if state is not PlanState.DRAFT:
        submitted(office, plan)
    if state is PlanState.RETURNED:
        send_back(plan, reason="Belum.", version=plan.version, actor=office.actor("evaluator2"))
    if state is PlanState.ACCEPTED:
        accept(plan, version=plan.version, actor=office.actor("evaluator2"))
    for step in Step:
        for name in PEOPLE:
            expected = (
                PermissionDeniedError if name not in MAY[step]
                else None if step in STATES[state] else TransitionNotAllowedError
            )  # fmt: skip
            assert (step, name, attempt(office, plan, step, name)) == (step, name, expected)
            offered = step in steps(plan, office.actor(name))
            assert (step, name, offered) == (step, name, expected is None)


def test_a_token_that_only_reads_is_offered_nothing(office: Office, plan: ActionPlan) -> None:
    assert steps(plan, office.actor("head", read_only=True)) == []


@pytest.mark.parametrize(
    ("until", "refused"), [(None, True), (dt.date(2026, 1, 1), True), (dt.date(2025, 12, 31), False)]
)
def test_who_held_a_post_there_does_not_judge(
    office: Office, plan: ActionPlan, until: dt.date | None, refused: bool
) -> None:
    plan.report.issued_at = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    submitted(office, plan)
    held = Held(Role.AGENCY_OPERATOR, plan.agency_id, dt.date(2024, 1, 1), until)
    evaluator = replace(office.actor("evaluator"), history=(held,))
    db.session.flush()
    assert count_plan_turns(evaluator) == (0 if refused else 1)
    if refused:
        for act in (lambda: accept(plan, version=plan.version, actor=evaluator),
                    lambda: send_back(plan, reason="x", version=plan.version, actor=evaluator)):  # fmt: skip
            with pytest.raises(PermissionDeniedError) as raised:
                act()
            assert [reason.code for reason in raised.value.reasons] == ["not_independent"]
    else:
        accept(plan, version=plan.version, actor=evaluator)


def test_one_who_left_before_the_year_but_wrote_in_the_plan_does_not_judge(office: Office, plan: ActionPlan) -> None:
    plan.report.issued_at = dt.datetime(2025, 11, 1, tzinfo=dt.UTC)
    submitted(office, plan)
    held = Held(Role.AGENCY_OPERATOR, plan.agency_id, dt.date(2024, 1, 1), dt.date(2025, 12, 31))
    with pytest.raises(PermissionDeniedError):
        accept(plan, version=plan.version, actor=replace(office.actor("evaluator"), history=(held,)))


def test_two_people_do_not_write_over_each_other(office: Office, plan: ActionPlan) -> None:
    write(plan, recommendation(plan), WHOLE, version=1, actor=office.actor("operator"))
    with pytest.raises(StaleStateError):
        write(plan, recommendation(plan), WHOLE, version=1, actor=office.actor("head"))
    write(plan, recommendation(plan, "B-1"), WHOLE, version=1, actor=office.actor("head"))


def test_what_was_not_looked_at_is_not_submitted_or_answered(office: Office, plan: ActionPlan) -> None:
    seen = plan.version
    write(plan, recommendation(plan), WHOLE, version=1, actor=office.actor("operator"))
    with pytest.raises(StaleStateError):
        submit(plan, version=seen, actor=office.actor("head"))
    seen = plan.version
    submitted(office, plan)
    with pytest.raises(StaleStateError):
        accept(plan, version=seen, actor=office.actor("evaluator"))


def test_the_same_words_again_change_nothing(office: Office, plan: ActionPlan) -> None:
    write(plan, recommendation(plan), WHOLE, version=1, actor=office.actor("operator"))
    before = plan.version
    write(plan, recommendation(plan), WHOLE, version=2, actor=office.actor("operator"))
    assert plan.version == before
    assert len(events(plan)) == 1


@pytest.mark.parametrize("promise", [
    Promise("  "), Promise("x" * 4001), Promise("Menyusun", owner="x" * 301), Promise("Menyusun", output="x" * 4001),
        Promise("Menyusun\x00"), Promise("Menyusun", owner="\ud800"),
])  # fmt: skip
def test_what_cannot_be_written_is_refused(office: Office, plan: ActionPlan, promise: Promise) -> None:
    with pytest.raises(InvalidInputError):
        write(plan, recommendation(plan), promise, version=1, actor=office.actor("operator"))


@pytest.mark.parametrize("reason", ["", "   ", "x" * 4001, "Belum\x00"])
def test_nothing_is_sent_back_without_a_reason(office: Office, plan: ActionPlan, reason: str) -> None:
    submitted(office, plan)
    with pytest.raises(InvalidInputError):
        send_back(plan, reason=reason, version=plan.version, actor=office.actor("evaluator"))


def test_an_empty_plan_is_not_submitted_and_its_first_action_is_written(office: Office) -> None:
    document = plan_document()
    for entry in document["recommendations"]:
        entry["action"]["text"] = None
    plan = plan_of_report(issue_plan(office, document=document).id, office.actor("operator"))
    with pytest.raises(GuardFailedError) as raised:
        submitted(office, plan)
    assert [reason.code for reason in raised.value.reasons] == ["plan_empty"]
    made = write(plan, recommendation(plan), WHOLE, version=0, actor=office.actor("operator"))
    assert made.version == 1
    assert submitted(office, plan).round == 1


def test_whose_turn_it_is(office: Office, plan: ActionPlan) -> None:
    def turns() -> set[str]:
        names = ("operator", "head", "evaluator", "head_b1", "inspector", "other_operator")
        waiting = {name for name in names if plan_turns(office.actor(name))}
        assert {name for name in names if count_plan_turns(office.actor(name))} == waiting
        return waiting

    assert turns() == {"operator", "head"}
    submitted(office, plan)
    assert turns() == {"evaluator"}
    send_back(plan, reason="Belum.", version=plan.version, actor=office.actor("evaluator"))
    assert turns() == {"operator", "head"}
    submitted(office, plan)
    accept(plan, version=plan.version, actor=office.actor("evaluator"))
    assert turns() == set()


def test_a_longer_plan_costs_no_more_queries(office: Office, plan: ActionPlan) -> None:
    document = plan_document()
    first = document["recommendations"][2]
    more = [{**first, "number": f"C-{n}", "text": f"Rekomendasi C-{n}"} for n in range(2, 12)]
    document["recommendations"] += more
    longer = plan_of_report(
        issue_plan(office, document=document, agency=office.agencies[1]).id, office.actor("other_head")
    )

    def cost(one: ActionPlan) -> int:
        db.session.flush()
        report_id, actor = one.report_id, office.actor("evaluator")
        db.session.expire_all()
        found = plan_of_report(report_id, actor)
        with counted(current_app) as made:  # type: ignore[arg-type] - stands for the application
            contents_of(found)
        return len(made)

    assert cost(longer) == cost(plan) > 0


def test_a_list_of_plans_is_scoped_and_paged(office: Office, session: scoped_session, plan: ActionPlan) -> None:
    second = write_plan(plan_document(), agency=office.agencies[1], year=2026, actor=office.actor("evaluator")).report
    issue(second, actor=office.actor("inspector"))
    first = list_plans(office.actor("evaluator"), limit=1)
    rest = list_plans(office.actor("evaluator"), limit=1, cursor=first.next)
    assert [row.agency.code for row in (*first.items, *rest.items)] == ["dsp", "dpk"]
    assert rest.next is None
    assert [row.agency.code for row in list_plans(office.actor("other_head")).items] == ["dsp"]
    assert list_plans(office.actor("evaluator"), year=2025).items == []
    assert list_plans(office.actor("evaluator"), state=PlanState.SUBMITTED).items == []


def test_steps_and_rules_name_the_same_people() -> None:
    assert set(action_plans._WHO) == set(action_plans._FROM) == set(Step)
