"""Builds the office: regions, agencies, units, people, posts and who holds them."""

import datetime as dt
import uuid

from workflows.core import audit
from workflows.core.actors import Actor, AssignmentKind, Channel, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.ids import new_id
from workflows.organization.models import (
    Account,
    Agency,
    Person,
    Position,
    PositionAssignment,
    Region,
    Unit,
)
from workflows.organization.queries import position_at

TITLES = {
    Role.UNIT_HEAD: "Kepala {unit}",
    Role.UNIT_STAFF: "Staf {unit}",
    Role.AGENCY_HEAD: "Kepala {agency}",
    Role.AGENCY_OPERATOR: "Operator {agency}",
}
"""What a post is called where nobody says otherwise."""
ACTING = (AssignmentKind.ACTING_VACANT, AssignmentKind.ACTING_DAILY)
HEADS = (Role.AGENCY_HEAD, Role.UNIT_HEAD)
"""The posts that others act in: those that sign and acknowledge."""


def add_region(*, code: str, name: str, timezone: str, actor: Actor) -> Region:
    """Write a region and its event."""
    region = Region(id=new_id(), code=code, name=name, timezone=timezone)
    db.session.add(region)
    db.session.flush()
    audit.record("region.added", audit.Subject("region", region.id, region.id), actor=actor, details={"name": name})
    return region


def add_agency(region: Region, *, code: str, name: str, is_inspectorate: bool = False, actor: Actor) -> Agency:
    """Write an agency and its event, the first link of the agency's chain."""
    agency = Agency(id=new_id(), region_id=region.id, code=code, name=name, is_inspectorate=is_inspectorate)
    db.session.add(agency)
    db.session.flush()
    subject = audit.Subject("agency", agency.id, region.id, agency.id)
    audit.record("agency.added", subject, actor=actor, details={"code": code, "name": name})
    return agency


def add_unit(agency: Agency, *, code: str, name: str, is_secretariat: bool = False, actor: Actor) -> Unit:
    """Write a unit of an agency and its event."""
    unit = Unit(
        id=new_id(),
        region_id=agency.region_id,
        agency_id=agency.id,
        code=code,
        name=name,
        is_secretariat=is_secretariat,
    )
    db.session.add(unit)
    db.session.flush()
    subject = audit.Subject("unit", unit.id, agency.region_id, agency.id)
    audit.record("unit.added", subject, actor=actor, details={"code": code, "name": name})
    return unit


def close_unit(unit: Unit, *, on: dt.date, actor: Actor) -> bool:
    """Write the last day of a unit; grids of the agency propose what becomes of its cells. Return whether it is new."""
    if unit.closed_on == on:
        return False
    unit.closed_on = on
    db.session.flush()
    subject = audit.Subject("unit", unit.id, unit.region_id, unit.agency_id)
    audit.record("unit.closed", subject, actor=actor, details={"name": unit.name, "on": on})
    return True


def add_person(
    region: Region,
    *,
    name: str,
    nip: str | None = None,
    rank_name: str | None = None,
    rank_grade: str | None = None,
    actor: Actor,
) -> Person:
    """Write a person and an event without his numbers."""
    person = Person(id=new_id(), region_id=region.id, name=name, nip=nip, rank_name=rank_name, rank_grade=rank_grade)
    db.session.add(person)
    db.session.flush()
    audit.record("person.added", audit.Subject("person", person.id, region.id), actor=actor, details={"name": name})
    return person


def ensure_position(
    role: Role,
    *,
    region_id: uuid.UUID,
    agency: Agency | None = None,
    unit: Unit | None = None,
    title: str | None = None,
) -> Position:
    """Return the post of that role there; a post exists even while nobody holds it."""
    if agency is not None:
        found = position_at(role, agency_id=agency.id, unit_id=unit.id if unit else None)
        if found is not None:
            return found
    if title is None and agency is not None and role in TITLES:
        title = TITLES[role].format(unit=unit.name if unit else agency.name, agency=agency.name)
    position = Position(
        id=new_id(),
        region_id=region_id,
        agency_id=agency.id if agency else None,
        unit_id=unit.id if unit else None,
        role=role,
        title=title or role.value,
    )
    db.session.add(position)
    db.session.flush()
    return position


def assign(
    person: Person,
    position: Position,
    *,
    kind: AssignmentKind = AssignmentKind.DEFINITIVE,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
    letter_number: str | None = None,
    letter_date: dt.date | None = None,
    engagement_id: uuid.UUID | None = None,
    replaces: PositionAssignment | None = None,
    confirmed: bool = False,
    actor: Actor,
) -> PositionAssignment:
    """Put a person into a post from day to day.

    An acting head whom the agency's operator (or the console) enters works at once; nobody else does unconfirmed.

    :param confirmed: true only at the console, where an operator records what was decided on paper;
        otherwise another person confirms.
    """
    at = now()
    assignment = PositionAssignment(
        id=new_id(),
        region_id=position.region_id,
        agency_id=position.agency_id,
        person_id=person.id,
        position_id=position.id,
        kind=kind,
        valid_from=valid_from,
        valid_to=valid_to,
        letter_number=letter_number,
        letter_date=letter_date,
        engagement_id=engagement_id,
        replaces_id=replaces.id if replaces else None,
        at_once=kind in ACTING and position.role in HEADS and _enters_at_once(actor, position),
        recorded_at=at,
        proposed_by=actor.person_id,
        confirmed_by=actor.person_id if confirmed else None,
        confirmed_at=at if confirmed else None,
    )
    db.session.add(assignment)
    db.session.flush()
    audit.record(
        "assignment.recorded",
        audit.Subject("assignment", assignment.id, position.region_id, position.agency_id),
        actor=actor,
        details={
            "person": person.name, "position": position.title, "kind": kind, "from": valid_from, "to": valid_to,
            "letter": letter_number, "letter_date": letter_date, "confirmed": confirmed, "at_once": assignment.at_once,
            **({"leaves": replaces.kind.prefix + replaces.position.title} if replaces else {}),
        },
    )  # fmt: skip
    return assignment


def _enters_at_once(actor: Actor, position: Position) -> bool:
    return actor.channel == Channel.COMMAND or actor.holds(Role.AGENCY_OPERATOR, agency_id=position.agency_id)


def add_account(person: Person, *, email: str, username: str, password_hash: str, actor: Actor) -> Account:
    """Give a person a way to sign in. Roles come from his posts alone."""
    account = Account(
        id=new_id(),
        person_id=person.id,
        region_id=person.region_id,
        email=email,
        username=username,
        password=password_hash,
        session_key=new_id().hex,
    )
    db.session.add(account)
    db.session.flush()
    audit.record("account.added", audit.Subject("account", account.id, person.region_id), actor=actor)
    return account
