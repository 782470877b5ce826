"""What verifying and reopening do besides the step, and what must hold for them.

An evaluator verifies what others delivered: never what concerns a post held or an act done there.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from workflows.archive.locks import enqueue_lock
from workflows.core import audit
from workflows.core.actors import Actor, Role
from workflows.core.clock import now
from workflows.core.db import db, lock_rows
from workflows.core.errors import Reason
from workflows.core.ids import new_id
from workflows.core.models import AuditEvent
from workflows.core.moves import Move
from workflows.core.transitions import Action
from workflows.evidence.models import CheckReport, Evidence, EvidenceUse
from workflows.evidence.rules import Newest, newest
from workflows.plans.deadlines import subject_of
from workflows.plans.models import Requirement, requirement_recommendation
from workflows.plans.rules import RULES
from workflows.plans.successions import follow_succession
from workflows.recommendations.models import OfficialStatus, Recommendation
from workflows.signoff.models import Basis, SignOff, SignOffRole
from workflows.signoff.operations import snapshot, void
from workflows.verification.models import Method, Verification

REPORT_READ = "evidence.report_read"


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
    if not asked.given.get("decision"):
        reconsider(requirement, cause=asked.actor)
    requirement.round += 1
    requirement.returned_at, requirement.return_code, requirement.return_text = (
        asked.at,
        "REOPENED",
        asked.reason,
    )
    follow_succession([requirement], actor=asked.actor)
    return {"voided": voided, "round": requirement.round}


def reconsider(requirement: Requirement, *, cause: Actor) -> None:
    """Mark what was settled on a requirement that is opened again: its status stands until the next decision."""
    link = requirement_recommendation.c
    query = (
        sa.select(Recommendation.id)
        .join(requirement_recommendation, link.recommendation_id == Recommendation.id)
        .where(link.requirement_id == requirement.id, Recommendation.reconsidered_at.is_(None))
        .where(Recommendation.official_status != OfficialStatus.NOT_ASSESSED, Recommendation.ended_as.is_(None))
    )
    for row in lock_rows(Recommendation, list(db.session.scalars(query))):
        row.reconsidered_at = now()
        row.version += 1
        details = {"number": row.number, "year": row.report.year, "status": row.official_status}
        audit.record("recommendation.reconsidered", subject_of(row), actor=cause, details=details)
