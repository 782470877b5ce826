"""Reads the timeline of one recommendation from the log: its own events, and those of everything that serves it."""

import uuid

import sqlalchemy as sa

from workflows.core.actors import Actor
from workflows.core.db import among, db
from workflows.core.models import AuditEvent
from workflows.core.paging import Page, page
from workflows.evidence.models import Evidence, EvidenceUse
from workflows.organization.scope import in_scope
from workflows.papers.timeline import SILENT, Entry, Happening, Names, tell
from workflows.plans.models import Requirement, requirement_recommendation
from workflows.recommendations.models import Recommendation
from workflows.verification.models import decision_recommendation


def timeline(
    recommendation: Recommendation, actor: Actor, *, cursor: str | None = None, limit: int = 200, newest: bool = False
) -> Page[Entry]:
    """Return what happened, oldest first, in four queries. The caller has seen to the scope of the recommendation.

    Everything about an agency is in one chain, whose numbers are the order.

    :param newest: newest first.
    """
    link, decided = requirement_recommendation.c, decision_recommendation.c
    titles = {
        row.id: row.title
        for row in db.session.execute(
            sa.select(Requirement.id, Requirement.title)
            .join(requirement_recommendation, link.requirement_id == Requirement.id)
            .where(link.recommendation_id == recommendation.id)
        )
    }
    delivered = sa.select(Evidence.id, Evidence.receipt_number).where(
        Evidence.id.in_(sa.select(EvidenceUse.evidence_id).where(among(EvidenceUse.requirement_id, "ids")))
    )
    receipts = {row.id: row.receipt_number for row in db.session.execute(delivered, {"ids": list(titles)})}
    decisions = sa.select(decided.decision_id).where(decided.recommendation_id == recommendation.id)
    subjects = [recommendation.id, recommendation.report_id, *titles, *receipts, *db.session.scalars(decisions)]
    found = page(
        sa.select(AuditEvent)
        .where(AuditEvent.subject_id.in_(subjects), in_scope(AuditEvent, actor))
        .where(~AuditEvent.chain.startswith("access:"), AuditEvent.body.is_not(None))
        .where(AuditEvent.kind.not_in(SILENT)),
        keys=[AuditEvent.seq],
        read=[int],
        values=lambda row: [row.seq],
        cursor=cursor,
        limit=limit,
        descending=newest,
    )
    names = Names(_texts(titles), _texts(receipts))
    happenings = [Happening.read(row.seq, row.at, row.body or "") for row in found.items]
    return Page(list(tell(happenings, names)), found.next)


def _texts(named: dict[uuid.UUID, str]) -> dict[str, str]:
    return {str(key): name for key, name in named.items()}
