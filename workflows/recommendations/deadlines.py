"""First stage: how long there is to follow a report up. The terms are data, of the site and of each region."""

import datetime as dt
import tomllib
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason
from workflows.organization.models import Region
from workflows.recommendations.models import FollowUpRule, ReportSource

TERMS = Path(__file__).with_name("follow_up.toml")
LONGEST = 3650
"""Days; whoever types more has slipped."""


@dataclass(frozen=True)
class FollowUpTerm:
    """Calendar days from the receipt."""

    follow_up: int
    plan: int

    def __post_init__(self) -> None:
        if not 0 < self.plan <= self.follow_up <= LONGEST:
            raise ValueError("days are whole numbers; the plan is due with the follow-up or before it")


def read_terms(text: str) -> dict[ReportSource, FollowUpTerm]:
    """Return the terms by source. :raises ValueError: one is missing or makes no sense."""
    told = tomllib.loads(text)
    try:
        return {source: FollowUpTerm(told[source]["follow_up"], told[source]["plan"]) for source in ReportSource}
    except (KeyError, TypeError) as error:
        raise ValueError(f"follow-up terms: {error}") from error


@cache
def _site() -> dict[ReportSource, FollowUpTerm]:
    return read_terms(TERMS.read_text("utf-8"))


def term_for(region_id: uuid.UUID, source: ReportSource) -> FollowUpTerm:
    """Return the region's own term, else the site's."""
    query = sa.select(FollowUpRule).where(FollowUpRule.region_id == region_id, FollowUpRule.source == source)
    own = db.session.scalars(query).one_or_none()
    return FollowUpTerm(own.follow_up_days, own.plan_days) if own else _site()[source]


def set_term(region: Region, source: ReportSource, *, follow_up: int, plan: int, actor: Actor) -> None:
    """Set a region's term; reports that were received before keep what was counted for them.

    :raises InvalidInputError: days that make no sense.
    """
    try:
        term = FollowUpTerm(follow_up, plan)
    except ValueError:
        raise InvalidInputError(
            Reason("days", "Isi jumlah hari mulai dari 1; batas rencana aksi tidak melebihi batas tindak lanjut.")
        ) from None
    query = sa.select(FollowUpRule).where(FollowUpRule.region_id == region.id, FollowUpRule.source == source)
    own = db.session.scalars(query.with_for_update()).one_or_none()
    if own is None:
        own = FollowUpRule(region_id=region.id, source=source)
        db.session.add(own)
    own.follow_up_days, own.plan_days = term.follow_up, term.plan
    db.session.flush()
    audit.record(
        "region.deadline_set", audit.Subject("region", region.id, region.id), actor=actor,
        details={"source": source, "follow_up_days": term.follow_up, "plan_days": term.plan},
    )  # fmt: skip


def days_left(due_on: dt.date, today: dt.date) -> int:
    """Return how many days there still are, the last one included: 0 on it, negative after it."""
    return (due_on - today).days
