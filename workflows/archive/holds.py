"""Legal holds: orders to keep a file whatever its term says. The flag on the object follows, set by a worker."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.archive.erasing import while_nothing_is_erased
from workflows.archive.locks import enqueue_lock
from workflows.archive.models import ArchivedObject, LegalHold
from workflows.core import audit
from workflows.core.actors import Actor, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, NotFoundError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.evidence.models import Evidence
from workflows.organization.scope import in_scope

LETTER_MISSING = Reason("letter_missing", "Tulis nomor surat.")
REASON_MISSING = Reason("reason_missing", "Tulis alasannya.")


def open_hold(evidence: Evidence, *, letter: str, reason: str, actor: Actor) -> LegalHold:
    """Order that a file is kept until the hold is closed.

    :raises PermissionDeniedError: not an inspector. :raises InvalidInputError: no letter or no reason.
    :raises ConflictError: nothing is archived that could be held.
    """
    _may(evidence.agency_id, actor)
    missing = [why for text, why in ((letter, LETTER_MISSING), (reason, REASON_MISSING)) if not text.strip()]
    if missing:
        raise InvalidInputError(*missing)
    while_nothing_is_erased()
    standing = sa.select(ArchivedObject.id).where(ArchivedObject.evidence_id == evidence.id)
    if db.session.scalars(standing.where(ArchivedObject.disposal_id.is_(None))).one_or_none() is None:
        raise ConflictError(Reason("not_archived", "Berkas ini tidak ada di arsip terkunci."))
    hold = LegalHold(
        id=new_id(),
        region_id=evidence.region_id,
        agency_id=evidence.agency_id,
        evidence_id=evidence.id,
        letter=letter.strip(),
        reason=reason.strip(),
        opened_by_id=actor.person_id,
        opened_at=now(),
    )
    db.session.add(hold)
    db.session.flush()
    _tell("evidence.hold_opened", hold, actor, {"letter": hold.letter, "reason": hold.reason})
    enqueue_lock(evidence.id, hold, cause=hold.id)
    return hold


def close_hold(hold: LegalHold, *, letter: str, actor: Actor) -> None:
    """End a hold; where no other is open, the flag goes too.

    :raises PermissionDeniedError: not an inspector. :raises InvalidInputError: no letter.
    :raises ConflictError: it is closed already.
    """
    _may(hold.agency_id, actor)
    if not letter.strip():
        raise InvalidInputError(LETTER_MISSING)
    db.session.refresh(hold, with_for_update=True)
    if hold.closed_at is not None:
        raise ConflictError(Reason("hold_closed", "Penahanan ini sudah diakhiri."))
    hold.closed_by_id, hold.closed_at, hold.closing_letter = actor.person_id, now(), letter.strip()
    _tell("evidence.hold_closed", hold, actor, {"letter": hold.closing_letter})
    enqueue_lock(hold.evidence_id, hold, cause=new_id())


def get_hold(hold_id: uuid.UUID, actor: Actor) -> LegalHold:
    """Return a hold. :raises NotFoundError: not there, or not for this actor to know of."""
    query = sa.select(LegalHold).where(LegalHold.id == hold_id, in_scope(LegalHold, actor))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def list_holds(actor: Actor, *, limit: int = 100) -> list[LegalHold]:
    """Return the open holds in sight, newest first."""
    query = (
        sa.select(LegalHold)
        .where(in_scope(LegalHold, actor), LegalHold.closed_at.is_(None))
        .options(joinedload(LegalHold.evidence), joinedload(LegalHold.opened_by))
    )
    return list(db.session.scalars(query.order_by(LegalHold.id.desc()).limit(limit)))


def _may(agency_id: uuid.UUID, actor: Actor) -> None:
    if actor.read_only or not actor.holds(Role.INSPECTOR, agency_id=agency_id):
        raise PermissionDeniedError


def _tell(kind: str, hold: LegalHold, actor: Actor, details: dict[str, str | None]) -> None:
    subject = audit.Subject("evidence", hold.evidence_id, hold.region_id, hold.agency_id)
    audit.record(kind, subject, actor=actor, details={"hold": hold.id, **details})
