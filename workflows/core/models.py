"""Tables that belong to no stage: the log and its heads, jobs, remembered answers."""

import datetime as dt
import enum
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from workflows.core.db import Base, Identified


class AuditHead(Base):
    """The newest link of a chain. Only the linking trigger writes it."""

    __tablename__ = "audit_head"

    chain: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    hash: Mapped[bytes]
    at: Mapped[dt.datetime]
    """Time of the newest link: times in a chain never run backwards, even when the clock does."""


class AuditEvent(Base):
    """One link of a chain. ``seq``, ``at``, ``about``, ``previous`` and ``hash`` are set by the database's trigger."""

    __tablename__ = "audit_event"
    __table_args__ = (
        sa.Index("ix_audit_event_subject", "subject_id", "kind"),
        sa.Index("ix_audit_event_agency_at", "agency_id", "at"),
        sa.Index("ix_audit_event_region_at", "region_id", "at"),
        sa.Index("ix_audit_event_person_kind", "person_id", "kind"),
    )

    chain: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[uuid.UUID] = mapped_column(unique=True)
    at: Mapped[dt.datetime]
    kind: Mapped[str]
    region_id: Mapped[uuid.UUID | None]
    agency_id: Mapped[uuid.UUID | None]
    person_id: Mapped[uuid.UUID | None]
    subject_type: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    body: Mapped[str | None] = mapped_column(sa.Text)
    """Canonical JSON text, stored as it was hashed; null once it was erased by order."""
    salt: Mapped[bytes | None]
    about: Mapped[str]
    """What the link tells where its body is withheld: type of the subject and years, such as ``decision:2026``."""
    body_digest: Mapped[bytes]
    previous: Mapped[bytes]
    hash: Mapped[bytes]


class JobState(enum.StrEnum):
    """Where a piece of background work stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Base, Identified):
    """A piece of background work: a row first, a message second."""

    __tablename__ = "job"
    __table_args__ = (
        sa.Index("ix_job_open", "state", "run_at", postgresql_where=sa.text("state IN ('queued', 'running')")),
    )

    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    """Names the work, so that asking twice is one job."""
    region_id: Mapped[uuid.UUID | None]
    agency_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    subject_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[JobState] = mapped_column(default=JobState.QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    """Claims so far; counted when the work is taken, so that work that kills its worker counts too."""
    lease_token: Mapped[uuid.UUID | None]
    lease_until: Mapped[dt.datetime | None]
    run_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    queued_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    sent_at: Mapped[dt.datetime | None]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]


class IdempotencyKey(Base):
    """The first answer to a request that named a key, kept for 24 hours."""

    __tablename__ = "idempotency_key"

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    """SHA-256 of what was asked; the same key with another body is a mistake of the caller."""
    status: Mapped[int]
    response: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now(), index=True)
