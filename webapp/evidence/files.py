"""Hands out originals and bundles: streamed from the store, by version, and never other bytes than were promised.

The digest is computed while the bytes go by, and the last piece waits until it is known: where it differs the
connection breaks before the file is whole. A part of a file (``Range``) cannot be judged this way and is sent as the
store has it; its ``ETag`` is the digest of the whole.
"""

import logging
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Response, current_app, request
from werkzeug.datastructures import Range

from storage.base import Bucket, ObjectReader, ObjectStore
from storage.errors import ObjectMissingError, StorageError
from storage.keys import intake_key
from storage.reading import CHUNK, Digest, VerifyingReader, chunks
from webapp.errors import WORDS, answer
from webapp.evidence.cover import note_cover
from workflows.archive.disposals import tombstone
from workflows.archive.models import ArchivedObject
from workflows.archive.queries import original_of
from workflows.bundles.models import Bundle, BundleState
from workflows.bundles.operations import record_download
from workflows.bundles.restricted import require_allowed
from workflows.core import audit
from workflows.core.actors import Actor, Role
from workflows.core.errors import ConflictError, GoneError, Reason
from workflows.evidence.media import Media
from workflows.evidence.models import Evidence
from workflows.organization.models import LetterScan
from workflows.papers.models import Paper, PaperKind, PaperState
from workflows.papers.operations import record_download as note_download

log = logging.getLogger(__name__)
NAMES = {PaperKind.MATRIX: "matriks-tindak-lanjut", PaperKind.PLAN: "rencana-aksi"}
"""How the file of a paper is called."""
FILE_READERS = tuple(role for role in Role if role is not Role.PRIVACY_OFFICER)
"""Who opens files: everybody in whose scope they lie, but not who sets their access classes."""
NOT_READY = Reason("not_ready", "Paket belum selesai disusun; tunggu sebentar.")


@dataclass(frozen=True)
class _Place:
    """Where bytes lie and what they must be."""

    bucket: Bucket
    key: str
    version_id: str | None
    digest: Digest

    def open(self, *, offset: int = 0, length: int | None = None) -> ObjectReader:
        store: ObjectStore = current_app.extensions["store"]
        return store.open(self.bucket, self.key, version_id=self.version_id, offset=offset, length=length)


def send_evidence(evidence_id: uuid.UUID, actor: Actor) -> Response:
    """Answer with the original, from the archive once it is locked there, before that from the intake.

    :raises NotFoundError: not there, or not for this actor to know of. :raises GoneError: refused, its term is over.
    """
    try:
        return _send_evidence(evidence_id, actor)
    except ObjectMissingError:
        # The worker may have moved it into the archive between the look and the opening.
        return _send_evidence(evidence_id, actor)


def _send_evidence(evidence_id: uuid.UUID, actor: Actor) -> Response:
    return send_original(*original_of(evidence_id, actor), actor)


def send_original(evidence: Evidence, archived: ArchivedObject | None, actor: Actor) -> Response:
    """Answer with an original that the actor may open, and tell the access chain. :raises GoneError: it is gone."""
    digest = Digest(sha256=evidence.sha256, size=evidence.size)

    def note() -> None:
        subject = audit.Subject("evidence", evidence.id, evidence.region_id, evidence.agency_id)
        audit.record("evidence.downloaded", subject, actor=actor, details={"sha256": evidence.sha256}, access=True)

    if archived is not None and archived.disposal is not None:
        raise GoneError(tombstone(archived.disposal))
    if archived is not None:
        note_cover(archived, actor)
        place = _Place(Bucket.ARCHIVE, archived.key, archived.version_id, digest)
    elif evidence.intake_removed_at is None:
        place = _Place(Bucket.INTAKE, evidence.intake_key, None, digest)
    else:
        raise GoneError
    media = Media(evidence.media_type)
    return _send(place, f"{evidence.receipt_number}.{media.suffix}", media.value, note=note)


def send_bundle(bundle: Bundle, actor: Actor, *, reader: Actor | None = None) -> Response:
    """Answer with a built bundle.

    :param actor: whose rights count. :param reader: who takes it in his name, as the log tells; else he himself.
    :raises ConflictError: ``not_ready``, it is not built (yet); ``order_again``, it holds a file closed to the actor.
    :raises GoneError: it holds a file that was disposed of since.
    """
    if bundle.state != BundleState.READY or bundle.key is None or bundle.sha256 is None or bundle.size is None:
        raise ConflictError(NOT_READY)
    require_allowed(bundle, actor)
    place = _Place(Bucket.BUNDLES, bundle.key, bundle.version_id, Digest(sha256=bundle.sha256, size=bundle.size))
    name = f"tuntas-{bundle.agency.code}-{bundle.year}-{bundle.id}.zip"
    return _send(place, name, "application/zip", note=lambda: record_download(bundle, actor=reader or actor))


def send_letter(scan: LetterScan, actor: Actor) -> Response:
    """Answer with the scan of a letter, as it was received."""
    place = _Place(Bucket.INTAKE, intake_key(scan.id), None, Digest(sha256=scan.sha256, size=scan.size))
    subject = audit.Subject("assignment", scan.assignment_id, scan.region_id, scan.agency_id)

    def note() -> None:
        audit.record("assignment.letter_read", subject, actor=actor, details={"sha256": scan.sha256}, access=True)

    return _send(place, f"surat-{scan.id}.pdf", "application/pdf", note=note)


def send_paper(paper: Paper, actor: Actor) -> Response:
    """Answer with a made paper. :raises ConflictError: ``not_ready``, it is not made (yet)."""
    if paper.state != PaperState.READY or paper.key is None or paper.sha256 is None or paper.size is None:
        raise ConflictError(NOT_READY)
    place = _Place(Bucket.BUNDLES, paper.key, paper.version_id, Digest(sha256=paper.sha256, size=paper.size))
    whose = re.sub("[^A-Za-z0-9]+", "-", paper.agency.code if paper.agency else "semua").strip("-")
    name = f"{NAMES[paper.kind]}-{whose}-{paper.year}.{paper.format}"
    return _send(place, name, paper.format.mimetype, note=lambda: note_download(paper, actor=actor))


def _send(place: _Place, name: str, mimetype: str, *, note: Callable[[], None]) -> Response:
    size, sha256 = place.digest.size, place.digest.sha256
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{sha256}"',
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    if request.if_none_match.contains_weak(sha256):
        return Response(status=304, headers=headers)
    part = _asked_part(sha256)
    if part is None:
        start, stop, status = 0, size, 200
    elif (found := part.range_for_length(size)) is not None:
        (start, stop), status = found, 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    else:
        refusal = answer(416, [Reason("http_416", WORDS[416][1])])
        refusal.headers["Content-Range"] = f"bytes */{size}"
        return refusal
    response = Response(status=status, headers=headers, mimetype=mimetype, direct_passthrough=True)
    if request.method != "HEAD":
        reader = place.open(offset=start, length=stop - start) if status == 206 else place.open()
        response.call_on_close(reader.close)
        response.response = _verified(reader, place) if status == 200 else _plain(reader, stop - start)
        note()
    response.content_length = stop - start
    return response


def _asked_part(sha256: str) -> Range | None:
    """Return the one part that was asked for; several at once are answered with the whole, as RFC 9110 allows."""
    part = request.range
    if part is None or part.units != "bytes" or len(part.ranges) != 1:
        return None
    condition = request.if_range
    if condition is not None and (condition.date is not None or condition.etag not in (None, sha256)):
        return None
    return part


def _verified(reader: ObjectReader, place: _Place) -> Iterator[bytes]:
    checked = VerifyingReader(reader, expected=place.digest)
    held, seen = b"", 0
    try:
        for piece in chunks(checked):
            seen += len(piece)
            if seen > place.digest.size:
                raise place.digest.mismatch(checked.digest(), bucket=place.bucket, key=place.key)
            if held:
                yield held
            held = piece
    except StorageError as error:
        kind = "evidence.file_differs" if error.code == "digest_mismatch" else "evidence.file_broken_off"
        where = {"bucket": place.bucket, "key": place.key, "version": place.version_id}
        log.error(kind, extra={**where, "error": repr(error)})
        raise
    yield held


def _plain(reader: ObjectReader, left: int) -> Iterator[bytes]:
    while left and (piece := reader.read(min(CHUNK, left))):
        left -= len(piece)
        yield piece
