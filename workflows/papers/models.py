"""Papers that people ordered: made by a worker as the orderer saw the data, carried away by him."""

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfRegion
from workflows.organization.models import Agency, Person


class PaperKind(enum.StrEnum):
    """Which paper."""

    MATRIX = "follow_up_matrix"
    """*Matriks Tindak Lanjut*: the proof for criterion 4.c.1."""
    PLAN = "action_plan"
    """*Rencana Aksi* in the layout in which agencies hand it in."""


class PaperFormat(enum.StrEnum):
    """As what it is written; the value is also how the file's name ends."""

    PDF = "pdf"
    XLSX = "xlsx"
    DOCX = "docx"

    @property
    def mimetype(self) -> str:
        """Return the type under which it is sent."""
        office = "application/vnd.openxmlformats-officedocument"
        kinds = {"xlsx": f"{office}.spreadsheetml.sheet", "docx": f"{office}.wordprocessingml.document"}
        return kinds.get(self.value, "application/pdf")


class PaperState(enum.StrEnum):
    """Where the making stands."""

    QUEUED = "queued"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"


class Paper(Base, OfRegion):
    """One paper of an agency and year, or of all agencies that its orderer may see."""

    __tablename__ = "paper"

    agency_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    kind: Mapped[PaperKind]
    format: Mapped[PaperFormat]
    year: Mapped[int]
    place: Mapped[str]
    """Where it is signed, as typed; empty leaves a line to write on."""
    ordered_by_id: Mapped[uuid.UUID] = mapped_column("ordered_by", sa.ForeignKey("person.id"), index=True)
    ordered_at: Mapped[dt.datetime]
    state: Mapped[PaperState] = mapped_column(default=PaperState.QUEUED)
    key: Mapped[str | None]
    version_id: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    finished_at: Mapped[dt.datetime | None]
    error_message: Mapped[str | None]
    agency: Mapped[Agency | None] = relationship()
    ordered_by: Mapped[Person] = relationship()
