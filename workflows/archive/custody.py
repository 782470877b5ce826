"""Proves what lies in the archive: every object re-read, and store and ledger compared both ways. Never deletes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from storage.base import Bucket, ObjectStore
from storage.errors import ObjectMissingError
from storage.reading import read_digest
from workflows.archive.models import ArchivedObject
from workflows.core.db import db
from workflows.evidence.models import Evidence


@dataclass(frozen=True)
class Trouble:
    """Something that is not as the ledger says."""

    code: str
    """``missing``, ``differs``, ``newer_version``, ``lost``, ``orphan``."""
    where: str
    """Bucket, key and version."""
    message: str


@dataclass(frozen=True)
class Custody:
    """What a round of looking came to."""

    looked_at: int
    troubles: tuple[Trouble, ...]


Progress = Callable[[int, int], None]


def _quiet(_done: int, _total: int) -> None:
    """Tell nobody."""


def fixity(store: ObjectStore, *, progress: Progress = _quiet) -> Custody:
    """Re-read every archived object by its version and compare size and digest.

    :raises StoreUnavailableError: the store is away; that is no finding about any object.
    """
    total = db.session.scalars(sa.select(sa.func.count()).select_from(ArchivedObject)).one()
    troubles: list[Trouble] = []
    looked_at = 0
    for row in _archived():
        where = f"{row.bucket}/{row.key}@{row.version_id}"
        try:
            digest = read_digest(store, Bucket(row.bucket), row.key, version_id=row.version_id)
        except ObjectMissingError:
            troubles.append(Trouble("missing", where, "Objek tidak ada lagi di arsip."))
        else:
            if (digest.sha256, digest.size) != (row.sha256, row.size):
                troubles.append(Trouble("differs", where, "Isi objek bukan yang diterima."))
        looked_at += 1
        progress(looked_at, total)
    return Custody(looked_at, tuple(troubles))


def reconcile(store: ObjectStore) -> Custody:
    """Compare ledger and store both ways: gaps, newer versions over a key, and objects no row knows.

    An object that is being received or archived at this moment is an orphan for that moment; look again before
    worrying.
    """
    known = {(row.key, row.version_id) for row in _archived()}
    keys = {key for key, _ in known}
    intake = {row.intake_key: row for row in _unarchived()}
    troubles: list[Trouble] = []
    seen: set[tuple[str, str | None]] = set()
    looked_at = 0
    for found in store.list(Bucket.ARCHIVE, versions=True):
        looked_at += 1
        seen.add((found.key, found.version_id))
        if (found.key, found.version_id) not in known:
            where = f"archive/{found.key}@{found.version_id}"
            over = found.key in keys
            message = "Versi lain di atas berkas yang tercatat." if over else "Objek tanpa catatan."
            troubles.append(Trouble("newer_version" if over else "orphan", where, message))
    troubles += [
        Trouble("missing", f"archive/{key}@{version}", "Tercatat, tetapi tidak ada di arsip.")
        for key, version in sorted(known - seen)
    ]
    received = set()
    for found in store.list(Bucket.INTAKE):
        looked_at += 1
        received.add(found.key)
        if found.key not in intake:
            troubles.append(Trouble("orphan", f"intake/{found.key}", "Kiriman tanpa catatan."))
    troubles += [
        Trouble("lost", f"intake/{key}", f"Kiriman {intake[key].receipt_number} tidak ada di penyimpanan.")
        for key in sorted(set(intake) - received)
    ]
    return Custody(looked_at, tuple(troubles))


def _archived() -> Iterator[ArchivedObject]:
    query = sa.select(ArchivedObject).order_by(ArchivedObject.id).execution_options(yield_per=500)
    yield from db.session.scalars(query)


def _unarchived() -> Iterator[Evidence]:
    """Deliveries whose only bytes are those of the intake."""
    archived = sa.select(ArchivedObject.evidence_id)
    query = sa.select(Evidence).where(Evidence.id.not_in(archived), Evidence.intake_removed_at.is_(None))
    yield from db.session.scalars(query)
