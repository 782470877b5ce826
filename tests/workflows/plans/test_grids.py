"""Grids from the chart: all cells or none, cells that are there already, what the chart proposes, and whose posts."""

import datetime as dt
import json
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.deliveries import check, deliver
from tests.support.offices import CONSOLE, YEAR, Office, issue_plan, plan_document, requirements_of
from workflows.core import audit
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError, StaleStateError
from workflows.core.models import AuditEvent
from workflows.core.transitions import Action, State
from workflows.organization import operations as organization
from workflows.organization.models import Position, Unit
from workflows.organization.queries import units_of
from workflows.plans.grids import Asked, follow_chart, make, preview, proposals
from workflows.plans.models import Requirement, RequirementKind, Who
from workflows.plans.operations import issue, waive, write_plan
from workflows.plans.posts import posts_to_choose, set_posts
from workflows.plans.rules import act
from workflows.recommendations.models import EvaluationReport, Recommendation

TODAY = dt.date(YEAR, 2, 1)
MONITORING = RequirementKind.QUARTERLY_MONITORING


def draft(office: Office, *, year: int = YEAR) -> EvaluationReport:
    """Return a draft whose recommendations ask for nothing yet."""
    document = plan_document() | {"year": year}
    document["recommendations"] = [row | {"requirements": [], "shares_with": []} for row in document["recommendations"]]
    return write_plan(document, agency=office.agency, year=year, actor=office.actor("evaluator")).report


def numbered(report: EvaluationReport, *numbers: str) -> list[Recommendation]:
    query = sa.select(Recommendation).where(Recommendation.report_id == report.id, Recommendation.number.in_(numbers))
    return list(db.session.scalars(query.order_by(Recommendation.number)))


def asked(report: EvaluationReport, *numbers: str, **more: Any) -> Asked:
    given = {"kind": MONITORING, "quarters": (1, 2, 3, 4), **more}
    return Asked(recommendation_ids=[row.id for row in numbered(report, *numbers)], **given)


def events(kind: str) -> list[dict[str, Any]]:
    audit.link(db.session())
    rows = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == kind).order_by(AuditEvent.seq))
    return [json.loads(row.body or "{}")["details"] for row in rows]


def titles(position_id: Any) -> str:
    return db.session.get_one(Position, position_id).title


class TestMaking:
    def test_every_unit_and_quarter_in_one_step(self, office: Office) -> None:
        report, person = draft(office), office.actor("evaluator")
        wanted = asked(report, "A-1", "B-1", due_days=10)
        planned = preview(report, wanted, actor=person, on=TODAY)
        units = units_of(office.agency.id)
        assert (planned.new, planned.linked, len(units)) == (len(units) * 4, 0, 3)
        assert requirements_of(report) == []
        make(report, wanted, actor=person, on=TODAY)
        rows = requirements_of(report)
        assert {(row.unit.code, row.quarter) for row in rows} == {
            (unit.code, q) for unit in units for q in (1, 2, 3, 4)
        }
        first = next(row for row in rows if row.quarter == 1)
        assert (first.due_on, first.opens_on) == (dt.date(YEAR, 4, 10), dt.date(YEAR, 4, 1))
        assert {row.number for row in first.recommendations} == {"A-1", "B-1"}
        assert titles(first.signing_position_id).startswith("Kepala")
        assert events("report.grid_made")[0]["cells"] == 12
        assert events("requirement.asked") == []  # a draft is the Inspektorat's own matter

    def test_the_secretary_hands_in_and_the_head_acknowledges(self, office: Office) -> None:
        report, person = draft(office), office.actor("evaluator")
        secretariat = next(unit for unit in units_of(office.agency.id) if unit.is_secretariat)
        wanted = asked(report, "C-1", kind=RequirementKind.PERFORMANCE_REPORT, quarters=(), unit_ids=[secretariat.id],
                       signed_by=Who.SECRETARY)  # fmt: skip
        make(report, wanted, actor=person, on=TODAY)
        (row,) = requirements_of(report)
        post = db.session.get_one(Position, row.signing_position_id)
        assert (post.unit_id, row.quarter, row.due_on) == (secretariat.id, None, dt.date(YEAR + 1, 2, 28))
        assert db.session.get_one(Position, row.acknowledging_position_id).unit_id is None

    def test_an_agency_without_units_gets_one_secretariat(self, office: Office) -> None:
        agency = organization.add_agency(office.region, code="KCL", name="Kantor Kecil", actor=CONSOLE)
        document = plan_document()
        document["recommendations"] = [document["recommendations"][3]]
        report = write_plan(document, agency=agency, year=YEAR, actor=office.actor("evaluator")).report
        (outcome,) = requirements_of(report)
        assert outcome.unit.name == "Sekretariat"
        make(report, asked(report, "D-1", quarters=(1,)), actor=office.actor("inspector"), on=TODAY)
        assert [unit.name for unit in units_of(agency.id)] == ["Sekretariat"]

    @pytest.mark.parametrize(
        ("more", "codes"),
        [
            ({"quarters": ()}, ["no_quarter"]),
            ({"unit_ids": []}, ["no_unit"]),
            ({"kind": RequirementKind.OUTCOME, "quarters": ()}, ["kind"]),
            ({"kind": RequirementKind.DOCUMENT}, ["quarters"]),
            ({"due_days": 400, "quarters": (5,)}, ["due", "no_quarter"]),
            ({"signed_by": Who.AGENCY_HEAD}, ["same_post"]),
            ({"year": YEAR + 1}, ["year"]),
        ],
    )
    def test_what_makes_no_sense_is_refused_whole(self, office: Office, more: dict[str, Any], codes: list[str]) -> None:
        report = draft(office)
        with pytest.raises(InvalidInputError) as error:
            make(report, asked(report, "A-1", **more), actor=office.actor("evaluator"), on=TODAY)
        assert sorted({reason.code for reason in error.value.reasons}) == codes
        assert requirements_of(report) == []

    def test_only_the_inspektorat_makes_them(self, office: Office) -> None:
        report = draft(office)
        for name in ("operator", "head", "auditor"):
            with pytest.raises(PermissionDeniedError):
                make(report, asked(report, "A-1"), actor=office.actor(name), on=TODAY)

    def test_what_is_added_after_the_issue_is_told_cell_by_cell(self, office: Office, report: EvaluationReport) -> None:
        (served,) = numbered(report, "D-1")
        unit = units_of(office.agency.id)[0]
        wanted = Asked(RequirementKind.DOCUMENT, [served.id], unit_ids=[unit.id], title="SK Tim")
        make(report, wanted, actor=office.actor("evaluator"), on=TODAY)
        (told,) = events("requirement.asked")
        assert (told["year"], told["unit"]["code"], told["recommendations"]) == (YEAR, unit.code, ["D-1"])
        assert [row.title for row in requirements_of(report)][-1] == f"SK Tim {YEAR} - {unit.name}"


class TestAgain:
    """A cell that the next report asks for again is one cell."""

    def test_one_delivery_serves_both_from_the_issue_on(self, office: Office, report: EvaluationReport) -> None:
        later, person = draft(office, year=YEAR + 1), office.actor("evaluator")
        before = db.session.scalars(sa.select(sa.func.count()).select_from(Requirement)).one()
        wanted = asked(later, "A-1", quarters=(4,), year=YEAR)
        assert preview(later, wanted, actor=person, on=TODAY).linked == 3
        make(later, wanted, actor=person, on=TODAY)
        cell = next(row for row in requirements_of(report) if row.quarter == 4 and row.unit.code == "b1")
        assert {row.report_id for row in cell.recommendations} == {report.id}  # nobody learns of the draft
        issue(later, actor=office.actor("inspector"))
        assert db.session.scalars(sa.select(sa.func.count()).select_from(Requirement)).one() == before
        db.session.expire(cell, ["recommendations"])
        assert sorted((row.report.year, row.number) for row in cell.recommendations) == [
            (YEAR, "A-1"), (YEAR, "B-1"), (YEAR + 1, "A-1"),
        ]  # fmt: skip
        assert len(events("requirement.linked")) == 3
        named = {row["id"]: row["recommendations"] for row in events("report.issued")[-1]["requirements"]}
        assert named[str(cell.id)] == ["A-1"]
        for row in [row for row in requirements_of(report) if row.quarter == 4]:
            head = office.actor(f"head_{row.unit.code}")
            evidence = check(deliver(row, head, text=row.unit.code))
            act(row, Action.SIGN, actor=head, sha256=evidence.sha256)
        (one,) = numbered(later, "A-1")
        db.session.refresh(one)
        assert one.state == State.SIGNED

    def test_a_waived_cell_or_another_kind_is_asked_for_anew(self, office: Office, report: EvaluationReport) -> None:
        person = office.actor("inspector")
        cell = next(row for row in requirements_of(report) if row.quarter == 4)
        waive(cell, reason="Tidak relevan", actor=person)
        later = draft(office, year=YEAR + 1)
        planned = preview(later, asked(later, "A-1", quarters=(4,), year=YEAR), actor=person, on=TODAY)
        assert (planned.new, planned.linked) == (1, 2)
        document = asked(later, "A-1", kind=RequirementKind.DOCUMENT, quarters=(), year=YEAR)
        assert preview(later, document, actor=person, on=TODAY).linked == 0


class TestFollowing:
    """The chart goes on after the grid was made."""

    def keys(self, office: Office, report: EvaluationReport, on: dt.date = TODAY) -> list[tuple[str, int | None, bool]]:
        found = proposals(report, actor=office.actor("evaluator"), on=on)
        return [(row.unit.code, row.quarter, row.there is not None) for row in found]

    def test_a_new_unit_is_asked_for_what_is_not_over(self, office: Office, report: EvaluationReport) -> None:
        assert self.keys(office, report) == []
        organization.add_unit(office.agency, code="b9", name="Bidang Baru", actor=CONSOLE)
        assert self.keys(office, report, on=dt.date(YEAR, 8, 1)) == [("b9", 3, False), ("b9", 4, False)]
        assert len(self.keys(office, report)) == 4
        first = proposals(report, actor=office.actor("evaluator"), on=TODAY)[0]
        follow_chart(report, first.key, actor=office.actor("evaluator"), on=TODAY)
        (told,) = events("requirement.asked")
        assert (told["unit"]["code"], told["recommendations"]) == ("b9", ["A-1", "B-1"])
        assert len(self.keys(office, report)) == 3
        with pytest.raises(ConflictError):
            follow_chart(report, first.key, actor=office.actor("evaluator"), on=TODAY)

    def test_a_unit_can_be_left_out_for_good(self, office: Office, report: EvaluationReport) -> None:
        organization.add_unit(office.agency, code="b9", name="Bidang Baru", actor=CONSOLE)
        first = proposals(report, actor=office.actor("evaluator"), on=TODAY)[0]
        follow_chart(report, first.key, actor=office.actor("inspector"), on=TODAY, leave_out=True)
        assert self.keys(office, report) == []
        assert events("report.unit_left_out")[0]["unit"] == "Bidang Baru"

    def test_what_a_closed_unit_has_not_begun_is_proposed_to_be_waived(
        self, office: Office, report: EvaluationReport
    ) -> None:
        unit = next(row for row in units_of(office.agency.id) if row.code == "b1")
        third = next(row for row in requirements_of(report) if row.unit_id == unit.id and row.quarter == 3)
        deliver(third, office.actor("head_b1"))
        assert organization.close_unit(unit, on=dt.date(YEAR, 6, 30), actor=CONSOLE)
        assert self.keys(office, report) == [("b1", 4, True)]  # the third quarter was worked on
        (found,) = proposals(report, actor=office.actor("evaluator"), on=TODAY)
        follow_chart(report, found.key, actor=office.actor("evaluator"), on=TODAY)
        assert found.there is not None
        assert found.there.waived_reason == f"Bidang B1 ditutup pada 30-06-{YEAR}."
        assert self.keys(office, report) == []
        assert db.session.get_one(Unit, unit.id).closed_on == dt.date(YEAR, 6, 30)

    def test_the_agency_is_proposed_nothing(self, office: Office, report: EvaluationReport) -> None:
        organization.add_unit(office.agency, code="b9", name="Bidang Baru", actor=CONSOLE)
        assert proposals(report, actor=office.actor("operator"), on=TODAY) == []
        with pytest.raises(PermissionDeniedError):
            follow_chart(report, "x", actor=office.actor("operator"), on=TODAY)


class TestPosts:
    """Whose posts sign and acknowledge one requirement."""

    def change(self, office: Office, row: Requirement, who: str = "evaluator", **more: Any) -> None:
        heads = {post.unit_id: post.id for post in posts_to_choose(row)}
        secretariat = next(unit for unit in units_of(office.agency.id) if unit.is_secretariat)
        given = {"signing_id": heads[secretariat.id], "acknowledging_id": heads[None], "reason": "Sesuai SK", **more}
        set_posts(row, actor=office.actor(who), **given)

    def test_before_the_issue_without_and_after_it_with_a_reason(self, office: Office) -> None:
        written = write_plan(plan_document(), agency=office.agency, year=YEAR, actor=office.actor("evaluator")).report
        row = next(row for row in requirements_of(written) if row.quarter == 1 and row.unit.code == "b1")
        self.change(office, row, reason="")
        issue(written, actor=office.actor("inspector"))
        other = next(row for row in requirements_of(written) if row.quarter == 2 and row.unit.code == "b1")
        with pytest.raises(InvalidInputError):
            self.change(office, other, reason=" ")
        self.change(office, other)
        told = events("requirement.posts_set")[-1]
        assert told["signed_by"] == "Kepala Bidang SEK"
        assert told["before"][0] == "Kepala Bidang B1"

    def test_the_new_post_signs_and_the_old_one_no_longer(self, office: Office, report: EvaluationReport) -> None:
        row = next(row for row in requirements_of(report) if row.quarter == 1 and row.unit.code == "b1")
        evidence = check(deliver(row, office.actor("head_b1")))
        self.change(office, row)
        with pytest.raises(PermissionDeniedError):
            act(row, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
        act(row, Action.SIGN, actor=office.actor("head_sek"), sha256=evidence.sha256)
        with pytest.raises(ConflictError):  # what was signed stays signed by whom it was
            self.change(
                office, row, signing_id=next(p.id for p in posts_to_choose(row) if p.title == "Kepala Bidang B1")
            )

    def test_nobody_else_and_no_foreign_post(self, office: Office, report: EvaluationReport) -> None:
        row = requirements_of(report)[0]
        for name in ("operator", "head", "head_b1"):
            with pytest.raises(PermissionDeniedError):
                self.change(office, row, who=name)
        foreign = organization.ensure_position(
            organization.Role.AGENCY_HEAD, region_id=office.region.id, agency=office.agencies[1]
        )
        with pytest.raises(InvalidInputError):
            self.change(office, row, signing_id=foreign.id)
        with pytest.raises(StaleStateError):
            self.change(office, row, version=99)


def test_an_imported_grid_is_remembered(office: Office) -> None:
    report = issue_plan(office)
    rows = [row for row in requirements_of(report) if row.quarter]
    assert len({row.grid_id for row in rows}) == 1
    assert rows[0].grid_id is not None
