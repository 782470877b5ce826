"""Reads of deliveries, inside the actor's scope."""

import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import joinedload, selectinload

from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.core.models import AuditEvent
from workflows.evidence.models import CheckReport, Evidence, EvidenceUse, delivery_of
from workflows.organization.scope import in_scope
from workflows.plans.models import Requirement
from workflows.recommendations.models import EvaluationReport
from workflows.recommendations.queries import visible_report


def visible_evidence(evidence_id: uuid.UUID, actor: Actor) -> sa.Select[Evidence]:
    """Return the query of a delivery or of a file that travels with one; it finds nothing where ``actor`` may not know
    of it."""
    return (
        sa.select(Evidence)
        .where(Evidence.id == evidence_id, in_scope(Evidence, actor))
        .where(
            sa.exists()
            .where(EvidenceUse.evidence_id == delivery_of(), Requirement.id == EvidenceUse.requirement_id)
            .where(EvaluationReport.id == Requirement.report_id, visible_report(actor))
        )
    )


def get_evidence(evidence_id: uuid.UUID, actor: Actor) -> Evidence:
    """Return a delivery with its uses. :raises NotFoundError: not there, or not for this actor to know of."""
    query = visible_evidence(evidence_id, actor).where(Evidence.travels_with_id.is_(None))
    query = query.options(
        joinedload(Evidence.received_by), selectinload(Evidence.uses), selectinload(Evidence.supporting)
    )
    found = db.session.scalars(query).unique().one_or_none()
    if found is None:
        raise NotFoundError
    return found


def newest_of(requirements: Sequence[Requirement]) -> dict[uuid.UUID, EvidenceUse]:
    """Return the newest use of each requirement that has one, with its evidence, in one query."""
    if not any(row.newest_evidence_id for row in requirements):
        return {}
    query = (
        sa.select(EvidenceUse)
        .join(Requirement, Requirement.id == EvidenceUse.requirement_id)
        .where(Requirement.id.in_([row.id for row in requirements]))
        .where(EvidenceUse.evidence_id == Requirement.newest_evidence_id)
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


def evidence_by_receipt(number: str, actor: Actor) -> Evidence:
    """Return a delivery by the number of its receipt, or by that of a file that travelled with it.

    :raises NotFoundError: as :func:`get_evidence` does.
    """
    found = file_by_number(number, actor)
    return get_evidence(found.travels_with_id or found.id, actor)


def file_by_number(number: str, actor: Actor) -> Evidence:
    """Return a delivery by the number of its receipt, or a file that travelled with one by its own: ``<receipt>-<n>``.

    :raises NotFoundError: not there, or not for this actor to know of.
    """
    named = sa.select(Evidence.id).where(Evidence.receipt_number == number, in_scope(Evidence, actor))
    key = db.session.scalars(named).one_or_none()
    found = db.session.scalars(visible_evidence(key, actor)).one_or_none() if key else None
    if found is None:
        raise NotFoundError
    return found


def supporting_among(evidence_ids: Collection[uuid.UUID]) -> list[Evidence]:
    """Return what travels with these deliveries, in the order in which it came, in one query."""
    query = sa.select(Evidence).where(Evidence.travels_with_id.in_(evidence_ids)).order_by(Evidence.id)
    return list(db.session.scalars(query))


def uses_of(evidence: Evidence) -> list[EvidenceUse]:
    """Return where a delivery stands or stood, with the requirements, in the order in which they were named."""
    query = (
        sa.select(EvidenceUse)
        .where(EvidenceUse.evidence_id == evidence.id)
        .options(joinedload(EvidenceUse.requirement))
        .order_by(EvidenceUse.id)
    )
    return list(db.session.scalars(query))


def uses_among(evidence_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[EvidenceUse]]:
    """Return the same of several deliveries, in one query."""
    query = (
        sa.select(EvidenceUse)
        .where(EvidenceUse.evidence_id.in_(evidence_ids))
        .options(joinedload(EvidenceUse.requirement))
        .order_by(EvidenceUse.id)
    )
    found: dict[uuid.UUID, list[EvidenceUse]] = {}
    for use in db.session.scalars(query):
        found.setdefault(use.evidence_id, []).append(use)
    return found


def receipts_of(evidence_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the receipt number of each delivery, in one query."""
    query = sa.select(Evidence.id, Evidence.receipt_number).where(Evidence.id.in_(evidence_ids))
    return {row.id: row.receipt_number for row in db.session.execute(query)}


def newest_reports(evidence_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, CheckReport]:
    """Return the newest check report of each delivery that has one, in one query."""
    query = (
        sa.select(CheckReport)
        .ext(distinct_on(CheckReport.evidence_id))
        .where(CheckReport.evidence_id.in_(evidence_ids))
        .order_by(CheckReport.evidence_id, CheckReport.created_at.desc(), CheckReport.id.desc())
    )
    return {row.evidence_id: row for row in db.session.scalars(query)}
