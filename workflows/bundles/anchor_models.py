"""Last stage: the anchors of this installation, where each was sent, and the seal keys it has had.

They belong to no office: an anchor holds the heads of all chains, and everybody may read it.
"""

import datetime as dt
import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, Identified


class Anchor(Base):
    """The heads of all chains at one moment, sealed. Only the worker writes one, and nobody changes it."""

    __tablename__ = "anchor"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1, without gaps."""
    at: Mapped[dt.datetime]
    document: Mapped[str] = mapped_column(sa.Text)
    """The bytes that were signed and that people keep, as ``workflows.bundles.anchor`` writes them; ASCII."""
    sha256: Mapped[str] = mapped_column(sa.String(64), unique=True)
    previous: Mapped[str | None] = mapped_column(sa.String(64))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    """Of the key that signed it."""
    sendings: Mapped[list["AnchorSending"]] = relationship(order_by="AnchorSending.id", viewonly=True)


class Way(enum.StrEnum):
    """How an anchor leaves the administrator's reach."""

    TIME_STAMP = "time_stamp"
    """A time stamp token over its digest (RFC 3161)."""
    MAIL = "mail"
    """A letter with the document to a witness."""


class SendingState(enum.StrEnum):
    """Where a sending stands."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class AnchorSending(Base, Identified):
    """One anchor on its way to one place outside."""

    __tablename__ = "anchor_sending"

    number: Mapped[int] = mapped_column(sa.ForeignKey("anchor.number"), index=True)
    way: Mapped[Way]
    target: Mapped[str]
    """Address of the service or of the witness; shown to nobody but the operator."""
    state: Mapped[SendingState] = mapped_column(default=SendingState.WAITING)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    sent_at: Mapped[dt.datetime | None]
    why: Mapped[str | None]
    """Why it waits or failed, in words."""
    proof: Mapped[bytes | None]
    """The answer of the time stamping service, in DER, as it came."""
    attested_at: Mapped[dt.datetime | None]
    """The time that the service attests."""
    anchor: Mapped[Anchor] = relationship()


class SealKeyEntry(Base):
    """A key that this installation has sealed with, from ``since`` until the next one."""

    __tablename__ = "seal_key"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fingerprint: Mapped[str] = mapped_column(sa.String(64), unique=True)
    since: Mapped[dt.datetime]
    document: Mapped[str | None] = mapped_column(sa.Text)
    """The key before it names this one and signs that; none for the first key, and for one that was put in its place
    past the command."""
