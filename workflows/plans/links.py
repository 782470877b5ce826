"""One cell for several reports: what an earlier report asks for already serves the recommendations of a later one too.

Nothing of that is to be seen before the later report is issued: a draft is the Inspektorat's own matter.
"""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import Actor
from workflows.core.db import db, lock_rows
from workflows.organization.models import Unit
from workflows.plans.models import Grid, Requirement, requirement_recommendation
from workflows.plans.rules import lock, settle
from workflows.recommendations.models import EvaluationReport, Recommendation


def serving(report_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a requirement serves a recommendation of a report, its own or a later one.

    :param report_id: an id, a column or a query of ids.
    """
    pairs = requirement_recommendation.c
    reports = report_id if isinstance(report_id, sa.Select) else [report_id]
    return Requirement.id.in_(
        sa.select(pairs.requirement_id)
        .join(Recommendation, Recommendation.id == pairs.recommendation_id)
        .where(Recommendation.report_id.in_(reports))
    )


def told(row: Requirement, numbers: Sequence[str]) -> dict[str, Any]:
    """Return what the log tells of a cell that is asked for: whoever proves a bundle holds its records against it."""
    unit = db.session.get_one(Unit, row.unit_id)
    return {
        "kind": row.kind, "quarter": row.quarter, "unit": {"code": unit.code, "name": unit.name},
        "recommendations": list(numbers),
    }  # fmt: skip


def link(report: EvaluationReport, pairs: Sequence[tuple[uuid.UUID, uuid.UUID]], actor: Actor) -> None:
    """Have cells that are there serve recommendations of this report as well, with an event for each cell."""
    if not pairs:
        return
    rows = lock_rows(Requirement, sorted({one for one, _ in pairs}))
    table = requirement_recommendation
    query = sa.select(table.c.requirement_id, table.c.recommendation_id)
    found = db.session.execute(query.where(table.c.requirement_id.in_([row.id for row in rows])))
    known = {(one, other) for one, other in found}
    fresh = [pair for pair in pairs if pair not in known]
    if not fresh:
        return
    place = {"region_id": report.region_id, "agency_id": report.agency_id}
    db.session.execute(
        sa.insert(table), [{"requirement_id": one, "recommendation_id": other, **place} for one, other in fresh]
    )
    numbers = _numbers(report, [row.id for row in rows])
    touched = [row for row in rows if row.id in {one for one, _ in fresh}]
    for row in touched:
        subject = audit.Subject("requirement", row.id, row.region_id, row.agency_id)
        details = {"year": report.year, **told(row, numbers[row.id])}
        audit.record("requirement.linked", subject, actor=actor, details=details)
    settle(lock(touched), cause=actor)


def _numbers(report: EvaluationReport, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    link = requirement_recommendation.c
    query = (
        sa.select(link.requirement_id, Recommendation.number)
        .join(Recommendation, Recommendation.id == link.recommendation_id)
        .where(link.requirement_id.in_(ids), Recommendation.report_id == report.id)
        .order_by(Recommendation.ordinal)
    )
    found: dict[uuid.UUID, list[str]] = {}
    for key, number in db.session.execute(query):
        found.setdefault(key, []).append(number)
    return found


def link_pending(report: EvaluationReport, *, actor: Actor) -> None:
    """Do what waited for the issue of a report: cells of earlier ones serve its recommendations from now on."""
    for grid in db.session.scalars(sa.select(Grid).where(Grid.report_id == report.id).order_by(Grid.id)):
        if grid.pending_links:
            link(report, [(uuid.UUID(one), uuid.UUID(other)) for one, other in grid.pending_links], actor)
            grid.pending_links = []
    db.session.flush()
