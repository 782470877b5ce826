"""What a unit leaves open goes to its successor: duty and posts, never what was asked, delivered or signed.

A requirement keeps the unit that it was asked of, because the log names that unit in the report's own event and every
bundle is held against it. What changes is whose turn it is: ``heir_unit_id`` and the posts of the unit, with an event.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import Actor, Role
from workflows.core.clock import local_date, now
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason
from workflows.core.sentences import Template
from workflows.core.transitions import State
from workflows.organization.models import Agency, Position, Succession
from workflows.organization.operations import ensure_position
from workflows.organization.queries import region_of, units_of
from workflows.organization.successions import NOT_YET, settle, succession_of, tell
from workflows.plans.models import Requirement
from workflows.plans.rules import lock_requirements
from workflows.recommendations.models import EvaluationReport, ReportState

_LIVE = Succession.declined_at.is_(None)
UNITS_LEFT = Template(
    "Perangkat daerah digabung dengan semua unitnya. Yang belum tercatat penerusnya: %(units)s. "
    "Untuk memindahkan satu bidang saja, angkat pejabat penerusnya sebagai Plt. di bidang itu."
)


def confirm(row: Succession, *, actor: Actor) -> int:
    """Stand for a succession: what the unit left open is its successor's from now on. Return how much that is.

    Sign-offs stay as they are; what is verified stays where it was done. Where work goes to another agency, its people
    see the papers of the old one: so that is confirmed for all of its units at once, or for none.

    :raises PermissionDeniedError: not an inspector, or the proposer. :raises ConflictError: it is settled already.
    :raises InvalidInputError: its day has not come; a unit of an agency that goes has no successor yet.
    """
    settle(row, actor=actor)
    rows = _together(row) if row.leaves_agency else [row]
    for one in rows:
        if one.id != row.id:
            settle(one, actor=actor)
        if one.valid_from > local_date(now(), region_of(actor).timezone):
            raise InvalidInputError(NOT_YET)
    return sum(_confirm(one, actor) for one in rows)


def _together(row: Succession) -> list[Succession]:
    """Return what is proposed for an agency that goes, what stays inside of it first.

    :raises InvalidInputError: a unit is left that nobody carries on for.
    """
    live = list(db.session.scalars(sa.select(Succession).where(Succession.agency_id == row.agency_id, _LIVE)))
    covered = {one.unit_id for one in live}
    left = [unit.name for unit in units_of(row.agency_id) if unit.id not in covered]
    if left:
        raise InvalidInputError(Reason("units_left", UNITS_LEFT(units=", ".join(left))))
    return sorted((one for one in live if one.confirmed_at is None), key=lambda one: (one.leaves_agency, one.id))


def _confirm(row: Succession, actor: Actor) -> int:
    row.confirmed_by, row.confirmed_at = actor.person_id, now()
    asked = Requirement
    query = (
        sa.select(asked)
        .join(EvaluationReport, EvaluationReport.id == asked.report_id)
        .where(
            sa.func.coalesce(asked.heir_unit_id, asked.unit_id) == row.unit_id,
            asked._state != State.VERIFIED,
            asked.waived_at.is_(None),
            EvaluationReport.state == ReportState.ISSUED,
        )
        .order_by(asked.id)
    )
    left = list(db.session.scalars(query).unique())
    lock_requirements(left)
    # What was verified while we waited for it is closed.
    left = [one for one in left if one.state != State.VERIFIED]
    _hand_on(left, row, actor)
    tell("succession.confirmed", row, actor, requirements=len(left))
    return len(left)


def follow_succession(requirements: Sequence[Requirement], *, actor: Actor) -> None:
    """Hand on what is asked, or asked again, of a unit that was merged in the meantime."""
    for requirement in requirements:
        row = succession_of(requirement.duty_unit_id)
        while row is not None:
            _hand_on([requirement], row, actor)
            row = succession_of(row.successor_id)


def _hand_on(requirements: Sequence[Requirement], row: Succession, actor: Actor) -> None:
    db.session.flush()
    own = Position.unit_id == row.unit_id
    if row.leaves_agency:
        own = sa.or_(own, sa.and_(Position.agency_id == row.agency_id, Position.role == Role.AGENCY_HEAD))
    old = {post.id: post for post in db.session.scalars(sa.select(Position).where(own))}
    agency = db.session.get_one(Agency, row.successor_agency_id)
    for requirement in requirements:
        requirement.heir_unit_id = row.successor_id
        requirement.heir_agency_id = agency.id if agency.id != requirement.agency_id else None
        for name in ("signing_position_id", "acknowledging_position_id"):
            post = old.get(getattr(requirement, name))
            if post is not None:
                place = row.successor if post.unit_id else None
                heir = ensure_position(post.role, region_id=row.region_id, agency=agency, unit=place)
                setattr(requirement, name, heir.id)
        audit.record(
            "requirement.inherited",
            audit.Subject("requirement", requirement.id, requirement.region_id, requirement.agency_id),
            actor=actor,
            details={
                "unit": row.unit.name,
                "successor": {
                    "code": row.successor.code,
                    "name": row.successor.name,
                    **({"agency": agency.name} if agency.id != requirement.agency_id else {}),
                },
                "letter": row.letter_number,
            },
        )
    db.session.flush()
