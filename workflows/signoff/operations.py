"""What signing, acknowledging, returning and withdrawing do besides the step, and what must hold for them.

The steps themselves are in ``workflows.lifecycle``; the verbs are called through ``workflows.plans.rules.act``.
"""

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa

from workflows.core import audit, jobs
from workflows.core.actors import SYSTEM, Actor, Channel, Role
from workflows.core.clock import now
from workflows.core.db import OfAgency, db
from workflows.core.errors import Reason, WorkflowError
from workflows.core.ids import new_id
from workflows.core.moves import Move
from workflows.core.sentences import phrase
from workflows.core.transitions import Action
from workflows.evidence.models import Evidence
from workflows.evidence.operations import INTENT_JOB, served_by
from workflows.evidence.rules import BESIDE
from workflows.lifecycle import SIGN_AGAIN
from workflows.organization.models import Agency, PositionAssignment, Unit
from workflows.organization.queries import person_as_actor
from workflows.plans.models import Requirement
from workflows.plans.rules import RULES, act, lock
from workflows.signoff.models import Basis, ClaimState, InkClaim, SignOff, SignOffRole

NOT_MY_SIGNATURE = "NOT_MY_SIGNATURE"
"""Reason code of a return by whoever says that the signature on the paper is not his."""
BESIDE["brings_sign_offs"] = Evidence.brings_sign_offs.expression

RETURN_CHIPS = {
    "WRONG_UNIT": phrase("Bukan berkas bidang ini"),
    "WRONG_PERIOD": phrase("Periode atau triwulan salah"),
    "NOT_READABLE": phrase("Tidak terbaca"),
    SIGN_AGAIN: phrase("Tanda tangan kurang, perlu tanda tangan ulang"),
    "INCOMPLETE": phrase("Isi belum lengkap"),
    "WRONG_DOCUMENT": phrase("Dokumennya bukan yang diminta"),
    "OTHER": phrase("Alasan lain"),
}
"""What a person chooses from: what verifiers look for in a monev (domain: typical evidence), or his own words."""
RETURN_CODES = {**RETURN_CHIPS, NOT_MY_SIGNATURE: phrase("Tanda tangan di kertas disangkal pemiliknya")}
"""All that a return can say. Nobody chooses a disputed signature: its holder says so on a form of its own."""
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


@RULES.guard("not_administrator")
def _not_administrator(asked: Move) -> Reason | None:
    today = now().date()
    posts = asked.actor.history
    if not any(post.role == Role.ADMIN and post.overlaps(today - ADMIN_QUIET, today) for post in posts):
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
    if asked.reason_code not in (RETURN_CODES if asked.given.get("disputed") else RETURN_CHIPS):
        return Reason("reason_code_missing", "Pilih alasan pengembalian.")
    if asked.reason_code == "OTHER" and not asked.reason:
        return Reason("reason_missing", "Untuk alasan lain, tulis alasannya.")
    return None


@RULES.effect(Action.SIGN)
def _sign(asked: Move) -> Mapping[str, Any]:
    return _sign_off(asked, SignOffRole.SIGNED)


@RULES.effect(Action.ACKNOWLEDGE)
def _acknowledge(asked: Move) -> Mapping[str, Any]:
    return _sign_off(asked, SignOffRole.ACKNOWLEDGED)


_SIGN_OFF = sa.insert(cast("sa.Table", SignOff.__table__))


def _sign_off(asked: Move, role: SignOffRole) -> Mapping[str, Any]:
    requirement: Requirement = asked.subject
    evidence: Any = asked.facts["newest"][requirement.id]
    same = role == SignOffRole.ACKNOWLEDGED and any(
        row.role == SignOffRole.SIGNED and row.person_id == asked.actor.person_id
        for row in asked.facts["sign_offs"].get(requirement.id, ())
    )
    basis = Basis(asked.given.get("basis", Basis.IN_APP))
    proof = asked.given.get("proof") or {"channel": asked.actor.channel, "account": str(asked.actor.account_id)}
    sign_off = {
        "id": new_id(),
        "region_id": requirement.region_id,
        "agency_id": requirement.agency_id,
        "requirement_id": requirement.id,
        "evidence_id": evidence.id,
        "sha256": evidence.sha256,
        "role": role,
        "basis": basis,
        "person_id": asked.actor.person_id,
        "assignment_id": asked.post.assignment_id if asked.post else None,
        "snapshot": snapshot(asked),
        "proof": json.loads(audit.canonical(proof)),
        "same_person": same,
        "round": requirement.round,
        "at": asked.at,
    }
    db.session.execute(_SIGN_OFF, sign_off)
    if role == SignOffRole.SIGNED and evidence.brings_sign_offs:  # the paper may hold the next step too
        look_again(evidence.id, requirement, cause=sign_off["id"])
    told = {"sign_off": sign_off["id"], "basis": basis, "evidence": evidence.id, "same_person": same}
    # What a person proved in the product is the product's own matter; what a paper proves is shown to its readers.
    return told if basis == Basis.IN_APP else {**told, "proof": sign_off["proof"]}


def look_again(evidence_id: uuid.UUID, row: OfAgency, *, cause: uuid.UUID) -> None:
    """Order another look at what a delivery brings along. :param cause: one look for each."""
    jobs.enqueue(
        INTENT_JOB,
        key=f"{INTENT_JOB}:{evidence_id}:{cause}",
        subject_id=evidence_id,
        region_id=row.region_id,
        agency_id=row.agency_id,
    )


def snapshot(asked: Move) -> dict[str, Any]:
    """Return the printed block of the day: name, rank, NIP, post, letter, agency and unit."""
    if asked.post is None:
        raise ValueError("nobody signs without a post")
    post, actor = asked.post, asked.actor
    agency = db.session.get(Agency, post.agency_id) if post.agency_id else None
    unit = db.session.get(Unit, post.unit_id) if post.unit_id else None
    return {
        "name": actor.name,
        "nip": actor.nip,
        "rank": actor.rank_name,
        "grade": actor.rank_grade,
        "position": post.printed,
        "kind": post.kind,
        "letter": post.letter_number,
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


_CLAIMS = cast("sa.Table", InkClaim.__table__)
_OPEN_AGAIN = (
    sa.update(_CLAIMS)
    .where(_CLAIMS.c.requirement_id == sa.bindparam("of_requirement"))
    .where(_CLAIMS.c.state.in_((ClaimState.ACCEPTED, ClaimState.CONFIRMED)))
    .values(state=ClaimState.CLAIMED, settled_at=None)
)
_VOID = (
    sa.update(SignOff)
    .add_cte(_OPEN_AGAIN.cte("open_again"))  # in the same statement: a withdrawal costs no more than before
    .where(SignOff.requirement_id == sa.bindparam("of_requirement"), SignOff.voided_at.is_(None))
    .values(voided_at=sa.bindparam("now"), voided_reason=sa.bindparam("why"))
    .returning(SignOff.id)
)


def void(requirement: Requirement, *, reason: str) -> list[str]:
    """Void all standing sign-offs of a requirement; they stay readable. Return their ids.

    What was claimed of its paper and not disputed waits for its holder again.
    """
    values = {"of_requirement": requirement.id, "now": now(), "why": reason}
    return [str(sign_off_id) for sign_off_id in db.session.scalars(_VOID, values)]


def take_effect(evidence_id: uuid.UUID) -> None:
    """Sign on behalf of an uploader who signed in the same act, now that the check has passed.

    Where the signature no longer holds (a newer delivery, a post that ended) it is not made, and the log says why.
    """
    evidence = db.session.get_one(Evidence, evidence_id)
    intent = db.session.get(PositionAssignment, evidence.sign_assignment_id) if evidence.sign_assignment_id else None
    if intent is None:
        return
    actor = person_as_actor(intent.person_id, channel=Channel.WORKER)
    proof = {"channel": Channel.WORKER, "with_upload": str(evidence.received_event_id)}
    requirements = served_by(evidence.id)
    lock(requirements)  # all of them first: one after the other would wait crosswise for what they stand in
    for requirement in requirements:
        if requirement.signing_position_id != intent.position_id or _signed_already(requirement, evidence, intent):
            continue
        try:
            act(requirement, Action.SIGN, actor=actor, sha256=evidence.sha256, proof=proof)
        except WorkflowError as error:
            subject = audit.Subject("requirement", requirement.id, requirement.region_id, requirement.agency_id)
            reasons = [reason.code for reason in error.reasons]
            audit.record("requirement.signing_dropped", subject, actor=SYSTEM, details={"reasons": reasons})


def _signed_already(requirement: Requirement, evidence: Evidence, intent: PositionAssignment) -> bool:
    """Return whether the paper itself has brought this person's signature along."""
    query = sa.select(SignOff.id).where(
        SignOff.requirement_id == requirement.id,
        SignOff.evidence_id == evidence.id,
        SignOff.role == SignOffRole.SIGNED,
        SignOff.person_id == intent.person_id,
        SignOff.voided_at.is_(None),
    )
    return db.session.scalars(query).first() is not None
