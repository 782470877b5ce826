"""The events of this stage from which the years of the retention schedule count."""

import sqlalchemy as sa

from workflows.archive.locks import STARTS
from workflows.archive.terms import Start
from workflows.plans.models import Requirement, requirement_recommendation
from workflows.verification.models import Decision, DecisionState, Verification, decision_recommendation

STARTS[Start.VERIFIED] = (
    sa.select(sa.func.max(Verification.at))
    .where(Verification.requirement_id == Requirement.id, Verification.voided_at.is_(None))
    .correlate(Requirement)
    .scalar_subquery()
)
STARTS[Start.DECIDED] = (
    sa.select(sa.func.max(Decision.decided_at))
    .select_from(requirement_recommendation)
    .join(
        decision_recommendation,
        decision_recommendation.c.recommendation_id == requirement_recommendation.c.recommendation_id,
    )
    .join(Decision, Decision.id == decision_recommendation.c.decision_id)
    .where(requirement_recommendation.c.requirement_id == Requirement.id, Decision.state == DecisionState.DECIDED)
    .correlate(Requirement)
    .scalar_subquery()
)
