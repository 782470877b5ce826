"""What the holder of a post says of a signature on the paper."""

import uuid
from collections.abc import Callable
from typing import Any

from marshmallow import fields, validate

from webapp.api.requirements import RequirementSchema, shown
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import Strict, WholeNumber, between
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import idempotent
from workflows.core.sentences import phrase
from workflows.plans import queries
from workflows.plans.models import Requirement
from workflows.signoff import ink
from workflows.signoff.models import SignOffRole

routes = Routes("ink", about="What the holder of a post says of a signature on the paper")


class AnswerSchema(Strict):
    """Which of the two signatures, on which file, at which version of the requirement."""

    role = fields.Enum(SignOffRole, by_value=True, required=True)
    sha256 = fields.String(
        required=True,
        validate=validate.Regexp(r"\A[0-9a-fA-F]{64}\Z", error=phrase("harus 64 angka heksadesimal")),
    )
    version = WholeNumber(required=True, validate=between(1, 2**31 - 1))


def _answer(requirement_id: uuid.UUID, asked: dict[str, Any], answer: Callable[..., Requirement]) -> dict[str, Any]:
    who = actor()
    requirement = queries.get_requirement(requirement_id, who)
    answer(requirement, asked["role"], actor=who, sha256=asked["sha256"], version=asked["version"])
    return shown([requirement], who)[0]


@routes.post("/requirements/<uuid:requirement_id>/ink/confirm")
@access(writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(AnswerSchema)
@routes.response(200, RequirementSchema)
def confirm_ink(asked: dict[str, Any], requirement_id: uuid.UUID) -> dict[str, Any]:
    """Say that it is one's own signature: signs or acknowledges with basis `ink`."""
    return _answer(requirement_id, asked, ink.confirm)


@routes.post("/requirements/<uuid:requirement_id>/ink/dispute")
@access(writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(AnswerSchema)
@routes.response(200, RequirementSchema)
def dispute_ink(asked: dict[str, Any], requirement_id: uuid.UUID) -> dict[str, Any]:
    """Say that it is not: nothing is signed on this file any more, and it goes back where the rules allow."""
    return _answer(requirement_id, asked, ink.dispute)
