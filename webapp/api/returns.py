"""Rounds of a requirement, and why deliveries were sent back."""

import uuid
from typing import Any

import marshmallow as ma
from marshmallow import fields

from webapp.api.filters import agency_id
from webapp.api.routes import Routes
from webapp.api.schemas import YEARS, QueryInteger, Strict, Text
from webapp.auth.access import access
from webapp.auth.identity import actor
from workflows.core.actors import INSPECTORATE
from workflows.plans.queries import get_requirement
from workflows.signoff.models import Basis, SignOffRole
from workflows.signoff.queries import sign_offs_of
from workflows.verification.models import Method
from workflows.verification.queries import verifications_of
from workflows.verification.returns import count_returns
from workflows.verification.rounds import rounds_of

routes = Routes("returns", about="Rounds, and why deliveries were sent back")


class ReturnsOfSchema(Strict):
    """Of which year and agency."""

    year = QueryInteger(required=True, validate=YEARS)
    agency = Text(longest=50, shortest=1, about="The agency's code.")


class ReturnCountSchema(ma.Schema):
    """How often one reason was given, by whom on the delivery's way."""

    code = fields.String(required=True)
    count = fields.Integer(required=True)
    signer = fields.Integer(required=True)
    acknowledger = fields.Integer(required=True)
    evaluator = fields.Integer(required=True)


class ReturnCountsSchema(ma.Schema):
    """Every reason, the most frequent first."""

    items = fields.List(fields.Nested(ReturnCountSchema), required=True)


class RoundActSchema(ma.Schema):
    """A sign-off or a verification as it was made; one that no longer stands has an end."""

    name = fields.String(required=True)
    position = fields.String(required=True)
    sha256 = fields.String(required=True)
    at = fields.DateTime(required=True)
    voided_at = fields.DateTime(required=True, allow_none=True)


class RoundSignOffSchema(RoundActSchema):
    """A sign-off, in which quality and on what it rests."""

    role = fields.Enum(SignOffRole, by_value=True, required=True)
    basis = fields.Enum(Basis, by_value=True, required=True)


class RoundVerificationSchema(RoundActSchema):
    """A verification and what was said with it."""

    reason = fields.String(required=True, allow_none=True)
    method = fields.Enum(
        Method, by_value=True, required=True,
        metadata={"description": "`sample`: it stands with the papers drawn from its batch."},
    )  # fmt: skip


class RoundSchema(ma.Schema):
    """One round of a requirement."""

    number = fields.Integer(required=True)
    sign_offs = fields.List(fields.Nested(RoundSignOffSchema), required=True)
    verifications = fields.List(fields.Nested(RoundVerificationSchema), required=True)


class RoundsSchema(ma.Schema):
    """All rounds, the newest first."""

    items = fields.List(fields.Nested(RoundSchema), required=True)


@routes.get("/returns")
@access(*INSPECTORATE)
@routes.refuses(404)
@routes.arguments(ReturnsOfSchema, location="query")
@routes.response(200, ReturnCountsSchema)
def returns(asked: dict[str, Any]) -> dict[str, Any]:
    """Count why deliveries were sent back, for what is due in one year."""
    who = actor()
    rows = count_returns(who, year=asked["year"], agency_id=agency_id(asked.get("agency"), who))
    return {"items": [{"code": row.code, "count": row.count, **row.by} for row in rows]}


@routes.get("/requirements/<uuid:requirement_id>/rounds")
@access()
@routes.refuses(404)
@routes.response(200, RoundsSchema)
def rounds(requirement_id: uuid.UUID) -> dict[str, Any]:
    """Read what was signed off and verified in each round of a requirement."""
    row = get_requirement(requirement_id, actor())
    found = rounds_of(row.round, sign_offs_of(row), verifications_of(row))
    return {
        "items": [
            {
                "number": one.number,
                "sign_offs": [{**_act(each), "role": each.role, "basis": each.basis} for each in one.sign_offs],
                "verifications": [
                    {**_act(each), "reason": each.reason, "method": each.method} for each in one.verifications
                ],
            }
            for one in found
        ]
    }


def _act(row: Any) -> dict[str, Any]:
    printed = row.snapshot
    return {
        "name": printed["name"], "position": printed["position"], "sha256": row.sha256, "at": row.at,
        "voided_at": row.voided_at,
    }  # fmt: skip
