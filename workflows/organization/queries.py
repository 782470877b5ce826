"""Reads of the office: who holds which post on which day, and what an account may do."""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from workflows.core.actors import Actor, AssignmentKind, Channel, Post, Role
from workflows.core.clock import local_date, now
from workflows.core.db import Scope, bind_scope, db
from workflows.core.errors import NotFoundError
from workflows.organization.models import Account, Agency, Person, Position, PositionAssignment, Region, Unit

_AT_ONCE = (AssignmentKind.ACTING_VACANT, AssignmentKind.ACTING_DAILY)
"""Acting posts work from the moment they are recorded and are flagged until confirmed."""


def empowers(at: dt.datetime, day: dt.date) -> sa.ColumnElement[bool]:
    """Return the condition under which an assignment gives authority at ``at``, which is ``day`` in the region.

    It must be valid on that day **and** have been recorded before; except for acting posts it must also have
    been confirmed before. A back-dated assignment empowers nothing past.
    """
    entry = PositionAssignment
    return sa.and_(
        entry.valid_from <= day,
        sa.or_(entry.valid_to.is_(None), entry.valid_to >= day),
        entry.recorded_at <= at,
        sa.or_(entry.confirmed_at <= at, entry.kind.in_(_AT_ONCE)),
    )


def posts_of(person_id: uuid.UUID, *, at: dt.datetime, day: dt.date) -> tuple[Post, ...]:
    """Return the posts that a person holds at ``at``, in a stable order."""
    query = (
        sa.select(PositionAssignment, Position)
        .join(Position, Position.id == PositionAssignment.position_id)
        .where(PositionAssignment.person_id == person_id, empowers(at, day))
        .order_by(PositionAssignment.valid_from, PositionAssignment.id)
    )
    return tuple(
        Post(entry.id, post.id, post.role, entry.kind, post.title, post.agency_id, post.unit_id)
        for entry, post in db.session.execute(query)
    )


def actor_for(account: Account, *, channel: Channel, read_only: bool = False) -> Actor:
    """Return who stands behind an account now, and let the session see what that person may see."""
    bind_scope(Scope(account.region_id))
    row = db.session.execute(
        sa.select(Person.name, Region.timezone)
        .join(Region, Region.id == Person.region_id)
        .where(Person.id == account.person_id)
    ).one()
    at = now()
    actor = Actor(
        name=row.name,
        channel=channel,
        person_id=account.person_id,
        account_id=account.id,
        region_id=account.region_id,
        posts=posts_of(account.person_id, at=at, day=local_date(at, row.timezone)),
        read_only=read_only,
    )
    bind_scope(actor.scope)
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


def agencies_in_sight(actor: Actor) -> list[Agency]:
    """Return the agencies whose papers ``actor`` may see, by name."""
    scope = actor.scope
    query = sa.select(Agency).where(Agency.region_id == scope.region_id)
    if scope.agency_ids is not None:
        query = query.where(Agency.id.in_(scope.agency_ids))
    return list(db.session.scalars(query.order_by(Agency.name, Agency.id)))


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
