"""Reads of requirements and their progress, inside the actor's scope."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from workflows.core.actors import Actor, Role
from workflows.core.db import among, db, lock_found, locking
from workflows.core.errors import NotFoundError
from workflows.core.paging import Page, page
from workflows.core.transitions import State
from workflows.organization.models import Position, Unit
from workflows.organization.scope import in_scope, in_scope_of, scope_values
from workflows.plans.models import (
    IN_REVIEW,
    Action,
    PlanImport,
    Requirement,
    RequirementKind,
    requirement_recommendation,
)
from workflows.recommendations.models import EvaluationReport, Recommendation, ReportState
from workflows.recommendations.queries import sees_drafts, visible_report


def requirements(actor: Actor) -> sa.Select[Requirement]:
    """Return the query of all requirements in sight, with what every list shows; narrow it further where needed."""
    return (
        sa.select(Requirement)
        .join(Requirement.report)
        .where(in_scope(Requirement, actor), visible_report(actor))
        .options(
            contains_eager(Requirement.report),
            joinedload(Requirement.signing_position),
            joinedload(Requirement.acknowledging_position),
            selectinload(Requirement.recommendations),
        )
    )


def list_requirements(
    actor: Actor,
    *,
    year: int | None = None,
    agency_id: uuid.UUID | None = None,
    state: State | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Requirement]:
    """Return requirements in scope, in the order in which they were promised; of what they serve only the ids."""
    # Chosen first, looked up then: the wide statement is always the same one, so that the database plans it once.
    query = sa.select(Requirement.id).join(Requirement.report).where(in_scope(Requirement, actor))
    query = query.where(visible_report(actor))
    if year is not None:
        query = query.where(Requirement.year == year)
    if agency_id is not None:
        query = query.where(Requirement.agency_id == agency_id)
    if state is not None:
        query = query.where(Requirement._state == state)
    chosen = page(query, keys=[Requirement.id], read=[uuid.UUID], values=lambda key: [key], cursor=cursor, limit=limit)
    rows = db.session.scalars(_LISTED, {"ids": chosen.items, **scope_values(actor)}).unique()
    found = {row.id: row for row in rows}
    return Page([found[key] for key in chosen.items if key in found], chosen.next)


_LISTED = (
    sa.select(Requirement)
    .join(Requirement.report)
    .where(among(Requirement.id, "ids"), in_scope_of(Requirement))
    .options(
        contains_eager(Requirement.report),
        joinedload(Requirement.signing_position),
        joinedload(Requirement.acknowledging_position),
        joinedload(Requirement.recommendations).load_only(Recommendation.id),
    )
)


def get_requirement(requirement_id: uuid.UUID, actor: Actor) -> Requirement:
    """:raises NotFoundError: not there, or not for this actor to know of."""
    found = db.session.scalars(requirements(actor).where(Requirement.id == requirement_id)).unique().one_or_none()
    if found is None:
        raise NotFoundError
    return found


_IN_SIGHT = (
    sa.select(Requirement)
    .join(Requirement.report)
    .where(in_scope_of(Requirement))
    .where(sa.or_(sa.bindparam("drafts", type_=sa.Boolean), EvaluationReport.state == ReportState.ISSUED))
    .options(contains_eager(Requirement.report).load_only(EvaluationReport.state))
)
_FOUND = _IN_SIGHT.where(among(Requirement.id, "requirement_ids")).order_by(Requirement.id)
_FOUND_TO_MOVE = locking(Requirement, _FOUND)
_TO_MOVE = locking(
    Requirement,
    _IN_SIGHT.where(Requirement.id == sa.bindparam("requirement_id")).options(
        joinedload(Requirement.signing_position).load_only(Position.role),
        joinedload(Requirement.acknowledging_position).load_only(Position.role),
    ),
)


def _sight(actor: Actor) -> dict[str, Any]:
    """Return the values of what is in sight."""
    return {"drafts": sees_drafts(actor), **scope_values(actor)}


def find_requirements(requirement_ids: Sequence[uuid.UUID], actor: Actor, *, lock: bool = False) -> list[Requirement]:
    """Return requirements in the order of their ids given, with no more than a move needs. One query.

    :param lock: lock them for the move, in the order in which all moves lock.
    :raises NotFoundError: one is not there, or not for this actor to know of.
    """
    values = {"requirement_ids": list(requirement_ids), **_sight(actor)}
    rows = lock_found(Requirement, _FOUND_TO_MOVE, **values) if lock else db.session.scalars(_FOUND, values)
    found = {row.id: row for row in rows}
    if not found.keys() >= set(requirement_ids):
        raise NotFoundError
    return [found[key] for key in requirement_ids]


def requirement_to_move(requirement_id: uuid.UUID, actor: Actor) -> Requirement:
    """Return one requirement, locked as a move begins, with no more than the move and its answer need.

    :raises NotFoundError: not there, or not for this actor to know of.
    """
    found = lock_found(Requirement, _TO_MOVE, requirement_id=requirement_id, **_sight(actor))
    if not found:
        raise NotFoundError
    return found[0]


@dataclass(frozen=True)
class Progress:
    """How far the requirements in force of one recommendation are: a count per state."""

    counts: dict[State, int]

    @property
    def required(self) -> int:
        """Return how many are in force."""
        return sum(self.counts.values())

    @property
    def verified(self) -> int:
        """Return how many of them are verified."""
        return self.counts.get(State.VERIFIED, 0)


def progress(recommendation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Progress]:
    """Return the progress of each recommendation, in one query."""
    link = requirement_recommendation.c
    query = (
        sa.select(link.recommendation_id, Requirement._state, sa.func.count())
        .join(Requirement, Requirement.id == link.requirement_id)
        .where(link.recommendation_id.in_(recommendation_ids), Requirement.waived_at.is_(None))
        .group_by(link.recommendation_id, Requirement._state)
    )
    counted: dict[uuid.UUID, dict[State, int]] = {key: {} for key in recommendation_ids}
    for recommendation_id, state, count in db.session.execute(query):
        counted[recommendation_id][state] = count
    return {key: Progress(counts) for key, counts in counted.items()}


def requirement_ids(recommendation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Return the requirements that serve each recommendation, in one query."""
    link = requirement_recommendation.c
    query = sa.select(link.recommendation_id, link.requirement_id).where(link.recommendation_id.in_(recommendation_ids))
    found: dict[uuid.UUID, list[uuid.UUID]] = {key: [] for key in recommendation_ids}
    for recommendation_id, requirement_id in db.session.execute(query.order_by(link.requirement_id)):
        found[recommendation_id].append(requirement_id)
    return found


def actions(recommendation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Action]:
    """Return the plan's action of each recommendation, in one query."""
    query = sa.select(Action).where(Action.recommendation_id.in_(recommendation_ids))
    return {row.recommendation_id: row for row in db.session.scalars(query)}


@dataclass(frozen=True)
class Holder:
    """Whose turn it is, and since when. ``role`` is a role, ``system`` while a check runs, or ``None`` at the end."""

    role: str | None
    since: dt.datetime


def holder(requirement: Requirement, *, checking_since: dt.datetime | None) -> Holder:
    """Return whose turn it is.

    :param checking_since: since when a check of the newest evidence waits or runs; ``None`` when none does.
    """
    since = requirement.state_since
    if requirement.kind == RequirementKind.OUTCOME:
        done = requirement.state == State.VERIFIED
        return Holder(None if done else Role.EVALUATOR, since)
    if requirement.state == State.DRAFTED and requirement.return_code == IN_REVIEW:
        return Holder(Role.EVALUATOR, since)
    signing, acknowledging = requirement.signing_position, requirement.acknowledging_position
    if requirement.state == State.EVIDENCE_UPLOADED and checking_since is not None:
        return Holder("system", checking_since)
    turn = {
        State.DRAFTED: Role.UNIT_HEAD,
        State.EVIDENCE_UPLOADED: signing.role if signing else Role.UNIT_HEAD,
        State.SIGNED: acknowledging.role if acknowledging else Role.AGENCY_HEAD,
        State.ACKNOWLEDGED: Role.EVALUATOR,
    }
    return Holder(turn.get(requirement.state), since)


def get_import(import_id: uuid.UUID, actor: Actor) -> PlanImport:
    """:raises NotFoundError: not there, or not for this actor to know of."""
    query = sa.select(PlanImport).where(PlanImport.id == import_id, in_scope(PlanImport, actor))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def recommendations_of(report: EvaluationReport) -> list[Recommendation]:
    """Return a report's recommendations in the order of the paper."""
    query = sa.select(Recommendation).where(Recommendation.report_id == report.id).order_by(Recommendation.ordinal)
    return list(db.session.scalars(query))


def requirements_serving(recommendation_id: uuid.UUID, actor: Actor) -> list[Requirement]:
    """Return the requirements of one recommendation, by quarter and unit."""
    link = requirement_recommendation.c
    served = sa.select(link.requirement_id).where(link.recommendation_id == recommendation_id)
    return _in_order(requirements(actor).where(Requirement.id.in_(served)))


def requirements_of_year(actor: Actor, *, agency_id: uuid.UUID, year: int) -> list[Requirement]:
    """Return all that one agency promised for one year: as many as its units and quarters, never a region's."""
    return _in_order(requirements(actor).where(Requirement.agency_id == agency_id, Requirement.year == year))


def _in_order(query: sa.Select[Any]) -> list[Requirement]:
    """Return rows by quarter, in it the secretariat first and then by the units' codes."""
    place = (Requirement.quarter, Unit.is_secretariat.desc(), Unit.code, Requirement.id)
    query = query.join(Unit, Unit.id == Requirement.unit_id).order_by(*place)
    return list(db.session.scalars(query).unique())


@dataclass(frozen=True)
class Standing:
    """How many requirements in force stand in each state; what cannot be done yet is told apart."""

    counts: dict[State, int]
    not_due: int = 0
    """Nothing delivered, and the document cannot exist yet (*belum waktunya*)."""
    awaits_report: int = 0
    """Outcomes that only the next report settles."""


_NOT_DUE, _AWAITS = "not_due", "awaits_report"


def _standing_key(today: dt.date) -> sa.ColumnElement[str]:
    open_outcome = sa.and_(Requirement.kind == RequirementKind.OUTCOME, Requirement._state != State.VERIFIED)
    untouched = sa.and_(Requirement._state == State.DRAFTED, Requirement.returned_at.is_(None))
    return sa.case(
        (open_outcome, sa.literal(_AWAITS)),
        (sa.and_(untouched, Requirement.opens_on > today), sa.literal(_NOT_DUE)),
        else_=sa.cast(Requirement._state, sa.String),
    ).label("standing")


def _standing(counted: dict[str, int]) -> Standing:
    not_due, awaits = counted.pop(_NOT_DUE, 0), counted.pop(_AWAITS, 0)
    return Standing({State(key): count for key, count in counted.items()}, not_due, awaits)


def standings(recommendation_ids: Collection[uuid.UUID], *, today: dt.date) -> dict[uuid.UUID, Standing]:
    """Return how the requirements in force of each recommendation stand, in one query."""
    link = requirement_recommendation.c
    key = _standing_key(today)
    query = (
        sa.select(link.recommendation_id, key, sa.func.count().label("number"))
        .join(Requirement, Requirement.id == link.requirement_id)
        .where(among(link.recommendation_id, "ids"), Requirement.waived_at.is_(None))
        .group_by(link.recommendation_id, key)
    )
    counted: dict[uuid.UUID, dict[str, int]] = {row: {} for row in recommendation_ids}
    for recommendation_id, standing, number in db.session.execute(query, {"ids": list(recommendation_ids)}):
        counted[recommendation_id][standing] = number
    return {row: _standing(found) for row, found in counted.items()}


def standing_of_year(actor: Actor, *, year: int, agency_id: uuid.UUID | None, today: dt.date) -> Standing:
    """Return how all requirements in force of a year stand; one that serves two recommendations counts once."""
    key = _standing_key(today)
    query = (
        sa.select(key, sa.func.count().label("number"))
        .where(in_scope(Requirement, actor), Requirement.year == year, Requirement.waived_at.is_(None))
        .group_by(key)
    )
    if not sees_drafts(actor):
        query = query.join(Requirement.report).where(visible_report(actor))
    if agency_id is not None:
        query = query.where(Requirement.agency_id == agency_id)
    return _standing({row.standing: row.number for row in db.session.execute(query)})


def titles_of(requirement_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the title of each requirement, in one query."""
    query = sa.select(Requirement.id, Requirement.title).where(Requirement.id.in_(requirement_ids))
    return {row.id: row.title for row in db.session.execute(query)}


def list_imports(actor: Actor, *, limit: int = 20) -> list[PlanImport]:
    """Return the newest deliveries of plans in scope."""
    query = sa.select(PlanImport).where(in_scope(PlanImport, actor)).options(joinedload(PlanImport.agency))
    return list(db.session.scalars(query.order_by(PlanImport.requested_at.desc(), PlanImport.id).limit(limit)))
