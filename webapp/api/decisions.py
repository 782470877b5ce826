"""Official statuses: proposed by one, decided by another with a numbered letter."""

import uuid
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from flask import url_for
from marshmallow import fields, validate
from sqlalchemy.orm import selectinload

from webapp.api.filters import agency_id
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import WITHIN, CursorSchema, PageSchema, Strict, Text
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import idempotent
from workflows.core.actors import INSPECTORATE, Role
from workflows.core.paging import page
from workflows.organization.scope import in_scope
from workflows.recommendations.models import OfficialStatus
from workflows.recommendations.queries import get_recommendation
from workflows.verification.models import Decision, DecisionState
from workflows.verification.operations import decide, propose
from workflows.verification.queries import get_decision

routes = Routes("decisions", about="Official statuses of recommendations")
MOST = 50
"""Recommendations of one decision; a report has about ten."""


class ProposalSchema(Strict):
    """What is proposed, for which recommendations of one agency, and why."""

    recommendations = fields.List(
        fields.UUID(), required=True, validate=validate.Length(1, MOST, error=WITHIN(least=1, most=MOST))
    )
    official_status = fields.Enum(OfficialStatus, by_value=True, required=True)
    reason = Text(longest=4000, shortest=1, required=True)


class LetterSchema(Strict):
    """The letter that decides."""

    number = Text(longest=200, shortest=1, required=True)
    decided_on = fields.Date(required=True)


class DecisionSchema(ma.Schema):
    """A proposal or, once it has a number, a decision."""

    id = fields.UUID(required=True)
    state = fields.Enum(DecisionState, by_value=True, required=True)
    official_status = fields.Enum(OfficialStatus, by_value=True, required=True)
    reason = fields.String(required=True)
    number = fields.String(required=True, allow_none=True)
    decided_on = fields.Date(required=True, allow_none=True)
    proposed_at = fields.DateTime(required=True)
    decided_at = fields.DateTime(required=True, allow_none=True)
    recommendations = fields.List(fields.UUID(), required=True)


class DecisionPageSchema(PageSchema):
    """A page of proposals and decisions."""

    items = fields.List(fields.Nested(DecisionSchema), required=True)


class DecisionFilterSchema(CursorSchema):
    """Which proposals and decisions."""

    agency = Text(longest=50, shortest=1, about="The agency's code.")


def _shown(row: Decision) -> dict[str, Any]:
    plain = ("id", "state", "official_status", "reason", "number", "decided_on", "proposed_at", "decided_at")
    return {**{name: getattr(row, name) for name in plain}, "recommendations": [one.id for one in row.recommendations]}


@routes.get("/decisions")
@access()
@routes.refuses(404)
@routes.arguments(DecisionFilterSchema, location="query")
@routes.response(200, DecisionPageSchema)
def list_decisions(asked: dict[str, Any]) -> dict[str, Any]:
    """List proposals and decisions in scope, newest first."""
    who = actor()
    query = sa.select(Decision).where(in_scope(Decision, who)).options(selectinload(Decision.recommendations))
    if "agency" in asked:
        query = query.where(Decision.agency_id == agency_id(asked["agency"], who))
    found = page(
        query,
        keys=[Decision.id],
        read=[uuid.UUID],
        values=lambda row: [row.id],
        cursor=asked.get("cursor"),
        limit=asked["limit"],
        descending=True,
    )
    return {"items": [_shown(row) for row in found.items], "next": found.next}


@routes.get("/decisions/<uuid:decision_id>")
@access()
@routes.refuses(404)
@routes.response(200, DecisionSchema)
def read_decision(decision_id: uuid.UUID) -> dict[str, Any]:
    """Read one proposal or decision."""
    return _shown(get_decision(decision_id, actor()))


@routes.post("/decisions")
@access(*INSPECTORATE, writes=True)
@routes.refuses(400, 404, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(ProposalSchema)
@routes.response(201, DecisionSchema)
def propose_decision(asked: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Propose an official status; nothing changes before somebody else decides."""
    who = actor()
    chosen = [get_recommendation(one, who) for one in dict.fromkeys(asked["recommendations"])]
    decision = propose(chosen, official_status=asked["official_status"], reason=asked["reason"], actor=who)
    place = url_for("api_decisions.read_decision", decision_id=decision.id)
    return _shown(decision), 201, {"Location": place}


@routes.post("/decisions/<uuid:decision_id>/decide")
@access(Role.INSPECTOR, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(LetterSchema)
@routes.response(200, DecisionSchema)
def decide_proposal(asked: dict[str, Any], decision_id: uuid.UUID) -> dict[str, Any]:
    """Decide a proposal of somebody else by a numbered letter: the official status changes."""
    decision = get_decision(decision_id, actor())
    return _shown(decide(decision, number=asked["number"], decided_on=asked["decided_on"], actor=actor()))
