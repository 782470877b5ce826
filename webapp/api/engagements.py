"""Letters of assignment: what they say, who stands for them."""

import uuid
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from webapp.api.filters import agency_in_sight
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import WITHIN, Strict, Text
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import idempotent
from webapp.pages.shell import KEEPERS
from workflows.core.actors import Role
from workflows.organization import engagements
from workflows.organization.models import Duty, Engagement
from workflows.organization.queries import agency_names

routes = Routes("engagements", about="Letters of assignment of evaluators and auditors")


class LetterOfAssignmentSchema(Strict):
    """What a *Surat Tugas* says of one evaluator."""

    email = Text(longest=320, shortest=3, required=True, about="Of the evaluator's account.")
    duty = fields.Enum(Duty, by_value=True, required=True)
    letter_number = Text(longest=200, shortest=1, required=True)
    letter_date = fields.Date(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True)
    agencies = fields.List(
        Text(longest=50, shortest=1),
        load_default=list,
        validate=validate.Length(0, 500, error=WITHIN(least=0, most=500)),
        metadata={"description": "Codes; none means every agency."},
    )
    home = Text(
        longest=50, shortest=1, load_default=None, allow_none=True,
        about="Code of the agency the evaluator belongs to; none is the Inspektorat.",
    )  # fmt: skip


class EngagementSchema(ma.Schema):
    """A letter, and whether somebody stands for it."""

    id = fields.UUID(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    duty = fields.Enum(Duty, by_value=True, required=True, allow_none=True)
    name = fields.String(required=True)
    letter_number = fields.String(required=True)
    letter_date = fields.Date(required=True)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True)
    agencies = fields.List(fields.String(), required=True)
    confirmed_at = fields.DateTime(required=True, allow_none=True)
    ended_at = fields.DateTime(required=True, allow_none=True)


class EngagementsSchema(ma.Schema):
    """The newest letters."""

    items = fields.List(fields.Nested(EngagementSchema), required=True)


@routes.get("/engagements")
@access(*KEEPERS)
@routes.refuses()
@routes.response(200, EngagementsSchema)
def list_engagements() -> dict[str, Any]:
    """List the hundred newest letters."""
    return {"items": _shown(engagements.list_engagements(actor()))}


@routes.post("/engagements")
@access(*KEEPERS, writes=True)
@routes.refuses(400, 404, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(LetterOfAssignmentSchema)
@routes.response(201, EngagementSchema)
def propose(asked: dict[str, Any]) -> dict[str, Any]:
    """Write down what a letter says of one evaluator. It counts once another person confirms it."""
    who = actor()
    given = {name: asked[name] for name in ("letter_number", "letter_date", "valid_from", "valid_to", "duty")}
    row = engagements.propose(
        engagements.person_by_email(asked["email"], who),
        institution="",
        agencies=[agency_in_sight(code, who) for code in dict.fromkeys(asked["agencies"])],
        home=agency_in_sight(asked["home"], who) if asked["home"] else None,
        actor=who,
        **given,
    )
    return _shown([row])[0]


@routes.post("/engagements/<uuid:engagement_id>/confirm")
@access(*KEEPERS, writes=True)
@routes.refuses(404, 409)
@routes.doc(parameters=[KEY])
@idempotent
@routes.response(200, EngagementSchema)
def confirm(engagement_id: uuid.UUID) -> dict[str, Any]:
    """Stand for a letter that another person wrote down."""
    row = engagements.get_engagement(engagement_id, actor())
    engagements.confirm(row, actor=actor())
    return _shown([row])[0]


@routes.post("/engagements/<uuid:engagement_id>/end")
@access(*KEEPERS, writes=True)
@routes.refuses(404, 409)
@routes.doc(parameters=[KEY])
@idempotent
@routes.response(200, EngagementSchema)
def end(engagement_id: uuid.UUID) -> dict[str, Any]:
    """End a letter at once, or drop one that nobody confirmed."""
    row = engagements.get_engagement(engagement_id, actor())
    engagements.end(row, actor=actor())
    return _shown([row])[0]


def _shown(rows: list[Engagement]) -> list[dict[str, Any]]:
    codes = {agency.id: agency.code for agency in agency_names(actor())}
    names = (
        "id", "role", "duty", "letter_number", "letter_date", "valid_from", "valid_to", "confirmed_at", "ended_at",
    )  # fmt: skip
    return [
        {
            **{name: getattr(row, name) for name in names},
            "name": row.person.name,
            "agencies": sorted(codes[key] for key in row.agency_ids if key in codes),
        }
        for row in rows
    ]
