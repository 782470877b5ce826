"""What no file can settle: the outcomes of the report before, when the next one tells the score.

A higher score closes them. Where it did not rise the outcome stays open, is found unmet, and is linked to the
recommendation that asks for it again; that the official status be *belum sesuai* is then proposed to people, who
propose and decide it as ever.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from workflows.core import audit
from workflows.core.actors import SYSTEM, Actor
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.ids import new_id
from workflows.core.transitions import State
from workflows.organization.scope import in_scope
from workflows.plans.models import OutcomeFinding, Requirement, RequirementKind, requirement_recommendation
from workflows.plans.rules import close_outcome
from workflows.recommendations.models import EvaluationReport, OfficialStatus, Recommendation, ReportState
from workflows.recommendations.queries import visible_report


def settle_outcomes(report: EvaluationReport) -> None:
    """Look at the outcomes of the report before, now that this one is issued."""
    query = sa.select(EvaluationReport).where(
        EvaluationReport.agency_id == report.agency_id,
        EvaluationReport.year < report.year,
        EvaluationReport.state == ReportState.ISSUED,
    )
    before = db.session.scalars(query.order_by(EvaluationReport.year.desc()).limit(1)).first()
    if before is None or before.score is None or report.score is None:
        return
    waiting = sa.select(Requirement).where(
        Requirement.report_id == before.id,
        Requirement.kind == RequirementKind.OUTCOME,
        Requirement.waived_at.is_(None),
        Requirement._state != State.VERIFIED,
    )
    for requirement in list(db.session.scalars(waiting.order_by(Requirement.id)).unique()):
        if report.score > before.score:
            close_outcome(requirement, cause=f"LHE {report.year}: {report.score} (LHE {before.year}: {before.score})")
        else:
            _unmet(requirement, before, report)


def _unmet(requirement: Requirement, before: EvaluationReport, report: EvaluationReport) -> None:
    for served in (row for row in requirement.recommendations if row.ended_as is None):
        again = _again(served, report)
        finding = OutcomeFinding(
            id=new_id(), region_id=report.region_id, agency_id=report.agency_id, recommendation_id=served.id,
            report_id=report.id, repeated_by_id=again.id if again else None, before=before.score, score=report.score,
            found_at=now(),
        )  # fmt: skip
        db.session.add(finding)
        db.session.flush()
        subject = audit.Subject("recommendation", served.id, served.region_id, served.agency_id)
        details = {
            "year": report.year, "score": str(report.score), "before": str(before.score),
            "repeated_by": again.number if again else None,
        }  # fmt: skip
        audit.record("recommendation.outcome_unmet", subject, actor=SYSTEM, details=details)


def _again(served: Recommendation, report: EvaluationReport) -> Recommendation | None:
    """Return the recommendation of a report that asks for the same again: the same criterion, else an outcome of the
    same component."""
    query = sa.select(Recommendation).where(
        Recommendation.report_id == report.id, Recommendation.component == served.component
    )
    rows = list(db.session.scalars(query.order_by(Recommendation.ordinal)))
    pairs = requirement_recommendation.c
    outcomes = set(
        db.session.scalars(
            sa.select(pairs.recommendation_id)
            .join(Requirement, Requirement.id == pairs.requirement_id)
            .where(Requirement.kind == RequirementKind.OUTCOME, pairs.recommendation_id.in_([row.id for row in rows]))
        )
    )
    same = [row for row in rows if served.criterion is not None and row.criterion == served.criterion]
    return next(iter([*same, *(row for row in rows if row.id in outcomes)]), None)


def findings_of(recommendation_ids: Sequence[object], actor: Actor) -> list[OutcomeFinding]:
    """Return what was found about recommendations, or led to them, in one query; a draft is never named."""
    query = (
        sa.select(OutcomeFinding)
        .join(OutcomeFinding.report)
        .where(in_scope(OutcomeFinding, actor), visible_report(actor))
        .where(
            sa.or_(
                OutcomeFinding.recommendation_id.in_(recommendation_ids),
                OutcomeFinding.repeated_by_id.in_(recommendation_ids),
            )
        )
        .options(*_WITH)
        .order_by(OutcomeFinding.id)
    )
    return list(db.session.scalars(query))


_WITH = (
    joinedload(OutcomeFinding.report),
    joinedload(OutcomeFinding.recommendation).joinedload(Recommendation.report),
    joinedload(OutcomeFinding.repeated_by),
)


def unanswered(actor: Actor, *, limit: int = 50) -> list[OutcomeFinding]:
    """Return findings in scope whose recommendation nobody has said *belum sesuai* of yet, the newest first."""
    served = aliased(Recommendation)
    query = (
        sa.select(OutcomeFinding)
        .join(served, served.id == OutcomeFinding.recommendation_id)
        .where(in_scope(OutcomeFinding, actor), served.official_status == OfficialStatus.NOT_ASSESSED)
        .where(served.ended_as.is_(None))
        .options(*_WITH)
        .order_by(OutcomeFinding.id.desc())
    )
    return list(db.session.scalars(query.limit(limit)))
