"""Papers: ordered in a format, made by the workers, carried away by whoever ordered them."""

import uuid
from typing import Any

import marshmallow as ma
from flask import Response, url_for
from marshmallow import fields

from webapp.api.filters import agency_in_sight
from webapp.api.routes import BINARY, KEY, Routes
from webapp.api.schemas import YEARS, CodeNameSchema, Strict, Text, WholeNumber
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.files import send_paper
from webapp.idempotency import idempotent
from workflows.papers.models import Paper, PaperFormat, PaperKind, PaperState
from workflows.papers.operations import LONGEST_PLACE, order
from workflows.papers.queries import get_paper

routes = Routes("papers", about="Papers to print and sign, as PDF, for Excel or for Word")


class PaperOrderSchema(Strict):
    """Which paper, of which agency and year, as what."""

    kind = fields.Enum(PaperKind, by_value=True, required=True)
    format = fields.Enum(PaperFormat, by_value=True, required=True)
    agency = Text(
        longest=50, shortest=1, load_default=None, allow_none=True,
        about="The agency's code; without it all of the region, for who may see them.",
    )  # fmt: skip
    year = WholeNumber(required=True, validate=YEARS)
    place = Text(longest=LONGEST_PLACE, load_default="", about="Where it will be signed.")


class PaperOrderedSchema(ma.Schema):
    """An order."""

    id = fields.UUID(required=True)
    state = fields.Enum(PaperState, by_value=True, required=True)


class PaperSchema(PaperOrderedSchema):
    """How far an order is, and what came of it."""

    kind = fields.Enum(PaperKind, by_value=True, required=True)
    format = fields.Enum(PaperFormat, by_value=True, required=True)
    agency = fields.Nested(CodeNameSchema, required=True, allow_none=True)
    year = fields.Integer(required=True)
    ordered_at = fields.DateTime(required=True, metadata={"description": "What it says holds for this moment."})
    sha256 = fields.String(required=True, allow_none=True)
    bytes = fields.Integer(required=True, allow_none=True, attribute="size")
    finished_at = fields.DateTime(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True, attribute="error_message")


@routes.post("/papers")
@access(writes=True)
@routes.refuses(400, 404, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(PaperOrderSchema)
@routes.response(202, PaperOrderedSchema)
def order_paper(asked: dict[str, Any]) -> tuple[Paper, int, dict[str, str]]:
    """Order a paper; it says what this person may see at this moment."""
    who = actor()
    agency = agency_in_sight(asked["agency"], who) if asked["agency"] else None
    paper = order(
        agency, kind=asked["kind"], as_format=asked["format"], year=asked["year"], place=asked["place"], actor=who
    )
    return paper, 202, {"Location": url_for("api_papers.read_paper", paper_id=paper.id)}


@routes.get("/papers/<uuid:paper_id>")
@access()
@routes.refuses(404)
@routes.response(200, PaperSchema)
def read_paper(paper_id: uuid.UUID) -> Paper:
    """Read how far an order is; others do not see it."""
    return get_paper(paper_id, actor())


@routes.get("/papers/<uuid:paper_id>/file")
@access()
@routes.refuses(404, 409, 410, 416)
@routes.alt_response(206, schema=BINARY, content_type="application/octet-stream", success=True)
@routes.response(200, BINARY, content_type="application/octet-stream")
def paper_file(paper_id: uuid.UUID) -> Response:
    """Download a made paper."""
    who = actor()
    return send_paper(get_paper(paper_id, who), who)
