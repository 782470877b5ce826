"""Fifth stage: who stands for what, bound to the bytes."""

import datetime as dt
import enum
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.db import Base, OfAgency, OfRegion
from workflows.evidence.models import Evidence
from workflows.organization.models import Person, PositionAssignment
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
    assignment: Mapped[PositionAssignment] = relationship()
    evidence: Mapped[Evidence] = relationship()
    requirement: Mapped[Requirement] = relationship()

    @property
    def doubt(self) -> str:
        """What became of an acting post that nobody confirmed: ``proposed``, ``declined``, or empty where one did."""
        if self.assignment.confirmed_at is not None:
            return ""
        return "declined" if self.assignment.ended_at is not None else "proposed"


class CertificateBinding(Base, OfRegion):
    """A certificate that a person was confirmed to hold; from then on its valid signatures are that person's."""

    __tablename__ = "certificate_binding"
    __table_args__ = (
        # One certificate, one person, whoever of two confirms at the same moment.
        sa.Index(
            "uq_certificate_binding_standing", "region_id", "fingerprint", unique=True,
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )  # fmt: skip

    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of the certificate."""
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    holder: Mapped[str]
    """The name in the certificate."""
    issuer: Mapped[str | None]
    bound_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    bound_at: Mapped[dt.datetime]
    withdrawn_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    withdrawn_at: Mapped[dt.datetime | None]
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class ClaimState(enum.StrEnum):
    """What became of a signature that an uploader saw on the paper."""

    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    """It counts by the region's policy; the holder has not answered yet."""
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


class InkClaim(Base, OfAgency):
    """A signature on the paper, as whoever uploaded it says: whose, on which page, with which date."""

    __tablename__ = "ink_claim"
    __table_args__ = (
        sa.UniqueConstraint("requirement_id", "evidence_id", "role"),
        sa.CheckConstraint("page >= 1", name="page"),
        # What a person is told on the first page.
        sa.Index("ix_ink_claim_open", "person_id", postgresql_where=sa.text("state IN ('claimed', 'accepted')")),
    )

    requirement_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("requirement.id"))
    evidence_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("evidence.id"), index=True)
    role: Mapped[SignOffRole]
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    page: Mapped[int | None]
    signed_on: Mapped[dt.date | None]
    """The date beside the signature, whatever quarter the paper is about."""
    claimed_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    claimed_at: Mapped[dt.datetime]
    state: Mapped[ClaimState] = mapped_column(default=ClaimState.CLAIMED)
    settled_at: Mapped[dt.datetime | None]
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    requirement: Mapped[Requirement] = relationship()
    evidence: Mapped[Evidence] = relationship()
