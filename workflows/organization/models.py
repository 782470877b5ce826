"""The office: regions, agencies, units, people, the positions they hold, and their accounts."""

import datetime as dt
import enum
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.core.actors import AssignmentKind, Role
from workflows.core.db import Base, Identified, OfRegion
from workflows.core.sentences import phrase


class InkPolicy(enum.StrEnum):
    """What it takes for a signature on paper, named by whoever uploads, to count."""

    CONFIRM = "confirm"
    """The holder of the post confirms it with one tap."""
    ACCEPT = "accept"
    """It counts at once; the holder is told and may dispute it, and the evaluator attests that he sees it."""


class Region(Base, Identified):
    """A regional government (*kabupaten*, *kota*, *provinsi*)."""

    __tablename__ = "region"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    timezone: Mapped[str]
    """IANA name; decides on which day an act falls."""
    ink_policy: Mapped[InkPolicy] = mapped_column(default=InkPolicy.CONFIRM, server_default=InkPolicy.CONFIRM.value)


class Agency(Base, OfRegion):
    """A regional agency (*OPD*)."""

    __tablename__ = "agency"
    __table_args__ = (sa.UniqueConstraint("region_id", "code"),)

    code: Mapped[str]
    name: Mapped[str]
    is_inspectorate: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """The Inspektorat as an agency of its own: its report is evaluated by another unit."""


class Unit(Base, OfRegion):
    """A division of an agency (*bidang*, *sekretariat*)."""

    __tablename__ = "unit"
    __table_args__ = (sa.UniqueConstraint("agency_id", "code"),)

    agency_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    code: Mapped[str]
    name: Mapped[str]
    is_secretariat: Mapped[bool] = mapped_column(default=False)
    """Documents of the whole agency belong to this unit."""
    closed_on: Mapped[dt.date | None]
    """Its last day; what it was asked for before that stays as it is."""


class Succession(Base, OfRegion):
    """Which unit, of the same agency or another, carries on what a unit left open, by which letter, from which day.

    Rows keep the unit that was asked; see ``Requirement.heir_unit_id``.
    """

    __tablename__ = "succession"
    __table_args__ = (
        # One unit, one successor, whoever of two proposes at the same moment.
        sa.Index("uq_succession_unit", "unit_id", unique=True, postgresql_where=sa.text("declined_at IS NULL")),
        sa.CheckConstraint("unit_id <> successor_id", name="another_unit"),
    )

    agency_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("unit.id"))
    successor_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    successor_agency_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    valid_from: Mapped[dt.date]
    letter_number: Mapped[str]
    letter_date: Mapped[dt.date]
    proposed_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime]
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_at: Mapped[dt.datetime | None]
    declined_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    declined_at: Mapped[dt.datetime | None]
    decline_reason: Mapped[str | None] = mapped_column(sa.Text)
    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id])
    successor: Mapped[Unit] = relationship(foreign_keys=[successor_id])
    successor_agency: Mapped[Agency] = relationship(foreign_keys=[successor_agency_id])

    @property
    def leaves_agency(self) -> bool:
        """Whether the work goes to another agency."""
        return self.agency_id != self.successor_agency_id

    @property
    def successor_name(self) -> str:
        """The unit that carries on, with its agency where that is another one."""
        return f"{self.successor.name}, {self.successor_agency.name}" if self.leaves_agency else self.successor.name


class Person(Base, OfRegion):
    """A person, known by name and, for civil servants, by NIP."""

    __tablename__ = "person"

    name: Mapped[str]
    nip: Mapped[str | None] = mapped_column(sa.String(18), unique=True)
    rank_name: Mapped[str | None]
    rank_grade: Mapped[str | None]


class Account(Base, Identified):
    """How a person proves himself. Roles never hang on it."""

    __tablename__ = "account"
    __table_args__ = (
        sa.Index("uq_account_email_lower", sa.func.lower(sa.column("email")), unique=True),
        sa.Index("uq_account_username_lower", sa.func.lower(sa.column("username")), unique=True),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), unique=True)
    region_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("region.id"))
    email: Mapped[str]
    username: Mapped[str]
    password: Mapped[str]
    """argon2 hash."""
    session_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Changes with the password, so that open sessions end."""
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    person: Mapped[Person] = relationship()


class Position(Base, OfRegion):
    """A post: *Kepala Bidang X*, *Kepala Dinas Y*, *Inspektur*. Posts without agency cover the region."""

    __tablename__ = "position"

    agency_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    unit_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    role: Mapped[Role]
    title: Mapped[str]


class Duty(enum.StrEnum):
    """What a letter makes of an evaluator (domain: a team by *Surat Tugas*)."""

    RESPONSIBLE = "responsible"
    """*Penanggung jawab*."""
    SUPERVISOR = "supervisor"
    """*Pengendali teknis*."""
    TEAM_LEAD = "team_lead"
    """*Ketua tim*."""
    MEMBER = "member"
    """*Anggota*."""

    @property
    def printed(self) -> str:
        """Return the title as it is printed."""
        return _DUTIES[self]


_DUTIES = {
    Duty.RESPONSIBLE: phrase("Penanggung Jawab Tim Evaluasi"),
    Duty.SUPERVISOR: phrase("Pengendali Teknis Tim Evaluasi"),
    Duty.TEAM_LEAD: phrase("Ketua Tim Evaluasi"),
    Duty.MEMBER: phrase("Anggota Tim Evaluasi"),
}


class Engagement(Base, OfRegion):
    """What the authority of an auditor or an evaluator rests on: who sent him, by which letter, for which days.

    A post of either without one that is confirmed empowers nothing.
    """

    __tablename__ = "engagement"
    __table_args__ = (
        sa.CheckConstraint("valid_to >= valid_from", name="valid_range"),
        sa.CheckConstraint("role <> 'auditor' OR cardinality(years) > 0", name="some_year"),
        sa.CheckConstraint(
            "role IN ('auditor', 'evaluator') AND (role = 'evaluator') = (duty IS NOT NULL)", name="some_duty"
        ),
    )

    role: Mapped[Role] = mapped_column(default=Role.AUDITOR)
    duty: Mapped[Duty | None]
    """Of an evaluator."""
    home_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("agency.id"))
    """The agency an evaluator belongs to; ``None`` is the Inspektorat itself."""

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    institution: Mapped[str]
    letter_number: Mapped[str]
    letter_date: Mapped[dt.date]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date]
    agency_ids: Mapped[list[uuid.UUID]] = mapped_column(sa.ARRAY(sa.Uuid))
    """Empty means every agency of the region."""
    years: Mapped[list[int]] = mapped_column(sa.ARRAY(sa.Integer))
    """Those an auditor sees; empty for an evaluator."""
    proposed_by_id: Mapped[uuid.UUID | None] = mapped_column("proposed_by", sa.ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime]
    confirmed_by_id: Mapped[uuid.UUID | None] = mapped_column("confirmed_by", sa.ForeignKey("person.id"))
    confirmed_at: Mapped[dt.datetime | None]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column("ended_by", sa.ForeignKey("person.id"))
    ended_at: Mapped[dt.datetime | None]
    """Ended before its time, or never confirmed."""
    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class PositionAssignment(Base, OfRegion):
    """A person in a post, from day to day (both included, in the region's time zone).

    It empowers only acts that come after ``recorded_at``: a back-dated one changes nothing past.
    """

    __tablename__ = "position_assignment"
    __table_args__ = (sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="valid_range"),)

    agency_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("agency.id"), index=True)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), index=True)
    position_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("position.id"), index=True)
    kind: Mapped[AssignmentKind] = mapped_column(default=AssignmentKind.DEFINITIVE)
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
    letter_number: Mapped[str | None]
    letter_date: Mapped[dt.date | None]
    engagement_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("engagement.id"))
    """Of an auditor; see :class:`Engagement`."""
    replaces_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("position_assignment.id"))
    """Of a transfer: what the person leaves when this one is confirmed."""
    at_once: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Works from the moment it is recorded, and is flagged until somebody confirms it."""
    recorded_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    proposed_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    confirmed_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    ended_at: Mapped[dt.datetime | None]
    """From this moment on it empowers nothing, whatever its days; declined where nobody had confirmed it."""
    end_reason: Mapped[str | None] = mapped_column(sa.Text)
    """Why it was declined, or ends before the day that its letter named."""
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    position: Mapped[Position] = relationship()
    proposer: Mapped[Person | None] = relationship(foreign_keys=[proposed_by])
    confirmer: Mapped[Person | None] = relationship(foreign_keys=[confirmed_by])
    replaces: Mapped["PositionAssignment | None"] = relationship(remote_side="PositionAssignment.id")
    letters: Mapped[list["LetterScan"]] = relationship(order_by="LetterScan.id", viewonly=True)


class LetterScan(Base, OfRegion):
    """A received scan of the letter that an assignment rests on. Its bytes lie in the intake under its id, for good."""

    __tablename__ = "letter_scan"

    agency_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("agency.id"))
    assignment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("position_assignment.id"), index=True)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int] = mapped_column(sa.BigInteger)
    original_name: Mapped[str]
    received_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    received_at: Mapped[dt.datetime]


class ApiToken(Base, Identified):
    """A bearer token; only its digest is kept, and the first characters to recognise it by."""

    __tablename__ = "api_token"

    account_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("account.id"), index=True)
    name: Mapped[str]
    prefix: Mapped[str]
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    scope: Mapped[str]
    """``read`` or ``act``."""
    created_at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]
    account: Mapped[Account] = relationship()


class SignInFailure(Base, Identified):
    """A failed sign-in, counted against the name and the address it came from (both only as digests)."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (
        sa.Index("ix_sign_in_failure_identity_at", "identity", "at"),
        sa.Index("ix_sign_in_failure_address_at", "address", "at"),
    )

    identity: Mapped[str] = mapped_column(sa.String(64))
    address: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[dt.datetime] = mapped_column(server_default=sa.func.now())
