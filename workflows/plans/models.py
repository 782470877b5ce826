"""Second stage: what the agency promises (actions) and what must be delivered (requirements)."""

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency
from workflows.core.transitions import State
from workflows.organization.models import Agency, Position, Unit
from workflows.recommendations.models import EvaluationReport, Recommendation

requirement_recommendation = sa.Table(
    "requirement_recommendation",
    Base.metadata,
    sa.Column("requirement_id", sa.ForeignKey("requirement.id"), primary_key=True),
    sa.Column("recommendation_id", sa.ForeignKey("recommendation.id"), primary_key=True, index=True),
    sa.Column("region_id", sa.ForeignKey("region.id"), nullable=False),
    sa.Column("agency_id", sa.ForeignKey("agency.id"), nullable=False),
)


class RequirementKind(enum.StrEnum):
    """What kind of paper is asked for."""

    QUARTERLY_MONITORING = "quarterly_monitoring"
    PERFORMANCE_REPORT = "performance_report"
    DOCUMENT = "document"
    OUTCOME = "outcome"
    """Nothing to upload: the next report settles it."""


class Action(Base, OfAgency):
    """What the agency's plan (*rencana aksi*) answers to one recommendation."""

    __tablename__ = "action"

    recommendation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("recommendation.id"), unique=True)
    text: Mapped[str] = mapped_column(sa.Text)
    owner: Mapped[str | None]
    due_on: Mapped[dt.date | None]
    output: Mapped[str | None] = mapped_column(sa.Text)
    """What will be there once it is done."""
    version: Mapped[int] = mapped_column(default=1)


IN_REVIEW = "IN_REVIEW"
"""Return code of a refused delivery that an evaluator was asked to look at: it is his turn until he answers or a newer
delivery comes."""


class Who(enum.StrEnum):
    """Whose post signs or acknowledges the cells of a grid."""

    UNIT_HEAD = "unit_head"
    """The head of each cell's own unit."""
    SECRETARY = "secretary"
    """The head of the secretariat, for all of them."""
    AGENCY_HEAD = "agency_head"


class Grid(Base, OfAgency):
    """Cells that were asked for together: every chosen unit, every chosen quarter. The chart is held against it."""

    __tablename__ = "grid"

    report_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evaluation_report.id"), index=True)
    kind: Mapped[RequirementKind]
    title: Mapped[str | None]
    """What the document is called, where the kind does not say it."""
    year: Mapped[int]
    quarters: Mapped[list[int]] = mapped_column(sa.ARRAY(sa.Integer))
    """Empty for what is asked for once a year."""
    expects: Mapped[list[str]] = mapped_column(default=list)
    signed_by: Mapped[Who] = mapped_column(default=Who.UNIT_HEAD)
    acknowledged_by: Mapped[Who] = mapped_column(default=Who.AGENCY_HEAD)
    due_days: Mapped[int | None]
    """Days after the end of the quarter."""
    due_on: Mapped[dt.date | None]
    left_out: Mapped[list[uuid.UUID]] = mapped_column(sa.ARRAY(sa.Uuid), default=list)
    """Units that somebody chose not to ask."""
    pending_links: Mapped[list[list[str]]] = mapped_column(JSONB, default=list)
    """Cells of earlier reports that serve recommendations of this one, a draft, from its issue on: pairs of ids."""
    report: Mapped[EvaluationReport] = relationship(viewonly=True)


class Requirement(Base, OfAgency):
    """A promise: which document, of which unit, for which quarter, signed and acknowledged by which posts."""

    __tablename__ = "requirement"
    __table_args__ = (
        sa.Index("ix_requirement_agency_year", "agency_id", "year", "id"),
        sa.Index("ix_requirement_region", "region_id", "id"),
        # How a year stands is counted without a look at the rows themselves.
        sa.Index(
            "ix_requirement_standing", "region_id", "year", postgresql_where=sa.text("waived_at IS NULL"),
            postgresql_include=["agency_id", "kind", "state", "returned_at", "opens_on"],
        ),
        sa.Index("ix_requirement_open", "agency_id", "state", "due_on"),
        sa.Index("ix_requirement_in_review", "region_id", postgresql_where=sa.text("return_code = 'IN_REVIEW'")),
    )  # fmt: skip

    # Indexed above, together with what lists are ordered by.
    region_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("region.id"), sort_order=-9)
    agency_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("agency.id"), sort_order=-8)
    report_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evaluation_report.id"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    heir_unit_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    """The unit that carries it on since the one that was asked was merged; ``unit_id`` never changes."""
    heir_agency_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    """Of that unit, where it is of another agency; ``agency_id``, chain and archive key never change."""
    kind: Mapped[RequirementKind]
    title: Mapped[str]
    year: Mapped[int]
    quarter: Mapped[int | None]
    signing_position_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("position.id"), index=True)
    acknowledging_position_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("position.id"), index=True)
    due_on: Mapped[dt.date | None]
    opens_on: Mapped[dt.date | None]
    expects: Mapped[list[str]] = mapped_column(default=list)
    """Codes of what the document must hold."""
    _state: Mapped[State] = mapped_column("state", default=State.DRAFTED)
    state_since: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    version: Mapped[int] = mapped_column()
    round: Mapped[int] = mapped_column(default=1)
    newest_evidence_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("evidence.id", use_alter=True), index=True
    )
    returned_at: Mapped[dt.datetime | None]
    """Set while the newest evidence was returned or refused and nothing newer came."""
    return_code: Mapped[str | None]
    return_text: Mapped[str | None] = mapped_column(sa.Text)
    waived_at: Mapped[dt.datetime | None]
    waived_reason: Mapped[str | None] = mapped_column(sa.Text)
    grid_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("grid.id"), index=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once

    # Written by their ids alone: what is only for reading costs a move nothing.
    report: Mapped[EvaluationReport] = relationship(lazy="joined", innerjoin=True, viewonly=True)
    agency: Mapped[Agency] = relationship(foreign_keys=[agency_id], lazy="joined", innerjoin=True, viewonly=True)
    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id], lazy="joined", innerjoin=True, viewonly=True)
    heir: Mapped[Unit | None] = relationship(foreign_keys=[heir_unit_id], viewonly=True)
    signing_position: Mapped[Position | None] = relationship(foreign_keys=[signing_position_id], viewonly=True)
    acknowledging_position: Mapped[Position | None] = relationship(
        foreign_keys=[acknowledging_position_id], viewonly=True
    )
    recommendations: Mapped[list[Recommendation]] = relationship(
        secondary=requirement_recommendation, order_by=Recommendation.ordinal, viewonly=True
    )

    @hybrid_property
    def state(self) -> State:
        """The state; only a move writes it."""
        return self._state

    @property
    def duty_unit_id(self) -> uuid.UUID:
        """The unit that has to do something about it today."""
        return self.heir_unit_id or self.unit_id

    @property
    def duty_agency_id(self) -> uuid.UUID:
        """The agency of that unit."""
        return self.heir_agency_id or self.agency_id

    @property
    def duty_unit(self) -> Unit:
        """The same; asks nothing more of the database where no unit was merged."""
        return (self.heir if self.heir_unit_id else None) or self.unit

    @property
    def in_force(self) -> bool:
        """Whether it counts for its recommendations; a waived one keeps its history and leaves the minimum."""
        return self.waived_at is None


class Message(Base, OfAgency):
    """One short message in the conversation about a requirement. It changes nothing, and nothing changes it."""

    __tablename__ = "message"
    __table_args__ = (sa.Index("ix_message_requirement_id_at", "requirement_id", "at", "id"),)

    requirement_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("requirement.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    name: Mapped[str]
    position: Mapped[str]
    """As it was printed on that day."""
    of_inspectorate: Mapped[bool]
    text: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[dt.datetime]
    requirement: Mapped[Requirement] = relationship(viewonly=True)


class MessagesRead(Base, OfAgency):
    """Up to which moment a person has the conversation about a requirement before him."""

    __tablename__ = "messages_read"
    __table_args__ = (sa.UniqueConstraint("person_id", "requirement_id"),)

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    requirement_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("requirement.id"))
    until: Mapped[dt.datetime]


class OutcomeFinding(Base, OfAgency):
    """A later report told a score that had not risen: an outcome that a recommendation asks for is unmet."""

    __tablename__ = "outcome_finding"
    __table_args__ = (sa.UniqueConstraint("recommendation_id", "report_id"),)

    recommendation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("recommendation.id"))
    report_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evaluation_report.id"), index=True)
    """The later report."""
    repeated_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("recommendation.id"), index=True)
    """The recommendation of the later report that asks for the same again."""
    before: Mapped[Decimal] = mapped_column(sa.Numeric(5, 2))
    score: Mapped[Decimal] = mapped_column(sa.Numeric(5, 2))
    found_at: Mapped[dt.datetime]
    report: Mapped[EvaluationReport] = relationship()
    recommendation: Mapped[Recommendation] = relationship(foreign_keys=[recommendation_id])
    repeated_by: Mapped[Recommendation | None] = relationship(foreign_keys=[repeated_by_id])


class ImportState(enum.StrEnum):
    """Where the reading of a delivered plan stands."""

    WAITING = "waiting"
    READ = "read"
    FAILED = "failed"
    CONFIRMED = "confirmed"


class PlanImport(Base, OfAgency):
    """A delivered report or plan: read in the sandbox, shown, and written only once a person confirms."""

    __tablename__ = "plan_import"

    # None until the paper tells whose it is, or a person does: seen by those alone who see the whole region.
    agency_id: Mapped[uuid.UUID | None] = mapped_column(  # type: ignore[assignment]
        sa.ForeignKey("agency.id"), index=True, sort_order=-8
    )
    year: Mapped[int]
    filename: Mapped[str]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    intake_key: Mapped[str]
    state: Mapped[ImportState] = mapped_column(default=ImportState.WAITING)
    version: Mapped[int] = mapped_column()
    document: Mapped[dict[str, Any] | None]
    """What was read, as `tuntas import --dry-run --json` gives it; never changed."""
    beside: Mapped[dict[str, Any] | None]
    """What the reader says beside it: kind of paper, score, and the cells that a person compares with."""
    corrected: Mapped[dict[str, Any] | None]
    """The document as people corrected it before it is written."""
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    requested_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    requested_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    report_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("evaluation_report.id"))
    agency: Mapped[Agency | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it once
