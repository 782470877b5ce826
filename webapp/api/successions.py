"""Units that were merged: which one carries on, proposed by an admin and confirmed by an inspector."""

import uuid
from typing import Any

import marshmallow as ma
from flask import url_for
from marshmallow import fields

from webapp.api.filters import agency_in_sight
from webapp.api.posts import PostFilterSchema, WhyEndedSchema
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import CodeNameSchema, PageSchema, Strict, Text
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import idempotent
from webapp.organization.successions import NO_UNIT
from workflows.core.errors import InvalidInputError
from workflows.organization.assignments import WATCHERS
from workflows.organization.models import Succession
from workflows.organization.successions import (
    CONFIRMER,
    PROPOSER,
    decline,
    get_succession,
    list_successions,
    propose,
    standing_units,
)
from workflows.plans.successions import confirm

routes = Routes("successions", about="Units that were merged into others")


class NewSuccessionSchema(Strict):
    """What the letter says."""

    agency = Text(longest=50, shortest=1, required=True, about="The agency's code.")
    unit = Text(longest=50, shortest=1, required=True, about="The code of the unit that makes way.")
    successor = Text(longest=50, shortest=1, required=True, about="The code of the unit that carries on.")
    successor_agency = Text(longest=50, shortest=1, load_default=None, about="The code of its agency, if another one.")
    valid_from = fields.Date(required=True)
    letter_number = Text(longest=200, shortest=1, required=True)
    letter_date = fields.Date(required=True)


class SuccessionSchema(ma.Schema):
    """Which unit carries on what another one leaves open."""

    id = fields.UUID(required=True)
    unit = fields.Nested(CodeNameSchema, required=True)
    successor = fields.Nested(CodeNameSchema, required=True)
    successor_agency = fields.Nested(CodeNameSchema, required=True)
    valid_from = fields.Date(required=True)
    letter_number = fields.String(required=True)
    letter_date = fields.Date(required=True)
    confirmed_at = fields.DateTime(required=True, allow_none=True)
    declined_at = fields.DateTime(required=True, allow_none=True)
    decline_reason = fields.String(required=True, allow_none=True)


class SuccessionPageSchema(PageSchema):
    """A page of successions."""

    items = fields.List(fields.Nested(SuccessionSchema), required=True)


@routes.get("/successions")
@access(*WATCHERS)
@routes.refuses(404)
@routes.arguments(PostFilterSchema, location="query")
@routes.response(200, SuccessionPageSchema)
def list_all(asked: dict[str, Any]) -> dict[str, Any]:
    """List the successions of an agency's units, newest first."""
    who = actor()
    agency = agency_in_sight(asked["agency"], who)
    found = list_successions(who, agency.id, cursor=asked.get("cursor"), limit=asked["limit"])
    return {"items": found.items, "next": found.next}


@routes.post("/successions")
@access(PROPOSER, writes=True)
@routes.refuses(400, 404, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(NewSuccessionSchema)
@routes.response(201, SuccessionSchema)
def propose_succession(asked: dict[str, Any]) -> tuple[Succession, int, dict[str, str]]:
    """Write down that a unit carries on what another leaves open. An inspector confirms."""
    who = actor()
    code = asked.pop("agency")
    there = asked.pop("successor_agency") or code
    unit, successor = (
        next((row for row in standing_units(agency_in_sight(place, who).id) if row.code.lower() == named.lower()), None)
        for place, named in ((code, asked.pop("unit")), (there, asked.pop("successor")))
    )
    if unit is None or successor is None:
        raise InvalidInputError(NO_UNIT)
    row = propose(unit, successor, **asked, actor=who)
    return row, 201, {"Location": url_for("api_successions.list_all", agency=code)}


@routes.post("/successions/<uuid:succession_id>/confirm")
@access(CONFIRMER, writes=True)
@routes.refuses(404, 409)
@routes.doc(parameters=[KEY])
@idempotent
@routes.response(200, SuccessionSchema)
def confirm_succession(succession_id: uuid.UUID) -> Succession:
    """Confirm: open work goes to the successor, sign-offs stay, closed work stays where it was done."""
    row = get_succession(succession_id, actor())
    confirm(row, actor=actor())
    return row


@routes.post("/successions/<uuid:succession_id>/decline")
@access(PROPOSER, CONFIRMER, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(WhyEndedSchema)
@routes.response(200, SuccessionSchema)
def decline_succession(asked: dict[str, Any], succession_id: uuid.UUID) -> Succession:
    """Decline a proposal, or take one's own back."""
    row = get_succession(succession_id, actor())
    decline(row, reason=asked["reason"], actor=actor())
    return row
