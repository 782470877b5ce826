"""The posts of an agency: who holds them, proposed by one and confirmed by another."""

import uuid
from typing import Any

import marshmallow as ma
from flask import Response, current_app, url_for
from marshmallow import fields

from webapp import formats
from webapp.api.filters import agency_in_sight
from webapp.api.routes import BINARY, KEY, Routes
from webapp.api.schemas import CursorSchema, PageSchema, Strict, Text, Truth
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.files import send_letter
from webapp.idempotency import idempotent
from webapp.multipart import Form
from webapp.organization.letters import receive_letter
from workflows.core.actors import AssignmentKind, Role
from workflows.core.errors import InvalidInputError
from workflows.evidence.vacancies import vacancies
from workflows.organization import assignments
from workflows.organization.assignments import CONFIRMERS, PROPOSERS, WATCHERS
from workflows.organization.engagements import person_by_email
from workflows.organization.models import PositionAssignment
from workflows.organization.posts import (
    UNKNOWN_PERSON,
    Standing,
    get_assignment,
    get_letter,
    get_person,
    get_position,
    history_of_post,
    holders,
    posts_of,
    standing,
)

routes = Routes("posts", about="Posts of an agency and who holds them")
FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": {**BINARY, "description": "A PDF."}},
                "required": ["file"],
                "additionalProperties": False,
            },
            "encoding": {"file": {"contentType": "application/pdf"}},
        }
    },
}


class PostFilterSchema(CursorSchema):
    """Whose posts."""

    agency = Text(longest=50, shortest=1, required=True, about="The agency's code.")


class PersonNameSchema(ma.Schema):
    """A person."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class AssignmentSchema(ma.Schema):
    """A person in a post, from day to day, both included."""

    id = fields.UUID(required=True)
    post = fields.UUID(required=True)
    person = fields.Nested(PersonNameSchema, required=True)
    kind = fields.Enum(AssignmentKind, by_value=True, required=True)
    standing = fields.Enum(Standing, by_value=True, required=True)
    at_once = fields.Boolean(required=True, metadata={"description": "Works before it is confirmed."})
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True, allow_none=True)
    letter_number = fields.String(required=True, allow_none=True)
    letter_date = fields.Date(required=True, allow_none=True)
    letters = fields.List(fields.UUID(), required=True, metadata={"description": "Scans of the letter."})
    replaces = fields.UUID(
        required=True, allow_none=True, attribute="replaces_id", metadata={"description": "What a transfer leaves."}
    )
    confirmed_at = fields.DateTime(required=True, allow_none=True)
    ended_at = fields.DateTime(required=True, allow_none=True)
    end_reason = fields.String(required=True, allow_none=True)


class PostOfAgencySchema(ma.Schema):
    """A post and who holds it today; a vacant one has nobody."""

    id = fields.UUID(required=True)
    title = fields.String(required=True)
    role = fields.Enum(Role, by_value=True, required=True)
    holders = fields.List(fields.Nested(AssignmentSchema), required=True)
    waiting = fields.Integer(
        required=True, metadata={"description": "Papers that nobody can sign or acknowledge while it is vacant."}
    )


class PostPageSchema(PageSchema):
    """A page of posts."""

    items = fields.List(fields.Nested(PostOfAgencySchema), required=True)


class AssignmentPageSchema(PageSchema):
    """A page of assignments."""

    items = fields.List(fields.Nested(AssignmentSchema), required=True)


class NewAssignmentSchema(Strict):
    """What the letter says. Exactly one of ``person`` and ``email`` names whom."""

    person = fields.UUID(load_default=None)
    email = Text(longest=320, load_default=None, about="Of the person's account.")
    kind = fields.Enum(AssignmentKind, by_value=True, load_default=AssignmentKind.DEFINITIVE)
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    letter_number = Text(longest=200, shortest=1, required=True)
    letter_date = fields.Date(required=True)
    moves = Truth(
        load_default=False, about="A transfer: the definitive post that the person holds ends the day before."
    )
    sure = Truth(load_default=False, about="The sender was told what is unusual (`long_acting`, ...) and stands by it.")


class WhyEndedSchema(Strict):
    """Why it does not hold."""

    reason = Text(longest=2000, shortest=1, required=True)


class EndSchema(WhyEndedSchema):
    """Why it ends, and with which day."""

    last_day = fields.Date(load_default=None, allow_none=True, metadata={"description": "Null: at once."})


class ScanSchema(ma.Schema):
    """A received scan of a letter."""

    id = fields.UUID(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)


def _shown(row: PositionAssignment) -> dict[str, Any]:
    plain = (
        "id", "person", "kind", "at_once", "valid_from", "valid_to", "letter_number", "letter_date", "replaces_id",
        "confirmed_at", "ended_at", "end_reason",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in plain},
        "post": row.position_id,
        "standing": standing(row, today=formats.today()),
        "letters": [scan.id for scan in row.letters],
    }


@routes.get("/posts")
@access(*WATCHERS)
@routes.refuses(404)
@routes.arguments(PostFilterSchema, location="query")
@routes.response(200, PostPageSchema)
def list_posts(asked: dict[str, Any]) -> dict[str, Any]:
    """List the posts of an agency and who holds them today, by title."""
    who = actor()
    agency = agency_in_sight(asked["agency"], who)
    found = posts_of(who, agency.id, cursor=asked.get("cursor"), limit=asked["limit"])
    today, ids = formats.today(), [row.id for row in found.items]
    held = holders(ids, today=today)
    waiting = {row.position_id: row.waiting for row in vacancies(who, today=today, position_ids=ids, limit=len(ids))}
    items = [
        {
            "id": row.id,
            "title": row.title,
            "role": row.role,
            "holders": [_shown(one) for one in held[row.id]],
            "waiting": waiting.get(row.id, 0),
        }
        for row in found.items
    ]
    return {"items": items, "next": found.next}


@routes.get("/posts/<uuid:post_id>/assignments")
@access(*WATCHERS)
@routes.refuses(404)
@routes.arguments(CursorSchema, location="query")
@routes.response(200, AssignmentPageSchema)
def list_assignments(asked: dict[str, Any], post_id: uuid.UUID) -> dict[str, Any]:
    """List everybody who was ever proposed for a post, newest first."""
    who = actor()
    get_position(post_id, who)
    found = history_of_post(who, post_id, cursor=asked.get("cursor"), limit=asked["limit"])
    return {"items": [_shown(row) for row in found.items], "next": found.next}


@routes.post("/posts/<uuid:post_id>/assignments")
@access(*PROPOSERS, writes=True)
@routes.refuses(400, 404, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(NewAssignmentSchema)
@routes.response(201, AssignmentSchema)
def propose_assignment(asked: dict[str, Any], post_id: uuid.UUID) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Propose who is put into a post; another person confirms."""
    who = actor()
    position = get_position(post_id, who)
    person_id, email = asked.pop("person"), asked.pop("email")
    if bool(person_id) == bool(email):
        raise InvalidInputError(UNKNOWN_PERSON)
    person = get_person(person_id, who) if person_id else person_by_email(email, who)
    row = assignments.propose(position, person, **asked, actor=who)
    return _shown(row), 201, {"Location": url_for("api_posts.list_assignments", post_id=post_id)}


@routes.post("/assignments/<uuid:assignment_id>/confirm")
@access(*CONFIRMERS, writes=True)
@routes.refuses(404, 409)
@routes.doc(parameters=[KEY])
@idempotent
@routes.response(200, AssignmentSchema)
def confirm_assignment(assignment_id: uuid.UUID) -> dict[str, Any]:
    """Confirm what another proposed."""
    row = get_assignment(assignment_id, actor())
    assignments.confirm(row, actor=actor())
    return _shown(row)


@routes.post("/assignments/<uuid:assignment_id>/decline")
@access(*WATCHERS, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(WhyEndedSchema)
@routes.response(200, AssignmentSchema)
def decline_assignment(asked: dict[str, Any], assignment_id: uuid.UUID) -> dict[str, Any]:
    """Decline what another proposed, or take back one's own proposal."""
    row = get_assignment(assignment_id, actor())
    assignments.decline(row, reason=asked["reason"], actor=actor())
    return _shown(row)


@routes.post("/assignments/<uuid:assignment_id>/end")
@access(*WATCHERS, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(EndSchema)
@routes.response(200, AssignmentSchema)
def end_assignment(asked: dict[str, Any], assignment_id: uuid.UUID) -> dict[str, Any]:
    """End an assignment before its time."""
    row = get_assignment(assignment_id, actor())
    assignments.end(row, reason=asked["reason"], last_day=asked["last_day"], actor=actor())
    return _shown(row)


@routes.post("/assignments/<uuid:assignment_id>/letter")
@access(*WATCHERS, writes=True)
@routes.refuses(400, 404, 409, 413, 415, 507)
@routes.doc(requestBody=FORM, parameters=[KEY])
@routes.response(201, ScanSchema)
def attach_letter(assignment_id: uuid.UUID) -> Any:
    """Deliver a scan of the letter (PDF). It is kept as it came."""
    row = get_assignment(assignment_id, actor())
    form = Form(names=(), max_bytes=current_app.config["SETTINGS"].max_plan_bytes)
    return receive_letter(row, form, actor=actor())


@routes.get("/letters/<uuid:scan_id>/file")
@access(*WATCHERS)
@routes.refuses(404, 416)
@routes.alt_response(206, schema=BINARY, content_type="application/pdf", success=True)
@routes.response(200, BINARY, content_type="application/pdf")
def letter_file(scan_id: uuid.UUID) -> Response:
    """Download a scan of a letter, as it was received."""
    return send_letter(get_letter(scan_id, actor()), actor())
