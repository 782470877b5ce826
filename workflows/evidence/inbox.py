"""Whose turn it is, asked the other way round: everything that waits for one person, in any of the posts held today.

The conditions say in SQL what the lifecycle's holder says of one row, so that a list of any length costs three
queries. Whether a single step may be taken is still decided by the rules alone.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, raiseload

from workflows.core.actors import Actor, Post, Role
from workflows.core.db import among, db
from workflows.core.paging import at_most
from workflows.core.transitions import Action, State
from workflows.evidence.models import CheckState, Evidence
from workflows.organization.models import Agency
from workflows.organization.scope import in_scope_of, scope_values
from workflows.plans.models import IN_REVIEW, Requirement, RequirementKind, requirement_recommendation
from workflows.recommendations.models import EvaluationReport, Recommendation, ReportState

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
    numbers: Sequence[str] = ()
    """Of what is to be delivered: the numbers on paper of the recommendations it serves."""


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
    # Chosen and counted in one look at all that waits, looked up then: what a list shows is not fetched for all of it.
    chosen = db.session.execute(_chosen(actor, today, limit)).all()
    found = _turns(actor, [row.id for row in chosen])
    turns = [found[row.id] for row in chosen if not row.early and row.id in found]
    later = [found[row.id] for row in chosen if row.early and row.id in found]
    return Inbox(turns, chosen[0].now if chosen else 0, later, chosen[0].later if chosen else 0)


def count_turns(actor: Actor, *, today: dt.date) -> int:
    """Return how many things ``actor`` can do now."""
    counted = sa.select(sa.func.count()).where(~_early(today), ~_checking())
    number: int = db.session.scalars(_waiting(counted, actor)).one()
    return number


def _waiting(query: sa.Select[Any], actor: Actor) -> sa.Select[Any]:
    return (
        query.select_from(Requirement)
        .join(EvaluationReport, EvaluationReport.id == Requirement.report_id)
        .where(_mine(actor), Requirement.region_id == actor.region_id)
    )


def _chosen(actor: Actor, today: dt.date, limit: int) -> sa.Select[Any]:
    early, checking = _early(today), _checking()
    order = (checking, Requirement.returned_at.is_(None), Requirement.due_on.nulls_last(), Requirement.id)
    columns = sa.select(
        Requirement.id,
        early.label("early"),
        sa.func.row_number().over(partition_by=[early], order_by=order).label("place"),
        sa.func.count().filter(~early, ~checking).over().label("now"),
        sa.func.count().filter(early).over().label("later"),
    )
    found = _waiting(columns, actor).subquery()
    return sa.select(found).where(found.c.place <= at_most(limit)).order_by(found.c.early, found.c.place)


_SHOWN = (
    sa.select(Requirement, Evidence)
    .outerjoin(Evidence, Evidence.id == Requirement.newest_evidence_id)
    .where(among(Requirement.id, "ids"), in_scope_of(Requirement))
    .options(
        joinedload(Requirement.agency),
        joinedload(Requirement.signing_position),
        raiseload(Requirement.report),
        raiseload(Requirement.unit),
        raiseload(Requirement.recommendations),
    )
)
"""What a list shows of each; one statement for any number, which the database plans once."""
_link = requirement_recommendation.c
_NUMBERS = (
    sa.select(_link.requirement_id, Recommendation.number)
    .join(Recommendation, Recommendation.id == _link.recommendation_id)
    .where(among(_link.requirement_id, "ids"))
    .order_by(Recommendation.ordinal)
)


def _turns(actor: Actor, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Turn]:
    if not ids:
        return {}
    rows = db.session.execute(_SHOWN, {"ids": ids, **scope_values(actor)}).all()
    turns = {requirement.id: _turn(requirement, evidence, actor) for requirement, evidence in rows}
    numbers: dict[uuid.UUID, list[str]] = {key: [] for key, turn in turns.items() if turn.action == Action.UPLOAD}
    if numbers:
        for requirement_id, number in db.session.execute(_NUMBERS, {"ids": list(numbers)}):
            numbers[requirement_id].append(number)
    return {key: replace(turn, numbers=numbers[key]) if key in numbers else turn for key, turn in turns.items()}


_check = sa.select(Evidence.check_state).where(Evidence.id == Requirement.newest_evidence_id).scalar_subquery()
"""How the newest delivery's check stands; asked only of the rows that come to it, never of all."""


def _early(today: dt.date) -> sa.ColumnElement[bool]:
    """Nothing delivered, and the document cannot exist yet."""
    return sa.and_(
        Requirement._state == State.DRAFTED,
        Requirement.returned_at.is_(None),
        sa.func.coalesce(Requirement.opens_on > today, sa.false()),
    )


def _checking() -> sa.ColumnElement[bool]:
    pending = _check.in_((CheckState.WAITING, CheckState.RUNNING))
    return sa.and_(Requirement._state == State.EVIDENCE_UPLOADED, sa.func.coalesce(pending, sa.false()))


def _mine(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that it is the actor's turn, in any post."""
    units = [post.unit_id for post in actor.posts if post.role in _UPLOADERS and post.unit_id]
    operated = [post.agency_id for post in actor.posts if post.role == Role.AGENCY_OPERATOR and post.agency_id]
    positions = [post.position_id for post in actor.posts]
    to_deliver = sa.or_(
        sa.and_(Requirement._state == State.DRAFTED, Requirement.return_code.is_distinct_from(IN_REVIEW)),
        sa.and_(Requirement._state == State.EVIDENCE_UPLOADED, _check == CheckState.FAILED),
    )
    ways = [
        sa.and_(
            sa.or_(
                sa.and_(Requirement.unit_id.in_(units), Requirement.heir_unit_id.is_(None)),
                Requirement.heir_unit_id.in_(units),
                sa.and_(Requirement.agency_id.in_(operated), Requirement.heir_agency_id.is_(None)),
                Requirement.heir_agency_id.in_(operated),
            ),
            to_deliver,
        ),
        sa.and_(
            Requirement._state == State.EVIDENCE_UPLOADED,
            Requirement.signing_position_id.in_(positions),
            _check != CheckState.FAILED,
        ),
        sa.and_(Requirement._state == State.SIGNED, Requirement.acknowledging_position_id.in_(positions)),
    ]
    if any(post.role == Role.EVALUATOR for post in actor.posts):
        ways += [
            sa.and_(step, evaluated_by(actor), ~once_served(actor))
            for step in (Requirement._state == State.ACKNOWLEDGED, in_review())
        ]
    return sa.and_(
        EvaluationReport.state == ReportState.ISSUED,
        Requirement.waived_at.is_(None),
        Requirement.kind != RequirementKind.OUTCOME,
        sa.or_(*ways),
    )


def in_review() -> sa.ColumnElement[bool]:
    """Return the condition that an evaluator was asked to look at a refused delivery and has not answered."""
    return sa.and_(Requirement._state == State.DRAFTED, Requirement.return_code == IN_REVIEW)


def evaluated_by(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that an evaluator's letter covers the agency, and that he does not belong to it.

    A letter that names no agency covers all; whoever belongs to the Inspektorat does not evaluate that.
    """
    inspectorate = sa.select(Agency.id).where(Agency.region_id == actor.region_id, Agency.is_inspectorate)
    ways = [
        sa.and_(
            sa.true() if post.agency_id is None else Requirement.agency_id == post.agency_id,
            Requirement.agency_id != post.home_id if post.home_id else Requirement.agency_id.not_in(inspectorate),
        )
        for post in actor.posts
        if post.role == Role.EVALUATOR
    ]
    return sa.or_(sa.false(), *ways)


def once_served(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that the person has held a post in that agency in the year or later.

    Who asks brings all his posts along, so that no row need be asked about them.
    """
    served = [
        sa.and_(
            sa.or_(Requirement.agency_id == post.agency_id, Requirement.heir_agency_id == post.agency_id),
            sa.literal(post.valid_from) <= sa.func.current_date(),
            sa.true() if post.valid_to is None else Requirement.year <= post.valid_to.year,
        )
        for post in actor.history
        if post.serves
    ]
    return sa.or_(sa.false(), *served)


def _turn(requirement: Requirement, evidence: Evidence | None, actor: Actor) -> Turn:
    """Name the step and the post; the row has passed :func:`_mine`, so one of them fits."""
    check = evidence.check_state if evidence else None
    failed = requirement.state == State.EVIDENCE_UPLOADED and check == CheckState.FAILED
    signer = actor.post_at(requirement.signing_position_id)
    waiting = check in (CheckState.WAITING, CheckState.RUNNING) and requirement.state == State.EVIDENCE_UPLOADED
    if requirement.state == State.DRAFTED and requirement.return_code == IN_REVIEW:
        return Turn(requirement, evidence, Action.REVIEW_ACCEPT, _judging(actor), False)
    if requirement.state == State.DRAFTED or failed:
        return Turn(requirement, evidence, Action.UPLOAD, _uploading(requirement, actor), False)
    if requirement.state == State.EVIDENCE_UPLOADED and signer:
        return Turn(requirement, evidence, Action.SIGN, signer, waiting)
    acknowledger = actor.post_at(requirement.acknowledging_position_id)
    if requirement.state == State.SIGNED and acknowledger:
        return Turn(requirement, evidence, Action.ACKNOWLEDGE, acknowledger, False)
    return Turn(requirement, evidence, Action.VERIFY, _judging(actor), False)


def _judging(actor: Actor) -> Post:
    return next(post for post in actor.posts if post.role == Role.EVALUATOR)


def _uploading(requirement: Requirement, actor: Actor) -> Post:
    own = [post for post in actor.posts if post.role in _UPLOADERS and post.unit_id == requirement.duty_unit_id]
    operators = [
        post
        for post in actor.posts
        if post.role == Role.AGENCY_OPERATOR and post.agency_id in (None, requirement.duty_agency_id)
    ]
    return [*own, *operators][0]
