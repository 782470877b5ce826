"""Reads of ordered papers: each belongs to whoever ordered it, because it shows what he may see."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.core.paging import Page, page
from workflows.organization.scope import in_scope
from workflows.papers.models import Paper


def _own(actor: Actor) -> sa.Select[Paper]:
    query = sa.select(Paper).where(in_scope(Paper, actor), Paper.ordered_by_id == actor.person_id)
    return query.options(joinedload(Paper.agency))


def get_paper(paper_id: uuid.UUID, actor: Actor) -> Paper:
    """:raises NotFoundError: not there, or not this actor's."""
    found = db.session.scalars(_own(actor).where(Paper.id == paper_id)).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def list_papers(actor: Actor, *, cursor: str | None = None, limit: int = 20) -> Page[Paper]:
    """Return what the actor ordered, newest first."""
    return page(
        _own(actor),
        keys=[Paper.id],
        read=[uuid.UUID],
        values=lambda row: [row.id],
        cursor=cursor,
        limit=limit,
        descending=True,
    )
