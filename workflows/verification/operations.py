"""What verifying and reopening do besides the step, what must hold for them, and the Decision.

An evaluator verifies what others delivered: never what concerns a post held or an act done there.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from workflows.archive.locks import enqueue_lock
from workflows.core import audit, jobs
from workflows.core.actors import Actor, Role
from workflows.core.clock import now
from workflows.core.db import db, lock_rows
from workflows.core.errors import ConflictError, GuardFailedError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.core.models import AuditEvent
from workflows.core.moves import Move
from workflows.core.sentences import Template
from workflows.core.transitions import Action, State
from workflows.evidence.models import CheckReport, Evidence, EvidenceUse
from workflows.evidence.rules import Newest, newest
from workflows.plans.models import Requirement
from workflows.plans.rules import RULES
from workflows.plans.successions import follow_succession
from workflows.recommendations.models import OfficialStatus, Recommendation
from workflows.signoff.models import Basis, SignOff, SignOffRole
from workflows.signoff.operations import snapshot, void
from workflows.verification.models import Decision, DecisionState, Method, Verification, decision_recommendation

REPORT_READ = "evidence.report_read"
_DECIDED = Template("Sudah diputuskan dengan nomor %(number)s.")
_UNVERIFIED = Template("Belum diverifikasi seluruhnya: %(numbers)s.")


def read_report(evidence: Evidence, *, actor: Actor) -> None:
    """Log that a person looked at the report of this digest. The caller shows it."""
    subject = audit.Subject("evidence", evidence.id, evidence.region_id, evidence.agency_id)
    audit.record(REPORT_READ, subject, actor=actor, details={"sha256": evidence.sha256}, access=True)


@RULES.fact("seen")
def _seen(requirements: Sequence[Requirement], actor: Actor) -> set[uuid.UUID]:
    ids = [row.newest_evidence_id for row in requirements if row.newest_evidence_id]
    query = sa.select(AuditEvent.subject_id).where(
        AuditEvent.subject_id.in_(ids),
        AuditEvent.kind == REPORT_READ,
        AuditEvent.person_id == actor.person_id,
    )
    return {row for row in db.session.scalars(query) if row} if ids else set()


@RULES.fact("touched")
def _touched(requirements: Sequence[Requirement], actor: Actor) -> set[uuid.UUID]:
    """Requirements of which this person uploaded, signed or acknowledged any revision."""
    ids = [row.id for row in requirements]
    uploaded = (
        sa.select(EvidenceUse.requirement_id)
        .join(Evidence, Evidence.id == EvidenceUse.evidence_id)
        .where(EvidenceUse.requirement_id.in_(ids), Evidence.received_by_id == actor.person_id)
    )
    signed = sa.select(SignOff.requirement_id).where(
        SignOff.requirement_id.in_(ids), SignOff.person_id == actor.person_id
    )
    return set(db.session.scalars(uploaded.union(signed)))


@RULES.fact("warnings")
def _warnings(requirements: Sequence[Requirement], _actor: Actor) -> dict[uuid.UUID, int]:
    ids = [row.newest_evidence_id for row in requirements if row.newest_evidence_id]
    query = (
        sa.select(CheckReport.evidence_id, CheckReport.report)
        .where(CheckReport.evidence_id.in_(ids))
        .order_by(CheckReport.created_at)
    )
    counted: dict[uuid.UUID, int] = {}
    for evidence_id, report in db.session.execute(query) if ids else ():
        # What made the checks refuse a file counts too, where an evaluator accepted it after a review.
        counted[evidence_id] = sum(found["severity"] != "info" for found in report["findings"])
    return counted


@RULES.guard("evaluator_independent")
def _evaluator_independent(asked: Move) -> Reason | None:
    requirement: Requirement = asked.subject
    period = dt.date(requirement.year, 1, 1), now().date()
    there = (requirement.agency_id, requirement.duty_agency_id)
    held = any(post.serves and post.agency_id in there and post.overlaps(*period) for post in asked.actor.history)
    if held or requirement.id in asked.facts["touched"]:
        return Reason(
            "not_independent",
            "Anda pernah menjabat atau bertindak di sini; evaluator lain yang memeriksanya.",
        )
    return None


@RULES.guard("evaluator_from_elsewhere")
def _evaluator_from_elsewhere(asked: Move) -> Reason | None:
    agency = asked.subject.agency
    own = None if agency.is_inspectorate else agency.id
    letters = [
        post for post in asked.actor.posts if post.role == Role.EVALUATOR and post.agency_id in (None, agency.id)
    ]
    if any(post.home_id not in (own, agency.id) for post in letters):
        return None
    return Reason("own_office", "Anda berasal dari perangkat daerah ini; evaluator dari unit lain yang memeriksanya.")


@RULES.guard("all_signed_off")
def _all_signed_off(asked: Move) -> Reason | None:
    evidence = newest(asked)
    rows = asked.facts["sign_offs"].get(asked.subject.id, ())
    roles = {row.role for row in rows if evidence is not None and row.sha256 == evidence.sha256}
    if roles == set(SignOffRole):
        return None
    return Reason("sign_off_missing", "Belum semua pengesahan untuk berkas ini ada.")


@RULES.guard("evidence_seen")
def _evidence_seen(asked: Move) -> Reason | None:
    if asked.hypothetical or asked.subject.newest_evidence_id in asked.facts["seen"]:
        return None
    return Reason("evidence_not_seen", "Buka dan baca laporan pemeriksaan berkas ini lebih dahulu.")


@RULES.guard("warnings_answered")
def _warnings_answered(asked: Move) -> Reason | None:
    if asked.hypothetical or asked.reason or not asked.facts["warnings"].get(asked.subject.newest_evidence_id):
        return None
    return Reason("reason_missing", "Ada temuan peringatan; tulis alasan mengapa tetap diterima.")


@RULES.guard("ink_attested")
def _ink_attested(asked: Move) -> Reason | None:
    if asked.hypothetical or asked.given.get("ink_seen") or not _ink(asked):
        return None
    return Reason("ink_not_seen", "Buka berkasnya, lalu centang bahwa Anda melihat tanda tangannya di kertas.")


def _ink(asked: Move) -> bool:
    """Return whether a sign-off that stands rests on a signature on the paper, which only a person can see."""
    return any(row.basis == Basis.INK for row in asked.facts["sign_offs"].get(asked.subject.id, ()))


@RULES.effect(Action.VERIFY)
def _verify(asked: Move) -> Mapping[str, Any]:
    return _written(asked, Method.FULL)


@RULES.effect(Action.VERIFY_REST)
def _verify_rest(asked: Move) -> Mapping[str, Any]:
    return _written(asked, Method.SAMPLE)


def _written(asked: Move, method: Method) -> Mapping[str, Any]:
    batch_id = asked.given["batch"] if method == Method.SAMPLE else None
    requirement: Requirement = asked.subject
    evidence: Newest = asked.facts["newest"][requirement.id]
    verification = Verification(
        id=new_id(),
        region_id=requirement.region_id,
        agency_id=requirement.agency_id,
        requirement_id=requirement.id,
        evidence_id=evidence.id,
        sha256=evidence.sha256,
        person_id=asked.actor.person_id,
        assignment_id=asked.post.assignment_id if asked.post else None,
        snapshot=snapshot(asked),
        reason=asked.reason,
        method=method,
        batch_id=batch_id,
        round=requirement.round,
        at=asked.at,
    )
    db.session.add(verification)
    enqueue_lock(evidence.id, requirement, cause=verification.id)
    told = {"verification": verification.id, "evidence": evidence.id, "method": method}
    if batch_id is not None:
        return {**told, "batch": batch_id}
    return {**told, "ink_seen": True} if _ink(asked) else told


@RULES.effect(Action.REOPEN)
def _reopen(asked: Move) -> Mapping[str, Any]:
    requirement: Requirement = asked.subject
    voided = void(requirement, reason="reopen")
    query = sa.select(Verification).where(
        Verification.requirement_id == requirement.id, Verification.voided_at.is_(None)
    )
    for verification in db.session.scalars(query):
        verification.voided_at = asked.at
    requirement.round += 1
    requirement.returned_at, requirement.return_code, requirement.return_text = (
        asked.at,
        "REOPENED",
        asked.reason,
    )
    follow_succession([requirement], actor=asked.actor)
    return {"voided": voided, "round": requirement.round}


def propose(
    recommendations: Sequence[Recommendation], *, official_status: OfficialStatus, reason: str, actor: Actor
) -> Decision:
    """Propose an official status for recommendations of one agency. Changes nothing yet.

    :raises PermissionDeniedError: only an evaluator or inspector proposes.
    :raises GuardFailedError: several agencies, or ``COMPLIANT`` for what is not verified.
    """
    first = recommendations[0]
    if not actor.holds(Role.EVALUATOR, Role.INSPECTOR, agency_id=first.agency_id):
        raise PermissionDeniedError
    _fit(recommendations, official_status)
    decision = Decision(
        id=new_id(),
        region_id=first.region_id,
        agency_id=first.agency_id,
        official_status=official_status,
        reason=reason,
        proposed_by=actor.person_id,
        proposed_at=now(),
    )
    db.session.add(decision)
    db.session.flush()
    db.session.execute(
        sa.insert(decision_recommendation),
        [
            {
                "decision_id": decision.id, "recommendation_id": row.id, "region_id": row.region_id,
                "agency_id": row.agency_id,
            }
            for row in recommendations
        ],
    )  # fmt: skip
    _tell("decision.proposed", decision, recommendations, actor)
    return decision


def decide(decision: Decision, *, number: str, decided_on: dt.date, actor: Actor) -> Decision:
    """Change the official status by a numbered letter.

    :raises PermissionDeniedError: not an inspector, or the proposer himself.
    :raises ConflictError: already decided.
    """
    if not actor.holds(Role.INSPECTOR, agency_id=decision.agency_id):
        raise PermissionDeniedError
    if decision.proposed_by == actor.person_id:
        raise PermissionDeniedError(Reason("own_proposal", "Usulan sendiri diputuskan oleh orang lain."))
    db.session.refresh(decision, with_for_update=True)
    if decision.state == DecisionState.DECIDED:
        raise ConflictError(Reason("already_decided", _DECIDED(number=decision.number)))
    ids = [row.id for row in decision.recommendations]
    recommendations = lock_rows(Recommendation, ids)
    _fit(recommendations, decision.official_status)
    for recommendation in recommendations:
        recommendation.official_status = decision.official_status
        recommendation.version += 1
    decision.state, decision.number, decision.decided_on = DecisionState.DECIDED, number, decided_on
    decision.decided_by, decision.decided_at = actor.person_id, now()
    _tell("decision.decided", decision, recommendations, actor)
    jobs.enqueue_for("anchor.make", decision)
    return decision


def _fit(recommendations: Sequence[Recommendation], status: OfficialStatus) -> None:
    reasons = []
    if len({row.agency_id for row in recommendations}) != 1:
        reasons.append(Reason("several_agencies", "Satu keputusan untuk satu perangkat daerah."))
    if status == OfficialStatus.NOT_ASSESSED:
        reasons.append(Reason("no_status", "Pilih status resmi."))
    unverified = [row.number for row in recommendations if row.state != State.VERIFIED]
    if status == OfficialStatus.COMPLIANT and unverified:
        reasons.append(Reason("not_verified", _UNVERIFIED(numbers=", ".join(unverified))))
    if reasons:
        raise GuardFailedError(*reasons)


def _tell(kind: str, decision: Decision, recommendations: Sequence[Recommendation], actor: Actor) -> None:
    audit.record(
        kind,
        audit.Subject("decision", decision.id, decision.region_id, decision.agency_id),
        actor=actor,
        details={
            "status": decision.official_status, "number": decision.number, "date": decision.decided_on,
            "year": recommendations[0].report.year, "recommendations": [row.number for row in recommendations],
            "reason_sha256": hashlib.sha256(decision.reason.encode()).hexdigest(),
        },
    )  # fmt: skip
