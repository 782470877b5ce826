"""What people are shown of the reading of a delivery."""

import uuid

import sqlalchemy as sa

from workflows.core.actors import INSPECTORATE, Actor
from workflows.core.db import db
from workflows.evidence.reading.models import Audience, SenseFinding
from workflows.organization.scope import in_scope


def sense_findings(evidence_id: uuid.UUID, requirement_id: uuid.UUID, actor: Actor) -> list[SenseFinding]:
    """Return what the look at a delivery found for one requirement, the weighty first.

    Another agency's paper is named to the Inspektorat alone: others are told that there is one.
    """
    of_the_region = actor.scope.agency_ids is None and bool(actor.roles & INSPECTORATE)
    other = Audience.INSPECTORATE if of_the_region else Audience.AGENCY
    query = (
        sa.select(SenseFinding)
        .where(
            SenseFinding.evidence_id == evidence_id,
            SenseFinding.requirement_id == requirement_id,
            SenseFinding.audience.in_([Audience.ALL, other]),
            in_scope(SenseFinding, actor),
        )
        .order_by(SenseFinding.severity.desc(), SenseFinding.page.asc().nulls_first(), SenseFinding.id)
    )
    return list(db.session.scalars(query))
