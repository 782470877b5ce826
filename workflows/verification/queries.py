"""Reads of verifications and decisions, inside the actor's scope."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.organization.scope import in_scope
from workflows.plans.models import Requirement
from workflows.verification.models import Decision, Verification


def verifications_of(requirement: Requirement) -> list[Verification]:
    """Return all verifications of a requirement, voided ones too, oldest first."""
    query = sa.select(Verification).where(Verification.requirement_id == requirement.id)
    return list(db.session.scalars(query.order_by(Verification.at, Verification.id)))


def list_decisions(actor: Actor, *, limit: int = 50) -> list[Decision]:
    """Return the newest proposals and decisions in scope."""
    query = sa.select(Decision).where(in_scope(Decision, actor)).options(selectinload(Decision.recommendations))
    return list(db.session.scalars(query.order_by(Decision.proposed_at.desc(), Decision.id).limit(limit)))


def get_decision(decision_id: uuid.UUID, actor: Actor) -> Decision:
    """:raises NotFoundError: not there, or not for this actor to know of."""
    query = sa.select(Decision).where(Decision.id == decision_id, in_scope(Decision, actor))
    found = db.session.scalars(query.options(selectinload(Decision.recommendations))).one_or_none()
    if found is None:
        raise NotFoundError
    return found
