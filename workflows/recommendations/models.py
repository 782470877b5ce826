"""First stage: what the Inspektorat asks (*LHE* and its recommendations)."""

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency, OfRegion
from workflows.core.transitions import State
from workflows.organization.models import Agency, Person


class ReportState(enum.StrEnum):
    """A report is a private draft of the Inspektorat until an inspector issues it."""

    DRAFT = "draft"
    ISSUED = "issued"


class ReportSource(enum.StrEnum):
    """Whose evaluation a report tells of; how long there is to follow it up depends on that."""

    INTERNAL = "internal"
    """The Inspektorat of the region (*APIP*)."""
    PROVINCE = "province"
    NATIONAL = "national"


class FollowUpRule(Base, OfRegion):
    """What a region has set instead of the terms of ``follow_up.toml``, for reports of one source."""

    __tablename__ = "follow_up_rule"
    __table_args__ = (
        sa.UniqueConstraint("region_id", "source"),
        sa.CheckConstraint("follow_up_days > 0 AND plan_days > 0 AND plan_days <= follow_up_days", name="days"),
    )

    source: Mapped[ReportSource]
    follow_up_days: Mapped[int]
    plan_days: Mapped[int]


class Component(enum.StrEnum):
    """The four components of the evaluation sheet (PermenPANRB 88/2021)."""

    PLANNING = "A"
    MEASUREMENT = "B"
    REPORTING = "C"
    EVALUATION = "D"


class OfficialStatus(enum.StrEnum):
    """What only a numbered Decision changes (the four BPK classes, and not assessed)."""

    NOT_ASSESSED = "NOT_ASSESSED"
    COMPLIANT = "COMPLIANT"
    PARTIAL = "PARTIAL"
    NOT_STARTED = "NOT_STARTED"
    NOT_ACTIONABLE = "NOT_ACTIONABLE"


class Ending(enum.StrEnum):
    """Why a recommendation is asked for no longer."""

    MOVED = "moved"
    """*Dialihkan*: it was sent to the wrong agency; another one names it as its origin."""
    CANCELLED = "cancelled"


class Outcome(enum.StrEnum):
    """What the inspector answered to an objection."""

    CORRECTED = "corrected"
    """Accepted: the recommendation has another wording."""
    CANCELLED = "cancelled"
    """Accepted: the recommendation is asked for no longer."""
    DECLINED = "declined"


class EvaluationReport(Base, OfAgency):
    """One evaluation report of one agency in one year."""

    __tablename__ = "evaluation_report"
    __table_args__ = (sa.UniqueConstraint("agency_id", "year"),)

    state: Mapped[ReportState] = mapped_column(default=ReportState.DRAFT)
    number: Mapped[str | None]
    report_date: Mapped[dt.date | None]
    source: Mapped[ReportSource] = mapped_column(
        default=ReportSource.INTERNAL, server_default=ReportSource.INTERNAL.value
    )
    received_on: Mapped[dt.date | None]
    """The day on which the agency received it (*Terima LHE*): the clock of the follow-up counts from it."""
    received_by_id: Mapped[uuid.UUID | None] = mapped_column("received_by", sa.ForeignKey("person.id"))
    received_at: Mapped[dt.datetime | None]
    """When that day was recorded."""
    due_on: Mapped[dt.date | None]
    """Last day of the follow-up as it was at the receipt; that of each recommendation may be a later one."""
    plan_due_on: Mapped[dt.date | None]
    """Last day of the plan, and for an objection."""
    year: Mapped[int]
    """Follow-up year: the year in the paper's title; its quarters belong to it."""
    evaluation_year: Mapped[int | None]
    performance_year: Mapped[int | None]
    score: Mapped[Decimal | None] = mapped_column(sa.Numeric(5, 2))
    """The evaluation's total, 0 to 100; for context and to settle outcomes, never computed here."""
    results: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=sa.text("'{}'"))
    """What the evaluation says of each component in the paper's own words, by the component's letter."""
    figures: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default=sa.text("'{}'"))
    """The points of each component, by its code, as decimals in text: what a number of JSON cannot be trusted with."""
    content_digest: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of what was imported, so that a second import is recognised."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    confirmed_at: Mapped[dt.datetime | None]
    """Since when its recommendations are known to be those of the LHE; none while only a Rencana Aksi told them."""
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    issued_at: Mapped[dt.datetime | None]
    issued_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    agency: Mapped[Agency] = relationship()

    @property
    def confirmed(self) -> bool:
        """Whether the LHE itself stands behind it."""
        return self.confirmed_at is not None

    @property
    def points(self) -> dict[Component, Decimal]:
        """Return the figures as decimals, in the order of the paper."""
        return {one: Decimal(self.figures[one]) for one in Component if one in self.figures}


class Recommendation(Base, OfAgency):
    """One thing the Inspektorat asks. It stands where its least advanced requirement in force stands."""

    __tablename__ = "recommendation"
    __table_args__ = (sa.UniqueConstraint("report_id", "number"),)

    report_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evaluation_report.id"), index=True)
    number: Mapped[str]
    component: Mapped[Component]
    ordinal: Mapped[int]
    criterion: Mapped[str | None]
    finding: Mapped[str | None] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    _state: Mapped[State] = mapped_column("state", default=State.DRAFTED)
    state_since: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    version: Mapped[int] = mapped_column(default=1)
    official_status: Mapped[OfficialStatus] = mapped_column(default=OfficialStatus.NOT_ASSESSED)
    due_on: Mapped[dt.date | None]
    """Last day of the follow-up; ``None`` until the report was received."""
    overdue_on: Mapped[dt.date | None]
    """The first deadline that passed with something undone. The database lets nobody take this mark away."""
    revision: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))
    """How many wordings there were; the others are :class:`RecommendationVersion`."""
    reconsidered_at: Mapped[dt.datetime | None]
    """*Ditinjau ulang*: since when something was reopened that the official status rests on. The status stands until
    the next decision."""
    ended_as: Mapped[Ending | None]
    """Set once it is asked for no longer; it stays readable for ever."""
    ended_at: Mapped[dt.datetime | None]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column("ended_by", sa.ForeignKey("person.id"))
    ended_reason: Mapped[str | None] = mapped_column(sa.Text)
    ended_letter: Mapped[str | None]
    taken_over_at: Mapped[dt.datetime | None]
    """Of one that came from another agency: since when it is asked for here."""
    moved_to: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """Of one that went to another agency: what it is there, in words, since neither side sees the other's rows."""
    moved_from: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    report: Mapped[EvaluationReport] = relationship()

    @hybrid_property
    def state(self) -> State:
        """The state; only a move writes it."""
        return self._state


class RecommendationVersion(Base, OfAgency):
    """One wording of a recommendation that was corrected: the issued one is the first. Written once."""

    __tablename__ = "recommendation_version"
    __table_args__ = (sa.UniqueConstraint("recommendation_id", "revision"),)

    recommendation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("recommendation.id"), index=True)
    revision: Mapped[int]
    component: Mapped[Component]
    criterion: Mapped[str | None]
    text: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    """``None`` for the issued wording, as the letter."""
    letter: Mapped[str | None]
    written_by_id: Mapped[uuid.UUID | None] = mapped_column("written_by", sa.ForeignKey("person.id"))
    written_at: Mapped[dt.datetime | None]
    written_by: Mapped[Person | None] = relationship()


class Objection(Base, OfAgency):
    """*Keberatan*: the agency's head does not agree. The clock stops until the inspector answers."""

    __tablename__ = "objection"
    __table_args__ = (sa.UniqueConstraint("recommendation_id", "revision"),)

    recommendation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("recommendation.id"), index=True)
    revision: Mapped[int]
    """The wording that was objected to; each once."""
    reason: Mapped[str] = mapped_column(sa.Text)
    objected_by_id: Mapped[uuid.UUID] = mapped_column("objected_by", sa.ForeignKey("person.id"))
    objected_as: Mapped[str]
    """The post, as printed."""
    objected_at: Mapped[dt.datetime]
    objected_on: Mapped[dt.date]
    """That day in the region: the clock stands still from it."""
    outcome: Mapped[Outcome | None]
    """``None`` until the inspector has answered."""
    answer: Mapped[str | None] = mapped_column(sa.Text)
    letter: Mapped[str | None]
    answered_by_id: Mapped[uuid.UUID | None] = mapped_column("answered_by", sa.ForeignKey("person.id"))
    answered_at: Mapped[dt.datetime | None]
    stopped_days: Mapped[int | None]
    objected_by: Mapped[Person] = relationship(foreign_keys=[objected_by_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
