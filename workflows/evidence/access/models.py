"""The class of the bytes an agency delivered, and the reasons with which people opened what is restricted."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency
from workflows.evidence.models import Evidence
from workflows.organization.models import Person


class FileAccess(Base, OfAgency):
    """How these bytes are classed in one agency. There is no row before somebody raises the class.

    It belongs to the bytes and not to a delivery: the same file sent twice must not be read through the other.
    Who changed it when and why is in the log, every time; the row tells of the last change.
    """

    __tablename__ = "file_access"
    __table_args__ = (
        sa.UniqueConstraint("agency_id", "sha256"),
        sa.Index("ix_file_access_restricted", "region_id", "sha256", postgresql_where=sa.text("restricted")),
    )

    sha256: Mapped[str] = mapped_column(sa.String(64))
    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"))
    """The delivery by which it was first raised; the log's events are about this one."""
    restricted: Mapped[bool]
    changed_by_id: Mapped[uuid.UUID] = mapped_column("changed_by", sa.ForeignKey("person.id"))
    changed_at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(sa.Text)
    evidence: Mapped[Evidence] = relationship()
    changed_by: Mapped[Person] = relationship()


class AccessGround(Base, OfAgency):
    """Why somebody who opens restricted files only with a reason opened this one, and until when that counts."""

    __tablename__ = "access_ground"
    __table_args__ = (sa.Index("ix_access_ground_evidence_person", "evidence_id", "person_id"),)

    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(sa.Text)
    opened_at: Mapped[dt.datetime]
    until: Mapped[dt.datetime]
