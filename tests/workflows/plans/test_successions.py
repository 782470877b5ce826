"""Units that merge: open work goes on elsewhere, what was signed stays valid, and nothing that was asked is rewritten."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.deliveries import check, deliver
from tests.support.offices import CONSOLE, LONG_AGO, Office, hire, issue_plan, plan_document, requirements_of
from workflows.bundles.operations import order
from workflows.core.actors import Role
from workflows.core.clock import local_date, now
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, NotFoundError, PermissionDeniedError
from workflows.core.models import AuditEvent
from workflows.core.transitions import Action, State
from workflows.evidence.inbox import inbox
from workflows.organization import successions
from workflows.organization.models import Succession
from workflows.organization.operations import add_agency, add_unit
from workflows.plans.models import Requirement
from workflows.plans.queries import get_requirement
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

    assert codes(old="b2", new="b2", letter_number=" ") == {"same_unit", "letter_missing"}
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


def dissolve(office: Office, *, leave: str = "") -> list[Succession]:
    """Propose that the second agency's secretariat carries on for every unit of the first."""
    (there,) = office.units["dsp"]
    return [
        successions.propose(
            unit, there, valid_from=LONG_AGO, letter_number="060/2", letter_date=LONG_AGO, actor=office.actor("admin")
        )
        for unit in office.units["dpk"]
        if unit.code != leave
    ]


def test_an_agency_goes_with_all_of_its_units_or_not_at_all(office: Office, report: EvaluationReport) -> None:
    first, *_others = dissolve(office, leave="b2")
    with pytest.raises(InvalidInputError) as refused:
        confirm(first, actor=office.actor("inspector"))
    assert refused.value.reasons[0].code == "units_left"
    assert "Bidang B2" in str(refused.value)
    assert first.confirmed_at is None
    assert office.actor("other_head").scope.agency_ids == {office.agencies[1].id}


def test_the_successor_sees_and_carries_on_what_an_agency_left(office: Office, report: EvaluationReport) -> None:
    old, new = office.agencies
    first, second, third, _fourth = of_unit(report, "b1")
    verified(office, first)
    signed(office, second)
    assert Action.UPLOAD not in allowed_actions([third], office.actor("other_operator"))[third.id]
    rows = dissolve(office)
    count = confirm(rows[0], actor=office.actor("inspector"))
    assert all(row.confirmed_at for row in rows)
    assert count == len([row for row in requirements_of(report) if row.state != State.VERIFIED])
    db.session.commit()
    head = office.actor("other_head")
    assert head.scope.agency_ids == {old.id, new.id}
    opened = db.session.scalar(sa.text("SELECT current_setting('tuntas.agencies')"))
    assert set(opened.split(",")) == {str(old.id), str(new.id)}
    # Nothing was rewritten: agency, unit, signature. The next step is the successor's.
    assert {row.agency_id for row in requirements_of(report)} == {old.id}
    assert [row.voided_at for row in sign_offs_of(second)] == [None]
    assert Action.ACKNOWLEDGE not in allowed_actions([second], office.actor("head"))[second.id]
    act(second, Action.ACKNOWLEDGE, actor=office.actor("other_head"), sha256=sign_offs_of(second)[0].sha256)
    evidence = check(deliver(third, office.actor("other_operator")))
    assert evidence.agency_id == old.id
    act(third, Action.SIGN, actor=office.actor("other_head_sek"), sha256=evidence.sha256)
    assert sign_offs_of(third)[0].snapshot["agency"] == "Dinas Sosial"
    for name in ("operator", "staff_b1", "head_b1", "head"):
        assert inbox(office.actor(name), today=TODAY).turns == [], name
    # What is done stays readable by both; other agencies' work is not the successor's to do.
    assert {get_requirement(first.id, office.actor(name)).id for name in ("head", "other_head")} == {first.id}
    assert Action.UPLOAD not in allowed_actions([first], office.actor("other_operator"))[first.id]


def test_the_inbox_agrees_with_the_rules_across_agencies(office: Office, report: EvaluationReport) -> None:
    confirm(dissolve(office)[0], actor=office.actor("inspector"))
    db.session.commit()
    for name in ("operator", "head_b1", "other_operator", "other_staff_sek", "other_head_sek"):
        actor = office.actor(name)
        turns = {turn.requirement.id for turn in inbox(actor, today=TODAY).turns}
        rows = [row for row in requirements_of(report) if row.kind != "outcome"]
        may = {key for key, found in choices(rows, actor).items() if found[Action.UPLOAD] is None}
        assert turns == may, name


def test_both_chains_name_each_other_and_either_code_orders_the_bundle(
    office: Office, report: EvaluationReport
) -> None:
    old, new = office.agencies
    confirm(dissolve(office)[0], actor=office.actor("inspector"))
    db.session.commit()
    kinds = sa.select(AuditEvent.chain, sa.func.count()).where(AuditEvent.kind == "succession.confirmed")
    counted = {row.chain: row.count for row in db.session.execute(kinds.group_by(AuditEvent.chain))}
    assert counted == {f"agency:{old.id}": 3, f"agency:{new.id}": 3}
    inherited = sa.select(AuditEvent.chain).where(AuditEvent.kind == "requirement.inherited").distinct()
    assert list(db.session.scalars(inherited)) == [f"agency:{old.id}"]
    for agency in (old, new):
        assert order(agency, year=2026, reason="uji", actor=office.actor("other_head")).agency_id == old.id
    issue_plan(office, agency=new)
    assert order(new, year=2026, reason="uji", actor=office.actor("other_head")).agency_id == new.id
    assert order(old, year=2026, reason="uji", actor=office.actor("other_head")).agency_id == old.id


def test_a_merged_agency_is_asked_for_nothing_new_and_sight_goes_on_from_successor_to_successor(
    office: Office,
) -> None:
    old, new = office.agencies
    confirm(dissolve(office)[0], actor=office.actor("inspector"))
    with pytest.raises(InvalidInputError) as refused:
        issue_plan(office, agency=old)
    assert refused.value.reasons[0].code == "agency_merged"
    third = add_agency(office.region, code="dgb", name="Dinas Gabungan", actor=CONSOLE)
    unit = add_unit(third, code="sek", name="Sekretariat", is_secretariat=True, actor=CONSOLE)
    hire(office, "third_head", Role.AGENCY_HEAD, agency=third)
    row = successions.propose(
        office.units["dsp"][0], unit, valid_from=LONG_AGO, letter_number="060/3", letter_date=LONG_AGO,
        actor=office.actor("admin"),
    )  # fmt: skip
    confirm(row, actor=office.actor("inspector"))
    db.session.commit()
    assert office.actor("third_head").scope.agency_ids == {third.id, new.id, old.id}
    assert office.actor("auditor").scope.agency_ids is None
