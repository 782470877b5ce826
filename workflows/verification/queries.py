"""Reads of verifications and decisions, inside the actor's scope, and the queue of what is to be verified."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.core.moves import Move, attempt
from workflows.core.paging import Page, at_most, page
from workflows.core.transitions import Action, Refusal, State
from workflows.evidence.inbox import evaluated_by, in_review, once_served
from workflows.evidence.models import Evidence, EvidenceUse
from workflows.organization.models import Agency
from workflows.organization.scope import in_scope
from workflows.plans.models import Requirement, RequirementKind, requirement_recommendation
from workflows.plans.queries import requirements
from workflows.plans.rules import RULES
from workflows.recommendations.models import EvaluationReport, Recommendation, ReportState
from workflows.signoff.models import SignOff
from workflows.verification.models import Decision, DecisionState, Verification, decision_recommendation

_WITH_ALL = (
    selectinload(Decision.recommendations),
    selectinload(Decision.reopens),
    joinedload(Decision.letter),
    joinedload(Decision.ground),
)


def verifications_of(requirement: Requirement) -> list[Verification]:
    """Return all verifications of a requirement, voided ones too, oldest first."""
    query = sa.select(Verification).where(Verification.requirement_id == requirement.id)
    return list(db.session.scalars(query.order_by(Verification.at, Verification.id)))


def list_decisions(actor: Actor, *, agency_id: uuid.UUID | None = None, limit: int = 50) -> list[Decision]:
    """Return the newest proposals and decisions in scope, of one agency if so asked."""
    query = sa.select(Decision).where(in_scope(Decision, actor)).options(*_WITH_ALL)
    if agency_id is not None:
        query = query.where(Decision.agency_id == agency_id)
    return list(db.session.scalars(query.order_by(Decision.proposed_at.desc(), Decision.id).limit(limit)))


def decided_about(recommendation_id: uuid.UUID, actor: Actor) -> list[Decision]:
    """Return the decisions about one recommendation, the newest first."""
    query = sa.select(Decision).where(
        in_scope(Decision, actor),
        Decision.state == DecisionState.DECIDED,
        Decision.recommendations.any(Recommendation.id == recommendation_id),
    )
    query = query.options(joinedload(Decision.letter))
    return list(db.session.scalars(query.order_by(Decision.decided_at.desc(), Decision.id)))


@dataclass(frozen=True)
class Waiting:
    """An agency with proposals that wait for a decision."""

    agency_id: uuid.UUID
    code: str
    name: str
    count: int


def waiting_decisions(actor: Actor) -> list[Waiting]:
    """Return the agencies in scope with proposals that nobody has decided, with how many, by name."""
    query = (
        sa.select(Agency.id, Agency.code, Agency.name, sa.func.count())
        .join(Decision, Decision.agency_id == Agency.id)
        .where(in_scope(Decision, actor), Decision.state == DecisionState.PROPOSED)
        .group_by(Agency.id, Agency.code, Agency.name)
        .order_by(Agency.name, Agency.id)
    )
    return [Waiting(*row) for row in db.session.execute(query)]


def proposed_among(recommendation_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return those about which a proposal waits for a decision."""
    link = decision_recommendation.c
    query = sa.select(link.recommendation_id).join(Decision, Decision.id == link.decision_id)
    query = query.where(link.recommendation_id.in_(recommendation_ids), Decision.state == DecisionState.PROPOSED)
    return set(db.session.scalars(query))


def verified_serving(recommendation_ids: Collection[uuid.UUID], actor: Actor) -> list[Requirement]:
    """Return what is verified for any of these recommendations, which is what a decision can open again."""
    link = requirement_recommendation.c
    served = sa.select(link.requirement_id).where(link.recommendation_id.in_(recommendation_ids))
    query = requirements(actor).where(
        Requirement.id.in_(served), Requirement._state == State.VERIFIED, Requirement.waived_at.is_(None),
        Requirement.kind != RequirementKind.OUTCOME,
    )  # fmt: skip
    return list(db.session.scalars(query.order_by(Requirement.title, Requirement.id)).unique())


def get_decision(decision_id: uuid.UUID, actor: Actor) -> Decision:
    """:raises NotFoundError: not there, or not for this actor to know of."""
    query = sa.select(Decision).where(Decision.id == decision_id, in_scope(Decision, actor))
    found = db.session.scalars(query.options(*_WITH_ALL)).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def awaiting_verification(
    actor: Actor, *, agency_id: uuid.UUID | None = None, cursor: str | None = None, limit: int = 25
) -> Page[Requirement]:
    """Return what ``actor`` may verify, what has waited longest first."""
    return page(
        awaiting(actor, agency_id),
        keys=[Requirement.state_since, Requirement.id],
        read=[dt.datetime.fromisoformat, uuid.UUID],
        values=lambda row: [row.state_since, row.id],
        cursor=cursor,
        limit=limit,
    )


def awaiting_review(
    actor: Actor, *, agency_id: uuid.UUID | None = None, limit: int = 25
) -> tuple[list[Requirement], int]:
    """Return the refused files that ``actor`` is asked to look at, what has waited longest first, and how many more."""
    query = _barred_none(actor, agency_id).where(in_review())
    rows = list(
        db.session.scalars(query.order_by(Requirement.state_since, Requirement.id).limit(at_most(limit))).unique()
    )
    if len(rows) < limit:
        return rows, 0
    counted = query.with_only_columns(sa.func.count(Requirement.id))
    return rows, max(0, db.session.scalars(counted).one() - len(rows))


def verifiable(rows: Sequence[Requirement], actor: Actor) -> dict[uuid.UUID, Refusal | None]:
    """Return, per requirement, why it cannot be verified as it stands, with nothing typed; ``None`` when it can."""
    facts = RULES.facts(rows, actor)
    found: dict[uuid.UUID, Refusal | None] = {}
    for row in rows:
        evidence = facts["newest"].get(row.id)
        asked = Move(row, Action.VERIFY, actor, sha256=evidence.sha256 if evidence else None, facts=facts)
        outcome = attempt(RULES, asked)
        found[row.id] = outcome if isinstance(outcome, Refusal) else None
    return found


def next_awaiting(requirement: Requirement, actor: Actor, *, agency_id: uuid.UUID | None = None) -> uuid.UUID | None:
    """Return what comes after ``requirement`` in the queue; after the last one what was passed over before."""
    here = requirement.state_since, requirement.id
    later = sa.or_(
        Requirement.state_since > here[0], sa.and_(Requirement.state_since == here[0], Requirement.id > here[1])
    )
    query = (
        awaiting(actor, agency_id)
        .where(Requirement.id != requirement.id)
        .order_by(later.desc(), Requirement.state_since, Requirement.id)
        .limit(1)
    )
    return db.session.scalars(query.with_only_columns(Requirement.id)).first()


def awaiting(actor: Actor, agency_id: uuid.UUID | None) -> sa.Select[Requirement]:
    """Return the query of all that is acknowledged and not barred to ``actor`` by his own past there."""
    return _barred_none(actor, agency_id).where(Requirement._state == State.ACKNOWLEDGED)


def _barred_none(actor: Actor, agency_id: uuid.UUID | None) -> sa.Select[Requirement]:
    """Return the query of what is evaluated by ``actor`` and not barred to him by his own past there."""
    query = requirements(actor).where(
        EvaluationReport.state == ReportState.ISSUED,
        Requirement.waived_at.is_(None),
        Requirement.kind != RequirementKind.OUTCOME,
        evaluated_by(actor),
        ~_concerns(actor),
    )
    return query.where(Requirement.agency_id == agency_id) if agency_id else query


def _concerns(actor: Actor) -> sa.ColumnElement[bool]:
    """Say in SQL what the guard ``evaluator_independent`` says of one row: a post held or an act done there."""
    delivered = (
        sa.exists()
        .where(EvidenceUse.requirement_id == Requirement.id, Evidence.id == EvidenceUse.evidence_id)
        .where(Evidence.received_by_id == actor.person_id)
    )
    signed = sa.exists().where(SignOff.requirement_id == Requirement.id, SignOff.person_id == actor.person_id)
    return sa.or_(once_served(actor), delivered, signed)
