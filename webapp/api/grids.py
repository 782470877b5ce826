"""Grids of an evaluation from the organisation chart, and the posts of one requirement."""

import uuid
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from webapp import formats
from webapp.api.requirements import RequirementSchema, shown
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import CodeNameSchema, Strict, Text, Truth, WholeNumber, between
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import idempotent
from workflows.core.actors import INSPECTORATE
from workflows.core.errors import InvalidInputError
from workflows.organization.queries import units_of
from workflows.plans import grids
from workflows.plans.models import RequirementKind, Who
from workflows.plans.posts import set_posts
from workflows.plans.queries import get_requirement, recommendations_of
from workflows.recommendations.models import EvaluationReport
from workflows.recommendations.queries import get_report

routes = Routes("grids", about="Grids from the organisation chart")
KINDS = tuple(kind.value for kind in RequirementKind if kind != RequirementKind.OUTCOME)


class GridSchema(Strict):
    """What a grid asks for: every named unit, every named quarter."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    recommendations = fields.List(Text(longest=50), required=True, metadata={"description": "Their numbers."})
    units = fields.List(
        Text(longest=50), load_default=None, allow_none=True, metadata={"description": "Codes; null for all units."}
    )
    quarters = fields.List(WholeNumber(validate=between(1, 4)), load_default=list)
    signed_by = fields.Enum(Who, by_value=True, load_default=Who.UNIT_HEAD)
    acknowledged_by = fields.Enum(Who, by_value=True, load_default=Who.AGENCY_HEAD)
    due_days = WholeNumber(load_default=None, allow_none=True, validate=between(0, grids.MOST_DAYS))
    due_on = fields.Date(load_default=None, allow_none=True)
    title = Text(longest=120, load_default=None, allow_none=True)
    year = WholeNumber(load_default=None, allow_none=True, validate=between(2000, 2100))
    dry_run = Truth(load_default=False, about="Tells what it would come to and writes nothing.")


class GridCellSchema(ma.Schema):
    """One cell: `there` is the requirement that asks for the same already and serves these recommendations too."""

    unit = fields.Nested(CodeNameSchema, required=True)
    quarter = fields.Integer(required=True, allow_none=True)
    there = fields.Function(lambda cell: str(cell.there.id) if cell.there else None, required=True,
        metadata={"type": ["string", "null"], "format": "uuid"})  # fmt: skip


class GridMadeSchema(ma.Schema):
    """What it came to, or would come to."""

    written = fields.Boolean(required=True)
    new = fields.Integer(required=True)
    linked = fields.Integer(required=True)
    cells = fields.List(fields.Nested(GridCellSchema), required=True)


class GridProposalSchema(ma.Schema):
    """Where the chart has parted from a grid: `add` a cell, or `waive` one whose unit was closed."""

    key = fields.String(required=True)
    unit = fields.Nested(CodeNameSchema, required=True)
    quarter = fields.Integer(required=True, allow_none=True)
    action = fields.Function(lambda row: "waive" if row.there else "add", required=True, metadata={"type": "string"})


class GridProposalsSchema(ma.Schema):
    """All of a report."""

    items = fields.List(fields.Nested(GridProposalSchema), required=True)


class GridFollowSchema(Strict):
    """One of them, or `leave_out`: the unit is not asked for by this grid."""

    key = Text(longest=200, required=True)
    leave_out = Truth(load_default=False, about="The unit is not asked for by this grid, now or later.")


class SigningPostsSchema(Strict):
    """Posts of the agency: heads of units, or its own head."""

    version = WholeNumber(required=True, validate=between(1, 2**31 - 1))
    signed_by = fields.UUID(required=True)
    acknowledged_by = fields.UUID(required=True)
    reason = Text(longest=4000, load_default="", about="Needed once the report is issued.")


@routes.post("/evaluations/<uuid:report_id>/grids")
@access(*INSPECTORATE, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(GridSchema)
@routes.response(200, GridMadeSchema)
def make_grid(asked: dict[str, Any], report_id: uuid.UUID) -> dict[str, Any]:
    """Ask all units for all quarters in one step: all of the cells are written, or none."""
    report = get_report(report_id, actor())
    wanted, today = _asked(report, asked), formats.today()
    planned = grids.preview(report, wanted, actor=actor(), on=today)
    told = {"written": not asked["dry_run"], "new": planned.new, "linked": planned.linked, "cells": planned.cells}
    if not asked["dry_run"]:
        grids.make(report, wanted, actor=actor(), on=today)
    return told


def _asked(report: EvaluationReport, asked: dict[str, Any]) -> grids.Asked:
    numbers = {row.number: row.id for row in recommendations_of(report)}
    units = {row.code: row.id for row in units_of(report.agency_id)}
    if not set(asked["recommendations"]) <= numbers.keys():
        raise InvalidInputError(grids.NO_RECOMMENDATION)
    if asked["units"] is not None and not set(asked["units"]) <= units.keys():
        raise InvalidInputError(grids.UNKNOWN_UNIT)
    given = {name: asked[name] for name in ("quarters", "signed_by", "acknowledged_by", "due_days", "due_on", "year")}
    return grids.Asked(
        kind=RequirementKind(asked["kind"]),
        recommendation_ids=[numbers[number] for number in asked["recommendations"]],
        unit_ids=None if asked["units"] is None else [units[code] for code in asked["units"]],
        title=asked["title"] if asked["kind"] == RequirementKind.DOCUMENT else None,
        **given,
    )


@routes.get("/evaluations/<uuid:report_id>/grid-proposals")
@access(*INSPECTORATE)
@routes.refuses(404)
@routes.response(200, GridProposalsSchema)
def list_proposals(report_id: uuid.UUID) -> dict[str, Any]:
    """List where the organisation chart has parted from the grids of a report."""
    return {"items": grids.proposals(get_report(report_id, actor()), actor=actor(), on=formats.today())}


@routes.post("/evaluations/<uuid:report_id>/grid-proposals")
@access(*INSPECTORATE, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(GridFollowSchema)
@routes.response(200, GridProposalsSchema)
def follow_proposal(asked: dict[str, Any], report_id: uuid.UUID) -> dict[str, Any]:
    """Add or waive one cell as proposed, or leave the unit out. Answers with what is proposed now."""
    report, today = get_report(report_id, actor()), formats.today()
    grids.follow_chart(report, asked["key"], actor=actor(), on=today, leave_out=asked["leave_out"])
    return {"items": grids.proposals(report, actor=actor(), on=today)}


@routes.post("/requirements/<uuid:requirement_id>/posts")
@access(*INSPECTORATE, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(SigningPostsSchema)
@routes.response(200, RequirementSchema)
def set_requirement_posts(asked: dict[str, Any], requirement_id: uuid.UUID) -> dict[str, Any]:
    """Have other posts sign and acknowledge one requirement."""
    who = actor()
    set_posts(
        get_requirement(requirement_id, who),
        signing_id=asked["signed_by"],
        acknowledging_id=asked["acknowledged_by"],
        version=asked["version"],
        reason=asked["reason"],
        actor=who,
    )
    return shown([get_requirement(requirement_id, who)], who)[0]
