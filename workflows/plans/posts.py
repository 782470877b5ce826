"""Which posts sign and acknowledge what one requirement asks for: set by the Inspektorat, corrected with a reason.

What was signed stays signed by whom it was: a post can be changed only while nobody has acted in it for the delivery
that stands.
"""

import uuid

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import INSPECTORATE, Actor, Role
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError, Reason, StaleStateError
from workflows.core.transitions import State
from workflows.organization.models import Position
from workflows.plans.models import Requirement, RequirementKind
from workflows.plans.rules import lock
from workflows.recommendations.models import ReportState

SIGNERS = (Role.UNIT_HEAD, Role.AGENCY_HEAD)
NOT_HERE = Reason("post_unknown", "Pilih jabatan kepala unit atau kepala perangkat daerah ini.")
SAME_POST = Reason("same_post", "Yang menandatangani dan yang mengetahui tidak boleh jabatan yang sama.")
NO_REASON = Reason("reason_missing", "LHE sudah terbit: tulis alasan perubahannya.")
OUTCOME = Reason("outcome", "Capaian tidak ditandatangani siapa pun.")
SIGNED = Reason("already_signed", "Sudah ditandatangani dalam jabatan itu; tarik atau kembalikan dahulu.")
ACKNOWLEDGED = Reason("already_acknowledged", "Sudah diketahui dalam jabatan itu; tarik atau kembalikan dahulu.")
NO_CHANGE = Reason("same_posts", "Jabatannya sudah seperti itu.")


def posts_to_choose(requirement: Requirement) -> list[Position]:
    """Return the posts of its agency that may sign or acknowledge: heads of units, then the agency's."""
    query = sa.select(Position).where(Position.agency_id == requirement.agency_id, Position.role.in_(SIGNERS))
    return sorted(db.session.scalars(query), key=lambda row: (row.role != Role.UNIT_HEAD, row.title, row.id))


def may_set(requirement: Requirement, actor: Actor) -> bool:
    """Return whether the actor sets these posts."""
    inspects = actor.holds(*INSPECTORATE, agency_id=requirement.agency_id)
    return inspects and not actor.read_only and requirement.kind != RequirementKind.OUTCOME


def set_posts(
    requirement: Requirement,
    *,
    signing_id: uuid.UUID,
    acknowledging_id: uuid.UUID,
    actor: Actor,
    reason: str = "",
    version: int | None = None,
) -> None:
    """Have other posts sign and acknowledge.

    :param reason: needed once the report is issued.
    :raises PermissionDeniedError: not of the Inspektorat. :raises InvalidInputError: with every reason at once.
    :raises ConflictError: somebody has acted in the post already. :raises StaleStateError: changed meanwhile.
    """
    if not may_set(requirement, actor):
        raise PermissionDeniedError(*([OUTCOME] if requirement.kind == RequirementKind.OUTCOME else []))
    lock([requirement])
    if version is not None and version != requirement.version:
        raise StaleStateError
    known = {row.id: row for row in posts_to_choose(requirement)}
    reasons = [] if {signing_id, acknowledging_id} <= known.keys() else [NOT_HERE]
    if signing_id == acknowledging_id:
        reasons.append(SAME_POST)
    if requirement.report.state == ReportState.ISSUED and not reason.strip():
        reasons.append(NO_REASON)
    if reasons:
        raise InvalidInputError(*reasons)
    before = requirement.signing_position_id, requirement.acknowledging_position_id
    _refuse_late(requirement, signing_id, acknowledging_id)
    requirement.signing_position_id, requirement.acknowledging_position_id = signing_id, acknowledging_id
    db.session.flush()
    subject = audit.Subject("requirement", requirement.id, requirement.region_id, requirement.agency_id)
    details = {
        "signed_by": known[signing_id].title, "acknowledged_by": known[acknowledging_id].title,
        "before": [known[key].title if key in known else None for key in before], "reason": reason.strip() or None,
    }  # fmt: skip
    audit.record("requirement.posts_set", subject, actor=actor, details=details)


def _refuse_late(requirement: Requirement, signing_id: uuid.UUID, acknowledging_id: uuid.UUID) -> None:
    signs = signing_id != requirement.signing_position_id
    acknowledges = acknowledging_id != requirement.acknowledging_position_id
    if not signs and not acknowledges:
        raise ConflictError(NO_CHANGE)
    if signs and requirement.state.rank >= State.SIGNED.rank:
        raise ConflictError(SIGNED)
    if acknowledges and requirement.state.rank >= State.ACKNOWLEDGED.rank:
        raise ConflictError(ACKNOWLEDGED)
