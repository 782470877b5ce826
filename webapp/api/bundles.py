"""Bundles: ordered with a reason, built by the workers, carried away."""

import uuid
from typing import Any

import marshmallow as ma
from flask import Response, url_for
from marshmallow import fields, validate

from webapp.api.filters import agency_in_sight
from webapp.api.routes import BINARY, KEY, Routes
from webapp.api.schemas import WITHIN, YEARS, CodeNameSchema, Strict, Text, Truth, WholeNumber
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.files import FILE_READERS, send_bundle
from webapp.idempotency import idempotent
from workflows.bundles.choices import MOST, choose
from workflows.bundles.models import Bundle, BundleState
from workflows.bundles.operations import order
from workflows.bundles.queries import get_bundle

routes = Routes("bundles", about="What an auditor carries away")


class OrderSchema(Strict):
    """Which agency and year, or which part of them, and why."""

    agency = Text(longest=50, shortest=1, required=True, about="The agency's code.")
    year = WholeNumber(required=True, validate=YEARS)
    report = fields.UUID(load_default=None, metadata={"description": "One issued report instead of all of the year."})
    recommendations = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=MOST, error=WITHIN(least=0, most=MOST)),
        metadata={"description": "Some recommendations of one issued report, and what was delivered for them."},
    )
    reason = Text(longest=4000, shortest=1, required=True)
    with_restricted = Truth(
        load_default=False,
        about="Pack restricted files too, as far as this person may open them; `reason` is why they are opened.",
    )


class OrderedSchema(ma.Schema):
    """An order."""

    id = fields.UUID(required=True)
    state = fields.Enum(BundleState, by_value=True, required=True)


class BundleSchema(OrderedSchema):
    """How far an order is, and what came of it."""

    agency = fields.Nested(CodeNameSchema, required=True)
    year = fields.Integer(required=True)
    reason = fields.String(required=True)
    with_restricted = fields.Boolean(required=True)
    report = fields.UUID(required=True, allow_none=True, attribute="report_id")
    recommendations = fields.List(fields.UUID(), required=True, allow_none=True, attribute="recommendation_ids")
    ordered_by = fields.String(required=True, attribute="ordered_by_name")
    ordered_at = fields.DateTime(required=True)
    done = fields.Integer(required=True, metadata={"description": "Files packed so far, of `total`."})
    total = fields.Integer(required=True)
    sha256 = fields.String(required=True, allow_none=True)
    bytes = fields.Integer(required=True, allow_none=True, attribute="size")
    fingerprint = fields.String(required=True, allow_none=True, metadata={"description": "Of the key that sealed it."})
    finished_at = fields.DateTime(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True, attribute="error_message")


@routes.post("/bundles")
@access(*FILE_READERS, writes=True)
@routes.refuses(400, 404, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(OrderSchema)
@routes.response(202, OrderedSchema)
def order_bundle(asked: dict[str, Any]) -> tuple[Bundle, int, dict[str, str]]:
    """Order a bundle; the log inside is cut at this order."""
    who = actor()
    choice = choose(who, report_id=asked["report"], recommendation_ids=asked["recommendations"])
    bundle = order(
        agency_in_sight(asked["agency"], who), year=asked["year"], reason=asked["reason"], actor=who,
        with_restricted=asked["with_restricted"], choice=choice,
    )  # fmt: skip
    return bundle, 202, {"Location": url_for("api_bundles.read_bundle", bundle_id=bundle.id)}


@routes.get("/bundles/<uuid:bundle_id>")
@access(*FILE_READERS)
@routes.refuses(404)
@routes.response(200, BundleSchema)
def read_bundle(bundle_id: uuid.UUID) -> Bundle:
    """Read how far an order is."""
    return get_bundle(bundle_id, actor())


@routes.get("/bundles/<uuid:bundle_id>/file")
@access(*FILE_READERS)
@routes.refuses(404, 409, 410, 416)
@routes.alt_response(206, schema=BINARY, content_type="application/zip", success=True)
@routes.response(200, BINARY, content_type="application/zip")
def bundle_file(bundle_id: uuid.UUID) -> Response:
    """Download a built bundle."""
    who = actor()
    return send_bundle(get_bundle(bundle_id, who), who)
