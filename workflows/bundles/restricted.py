"""Last stage, its limits: which files an order may hold, and whether a built bundle may still be carried away.

Restricted files are packed only where the order asks for them, and of those the ones that the orderer may open. What
changes later, a class that is raised or a file that is disposed of, counts at the next download: the bundle itself
cannot be changed, and has to be ordered again.
"""

import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from workflows.archive.models import ArchivedObject
from workflows.bundles.choices import opens_too_much
from workflows.bundles.models import Bundle, BundleFile
from workflows.core.actors import SYSTEM, Actor, Channel
from workflows.core.db import db
from workflows.core.errors import ConflictError, GoneError, Reason
from workflows.core.ids import new_id
from workflows.evidence.access.sight import is_restricted, open_to
from workflows.evidence.models import Evidence
from workflows.organization.queries import person_as_actor

DISPOSED_SINCE = Reason(
    "order_again", "Arsip ini memuat berkas yang sudah dimusnahkan. Susun ulang: pesan arsip yang baru."
)
CLOSED_TO_YOU = Reason(
    "order_again", "Arsip ini memuat berkas terbatas yang tidak boleh Anda buka. Susun ulang: pesan arsip yang baru."
)

OTHER_YEARS = Reason(
    "order_again", "Arsip ini memuat catatan tahun lain di luar penugasan Anda. Susun ulang: pesan arsip yang baru."
)


def closed_to(bundle: Bundle, evidence_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of these deliveries are restricted and do not go into the bundle."""
    if not evidence_ids:
        return set()
    orderer = SYSTEM
    if bundle.ordered_by_id is not None:
        orderer = person_as_actor(bundle.ordered_by_id, channel=Channel.WORKER, at=bundle.ordered_at)
    condition = is_restricted(orderer)
    if bundle.with_restricted and bundle.ordered_by_id is None:
        return set()  # asked for at the console, by whoever holds the machine
    if bundle.with_restricted:
        condition = ~open_to(orderer, reason_given=True)
    return set(db.session.scalars(sa.select(Evidence.id).where(Evidence.id.in_(evidence_ids), condition)))


def any_erased(evidence_ids: Collection[uuid.UUID]) -> bool:
    """Return whether bytes of one of these deliveries were disposed of."""
    query = sa.select(ArchivedObject.id).where(
        ArchivedObject.evidence_id.in_(evidence_ids), ArchivedObject.disposal_id.is_not(None)
    )
    return db.session.scalars(query.limit(1)).first() is not None


def note_packed(bundle: Bundle, packed: Collection[uuid.UUID]) -> None:
    """Keep which deliveries a built bundle holds. Safe to run twice."""
    rows = [
        {
            "id": new_id(), "region_id": bundle.region_id, "agency_id": bundle.agency_id, "bundle_id": bundle.id,
            "evidence_id": evidence_id,
        }
        for evidence_id in sorted(packed)
    ]  # fmt: skip
    if rows:
        db.session.execute(insert(BundleFile).on_conflict_do_nothing(index_elements=["bundle_id", "evidence_id"]), rows)


def why_not(bundle: Bundle, actor: Actor) -> Reason | None:
    """Return why a built bundle is not (any more) for this actor to carry away."""
    own = bundle.with_restricted and bundle.ordered_by_id is not None and bundle.ordered_by_id == actor.person_id
    held = sa.select(BundleFile.id).where(BundleFile.bundle_id == bundle.id).limit(1)
    gone = held.join(ArchivedObject, ArchivedObject.evidence_id == BundleFile.evidence_id).where(
        ArchivedObject.disposal_id.is_not(None)
    )
    if db.session.scalars(gone).first() is not None:
        return DISPOSED_SINCE
    if opens_too_much(bundle, actor):
        return OTHER_YEARS
    closed = held.join(Evidence, Evidence.id == BundleFile.evidence_id).where(~open_to(actor, reason_given=own))
    return CLOSED_TO_YOU if db.session.scalars(closed).first() is not None else None


def require_allowed(bundle: Bundle, actor: Actor) -> None:
    """Let nobody carry away what he may not open, or what was erased.

    :raises GoneError: it holds a file that was disposed of. :raises ConflictError: one that is closed to the actor,
        or years that his engagement does not name.
    """
    reason = why_not(bundle, actor)
    if reason is not None:
        raise GoneError(reason) if reason is DISPOSED_SINCE else ConflictError(reason)


def keys_holding(archive_key: str) -> list[str]:
    """Return where the built bundles lie that hold the bytes of an archived object, to be removed with it."""
    query = (
        sa.select(Bundle.key)
        .join(BundleFile, BundleFile.bundle_id == Bundle.id)
        .join(ArchivedObject, ArchivedObject.evidence_id == BundleFile.evidence_id)
        .where(ArchivedObject.key == archive_key, Bundle.key.is_not(None))
        .distinct()
        .order_by(Bundle.key)
    )
    return [key for key in db.session.scalars(query) if key is not None]
