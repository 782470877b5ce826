"""*Minta ditinjau*: whoever may upload asks an evaluator to look at a file that the checks refused.

What the checks said stays as it was observed. An evaluator who accepts the file answers for it with a reason and his
name; from then on it counts in that place, is locked in the archive like any other, and is signed like any other.
The request stands as long as the refused file is the newest there: a newer one takes the requirement out of the review.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.core.actors import Actor
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.core.ids import new_id
from workflows.core.moves import Move
from workflows.core.sentences import phrase
from workflows.core.transitions import Action
from workflows.evidence.checks.policy import BEYOND_REVIEW
from workflows.evidence.models import CheckReport, Evidence, EvidenceReview
from workflows.evidence.operations import CHECK_REFUSED, REFUSED_TERM, archive_anyway
from workflows.evidence.rules import NO_EVIDENCE
from workflows.plans.models import IN_REVIEW, Requirement
from workflows.plans.rules import RULES

_MARGIN = dt.timedelta(hours=2)
"""Before refused bytes may go, so that none go between the answer and the archive."""
ARCHIVING = phrase("Diterima setelah ditinjau; sedang disimpan di arsip terkunci.")


def review_of(requirement: Requirement) -> EvidenceReview | None:
    """Return the request about the newest delivery of a requirement, answered or not."""
    return db.session.scalars(
        sa.select(EvidenceReview)
        .where(
            EvidenceReview.requirement_id == requirement.id,
            EvidenceReview.evidence_id == requirement.newest_evidence_id,
        )
        .options(joinedload(EvidenceReview.asked_by), joinedload(EvidenceReview.decided_by))
    ).one_or_none()


def reviews_of(evidence: Evidence) -> list[EvidenceReview]:
    """Return every request about a delivery, in the order in which they were asked."""
    query = (
        sa.select(EvidenceReview)
        .where(EvidenceReview.evidence_id == evidence.id)
        .options(joinedload(EvidenceReview.asked_by), joinedload(EvidenceReview.decided_by))
    )
    return list(db.session.scalars(query.order_by(EvidenceReview.asked_at, EvidenceReview.id)))


_NEWEST_FINDINGS = (
    sa.select(CheckReport.report["findings"])
    .where(CheckReport.evidence_id == Evidence.id)
    .order_by(CheckReport.created_at.desc(), CheckReport.id.desc())
    .limit(1)
    .scalar_subquery()
)
_ASKED = sa.exists().where(
    EvidenceReview.requirement_id == Requirement.id, EvidenceReview.evidence_id == Requirement.newest_evidence_id
)


@RULES.fact("refused")
def _refused(requirements: Sequence[Requirement], _actor: Actor) -> dict[uuid.UUID, Any]:
    """What is known of the newest delivery where the checks refused it: one query, and none where they did nowhere."""
    ids = [row.id for row in requirements if row.return_code in (CHECK_REFUSED, IN_REVIEW) and row.returned_at]
    if not ids:
        return {}
    query = (
        sa.select(
            Requirement.id, Evidence.check_since, Evidence.intake_removed_at,
            _NEWEST_FINDINGS.label("findings"), _ASKED.label("asked"),
        )
        .join(Evidence, Evidence.id == Requirement.newest_evidence_id)
        .where(Requirement.id.in_(ids), Evidence.verdict == "reject")
    )  # fmt: skip
    return {row.id: row for row in db.session.execute(query)}


@RULES.guard("reviewable")
def _reviewable(asked: Move) -> Reason | None:
    if asked.subject.newest_evidence_id is None:
        return NO_EVIDENCE
    known = asked.facts["refused"].get(asked.subject.id)
    if known is None:
        return Reason("not_refused", "Berkas terbaru di sini tidak ditolak pemeriksaan.")
    if BEYOND_REVIEW & {finding["code"] for finding in known.findings or ()}:
        return Reason(
            "beyond_review", "Berkas ini bukan PDF atau berbahaya, jadi tidak dapat ditinjau; unggah berkas yang benar."
        )
    if known.intake_removed_at is not None or known.check_since < now() - REFUSED_TERM + _MARGIN:
        return Reason("bytes_gone", "Isi berkas yang ditolak sudah melewati masa simpan 90 hari; unggah ulang.")
    return None


@RULES.guard("not_yet_reviewed")
def _not_yet_reviewed(asked: Move) -> Reason | None:
    known = asked.facts["refused"].get(asked.subject.id)
    if known is None or not known.asked:
        return None
    return Reason("already_asked", "Berkas ini sudah pernah diminta ditinjau di sini.")


@RULES.guard("review_asked")
def _review_asked(asked: Move) -> Reason | None:
    if asked.subject.return_code == IN_REVIEW:
        return None
    return Reason("review_not_asked", "Tidak ada permintaan peninjauan yang terbuka untuk berkas terbaru di sini.")


@RULES.effect(Action.REVIEW_ASK)
def _ask(asked: Move) -> Mapping[str, Any]:
    requirement: Requirement = asked.subject
    evidence = db.session.get_one(Evidence, requirement.newest_evidence_id)
    review = EvidenceReview(
        id=new_id(),
        region_id=requirement.region_id,
        agency_id=requirement.agency_id,
        requirement_id=requirement.id,
        evidence_id=evidence.id,
        sha256=evidence.sha256,
        asked_by_id=asked.actor.person_id,
        asked_at=asked.at,
        text=asked.reason,
    )
    db.session.add(review)
    requirement.return_code, requirement.return_text = IN_REVIEW, asked.reason
    return {"review": review.id, "evidence": evidence.id}


@RULES.effect(Action.REVIEW_ACCEPT)
def _accept(asked: Move) -> Mapping[str, Any]:
    requirement: Requirement = asked.subject
    review = _answer(asked, accepted=True)
    # Its row is locked, so that two requirements with one file ask for one archive, one after the other.
    evidence = db.session.get_one(Evidence, review.evidence_id, with_for_update=True)
    archive_anyway(evidence, why=ARCHIVING)
    requirement.returned_at = requirement.return_code = requirement.return_text = None
    return {"review": review.id, "evidence": evidence.id}


@RULES.effect(Action.REVIEW_DECLINE)
def _decline(asked: Move) -> Mapping[str, Any]:
    requirement: Requirement = asked.subject
    review = _answer(asked, accepted=False)
    requirement.return_code, requirement.return_text = CHECK_REFUSED, asked.reason
    return {"review": review.id, "evidence": review.evidence_id}


def _answer(asked: Move, *, accepted: bool) -> EvidenceReview:
    requirement: Requirement = asked.subject
    review = db.session.scalars(
        sa.select(EvidenceReview).where(
            EvidenceReview.requirement_id == requirement.id,
            EvidenceReview.evidence_id == requirement.newest_evidence_id,
        )
    ).one()
    review.accepted, review.reason, review.decided_at = accepted, asked.reason, asked.at
    review.decided_by_id = asked.actor.person_id
    review.decided_as = asked.post.printed if asked.post else None
    return review
