"""Whose turn it is, asked the other way round: everything that waits for one person, in any of the posts held today.

The conditions say in SQL what the lifecycle's holder says of one row, so that a list of any length costs three
queries. Whether a single step may be taken is still decided by the rules alone.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from workflows.core.actors import Actor, Post, Role
from workflows.core.db import db
from workflows.core.paging import at_most
from workflows.core.transitions import Action, State
from workflows.evidence.models import CheckState, Evidence
from workflows.organization.models import PositionAssignment
from workflows.plans.models import Requirement, RequirementKind
from workflows.plans.queries import requirements
from workflows.recommendations.models import EvaluationReport, ReportState

_UPLOADERS = (Role.UNIT_STAFF, Role.UNIT_HEAD)


@dataclass(frozen=True)
class Turn:
    """One thing that waits for a person."""

    requirement: Requirement
    evidence: Evidence | None
    """The newest delivery, whatever its verdict."""
    action: Action
    post: Post
    """In which post the person would do it."""
    waiting: bool
    """True while the newest delivery is still being checked: nothing to press yet."""


@dataclass(frozen=True)
class Inbox:
    """What waits for a person now, and what will come when its time has come."""

    turns: Sequence[Turn]
    open: int
    """How many can be done now, shown or not."""
    later: Sequence[Turn]
    later_count: int


def inbox(actor: Actor, *, today: dt.date, limit: int = 60) -> Inbox:
    """Return what waits for ``actor``: what came back first, then by due day, what is being checked last."""
    open_count, later_count = count_turns(actor, today=today)
    return Inbox(_turns(actor, ~_early(today), limit), open_count, _turns(actor, _early(today), limit), later_count)


def count_turns(actor: Actor, *, today: dt.date) -> tuple[int, int]:
    """Return how many things ``actor`` can do now, and how many wait for their day."""
    early = _early(today)
    query = (
        sa.select(
            sa.func.count().filter(~early, ~_checking()).label("now"), sa.func.count().filter(early).label("later")
        )
        .select_from(Requirement)
        .join(EvaluationReport, EvaluationReport.id == Requirement.report_id)
        .outerjoin(Evidence, Evidence.id == Requirement.newest_evidence_id)
        .where(_mine(actor), Requirement.region_id == actor.region_id)
    )
    row = db.session.execute(query).one()
    return row.now, row.later


def _turns(actor: Actor, condition: sa.ColumnElement[bool], limit: int) -> list[Turn]:
    place = (_checking(), Requirement.returned_at.is_(None), Requirement.due_on.nulls_last(), Requirement.id)
    # Chosen first, looked up then: what a list shows is not fetched for all that waits.
    chosen = (
        sa.select(Requirement.id)
        .join(Requirement.report)
        .outerjoin(Evidence, Evidence.id == Requirement.newest_evidence_id)
        .where(_mine(actor), Requirement.region_id == actor.region_id, condition)
        .order_by(*place)
        .limit(at_most(limit))
    )
    query = (
        requirements(actor)
        .add_columns(Evidence)
        .outerjoin(Evidence, Evidence.id == Requirement.newest_evidence_id)
        .where(Requirement.id.in_(chosen))
        .order_by(*place)
    )
    return [_turn(requirement, evidence, actor) for requirement, evidence in db.session.execute(query).unique()]


def _early(today: dt.date) -> sa.ColumnElement[bool]:
    """Nothing delivered, and the document cannot exist yet."""
    return sa.and_(
        Requirement._state == State.DRAFTED,
        Requirement.returned_at.is_(None),
        sa.func.coalesce(Requirement.opens_on > today, sa.false()),
    )


def _checking() -> sa.ColumnElement[bool]:
    pending = Evidence.check_state.in_((CheckState.WAITING, CheckState.RUNNING))
    return sa.and_(Requirement._state == State.EVIDENCE_UPLOADED, sa.func.coalesce(pending, sa.false()))


def _mine(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that it is the actor's turn, in any post."""
    units = [post.unit_id for post in actor.posts if post.role in _UPLOADERS and post.unit_id]
    operated = [post.agency_id for post in actor.posts if post.role == Role.AGENCY_OPERATOR and post.agency_id]
    positions = [post.position_id for post in actor.posts]
    to_deliver = sa.or_(
        Requirement._state == State.DRAFTED,
        sa.and_(Requirement._state == State.EVIDENCE_UPLOADED, Evidence.check_state == CheckState.FAILED),
    )
    ways = [
        sa.and_(to_deliver, sa.or_(Requirement.unit_id.in_(units), Requirement.agency_id.in_(operated))),
        sa.and_(
            Requirement._state == State.EVIDENCE_UPLOADED,
            Requirement.signing_position_id.in_(positions),
            Evidence.check_state != CheckState.FAILED,
        ),
        sa.and_(Requirement._state == State.SIGNED, Requirement.acknowledging_position_id.in_(positions)),
        sa.and_(Requirement._state == State.ACKNOWLEDGED, evaluated_by(actor), ~once_served(actor.person_id)),
    ]
    return sa.and_(
        EvaluationReport.state == ReportState.ISSUED,
        Requirement.waived_at.is_(None),
        Requirement.kind != RequirementKind.OUTCOME,
        sa.or_(*ways),
    )


def evaluated_by(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that an evaluator's post covers the agency; one without an agency covers all."""
    agencies = {post.agency_id for post in actor.posts if post.role == Role.EVALUATOR}
    return sa.true() if None in agencies else Requirement.agency_id.in_(agencies)


def once_served(person_id: uuid.UUID | None) -> sa.ColumnElement[bool]:
    """Return the condition that the person has held a post in that agency in the year or later."""
    entry = PositionAssignment
    return (
        sa.exists()
        .where(entry.person_id == person_id, entry.agency_id == Requirement.agency_id)
        .where(entry.valid_from <= sa.func.current_date())
        .where(sa.or_(entry.valid_to.is_(None), sa.extract("year", entry.valid_to) >= Requirement.year))
    )


def _turn(requirement: Requirement, evidence: Evidence | None, actor: Actor) -> Turn:
    """Name the step and the post; the row has passed :func:`_mine`, so one of them fits."""
    check = evidence.check_state if evidence else None
    failed = requirement.state == State.EVIDENCE_UPLOADED and check == CheckState.FAILED
    signer = actor.post_at(requirement.signing_position_id)
    waiting = check in (CheckState.WAITING, CheckState.RUNNING) and requirement.state == State.EVIDENCE_UPLOADED
    if requirement.state == State.DRAFTED or failed:
        return Turn(requirement, evidence, Action.UPLOAD, _uploading(requirement, actor), False)
    if requirement.state == State.EVIDENCE_UPLOADED and signer:
        return Turn(requirement, evidence, Action.SIGN, signer, waiting)
    acknowledger = actor.post_at(requirement.acknowledging_position_id)
    if requirement.state == State.SIGNED and acknowledger:
        return Turn(requirement, evidence, Action.ACKNOWLEDGE, acknowledger, False)
    judge = next(post for post in actor.posts if post.role == Role.EVALUATOR)
    return Turn(requirement, evidence, Action.VERIFY, judge, False)


def _uploading(requirement: Requirement, actor: Actor) -> Post:
    own = [post for post in actor.posts if post.role in _UPLOADERS and post.unit_id == requirement.unit_id]
    operators = [
        post
        for post in actor.posts
        if post.role == Role.AGENCY_OPERATOR and post.agency_id in (None, requirement.agency_id)
    ]
    return [*own, *operators][0]
