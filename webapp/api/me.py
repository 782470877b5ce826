"""Who is asking."""

import uuid
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from marshmallow import fields

from webapp.api.routes import Routes
from webapp.api.schemas import CodeNameSchema
from webapp.auth.access import access
from webapp.auth.identity import actor
from workflows.core.db import db
from workflows.organization.models import Agency, Unit
from workflows.organization.queries import region_of

routes = Routes("me", about="Who is asking")


class PersonSchema(ma.Schema):
    """A person."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class PostSchema(ma.Schema):
    """A post held today."""

    role = fields.String(required=True)
    title = fields.String(required=True, metadata={"description": "As printed, with Plt. or Plh. before it."})
    kind = fields.String(required=True)
    agency = fields.Nested(CodeNameSchema, required=True, allow_none=True)
    unit = fields.Nested(CodeNameSchema, required=True, allow_none=True)


class MeSchema(ma.Schema):
    """The person behind a token, the posts of today, and what the token is good for."""

    person = fields.Nested(PersonSchema, required=True)
    region = fields.Nested(CodeNameSchema, required=True)
    posts = fields.List(fields.Nested(PostSchema), required=True)
    scopes = fields.List(fields.String(), required=True)


@routes.get("/me")
@access()
@routes.refuses()
@routes.response(200, MeSchema)
def me() -> dict[str, Any]:
    """Who, posts held today, scopes of this token."""
    who = actor()
    posts = who.posts
    agencies = db.session.scalars(sa.select(Agency).where(Agency.id.in_([post.agency_id for post in posts])))
    units = db.session.scalars(sa.select(Unit).where(Unit.id.in_([post.unit_id for post in posts])))
    named: dict[uuid.UUID | None, Agency | Unit] = {row.id: row for row in [*agencies, *units]}
    return {
        "person": {"id": who.person_id, "name": who.name},
        "region": region_of(who),
        "posts": [
            {
                "role": post.role,
                "title": post.printed,
                "kind": post.kind,
                "agency": named.get(post.agency_id),
                "unit": named.get(post.unit_id),
            }
            for post in posts
        ],
        "scopes": ["read"] if who.read_only else ["read", "act"],
    }
