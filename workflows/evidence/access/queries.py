"""Reads of access classes: what one person may open, and for the privacy officer what is restricted and who read it."""

import json
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import NotFoundError, PermissionDeniedError, Reason
from workflows.core.models import AuditEvent
from workflows.core.paging import Page, page
from workflows.evidence.access.models import FileAccess
from workflows.evidence.access.sight import is_restricted, needs_reason, open_to
from workflows.evidence.models import Evidence, EvidenceUse
from workflows.evidence.queries import visible_evidence
from workflows.organization.scope import in_scope
from workflows.plans.models import Requirement

RESTRICTED = Reason(
    "restricted",
    "Berkas ini terbatas: hanya unit dan pimpinannya, operator, dan tim evaluasi yang membukanya.",
)
REASON_FIRST = Reason("restricted_reason", "Berkas ini terbatas. Tulis dulu untuk keperluan apa Anda membukanya.")
READS = ("evidence.downloaded", "evidence.report_read", "evidence.restricted_opened")


@dataclass(frozen=True)
class Sight:
    """What one person may do with the contents of a delivery that he may know of."""

    restricted: bool = False
    open: bool = True
    needs_reason: bool = False
    """He opens it once he has told why."""

    def require_open(self) -> None:
        """:raises PermissionDeniedError: it is restricted, and not for this person to open (yet)."""
        if not self.open:
            raise PermissionDeniedError(REASON_FIRST if self.needs_reason else RESTRICTED)


def columns_of_sight(actor: Actor) -> tuple[sa.ColumnElement[bool], ...]:
    """Return what makes a :class:`Sight` out of a row of deliveries, in its order."""
    return is_restricted(actor), open_to(actor), needs_reason(actor)


def sight_of(evidence_id: uuid.UUID, actor: Actor) -> Sight:
    """Return what the actor may do with a delivery. :raises NotFoundError: not there, or not for him to know of."""
    row = db.session.execute(visible_evidence(evidence_id, actor).with_only_columns(*columns_of_sight(actor))).first()
    if row is None:
        raise NotFoundError
    return Sight(*tuple(row))


def opened_among(evidence_ids: Collection[uuid.UUID], actor: Actor) -> set[uuid.UUID]:
    """Return which of these deliveries the actor may open, in one query."""
    if not evidence_ids:
        return set()
    return set(db.session.scalars(sa.select(Evidence.id).where(Evidence.id.in_(evidence_ids), open_to(actor))))


def list_restricted(actor: Actor, *, cursor: str | None = None, limit: int = 20) -> Page[FileAccess]:
    """Return what is restricted in the actor's scope, the newest first: names of documents and people, no contents."""
    query = (
        sa.select(FileAccess)
        .where(FileAccess.restricted.is_(True), in_scope(FileAccess, actor))
        .options(joinedload(FileAccess.evidence), joinedload(FileAccess.changed_by))
    )
    return page(
        query,
        keys=[FileAccess.id],
        read=[uuid.UUID],
        values=lambda row: [row.id],
        cursor=cursor,
        limit=limit,
        descending=True,
    )


@dataclass(frozen=True)
class Read:
    """One time that somebody read a restricted file."""

    kind: str
    at: Any
    name: str
    post: str | None
    reason: str | None


def documents_of(rows: Collection[FileAccess]) -> dict[str, list[tuple[uuid.UUID, str]]]:
    """Return, by digest, the requirements that any delivery of the same bytes is for: id and title. One query."""
    query = (
        sa.select(Evidence.sha256, Requirement.id, Requirement.title)
        .join(EvidenceUse, EvidenceUse.evidence_id == Evidence.id)
        .join(Requirement, Requirement.id == EvidenceUse.requirement_id)
        .where(Evidence.sha256.in_([row.sha256 for row in rows]))
        .where(Evidence.agency_id.in_({row.agency_id for row in rows}))
        .distinct()
        .order_by(Requirement.title, Requirement.id)
    )
    found: dict[str, list[tuple[uuid.UUID, str]]] = {}
    for sha256, key, title in db.session.execute(query):
        found.setdefault(sha256, []).append((key, title))
    return found


def reads_of(rows: Collection[FileAccess], actor: Actor, *, most: int = 200) -> dict[str, list[Read]]:
    """Return who read any delivery of each file's bytes, by digest, the newest first: the access chain's word."""
    query = (
        sa.select(Evidence.sha256, AuditEvent)
        .join(Evidence, Evidence.id == AuditEvent.subject_id)
        .where(Evidence.sha256.in_([row.sha256 for row in rows]), AuditEvent.kind.in_(READS))
        .where(in_scope(AuditEvent, actor))
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
        .limit(most)
    )
    found: dict[str, list[Read]] = {}
    for sha256, event in db.session.execute(query):
        body = json.loads(event.body) if event.body is not None else {"actor": {"name": "-"}, "details": {}}
        who, why = body["actor"], body["details"].get("reason")
        found.setdefault(sha256, []).append(Read(event.kind, event.at, who["name"], who.get("post"), why))
    return found
