"""Last stage: to whom a bundle was handed over, and links for receivers without an account."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.bundles.models import Bundle
from workflows.core.db import Base, OfAgency
from workflows.organization.models import Person


class HandoverLink(Base, OfAgency):
    """A way to one built bundle for one named person, once. The secret itself is kept nowhere."""

    __tablename__ = "handover_link"

    bundle_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("bundle.id"), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """SHA-256 of the secret."""
    receiver: Mapped[str]
    institution: Mapped[str]
    letter: Mapped[str]
    made_by_id: Mapped[uuid.UUID | None] = mapped_column("made_by", sa.ForeignKey("person.id"))
    made_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    opened_at: Mapped[dt.datetime | None]
    """When its page was first opened, which programs that show previews do too: it uses nothing up."""
    claimed_at: Mapped[dt.datetime | None]
    """When a person began the download; for a day after it that browser may go on with it."""
    expired_at: Mapped[dt.datetime | None]
    """When it was asked for after its time, so that the log tells it once."""
    revoked_at: Mapped[dt.datetime | None]
    revoked_by_id: Mapped[uuid.UUID | None] = mapped_column("revoked_by", sa.ForeignKey("person.id"))
    voided_at: Mapped[dt.datetime | None]
    """Void for another reason than a person's word, such as a restore."""
    bundle: Mapped[Bundle] = relationship()
    made_by: Mapped[Person | None] = relationship(foreign_keys=[made_by_id])


class Handover(Base, OfAgency):
    """A bundle was handed over; ``document`` is the *berita acara*, as it was issued."""

    __tablename__ = "handover"

    bundle_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("bundle.id"), index=True)
    link_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("handover_link.id"))
    number: Mapped[str] = mapped_column(unique=True)
    handed_on: Mapped[dt.date]
    giver: Mapped[str]
    giver_position: Mapped[str]
    giver_institution: Mapped[str]
    receiver: Mapped[str]
    receiver_position: Mapped[str]
    receiver_institution: Mapped[str]
    letter: Mapped[str]
    issued_at: Mapped[dt.datetime]
    issued_by_id: Mapped[uuid.UUID | None] = mapped_column("issued_by", sa.ForeignKey("person.id"))
    document: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    """Of the document."""
    bundle: Mapped[Bundle] = relationship()
