"""What was read of a delivery, page by page, and what the look at it found. The file itself is never touched."""

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from workflows.core.db import Base, OfAgency


class TextSource(enum.StrEnum):
    """Where the text of a page comes from."""

    LAYER = "layer"
    """It stands in the file."""
    OCR = "ocr"
    """It was read from the picture of the page."""
    NONE = "none"
    """The page could not be read, or is beyond the limits."""


class Audience(enum.StrEnum):
    """Who is told of a finding."""

    ALL = "all"
    AGENCY = "agency"
    """Everybody but the Inspektorat, which is told more."""
    INSPECTORATE = "inspectorate"
    """It names another agency's paper."""


class Reading(Base, OfAgency):
    """How far the reading of a delivery has come. It goes on beside the steps and holds none of them up."""

    __tablename__ = "reading"
    __table_args__ = (
        # Papers with the same figures are looked up by the digest, in one region.
        sa.Index("ix_reading_figures", "region_id", "figures", postgresql_where=sa.text("figures IS NOT NULL")),
    )

    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"), unique=True)
    pages: Mapped[int | None]
    """Of the file; unknown until the first part was read."""
    looked_at: Mapped[int] = mapped_column(default=0)
    """Pages whose own text was looked for."""
    settled: Mapped[int] = mapped_column(default=0)
    """Pages that are done with, read or not."""
    scans: Mapped[int] = mapped_column(default=0)
    """Pages that were read from their picture."""
    unread: Mapped[int] = mapped_column(default=0)
    part: Mapped[int] = mapped_column(default=0)
    """Counts the jobs: each reads a few pages and orders the next."""
    why: Mapped[str | None]
    """Why pages are unread, in words."""
    figures: Mapped[str | None] = mapped_column(sa.String(64))
    """Digest of all figures and dates, where there are enough to tell papers apart."""
    started_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    done_at: Mapped[dt.datetime | None]


class PageText(Base, OfAgency):
    """The text of one page."""

    __tablename__ = "page_text"
    __table_args__ = (sa.UniqueConstraint("evidence_id", "page"),)

    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"))
    page: Mapped[int]
    source: Mapped[TextSource | None]
    """None while its picture is still to be read."""
    text: Mapped[str] = mapped_column(sa.Text)


class SenseFinding(Base, OfAgency):
    """One thing that the look at the text found, for one requirement. Advice: no step asks for it."""

    __tablename__ = "sense_finding"

    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"), index=True)
    requirement_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("requirement.id"), index=True)
    code: Mapped[str]
    severity: Mapped[str]
    message: Mapped[str] = mapped_column(sa.Text)
    page: Mapped[int | None]
    audience: Mapped[Audience] = mapped_column(default=Audience.ALL)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
