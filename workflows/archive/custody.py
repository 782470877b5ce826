"""Proves what lies in the archive: objects re-read by their version, and store and ledger compared both ways.

Never deletes. A store that is away is no finding about any object: whoever looks waits for it.
"""

import datetime as dt
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from storage.base import Bucket, ObjectStore
from storage.errors import StorageError, StoreUnavailableError
from storage.fixity import Finding, Pace, Promise, examine
from storage.reading import Digest
from workflows.archive.locks import LOCK_REFUSED, WINDOW_LOW, enqueue_lock, held_among, leaving
from workflows.archive.models import ArchivedObject, ArchiveFinding
from workflows.core import audit
from workflows.core.actors import SYSTEM, Actor
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.ids import new_id
from workflows.core.sentences import phrase
from workflows.evidence.models import Evidence
from workflows.organization.models import Agency, LetterScan, Region
from workflows.plans.models import PlanImport

EVERY = dt.timedelta(days=30)
"""How often each object is read again."""
AGAIN = dt.timedelta(days=1)
"""How soon one with an open finding is: what was mended should not be called broken for a month."""
READERS = 2
ASKED_AGAIN_SECONDS = 5.0
"""How long what could not be read is left alone before it is asked for once more."""
BATCH_OBJECTS = 50
BATCH_BYTES = 64 * 1024 * 1024
"""What is read between two records, and so read again after a crash."""


OF_LOCK = frozenset({Finding.LOCK_SHORT, Finding.HOLD_MISSING, Finding.HOLD_STRAY})
"""What a worker puts right by itself, by telling the store anew."""
WORDS: Mapping[str, str] = {
    Finding.MISSING: phrase("Berkas tidak ada lagi di arsip."),
    Finding.DIFFERS: phrase("Isi berkas bukan yang diterima."),
    Finding.NEWER_VERSION: phrase("Ada versi lain di atas berkas ini; yang tercatat tetap yang dibaca."),
    Finding.DELETE_MARKER: phrase("Berkas ditandai terhapus; yang tercatat masih dapat dibaca."),
    Finding.LOCK_SHORT: phrase("Kuncinya hilang atau lebih pendek daripada yang tercatat."),
    Finding.HOLD_MISSING: phrase("Sedang ditahan, tetapi tanda penahanan tidak ada pada objeknya."),
    Finding.HOLD_STRAY: phrase("Tidak sedang ditahan, tetapi objeknya masih bertanda ditahan."),
    Finding.UNREADABLE: phrase("Penyimpanan tidak dapat membacakan berkas ini, padahal berkas lain terbaca."),
    LOCK_REFUSED: phrase("Penyimpanan menolak memperpanjang kunci berkas ini."),
    WINDOW_LOW: phrase("Masa kuncinya tinggal kurang dari enam bulan dan tidak diperpanjang."),
}
"""What each finding says to people."""


@dataclass(frozen=True)
class Due:
    """An archived object that is to be read, and what it must be."""

    id: uuid.UUID
    promise: Promise


@dataclass(frozen=True)
class Examined:
    """What a look at one object came to."""

    due: Due
    findings: frozenset[Finding]


def due(
    *, before: dt.datetime, again_before: dt.datetime | None = None, agency_id: uuid.UUID | None = None
) -> list[Due]:
    """Return the next batch, what was not looked at for longest first. Whatever stopped, the next call goes on.

    :param before: who was looked at since then is not due. :param again_before: the same for those with open findings.
    """
    troubled = sa.exists().where(
        ArchiveFinding.archived_object_id == ArchivedObject.id, ArchiveFinding.resolved_at.is_(None)
    )
    stale = sa.or_(ArchivedObject.examined_at.is_(None), ArchivedObject.examined_at < before)
    if again_before is not None:
        stale = sa.or_(stale, sa.and_(ArchivedObject.examined_at < again_before, troubled))
    query = sa.select(ArchivedObject).where(stale, ArchivedObject.disposal_id.is_(None))
    if agency_id is not None:
        query = query.where(ArchivedObject.agency_id == agency_id)
    order = query.order_by(ArchivedObject.examined_at.asc().nulls_first(), ArchivedObject.id)
    return _promised(list(_within(db.session.scalars(order.limit(BATCH_OBJECTS)))))


def _promised(rows: Sequence[ArchivedObject]) -> list[Due]:
    ids = [row.id for row in rows]
    held = held_among([row.evidence_id for row in rows])
    gone_soon = set(db.session.scalars(sa.select(ArchivedObject.id).where(ArchivedObject.id.in_(ids), leaving())))
    found = []
    for row in rows:
        # What is to be kept is locked at this moment too, whatever was recorded: nobody may have renewed it.
        kept = (row.keep_until is None or row.keep_until > now()) and row.id not in gone_soon
        until = max(row.retain_until, now()) if kept else row.retain_until
        promise = Promise(row.key, row.version_id, Digest(row.sha256, row.size), until, row.evidence_id in held)
        found.append(Due(row.id, promise))
    return found


def _within(rows: Iterable[ArchivedObject]) -> Iterator[ArchivedObject]:
    total = 0
    for row in rows:
        if total and total + row.size > BATCH_BYTES:
            return
        total += row.size
        yield row


def last_read() -> Due | None:
    """Return the object that was read last and was as promised: whoever can read it has a store that serves."""
    wrong = sa.exists().where(
        ArchiveFinding.archived_object_id == ArchivedObject.id, ArchiveFinding.resolved_at.is_(None)
    )
    query = sa.select(ArchivedObject).where(
        ArchivedObject.examined_at.is_not(None), ArchivedObject.disposal_id.is_(None), ~wrong
    )
    row = db.session.scalars(query.order_by(ArchivedObject.examined_at.desc()).limit(1)).first()
    return None if row is None else _promised([row])[0]


def look(
    store: ObjectStore, batch: Sequence[Due], *, pace: Pace | None = None, proof: Due | None = None
) -> tuple[list[Examined], StorageError | None]:
    """Read a batch; when the store fails, return what was read all the same and the failure. Needs no transaction.

    Two at a time: while one is hashed the other arrives. One object that the store, asked twice, does not serve while
    it serves others is a finding about that one. Where it serves none, it is away, and nothing is said of any.

    :param proof: what is read to tell the one from the other when nothing of the batch could be read.
    """
    seen: list[Examined] = []
    sick: list[Due] = []
    with ThreadPoolExecutor(READERS, thread_name_prefix="fixity") as readers:
        running = [(one, readers.submit(examine, store, one.promise, pace=pace)) for one in batch]
        for one, reading in running:
            try:
                seen.append(Examined(one, reading.result()))
            except StorageError as error:
                sick.append(one)
                if not (isinstance(error, StoreUnavailableError) and _serves(store)):
                    for _, waiting in running:
                        waiting.cancel()
                    return [*seen, *_finished(running, seen)], error
    if sick:
        time.sleep(ASKED_AGAIN_SECONDS)
    for one in sick:
        try:
            seen.append(Examined(one, examine(store, one.promise)))
        except StorageError as error:
            if not (isinstance(error, StoreUnavailableError) and _reads(store, proof, seen)):
                return seen, error
            seen.append(Examined(one, frozenset({Finding.UNREADABLE})))
    return seen, None


def _finished(running: Sequence[tuple[Due, Future[frozenset[Finding]]]], seen: Sequence[Examined]) -> list[Examined]:
    """What was being read when the store went, and came to its end all the same."""
    known = {one.due.id for one in seen}
    done = []
    for one, reading in running:
        if one.id not in known and not reading.cancelled() and reading.exception() is None:
            done.append(Examined(one, reading.result()))
    return done


def _serves(store: ObjectStore) -> bool:
    try:
        store.ping()
    except StorageError:
        return False
    return True


def _reads(store: ObjectStore, proof: Due | None, seen: Sequence[Examined]) -> bool:
    """Whether the store reads out at this moment what it is known to have."""
    known = next((one.due for one in seen if not one.findings), proof)
    try:
        return known is not None and Finding.MISSING not in examine(store, known.promise)
    except StorageError:
        return False


def record(seen: Sequence[Examined]) -> list[ArchiveFinding]:
    """Record what was seen: open what is new, close what is mended. Return the new findings: they are the alarm."""
    if not seen:
        return []
    ids = [one.due.id for one in seen]
    rows = {row.id: row for row in db.session.scalars(sa.select(ArchivedObject).where(ArchivedObject.id.in_(ids)))}
    query = sa.select(ArchiveFinding).where(
        ArchiveFinding.archived_object_id.in_(ids),
        ArchiveFinding.code.in_(list(Finding)),
        ArchiveFinding.resolved_at.is_(None),
    )
    open_ones: dict[uuid.UUID, list[ArchiveFinding]] = {}
    for found in db.session.scalars(query):
        open_ones.setdefault(found.archived_object_id, []).append(found)
    fresh: list[ArchiveFinding] = []
    held = held_among([row.evidence_id for row in rows.values()])
    for one in seen:
        row = rows[one.due.id]
        row.examined_at = now()
        known = open_ones.get(row.id, [])
        if mended := [found for found in known if found.code not in one.findings]:
            for found in mended:
                found.resolved_at = now()
            _tell("evidence.fixity_mended", row, SYSTEM, [found.code for found in mended])
        if new := sorted(_still_true(one, row, held) - {found.code for found in known}):
            opened = [_finding(row, code) for code in new]
            db.session.add_all(opened)
            fresh += opened
            _tell("evidence.fixity_failed", row, SYSTEM, new)
            if OF_LOCK & set(new):
                enqueue_lock(row.evidence_id, row, cause=opened[0].id)
    return fresh


def _still_true(one: Examined, row: ArchivedObject, held: set[uuid.UUID]) -> frozenset[Finding]:
    """A hold may have been opened or closed since it was asked what there is to promise."""
    wrong = Finding.HOLD_STRAY if row.evidence_id in held else Finding.HOLD_MISSING
    return one.findings - {wrong}


def note_seen(row: ArchivedObject, code: str, *, actor: Actor) -> None:
    """Record what a reader's own read came upon, unless it is known."""
    values = {
        "id": new_id(), "region_id": row.region_id, "agency_id": row.agency_id, "archived_object_id": row.id,
        "code": code, "found_at": now(),
    }  # fmt: skip
    written = insert(ArchiveFinding).values(**values).on_conflict_do_nothing().returning(ArchiveFinding.id)
    if db.session.scalars(written).one_or_none() is not None:
        _tell("evidence.fixity_failed", row, actor, [code])


def raise_or_settle(row: ArchivedObject, code: str, *, bad: bool) -> bool:
    """Open or close one finding that is no matter of bytes. Return whether it is new."""
    query = sa.select(ArchiveFinding).where(
        ArchiveFinding.archived_object_id == row.id, ArchiveFinding.code == code, ArchiveFinding.resolved_at.is_(None)
    )
    known = db.session.scalars(query).one_or_none()
    if bad and known is None:
        db.session.add(_finding(row, code))
        _tell("evidence.fixity_failed", row, SYSTEM, [code])
        return True
    if not bad and known is not None:
        known.resolved_at = now()
        _tell("evidence.fixity_mended", row, SYSTEM, [code])
    return False


def _finding(row: ArchivedObject, code: str) -> ArchiveFinding:
    return ArchiveFinding(
        id=new_id(), region_id=row.region_id, agency_id=row.agency_id, archived_object_id=row.id, code=str(code),
        found_at=now(),
    )  # fmt: skip


def _tell(kind: str, row: ArchivedObject, actor: Actor, codes: Sequence[str]) -> None:
    subject = audit.Subject("evidence", row.evidence_id, row.region_id, row.agency_id)
    details = {"findings": [str(code) for code in codes], "key": row.key, "version": row.version_id}
    audit.record(kind, subject, actor=actor, details=details)


@dataclass(frozen=True)
class Trouble:
    """Something that is not as the ledger says."""

    code: str
    """``missing``, ``newer_version``, ``delete_marker``, ``undisposed``, ``lost``, ``orphan``."""
    where: str
    """Bucket, key and version."""
    message: str


@dataclass(frozen=True)
class Custody:
    """What a round of looking came to."""

    looked_at: int
    troubles: tuple[Trouble, ...]


_OVER = "Versi lain di bawah nama berkas yang tercatat."
_MARKED = "Ditandai terhapus; versi yang tercatat tetap ada bila tidak disebut hilang."


def reconcile(store: ObjectStore, *, agency: Agency | None = None) -> Custody:
    """Compare ledger and store both ways: gaps, newer versions and markers over a key, and objects no row knows.

    An object that is being received or archived at this moment is an orphan for that moment; look again before
    worrying.

    :param agency: only its part of the archive; the intake, whose keys name no agency, is then compared one way.
    """
    standing, gone = _ledger(agency, disposed=False), _ledger(agency, disposed=True)
    keys = {key for key, _ in standing}
    troubles: list[Trouble] = []
    seen: set[tuple[str, str | None]] = set()
    looked_at = 0
    for found in store.list(Bucket.ARCHIVE, _prefix(agency), versions=True):
        looked_at += 1
        place = found.key, found.version_id
        seen.add(place)
        where = f"archive/{found.key}@{found.version_id}"
        if found.is_marker:
            troubles.append(Trouble("delete_marker", where, _MARKED))
        elif place in standing:
            continue
        elif place in gone:
            troubles.append(Trouble("undisposed", where, "Tercatat dimusnahkan, tetapi masih ada."))
        elif found.key in keys:
            troubles.append(Trouble("newer_version", where, _OVER))
        else:
            troubles.append(Trouble("orphan", where, "Objek tanpa catatan."))
    troubles += [
        Trouble("missing", f"archive/{key}@{version}", "Tercatat, tetapi tidak ada di arsip.")
        for key, version in sorted(standing - seen)
    ]
    waiting = dict(_waiting(agency))
    papers = sa.select(PlanImport.intake_key)
    known = set(waiting) | set(db.session.scalars(papers))
    received = set()
    for found in store.list(Bucket.INTAKE):
        looked_at += 1
        received.add(found.key)
        if agency is None and found.key not in known:
            troubles.append(Trouble("orphan", f"intake/{found.key}", "Kiriman tanpa catatan."))
    troubles += [
        Trouble("lost", f"intake/{key}", f"Kiriman {waiting[key]} tidak ada di penyimpanan.")
        for key in sorted(set(waiting) - received)
    ]
    delivered = papers if agency is None else papers.where(PlanImport.agency_id == agency.id)
    troubles += [
        Trouble("lost", f"intake/{key}", "LHE atau rencana aksi yang dikirim tidak ada di penyimpanan.")
        for key in sorted(set(db.session.scalars(delivered)) - received)
    ]
    return Custody(looked_at, tuple(troubles))


def _ledger(agency: Agency | None, *, disposed: bool) -> set[tuple[str, str | None]]:
    query = sa.select(ArchivedObject.key, ArchivedObject.version_id)
    query = query.where(ArchivedObject.disposal_id.is_not(None) if disposed else ArchivedObject.disposal_id.is_(None))
    if agency is not None:
        query = query.where(ArchivedObject.agency_id == agency.id)
    return {(row.key, row.version_id) for row in db.session.execute(query.execution_options(yield_per=1000))}


def _prefix(agency: Agency | None) -> str:
    if agency is None:
        return ""
    return f"{db.session.get_one(Region, agency.region_id).code.lower()}/{agency.code.lower()}/"


def _waiting(agency: Agency | None) -> Iterator[tuple[str, str]]:
    """Key and name of what has no bytes but those of the intake: deliveries by their receipts, scans of letters."""
    archived = sa.exists().where(ArchivedObject.evidence_id == Evidence.id)
    query = sa.select(Evidence.intake_key, Evidence.receipt_number)
    query = query.where(~archived, Evidence.intake_removed_at.is_(None))
    if agency is not None:
        query = query.where(Evidence.agency_id == agency.id)
    for row in db.session.execute(query):
        yield row.intake_key, row.receipt_number
    scans = sa.select(LetterScan.id, LetterScan.original_name)
    if agency is not None:
        scans = scans.where(LetterScan.agency_id == agency.id)
    for scan in db.session.execute(scans):
        yield str(scan.id), scan.original_name
