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

from workflows.core.db import Base, OfAgency
from workflows.core.transitions import State
from workflows.organization.models import Agency


class ReportState(enum.StrEnum):
    """A report is a private draft of the Inspektorat until an inspector issues it."""

    DRAFT = "draft"
    ISSUED = "issued"


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


class EvaluationReport(Base, OfAgency):
    """One evaluation report of one agency in one year."""

    __tablename__ = "evaluation_report"
    __table_args__ = (sa.UniqueConstraint("agency_id", "year"),)

    state: Mapped[ReportState] = mapped_column(default=ReportState.DRAFT)
    number: Mapped[str | None]
    report_date: Mapped[dt.date | None]
    received_on: Mapped[dt.date | None]
    year: Mapped[int]
    """Follow-up year: the year in the paper's title; its quarters belong to it."""
    evaluation_year: Mapped[int | None]
    performance_year: Mapped[int | None]
    score: Mapped[Decimal | None] = mapped_column(sa.Numeric(5, 2))
    """The evaluation's total, 0 to 100; for context and to settle outcomes, never computed here."""
    results: Mapped[dict[str, Any]] = mapped_column(default=dict)
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
    report: Mapped[EvaluationReport] = relationship()

    @hybrid_property
    def state(self) -> State:
        """The state; only a move writes it."""
        return self._state
