"""Takes in the scan of a letter: bytes first, read back, then the row. Page and API come through here."""

import uuid
from collections.abc import Callable
from http import HTTPStatus

from webapp.errors import RefusedError
from webapp.evidence.intake import NOT_PDF, PDF_HEAD, PDF_MARK, digest_of, discard, shown_name, stored
from webapp.idempotency import Answer, Key, fingerprint
from webapp.multipart import Form
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.ids import new_id
from workflows.organization.assignments import attach, may_attach
from workflows.organization.models import LetterScan, PositionAssignment
from workflows.organization.posts import get_assignment, get_letter


def receive_letter(
    row: PositionAssignment, form: Form, *, actor: Actor, check: Callable[[], None] = lambda: None
) -> LetterScan:
    """Receive the form's file as a scan of the letter of an assignment. Its bytes are never changed.

    The same request sent again is the same scan.

    :param check: called once the fields before the file are known.
    :raises RefusedError: 413 too large, 415 not a PDF, 422 no, empty or second file.
    :raises WorkflowError: as ``attach`` does; the right to is asked before a byte is read.
    """
    assignment_id = row.id
    may_attach(row, actor)
    key = Key.of_request()
    first = key.recall() if key else None
    db.session.commit()  # a slow sender must not hold a database connection
    part = form.open_file()
    check()
    if PDF_MARK not in part.peek(PDF_HEAD):
        raise RefusedError(415, NOT_PDF)
    if first is not None:
        digest = digest_of(part)
        form.finish()
        return _first(first.of(fingerprint(digest.sha256)), actor)
    scan_id = new_id()
    with stored(part, object_id=scan_id, content_type="application/pdf") as digest:
        form.finish()
        if key:
            first = key.claim(fingerprint(digest.sha256), status=HTTPStatus.CREATED, content={"letter": str(scan_id)})
        if first is None:
            return attach(
                get_assignment(assignment_id, actor),
                scan_id=scan_id,
                sha256=digest.sha256,
                size=digest.size,
                original_name=shown_name(part.name),
                actor=actor,
            )
    discard(scan_id)
    return _first(first, actor)


def _first(answer: Answer, actor: Actor) -> LetterScan:
    return get_letter(uuid.UUID(answer.content["letter"]), actor)
