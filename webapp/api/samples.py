"""Sampling: drawn, verified in full, confirmed, and then the rest moves."""

import uuid
from typing import Any

import marshmallow as ma
from marshmallow import fields

from webapp.api.filters import agency_in_sight
from webapp.api.many import OutcomesSchema, told_outcomes
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import Strict, Text, WholeNumber, between
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import idempotent
from webapp.verification.samples import confirm_and_move
from workflows.core.actors import INSPECTORATE, Role
from workflows.verification import sampling
from workflows.verification.models import SampleBatch

routes = Routes("samples", about="Sampling of what waits for verification")


class DrawSchema(Strict):
    """From which agency, and how many are verified in full."""

    agency = Text(longest=50, shortest=1, required=True, about="The agency's code.")
    size = WholeNumber(required=True, validate=between(1, sampling.MOST))


class SampleItemSchema(ma.Schema):
    """One paper of a batch."""

    requirement = fields.UUID(required=True)
    sha256 = fields.String(required=True)
    sampled = fields.Boolean(required=True, metadata={"description": "It is verified in full."})
    verified = fields.Boolean(required=True)
    spoilt = fields.Boolean(required=True, metadata={"description": "It came back or changed since the drawing."})


class SampleSchema(ma.Schema):
    """A batch. Its order is that of the SHA-256 of `seed:requirement`; the first `size` are verified in full."""

    id = fields.UUID(required=True)
    seed = fields.String(required=True)
    size = fields.Integer(required=True)
    drawn_at = fields.DateTime(required=True)
    confirmed_at = fields.DateTime(required=True, allow_none=True)
    stopped = fields.Boolean(required=True)
    items = fields.List(fields.Nested(SampleItemSchema), required=True)


@routes.post("/samples")
@access(Role.EVALUATOR, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(DrawSchema)
@routes.response(201, SampleSchema)
def draw(asked: dict[str, Any]) -> dict[str, Any]:
    """Draw from what waits for verification in one agency."""
    who = actor()
    return _shown(sampling.draw(agency_in_sight(asked["agency"], who), size=asked["size"], actor=who))


@routes.get("/samples/<uuid:batch_id>")
@access(*INSPECTORATE)
@routes.refuses(404)
@routes.response(200, SampleSchema)
def show(batch_id: uuid.UUID) -> dict[str, Any]:
    """Read a batch and how its papers stand."""
    return _shown(sampling.get_batch(batch_id, actor()))


@routes.post("/samples/<uuid:batch_id>/confirm")
@access(Role.INSPECTOR, writes=True)
@routes.refuses(404)
@routes.response(200, OutcomesSchema)
def confirm(batch_id: uuid.UUID) -> dict[str, Any]:
    """Stand for a batch; the rest moves, each paper in a transaction of its own.

    Asked again, it goes on with what is left.
    """
    return told_outcomes(confirm_and_move(sampling.get_batch(batch_id, actor())))


def _shown(batch: SampleBatch) -> dict[str, Any]:
    rows = sampling.standing(batch)
    return {
        **{name: getattr(batch, name) for name in ("id", "seed", "size", "drawn_at", "confirmed_at")},
        "stopped": sampling.stopped(rows),
        "items": [
            {
                "requirement": row.item.requirement_id, "sha256": row.item.sha256, "sampled": row.item.sampled,
                "verified": row.verified, "spoilt": row.spoilt,
            }
            for row in rows
        ],
    }  # fmt: skip
