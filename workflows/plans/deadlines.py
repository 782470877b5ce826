"""Second stage, its clock: it starts when the agency receives the report, and whoever misses a deadline stays marked.

A recommendation is late when its deadline has passed and something is undone that could have been done: a requirement
whose own day comes later (the fourth quarter's *monev*) does not make it late before that day, an outcome never does.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import SYSTEM, Actor, Role
from workflows.core.clock import local_date, now
from workflows.core.db import db, lock_rows
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError, Reason
from workflows.core.transitions import State
from workflows.organization.models import Region
from workflows.plans.models import Requirement, RequirementKind, requirement_recommendation
from workflows.recommendations.deadlines import LONGEST, term_for
from workflows.recommendations.models import EvaluationReport, Objection, OfficialStatus, Recommendation, ReportState

RECEIVERS = (Role.AGENCY_OPERATOR, Role.AGENCY_HEAD)
SETTLED = (OfficialStatus.COMPLIANT, OfficialStatus.NOT_ACTIONABLE)
"""Official statuses with which nothing is left to do."""
ALREADY_RECEIVED = Reason(
    "already_received", "Tanggal terima sudah dicatat. Bila keliru, Inspektur dapat memperpanjang batas waktunya."
)


def region_day(region: Region) -> dt.date:
    """Return the day of the running transaction in the region."""
    return local_date(now(), region.timezone)


def receive_report(report: EvaluationReport, *, received_on: dt.date, actor: Actor) -> None:
    """Record the day on which the agency received an issued report: the clock of every recommendation starts.

    :raises PermissionDeniedError: only operator or head of that agency. :raises ConflictError: a draft, or recorded
        before. :raises InvalidInputError: before the report's date, or in the future.
    """
    if not actor.holds(*RECEIVERS, agency_id=report.agency_id):
        raise PermissionDeniedError
    (report,) = lock_rows(EvaluationReport, [report.id])
    if report.state != ReportState.ISSUED:
        raise ConflictError(Reason("report_not_issued", "LHE ini masih konsep; tunggu sampai diterbitkan Inspektur."))
    if report.received_on is not None:
        raise ConflictError(ALREADY_RECEIVED)
    region = db.session.get_one(Region, report.region_id)
    if received_on > region_day(region):
        raise InvalidInputError(Reason("received_on", "Tanggal terima tidak boleh sesudah hari ini."))
    if report.report_date is not None and received_on < report.report_date:
        raise InvalidInputError(Reason("received_on", "Tanggal terima tidak boleh sebelum tanggal LHE."))
    term = term_for(report.region_id, report.source)
    report.received_on, report.received_by_id, report.received_at = received_on, actor.person_id, now()
    report.due_on = received_on + dt.timedelta(days=term.follow_up)
    report.plan_due_on = received_on + dt.timedelta(days=term.plan)
    query = sa.select(Recommendation.id).where(Recommendation.report_id == report.id, Recommendation.due_on.is_(None))
    started = lock_rows(Recommendation, list(db.session.scalars(query)))
    for row in started:
        row.due_on = report.due_on
        row.version += 1
    audit.record(
        "report.received",
        audit.Subject("report", report.id, report.region_id, report.agency_id),
        actor=actor,
        details={
            "year": report.year, "number": report.number, "received_on": received_on, "due_on": report.due_on,
            "plan_due_on": report.plan_due_on, "source": report.source,
        },
    )  # fmt: skip
    db.session.flush()
    mark_overdue(region, among=[row.id for row in started])


def extend(recommendations: Sequence[Recommendation], *, due_on: dt.date, reason: str, actor: Actor) -> None:
    """Give recommendations of one agency more time. A deadline that has passed stays marked as missed.

    :raises PermissionDeniedError: not an inspector. :raises InvalidInputError: no reason, or no later day.
    :raises ConflictError: the report was not received, or nothing is left to do.
    """
    if not all(actor.holds(Role.INSPECTOR, agency_id=row.agency_id) for row in recommendations):
        raise PermissionDeniedError
    if not reason.strip():
        raise InvalidInputError(Reason("reason_missing", "Tulis alasannya."))
    region = db.session.get_one(Region, recommendations[0].region_id)
    ids = [row.id for row in recommendations]
    mark_overdue(region, among=ids)
    today = region_day(region)
    for row in lock_rows(Recommendation, ids):
        if row.due_on is None:
            raise ConflictError(
                Reason("not_received", "LHE ini belum dicatat diterima, jadi batas waktunya belum berjalan.")
            )
        require_open(row)
        if due_on <= row.due_on:
            raise InvalidInputError(Reason("due_on", "Batas baru harus sesudah batas sekarang."))
        if (due_on - today).days > LONGEST:
            raise InvalidInputError(Reason("due_on", "Batas baru terlalu jauh; periksa tahunnya."))
        put_deadline(row, due_on, kind="recommendation.extended", actor=actor, reason=reason.strip())


def is_open(row: Recommendation) -> bool:
    """Return whether something may still be done: it was neither ended nor settled by its official status."""
    return row.ended_as is None and row.official_status not in SETTLED


def require_open(row: Recommendation) -> None:
    """:raises ConflictError: it was cancelled or moved elsewhere, or its official status settles it."""
    if row.ended_as is not None:
        raise ConflictError(Reason("ended", "Rekomendasi ini sudah dibatalkan atau dialihkan; hanya dapat dibaca."))
    if row.official_status in SETTLED:
        raise ConflictError(
            Reason("settled", "Rekomendasi ini sudah selesai menurut keputusan; buka lagi lebih dahulu.")
        )


def put_deadline(row: Recommendation, due_on: dt.date, *, kind: str, actor: Actor, **details: object) -> None:
    """Write a new deadline on a locked recommendation, and the event that tells why."""
    before, row.due_on = row.due_on, due_on
    row.version += 1
    told = {"number": row.number, "due_on": due_on, "due_before": before, **details}
    audit.record(kind, subject_of(row), actor=actor, details=told)


def subject_of(row: Recommendation) -> audit.Subject:
    """Return a recommendation as the subject of an event."""
    return audit.Subject("recommendation", row.id, row.region_id, row.agency_id)


def undone(today: dt.date) -> sa.ColumnElement[bool]:
    """Return the condition that a recommendation waits for something that could have been done before ``today``."""
    link = requirement_recommendation.c
    served = (
        sa.exists()
        .where(link.recommendation_id == Recommendation.id, Requirement.id == link.requirement_id)
        .where(Requirement.waived_at.is_(None))
    )
    waiting = served.where(
        Requirement.kind != RequirementKind.OUTCOME,
        Requirement._state != State.VERIFIED,
        sa.or_(Requirement.due_on.is_(None), Requirement.due_on < today),
    )
    return sa.and_(Recommendation.official_status.not_in(SETTLED), sa.or_(waiting, ~served))


def is_running() -> sa.ColumnElement[bool]:
    """Return the condition that the clock of a recommendation runs: it was started, and no objection stops it."""
    stopped = sa.exists().where(Objection.recommendation_id == Recommendation.id, Objection.outcome.is_(None))
    return sa.and_(Recommendation.due_on.is_not(None), Recommendation.ended_as.is_(None), ~stopped)


def mark_overdue(region: Region, *, among: Sequence[uuid.UUID] | None = None) -> int:
    """Mark what has missed its deadline, once and for ever; return how many. The system's act, safe to run twice.

    :param among: look at these recommendations alone, so that nobody's act locks more than it is about.
    """
    today = region_day(region)
    query = sa.select(Recommendation.id).where(
        Recommendation.region_id == region.id, Recommendation.overdue_on.is_(None), is_running(),
        Recommendation.due_on < today, undone(today),
    )  # fmt: skip
    if among is not None:
        query = query.where(Recommendation.id.in_(among))
    rows = lock_rows(Recommendation, list(db.session.scalars(query.order_by(Recommendation.id))))
    late = [row for row in rows if row.overdue_on is None and row.due_on is not None and row.due_on < today]
    for row in late:
        row.overdue_on = row.due_on
        row.version += 1
        details = {"number": row.number, "overdue_on": row.due_on}
        audit.record("recommendation.overdue", subject_of(row), actor=SYSTEM, details=details)
    db.session.flush()
    return len(late)
