"""Reads of the log, inside the actor's scope: one chain from its newest link, or what happened to some subjects."""

import uuid
from collections.abc import Collection

import sqlalchemy as sa

from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.core.paging import Page, page
from workflows.organization.scope import in_scope


def chain_events(actor: Actor, *, chain: str, cursor: str | None = None, limit: int = 50) -> Page[AuditEvent]:
    """Return the links of one chain, newest first; links outside the actor's scope are not among them."""
    return page(
        sa.select(AuditEvent).where(AuditEvent.chain == chain, in_scope(AuditEvent, actor)),
        keys=[AuditEvent.seq],
        read=[int],
        values=lambda row: [row.seq],
        cursor=cursor,
        limit=limit,
        descending=True,
    )


def history_of(actor: Actor, subject_ids: Collection[uuid.UUID], *, limit: int = 40) -> list[AuditEvent]:
    """Return what happened to any of these subjects, newest first. Reads and downloads are not part of it."""
    query = (
        sa.select(AuditEvent)
        .where(AuditEvent.subject_id.in_(subject_ids), in_scope(AuditEvent, actor))
        .where(~AuditEvent.chain.startswith("access:"))
        .order_by(AuditEvent.at.desc(), AuditEvent.seq.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))
