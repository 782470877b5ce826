"""Sixth stage, seen from afar: how the official statuses stood at the end of a day, and what was carried into a year.

A status counts from the moment at which its decision was recorded, so a roll-up of a day that is over never changes.
Nothing is copied into the next year: what is still open is shown there, too, and is the same recommendation.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from workflows.core.actors import Actor
from workflows.core.clock import local_date, now
from workflows.core.db import db
from workflows.core.paging import Page, page
from workflows.organization.models import Agency
from workflows.organization.queries import region_of
from workflows.organization.scope import in_scope
from workflows.plans.deadlines import SETTLED
from workflows.recommendations.models import EvaluationReport, OfficialStatus, Recommendation, ReportState
from workflows.verification.models import Decision, DecisionState, decision_recommendation

HALVES = {1: (6, 30), 2: (12, 31)}
"""Month and day with which each half of a year ends."""


@dataclass(frozen=True)
class Row:
    """How the recommendations of one agency, or of all, stood."""

    agency_id: uuid.UUID | None
    code: str
    name: str
    counts: dict[OfficialStatus, int]
    carried: int
    """Of them, how many are from the reports of earlier years."""

    @property
    def total(self) -> int:
        """Return how many there were."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class RollUp:
    """The official statuses at the end of a day."""

    as_of: dt.date
    provisional: bool
    """The half of the year is not over: this is how things stand today."""
    rows: Sequence[Row]
    whole: Row


def half_year(actor: Actor, *, year: int, half: int) -> RollUp:
    """Return the official statuses at the end of 30 June or 31 December, per agency in scope and in all.

    What was issued by then counts until it was cancelled or moved elsewhere; before that day is over, today counts.
    """
    zone, ends = region_of(actor).timezone, dt.date(year, *HALVES[half])
    today = local_date(now(), zone)
    as_of = min(ends, today)
    until = _after(as_of, zone)
    status = sa.func.coalesce(_status_at(until), OfficialStatus.NOT_ASSESSED.value).label("status")
    carried = (EvaluationReport.year < year).label("carried")
    query = (
        sa.select(Agency.id, Agency.code, Agency.name, status, carried, sa.func.count())
        .select_from(Recommendation)
        .join(Recommendation.report)
        .join(Agency, Agency.id == Recommendation.agency_id)
        .where(in_scope(Recommendation, actor), *_asked_at(until), EvaluationReport.year <= year)
        .group_by(Agency.id, Agency.code, Agency.name, status, carried)
        .order_by(Agency.name, Agency.id)
    )
    rows: dict[uuid.UUID, Row] = {}
    for agency_id, code, name, found, before, count in db.session.execute(query):
        row = rows.get(agency_id) or Row(agency_id, code, name, dict.fromkeys(OfficialStatus, 0), 0)
        row.counts[OfficialStatus(found)] += count
        rows[agency_id] = Row(agency_id, code, name, row.counts, row.carried + (count if before else 0))
    return RollUp(as_of, today <= ends, list(rows.values()), _sum(rows.values()))


def _sum(rows: Collection[Row]) -> Row:
    whole = Row(None, "", "", dict.fromkeys(OfficialStatus, 0), sum(row.carried for row in rows))
    for row in rows:
        for status, count in row.counts.items():
            whole.counts[status] += count
    return whole


def carried_into(
    actor: Actor, *, year: int, agency_id: uuid.UUID | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Recommendation]:
    """Return what earlier years left open when a year began, the oldest report first; nothing for a year to come."""
    zone = region_of(actor).timezone
    until = _after(dt.date(year - 1, 12, 31), zone)
    query = (
        sa.select(Recommendation)
        .join(Recommendation.report)
        .where(in_scope(Recommendation, actor), EvaluationReport.year < year, *_asked_at(until))
        .where(sa.func.coalesce(_status_at(until), "").not_in([status.value for status in SETTLED]))
        .where(sa.literal(until) <= sa.func.now())
        .options(contains_eager(Recommendation.report).joinedload(EvaluationReport.agency))
    )
    if agency_id is not None:
        query = query.where(Recommendation.agency_id == agency_id)
    return page(
        query,
        keys=[EvaluationReport.year, Recommendation.report_id, Recommendation.ordinal],
        read=[int, uuid.UUID, int],
        values=lambda row: [row.report.year, row.report_id, row.ordinal],
        cursor=cursor,
        limit=limit,
    )


def _after(day: dt.date, zone: str) -> dt.datetime:
    """Return the moment at which a day is over in a region."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)


def _status_at(moment: dt.datetime) -> sa.ScalarSelect[str]:
    """Return the status of a recommendation by the decisions that were recorded before a moment; none is null."""
    link = decision_recommendation.c
    return (
        sa.select(sa.cast(Decision.official_status, sa.String))
        .join(decision_recommendation, link.decision_id == Decision.id)
        .where(link.recommendation_id == Recommendation.id, Decision.state == DecisionState.DECIDED)
        .where(Decision.decided_at < moment)
        .order_by(Decision.decided_at.desc(), Decision.id.desc())
        .limit(1)
        .correlate(Recommendation)
        .scalar_subquery()
    )


def _asked_at(moment: dt.datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions that a recommendation was issued before a moment and still asked for at it."""
    since = sa.func.coalesce(Recommendation.taken_over_at, EvaluationReport.issued_at)
    return (
        EvaluationReport.state == ReportState.ISSUED,
        since < moment,
        sa.or_(Recommendation.ended_at.is_(None), Recommendation.ended_at >= moment),
    )
