"""Reads the filters that lists share."""

import uuid

from workflows.core.actors import Actor
from workflows.core.errors import NotFoundError
from workflows.organization.models import Agency
from workflows.organization.queries import agency_by_code


def agency_in_sight(code: str, actor: Actor) -> Agency:
    """Return the agency with that code. :raises NotFoundError: unknown or out of scope; the same answer to both."""
    agency = agency_by_code(code, region_id=actor.region_id)
    visible = actor.scope.agency_ids
    if visible is not None and agency.id not in visible:
        raise NotFoundError
    return agency


def agency_id(code: str | None, actor: Actor) -> uuid.UUID | None:
    """Return the id behind an optional filter."""
    return None if code is None else agency_in_sight(code, actor).id
