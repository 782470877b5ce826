"""Units that merge: open work goes on elsewhere, what was signed stays valid, and nothing that was asked is rewritten."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.deliveries import check, deliver
from tests.support.offices import LONG_AGO, Office, issue_plan, plan_document, requirements_of
from workflows.core.clock import local_date, now
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, NotFoundError, PermissionDeniedError
from workflows.core.transitions import Action, State
from workflows.evidence.inbox import inbox
from workflows.organization import successions
from workflows.organization.models import Succession
from workflows.plans.models import Requirement
from workflows.plans.rules import act, allowed_actions, choices
from workflows.plans.successions import confirm
from workflows.recommendations.models import EvaluationReport
from workflows.signoff.queries import sign_offs_of
from workflows.verification.operations import read_report

TODAY = dt.date(2099, 1, 1)


def propose(office: Office, *, old: str = "b1", new: str = "b2", by: str = "admin", **more: Any) -> Succession:
    """Propose that B2 carries on what B1 leaves."""
    units = {unit.code: unit for unit in office.units["dpk"]}
    given = {"valid_from": LONG_AGO, "letter_number": "060/1", "letter_date": LONG_AGO, **more}
    return successions.propose(units[old], units[new], actor=office.actor(by), **given)


def merge(office: Office, **more: Any) -> int:
    """Propose and confirm; return how much went over."""
    return confirm(propose(office, **more), actor=office.actor("inspector"))


def of_unit(report: EvaluationReport, code: str) -> list[Requirement]:
    """Return what was asked of a unit by the quarter, as it was issued."""
    return [row for row in requirements_of(report) if row.unit.code == code and row.quarter]


def signed(office: Office, requirement: Requirement, unit: str = "b1") -> Requirement:
    """Deliver, check and sign."""
    evidence = check(deliver(requirement, office.actor(f"staff_{unit}"), text=str(requirement.id)))
    return act(requirement, Action.SIGN, actor=office.actor(f"head_{unit}"), sha256=evidence.sha256)


def verified(office: Office, requirement: Requirement) -> Requirement:
    """Take a requirement all the way."""
    signed(office, requirement)
    evidence = sign_offs_of(requirement)[0].evidence
    act(requirement, Action.ACKNOWLEDGE, actor=office.actor("head"), sha256=evidence.sha256)
    read_report(evidence, actor=office.actor("evaluator"))
    db.session.commit()  # reads are events, linked at the commit
    return act(requirement, Action.VERIFY, actor=office.actor("evaluator"), sha256=evidence.sha256, reason="Sesuai.")


def test_open_work_goes_to_the_successor_and_what_was_asked_stays(office: Office, report: EvaluationReport) -> None:
    first, second, third, _fourth = of_unit(report, "b1")
    verified(office, first)
    signed(office, second)
    count = merge(office)
    assert count == 3
    rows = of_unit(report, "b1")
    assert [row.heir_unit_id is not None for row in rows] == [False, True, True, True]
    assert {row.unit.code for row in rows} == {"b1"}
    # The old signature stands, and the head acknowledges it.
    assert [(row.voided_at, row.snapshot["unit"]) for row in sign_offs_of(second)] == [(None, "Bidang B1")]
    sha256 = sign_offs_of(second)[0].sha256
    act(second, Action.ACKNOWLEDGE, actor=office.actor("head"), sha256=sha256)
    # What is open is delivered and signed by the successor alone.
    assert Action.UPLOAD not in allowed_actions([third], office.actor("staff_b1"))[third.id]
    assert Action.UPLOAD in allowed_actions([third], office.actor("staff_b2"))[third.id]
    evidence = check(deliver(third, office.actor("staff_b2")))
    with pytest.raises(PermissionDeniedError):
        act(third, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    act(third, Action.SIGN, actor=office.actor("head_b2"), sha256=evidence.sha256)
    assert [row.snapshot["unit"] for row in sign_offs_of(third)] == ["Bidang B2"]


def test_the_inbox_agrees_with_the_rules(office: Office, report: EvaluationReport) -> None:
    merge(office)
    for name in ("staff_b1", "head_b1", "staff_b2", "head_b2", "operator"):
        actor = office.actor(name)
        turns = {turn.requirement.id for turn in inbox(actor, today=TODAY).turns}
        rows = [row for row in requirements_of(report) if row.kind != "outcome"]
        may = {key for key, found in choices(rows, actor).items() if found[Action.UPLOAD] is None}
        assert turns == may, name
    assert inbox(office.actor("staff_b1"), today=TODAY).turns == []


def test_two_people_and_a_day_that_has_come(office: Office, report: EvaluationReport) -> None:
    for by in ("operator", "head", "inspector"):
        with pytest.raises(PermissionDeniedError):
            propose(office, by=by)
    tomorrow = local_date(now(), office.region.timezone) + dt.timedelta(days=1)
    early = propose(office, valid_from=tomorrow)
    with pytest.raises(InvalidInputError):
        confirm(early, actor=office.actor("inspector"))
    for by in ("admin", "operator", "head"):
        with pytest.raises(PermissionDeniedError):
            confirm(early, actor=office.actor(by))
    with pytest.raises(NotFoundError):
        successions.get_succession(early.id, office.actor("other_operator"))
    successions.decline(early, reason="Belum", actor=office.actor("inspector"))
    row = propose(office)
    confirm(row, actor=office.actor("inspector"))
    with pytest.raises(ConflictError):
        confirm(row, actor=office.actor("inspector"))
    with pytest.raises(ConflictError):
        successions.decline(row, reason="Terlambat", actor=office.actor("admin"))


def test_what_cannot_be_is_refused_with_every_reason(office: Office) -> None:
    def codes(**more: Any) -> set[str]:
        with pytest.raises(InvalidInputError) as refused:
            propose(office, **more)
        return {reason.code for reason in refused.value.reasons}

    assert codes(new="b1", letter_number=" ") == {"same_unit", "letter_missing"}
    assert codes(old="sek", new="b1") == {"secretariat"}
    merge(office)
    assert codes(old="b1", new="sek") == {"already_succeeded"}
    assert codes(old="b2", new="b1") == {"already_succeeded"}


def test_the_next_successor_carries_on_what_the_first_inherited(office: Office, report: EvaluationReport) -> None:
    assert merge(office) == 4
    assert merge(office, old="b2", new="sek") == 8
    heads = {row.signing_position.title for row in requirements_of(report) if row.signing_position}
    assert heads == {"Kepala Bidang SEK"}
    sek = office.units["dpk"][0]
    found = db.session.scalars(successions.forerunners([sek.id]))
    assert set(found) == {unit.id for unit in office.units["dpk"][1:]}


def test_what_is_asked_again_goes_to_the_successor(office: Office, report: EvaluationReport) -> None:
    first = verified(office, of_unit(report, "b1")[0])
    merge(office)
    assert first.heir_unit_id is None
    act(first, Action.REOPEN, actor=office.actor("inspector"), reason="Angkanya keliru")
    assert (first.state, first.duty_unit.code) == (State.DRAFTED, "b2")
    assert Action.UPLOAD in allowed_actions([first], office.actor("staff_b2"))[first.id]


def test_a_merged_unit_is_asked_for_nothing_new(office: Office) -> None:
    merge(office)
    later = issue_plan(office, document=plan_document(quarters=(1,)))
    assert {row.unit.code for row in requirements_of(later)} == {"sek", "b2"}


def test_a_draft_that_asks_a_merged_unit_asks_its_successor_once_it_is_issued(office: Office) -> None:
    from workflows.plans.operations import issue, write_plan

    written = write_plan(plan_document(quarters=(1,)), agency=office.agency, year=2026, actor=office.actor("evaluator"))
    assert merge(office) == 0
    issue(written.report, actor=office.actor("inspector"))
    (row,) = of_unit(written.report, "b1")
    assert row.duty_unit.code == "b2"


def test_no_role_of_the_product_rewrites_who_was_asked(office: Office, report: EvaluationReport) -> None:
    merge(office)
    units = set(db.session.scalars(sa.select(Requirement.unit_id).where(Requirement.report_id == report.id)))
    assert units == {unit.id for unit in office.units["dpk"]}
