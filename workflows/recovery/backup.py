"""What a backup holds, in its order: what it is, all rows as of one moment, then the objects.

The rows first. Objects are written before their rows and never over others, so a store that is read later holds all
that the rows name. Received bytes come before the archive: what the worker brings from one to the other meanwhile is
then found there. Keys, sessions' secrets and the seal key are in neither and never enter a backup.
"""

import datetime as dt
import io
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.backup_file import Piece
from storage.base import Bucket, ObjectStore, StoredObject
from storage.errors import ObjectMissingError
from storage.reading import HashingReader
from workflows.archive.models import ArchivedObject
from workflows.bundles.anchor_models import Anchor
from workflows.core.ids import new_id
from workflows.recovery import tables

FORMAT = "tuntas-backup-1"
FIRST = "backup.json"
_DERIVED = "pictures/"
"""Pictures of pages are drawn again."""
_ARCHIVED = (
    sa.select(ArchivedObject.key, ArchivedObject.version_id, ArchivedObject.sha256)
    .where(ArchivedObject.disposal_id.is_(None))
    .distinct()
    .order_by(ArchivedObject.key, ArchivedObject.version_id)
)


@dataclass
class Made:
    """What a backup came to, once all its pieces were taken."""

    id: uuid.UUID = field(default_factory=new_id)
    rows_at: dt.datetime | None = None
    """The moment as of which it holds all rows."""
    objects: int = 0
    bytes: int = 0
    troubles: list[str] = field(default_factory=list)
    """Places of archived objects that are not there, or hold other bytes than promised."""


def pieces(
    snapshot: Connection,
    store: ObjectStore,
    made: Made,
    *,
    installation: str,
    schema: str,
    progress: Callable[[str], None],
) -> Iterator[Piece]:
    """Yield everything, reading it as it is taken.

    :param snapshot: of the owner, REPEATABLE READ; it must stay as it is until the end.
    :param schema: of the database, which the caller has checked. :raises StorageError: the store breaks off.
    """
    named = {name: tables.columns(snapshot, name) for name in tables.names(snapshot)}
    yield _document(FIRST, _header(snapshot, made, named, installation=installation, schema=schema))
    for name, wanted in named.items():
        progress(f"basis data: {name}")
        for number, part in enumerate(tables.read(snapshot, name, wanted)):
            yield Piece(f"database/{name}/{number:06d}", len(part), io.BytesIO(part))
    for bucket, found, sha256 in _objects(snapshot, store, made):
        yield from _object(store, bucket, found, sha256, made)
        progress(f"{made.objects} objek, {made.bytes // 1024 // 1024} MiB")


def _header(
    snapshot: Connection, made: Made, named: dict[str, list[str]], *, installation: str, schema: str
) -> dict[str, Any]:
    made.rows_at = snapshot.scalar(sa.text("SELECT now()"))
    heads = snapshot.execute(sa.text("SELECT chain, seq, hash FROM audit_head WHERE seq > 0 ORDER BY chain"))
    return {
        "format": FORMAT,
        "id": str(made.id),
        "installation": installation,
        "schema": schema,
        "at": made.rows_at.isoformat() if made.rows_at else None,
        "heads": {row.chain: {"seq": row.seq, "hash": bytes(row.hash).hex()} for row in heads},
        "anchor": snapshot.scalar(sa.select(sa.func.coalesce(sa.func.max(Anchor.number), 0))),
        "sequences": tables.sequences(snapshot),
        "tables": named,
    }


def _objects(snapshot: Connection, store: ObjectStore, made: Made) -> Iterator[tuple[Bucket, StoredObject, str | None]]:
    """What is received, what the rows name, what the archive holds beside that, and what was built."""
    for found in store.list(Bucket.INTAKE):
        yield Bucket.INTAKE, found, None
    with snapshot.execute(_ARCHIVED, execution_options={"yield_per": 500}) as rows:
        for key, version_id, sha256 in rows:
            try:
                yield Bucket.ARCHIVE, store.stat(Bucket.ARCHIVE, key, version_id=version_id), sha256
            except ObjectMissingError:
                made.troubles.append(f"archive/{key}@{version_id}: tidak ada di penyimpanan")
    known = sa.select(sa.literal(1)).where(
        ArchivedObject.key == sa.bindparam("k"), ArchivedObject.version_id == sa.bindparam("v")
    )
    for found in store.list(Bucket.ARCHIVE, versions=True):
        if not found.is_marker and snapshot.scalar(known, {"k": found.key, "v": found.version_id}) is None:
            yield Bucket.ARCHIVE, found, None
    for found in store.list(Bucket.BUNDLES):
        if not found.key.startswith(_DERIVED):
            yield Bucket.BUNDLES, found, None


def _object(store: ObjectStore, bucket: Bucket, found: StoredObject, sha256: str | None, made: Made) -> Iterator[Piece]:
    try:
        told = store.stat(bucket, found.key, version_id=found.version_id)
        stream = store.open(bucket, found.key, version_id=found.version_id)
    except ObjectMissingError:  # archived and removed from the intake meanwhile, or disposed of
        return
    made.objects += 1
    name = f"store/{made.objects:08d}"
    with stream:
        yield _document(f"{name}.json", _description(told))
        reader = HashingReader(stream)
        yield Piece(f"{name}.bin", told.size, reader)
    made.bytes += told.size
    if sha256 is not None and reader.digest().sha256 != sha256:
        made.troubles.append(f"{bucket}/{found.key}@{found.version_id}: isinya bukan yang dijanjikan")


def _description(told: StoredObject) -> dict[str, Any]:
    return {
        "bucket": told.bucket,
        "key": told.key,
        "version": told.version_id,
        "size": told.size,
        "metadata": dict(told.metadata),
        "retain_until": told.retain_until.isoformat() if told.retain_until else None,
        "hold": told.legal_hold,
    }


def _document(name: str, value: dict[str, Any]) -> Piece:
    data = json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
    return Piece(name, len(data), io.BytesIO(data))
