"""What an inspector still changes of an issued recommendation, and the objection of the agency's head to it."""

import uuid
from collections.abc import Callable
from typing import Any

import marshmallow as ma
from marshmallow import fields

from webapp.api.filters import agency_in_sight
from webapp.api.recommendations import RecommendationSchema, shown
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import Strict, Text
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import idempotent
from workflows.core.actors import Role
from workflows.plans import changes, deadlines, objections
from workflows.recommendations.models import Component, Outcome, Recommendation
from workflows.recommendations.queries import get_recommendation
from workflows.recommendations.versions import Wording, versions_of

routes = Routes("recommendation_changes", about="Corrections, cancellations, moves, objections")
LONGEST = 10_000


class ReasonedSchema(Strict):
    """Why."""

    reason = Text(longest=LONGEST, shortest=1, required=True)


class LetteredSchema(ReasonedSchema):
    """Why, and by which letter."""

    letter = Text(longest=200, shortest=1, required=True)


class ExtensionSchema(ReasonedSchema):
    """Another deadline."""

    due_on = fields.Date(required=True)


class CorrectionSchema(LetteredSchema):
    """Another wording."""

    text = Text(longest=LONGEST, shortest=1, required=True)
    component = fields.Enum(Component, by_value=True, required=True)
    criterion = Text(longest=50, load_default=None, allow_none=True)


class MoveElsewhereSchema(LetteredSchema):
    """Where it goes."""

    agency = Text(longest=50, shortest=1, required=True, about="The other agency's code.")
    number = Text(longest=50, load_default=None, allow_none=True, about="The next free one if null.")


class NewWordingSchema(Strict):
    """The other wording that an accepted objection leads to."""

    text = Text(longest=LONGEST, shortest=1, required=True)
    component = fields.Enum(Component, by_value=True, required=True)
    criterion = Text(longest=50, load_default=None, allow_none=True)


class ObjectionAnswerSchema(LetteredSchema):
    """The answer to an objection."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    wording = fields.Nested(
        NewWordingSchema, load_default=None, allow_none=True, metadata={"description": "Where it is `corrected`."}
    )


class WordingVersionSchema(ma.Schema):
    """One wording."""

    revision = fields.Integer(required=True)
    component = fields.Enum(Component, by_value=True, required=True)
    criterion = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    letter = fields.String(required=True, allow_none=True)
    written_by = fields.String(required=True, allow_none=True)
    written_at = fields.DateTime(required=True, allow_none=True)


class ObjectionSchema(ma.Schema):
    """An objection and, once there is one, its answer."""

    id = fields.UUID(required=True)
    revision = fields.Integer(required=True)
    reason = fields.String(required=True)
    objected_as = fields.String(required=True)
    objected_at = fields.DateTime(required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True, allow_none=True)
    answer = fields.String(required=True, allow_none=True)
    letter = fields.String(required=True, allow_none=True)
    answered_at = fields.DateTime(required=True, allow_none=True)
    stopped_days = fields.Integer(required=True, allow_none=True)


class WordingsSchema(ma.Schema):
    """All wordings of a recommendation that was corrected, and all objections to it."""

    versions = fields.List(fields.Nested(WordingVersionSchema), required=True)
    objections = fields.List(fields.Nested(ObjectionSchema), required=True)


@routes.get("/recommendations/<uuid:recommendation_id>/history")
@access()
@routes.refuses(404)
@routes.response(200, WordingsSchema)
def read_history(recommendation_id: uuid.UUID) -> dict[str, Any]:
    """Read every wording there was and every objection."""
    row = get_recommendation(recommendation_id, actor())
    names = ("revision", "component", "criterion", "text", "reason", "letter", "written_at")
    return {
        "versions": [
            {**{name: getattr(one, name) for name in names}, "written_by": one.written_by and one.written_by.name}
            for one in versions_of([row.id]).get(row.id, [])
        ],
        "objections": objections.objections_to([row.id]),
    }


def _changed(recommendation_id: uuid.UUID, change: Callable[[Recommendation], object]) -> dict[str, Any]:
    row = get_recommendation(recommendation_id, actor())
    change(row)
    return shown([row])[0]


@routes.post("/recommendations/<uuid:recommendation_id>/extend")
@access(Role.INSPECTOR, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(ExtensionSchema)
@routes.response(200, RecommendationSchema)
def extend(asked: dict[str, Any], recommendation_id: uuid.UUID) -> dict[str, Any]:
    """Give more time. A deadline that has passed stays marked as missed."""
    return _changed(recommendation_id, lambda row: deadlines.extend([row], **asked, actor=actor()))


@routes.post("/recommendations/<uuid:recommendation_id>/correct")
@access(Role.INSPECTOR, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(CorrectionSchema)
@routes.response(200, RecommendationSchema)
def correct(asked: dict[str, Any], recommendation_id: uuid.UUID) -> dict[str, Any]:
    """Write another wording; every old one stays readable."""
    wording = Wording(asked["text"], asked["component"], asked["criterion"])
    grounds = {"reason": asked["reason"], "letter": asked["letter"]}
    return _changed(recommendation_id, lambda row: changes.correct(row, wording, **grounds, actor=actor()))


@routes.post("/recommendations/<uuid:recommendation_id>/cancel")
@access(Role.INSPECTOR, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(LetteredSchema)
@routes.response(200, RecommendationSchema)
def cancel(asked: dict[str, Any], recommendation_id: uuid.UUID) -> dict[str, Any]:
    """Ask for it no longer. It stays readable."""
    return _changed(recommendation_id, lambda row: changes.cancel(row, **asked, actor=actor()))


@routes.post("/recommendations/<uuid:recommendation_id>/move")
@access(Role.INSPECTOR, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(MoveElsewhereSchema)
@routes.response(201, RecommendationSchema)
def move(asked: dict[str, Any], recommendation_id: uuid.UUID) -> dict[str, Any]:
    """Hand it on to the agency it should have gone to; the answer is the recommendation there."""
    row = get_recommendation(recommendation_id, actor())
    agency = agency_in_sight(asked.pop("agency"), actor())
    return shown([changes.move_to(row, agency, **asked, actor=actor())])[0]


@routes.post("/recommendations/<uuid:recommendation_id>/object")
@access(Role.AGENCY_HEAD, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(ReasonedSchema)
@routes.response(200, RecommendationSchema)
def object_to(asked: dict[str, Any], recommendation_id: uuid.UUID) -> dict[str, Any]:
    """Object before the plan is due; the clock stops until the inspector answers."""
    return _changed(recommendation_id, lambda row: objections.object_to(row, **asked, actor=actor()))


@routes.post("/recommendations/<uuid:recommendation_id>/answer")
@access(Role.INSPECTOR, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(ObjectionAnswerSchema)
@routes.response(200, RecommendationSchema)
def answer(asked: dict[str, Any], recommendation_id: uuid.UUID) -> dict[str, Any]:
    """Answer the open objection; where it is accepted, correct or cancel in the same act."""
    told = asked.pop("wording")
    wording = Wording(told["text"], told["component"], told["criterion"]) if told else None
    return _changed(recommendation_id, lambda row: objections.answer(row, wording=wording, **asked, actor=actor()))
