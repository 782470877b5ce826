"""Reads of deliveries, inside the actor's scope."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.core.models import AuditEvent
from workflows.evidence.models import CheckReport, Evidence, EvidenceUse
from workflows.organization.scope import in_scope
from workflows.plans.models import Requirement
from workflows.recommendations.models import EvaluationReport
from workflows.recommendations.queries import visible_report


def get_evidence(evidence_id: uuid.UUID, actor: Actor) -> Evidence:
    """Return a delivery with its uses. :raises NotFoundError: not there, or not for this actor to know of."""
    query = (
        sa.select(Evidence)
        .where(Evidence.id == evidence_id, in_scope(Evidence, actor))
        .where(
            sa.exists()
            .where(EvidenceUse.evidence_id == Evidence.id, Requirement.id == EvidenceUse.requirement_id)
            .where(EvaluationReport.id == Requirement.report_id, visible_report(actor))
        )
        .options(joinedload(Evidence.received_by), selectinload(Evidence.uses))
    )
    found = db.session.scalars(query).unique().one_or_none()
    if found is None:
        raise NotFoundError
    return found


def newest_of(requirements: Sequence[Requirement]) -> dict[uuid.UUID, EvidenceUse]:
    """Return the newest use of each requirement that has one, with its evidence, in one query."""
    ids = [row.newest_evidence_id for row in requirements if row.newest_evidence_id]
    if not ids:
        return {}
    query = (
        sa.select(EvidenceUse)
        .where(EvidenceUse.evidence_id.in_(ids), EvidenceUse.requirement_id.in_([row.id for row in requirements]))
        .options(joinedload(EvidenceUse.evidence))
    )
    return {use.requirement_id: use for use in db.session.scalars(query)}


def newest_report(evidence_id: uuid.UUID) -> CheckReport | None:
    """Return the newest check report of a delivery."""
    query = sa.select(CheckReport).where(CheckReport.evidence_id == evidence_id)
    return db.session.scalars(query.order_by(CheckReport.created_at.desc(), CheckReport.id.desc()).limit(1)).first()


def history_of(requirement: Requirement) -> list[EvidenceUse]:
    """Return all deliveries for a requirement, newest first."""
    query = (
        sa.select(EvidenceUse)
        .where(EvidenceUse.requirement_id == requirement.id)
        .options(joinedload(EvidenceUse.evidence).joinedload(Evidence.received_by))
        .order_by(EvidenceUse.revision.desc())
    )
    return list(db.session.scalars(query))


def received_event(evidence: Evidence) -> AuditEvent:
    """Return the link of the log that a receipt prints: chain, number and head."""
    return db.session.scalars(sa.select(AuditEvent).where(AuditEvent.id == evidence.received_event_id)).one()
