"""Raising and lowering the class of a file, and telling why one opens it. An event each time, with who and why."""

import datetime as dt
import uuid
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from workflows.core import audit
from workflows.core.actors import Actor, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.core.sentences import phrase
from workflows.evidence.access.models import AccessGround, FileAccess
from workflows.evidence.access.sight import OF_THE_UNIT, needs_reason
from workflows.evidence.models import Evidence
from workflows.evidence.queries import uses_of
from workflows.organization.scope import in_scope

RAISED, LOWERED, OPENED = "evidence.access_raised", "evidence.access_lowered", "evidence.restricted_opened"
RAISERS = (Role.AGENCY_OPERATOR, Role.EVALUATOR, Role.PRIVACY_OFFICER)
"""Besides the people of the unit."""
LOWERERS = (Role.PRIVACY_OFFICER, Role.INSPECTOR)
GROUND_TERM: Final = dt.timedelta(hours=1)
"""How long a reason counts: enough to read one file and its pages; another day asks again."""
AT_UPLOAD = phrase("Ditandai terbatas saat diunggah.")
NO_REASON = Reason("reason_missing", "Tulis alasannya.")
ALREADY = Reason("same_class", "Berkas ini sudah berada dalam kelas itu.")
NOT_ASKED = Reason("no_reason_needed", "Anda tidak perlu, atau tidak dapat, membuka berkas ini dengan alasan.")


def may_raise(evidence: Evidence, actor: Actor) -> bool:
    """Return whether the actor may class it *terbatas*: who may upload it, an evaluator, a privacy officer."""
    if actor.holds(*RAISERS, agency_id=evidence.agency_id):
        return True
    units = {post.unit_id for post in actor.posts if post.role in OF_THE_UNIT}
    return any(
        use.requirement.duty_unit_id in units or actor.holds(*RAISERS, agency_id=use.requirement.duty_agency_id)
        for use in (uses_of(evidence) if actor.posts else ())
    )


def may_lower(evidence: Evidence, actor: Actor) -> bool:
    """Return whether the actor may class it *biasa* again."""
    return actor.holds(*LOWERERS, agency_id=evidence.agency_id)


def restrict(evidence: Evidence, *, reason: str, actor: Actor) -> None:
    """Class the bytes of a delivery *terbatas*.

    :raises PermissionDeniedError: not one who may. :raises InvalidInputError: no reason.
    :raises ConflictError: they are so already.
    """
    if actor.read_only or not may_raise(evidence, actor):
        raise PermissionDeniedError
    if not _raise(evidence, reason=_spoken(reason), actor=actor):
        raise ConflictError(ALREADY)


def restrict_at_upload(evidence: Evidence, *, actor: Actor) -> None:
    """Class what was just received *terbatas*, as the uploader asked; what is so already stays so."""
    _raise(evidence, reason=AT_UPLOAD, actor=actor)


def unrestrict(evidence: Evidence, *, reason: str, actor: Actor) -> None:
    """Class the bytes of a delivery *biasa* again, in every agency of the actor's sight that classed them.

    :raises PermissionDeniedError, InvalidInputError, ConflictError: as :func:`restrict` does.
    """
    if actor.read_only or not may_lower(evidence, actor):
        raise PermissionDeniedError
    why = _spoken(reason)
    rows = db.session.scalars(
        sa.select(FileAccess)
        .where(FileAccess.region_id == evidence.region_id, FileAccess.sha256 == evidence.sha256)
        .where(FileAccess.restricted.is_(True), in_scope(FileAccess, actor))
        .order_by(FileAccess.id)
        .with_for_update()
    ).all()
    if not rows:
        raise ConflictError(ALREADY)
    for row in rows:
        _change(row, restricted=False, reason=why, actor=actor)


def tell_why(evidence: Evidence, *, reason: str, actor: Actor) -> AccessGround:
    """Open a restricted delivery with a reason, for :data:`GROUND_TERM`; kept in the access chain.

    :raises PermissionDeniedError: no reason opens it to this actor, or none is needed.
    :raises InvalidInputError: no reason.
    """
    asked = sa.select(Evidence.id).where(Evidence.id == evidence.id, needs_reason(actor))
    if actor.read_only or db.session.scalars(asked).first() is None:
        raise PermissionDeniedError(NOT_ASKED)
    ground = AccessGround(
        id=new_id(),
        region_id=evidence.region_id,
        agency_id=evidence.agency_id,
        evidence_id=evidence.id,
        person_id=_person(actor),
        reason=_spoken(reason),
        opened_at=now(),
        until=now() + GROUND_TERM,
    )
    db.session.add(ground)
    db.session.flush()
    subject = audit.Subject("evidence", evidence.id, evidence.region_id, evidence.agency_id)
    details = {"sha256": evidence.sha256, "reason": ground.reason}
    audit.record(OPENED, subject, actor=actor, details=details, access=True)
    return ground


def _spoken(reason: str) -> str:
    if not reason.strip():
        raise InvalidInputError(NO_REASON)
    return reason.strip()


def _person(actor: Actor) -> uuid.UUID:
    if actor.person_id is None:
        raise PermissionDeniedError
    return actor.person_id


def _raise(evidence: Evidence, *, reason: str, actor: Actor) -> bool:
    """Return whether it was not restricted before."""
    first = {
        "id": new_id(), "region_id": evidence.region_id, "agency_id": evidence.agency_id, "sha256": evidence.sha256,
        "evidence_id": evidence.id, "restricted": False, "changed_by": _person(actor), "changed_at": now(),
        "reason": reason,
    }  # fmt: skip
    table = cast("sa.Table", FileAccess.__table__)
    db.session.execute(insert(table).values(first).on_conflict_do_nothing(index_elements=["agency_id", "sha256"]))
    query = sa.select(FileAccess).where(
        FileAccess.agency_id == evidence.agency_id, FileAccess.sha256 == evidence.sha256
    )
    row = db.session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    if row.restricted:
        return False
    _change(row, restricted=True, reason=reason, actor=actor)
    return True


def _change(row: FileAccess, *, restricted: bool, reason: str, actor: Actor) -> None:
    row.restricted, row.reason, row.changed_at = restricted, reason, now()
    row.changed_by_id = _person(actor)
    db.session.flush()
    subject = audit.Subject("evidence", row.evidence_id, row.region_id, row.agency_id)
    details = {"sha256": row.sha256, "reason": reason}
    audit.record(RAISED if restricted else LOWERED, subject, actor=actor, details=details)
