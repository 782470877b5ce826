"""Fourth stage: where the locked original lies, its pages as pictures, who holds it, what was found, how it ends."""

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency
from workflows.evidence.checks.pictures import NoPicture, PictureSize
from workflows.evidence.models import Evidence
from workflows.organization.models import Person


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
    lock_mode: Mapped[str] = mapped_column(default="GOVERNANCE")
    """As the store tells it; an object keeps the mode with which it was put."""
    archived_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    retention_rule: Mapped[str | None]
    """Code of the rule that counts for it, once its clock has started."""
    keep_until: Mapped[dt.datetime | None]
    """End of its term by the rule; it only ever moves away."""
    examined_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    """When it was last read from end to end and compared."""
    disposal_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("disposal.id"))
    """Set when its bytes were erased: the row is its tombstone."""
    evidence: Mapped[Evidence] = relationship()
    disposal: Mapped["Disposal | None"] = relationship()


class ArchiveFinding(Base, OfAgency):
    """Something about an archived object that is not as promised; open until a later look finds it mended."""

    __tablename__ = "archive_finding"
    __table_args__ = (
        sa.Index(
            "uq_archive_finding_open", "archived_object_id", "code", unique=True,
            postgresql_where=sa.text("resolved_at IS NULL"),
        ),
    )  # fmt: skip

    archived_object_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("archived_object.id"))
    code: Mapped[str]
    found_at: Mapped[dt.datetime]
    resolved_at: Mapped[dt.datetime | None]
    archived: Mapped[ArchivedObject] = relationship()


class LegalHold(Base, OfAgency):
    """An order to keep a file whatever its term says. The object bears the store's flag while any is open."""

    __tablename__ = "legal_hold"

    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"), index=True)
    letter: Mapped[str]
    reason: Mapped[str] = mapped_column(sa.Text)
    opened_by_id: Mapped[uuid.UUID] = mapped_column("opened_by", sa.ForeignKey("person.id"))
    opened_at: Mapped[dt.datetime]
    closed_by_id: Mapped[uuid.UUID | None] = mapped_column("closed_by", sa.ForeignKey("person.id"))
    closed_at: Mapped[dt.datetime | None]
    closing_letter: Mapped[str | None]
    evidence: Mapped[Evidence] = relationship()
    opened_by: Mapped[Person] = relationship(foreign_keys=[opened_by_id])


class DisposalKind(enum.StrEnum):
    """Why a file may be erased."""

    TERM_OVER = "term_over"
    WRONG_DELIVERY = "wrong_delivery"


class DisposalState(enum.StrEnum):
    """Proposed by one, confirmed by another, carried out by the operator; or not to be."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Disposal(Base, OfAgency):
    """The numbered record of an erasure. It stays for ever, with digest, who and why."""

    __tablename__ = "disposal"
    __table_args__ = (
        sa.CheckConstraint("confirmed_by <> proposed_by", name="two_people"),
        sa.CheckConstraint("confirmed_by IS NOT NULL OR state IN ('proposed', 'withdrawn')", name="confirmed_first"),
        sa.Index(
            "uq_disposal_open", "evidence_id", unique=True,
            postgresql_where=sa.text("state IN ('proposed', 'confirmed')"),
        ),
    )  # fmt: skip

    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"))
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[DisposalKind]
    state: Mapped[DisposalState] = mapped_column(default=DisposalState.PROPOSED)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    letter: Mapped[str]
    """Number of the letter or minutes (*berita acara*) that orders it."""
    reason: Mapped[str] = mapped_column(sa.Text)
    proposed_by_id: Mapped[uuid.UUID] = mapped_column("proposed_by", sa.ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime]
    confirmed_by_id: Mapped[uuid.UUID | None] = mapped_column("confirmed_by", sa.ForeignKey("person.id"))
    confirmed_at: Mapped[dt.datetime | None]
    done_at: Mapped[dt.datetime | None]
    done_by_name: Mapped[str | None]
    evidence: Mapped[Evidence] = relationship()
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    confirmed_by: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by_id])


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
