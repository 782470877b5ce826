"""While bytes are erased nobody relies on them: one lock of the database, for a few seconds, by hand of the operator.

Whoever erases holds it alone, from the last look at what may go until the tombstones are committed. Whoever is about to
record that bytes lie in the archive, that they are held, or that a bundle has them, shares it: he finds them either as
they were or as they are afterwards.
"""

import sqlalchemy as sa

from workflows.archive.models import Disposal, DisposalState
from workflows.core.db import db

# The number is arbitrary and only has to be ours.
_LOCK = 7_201_946


def erase_alone() -> None:
    """Wait until nobody records anything about archived bytes, and keep everybody from it until the commit."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def while_nothing_is_erased() -> None:
    """Wait until no erasure is under way, and let none begin before the commit."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_LOCK)))


def may_be_erased(sha256: str) -> bool:
    """Return whether bytes of that digest were disposed of, or are to be: then the store is asked once more."""
    query = sa.select(Disposal.id).where(
        Disposal.sha256 == sha256, Disposal.state.in_((DisposalState.CONFIRMED, DisposalState.DONE))
    )
    return db.session.scalars(query.limit(1)).first() is not None
