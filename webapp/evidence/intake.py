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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from itertools import chain, zip_longest
from typing import Final

from flask import current_app, request
from flask_wtf.csrf import CSRFError, validate_csrf
from wtforms import ValidationError

from storage import keys
from storage.base import Bucket, ObjectStore
from storage.errors import StorageError
from storage.reading import Digest, HashingReader, Readable, chunks, read_digest
from webapp.errors import RefusedError
from webapp.evidence import ink_fields
from webapp.idempotency import Key, fingerprint
from webapp.multipart import TOO_OFTEN, FilePart, Form
from workflows.core.actors import Actor, Role
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason
from workflows.evidence.access.operations import restrict_at_upload
from workflows.evidence.cells import named, require_uploadable
from workflows.evidence.operations import (
    PAGE_RANGE,
    Intake,
    Pages,
    Placement,
    Received,
    new_evidence_id,
    receive,
)
from workflows.evidence.provenance import Provenance
from workflows.evidence.queries import get_evidence
from workflows.plans.models import Requirement
from workflows.plans.queries import find_requirements
from workflows.signoff import ink

UPLOADERS = (Role.UNIT_STAFF, Role.UNIT_HEAD, Role.AGENCY_OPERATOR)
MOST = 40
"""Requirements that one file may be sent for: more than ten units have quarters."""
log = logging.getLogger(__name__)
NOT_PDF = Reason("not_pdf", "Berkas ini bukan PDF. Simpan dokumennya sebagai PDF, lalu kirim lagi.")
BAD_DATE = Reason("evidence_date", "Tanggal dokumen ditulis TTTT-BB-HH, misalnya 2026-04-30.")
BAD_PAGE = Reason("page_range", "Halaman ditulis dengan angka mulai dari 1.")
BAD_CLASS = Reason("restricted", "Isian terbatas: true atau false.")
BAD_SIGN = Reason("sign", "Isian tanda tangan: true atau false.")
PDF_MARK = b"%PDF-"
PDF_HEAD = 1024
"""Readers accept a header that begins within the first 1024 bytes (ISO 32000-1, annex H, note 13)."""
BAD_ALSO: Final = Reason("also", "Kewajiban lain disebut dengan nomornya, masing-masing satu kali.")
NAMES = frozenset({"csrf_token", "evidence_date", "page_from", "page_to", "sign", "restricted"}) | ink_fields.NAMES
ALSO = dict.fromkeys(("also", "also_page_from", "also_page_to"), MOST - 1)
"""Of what may come several times: further requirements and, in the same order, their pages, empty for all pages."""
SAID = frozenset({"evidence_date", "sign", "restricted"}) | ink_fields.NAMES
"""What makes another request of the same bytes."""
_YES, _NO = ("1", "true", "on", "yes"), ("", "0", "false", "off", "no")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MAX_NAME = 200


def receive_upload(requirement_id: uuid.UUID, *, actor: Actor, check_csrf: bool) -> Received:
    """Receive the request's file for a requirement and for those that ``also`` names, in the address or in the form.

    The same request sent again is the same delivery. What the address names is asked before a byte is read, so that
    one refusal tells of all; what a form names before its file, before the file is read.

    :param check_csrf: for pages: the form's token comes in the header ``X-CSRFToken`` or in a field before the file.
    :raises RefusedError: 400 broken, 413 too large, 415 not a PDF, 422 no, empty or second file.
    :raises WorkflowError: as ``receive`` does; asked early, and again with the rows locked.
    :raises StorageError: the store is full or away.
    """
    key = Key.of_request()
    first = key.recall() if key else None
    _look(_asked(requirement_id), actor, only_scope=first is not None)
    form = Form(names=NAMES, repeatable=ALSO, max_bytes=current_app.config["SETTINGS"].max_upload_bytes)
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
        form.finish()
        asked = fingerprint(digest.sha256, *_said(requirement_id, form))
        return Received(get_evidence(uuid.UUID(first.of(asked).content["evidence"]), actor), repeated=True)
    if form.lists["also"] or form.fields.get("sign"):
        _look(_asked(requirement_id, form), actor, sign=_signs(form))
    evidence_id = new_evidence_id()
    came = Provenance.of(_asked(requirement_id, form), actor.person_id, shown_name(part.name))
    with stored(part, object_id=evidence_id, content_type="application/pdf", metadata=came.metadata()) as digest:
        form.finish()
        intake = Intake(evidence_id, keys.intake_key(evidence_id), digest.sha256, digest.size, shown_name(part.name))
        received = _receive_once(key, requirement_id, form, actor=actor, intake=intake)
    if received.repeated:
        discard(evidence_id)
    return received


def _look(requirement_ids: Sequence[uuid.UUID], actor: Actor, *, sign: bool = False, only_scope: bool = False) -> None:
    """Refuse early what cannot be received, and end the look: a slow sender must not hold a database connection."""
    found = find_requirements(requirement_ids, actor)
    if not only_scope:
        require_uploadable(found, actor, sign=sign)
    db.session.commit()


def _receive_once(key: Key | None, requirement_id: uuid.UUID, form: Form, *, actor: Actor, intake: Intake) -> Received:
    """Write the delivery, unless the first request with that key has done so in the meantime."""
    content = {"evidence": str(intake.evidence_id)}
    if key:
        asked = fingerprint(intake.sha256, *_said(requirement_id, form))
        first = key.claim(asked, status=HTTPStatus.ACCEPTED, content=content)
        if first is not None:
            return Received(get_evidence(uuid.UUID(first.content["evidence"]), actor), repeated=True)
    requirements = find_requirements(_asked(requirement_id, form), actor, lock=True)
    placement, restricted = _placement(requirements, form), _ticked(form, "restricted", BAD_CLASS)
    names = ink_fields.read(form.fields, placement, page=_page, day=_day)
    received = receive(requirements, actor=actor, intake=intake, placement=placement)
    ink.claim(received.evidence, requirements, names, actor=actor)
    if restricted:
        restrict_at_upload(received.evidence, actor=actor)
    if key and received.repeated:
        key.keep(status=HTTPStatus.ACCEPTED, content={"evidence": str(received.evidence.id)})
    return received


def require_form_token(token: str | None) -> None:
    if not current_app.config["WTF_CSRF_ENABLED"]:
        return
    try:
        validate_csrf(token)
    except ValidationError as error:
        raise CSRFError(str(error)) from error


@contextmanager
def stored(
    part: Readable, *, object_id: uuid.UUID, content_type: str, metadata: Mapping[str, str] | None = None
) -> Iterator[Digest]:
    """Put a file into the intake, read it back, and hand on its digest; what fails inside takes the object with it.

    An object whose removal fails, or whose process dies, has no row and is found by the sweep.

    :raises DigestMismatchError: the store holds other bytes than those that came.
    """
    store, key = _store(), keys.intake_key(object_id)
    reader = HashingReader(part)
    store.put(Bucket.INTAKE, key, reader, content_type=content_type, metadata=metadata)
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


def _also(form: Form | None) -> list[str]:
    """Return the further requirements as they were named, those of the address first."""
    return [text.strip() for text in (*request.args.getlist("also"), *(form.lists["also"] if form else ()))]


def _asked(requirement_id: uuid.UUID, form: Form | None = None) -> list[uuid.UUID]:
    """Return the requirements that a request names. :raises InvalidInputError: twice, too many, or not by their ids."""
    try:
        asked = [requirement_id, *map(uuid.UUID, _also(form))]
    except ValueError:
        raise InvalidInputError(BAD_ALSO) from None
    if len(set(asked)) < len(asked):
        raise InvalidInputError(BAD_ALSO)
    if len(asked) > MOST:
        raise InvalidInputError(TOO_OFTEN)
    return asked


def _page_texts(form: Form) -> list[tuple[str, str]]:
    """Return first and last page as they were typed, in the order of the requirements."""
    first = chain([form.fields.get("page_from", "")], form.lists["also_page_from"])
    last = chain([form.fields.get("page_to", "")], form.lists["also_page_to"])
    return [(one.strip(), other.strip()) for one, other in zip_longest(first, last, fillvalue="")]


def _said(requirement_id: uuid.UUID, form: Form) -> list[str]:
    """Return what was asked for beside the bytes, the same whatever the order of the requirements."""
    places = zip_longest([str(requirement_id), *_also(form)], _page_texts(form), fillvalue="")
    said = {name: text.strip() for name, text in form.fields.items() if name in SAID}
    return [*sorted(map(str, places)), *(f"{name}={said[name]}" for name in sorted(said) if said[name])]


def _placement(requirements: Sequence[Requirement], form: Form) -> Placement:
    day = _day(form.fields.get("evidence_date", "").strip())
    return Placement(day, _pages(requirements, form), sign=_signs(form))


def _signs(form: Form) -> bool:
    return _ticked(form, "sign", BAD_SIGN)


def _ticked(form: Form, name: str, otherwise: Reason) -> bool:
    text = form.fields.get(name, "").strip().lower()
    if text not in (*_YES, *_NO):
        raise InvalidInputError(otherwise)
    return text in _YES


def _pages(requirements: Sequence[Requirement], form: Form) -> dict[uuid.UUID, Pages]:
    """:raises InvalidInputError: with the reason for each requirement whose pages make no sense."""
    texts = _page_texts(form)
    if len(texts) > len(requirements):
        raise InvalidInputError(PAGE_RANGE)
    pages, reasons = {}, []
    for row, (first, last) in zip(requirements, texts, strict=False):
        try:
            if first or last:
                pages[row.id] = Pages(_page(first), _page(last))
        except InvalidInputError as error:
            reasons += [named(reason, row, requirements) for reason in error.reasons]
    if reasons:
        raise InvalidInputError(*reasons)
    return pages


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInputError(BAD_DATE) from None


def _page(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise InvalidInputError(BAD_PAGE if text else PAGE_RANGE)
    return int(text)
