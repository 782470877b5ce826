"""What the Inspektorat asks."""

import uuid
from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from marshmallow import fields

from webapp.api.filters import agency_id
from webapp.api.routes import Routes
from webapp.api.schemas import (
    SPOKEN,
    YEARS,
    CodeNameSchema,
    CursorSchema,
    PageSchema,
    QueryInteger,
    StateFilterSchema,
    Strict,
    Text,
    between,
)
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.recommendations.story import told
from workflows.core.transitions import State
from workflows.papers.history import timeline
from workflows.plans import queries as plans
from workflows.plans.objections import stopped_among
from workflows.plans.outcomes import findings_of
from workflows.recommendations import queries
from workflows.recommendations.models import Component, Ending, OfficialStatus, Recommendation
from workflows.verification.rollup import Row, carried_into, half_year

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


class ElsewhereSchema(ma.Schema):
    """A recommendation of another agency, as it is known there."""

    recommendation = fields.UUID(required=True)
    number = fields.String(required=True)
    year = fields.Integer(required=True)
    agency = fields.String(required=True)
    agency_name = fields.String(required=True)


class EndedSchema(ma.Schema):
    """Why it is asked for no longer."""

    how = fields.Enum(Ending, by_value=True, required=True)
    at = fields.DateTime(required=True)
    reason = fields.String(required=True)
    letter = fields.String(required=True)
    moved_to = fields.Nested(ElsewhereSchema, required=True, allow_none=True)


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
    confirmed = fields.Boolean(
        required=True,
        metadata={"description": "Whether the LHE itself stands behind the text; false while only a plan told it."},
    )
    reconsidered_at = fields.DateTime(
        required=True, allow_none=True,
        metadata={"description": "Since when something that the status rests on is open again; the status stands."},
    )  # fmt: skip
    year = fields.Integer(required=True)
    agency = fields.Nested(CodeNameSchema, required=True)
    progress = fields.Nested(ProgressSchema, required=True)
    requirements = fields.List(fields.UUID(), required=True)
    action = fields.Nested(ActionSchema, required=True, allow_none=True)
    repeated_by = fields.List(
        fields.UUID(),
        required=True,
        metadata={"description": "Of later reports: what asks for an outcome again, the score not having risen."},
    )
    due_on = fields.Date(required=True, allow_none=True)
    overdue_on = fields.Date(required=True, allow_none=True)
    clock_stopped = fields.Boolean(required=True)
    revision = fields.Integer(required=True)
    ended = fields.Nested(EndedSchema, required=True, allow_none=True)
    moved_from = fields.Nested(ElsewhereSchema, required=True, allow_none=True)


class TimelineEntrySchema(ma.Schema):
    """One event that concerns a recommendation."""

    seq = fields.Integer(required=True, metadata={"description": "Its number in the agency's chain of the log."})
    at = fields.DateTime(required=True)
    kind = fields.String(required=True)
    sentence = fields.String(
        required=True, metadata={"description": f"Who did what, in which post, on which basis. {SPOKEN}"}
    )
    reason = fields.String(
        required=True, allow_none=True, attribute="quote", metadata={"description": "In its writer's own words."}
    )
    state = fields.String(
        required=True, allow_none=True, metadata={"description": "Where its subject stood afterwards."}
    )


class TimelineSchema(PageSchema):
    """A page of a timeline."""

    items = fields.List(fields.Nested(TimelineEntrySchema), required=True)


class RecommendationPageSchema(PageSchema):
    """A page of recommendations."""

    items = fields.List(fields.Nested(RecommendationSchema), required=True)


def shown(rows: Sequence[Recommendation]) -> list[dict[str, Any]]:
    """Return recommendations as they are answered, in a number of queries that does not depend on theirs."""
    ids = [row.id for row in rows]
    progress, requirements, actions = plans.progress(ids), plans.requirement_ids(ids), plans.actions(ids)
    stopped = stopped_among(ids)
    repeated: dict[uuid.UUID, list[uuid.UUID]] = {}
    for found in findings_of(ids, actor()):
        if found.repeated_by_id is not None:
            repeated.setdefault(found.recommendation_id, []).append(found.repeated_by_id)
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
            "confirmed": row.report.confirmed,
            "reconsidered_at": row.reconsidered_at,
            "year": row.report.year,
            "agency": row.report.agency,
            "progress": progress[row.id],
            "requirements": requirements[row.id],
            "action": actions.get(row.id),
            "repeated_by": repeated.get(row.id, []),
            "due_on": row.due_on,
            "overdue_on": row.overdue_on,
            "clock_stopped": row.id in stopped,
            "revision": row.revision,
            "ended": _ended(row),
            "moved_from": row.moved_from,
        }
        for row in rows
    ]


def _ended(row: Recommendation) -> dict[str, Any] | None:
    if row.ended_as is None:
        return None
    told = {"at": row.ended_at, "reason": row.ended_reason, "letter": row.ended_letter, "moved_to": row.moved_to}
    return {"how": row.ended_as, **told}


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


class CarriedFilterSchema(CursorSchema):
    """Into which year."""

    year = QueryInteger(required=True, validate=YEARS)
    agency = Text(longest=50, shortest=1, about="The agency's code.")


@routes.get("/recommendations/carried")
@access()
@routes.refuses(404)
@routes.arguments(CarriedFilterSchema, location="query")
@routes.response(200, RecommendationPageSchema)
def list_carried(asked: dict[str, Any]) -> dict[str, Any]:
    """List what earlier years left open when a year began: the same recommendations, nothing is doubled."""
    found = carried_into(
        actor(), year=asked["year"], agency_id=agency_id(asked.get("agency"), actor()), cursor=asked.get("cursor"),
        limit=asked["limit"],
    )  # fmt: skip
    return {"items": shown(found.items), "next": found.next}


@routes.get("/recommendations/<uuid:recommendation_id>")
@access()
@routes.refuses(404)
@routes.response(200, RecommendationSchema)
def get_recommendation(recommendation_id: uuid.UUID) -> dict[str, Any]:
    """Read one recommendation."""
    return shown([queries.get_recommendation(recommendation_id, actor())])[0]


@routes.get("/recommendations/<uuid:recommendation_id>/timeline")
@access()
@routes.refuses(404)
@routes.arguments(CursorSchema, location="query")
@routes.response(200, TimelineSchema)
def read_timeline(asked: dict[str, Any], recommendation_id: uuid.UUID) -> dict[str, Any]:
    """Read what happened to one recommendation, oldest first."""
    row = queries.get_recommendation(recommendation_id, actor())
    found = timeline(row, actor(), cursor=asked.get("cursor"), limit=asked["limit"])
    return {"items": [{**vars(told(entry)), "kind": entry.kind} for entry in found.items], "next": found.next}


class HalfYearSchema(Strict):
    """Which half of which year."""

    year = QueryInteger(required=True, validate=YEARS)
    half = QueryInteger(required=True, validate=between(1, 2))


class CountsSchema(ma.Schema):
    """How many recommendations stood in each class."""

    agency = fields.Nested(CodeNameSchema, required=True, allow_none=True, metadata={"description": "Null for all."})
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    total = fields.Integer(required=True)
    carried = fields.Integer(required=True)


class RollUpSchema(ma.Schema):
    """The official statuses at the end of a day."""

    as_of = fields.Date(required=True)
    provisional = fields.Boolean(required=True)
    agencies = fields.List(fields.Nested(CountsSchema), required=True)
    whole = fields.Nested(CountsSchema, required=True)


@routes.get("/official-statuses")
@access()
@routes.refuses()
@routes.arguments(HalfYearSchema, location="query")
@routes.response(200, RollUpSchema)
def roll_up(asked: dict[str, Any]) -> dict[str, Any]:
    """Count the official statuses at 30 June or 31 December, per agency in scope and in all."""
    found = half_year(actor(), year=asked["year"], half=asked["half"])
    told = {"as_of": found.as_of, "provisional": found.provisional}
    return {**told, "agencies": [_counts(row) for row in found.rows], "whole": _counts(found.whole)}


def _counts(row: Row) -> dict[str, Any]:
    agency = {"code": row.code, "name": row.name} if row.agency_id else None
    counts = {status.value: count for status, count in row.counts.items()}
    return {"agency": agency, "counts": counts, "total": row.total, "carried": row.carried}
