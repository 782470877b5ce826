"""Fifth stage: who stands for what, bound to the bytes."""

import datetime as dt
import enum
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency
from workflows.evidence.models import Evidence
from workflows.organization.models import Person
from workflows.plans.models import Requirement


class SignOffRole(enum.StrEnum):
    """The two legal weights of a signature on a monev (domain: signature role)."""

    SIGNED = "signed"
    ACKNOWLEDGED = "acknowledged"


class Basis(enum.StrEnum):
    """How a sign-off came about; screen, print and bundle always say which."""

    IN_APP = "in_app"
    CERTIFICATE = "certificate"
    INK = "ink"


class SignOff(Base, OfAgency):
    """One sign-off of one digest for one requirement, with the printed block of that day."""

    __tablename__ = "sign_off"
    __table_args__ = (
        # The database itself refuses a second standing sign-off of the same kind.
        sa.Index(
            "uq_sign_off_standing", "requirement_id", "role", unique=True,
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
    )  # fmt: skip

    requirement_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("requirement.id"), index=True)
    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"), index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    role: Mapped[SignOffRole]
    basis: Mapped[Basis]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    assignment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("position_assignment.id"))
    snapshot: Mapped[dict[str, Any]]
    """Name, rank, NIP, post and letter as they were printed on that day."""
    proof: Mapped[dict[str, Any]]
    """How the person proved himself."""
    same_person: Mapped[bool] = mapped_column(default=False)
    """Signer and acknowledger are one person: flagged, not blocked."""
    round: Mapped[int]
    at: Mapped[dt.datetime]
    voided_at: Mapped[dt.datetime | None]
    voided_reason: Mapped[str | None] = mapped_column(sa.Text)
    person: Mapped[Person] = relationship()
    evidence: Mapped[Evidence] = relationship()
    requirement: Mapped[Requirement] = relationship()
