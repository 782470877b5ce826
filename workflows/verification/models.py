"""Sixth stage: what the Inspektorat found, and what it decided."""

import datetime as dt
import enum
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency
from workflows.organization.models import Person
from workflows.plans.models import Requirement
from workflows.recommendations.models import OfficialStatus, Recommendation

decision_recommendation = sa.Table(
    "decision_recommendation",
    Base.metadata,
    sa.Column("decision_id", sa.ForeignKey("decision.id"), primary_key=True),
    sa.Column("recommendation_id", sa.ForeignKey("recommendation.id"), primary_key=True, index=True),
    sa.Column("region_id", sa.ForeignKey("region.id"), nullable=False),
    sa.Column("agency_id", sa.ForeignKey("agency.id"), nullable=False),
)


class Method(enum.StrEnum):
    """How a verification came about; page, interface and bundle always say which."""

    FULL = "full"
    """Somebody read this very paper."""
    SAMPLE = "sample"
    """It stands with the papers that were drawn from its batch and verified in full."""


class Verification(Base, OfAgency):
    """An evaluator's finding that one digest is what one requirement asked for."""

    __tablename__ = "verification"

    requirement_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("requirement.id"), index=True)
    evidence_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("evidence.id"), index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    assignment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("position_assignment.id"))
    snapshot: Mapped[dict[str, Any]]
    reason: Mapped[str | None] = mapped_column(sa.Text)
    method: Mapped[Method] = mapped_column(default=Method.FULL, server_default=Method.FULL.value)
    batch_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("sample_batch.id"))
    round: Mapped[int]
    at: Mapped[dt.datetime]
    voided_at: Mapped[dt.datetime | None]
    person: Mapped[Person] = relationship()


class SampleBatch(Base, OfAgency):
    """A drawing among the papers of one agency: which of them are verified in full, decided by a seed that is kept."""

    __tablename__ = "sample_batch"

    seed: Mapped[str] = mapped_column(sa.String(32))
    size: Mapped[int]
    """How many are verified in full."""
    drawn_by_id: Mapped[uuid.UUID] = mapped_column("drawn_by", sa.ForeignKey("person.id"))
    drawn_at: Mapped[dt.datetime]
    confirmed_by_id: Mapped[uuid.UUID | None] = mapped_column("confirmed_by", sa.ForeignKey("person.id"))
    confirmed_at: Mapped[dt.datetime | None]


class SampleItem(Base, OfAgency):
    """One paper of a drawing, as it stood then."""

    __tablename__ = "sample_item"
    __table_args__ = (sa.UniqueConstraint("batch_id", "requirement_id"),)

    batch_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("sample_batch.id"))
    requirement_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("requirement.id"), index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    sampled: Mapped[bool]
    requirement: Mapped[Requirement] = relationship(viewonly=True)


class DecisionState(enum.StrEnum):
    """Proposed by an evaluator, decided by an inspector; two people."""

    PROPOSED = "proposed"
    DECIDED = "decided"


class Decision(Base, OfAgency):
    """A numbered letter that alone changes the official status of recommendations."""

    __tablename__ = "decision"

    state: Mapped[DecisionState] = mapped_column(default=DecisionState.PROPOSED)
    number: Mapped[str | None]
    decided_on: Mapped[dt.date | None]
    official_status: Mapped[OfficialStatus]
    reason: Mapped[str] = mapped_column(sa.Text)
    proposed_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    recommendations: Mapped[list[Recommendation]] = relationship(
        secondary=decision_recommendation, order_by=Recommendation.ordinal, viewonly=True
    )
