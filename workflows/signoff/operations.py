"""What signing, acknowledging, returning and withdrawing do besides the step, and what must hold for them.

The steps themselves are in ``workflows.lifecycle``; the verbs are called through ``workflows.plans.rules.act``.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import SYSTEM, Actor, Channel, Role
from workflows.core.clock import local_date, now
from workflows.core.db import db
from workflows.core.errors import Reason, WorkflowError
from workflows.core.moves import Move
from workflows.core.transitions import Action
from workflows.evidence.models import Evidence, EvidenceUse
from workflows.lifecycle import SIGN_AGAIN
from workflows.organization.models import Agency, Person, Position, PositionAssignment, Region, Unit
from workflows.organization.queries import posts_of
from workflows.plans.models import Requirement
from workflows.plans.rules import RULES, act
from workflows.signoff.models import Basis, SignOff, SignOffRole

RETURN_CODES = {
    "WRONG_PERIOD": "Periode atau triwulan salah",
    "WRONG_UNIT": "Bukan berkas bidang ini",
    "INCOMPLETE": "Isi belum lengkap",
    "NOT_SIGNED": "Belum ditandatangani di kertas",
    "NOT_READABLE": "Tidak terbaca",
    SIGN_AGAIN: "Berkas benar, perlu tanda tangan ulang",
    "OTHER": "Alasan lain",
}
ADMIN_QUIET = dt.timedelta(days=30)
"""How long after an administrator's post a person signs, acknowledges and verifies nothing."""


@RULES.fact("sign_offs")
def _sign_offs(requirements: Sequence[Requirement], _actor: Actor) -> dict[uuid.UUID, list[SignOff]]:
    query = sa.select(SignOff).where(
        SignOff.requirement_id.in_([row.id for row in requirements]), SignOff.voided_at.is_(None)
    )
    standing: dict[uuid.UUID, list[SignOff]] = {}
    for row in db.session.scalars(query):
        standing.setdefault(row.requirement_id, []).append(row)
    return standing


@RULES.fact("was_administrator")
def _was_administrator(_requirements: Sequence[Requirement], actor: Actor) -> bool:
    if Role.ADMIN in actor.roles:
        return True
    query = (
        sa.select(PositionAssignment.id)
        .join(Position, Position.id == PositionAssignment.position_id)
        .where(
            PositionAssignment.person_id == actor.person_id,
            Position.role == Role.ADMIN,
            PositionAssignment.valid_from <= now().date(),
            sa.or_(
                PositionAssignment.valid_to.is_(None),
                PositionAssignment.valid_to >= (now() - ADMIN_QUIET).date(),
            ),
        )
    )
    return db.session.scalars(query.limit(1)).first() is not None


@RULES.guard("not_administrator")
def _not_administrator(asked: Move) -> Reason | None:
    if not asked.facts["was_administrator"]:
        return None
    return Reason(
        "administrator",
        "Admin (sekarang atau dalam 30 hari terakhir) tidak menandatangani atau memverifikasi.",
    )


@RULES.guard("reason_given")
def _reason_given(asked: Move) -> Reason | None:
    if asked.hypothetical or asked.reason:
        return None
    return Reason("reason_missing", "Tulis alasannya.")


@RULES.guard("return_reason")
def _return_reason(asked: Move) -> Reason | None:
    if asked.hypothetical:
        return None
    if asked.reason_code not in RETURN_CODES:
        return Reason("reason_code_missing", f"Pilih kode alasan: {', '.join(RETURN_CODES)}.")
    if asked.reason_code == "OTHER" and not asked.reason:
        return Reason("reason_missing", "Untuk alasan lain, tulis alasannya.")
    return None


@RULES.effect(Action.SIGN)
def _sign(asked: Move) -> Mapping[str, Any]:
    return _sign_off(asked, SignOffRole.SIGNED)


@RULES.effect(Action.ACKNOWLEDGE)
def _acknowledge(asked: Move) -> Mapping[str, Any]:
    return _sign_off(asked, SignOffRole.ACKNOWLEDGED)


def _sign_off(asked: Move, role: SignOffRole) -> Mapping[str, Any]:
    requirement: Requirement = asked.subject
    evidence: Evidence = asked.facts["evidence"][requirement.newest_evidence_id]
    signed = [row for row in asked.facts["sign_offs"].get(requirement.id, ()) if row.role == SignOffRole.SIGNED]
    same = role == SignOffRole.ACKNOWLEDGED and any(row.person_id == asked.actor.person_id for row in signed)
    sign_off = SignOff(
        region_id=requirement.region_id,
        agency_id=requirement.agency_id,
        requirement_id=requirement.id,
        evidence_id=evidence.id,
        sha256=evidence.sha256,
        role=role,
        basis=Basis.IN_APP,
        person_id=asked.actor.person_id,
        assignment_id=asked.post.assignment_id if asked.post else None,
        snapshot=snapshot(asked),
        proof=dict(
            asked.given.get("proof") or {"channel": asked.actor.channel, "account": str(asked.actor.account_id)}
        ),
        same_person=same,
        round=requirement.round,
        at=asked.at,
    )
    db.session.add(sign_off)
    db.session.flush()
    return {"sign_off": sign_off.id, "basis": sign_off.basis, "evidence": evidence.id, "same_person": same}


def snapshot(asked: Move) -> dict[str, Any]:
    """Return the printed block of the day: name, rank, NIP, post, letter, agency and unit."""
    if asked.post is None:
        raise ValueError("nobody signs without a post")
    entry = db.session.get_one(PositionAssignment, asked.post.assignment_id)
    person = db.session.get_one(Person, asked.actor.person_id)
    agency = db.session.get(Agency, asked.post.agency_id) if asked.post.agency_id else None
    unit = db.session.get(Unit, asked.post.unit_id) if asked.post.unit_id else None
    return {
        "name": person.name,
        "nip": person.nip,
        "rank": person.rank_name,
        "grade": person.rank_grade,
        "position": asked.post.printed,
        "kind": asked.post.kind,
        "letter": entry.letter_number,
        "agency": agency.name if agency else None,
        "unit": unit.name if unit else None,
    }


@RULES.effect(Action.RETURN)
def _return(asked: Move) -> Mapping[str, Any]:
    requirement: Requirement = asked.subject
    requirement.returned_at, requirement.return_code, requirement.return_text = (
        asked.at,
        asked.reason_code,
        asked.reason,
    )
    if asked.reason_code == SIGN_AGAIN:
        requirement.returned_at = None  # the delivery stands, only the signature is asked for again
    return {"voided": void(requirement, reason=f"return:{asked.reason_code}")}


@RULES.effect(Action.WITHDRAW)
def _withdraw(asked: Move) -> Mapping[str, Any]:
    return {"voided": void(asked.subject, reason=asked.reason or "withdraw")}


def void(requirement: Requirement, *, reason: str) -> list[str]:
    """Void all standing sign-offs of a requirement; they stay readable. Return their ids."""
    query = sa.select(SignOff).where(SignOff.requirement_id == requirement.id, SignOff.voided_at.is_(None))
    voided = list(db.session.scalars(query))
    for sign_off in voided:
        sign_off.voided_at, sign_off.voided_reason = now(), reason
    db.session.flush()
    return [str(sign_off.id) for sign_off in voided]


def take_effect(evidence_id: uuid.UUID) -> None:
    """Sign on behalf of an uploader who signed in the same act, now that the check has passed.

    Where the signature no longer holds (a newer delivery, a post that ended) it is not made, and the log says why.
    """
    evidence = db.session.get_one(Evidence, evidence_id)
    intent = db.session.get(PositionAssignment, evidence.sign_assignment_id) if evidence.sign_assignment_id else None
    if intent is None:
        return
    zone = db.session.get_one(Region, evidence.region_id).timezone
    person = db.session.get_one(Person, intent.person_id)
    at = now()
    actor = Actor(
        name=person.name,
        channel=Channel.WORKER,
        person_id=person.id,
        region_id=person.region_id,
        posts=posts_of(person.id, at=at, day=local_date(at, zone)),
    )
    proof = {"channel": Channel.WORKER, "with_upload": str(evidence.received_event_id)}
    query = sa.select(Requirement).join(EvidenceUse, EvidenceUse.requirement_id == Requirement.id)
    for requirement in db.session.scalars(query.where(EvidenceUse.evidence_id == evidence.id)):
        if requirement.signing_position_id != intent.position_id:
            continue
        try:
            act(requirement, Action.SIGN, actor=actor, sha256=evidence.sha256, proof=proof)
        except WorkflowError as error:
            subject = audit.Subject("requirement", requirement.id, requirement.region_id, requirement.agency_id)
            reasons = [reason.code for reason in error.reasons]
            audit.record("requirement.signing_dropped", subject, actor=SYSTEM, details={"reasons": reasons})
