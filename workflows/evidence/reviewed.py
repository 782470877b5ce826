"""When an evaluator's acceptance of a refused delivery counts, as conditions for whoever asks the database.

It counts against any finding that a person can answer for. One that nobody can answer for (malware), found at any time,
takes it away.
"""

import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from workflows.core.db import db
from workflows.evidence.checks.policy import BEYOND_REVIEW, MALWARE
from workflows.evidence.models import CheckReport, Evidence, EvidenceReview, EvidenceUse
from workflows.plans.models import Requirement


def _ever_found(evidence_id: Any, codes: Collection[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a report on a delivery, the newest or an older one, has a finding of such a code."""
    return sa.exists().where(
        CheckReport.evidence_id == evidence_id,
        sa.or_(*(CheckReport.report["findings"].contains([{"code": code}]) for code in sorted(codes))),
    )


def harmful() -> sa.ColumnElement[bool]:
    """Return the condition that a delivery is known to harm whoever opens it: nobody is given it."""
    return _ever_found(Evidence.id, {MALWARE})


_ANSWERED_FOR = sa.and_(
    EvidenceReview.accepted.is_(True),
    ~_ever_found(EvidenceReview.evidence_id, BEYOND_REVIEW),
)


def accepted_here() -> sa.ColumnElement[bool]:
    """Return the condition that the refused delivery which a row of uses names was accepted in that place."""
    return sa.and_(
        Evidence.verdict == "reject",
        sa.exists().where(
            EvidenceReview.requirement_id == EvidenceUse.requirement_id,
            EvidenceReview.evidence_id == Evidence.id,
            _ANSWERED_FOR,
        ),
    )


def reviewed_newest() -> sa.ColumnElement[bool]:
    """Return the condition that the newest delivery of a requirement was accepted there by an evaluator."""
    return sa.exists().where(
        EvidenceReview.requirement_id == Requirement.id,
        EvidenceReview.evidence_id == Requirement.newest_evidence_id,
        _ANSWERED_FOR,
    )


def reviewed_among(requirements: Collection[Requirement]) -> set[uuid.UUID]:
    """Return the ids of those whose newest delivery was accepted after a review, in one query."""
    query = sa.select(Requirement.id).where(Requirement.id.in_([row.id for row in requirements]), reviewed_newest())
    return set(db.session.scalars(query))
