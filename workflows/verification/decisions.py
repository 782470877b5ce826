"""Sixth stage, its last word: the official status, which only a numbered letter changes.

An evaluator proposes, an inspector decides, never the same person. One letter decides any number of proposals of one
agency, all of them or none.
"""

import hashlib
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from workflows.core import audit, jobs
from workflows.core.actors import INSPECTORATE, Actor, Role
from workflows.core.clock import now
from workflows.core.db import db, lock_rows
from workflows.core.errors import ConflictError, GuardFailedError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.core.sentences import Template
from workflows.core.transitions import Action, State
from workflows.plans.changes import drop
from workflows.plans.models import Requirement, requirement_recommendation
from workflows.plans.rules import act, lock_requirements
from workflows.recommendations.models import OfficialStatus, Recommendation, ReportState
from workflows.recommendations.versions import required
from workflows.verification.models import (
    Decision,
    DecisionState,
    OfficialPaper,
    OfficialPaperKind,
    ValidReason,
    decision_recommendation,
    decision_requirement,
)
from workflows.verification.official_papers import require_locked

_DECIDED = Template("Sudah diputuskan dengan nomor %(number)s.")
_UNVERIFIED = Template("Belum diverifikasi seluruhnya: %(numbers)s.")
_ENDED = Template("Sudah dibatalkan atau dialihkan: %(numbers)s.")
_STARTED = Template("Sudah ada bukti yang diverifikasi, jadi bukan belum ditindaklanjuti: %(numbers)s.")
_PROPOSED = Template("Sudah ada usulan yang menunggu keputusan: %(numbers)s.")
_REOPENS_NOTHING = Template("Semua buktinya sudah diverifikasi; sebut kewajiban yang dibuka kembali: %(numbers)s.")
OVER = Reason("proposal_over", "Usulan ini sudah ditarik atau tidak diterima.")
OWN = Reason("own_proposal", "Usulan sendiri diputuskan oleh orang lain.")


def propose(
    recommendations: Sequence[Recommendation],
    *,
    official_status: OfficialStatus,
    reason: str,
    actor: Actor,
    valid_reason: ValidReason | None = None,
    ground: OfficialPaper | None = None,
    reopens: Sequence[Requirement] = (),
) -> Decision:
    """Propose an official status for recommendations of one report. Changes nothing yet.

    :param valid_reason: why nobody need follow up, with ``ground``, the document that proves it: of ``NOT_ACTIONABLE``.
    :param reopens: verified requirements that the decision opens again, and no others: of ``PARTIAL``.
    :raises PermissionDeniedError: only an evaluator or inspector proposes.
    :raises GuardFailedError: with every reason why this status does not fit, or a proposal for one of them is open.
    """
    first = recommendations[0]
    if not actor.holds(*INSPECTORATE, agency_id=first.agency_id):
        raise PermissionDeniedError
    decision = Decision(
        id=new_id(),
        region_id=first.region_id,
        agency_id=first.agency_id,
        official_status=official_status,
        reason=reason,
        proposed_by=actor.person_id,
        proposed_at=now(),
        valid_reason=valid_reason if official_status == OfficialStatus.NOT_ACTIONABLE else None,
        ground_id=ground.id if ground and official_status == OfficialStatus.NOT_ACTIONABLE else None,
    )
    named = list(reopens) if official_status == OfficialStatus.PARTIAL else []
    serving = _serving(recommendations)
    _fit(recommendations, decision, ground, named, serving)
    _refuse_second(recommendations)
    db.session.add(decision)
    db.session.flush()
    place = {"decision_id": decision.id, "region_id": first.region_id, "agency_id": first.agency_id}
    rows = [{**place, "recommendation_id": row.id} for row in recommendations]
    db.session.execute(sa.insert(decision_recommendation), rows)
    if named:
        db.session.execute(sa.insert(decision_requirement), [{**place, "requirement_id": row.id} for row in named])
    _tell("decision.proposed", decision, recommendations, actor, reopens=[row.id for row in named])
    return decision


def decide(decisions: Sequence[Decision], *, letter: OfficialPaper, actor: Actor) -> list[Decision]:
    """Decide proposals of one agency by one numbered letter, all of them or none.

    :raises PermissionDeniedError: not an inspector, or the proposer of one of them.
    :raises ConflictError: one is decided or over already. :raises GuardFailedError: the letter is not locked in the
        archive, or a status no longer fits.
    """
    agency_ids = {row.agency_id for row in decisions}
    if len(agency_ids) != 1:
        raise GuardFailedError(Reason("several_agencies", "Satu keputusan untuk satu perangkat daerah."))
    if not all(actor.holds(Role.INSPECTOR, agency_id=agency_id) for agency_id in agency_ids):
        raise PermissionDeniedError
    if any(row.proposed_by == actor.person_id for row in decisions):
        raise PermissionDeniedError(OWN)
    decisions = lock_rows(Decision, [row.id for row in decisions])
    for decision in decisions:
        _require_open(decision)
    require_locked(letter, OfficialPaperKind.LETTER, next(iter(agency_ids)))
    ids = {row.id for decision in decisions for row in decision.recommendations}
    lock_requirements(_serving_ids(ids))
    locked = {row.id: row for row in lock_rows(Recommendation, sorted(ids))}
    for decision in decisions:
        _carry_out(decision, [locked[row.id] for row in decision.recommendations], letter, actor)
    return list(decisions)


def withdraw(decision: Decision, *, reason: str, actor: Actor) -> None:
    """Take one's own proposal back.

    :raises PermissionDeniedError: somebody else's. :raises ConflictError: decided or over. :raises InvalidInputError:
        without a reason.
    """
    if decision.proposed_by != actor.person_id or not actor.holds(*INSPECTORATE, agency_id=decision.agency_id):
        raise PermissionDeniedError
    _close(decision, DecisionState.WITHDRAWN, reason, actor)


def decline(decision: Decision, *, reason: str, actor: Actor) -> None:
    """Do not follow somebody else's proposal.

    :raises PermissionDeniedError: not an inspector, or the proposer. :raises ConflictError: decided or over.
    :raises InvalidInputError: without a reason.
    """
    if not actor.holds(Role.INSPECTOR, agency_id=decision.agency_id):
        raise PermissionDeniedError
    if decision.proposed_by == actor.person_id:
        raise PermissionDeniedError(OWN)
    _close(decision, DecisionState.DECLINED, reason, actor)


def _close(decision: Decision, state: DecisionState, reason: str, actor: Actor) -> None:
    reason = required(reason, "reason_missing", "Tulis alasannya.")
    (decision,) = lock_rows(Decision, [decision.id])
    _require_open(decision)
    decision.state, decision.closed_reason = state, reason
    decision.closed_by, decision.closed_at = actor.person_id, now()
    _tell(f"decision.{state}", decision, decision.recommendations, actor, reason=reason)


def _require_open(decision: Decision) -> None:
    if decision.state == DecisionState.DECIDED:
        raise ConflictError(Reason("already_decided", _DECIDED(number=decision.number)))
    if decision.state != DecisionState.PROPOSED:
        raise ConflictError(OVER)


def _carry_out(decision: Decision, rows: Sequence[Recommendation], letter: OfficialPaper, actor: Actor) -> None:
    """Write a decision on locked recommendations, with all that its class brings along."""
    serving = _serving(rows)
    named = {row.id for row in decision.reopens}
    _fit(rows, decision, decision.ground, [row for row in serving if row.id in named], serving)
    reopened = [row for row in serving if row.id in named and row.in_force and row.state == State.VERIFIED]
    for requirement in reopened:
        act(requirement, Action.REOPEN, actor=actor, reason=decision.reason, decision=decision.id)
    for row in rows:
        row.official_status, row.reconsidered_at = decision.official_status, None
        row.version += 1
    db.session.flush()
    closed = _closing(serving) if decision.official_status == OfficialStatus.NOT_ACTIONABLE else []
    drop(closed, reason=decision.reason, actor=actor)
    decision.state, decision.number, decision.decided_on = DecisionState.DECIDED, letter.number, letter.dated_on
    decision.letter_id, decision.decided_by, decision.decided_at = letter.id, actor.person_id, now()
    _tell(
        "decision.decided", decision, rows, actor, letter=_named(letter), reopened=[row.id for row in reopened],
        waived=[row.id for row in closed],
    )  # fmt: skip
    jobs.enqueue_for("anchor.make", decision)


def _serving(recommendations: Sequence[Recommendation]) -> list[Requirement]:
    """Return what is in force for any of these recommendations."""
    return [row for row in _serving_ids({row.id for row in recommendations}) if row.in_force]


def _serving_ids(ids: Collection[uuid.UUID]) -> list[Requirement]:
    link = requirement_recommendation.c
    served = sa.select(link.requirement_id).where(link.recommendation_id.in_(ids))
    query = sa.select(Requirement).where(Requirement.id.in_(served)).order_by(Requirement.id)
    return list(db.session.scalars(query).unique())


def _closing(serving: Sequence[Requirement]) -> list[Requirement]:
    """Return what is open and asked for by nothing any more that could still be followed up."""
    link = requirement_recommendation.c
    asked = (
        sa.select(link.requirement_id)
        .join(Recommendation, Recommendation.id == link.recommendation_id)
        .where(link.requirement_id.in_([row.id for row in serving]), Recommendation.ended_as.is_(None))
        .where(Recommendation.official_status != OfficialStatus.NOT_ACTIONABLE)
    )
    needed = set(db.session.scalars(asked))
    return [row for row in serving if row.id not in needed and row.state != State.VERIFIED]


def _fit(
    rows: Sequence[Recommendation],
    decision: Decision,
    ground: OfficialPaper | None,
    named: Sequence[Requirement],
    serving: Sequence[Requirement],
) -> None:
    """:raises GuardFailedError: with every reason why this status does not fit these recommendations."""
    status, reasons = decision.official_status, []
    if len({row.agency_id for row in rows}) != 1:
        reasons.append(Reason("several_agencies", "Satu keputusan untuk satu perangkat daerah."))
    elif len({row.report_id for row in rows}) != 1:
        reasons.append(
            Reason("several_reports", "Satu usulan untuk satu LHE; satu surat dapat menetapkan beberapa usulan.")
        )
    if any(row.report.state != ReportState.ISSUED for row in rows):
        reasons.append(Reason("report_not_issued", "LHE ini masih konsep; tunggu sampai diterbitkan Inspektur."))
    if ended := [row.number for row in rows if row.ended_as is not None]:
        reasons.append(Reason("ended", _ENDED(numbers=", ".join(ended))))
    if status == OfficialStatus.NOT_ASSESSED:
        reasons.append(Reason("no_status", "Pilih status resmi."))
    unverified = [row.number for row in rows if row.state != State.VERIFIED]
    if status == OfficialStatus.COMPLIANT and unverified:
        reasons.append(Reason("not_verified", _UNVERIFIED(numbers=", ".join(unverified))))
    verified = {row.id for row in serving if row.state == State.VERIFIED}
    if status == OfficialStatus.NOT_STARTED and verified:
        reasons.append(Reason("already_started", _STARTED(numbers=", ".join(_numbers_of(rows, verified)))))
    if status == OfficialStatus.PARTIAL:
        reasons += _why_not_partial(rows, named, serving)
    if status == OfficialStatus.NOT_ACTIONABLE and decision.valid_reason is None:
        reasons.append(Reason("valid_reason_missing", "Pilih salah satu alasan yang sah."))
    if reasons:
        raise GuardFailedError(*reasons)
    if status == OfficialStatus.NOT_ACTIONABLE:
        require_locked(ground, OfficialPaperKind.GROUND, decision.agency_id)


def _why_not_partial(
    rows: Sequence[Recommendation], named: Sequence[Requirement], serving: Sequence[Requirement]
) -> list[Reason]:
    ids = {row.id for row in serving if row.state == State.VERIFIED}
    if any(row.id not in ids for row in named):
        return [Reason("reopens", "Yang dibuka kembali harus kewajiban yang sudah diverifikasi dari rekomendasi itu.")]
    whole = [row for row in rows if row.state == State.VERIFIED]
    touched = _numbers_of(whole, {row.id for row in named})
    left = [row.number for row in whole if row.number not in touched]
    return [Reason("reopens_nothing", _REOPENS_NOTHING(numbers=", ".join(left)))] if left else []


def _numbers_of(rows: Sequence[Recommendation], requirement_ids: Collection[uuid.UUID]) -> list[str]:
    """Return the numbers of those recommendations that one of the requirements serves."""
    link = requirement_recommendation.c
    query = sa.select(link.recommendation_id).where(link.requirement_id.in_(requirement_ids))
    served = set(db.session.scalars(query))
    return [row.number for row in rows if row.id in served]


def _refuse_second(rows: Sequence[Recommendation]) -> None:
    open_ = sa.select(Recommendation.number).where(
        Recommendation.id.in_([row.id for row in rows]),
        sa.exists()
        .where(decision_recommendation.c.recommendation_id == Recommendation.id)
        .where(Decision.id == decision_recommendation.c.decision_id, Decision.state == DecisionState.PROPOSED),
    )
    if numbers := list(db.session.scalars(open_.order_by(Recommendation.ordinal))):
        raise ConflictError(Reason("already_proposed", _PROPOSED(numbers=", ".join(numbers))))


def _named(paper: OfficialPaper | None) -> dict[str, Any] | None:
    return {"paper": paper.id, "sha256": paper.evidence.sha256} if paper else None


def _tell(
    kind: str, decision: Decision, recommendations: Sequence[Recommendation], actor: Actor, **more: object
) -> None:
    audit.record(
        kind,
        audit.Subject("decision", decision.id, decision.region_id, decision.agency_id),
        actor=actor,
        details={
            "status": decision.official_status, "number": decision.number, "date": decision.decided_on,
            "year": recommendations[0].report.year, "recommendations": [row.number for row in recommendations],
            "reason_sha256": hashlib.sha256(decision.reason.encode()).hexdigest(),
            "valid_reason": decision.valid_reason, "ground": _named(decision.ground), **more,
        },
    )  # fmt: skip
