"""Fourth stage: where the locked original lies, and the pictures of its pages."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency
from workflows.evidence.checks.pictures import NoPicture, PictureSize
from workflows.evidence.models import Evidence


class ArchivedObject(Base, OfAgency):
    """A locked object, read back and compared before this row was written. Reads always name the version."""

    __tablename__ = "archived_object"

    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"), unique=True)
    bucket: Mapped[str]
    key: Mapped[str]
    version_id: Mapped[str]
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    retain_until: Mapped[dt.datetime]
    archived_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    evidence: Mapped[Evidence] = relationship()


class PagePicture(Base, OfAgency):
    """A page drawn to be looked at, or that it cannot be drawn. Derived from the original and never evidence."""

    __tablename__ = "page_picture"
    __table_args__ = (
        sa.UniqueConstraint("evidence_id", "size", "page"),
        sa.CheckConstraint("page >= 1", name="page"),
        sa.CheckConstraint("(key IS NULL) = (reason IS NOT NULL)", name="drawn_or_not"),
    )

    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"))
    page: Mapped[int]
    """From 1."""
    size: Mapped[PictureSize]
    key: Mapped[str | None]
    """In the bucket of what can be built again; ``None`` when there is no picture."""
    version_id: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    bytes: Mapped[int] = mapped_column(default=0)
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    reason: Mapped[NoPicture | None]
    """Why there is none."""
    drawn_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
