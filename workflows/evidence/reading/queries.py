"""What people are shown of the reading of a delivery."""

import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from workflows.core.actors import INSPECTORATE, Actor
from workflows.core.db import db
from workflows.evidence.access.sight import open_to
from workflows.evidence.models import Evidence
from workflows.evidence.reading.models import Audience, Reading, SenseFinding
from workflows.organization.scope import in_scope

COPIES = ("same_file", "same_figures")
"""Findings that tell of another delivery."""


def sense_findings(evidence_id: uuid.UUID, requirement_ids: Collection[uuid.UUID], actor: Actor) -> list[SenseFinding]:
    """Return what the look at a delivery found for these requirements, the weighty first.

    Another agency's paper is named to the Inspektorat alone: others are told that there is one. Whoever may not open a
    paper like this one is not told of it. The caller has seen to it that this delivery itself is open to the actor, and
    that he may see these requirements.
    """
    of_the_region = actor.scope.agency_ids is None and bool(actor.roles & INSPECTORATE)
    other = Audience.INSPECTORATE if of_the_region else Audience.AGENCY
    query = (
        sa.select(SenseFinding)
        .where(
            SenseFinding.evidence_id == evidence_id,
            SenseFinding.requirement_id.in_(requirement_ids),
            SenseFinding.audience.in_([Audience.ALL, other]),
            in_scope(SenseFinding, actor),
            sa.or_(SenseFinding.code.not_in(COPIES), ~_closed_twin(evidence_id, actor)),
        )
        .order_by(SenseFinding.severity.desc(), SenseFinding.page.asc().nulls_first(), SenseFinding.id)
    )
    return list(db.session.scalars(query))


def _closed_twin(evidence_id: uuid.UUID, actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition that a paper with these bytes or figures is restricted, and not for the actor to open."""
    mine, other = aliased(Evidence), aliased(Evidence)
    my_figures, others_figures = aliased(Reading), aliased(Reading)
    same_figures = sa.exists().where(
        my_figures.evidence_id == mine.id,
        others_figures.evidence_id == other.id,
        my_figures.figures == others_figures.figures,
    )
    in_sight = sa.exists().where(
        mine.id == evidence_id,
        other.id != mine.id,
        other.region_id == mine.region_id,
        sa.or_(other.sha256 == mine.sha256, same_figures),
        ~open_to(actor, other),
    )
    if actor.scope.agency_ids is None:
        return in_sight
    return sa.or_(in_sight, sa.func.restricted_elsewhere(evidence_id))
