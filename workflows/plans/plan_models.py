"""The plan (*rencana aksi*) of a report as a paper of its own: written, submitted, accepted or sent back."""

import datetime as dt
import enum
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency
from workflows.organization.models import Agency
from workflows.recommendations.models import EvaluationReport


class PlanState(enum.StrEnum):
    """Where a plan stands. Evidence does not wait for it."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"

    @property
    def is_open(self) -> bool:
        """Return whether the agency may write in it."""
        return self in (PlanState.DRAFT, PlanState.RETURNED)


class ActionPlan(Base, OfAgency):
    """The plan that answers one report; its actions are those of the report's recommendations."""

    __tablename__ = "action_plan"

    report_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evaluation_report.id"), unique=True)
    state: Mapped[PlanState] = mapped_column(default=PlanState.DRAFT)
    state_since: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    version: Mapped[int] = mapped_column(default=1)
    """Grows with everything that is written in it or done to it."""
    report: Mapped[EvaluationReport] = relationship(viewonly=True)
    agency: Mapped[Agency] = relationship(viewonly=True)


class PlanSubmission(Base, OfAgency):
    """The plan as it was submitted, word for word, and how that was answered."""

    __tablename__ = "plan_submission"
    __table_args__ = (sa.UniqueConstraint("plan_id", "round"),)

    plan_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("action_plan.id"))
    round: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """``actions`` (number, text, owner, due_on, output) and ``flags`` (number, code, message) of that moment."""
    sha256: Mapped[str] = mapped_column(sa.String(64))
    """Of the content's canonical text; the log names it."""
    submitted_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    submitted_as: Mapped[str]
    """Name and post of that day, as they are printed."""
    submitted_at: Mapped[dt.datetime]
    accepted: Mapped[bool | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    decided_as: Mapped[str | None]
    decided_at: Mapped[dt.datetime | None]
    reason: Mapped[str | None] = mapped_column(sa.Text)
