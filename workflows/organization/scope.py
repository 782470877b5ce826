"""The first wall: what an actor may see, as a condition in SQL. Row-level security stands behind it.

Lists never check rights row by row; out of scope means not found.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from workflows.core.actors import Actor
from workflows.core.db import Base, among


def in_scope(model: Any, actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that keeps rows with ``region_id`` and ``agency_id`` inside the actor's scope."""
    scope = actor.scope
    if scope.region_id is None:
        return sa.false()
    inside: sa.ColumnElement[bool] = model.region_id == scope.region_id
    if scope.agency_ids is not None:
        inside = sa.and_(inside, model.agency_id.in_(scope.agency_ids))
    if actor.years_in_sight is not None:
        inside = sa.and_(inside, _in_years(model, sa.literal(_year_keys(actor), ARRAY(sa.Text))))
    return inside


def in_scope_of(model: Any) -> sa.ColumnElement[bool]:
    """Return what :func:`in_scope` does, for a query that is made once: its parameters are :func:`scope_values`."""
    return sa.and_(
        model.region_id == sa.bindparam("scope_region"),
        sa.or_(
            sa.bindparam("scope_whole_region", type_=sa.Boolean),
            among(model.agency_id, "scope_agencies"),
        ),
        sa.or_(
            sa.bindparam("scope_any_year", type_=sa.Boolean),
            _in_years(model, sa.bindparam("scope_years", type_=ARRAY(sa.Text))),
        ),
    )


def scope_values(actor: Actor) -> dict[str, Any]:
    """Return the values for :func:`in_scope_of`."""
    scope = actor.scope
    return {
        "scope_region": scope.region_id,
        "scope_whole_region": scope.agency_ids is None,
        "scope_agencies": list(scope.agency_ids or ()),
        "scope_any_year": actor.years_in_sight is None,
        "scope_years": _year_keys(actor),
    }


def _year_keys(actor: Actor) -> list[str]:
    return sorted(f"{agency_id or '*'}:{year}" for agency_id, year in actor.years_in_sight or ())


def _in_years(model: Any, keys: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The condition that a row is about a year that the engagement names for its agency.

    Tables of later stages are known here by their names alone.
    """
    named = Base.metadata.tables

    def among_years(year: Any, agency_id: Any) -> sa.ColumnElement[bool]:
        text = sa.cast(year, sa.Text)
        return sa.or_(
            sa.func.concat("*:", text) == sa.any_(keys),
            sa.func.concat(sa.cast(agency_id, sa.Text), ":", text) == sa.any_(keys),
        )

    def some(table: Any, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists().where(*conditions, among_years(table.c.year, table.c.agency_id))

    def of_delivery(evidence_id: Any) -> sa.ColumnElement[bool]:
        use, requirement = named["evidence_use"].alias(), named["requirement"].alias()
        used = some(requirement, use.c.evidence_id == evidence_id, requirement.c.id == use.c.requirement_id)
        return sa.or_(used, of_official_paper(evidence_id))

    def of_report(report_id: Any) -> sa.ColumnElement[bool]:
        report = named["evaluation_report"].alias()
        return some(report, report.c.id == report_id)

    def of_requirement(requirement_id: Any) -> sa.ColumnElement[bool]:
        requirement = named["requirement"].alias()
        return some(requirement, requirement.c.id == requirement_id)

    def of_recommendation(recommendation_id: Any) -> sa.ColumnElement[bool]:
        one, report = named["recommendation"].alias(), named["evaluation_report"].alias()
        return some(report, one.c.id == recommendation_id, report.c.id == one.c.report_id)

    def of_decision(decision_id: Any) -> sa.ColumnElement[bool]:
        link = named["decision_recommendation"].alias()
        return sa.exists().where(link.c.decision_id == decision_id, of_recommendation(link.c.recommendation_id))

    def of_official_paper(paper_id: Any) -> sa.ColumnElement[bool]:
        decision = named["decision"].alias()
        names = sa.or_(decision.c.letter_id == paper_id, decision.c.ground_id == paper_id)
        return sa.exists().where(names, of_decision(decision.c.id))

    def of_bundle(bundle_id: Any) -> sa.ColumnElement[bool]:
        bundle = named["bundle"].alias()
        return some(bundle, bundle.c.id == bundle_id)

    def of_archived(archived_object_id: Any) -> sa.ColumnElement[bool]:
        archived = named["archived_object"].alias()
        return sa.exists().where(archived.c.id == archived_object_id, of_delivery(archived.c.evidence_id))

    def of_paper(paper_id: Any) -> sa.ColumnElement[bool]:
        paper = named["paper"].alias()
        return some(paper, paper.c.id == paper_id)

    def of_sample(batch_id: Any) -> sa.ColumnElement[bool]:
        item = named["sample_item"].alias()
        return sa.exists().where(item.c.batch_id == batch_id, of_requirement(item.c.requirement_id))

    def of_plan(plan_id: Any) -> sa.ColumnElement[bool]:
        plan = named["action_plan"].alias()
        return sa.exists().where(plan.c.id == plan_id, of_report(plan.c.report_id))

    table = model.__table__
    if "year" in table.c:
        return among_years(model.year, model.agency_id)
    by = {
        "report_id": of_report, "requirement_id": of_requirement, "recommendation_id": of_recommendation,
        "evidence_id": of_delivery, "bundle_id": of_bundle, "archived_object_id": of_archived, "plan_id": of_plan,
    }  # fmt: skip
    for name, about in by.items():
        if name in table.c:
            return about(getattr(model, name))
    if table.name == "evidence":
        return of_delivery(model.id)
    if table.name == "sample_batch":
        return of_sample(model.id)
    if table.name == "official_paper":
        return of_official_paper(model.id)
    if table.name == "decision":
        return of_decision(model.id)
    if table.name == "audit_event":
        of = {
            "report": of_report, "requirement": of_requirement, "recommendation": of_recommendation,
            "evidence": of_delivery, "decision": of_decision, "bundle": of_bundle, "paper": of_paper,
            "sample": of_sample,
        }  # fmt: skip
        return sa.or_(
            model.subject_type.not_in(of),
            *(sa.and_(model.subject_type == kind, about(model.subject_id)) for kind, about in of.items()),
        )
    return sa.true()
