"""The access class of a delivery, and opening a restricted one with a reason."""

import uuid
from typing import Any

import marshmallow as ma
from marshmallow import fields

from webapp.api.evidence import AccessSchema
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import Strict, Text, Truth
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.access_routes import CHANGERS
from webapp.idempotency import idempotent
from workflows.evidence.access import operations
from workflows.evidence.access.models import AccessGround
from workflows.evidence.access.queries import Sight, sight_of
from workflows.evidence.access.sight import WITH_REASON
from workflows.evidence.queries import get_evidence

routes = Routes("file_access", about="Who may open what was delivered")


class ClassSchema(Strict):
    """The class that the bytes of the delivery are to have, and why."""

    restricted = Truth(required=True, about="`true`: *terbatas*; `false`: *biasa*.")
    reason = Text(longest=2000, shortest=1, required=True)


class WhySchema(Strict):
    """Why a restricted file is opened."""

    reason = Text(longest=2000, shortest=1, required=True)


class OpenedSchema(ma.Schema):
    """Until when the reason counts."""

    until = fields.DateTime(required=True)


@routes.post("/evidence/<uuid:evidence_id>/access")
@access(*CHANGERS, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(ClassSchema)
@routes.response(200, AccessSchema)
def change_access(asked: dict[str, Any], evidence_id: uuid.UUID) -> Sight:
    """Class a file *terbatas*, or *biasa* again; the latter is for a privacy officer or an inspector."""
    who = actor()
    evidence = get_evidence(evidence_id, who)
    act = operations.restrict if asked["restricted"] else operations.unrestrict
    act(evidence, reason=asked["reason"], actor=who)
    return sight_of(evidence_id, who)


@routes.post("/evidence/<uuid:evidence_id>/opening")
@access(*WITH_REASON, writes=True)
@routes.refuses(400, 404, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(WhySchema)
@routes.response(200, OpenedSchema)
def open_restricted(asked: dict[str, Any], evidence_id: uuid.UUID) -> AccessGround:
    """Tell why a restricted file is opened; it is then open to this person for a while."""
    who = actor()
    return operations.tell_why(get_evidence(evidence_id, who), reason=asked["reason"], actor=who)
