"""The log, as far as the asking person may see it."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from marshmallow import fields

from webapp.api.filters import agency_id
from webapp.api.routes import Routes
from webapp.api.schemas import CursorSchema, PageSchema, Text
from webapp.auth.access import access
from webapp.auth.identity import actor
from workflows.core.actors import Role
from workflows.core.models import AuditEvent
from workflows.core.paging import page
from workflows.organization.scope import in_scope

routes = Routes("audit_events", about="The log")


class SubjectSchema(ma.Schema):
    """What an event is about."""

    type = fields.String(required=True)
    id = fields.UUID(required=True, allow_none=True)


class AuditEventSchema(ma.Schema):
    """One link of a chain. ``actor`` and ``details`` are null once they were erased by order; the link stays."""

    id = fields.UUID(required=True)
    chain = fields.String(required=True)
    seq = fields.Integer(required=True)
    at = fields.DateTime(required=True)
    kind = fields.String(required=True)
    subject = fields.Nested(SubjectSchema, required=True)
    actor = fields.Dict(required=True, allow_none=True)
    details = fields.Dict(required=True, allow_none=True)
    hash = fields.String(required=True)


class AuditEventPageSchema(PageSchema):
    """A page of events."""

    items = fields.List(fields.Nested(AuditEventSchema), required=True)


class AuditFilterSchema(CursorSchema):
    """Which events."""

    agency = Text(longest=50, shortest=1, about="The agency's code.")
    subject = fields.UUID(metadata={"description": "The requirement, evidence, ... that the events are about."})


@routes.get("/audit-events")
@access()
@routes.refuses(404)
@routes.arguments(AuditFilterSchema, location="query")
@routes.response(200, AuditEventPageSchema)
def list_events(asked: dict[str, Any]) -> dict[str, Any]:
    """List events in scope, newest first. Reads, downloads and addresses are shown to the privacy officer alone."""
    who = actor()
    query = sa.select(AuditEvent).where(in_scope(AuditEvent, who))
    if Role.PRIVACY_OFFICER not in who.roles:
        query = query.where(AuditEvent.chain.not_like("access:%"))
    if "agency" in asked:
        query = query.where(AuditEvent.agency_id == agency_id(asked["agency"], who))
    if "subject" in asked:
        query = query.where(AuditEvent.subject_id == asked["subject"])
    found = page(
        query,
        keys=[AuditEvent.at, AuditEvent.id],
        read=[dt.datetime.fromisoformat, uuid.UUID],
        values=lambda row: [row.at, row.id],
        cursor=asked.get("cursor"),
        limit=asked["limit"],
        descending=True,
    )
    return {"items": [_shown(row) for row in found.items], "next": found.next}


def _shown(row: AuditEvent) -> dict[str, Any]:
    body: Mapping[str, Any] = json.loads(row.body) if row.body is not None else {}
    return {
        "id": row.id,
        "chain": row.chain,
        "seq": row.seq,
        "at": row.at,
        "kind": row.kind,
        "subject": {"type": row.subject_type, "id": row.subject_id},
        "actor": body.get("actor"),
        "details": body.get("details"),
        "hash": bytes(row.hash).hex(),
    }
