"""Third stage: what was delivered, and what the checks said about it."""

import base64
import datetime as dt
import enum
import os
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency
from workflows.evidence.media import Media
from workflows.organization.models import Person
from workflows.plans.models import Requirement


class CheckState(enum.StrEnum):
    """Where the check of a delivery stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


def new_code() -> str:
    """Return 128 bits of chance, in 26 letters and digits that are not taken for one another (RFC 4648, base32)."""
    return base64.b32encode(os.urandom(16)).decode("ascii").rstrip("=")


class Evidence(Base, OfAgency):
    """A delivery: one received PDF, never altered. It may serve several requirements.

    A file that travels with it has a row of the same kind, so that whatever receives, locks, reads again, counts and
    restores files treats it alike; it serves nothing itself and decides no state.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        # The hourly look at what still lies in the intake.
        sa.Index("ix_evidence_in_intake", "id", postgresql_where=sa.text("intake_removed_at IS NULL")),
    )

    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    original_name: Mapped[str]
    """Metadata only: files are never served or stored under it."""
    received_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    received_by_id: Mapped[uuid.UUID] = mapped_column("received_by", sa.ForeignKey("person.id"))
    received_event_id: Mapped[uuid.UUID]
    receipt_number: Mapped[str] = mapped_column(unique=True)
    receipt_code: Mapped[str] = mapped_column(sa.String(26), default=new_code)
    """What a stranger needs beside the number to ask for the receipt; printed there, and nowhere else to be learned."""
    evidence_date: Mapped[dt.date | None]
    """The date on the paper, apart from the day of its delivery."""
    travels_with_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("evidence.id"), index=True)
    """The delivery with which it came; none for a delivery itself."""
    media_type: Mapped[str] = mapped_column(default=Media.PDF, server_default=Media.PDF.value)
    """Told by its contents."""
    intake_key: Mapped[str]
    intake_removed_at: Mapped[dt.datetime | None]
    check_state: Mapped[CheckState] = mapped_column(default=CheckState.WAITING)
    check_since: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    check_why: Mapped[str | None]
    """Why it waits or failed, in words for the uploader."""
    verdict: Mapped[str | None]
    sign_assignment_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("position_assignment.id"))
    """Set when the uploader signed in the same act; it takes effect when the check passes."""
    brings_sign_offs: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether the paper itself may bring sign-offs along: certificates inside, or ink that counts at once."""
    received_by: Mapped[Person] = relationship()
    uses: Mapped[list["EvidenceUse"]] = relationship(back_populates="evidence", order_by="EvidenceUse.id")
    """In the order in which the uploader named the requirements."""
    supporting: Mapped[list["Evidence"]] = relationship(
        foreign_keys="Evidence.travels_with_id", order_by="Evidence.id", viewonly=True
    )
    """What came with it, in the order in which it came."""
    report: Mapped["CheckReport | None"] = relationship(
        primaryjoin="Evidence.id == foreign(CheckReport.evidence_id)", viewonly=True, uselist=False,
        order_by="CheckReport.created_at.desc()",
    )  # fmt: skip


def delivery_of(row: Any = Evidence) -> sa.ColumnElement[uuid.UUID]:
    """Return, as a column, the delivery that a file is or travels with: it decides on who knows of it and opens it."""
    column: sa.ColumnElement[uuid.UUID] = sa.func.coalesce(row.travels_with_id, row.id)
    return column


class EvidenceUse(Base, OfAgency):
    """A delivery in the place of one requirement, with the pages that concern it."""

    __tablename__ = "evidence_use"
    __table_args__ = (
        sa.UniqueConstraint("requirement_id", "revision"),
        sa.CheckConstraint("page_from >= 1 AND page_to >= page_from", name="page_range"),
    )

    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"), index=True)
    requirement_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("requirement.id"), index=True)
    revision: Mapped[int]
    round: Mapped[int]
    page_from: Mapped[int | None]
    page_to: Mapped[int | None]
    evidence: Mapped[Evidence] = relationship(back_populates="uses")
    requirement: Mapped[Requirement] = relationship()


class EvidenceReview(Base, OfAgency):
    """*Minta ditinjau*: one request that an evaluator accept a refused delivery in the place of one requirement.

    A delivery is asked for once in each place. A newer delivery leaves an open request behind without an answer.
    """

    __tablename__ = "evidence_review"
    __table_args__ = (sa.UniqueConstraint("requirement_id", "evidence_id"),)

    requirement_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("requirement.id"))
    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"), index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    asked_by_id: Mapped[uuid.UUID] = mapped_column("asked_by", sa.ForeignKey("person.id"))
    asked_at: Mapped[dt.datetime]
    text: Mapped[str] = mapped_column(sa.Text)
    """Why the uploader holds the file to be good, in his own words."""
    accepted: Mapped[bool | None]
    """``None`` until an evaluator has answered."""
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column("decided_by", sa.ForeignKey("person.id"))
    decided_as: Mapped[str | None]
    """The post of the evaluator, as printed."""
    decided_at: Mapped[dt.datetime | None]
    reason: Mapped[str | None] = mapped_column(sa.Text)
    asked_by: Mapped[Person] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])


class CheckReport(Base, OfAgency):
    """What the checks found, as observed at that time; a later report never overwrites it."""

    __tablename__ = "check_report"

    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"), index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    verdict: Mapped[str]
    report: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
