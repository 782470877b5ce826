"""Objects that are newer than the rows: deliveries whose rows were lost with the database.

Each received object says for which requirements it came and from whom, each archived one its receipt as well. Where the
requirement is still there and the uploader could deliver it today, it is taken in again under its own id, as a delivery
like any other, checks included. Everything else stays where it is and is listed; nothing is deleted.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from storage.base import Bucket, ObjectStore, StoredObject
from storage.errors import ObjectExistsError, ObjectMissingError
from storage.keys import archive_key, intake_key
from storage.reading import chunks, read_digest
from workflows.archive.intake import unknown
from workflows.archive.models import ArchivedObject
from workflows.core.actors import Channel
from workflows.core.db import db
from workflows.core.errors import WorkflowError
from workflows.evidence.media import Media, Watcher
from workflows.evidence.models import Evidence
from workflows.evidence.operations import Again, Intake, receive
from workflows.evidence.provenance import Provenance
from workflows.organization.models import Agency, Person, Region
from workflows.organization.queries import person_as_actor
from workflows.plans.models import Requirement


@dataclass
class Adopted:
    """What became of objects without a row."""

    receipts: list[str] = field(default_factory=list)
    """Of the deliveries that were taken in again."""
    orphans: list[str] = field(default_factory=list)
    """Places of those that were not, each with the reason."""


def refill(store: ObjectStore) -> None:
    """Bring received bytes back that were archived, and removed, after the rows were read: their check runs again."""
    query = (
        sa.select(Evidence.intake_key, Evidence.sha256, Evidence.media_type, Region.code, Agency.code)
        .join(Region, Region.id == Evidence.region_id)
        .join(Agency, Agency.id == Evidence.agency_id)
        .outerjoin(ArchivedObject, ArchivedObject.evidence_id == Evidence.id)
        .where(Evidence.intake_removed_at.is_(None), ArchivedObject.id.is_(None))
    )
    for key, sha256, media, region, agency in db.session.execute(query).all():
        suffix = Media(media).suffix
        for found in _versions(store, archive_key(region.lower(), agency.lower(), sha256, suffix=suffix)):
            if _copy(store, found, key, {}):
                break


def adopt(store: ObjectStore) -> Adopted:
    """Take in again what can be, oldest first: the ids of deliveries sort by time."""
    found = Adopted()
    for version in store.list(Bucket.ARCHIVE, versions=True):
        if not version.is_marker and not _has_row(version):
            _bring_to_intake(store, version, found)
    came = list(_came(store, found))
    for one in came:
        if one.said.main is None:
            _take_in(store, one, [other for other in came if other.said.main == one.id], found)
    found.orphans += [
        f"intake/{one.key}: kirimannya tidak dapat diterima lagi" for one in came if one.said.main and unknown([one.id])
    ]
    return found


@dataclass(frozen=True)
class _Came:
    """Bytes without a row, and what they say of themselves."""

    id: uuid.UUID
    key: str
    said: Provenance
    modified_at: dt.datetime


def _came(store: ObjectStore, found: Adopted) -> Iterator[_Came]:
    for received in store.list(Bucket.INTAKE):
        try:
            evidence_id = uuid.UUID(received.key)
            if not unknown([evidence_id]):
                continue
            told = store.stat(Bucket.INTAKE, received.key)
        except (ValueError, ObjectMissingError):
            continue
        said = Provenance.read(told.metadata)
        if said is None:
            found.orphans.append(f"intake/{received.key}: tidak menyebut untuk kewajiban apa")
        else:
            yield _Came(evidence_id, received.key, said, told.modified_at)


def _has_row(version: StoredObject) -> bool:
    query = sa.select(ArchivedObject.id).where(ArchivedObject.key == version.key)
    return db.session.scalars(query.limit(1)).first() is not None


def _bring_to_intake(store: ObjectStore, version: StoredObject, found: Adopted) -> None:
    told = store.stat(Bucket.ARCHIVE, version.key, version_id=version.version_id)
    try:
        evidence_id = uuid.UUID(told.metadata.get("evidence", ""))
    except ValueError:
        found.orphans.append(f"archive/{version.key}@{version.version_id}: tidak menyebut kirimannya")
        return
    if unknown([evidence_id]):
        _copy(store, told, intake_key(evidence_id), told.metadata)


def _copy(store: ObjectStore, found: StoredObject, key: str, metadata: Mapping[str, str]) -> bool:
    """Copy an archived version into the intake, unless that key is there; tell whether the bytes are what they say."""
    digest = read_digest(store, Bucket.ARCHIVE, found.key, version_id=found.version_id)
    if digest.sha256 not in found.key:
        return False
    try:
        with store.open(Bucket.ARCHIVE, found.key, version_id=found.version_id) as stream:
            store.put(Bucket.INTAKE, key, stream, length=found.size, metadata=metadata)
    except ObjectExistsError:
        pass
    return True


def _versions(store: ObjectStore, key: str) -> list[StoredObject]:
    return [one for one in store.list(Bucket.ARCHIVE, key, versions=True) if one.key == key and not one.is_marker]


def _take_in(store: ObjectStore, one: _Came, beside: list[_Came], found: Adopted) -> None:
    place, came = f"intake/{one.key}", one.said
    rows = list(
        db.session.scalars(sa.select(Requirement).where(Requirement.id.in_(came.requirements)).order_by(Requirement.id))
    )
    person = db.session.get(Person, came.person)
    if len(rows) < len(came.requirements) or person is None:
        found.orphans.append(f"{place}: kewajiban atau pengunggahnya tidak ada di cadangan")
        return
    intake = replace(_intake(store, one), media=Media.PDF, again=_again(came, one.modified_at))
    try:
        with db.session.begin_nested():
            actor = person_as_actor(came.person, channel=Channel.COMMAND)
            files = [_intake(store, other) for other in beside]
            evidence = receive(rows, actor=actor, intake=intake, supporting=files).evidence
    except WorkflowError as error:
        reasons = " ".join(reason.message for reason in error.reasons)
        found.orphans.append(f"{place}: {reasons or 'pengunggahnya tidak lagi berwenang'}")
        return
    if evidence.id == one.id:
        found.receipts.append(evidence.receipt_number)


def _intake(store: ObjectStore, one: _Came) -> Intake:
    """Read received bytes once more: their digest, and of what kind they are."""
    watcher, size, digest = Watcher(), 0, hashlib.sha256()
    with store.open(Bucket.INTAKE, one.key) as stream:
        for piece in chunks(stream):
            watcher.see(piece)
            digest.update(piece)
            size += len(piece)
    return Intake(one.id, one.key, digest.hexdigest(), size, one.said.name, media=watcher.media or Media.PDF)


def _again(came: Provenance, modified_at: dt.datetime) -> Again:
    taken = sa.exists().where(Evidence.receipt_number == came.receipt)
    if came.receipt is None or db.session.scalar(sa.select(taken)):
        return Again(came.received_at or modified_at)
    return Again(came.received_at or modified_at, came.receipt, came.code)
