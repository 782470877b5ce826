"""The conversation about a requirement."""

import uuid
from typing import Any

import marshmallow as ma
from marshmallow import fields

from webapp.api.routes import KEY, Routes
from webapp.api.schemas import CursorSchema, PageSchema, Strict, Text
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import idempotent
from workflows.plans.conversation import LONGEST, conversation, write
from workflows.plans.models import Message
from workflows.plans.queries import get_requirement

routes = Routes("messages", about="The conversation about a requirement")


class SayingSchema(Strict):
    """What is said."""

    text = Text(longest=LONGEST, shortest=1, required=True)


class MessageSchema(ma.Schema):
    """One message. It stays as it was written."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    position = fields.String(required=True, metadata={"description": "As it was printed on that day."})
    text = fields.String(required=True)
    at = fields.DateTime(required=True)


class MessagePageSchema(PageSchema):
    """A page of messages, the newest first."""

    items = fields.List(fields.Nested(MessageSchema), required=True)


@routes.get("/requirements/<uuid:requirement_id>/messages")
@access()
@routes.refuses(404)
@routes.arguments(CursorSchema, location="query")
@routes.response(200, MessagePageSchema)
def list_messages(asked: dict[str, Any], requirement_id: uuid.UUID) -> dict[str, Any]:
    """Read what was said about a requirement, the newest first."""
    who = actor()
    row = get_requirement(requirement_id, who)
    found = conversation(row, who, cursor=asked.get("cursor"), limit=asked["limit"])
    return {"items": [_shown(message) for message in found.items], "next": found.next}


@routes.post("/requirements/<uuid:requirement_id>/messages")
@access(writes=True)
@routes.refuses(400, 404, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(SayingSchema)
@routes.response(201, MessageSchema)
def send_message(asked: dict[str, Any], requirement_id: uuid.UUID) -> dict[str, Any]:
    """Say something about a requirement. No state changes, and nobody can change what was said."""
    who = actor()
    return _shown(write(get_requirement(requirement_id, who), asked["text"], actor=who))


def _shown(row: Message) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "position": row.position, "text": row.text, "at": row.at}
