"""Second stage: *keberatan*. Before the plan is due the agency's head may object; the clock stops until the answer.

Whoever accepts corrects or cancels in the same act. The days for which the clock stood still come on top of the
deadline, whatever the answer.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.core import audit
from workflows.core.actors import Actor, Role
from workflows.core.clock import now
from workflows.core.db import db, lock_rows
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError, Reason
from workflows.organization.models import Region
from workflows.organization.scope import in_scope
from workflows.plans.changes import grounds, locked, put_cancellation, put_wording
from workflows.plans.deadlines import mark_overdue, put_deadline, region_day, subject_of
from workflows.recommendations.models import EvaluationReport, Objection, Outcome, Recommendation
from workflows.recommendations.versions import Wording, required


def object_to(row: Recommendation, *, reason: str, actor: Actor) -> Objection:
    """Object to a recommendation, once to each wording. Its clock stands still from today.

    :raises PermissionDeniedError: not the head of that agency.
    :raises ConflictError: not received yet, the plan is due already, objected before, ended or settled.
    :raises InvalidInputError: no reason.
    """
    post = next((one for one in actor.posts if one.role == Role.AGENCY_HEAD and one.agency_id == row.agency_id), None)
    if post is None:
        raise PermissionDeniedError
    reason = required(reason, "reason_missing", "Tulis alasannya.")
    row = locked(row)
    region = db.session.get_one(Region, row.region_id)
    until = objection_until(row)
    if until is None:
        raise ConflictError(Reason("not_received", "Catat dahulu tanggal terima LHE ini."))
    if region_day(region) > until:
        raise ConflictError(
            Reason("objection_late", "Batas rencana aksi sudah lewat, jadi keberatan tidak dapat diajukan lagi.")
        )
    if any(one.revision == row.revision for one in objections_to([row.id])):
        raise ConflictError(Reason("objected_before", "Keberatan atas bunyi ini sudah pernah diajukan."))
    mark_overdue(region, among=[row.id])
    objection = Objection(
        region_id=row.region_id,
        agency_id=row.agency_id,
        recommendation_id=row.id,
        revision=row.revision,
        reason=reason,
        objected_by_id=actor.person_id,
        objected_as=post.printed,
        objected_at=now(),
        objected_on=region_day(region),
    )
    db.session.add(objection)
    row.version += 1
    db.session.flush()
    details = {
        "objection": objection.id, "number": row.number, "year": row.report.year, "revision": row.revision,
        "reason": reason, "post": post.printed,
    }  # fmt: skip
    audit.record("recommendation.objected", subject_of(row), actor=actor, details=details)
    return objection


def answer(
    row: Recommendation, *, outcome: Outcome, reason: str, letter: str, actor: Actor, wording: Wording | None = None
) -> Objection:
    """Answer the open objection to a recommendation: decline it, or accept it and correct or cancel at once.

    :param wording: the other wording, where the outcome is ``corrected``.
    :raises PermissionDeniedError: not an inspector. :raises ConflictError: none is open.
    :raises InvalidInputError: no reason, no letter, no other wording.
    """
    if not actor.holds(Role.INSPECTOR, agency_id=row.agency_id):
        raise PermissionDeniedError
    reason, letter = grounds(reason, letter)
    if outcome == Outcome.CORRECTED and wording is None:
        raise InvalidInputError(Reason("text_missing", "Tulis bunyi rekomendasinya."))
    row = locked(row)
    query = sa.select(Objection.id).where(Objection.recommendation_id == row.id, Objection.outcome.is_(None))
    found = lock_rows(Objection, list(db.session.scalars(query)))
    if not found:
        raise ConflictError(Reason("no_objection", "Tidak ada keberatan yang menunggu jawaban."))
    (objection,) = found
    today = region_day(db.session.get_one(Region, row.region_id))
    objection.outcome, objection.answer, objection.letter = outcome, reason, letter
    objection.answered_by_id, objection.answered_at = actor.person_id, now()
    objection.stopped_days = (today - objection.objected_on).days
    details = {
        "objection": objection.id, "year": row.report.year, "outcome": outcome, "reason": reason, "letter": letter,
        "stopped_days": objection.stopped_days,
    }  # fmt: skip
    before = row.due_on
    if before is None:
        raise LookupError(f"an objection to {row.id}, whose clock never ran")
    later = before + dt.timedelta(days=objection.stopped_days)
    put_deadline(row, later, kind="recommendation.objection_answered", actor=actor, **details)
    if outcome == Outcome.CORRECTED and wording is not None:
        put_wording(row, wording, reason=reason, letter=letter, actor=actor)
    elif outcome == Outcome.CANCELLED:
        put_cancellation(row, reason=reason, letter=letter, actor=actor)
    db.session.flush()
    return objection


def objection_until(row: Recommendation) -> dt.date | None:
    """Return the last day on which the agency may object; ``None`` while its clock has not started."""
    if row.report.plan_due_on is None or row.due_on is None:
        return None
    if row.moved_from is not None:  # its clock started when it was taken over, not with the report
        return row.due_on - (row.report.due_on - row.report.plan_due_on) if row.report.due_on else row.due_on
    stopped = sum(one.stopped_days or 0 for one in objections_to([row.id]))
    return row.report.plan_due_on + dt.timedelta(days=stopped)


def objections_to(recommendation_ids: Sequence[uuid.UUID]) -> list[Objection]:
    """Return the objections to recommendations, oldest first, answered ones too."""
    query = sa.select(Objection).where(Objection.recommendation_id.in_(recommendation_ids))
    query = query.options(joinedload(Objection.objected_by), joinedload(Objection.answered_by))
    return list(db.session.scalars(query.order_by(Objection.objected_at, Objection.id)))


def open_objections(actor: Actor, *, limit: int = 20) -> list[Recommendation]:
    """Return the recommendations in scope whose objection waits for an answer, the oldest first."""
    query = (
        sa.select(Recommendation)
        .join(Objection, Objection.recommendation_id == Recommendation.id)
        .where(in_scope(Recommendation, actor), Objection.outcome.is_(None))
        .options(joinedload(Recommendation.report).joinedload(EvaluationReport.agency))
    )
    return list(db.session.scalars(query.order_by(Objection.objected_at, Objection.id).limit(limit)))


def stopped_among(recommendation_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those whose clock stands still, in one query."""
    query = sa.select(Objection.recommendation_id).where(
        Objection.recommendation_id.in_(recommendation_ids), Objection.outcome.is_(None)
    )
    return set(db.session.scalars(query))
