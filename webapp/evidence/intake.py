"""Takes a file from the request to the store and then writes that it was received.

Bytes first, row second: the file streams into the intake under an id of its own and is hashed on the way, is read back
and compared, and only then one transaction writes delivery, step, event and job. Nothing of it waits on a disk or in
memory. The view that calls :func:`receive_upload` must be exempt from the form check of Flask-WTF, which would read the
whole body first; ``check_csrf`` does it here.
"""

import datetime as dt
import logging
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import current_app, request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms import ValidationError

from storage import keys
from storage.base import Bucket, ObjectStore
from storage.errors import StorageError
from storage.reading import Digest, HashingReader, chunks, read_digest
from webapp.errors import RefusedError
from webapp.idempotency import Key, fingerprint
from webapp.multipart import FilePart, Form
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason
from workflows.core.moves import Move, attempt
from workflows.core.transitions import Action, Refusal
from workflows.evidence.operations import Intake, Placement, Received, new_evidence_id, receive
from workflows.evidence.queries import get_evidence
from workflows.plans.models import Requirement
from workflows.plans.queries import get_requirement
from workflows.plans.rules import RULES

log = logging.getLogger(__name__)
NOT_PDF = Reason("not_pdf", "Berkas ini bukan PDF. Simpan dokumennya sebagai PDF, lalu kirim lagi.")
BAD_DATE = Reason("evidence_date", "Tanggal dokumen ditulis TTTT-BB-HH, misalnya 2026-04-30.")
BAD_PAGE = Reason("page_range", "Halaman ditulis dengan angka mulai dari 1.")
BAD_SIGN = Reason("sign", "Isian tanda tangan: true atau false.")
PDF_MARK = b"%PDF-"
PDF_HEAD = 1024
"""Readers accept a header that begins within the first 1024 bytes (ISO 32000-1, annex H, note 13)."""
NAMES = frozenset({"csrf_token", "evidence_date", "page_from", "page_to", "sign"})
_YES, _NO = ("1", "true", "on", "yes"), ("", "0", "false", "off", "no")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MAX_NAME = 200


def receive_upload(requirement: Requirement, *, actor: Actor, check_csrf: bool) -> Received:
    """Receive the request's file for a requirement; the same request sent again is the same delivery.

    :param check_csrf: for pages: the form's token comes in the header ``X-CSRFToken`` or in a field before the file.
    :raises RefusedError: 400 broken, 413 too large, 415 not a PDF, 422 no, empty or second file.
    :raises WorkflowError: as ``receive`` does; asked before a byte is read, and again with the rows locked.
    :raises StorageError: the store is full or away.
    """
    requirement_id = requirement.id
    key = Key.of_request()
    first = key.recall() if key else None
    if first is None:
        _refuse_early(requirement, actor)
    # A slow sender must not hold a database connection: the look before ends here, the effect begins below.
    db.session.commit()
    form = Form(names=NAMES, max_bytes=current_app.config["SETTINGS"].max_upload_bytes)
    header = request.headers.get("X-CSRFToken")
    if check_csrf and header:
        require_form_token(header)
    part = form.open_file()
    if check_csrf and not header:
        require_form_token(form.fields.get("csrf_token"))
    if PDF_MARK not in part.peek(PDF_HEAD):
        raise RefusedError(415, NOT_PDF)
    if first is not None:
        digest = digest_of(part)
        asked = fingerprint(requirement_id, digest.sha256, *_said(form.finish()))
        return Received(get_evidence(uuid.UUID(first.of(asked).content["evidence"]), actor), repeated=True)
    evidence_id = new_evidence_id()
    with stored(part, object_id=evidence_id, content_type="application/pdf") as digest:
        said = form.finish()
        placement = _placement(said)
        if key and (first := key.claim(fingerprint(requirement_id, digest.sha256, *_said(said)))):
            received = Received(get_evidence(uuid.UUID(first.content["evidence"]), actor), repeated=True)
        else:
            place, name = keys.intake_key(evidence_id), shown_name(part.name)
            intake = Intake(evidence_id, place, digest.sha256, digest.size, name)
            received = receive(get_requirement(requirement_id, actor), actor=actor, intake=intake, placement=placement)
            if key:
                key.keep(status=202, content={"evidence": str(received.evidence.id)})
    if received.repeated:
        discard(evidence_id)
    return received


def _refuse_early(requirement: Requirement, actor: Actor) -> None:
    outcome = attempt(RULES, Move(requirement, Action.UPLOAD, actor, hypothetical=True))
    if isinstance(outcome, Refusal):
        raise outcome.error()


def require_form_token(token: str | None) -> None:
    if not current_app.config["WTF_CSRF_ENABLED"]:
        return
    try:
        validate_csrf(token)
    except ValidationError as error:
        raise CSRFError(str(error)) from error


@contextmanager
def stored(part: FilePart, *, object_id: uuid.UUID, content_type: str) -> Iterator[Digest]:
    """Put a file into the intake, read it back, and hand on its digest; what fails inside takes the object with it.

    An object whose removal fails, or whose process dies, has no row and is found by the sweep.

    :raises DigestMismatchError: the store holds other bytes than those that came.
    """
    store, key = _store(), keys.intake_key(object_id)
    reader = HashingReader(part)
    store.put(Bucket.INTAKE, key, reader, content_type=content_type)
    try:
        digest, kept = reader.digest(), read_digest(store, Bucket.INTAKE, key)
        if kept != digest:
            raise digest.mismatch(kept, bucket=Bucket.INTAKE, key=key)
        yield digest
    except Exception:  # whatever it was, no row will name the object; what went wrong is told by who catches it
        discard(object_id)
        raise


def discard(object_id: uuid.UUID) -> None:
    """Remove an object that no row names; where that fails the sweep does it later."""
    try:
        _store().remove(Bucket.INTAKE, keys.intake_key(object_id))
    except StorageError as error:
        log.warning("intake.object_left", extra={"object": str(object_id), "error": repr(error)})


def _store() -> ObjectStore:
    store: ObjectStore = current_app.extensions["store"]
    return store


def digest_of(part: FilePart) -> Digest:
    """Read a file to its end and hash it, keeping nothing: for a request that was answered before."""
    reader = HashingReader(part)
    for _ in chunks(reader):
        pass
    return reader.digest()


def shown_name(name: str) -> str:
    """Return what people recognise a file by: its last part, without what cannot be printed."""
    last = re.split(r"[/\\]", _UNPRINTABLE.sub("", name))[-1]
    return last[-_MAX_NAME:] or "tanpa-nama"


def _said(fields: Mapping[str, str]) -> list[str]:
    said = {name: text.strip() for name, text in fields.items() if name != "csrf_token"}
    return [f"{name}={said[name]}" for name in sorted(said) if said[name]]


def _placement(fields: Mapping[str, str]) -> Placement:
    def given(name: str) -> str:
        return fields.get(name, "").strip()

    sign = given("sign").lower()
    if sign not in (*_YES, *_NO):
        raise InvalidInputError(BAD_SIGN)
    return Placement(_day(given("evidence_date")), _page(given("page_from")), _page(given("page_to")), sign in _YES)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInputError(BAD_DATE) from None


def _page(text: str) -> int | None:
    if text and not re.fullmatch(r"[0-9]{1,6}", text):
        raise InvalidInputError(BAD_PAGE)
    return int(text) if text else None
