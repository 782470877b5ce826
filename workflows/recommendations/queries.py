"""Reads of reports and recommendations, inside the actor's scope."""

import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from workflows.core.actors import INSPECTORATE, Actor
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.core.paging import Page, page
from workflows.core.transitions import State
from workflows.organization.scope import in_scope
from workflows.recommendations.models import EvaluationReport, Recommendation, ReportState


def sees_drafts(actor: Actor) -> bool:
    """Return whether drafts of reports are visible: only to the Inspektorat."""
    return bool(actor.roles & INSPECTORATE)


def visible_report(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition on a joined report: a draft is the Inspektorat's private matter."""
    return sa.true() if sees_drafts(actor) else EvaluationReport.state == ReportState.ISSUED


def _recommendations(actor: Actor) -> sa.Select[Recommendation]:
    return (
        sa.select(Recommendation)
        .join(Recommendation.report)
        .where(in_scope(Recommendation, actor), visible_report(actor))
        .options(contains_eager(Recommendation.report))
    )


_WITH_AGENCY = contains_eager(Recommendation.report).joinedload(EvaluationReport.agency)


def list_recommendations(
    actor: Actor,
    *,
    year: int | None = None,
    agency_id: uuid.UUID | None = None,
    state: State | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Recommendation]:
    """Return recommendations in scope, in the order in which they were written."""
    query = _recommendations(actor).options(_WITH_AGENCY)
    if year is not None:
        query = query.where(EvaluationReport.year == year)
    if agency_id is not None:
        query = query.where(Recommendation.agency_id == agency_id)
    if state is not None:
        query = query.where(Recommendation._state == state)
    return page(
        query, keys=[Recommendation.id], read=[uuid.UUID], values=lambda row: [row.id], cursor=cursor, limit=limit
    )


def get_recommendation(recommendation_id: uuid.UUID, actor: Actor) -> Recommendation:
    """:raises NotFoundError: not there, or not for this actor to know of."""
    query = _recommendations(actor).options(_WITH_AGENCY).where(Recommendation.id == recommendation_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def get_report(report_id: uuid.UUID, actor: Actor) -> EvaluationReport:
    """:raises NotFoundError: not there, or a draft this actor may not know of."""
    query = sa.select(EvaluationReport).where(
        EvaluationReport.id == report_id, in_scope(EvaluationReport, actor), visible_report(actor)
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def list_reports(actor: Actor, *, year: int | None = None) -> list[Any]:
    """Return the reports in scope, newest year first."""
    query = sa.select(EvaluationReport).where(in_scope(EvaluationReport, actor), visible_report(actor))
    if year is not None:
        query = query.where(EvaluationReport.year == year)
    return list(db.session.scalars(query.order_by(EvaluationReport.year.desc(), EvaluationReport.id)))


def years_in_sight(actor: Actor) -> dict[int, bool]:
    """Return the years of the reports in scope, newest first, each with whether any of its reports is issued."""
    issued = sa.func.bool_or(EvaluationReport.state == ReportState.ISSUED).label("issued")
    query = sa.select(EvaluationReport.year, issued).where(in_scope(EvaluationReport, actor), visible_report(actor))
    rows = db.session.execute(query.group_by(EvaluationReport.year).order_by(EvaluationReport.year.desc()))
    return {row.year: row.issued for row in rows}


def drafts_in_sight(actor: Actor) -> int:
    """Return how many reports wait to be issued, as far as ``actor`` may know of them."""
    query = sa.select(sa.func.count()).select_from(EvaluationReport)
    query = query.where(in_scope(EvaluationReport, actor), visible_report(actor))
    return db.session.scalars(query.where(EvaluationReport.state == ReportState.DRAFT)).one()


def unreceived_reports(actor: Actor, *, limit: int = 5) -> list[EvaluationReport]:
    """Return the issued reports in scope of which the agency has not recorded the receipt, the newest first."""
    query = sa.select(EvaluationReport).where(
        in_scope(EvaluationReport, actor),
        EvaluationReport.state == ReportState.ISSUED,
        EvaluationReport.received_on.is_(None),
    )
    return list(db.session.scalars(query.order_by(EvaluationReport.year.desc(), EvaluationReport.id).limit(limit)))


def numbers_of(recommendation_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the number on paper of each recommendation, in one query."""
    query = sa.select(Recommendation.id, Recommendation.number).where(Recommendation.id.in_(recommendation_ids))
    return {row.id: row.number for row in db.session.execute(query)}


def recommendations_of_year(
    actor: Actor, *, year: int, agency_id: uuid.UUID | None = None, cursor: str | None = None, limit: int = 50
) -> Page[Recommendation]:
    """Return the recommendations of a year, report by report, each in the order of the paper.

    The agencies do not come along: they would be fetched for the whole year, of which a page shows little.
    """
    query = _recommendations(actor).where(EvaluationReport.year == year)
    if agency_id is not None:
        query = query.where(Recommendation.agency_id == agency_id)
    return page(
        query,
        keys=[Recommendation.report_id, Recommendation.ordinal],
        read=[uuid.UUID, int],
        values=lambda row: [row.report_id, row.ordinal],
        cursor=cursor,
        limit=limit,
    )
