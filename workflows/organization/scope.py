"""The first wall: what an actor may see, as a condition in SQL. Row-level security stands behind it.

Lists never check rights row by row; out of scope means not found.
"""

from typing import Any

import sqlalchemy as sa

from workflows.core.actors import Actor


def in_scope(model: Any, actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that keeps rows with ``region_id`` and ``agency_id`` inside the actor's scope."""
    scope = actor.scope
    if scope.region_id is None:
        return sa.false()
    inside: sa.ColumnElement[bool] = model.region_id == scope.region_id
    if scope.agency_ids is None:
        return inside
    return sa.and_(inside, model.agency_id.in_(scope.agency_ids))
