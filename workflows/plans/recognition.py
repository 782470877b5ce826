"""Whose paper it is, told by the name that stands on it."""

import uuid

import sqlalchemy as sa

from workflows.core.db import db
from workflows.documents.words import fold, near
from workflows.organization.models import Agency

_SHORT_WORDS = 3


def recognised_agency(name: str | None, *, region_id: uuid.UUID) -> Agency | None:
    """Return the agency that a paper names, None when it names none or could mean several.

    The name on paper may have typos, and the name of the region behind it.
    """
    said = fold(name or "").split()
    if not said:
        return None
    agencies = list(db.session.scalars(sa.select(Agency).where(Agency.region_id == region_id)))
    exact = [agency for agency in agencies if fold(agency.name).split() == said]
    found = exact or [agency for agency in agencies if _names(said, fold(agency.name).split())]
    return found[0] if len(found) == 1 else None


def _names(said: list[str], wanted: list[str]) -> bool:
    """Tell whether a name on paper begins with that of an agency, each word with a typo at most."""
    if not wanted or len(said) < len(wanted):
        return False
    rest = said[len(wanted) :]
    alike = all(near(word, target) for word, target in zip(said, wanted, strict=False))
    return alike and (not rest or rest[0] in {"kabupaten", "kota", "provinsi", "kab", "daerah"})
