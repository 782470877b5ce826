"""Last stage: what an auditor ordered and may carry away."""

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency
from workflows.organization.models import Agency, Person


class BundleState(enum.StrEnum):
    """Where the building of a bundle stands."""

    QUEUED = "queued"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class Bundle(Base, OfAgency):
    """An order for a bundle: agency, year and reason; the log is cut at the event that ordered it.

    ``report_id`` and ``recommendation_ids`` make it one of less than the year.
    """

    __tablename__ = "bundle"

    year: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.Text)
    with_restricted: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether restricted files were asked for too; those that the orderer may open are packed."""
    report_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("evaluation_report.id"))
    """Where the order is for one report, or for some of its recommendations."""
    recommendation_ids: Mapped[list[uuid.UUID] | None] = mapped_column(sa.ARRAY(sa.Uuid()))
    """The chosen ones; ``None`` where it is for all."""
    log_limited: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether lines of the log about other papers of the agency are there as links alone."""
    ordered_by_id: Mapped[uuid.UUID | None] = mapped_column("ordered_by", sa.ForeignKey("person.id"))
    ordered_by_name: Mapped[str]
    ordered_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    order_event_id: Mapped[uuid.UUID]
    state: Mapped[BundleState] = mapped_column(default=BundleState.QUEUED)
    done: Mapped[int] = mapped_column(default=0)
    """Files packed so far, of ``total``."""
    total: Mapped[int] = mapped_column(default=0)
    key: Mapped[str | None]
    version_id: Mapped[str | None]
    sha256: Mapped[str | None] = mapped_column(sa.String(64))
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    tagmanifest_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    """SHA-256 of the bag's ``tagmanifest-sha256.txt``, which a handover prints."""
    fingerprint: Mapped[str | None]
    finished_at: Mapped[dt.datetime | None]
    error_message: Mapped[str | None]
    agency: Mapped[Agency] = relationship()
    ordered_by: Mapped[Person | None] = relationship()


class BundleFile(Base, OfAgency):
    """A delivery whose bytes a built bundle holds: who may not open it (any more) does not get that bundle."""

    __tablename__ = "bundle_file"
    __table_args__ = (sa.UniqueConstraint("bundle_id", "evidence_id"),)

    bundle_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("bundle.id"))
    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"), index=True)
