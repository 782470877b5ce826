"""What the Inspektorat asks."""

import uuid
from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from marshmallow import fields

from webapp.api.filters import agency_id
from webapp.api.routes import Routes
from webapp.api.schemas import CodeNameSchema, PageSchema, StateFilterSchema
from webapp.auth.access import access
from webapp.auth.identity import actor
from workflows.core.transitions import State
from workflows.plans import queries as plans
from workflows.recommendations import queries
from workflows.recommendations.models import Component, OfficialStatus, Recommendation

routes = Routes("recommendations", about="What the Inspektorat asks")


class ActionSchema(ma.Schema):
    """What the agency's plan answers."""

    text = fields.String(required=True)
    owner = fields.String(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    output = fields.String(required=True, allow_none=True)


class ProgressSchema(ma.Schema):
    """How many of the requirements in force are verified."""

    verified = fields.Integer(required=True)
    required = fields.Integer(required=True)


class RecommendationSchema(ma.Schema):
    """A recommendation; it stands where its least advanced requirement in force stands."""

    id = fields.UUID(required=True)
    component = fields.Enum(Component, by_value=True, required=True)
    number = fields.String(required=True)
    criterion = fields.String(required=True, allow_none=True)
    finding = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)
    state = fields.Enum(State, by_value=True, required=True)
    version = fields.Integer(required=True)
    official_status = fields.Enum(OfficialStatus, by_value=True, required=True)
    year = fields.Integer(required=True)
    agency = fields.Nested(CodeNameSchema, required=True)
    progress = fields.Nested(ProgressSchema, required=True)
    requirements = fields.List(fields.UUID(), required=True)
    action = fields.Nested(ActionSchema, required=True, allow_none=True)


class RecommendationPageSchema(PageSchema):
    """A page of recommendations."""

    items = fields.List(fields.Nested(RecommendationSchema), required=True)


def shown(rows: Sequence[Recommendation]) -> list[dict[str, Any]]:
    """Return recommendations as they are answered, in a number of queries that does not depend on theirs."""
    ids = [row.id for row in rows]
    progress, requirements, actions = plans.progress(ids), plans.requirement_ids(ids), plans.actions(ids)
    return [
        {
            "id": row.id,
            "component": row.component,
            "number": row.number,
            "criterion": row.criterion,
            "finding": row.finding,
            "text": row.text,
            "state": row.state,
            "version": row.version,
            "official_status": row.official_status,
            "year": row.report.year,
            "agency": row.report.agency,
            "progress": progress[row.id],
            "requirements": requirements[row.id],
            "action": actions.get(row.id),
        }
        for row in rows
    ]


@routes.get("/recommendations")
@access()
@routes.refuses(404)
@routes.arguments(StateFilterSchema, location="query")
@routes.response(200, RecommendationPageSchema)
def list_recommendations(asked: dict[str, Any]) -> dict[str, Any]:
    """List what is asked of the agencies in scope."""
    found = queries.list_recommendations(
        actor(),
        year=asked.get("year"),
        agency_id=agency_id(asked.get("agency"), actor()),
        state=asked.get("state"),
        cursor=asked.get("cursor"),
        limit=asked["limit"],
    )
    return {"items": shown(found.items), "next": found.next}


@routes.get("/recommendations/<uuid:recommendation_id>")
@access()
@routes.refuses(404)
@routes.response(200, RecommendationSchema)
def get_recommendation(recommendation_id: uuid.UUID) -> dict[str, Any]:
    """Read one recommendation."""
    return shown([queries.get_recommendation(recommendation_id, actor())])[0]
