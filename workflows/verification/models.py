"""Sixth stage: what the Inspektorat found, and what it decided."""

import datetime as dt
import enum
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency
from workflows.evidence.models import CheckState, Evidence
from workflows.evidence.operations import REJECT
from workflows.organization.models import Person
from workflows.plans.models import Requirement
from workflows.recommendations.models import OfficialStatus, Recommendation

decision_requirement = sa.Table(
    "decision_requirement",
    Base.metadata,
    sa.Column("decision_id", sa.ForeignKey("decision.id"), primary_key=True),
    sa.Column("requirement_id", sa.ForeignKey("requirement.id"), primary_key=True, index=True),
    sa.Column("region_id", sa.ForeignKey("region.id"), nullable=False),
    sa.Column("agency_id", sa.ForeignKey("agency.id"), nullable=False),
)
"""What a decision for ``PARTIAL`` reopens, and nothing else."""

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


class OfficialPaperKind(enum.StrEnum):
    """What a paper of the Inspektorat is for."""

    LETTER = "letter"
    """The numbered letter by which official statuses are decided."""
    GROUND = "ground"
    """What proves the reason for which a recommendation cannot be followed up."""


class OfficialPaper(Base, OfAgency):
    """A received PDF of the Inspektorat, kept as a delivery is: checked in the sandbox, locked, read again. It has the
    delivery's id. What it is never changes."""

    __tablename__ = "official_paper"

    id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"), primary_key=True, sort_order=-10)
    kind: Mapped[OfficialPaperKind]
    number: Mapped[str]
    dated_on: Mapped[dt.date]
    evidence: Mapped[Evidence] = relationship(lazy="joined", innerjoin=True)

    @property
    def is_locked(self) -> bool:
        """Whether it was judged, not refused, and its locked original was read back."""
        return self.evidence.check_state == CheckState.DONE and self.evidence.verdict != REJECT


class ValidReason(enum.StrEnum):
    """*Alasan yang sah*: the only ones for which nobody need follow a recommendation up (Peraturan BPK 2/2017)."""

    FORCE_MAJEURE = "force_majeure"
    IN_COURT = "in_court"
    """Subject or object of the recommendation is before a court."""
    NOT_WORTHWHILE = "not_worthwhile"
    """Not effective, efficient or economical any more, such as after a change of organisation or regulation."""


class DecisionState(enum.StrEnum):
    """Proposed by an evaluator, decided by an inspector; two people."""

    PROPOSED = "proposed"
    DECIDED = "decided"
    DECLINED = "declined"
    """The inspector did not follow the proposal."""
    WITHDRAWN = "withdrawn"
    """Whoever proposed it took it back."""


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
    valid_reason: Mapped[ValidReason | None]
    """Of ``NOT_ACTIONABLE`` alone, with the document that proves it."""
    ground_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("official_paper.id"))
    letter_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("official_paper.id"), index=True)
    closed_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    closed_at: Mapped[dt.datetime | None]
    closed_reason: Mapped[str | None] = mapped_column(sa.Text)
    """Why it was declined or withdrawn."""
    ground: Mapped[OfficialPaper | None] = relationship(foreign_keys=[ground_id])
    letter: Mapped[OfficialPaper | None] = relationship(foreign_keys=[letter_id])
    reopens: Mapped[list[Requirement]] = relationship(
        secondary=decision_requirement, order_by=Requirement.id, viewonly=True
    )
    recommendations: Mapped[list[Recommendation]] = relationship(
        secondary=decision_recommendation, order_by=Recommendation.ordinal, viewonly=True
    )
