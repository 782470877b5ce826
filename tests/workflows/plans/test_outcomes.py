"""The next report settles what no file can: it closes outcomes, or finds them unmet and names what asks again."""

import json
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.offices import YEAR, Office, plan_document, requirements_of
from tests.support.official_papers import paper
from workflows.core import audit
from workflows.core.db import db
from workflows.core.errors import InvalidInputError
from workflows.core.models import AuditEvent
from workflows.core.transitions import State
from workflows.plans.models import RequirementKind
from workflows.plans.operations import issue, write_plan
from workflows.plans.outcomes import findings_of, unanswered
from workflows.recommendations.models import Component, EvaluationReport, OfficialStatus, Recommendation
from workflows.verification.decisions import decide, propose


def issued(office: Office, year: int, score: str | None, **more: Any) -> EvaluationReport:
    report = write_plan(
        plan_document() | {"year": year}, agency=office.agency, year=year, actor=office.actor("evaluator")
    ).report
    issue(report, actor=office.actor("inspector"), score=Decimal(score) if score else None, **more)
    db.session.flush()
    return report


def served(report: EvaluationReport) -> Recommendation:
    query = sa.select(Recommendation).where(Recommendation.report_id == report.id, Recommendation.number == "D-1")
    return db.session.scalars(query).one()


def outcome_state(report: EvaluationReport) -> State:
    return next(row.state for row in requirements_of(report) if row.kind == RequirementKind.OUTCOME)


def test_a_higher_score_closes_and_finds_nothing(office: Office) -> None:
    before = issued(office, YEAR, "70.00")
    issued(office, YEAR + 1, "70.01")
    assert outcome_state(before) == State.VERIFIED
    assert findings_of([served(before).id], office.actor("evaluator")) == []


@pytest.mark.parametrize("score", ["70.00", "69.99"])
def test_a_score_that_did_not_rise_is_found_and_linked_to_what_asks_again(office: Office, score: str) -> None:
    before = issued(office, YEAR, "70.00")
    later = issued(office, YEAR + 1, score)
    assert outcome_state(before) == State.DRAFTED
    (found,) = findings_of([served(before).id], office.actor("head"))
    assert (found.before, found.score, found.repeated_by_id) == (Decimal("70.00"), Decimal(score), served(later).id)
    assert [row.recommendation_id for row in findings_of([served(later).id], office.actor("head"))] == [
        served(before).id
    ]
    audit.link(db.session())
    body = db.session.scalars(sa.select(AuditEvent.body).where(AuditEvent.kind == "recommendation.outcome_unmet")).one()
    assert json.loads(body or "")["details"]["repeated_by"] == "D-1"


def test_it_is_proposed_to_people_until_one_has_spoken(office: Office) -> None:
    before = issued(office, YEAR, "70.00")
    issued(office, YEAR + 1, "65.00")
    (found,) = unanswered(office.actor("evaluator"))
    assert found.recommendation.official_status == OfficialStatus.NOT_ASSESSED  # nobody but people change that
    decision = propose(
        [served(before)], official_status=OfficialStatus.PARTIAL, reason="Tidak naik", actor=office.actor("evaluator")
    )
    inspector = office.actor("inspector")
    decide([decision], letter=paper(office.agency, inspector), actor=inspector)
    assert unanswered(office.actor("evaluator")) == []


def test_without_a_score_nothing_is_concluded(office: Office) -> None:
    before = issued(office, YEAR, "70.00")
    issued(office, YEAR + 1, None)
    assert (outcome_state(before), findings_of([served(before).id], office.actor("evaluator"))) == (State.DRAFTED, [])


def test_figures_are_kept_as_they_were_told(office: Office) -> None:
    figures = {Component.PLANNING: Decimal("24.10"), Component.MEASUREMENT: Decimal("20.00")}
    report = issued(office, YEAR, "78.05", figures=figures)
    db.session.expire(report)
    assert (report.score, report.points) == (Decimal("78.05"), figures)
    with pytest.raises(InvalidInputError):
        issued(office, YEAR + 1, None, figures={Component.REPORTING: Decimal("15.01")})
