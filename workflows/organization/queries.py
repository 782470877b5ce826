"""Reads of the office: who holds which post on which day, and what an account may do."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from workflows.core.actors import Actor, Channel, Held, Post, Role
from workflows.core.db import Scope, bind_scope, db, opened, opening_agencies
from workflows.core.errors import NotFoundError
from workflows.organization.models import (
    Account,
    Agency,
    Engagement,
    Person,
    Position,
    PositionAssignment,
    Region,
    Unit,
)

Moment = dt.datetime | sa.ColumnElement[dt.datetime]
Day = dt.date | sa.ColumnElement[dt.date]
Chosen = TypeVar("Chosen", bound=sa.Select[*tuple[Any, ...]])


def empowers(at: Moment, day: Day) -> sa.ColumnElement[bool]:
    """Return the condition under which an assignment gives authority at ``at``, which is ``day`` in the region.

    It must be valid on that day **and** have been recorded before; unless it works at once it must also have been
    confirmed before. A back-dated assignment empowers nothing past, and one that was declined or ended nothing after.
    """
    entry = PositionAssignment
    return sa.and_(
        entry.valid_from <= day,
        sa.or_(entry.valid_to.is_(None), entry.valid_to >= day),
        entry.recorded_at <= at,
        sa.or_(entry.confirmed_at <= at, entry.at_once),
        sa.or_(entry.ended_at.is_(None), entry.ended_at > at),
    )


def stood() -> sa.ColumnElement[bool]:
    """Return the condition that an assignment was ever more than a proposal."""
    return sa.or_(PositionAssignment.confirmed_at.is_not(None), PositionAssignment.at_once)


_MOMENT = sa.func.coalesce(sa.bindparam("at", type_=sa.DateTime(timezone=True)), sa.func.now())
_ENGAGED = sa.or_(
    Position.role.not_in((Role.AUDITOR, Role.EVALUATOR)),
    sa.and_(Engagement.confirmed_at <= _MOMENT, sa.or_(Engagement.ended_at.is_(None), Engagement.ended_at > _MOMENT)),
)
"""Auditors and evaluators have authority only from a letter that two people stand for and nobody ended."""
_HOLDS = sa.and_(empowers(_MOMENT, sa.cast(sa.func.timezone(Region.timezone, _MOMENT), sa.Date)), _ENGAGED)
OF_THE_OFFICE = (Role.AGENCY_HEAD, Role.UNIT_HEAD, Role.AGENCY_OPERATOR, Role.UNIT_STAFF)
_FORERUNNERS = sa.case(
    (Position.role.in_(OF_THE_OFFICE), sa.func.forerunner_agencies(Position.agency_id, type_=ARRAY(sa.Uuid)))
)
"""Those who work in an agency see the papers that it carries on; an auditor sees what his letter names."""
# Whoever asks is looked up for every request: only what is needed, by a statement that is made once.
_PERSON = (
    sa.select(
        Person.region_id, Person.name, Person.nip, Person.rank_name, Person.rank_grade,
        PositionAssignment.id.label("assignment_id"), PositionAssignment.kind, PositionAssignment.letter_number,
        PositionAssignment.valid_from, PositionAssignment.valid_to, PositionAssignment.confirmed_at,
        PositionAssignment.at_once,
        sa.cast(sa.func.timezone(Region.timezone, PositionAssignment.ended_at), sa.Date).label("ended_on"),
        Position.id.label("position_id"), Position.role, Position.title, Position.agency_id, Position.unit_id,
        Engagement.years, Engagement.home_id, _HOLDS.label("holds"), _FORERUNNERS.label("forerunners"),
    )
    .join(Region, Region.id == Person.region_id)
    .outerjoin(PositionAssignment, PositionAssignment.person_id == Person.id)
    .outerjoin(Position, Position.id == PositionAssignment.position_id)
    .outerjoin(Engagement, Engagement.id == PositionAssignment.engagement_id)
    .where(Person.id == sa.bindparam("person_id"))
    .order_by(PositionAssignment.valid_from, PositionAssignment.id)
)  # fmt: skip
_PERSON_ACTING = _PERSON.add_columns(opening_agencies(Position.agency_id, _HOLDS, more=_FORERUNNERS))


def person_as_actor(person_id: uuid.UUID, *, channel: Channel, at: dt.datetime | None = None) -> Actor:
    """Return a person with the posts held now (or at ``at``) and all that were ever recorded, in one query."""
    rows = db.session.execute(_PERSON, {"person_id": person_id, "at": at}).all()
    return _actor(person_id, rows, channel)


def _actor(person_id: uuid.UUID, rows: Sequence[Any], channel: Channel) -> Actor:
    person = rows[0]
    entries = [row for row in rows if row.assignment_id is not None]
    return Actor(
        name=person.name,
        channel=channel,
        person_id=person_id,
        region_id=person.region_id,
        posts=tuple(_post(row) for row in entries if row.holds),
        history=tuple(_held(row) for row in entries if _was_held(row)),
        nip=person.nip,
        rank_name=person.rank_name,
        rank_grade=person.rank_grade,
    )


def _was_held(row: Any) -> bool:
    """Return whether an assignment is more than a proposal, and did not end before it began.

    Whoever proposes somebody for a post must not thereby bar him from what its holders may not do.
    """
    stood = row.confirmed_at is not None or row.at_once
    return stood and (row.ended_on is None or row.ended_on >= row.valid_from)


def _held(row: Any) -> Held:
    ends = [day for day in (row.valid_to, row.ended_on) if day is not None]
    return Held(row.role, row.agency_id, row.valid_from, min(ends, default=None))


def _post(row: Any) -> Post:
    return Post(
        row.assignment_id, row.position_id, row.role, row.kind, row.title, row.agency_id, row.unit_id,
        row.letter_number, row.confirmed_at is not None, frozenset(row.forerunners or ()),
        frozenset(row.years) if row.years else None, row.home_id,
    )  # fmt: skip


def actor_for(account: Account, *, channel: Channel, read_only: bool = False) -> Actor:
    """Return who stands behind an account now, and let the session see what that person may see."""
    bind_scope(Scope(account.region_id))
    return actor_in_open_region(account.id, account.person_id, channel=channel, read_only=read_only)


def actor_in_open_region(
    account_id: uuid.UUID, person_id: uuid.UUID, *, channel: Channel, read_only: bool = False
) -> Actor:
    """Return what :func:`actor_for` does, where the session sees the account's region already."""
    rows = db.session.execute(_PERSON_ACTING, {"person_id": person_id, "at": None}).all()
    actor = replace(_actor(person_id, rows, channel), account_id=account_id, read_only=read_only)
    opened(actor.scope)
    return actor


def region_of(actor: Actor) -> Region:
    """Return the region of the actor."""
    return db.session.get_one(Region, actor.region_id)


def agency_by_code(code: str, *, region_id: uuid.UUID | None = None) -> Agency:
    """Return the agency with that code. :raises NotFoundError: there is none in sight."""
    query = sa.select(Agency).where(sa.func.lower(Agency.code) == code.lower())
    if region_id:
        query = query.where(Agency.region_id == region_id)
    agency = db.session.scalars(query).one_or_none()
    if agency is None:
        raise NotFoundError
    return agency


def units_of(agency_id: uuid.UUID) -> Sequence[Unit]:
    """Return the units of an agency, the secretariat first."""
    query = sa.select(Unit).where(Unit.agency_id == agency_id).order_by(Unit.is_secretariat.desc(), Unit.code)
    return list(db.session.scalars(query))


def position_at(role: Role, *, agency_id: uuid.UUID, unit_id: uuid.UUID | None = None) -> Position | None:
    """Return the post of that role in an agency (and unit), vacant or not."""
    query = sa.select(Position).where(
        Position.role == role, Position.agency_id == agency_id, Position.unit_id.is_not_distinct_from(unit_id)
    )
    return db.session.scalars(query.order_by(Position.id)).first()


def account_by_login(login: str) -> Account | None:
    """Return the account with that user name or e-mail address, whatever the capitals."""
    wanted = login.strip().lower()
    query = sa.select(Account).where(
        sa.or_(sa.func.lower(Account.email) == wanted, sa.func.lower(Account.username) == wanted)
    )
    return db.session.scalars(query).first()


class AgencyName(NamedTuple):
    """What a choice shows of an agency."""

    id: uuid.UUID
    code: str
    name: str


def agencies_in_sight(actor: Actor) -> list[Agency]:
    """Return the agencies whose papers ``actor`` may see, by name."""
    return list(db.session.scalars(_in_sight(sa.select(Agency), actor)))


def agency_names(actor: Actor) -> list[AgencyName]:
    """Return the names of :func:`agencies_in_sight`: a region has hundreds, and every list offers them all."""
    query = _in_sight(sa.select(Agency.id, Agency.code, Agency.name), actor)
    return [AgencyName._make(row) for row in db.session.execute(query)]


def _in_sight(query: Chosen, actor: Actor) -> Chosen:
    scope = actor.scope
    query = query.where(Agency.region_id == scope.region_id)
    if scope.agency_ids is not None:
        query = query.where(Agency.id.in_(scope.agency_ids))
    return query.order_by(Agency.name, Agency.id)


def holders_of(position_ids: Sequence[uuid.UUID], *, at: dt.datetime, day: dt.date) -> dict[uuid.UUID, list[str]]:
    """Return who holds each post at ``at``, as ``Plt. Name``; a vacant post has an empty list. One query."""
    held: dict[uuid.UUID, list[str]] = {key: [] for key in position_ids}
    if not held:
        return held
    query = (
        sa.select(PositionAssignment.position_id, PositionAssignment.kind, Person.name)
        .join(Person, Person.id == PositionAssignment.person_id)
        .where(PositionAssignment.position_id.in_(held), empowers(at, day))
        .order_by(PositionAssignment.valid_from, PositionAssignment.id)
    )
    for position_id, kind, name in db.session.execute(query):
        held[position_id].append(kind.prefix + name)
    return held
