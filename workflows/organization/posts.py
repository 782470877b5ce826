"""Reads of an agency's posts: who holds each today and in what kind, which are vacant, what waits to be confirmed."""

import datetime as dt
import enum
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from workflows.core.actors import Actor, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, Reason
from workflows.core.paging import Page, page
from workflows.organization.assignments import OFFICE, WATCHERS
from workflows.organization.models import LetterScan, Person, Position, PositionAssignment
from workflows.organization.queries import empowers, stood
from workflows.organization.scope import in_scope

UNKNOWN_PERSON = Reason("no_person", "Pilih pegawainya dari daftar, atau isi surel akunnya.")
_PEOPLE = 300
"""People that a choice offers; who is not among them is named by the address of his account."""


class Standing(enum.StrEnum):
    """Where an assignment stands on a day."""

    PROPOSED = "proposed"
    """Waits for another person; works already where it is one that works at once."""
    COMING = "coming"
    HELD = "held"
    OVER = "over"
    DECLINED = "declined"
    ENDED = "ended"


def standing(row: PositionAssignment, *, today: dt.date) -> Standing:
    """Return where an assignment stands."""
    if row.ended_at is not None:
        return Standing.DECLINED if row.confirmed_at is None else Standing.ENDED
    if row.valid_to is not None and row.valid_to < today:
        return Standing.OVER
    if row.confirmed_at is None:
        return Standing.PROPOSED
    return Standing.COMING if row.valid_from > today else Standing.HELD


def watched_agencies(actor: Actor) -> frozenset[uuid.UUID] | None:
    """Return the agencies whose posts a person looks after; ``None`` means every one of the region.

    His scope may be wider: who works in one agency and looks after another one sees the posts of that one only.
    """
    held = [post.agency_id for post in actor.posts if post.role in WATCHERS]
    return None if None in held else frozenset(agency_id for agency_id in held if agency_id)


def watched(model: Any, actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that a row is of an agency whose posts a person looks after."""
    agencies = watched_agencies(actor)
    return sa.true() if agencies is None else model.agency_id.in_(agencies)


def get_position(position_id: uuid.UUID, actor: Actor) -> Position:
    """Return a post of an agency. :raises NotFoundError: not there, or out of scope."""
    query = _posts(actor).where(Position.id == position_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def get_assignment(assignment_id: uuid.UUID, actor: Actor) -> PositionAssignment:
    """Return an assignment to a post of an agency. :raises NotFoundError: not there, or out of scope."""
    query = _assignments(actor).where(PositionAssignment.id == assignment_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def get_letter(scan_id: uuid.UUID, actor: Actor) -> LetterScan:
    """Return a scan of a letter. :raises NotFoundError: not there, or out of scope."""
    query = sa.select(LetterScan).where(
        LetterScan.id == scan_id, in_scope(LetterScan, actor), watched(LetterScan, actor)
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def posts_of(actor: Actor, agency_id: uuid.UUID, *, cursor: str | None = None, limit: int = 50) -> Page[Position]:
    """Return the posts of an agency, by title."""
    return page(
        _posts(actor).where(Position.agency_id == agency_id),
        keys=[Position.title, Position.id],
        read=[str, uuid.UUID],
        values=lambda row: [row.title, row.id],
        cursor=cursor,
        limit=limit,
    )


def vacant_posts(actor: Actor, agency_id: uuid.UUID, *, today: dt.date, limit: int = 100) -> list[Position]:
    """Return the heads' posts of an agency that nobody holds today, in no kind: the agency's own first."""
    query = _posts(actor).where(
        Position.agency_id == agency_id, Position.role.in_(SIGNING), vacant(at=now(), today=today)
    )
    return list(db.session.scalars(query.order_by(Position.role, Position.title, Position.id).limit(limit)))


SIGNING = (Role.AGENCY_HEAD, Role.UNIT_HEAD)


def vacant(*, at: dt.datetime, today: dt.date) -> sa.ColumnElement[bool]:
    """Return the condition that nobody holds a post, in no kind."""
    held = sa.exists().where(PositionAssignment.position_id == Position.id, empowers(at, today))
    return ~held


def holders(position_ids: Collection[uuid.UUID], *, today: dt.date) -> dict[uuid.UUID, list[PositionAssignment]]:
    """Return who holds each post now; a vacant one has an empty list. One query."""
    held: dict[uuid.UUID, list[PositionAssignment]] = {key: [] for key in position_ids}
    query = (
        sa.select(PositionAssignment)
        .where(PositionAssignment.position_id.in_(held), empowers(now(), today))
        .options(joinedload(PositionAssignment.person))
        .order_by(PositionAssignment.valid_from, PositionAssignment.id)
    )
    for row in db.session.scalars(query):
        held[row.position_id].append(row)
    return held


def history_of_post(
    actor: Actor, position_id: uuid.UUID, *, cursor: str | None = None, limit: int = 20
) -> Page[PositionAssignment]:
    """Return everybody who was ever proposed for a post, the newest first."""
    return page(
        _assignments(actor).where(PositionAssignment.position_id == position_id),
        keys=[PositionAssignment.id],
        read=[uuid.UUID],
        values=lambda row: [row.id],
        cursor=cursor,
        limit=limit,
        descending=True,
    )


def proposals(actor: Actor, *, today: dt.date, limit: int = 50) -> list[PositionAssignment]:
    """Return what waits for a confirmation that this person may give, the oldest first."""
    query = _assignments(actor).where(_to_confirm(actor, today)).order_by(PositionAssignment.id).limit(limit)
    return list(db.session.scalars(query))


def count_proposals(actor: Actor, *, today: dt.date) -> int:
    """Return how many :func:`proposals` there are; no query for those who confirm nothing."""
    if not _widely(actor) and not _headed(actor):
        return 0
    query = sa.select(sa.func.count()).select_from(PositionAssignment)
    query = query.join(Position, Position.id == PositionAssignment.position_id)
    return db.session.scalars(query.where(in_scope(PositionAssignment, actor), _to_confirm(actor, today))).one()


def _to_confirm(actor: Actor, today: dt.date) -> sa.ColumnElement[bool]:
    entry = PositionAssignment
    mine = sa.true() if _widely(actor) else sa.and_(
        entry.agency_id.in_(_headed(actor)), Position.role != Role.AGENCY_HEAD
    )  # fmt: skip
    return sa.and_(
        mine,
        Position.role.in_(OFFICE),
        entry.confirmed_at.is_(None),
        entry.ended_at.is_(None),
        sa.or_(entry.valid_to.is_(None), entry.valid_to >= today),
        entry.proposed_by.is_distinct_from(actor.person_id),
        entry.person_id != actor.person_id,
    )


def _widely(actor: Actor) -> bool:
    return bool(actor.roles & {Role.INSPECTOR, Role.ADMIN})


def _headed(actor: Actor) -> list[uuid.UUID]:
    return [
        post.agency_id for post in actor.posts if post.role == Role.AGENCY_HEAD and post.confirmed and post.agency_id
    ]


def people_of(agency_id: uuid.UUID, actor: Actor) -> Sequence[Person]:
    """Return who holds or held a post in an agency, by name: the first whom one thinks of for another."""
    entry = PositionAssignment
    served = sa.exists().where(entry.person_id == Person.id, entry.agency_id == agency_id, stood())
    query = sa.select(Person).where(Person.region_id == actor.region_id, served).order_by(Person.name, Person.id)
    return list(db.session.scalars(query.limit(_PEOPLE)))


def get_person(person_id: uuid.UUID, actor: Actor) -> Person:
    """Return a person of the region. :raises InvalidInputError: there is none."""
    query = sa.select(Person).where(Person.id == person_id, Person.region_id == actor.region_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise InvalidInputError(UNKNOWN_PERSON)
    return found


def _posts(actor: Actor) -> sa.Select[Position]:
    return sa.select(Position).where(
        in_scope(Position, actor), watched(Position, actor), Position.agency_id.is_not(None), Position.role.in_(OFFICE)
    )


def _assignments(actor: Actor) -> sa.Select[PositionAssignment]:
    return (
        sa.select(PositionAssignment)
        .join(PositionAssignment.position)
        .where(
            in_scope(PositionAssignment, actor), PositionAssignment.agency_id.is_not(None), Position.role.in_(OFFICE)
        )
        .options(
            joinedload(PositionAssignment.person),
            joinedload(PositionAssignment.position),
            joinedload(PositionAssignment.proposer),
            joinedload(PositionAssignment.confirmer),
            joinedload(PositionAssignment.replaces).joinedload(PositionAssignment.position),
            selectinload(PositionAssignment.letters),
        )
    )
