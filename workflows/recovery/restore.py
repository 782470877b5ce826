"""Fills an empty place from a backup. All rows come in one transaction, after the objects that they name.

Until that transaction is committed the database has no row and a mark that says that a restore is under way, and
nothing is served. A restore that broke off is run again: objects that are there are found by their bytes.
"""

import contextlib
import datetime as dt
import itertools
import json
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from storage.archive import put_back
from storage.backup_file import BackupDamagedError, Member
from storage.base import Bucket, ObjectStore
from storage.errors import DigestMismatchError, ObjectExistsError
from storage.reading import Digest, chunks
from workflows.archive.models import ArchivedObject, LegalHold
from workflows.archive.terms import FIRST_TERM
from workflows.bundles.verify import Head
from workflows.core import audit
from workflows.core.actors import Actor
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import ConflictError, Reason
from workflows.core.ids import new_id
from workflows.organization.models import Agency
from workflows.recovery import tables
from workflows.recovery.adoption import Adopted, adopt, refill
from workflows.recovery.backup import FIRST, FORMAT
from workflows.recovery.models import Restoration
from workflows.recovery.voiding import Voided, void

NOT_EMPTY = Reason("not_empty", "Basis data ini sudah berisi. Pemulihan hanya ke tempat yang kosong.")
STORE_NOT_EMPTY = Reason(
    "store_not_empty",
    "Penyimpanan ini sudah berisi objek. Kalau itu penyimpanan yang selamat, sebutkan --store-survived.",
)
OTHER_BACKUP = Reason(
    "other_backup", "Di sini pemulihan dari cadangan lain berhenti di tengah jalan. Selesaikan yang itu, atau mulai "
    "dengan basis data baru.",
)  # fmt: skip
OTHER_SCHEMA = Reason("other_schema", "Cadangan ini dari versi Tuntas yang lain. Pulihkan dengan versi itu.")
_STORE = ""
_DIGEST = re.compile(r"/sha256/../../([0-9a-f]{64})\.pdf$")


@dataclass(frozen=True)
class Header:
    """What a backup says of itself."""

    id: uuid.UUID
    at: dt.datetime
    schema: str
    heads: Mapping[str, Head]
    anchor: int
    sequences: Mapping[str, int]
    tables: Mapping[str, list[str]]


@dataclass
class Restored:
    """What a restore came to."""

    objects: int = 0
    troubles: list[str] = field(default_factory=list)
    """Archived objects that the backup holds with other bytes than promised; they were not put back."""
    adopted: Adopted = field(default_factory=Adopted)
    voided: Voided | None = None


class _Described(NamedTuple):
    bucket: Bucket
    key: str
    version: str | None
    size: int
    metadata: dict[str, str]
    retain_until: dt.datetime | None
    hold: bool


def read_header(members: Iterator[Member]) -> Header:
    """Read what comes first. :raises BackupDamagedError: it is no backup of ours."""
    first = next(members, None)
    if first is None or first.name != FIRST:
        raise BackupDamagedError("no backup of this product")
    told = json.loads(first.stream.read(first.size))
    if told.get("format") != FORMAT:
        raise BackupDamagedError(f"format {told.get('format')}")
    heads = {chain: Head(chain, head["seq"], head["hash"]) for chain, head in told["heads"].items()}
    return Header(
        uuid.UUID(told["id"]), dt.datetime.fromisoformat(told["at"]), told["schema"], heads, told["anchor"],
        told["sequences"], told["tables"],
    )  # fmt: skip


def inspect(members: Iterator[Member], *, progress: Callable[[str], None]) -> Header:
    """Read a backup from end to end, changing nothing.

    :raises BackupDamagedError: it is not whole.
    """
    header, done = read_header(members), 0
    for member in members:
        for data in chunks(member.stream):
            done += len(data)
        progress(f"diperiksa: {done // 1024 // 1024} MiB")
    return header


def begin(header: Header, store: ObjectStore, *, survived: bool, schema: str) -> Restoration:
    """Mark the place as half full; the caller commits before it goes on.

    :param schema: of this release.
    :param survived: the store is the one that the backup was made of, so that it may hold objects.
    :raises ConflictError: there are rows or objects, or the backup is of another schema.
    """
    if header.schema != schema or sorted(header.tables) != tables.names(db.session.connection()):
        raise ConflictError(OTHER_SCHEMA)
    if tables.filled(db.session.connection()):
        raise ConflictError(NOT_EMPTY)
    half = db.session.scalars(sa.select(Restoration).where(Restoration.done_at.is_(None))).one_or_none()
    if half is not None:
        if half.backup_id != header.id:
            raise ConflictError(OTHER_BACKUP)
        return half
    if not survived:
        for bucket in Bucket:
            if next(iter(store.list(bucket, versions=bucket is Bucket.ARCHIVE)), None) is not None:
                raise ConflictError(STORE_NOT_EMPTY)
    mark = Restoration(id=new_id(), backup_id=header.id)
    db.session.add(mark)
    db.session.flush()
    return mark


def fill(
    members: Iterator[Member],
    store: ObjectStore,
    *,
    actor: Actor,
    outside: Mapping[str, Head],
    progress: Callable[[str], None],
) -> Restored:
    """Bring everything back, in the caller's transaction, which must be the owner's and commit nothing before the end.

    :param outside: the highest heads that are known from elsewhere, by chain.
    :raises BackupDamagedError: the file is not whole; nothing may be committed.
    """
    header = read_header(members)
    connection, found = db.session.connection(), Restored()
    mark = db.session.scalars(sa.select(Restoration).where(Restoration.done_at.is_(None)).with_for_update()).one()
    if mark.backup_id != header.id or tables.filled(connection):
        raise ConflictError(NOT_EMPTY)
    groups = itertools.groupby(members, key=lambda member: _table_of(member, header))
    objects: Iterable[Member] = ()
    with tables.bare(connection):
        for table, parts in groups:
            if table == _STORE:
                objects = parts
                break
            progress(f"basis data: {table}")
            tables.write(connection, table, header.tables[table], (part.stream for part in parts))
    tables.set_sequences(connection, header.sequences)
    _tell(header, actor, outside)
    for described, member in _described(objects):
        _put(store, described, member, actor, found)
        progress(f"{found.objects} objek dipulihkan")
    refill(store)
    found.adopted = adopt(store)
    found.voided = void()
    db.session.execute(
        sa.update(Restoration).where(Restoration.done_at.is_(None)).values(done_at=sa.func.clock_timestamp())
    )
    for _ in members:  # so that the end of the file is seen before anything is committed
        raise BackupDamagedError("something that no backup holds")
    return found


def _table_of(member: Member, header: Header) -> str:
    folder, _, rest = member.name.partition("/")
    if folder == "store":
        return _STORE
    table = rest.partition("/")[0]
    if folder != "database" or table not in header.tables:
        raise BackupDamagedError("something that no backup holds", key=member.name)
    return table


def _described(objects: Iterable[Member]) -> Iterator[tuple[_Described, Member]]:
    rest = iter(objects)
    for first in rest:
        told = json.loads(first.stream.read(first.size))
        until = told["retain_until"]
        described = _Described(
            Bucket(told["bucket"]), told["key"], told["version"], told["size"], told["metadata"],
            dt.datetime.fromisoformat(until) if until else None, told["hold"],
        )  # fmt: skip
        member = next(rest, None)
        if member is None or member.name != first.name.replace(".json", ".bin") or member.size != described.size:
            raise BackupDamagedError("an object without its bytes", key=first.name)
        yield described, member


def _put(store: ObjectStore, told: _Described, member: Member, actor: Actor, found: Restored) -> None:
    found.objects += 1
    if told.bucket is Bucket.ARCHIVE:
        _lock_again(store, told, member, actor, found)
        return
    with contextlib.suppress(ObjectExistsError):  # put back by an earlier try, or never lost
        store.put(told.bucket, told.key, member.stream, length=told.size, metadata=told.metadata)


def _lock_again(store: ObjectStore, told: _Described, member: Member, actor: Actor, found: Restored) -> None:
    """A version gets its bytes back, and its row the name that the version has now."""
    query = sa.select(ArchivedObject).where(
        ArchivedObject.key == told.key, ArchivedObject.version_id == told.version, ArchivedObject.disposal_id.is_(None)
    )
    rows = list(db.session.scalars(query))
    digest = rows[0].sha256 if rows else _digest_in(told.key)
    place = f"archive/{told.key}@{told.version}"
    if digest is None:
        found.troubles.append(f"{place}: bukan kunci arsip")
        return
    until = max(told.retain_until or now(), now() + FIRST_TERM)
    try:
        stored = put_back(
            store, key=told.key, stream=member.stream, expected=Digest(digest, told.size), retain_until=until,
            metadata=told.metadata,
        )  # fmt: skip
    except DigestMismatchError:
        found.troubles.append(f"{place}: isinya di cadangan bukan yang dijanjikan")
        return
    held = sa.exists().where(LegalHold.evidence_id == ArchivedObject.evidence_id, LegalHold.closed_at.is_(None))
    on = told.hold or bool(
        rows and db.session.scalar(sa.select(held).where(ArchivedObject.id.in_([r.id for r in rows])))
    )
    if on and not stored.legal_hold and stored.version_id:
        stored = store.set_hold(told.key, version_id=stored.version_id, on=True)
    for row in rows:
        row.retain_until = stored.retain_until or until
        row.lock_mode = stored.retention_mode or row.lock_mode
        if row.version_id == stored.version_id:
            continue
        row.version_id = str(stored.version_id)
        audit.record(
            "evidence.relocated", audit.Subject("evidence", row.evidence_id, row.region_id, row.agency_id), actor=actor,
            details={"key": row.key, "version": row.version_id, "was": told.version, "sha256": row.sha256},
        )  # fmt: skip
    db.session.flush()
    db.session.expunge_all()


def _digest_in(key: str) -> str | None:
    found = _DIGEST.search(key)
    return found[1] if found else None


def _tell(header: Header, actor: Actor, outside: Mapping[str, Head]) -> None:
    """Begin a new epoch in every chain: whatever was linked after the backup is lost and cannot be linked again."""
    regions = {row.id: row.region_id for row in db.session.execute(sa.select(Agency.id, Agency.region_id))}
    beyond = {chain: head for chain, head in outside.items() if head.seq > _seq(header, chain)}
    for chain in sorted({*header.heads, "system"}):
        head, known = header.heads.get(chain), beyond.get(chain)
        details: dict[str, Any] = {
            "backup": header.id,
            "made_at": header.at,
            "seq": head.seq if head else 0,
            "hash": head.hash if head else audit.GENESIS.hex(),
            "outside": {"seq": known.seq, "hash": known.hash} if known else None,
        }
        if chain == "system":
            details["anchor"] = header.anchor
            last = header.sequences["receipt_number_seq"]
            details["receipts"] = [last, last + tables.SEQUENCES["receipt_number_seq"] + 1]
            details["lost_chains"] = {name: head.seq for name, head in beyond.items() if name not in header.heads}
        subject, access = _subject(chain, regions)
        audit.record(audit.RESTORED, subject, actor=actor, details=details, access=access)


def _seq(header: Header, chain: str) -> int:
    head = header.heads.get(chain)
    return head.seq if head else 0


def _subject(chain: str, regions: Mapping[uuid.UUID, uuid.UUID]) -> tuple[audit.Subject, bool]:
    name = chain.removeprefix("access:")
    kind, _, text = name.partition(":")
    agency = uuid.UUID(text) if kind == "agency" else None
    region = regions[agency] if agency else uuid.UUID(text) if kind == "region" else None
    return audit.Subject("log", None, region, agency), name != chain
