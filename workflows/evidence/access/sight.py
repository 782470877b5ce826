"""Who opens a delivery that is *terbatas*: one condition in SQL, asked by every reader of a file, its pages, its text.

Restricted bytes are opened by the people of the units that the delivery is for, by the holders of the posts that sign
and acknowledge it, by head and operator of the agency, and by evaluators who may verify it. An auditor and an inspector
open them with a reason; nobody else does, and a privacy officer never. Scope comes first: this condition stands beside
``in_scope`` and never instead of it.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from workflows.core.actors import Actor, Role
from workflows.evidence.access.models import AccessGround, FileAccess
from workflows.evidence.models import Evidence, EvidenceUse, delivery_of
from workflows.organization.successions import forerunners
from workflows.plans.models import Requirement

OF_THE_UNIT = (Role.UNIT_STAFF, Role.UNIT_HEAD)
OF_THE_AGENCY = (Role.AGENCY_OPERATOR, Role.AGENCY_HEAD)
WITH_REASON = (Role.AUDITOR, Role.INSPECTOR)
Condition = sa.ColumnElement[bool]


def is_restricted(actor: Actor, delivery: Any = Evidence) -> Condition:
    """Return the condition that a delivery's bytes are *terbatas*, or those with which they travel, as far as this
    actor may know.

    Who sees a whole region goes by every agency's word on the same bytes; an agency goes by its own, and learns nothing
    of another one's. What runs without a person, or holds no post, goes by every agency's word. The class is of the
    bytes: in which year they were first delivered does not matter, so an engagement's years do not either.
    """
    row, main = aliased(FileAccess), aliased(Evidence)
    agencies = actor.scope.agency_ids
    known = row.agency_id.in_(agencies) if agencies else sa.true()
    classed = sa.exists().where(row.region_id == delivery.region_id, row.restricted.is_(True), known)
    with_it = classed.where(main.id == delivery.travels_with_id, row.sha256 == main.sha256)
    return sa.or_(classed.where(row.sha256 == delivery.sha256), sa.and_(delivery.travels_with_id.is_not(None), with_it))


def open_to(actor: Actor, delivery: Any = Evidence, *, reason_given: bool = False) -> Condition:
    """Return the condition that the actor may open a delivery which he may know of.

    :param reason_given: his reason was told elsewhere, such as in the order of a bundle; else he must have told it for
        this delivery, and not too long ago.
    """
    return sa.or_(~is_restricted(actor, delivery), _trusted(actor, delivery, reason_given=reason_given))


def needs_reason(actor: Actor, delivery: Any = Evidence) -> Condition:
    """Return the condition that the actor opens a restricted delivery once he has told why."""
    return sa.and_(is_restricted(actor, delivery), _covered(actor, WITH_REASON, delivery), ~_trusted(actor, delivery))


def _trusted(actor: Actor, delivery: Any, *, reason_given: bool = False) -> Condition:
    asks = _covered(actor, WITH_REASON, delivery)
    if not reason_given:
        asks = sa.and_(asks, _told_why(actor, delivery))
    return sa.or_(_covered(actor, OF_THE_AGENCY, delivery), _by_its_uses(actor, delivery), asks)


def _covered(actor: Actor, roles: Collection[Role], delivery: Any) -> Condition:
    """Return the condition that a post with one of these roles covers the delivery's agency."""
    agencies = {
        agency_id for post in actor.posts if post.role in roles for agency_id in (post.agency_id, *post.forerunners)
    }
    if None in agencies:
        whole: Condition = delivery.region_id == actor.region_id
        return whole
    return sa.false() if not agencies else sa.and_(delivery.agency_id.in_(agencies))


def _by_its_uses(actor: Actor, delivery: Any) -> Condition:
    """Return the condition that a requirement which the delivery is for makes the actor one of its readers."""
    units = {post.unit_id for post in actor.posts if post.role in OF_THE_UNIT and post.unit_id}
    positions = {post.position_id for post in actor.posts}
    readers: list[Condition] = [sa.and_(_covered(actor, (Role.EVALUATOR,), delivery), _independent(actor))]
    if units:
        # What was done stays readable where it was done, and where its work is carried on.
        readers += [Requirement.unit_id.in_(units), Requirement.unit_id.in_(forerunners(units))]
    if positions:
        readers += [
            Requirement.signing_position_id.in_(positions),
            Requirement.acknowledging_position_id.in_(positions),
        ]
    return (
        sa.exists()
        .where(EvidenceUse.evidence_id == delivery_of(delivery), Requirement.id == EvidenceUse.requirement_id)
        .where(sa.or_(*readers))
    )


def _independent(actor: Actor) -> Condition:
    """Return what verifying asks of an evaluator: no post held there in the year of the requirement or since."""
    conflicts = [
        sa.and_(
            sa.or_(Requirement.agency_id == held.agency_id, Requirement.heir_agency_id == held.agency_id),
            sa.literal(held.valid_from) <= sa.func.current_date(),
            sa.true() if held.valid_to is None else Requirement.year <= held.valid_to.year,
        )
        for held in actor.history
        if held.serves
    ]
    return ~sa.or_(*conflicts) if conflicts else sa.true()


def _told_why(actor: Actor, delivery: Any) -> Condition:
    return sa.exists().where(
        AccessGround.evidence_id == delivery_of(delivery),
        AccessGround.person_id == actor.person_id,
        AccessGround.until > sa.func.now(),
    )
