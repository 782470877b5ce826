"""The first wall: what an actor may see, as a condition in SQL. Row-level security stands behind it.

Lists never check rights row by row; out of scope means not found.
"""

from typing import Any

import sqlalchemy as sa

from workflows.core.actors import Actor
from workflows.core.db import among


def in_scope(model: Any, actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that keeps rows with ``region_id`` and ``agency_id`` inside the actor's scope."""
    scope = actor.scope
    if scope.region_id is None:
        return sa.false()
    inside: sa.ColumnElement[bool] = model.region_id == scope.region_id
    if scope.agency_ids is None:
        return inside
    return sa.and_(inside, model.agency_id.in_(scope.agency_ids))


def in_scope_of(model: Any) -> sa.ColumnElement[bool]:
    """Return what :func:`in_scope` does, for a query that is made once: its parameters are :func:`scope_values`."""
    return sa.and_(
        model.region_id == sa.bindparam("scope_region"),
        sa.or_(
            sa.bindparam("scope_whole_region", type_=sa.Boolean),
            among(model.agency_id, "scope_agencies"),
        ),
    )


def scope_values(actor: Actor) -> dict[str, Any]:
    """Return the values for :func:`in_scope_of`."""
    scope = actor.scope
    return {
        "scope_region": scope.region_id,
        "scope_whole_region": scope.agency_ids is None,
        "scope_agencies": list(scope.agency_ids or ()),
    }
