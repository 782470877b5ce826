"""Reads of ordered bundles, inside the actor's scope."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.bundles.models import Bundle
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.core.paging import Page, page
from workflows.organization.scope import in_scope


def get_bundle(bundle_id: uuid.UUID, actor: Actor) -> Bundle:
    """:raises NotFoundError: not there, or not for this actor to know of."""
    query = sa.select(Bundle).where(Bundle.id == bundle_id, in_scope(Bundle, actor)).options(joinedload(Bundle.agency))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def list_bundles(actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[Bundle]:
    """Return the bundles in scope, newest order first."""
    query = sa.select(Bundle).where(in_scope(Bundle, actor)).options(joinedload(Bundle.agency))
    return page(
        query,
        keys=[Bundle.id],
        read=[uuid.UUID],
        values=lambda row: [row.id],
        cursor=cursor,
        limit=limit,
        descending=True,
    )
