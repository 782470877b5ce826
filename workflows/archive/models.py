"""Fourth stage: where the locked original lies."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency
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
