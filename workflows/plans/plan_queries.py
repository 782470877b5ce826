"""Reads of plans, inside the actor's scope: what stands in them, what is open, and whose turn it is."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from workflows.core.actors import Actor, Role
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.core.paging import Page, at_most, page
from workflows.organization.scope import in_scope
from workflows.plans.comparison import Flag, flags
from workflows.plans.models import Action, Requirement
from workflows.plans.plan_models import ActionPlan, PlanState, PlanSubmission
from workflows.plans.queries import actions
from workflows.recommendations.models import EvaluationReport, Recommendation


@dataclass(frozen=True)
class Contents:
    """What stands in a plan now."""

    recommendations: Sequence[Recommendation]
    """In the order of the paper."""
    actions: Mapping[uuid.UUID, Action]
    flags: Mapping[uuid.UUID, Sequence[Flag]]
    submissions: Sequence[PlanSubmission]
    """Newest first."""

    @property
    def open_flags(self) -> list[Flag]:
        """Return everything that is open, in the order of the paper."""
        return [flag for row in self.recommendations for flag in self.flags[row.id]]

    @property
    def rounds(self) -> int:
        """Return how often the plan was submitted."""
        return len(self.submissions)


def _plans(actor: Actor) -> sa.Select[ActionPlan]:
    return (
        sa.select(ActionPlan)
        .join(ActionPlan.report)
        .where(in_scope(ActionPlan, actor))
        .options(contains_eager(ActionPlan.report), joinedload(ActionPlan.agency))
    )


def list_plans(
    actor: Actor,
    *,
    year: int | None = None,
    agency_id: uuid.UUID | None = None,
    state: PlanState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ActionPlan]:
    """Return plans in scope, the newest first."""
    query = _plans(actor)
    if year is not None:
        query = query.where(EvaluationReport.year == year)
    if agency_id is not None:
        query = query.where(ActionPlan.agency_id == agency_id)
    if state is not None:
        query = query.where(ActionPlan.state == state)
    return page(
        query,
        keys=[ActionPlan.id],
        read=[uuid.UUID],
        values=lambda row: [row.id],
        cursor=cursor,
        limit=limit,
        descending=True,
    )


def get_plan(plan_id: uuid.UUID, actor: Actor) -> ActionPlan:
    """:raises NotFoundError: not there, or not for this actor to know of."""
    return _one(_plans(actor).where(ActionPlan.id == plan_id))


def plan_of_report(report_id: uuid.UUID, actor: Actor) -> ActionPlan:
    """:raises NotFoundError: no such report, not issued, or not for this actor to know of."""
    return _one(_plans(actor).where(ActionPlan.report_id == report_id))


def _one(query: sa.Select[ActionPlan]) -> ActionPlan:
    found: ActionPlan | None = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def recommendation_in(plan: ActionPlan, recommendation_id: uuid.UUID) -> Recommendation:
    """:raises NotFoundError: it is not one that this plan answers."""
    query = sa.select(Recommendation).where(
        Recommendation.id == recommendation_id, Recommendation.report_id == plan.report_id
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def contents_of(plan: ActionPlan) -> Contents:
    """Return what stands in a plan, in a number of queries that does not depend on its length."""
    asked = sa.select(Recommendation).where(Recommendation.report_id == plan.report_id)
    rows = list(db.session.scalars(asked.order_by(Recommendation.ordinal)))
    written = actions([row.id for row in rows])
    promised = (
        sa.select(Requirement)
        .where(Requirement.report_id == plan.report_id)
        .order_by(Requirement.quarter, Requirement.id)
        .options(
            joinedload(Requirement.signing_position),
            joinedload(Requirement.acknowledging_position),
            selectinload(Requirement.recommendations).load_only(Recommendation.id, Recommendation.ordinal),
        )
        .execution_options(populate_existing=True)
    )
    requirements = list(db.session.scalars(promised).unique())
    found = flags(rows, written, requirements, year=plan.report.year)
    return Contents(rows, written, found, submissions_of(plan))


def submissions_of(plan: ActionPlan) -> list[PlanSubmission]:
    """Return every submission, newest first."""
    query = sa.select(PlanSubmission).where(PlanSubmission.plan_id == plan.id)
    return list(db.session.scalars(query.order_by(PlanSubmission.round.desc())))


def waiting_submission(plan: ActionPlan) -> PlanSubmission:
    """Return the submission of a submitted plan that nobody has answered."""
    query = sa.select(PlanSubmission).where(PlanSubmission.plan_id == plan.id, PlanSubmission.accepted.is_(None))
    return db.session.scalars(query).one()


def holder_of(plan: ActionPlan) -> Role | None:
    """Return whose turn it is; nobody's once it was accepted."""
    if plan.state.is_open:
        return Role.AGENCY_HEAD
    return Role.EVALUATOR if plan.state is PlanState.SUBMITTED else None


def plan_turns(actor: Actor, *, limit: int = 100) -> list[ActionPlan]:
    """Return the plans at which it is this person's turn, what came back first, then what has waited longest."""
    query = _plans(actor).where(_mine(actor))
    order = (ActionPlan.state != PlanState.RETURNED, ActionPlan.state_since, ActionPlan.id)
    return list(db.session.scalars(query.order_by(*order).limit(at_most(limit))))


def count_plan_turns(actor: Actor) -> int:
    """Return at how many plans it is this person's turn."""
    query = sa.select(sa.func.count()).select_from(ActionPlan).join(ActionPlan.report)
    return db.session.scalars(query.where(in_scope(ActionPlan, actor), _mine(actor))).one()


def _mine(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that it is the actor's turn, in any post."""
    writing = {
        post.agency_id
        for post in actor.posts
        if post.role in (Role.AGENCY_OPERATOR, Role.AGENCY_HEAD) and post.agency_id
    }
    judging = {post.agency_id for post in actor.posts if post.role == Role.EVALUATOR}
    covered = sa.true() if None in judging else ActionPlan.agency_id.in_({key for key in judging if key})
    return sa.or_(
        sa.and_(ActionPlan.state.in_((PlanState.DRAFT, PlanState.RETURNED)), ActionPlan.agency_id.in_(writing)),
        sa.and_(ActionPlan.state == PlanState.SUBMITTED, covered, ~_served(actor)) if judging else sa.false(),
    )


def _served(actor: Actor) -> sa.ColumnElement[bool]:
    """Say in SQL what ``action_plans.served_there`` says of one row."""
    first = sa.func.least(sa.func.make_date(EvaluationReport.year, 1, 1), sa.cast(EvaluationReport.issued_at, sa.Date))
    served = [
        sa.and_(
            ActionPlan.agency_id == post.agency_id,
            sa.literal(post.valid_from) <= sa.func.current_date(),
            sa.true() if post.valid_to is None else sa.literal(post.valid_to, sa.Date) >= first,
        )
        for post in actor.history
        if post.agency_id
    ]
    return sa.or_(sa.false(), *served)
