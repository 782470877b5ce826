"""Takes deliveries in and records what the checks said."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from workflows.core import audit, jobs
from workflows.core.actors import SYSTEM, Actor
from workflows.core.clock import now
from workflows.core.db import db, lock_rows
from workflows.core.errors import GuardFailedError, InvalidInputError, Reason
from workflows.core.ids import new_id
from workflows.core.moves import Move
from workflows.core.transitions import Action
from workflows.evidence.models import CheckReport, CheckState, Evidence, EvidenceUse
from workflows.plans.models import Requirement
from workflows.plans.rules import RULES, act

CHECK_JOB = "evidence.check"
INTENT_JOB = "signoff.take_effect"
"""Makes the signature of an uploader who signed in the same act."""
REJECT = "reject"


@dataclass(frozen=True)
class Intake:
    """Bytes that lie in the intake bucket, were read back, and agreed with what was hashed on the way in."""

    evidence_id: uuid.UUID
    """Named before the bytes came, because the object lies under it."""
    key: str
    sha256: str
    size: int
    original_name: str


@dataclass(frozen=True)
class Placement:
    """What the uploader says about the paper."""

    evidence_date: dt.date | None = None
    page_from: int | None = None
    page_to: int | None = None
    sign: bool = False
    """The uploader holds the signing position and signs in the same act; it takes effect when the check passes."""

    def __post_init__(self) -> None:
        first, last = self.page_from, self.page_to
        if (first is None) != (last is None) or (first is not None and last is not None and not 1 <= first <= last):
            raise InvalidInputError(
                Reason("page_range", "Isi halaman awal dan akhir: angka mulai dari 1, awal tidak melebihi akhir.")
            )


@dataclass(frozen=True)
class Received:
    """What the uploader gets: the delivery, and whether it is the one that was there already."""

    evidence: Evidence
    repeated: bool


def receive(requirement: Requirement, *, actor: Actor, intake: Intake, placement: Placement | None = None) -> Received:
    """Write the delivery, the requirement's step, the event and the check's job.

    The same bytes sent again for the same requirement, while the first delivery stands, are that delivery.

    :raises PermissionDeniedError, TransitionNotAllowedError, GuardFailedError: as ``move`` does; nothing is written.
    """
    placement = placement or Placement()
    lock_rows(Requirement, [requirement.id])
    standing = _standing(requirement)
    post = actor.post_at(requirement.signing_position_id)
    if placement.sign and post is None:
        raise GuardFailedError(Reason("not_signer", "Anda tidak memegang jabatan penanda tangan untuk berkas ini."))
    if standing is not None and standing.sha256 == intake.sha256 and standing.received_by_id == actor.person_id:
        if placement.sign and post and standing.sign_assignment_id is None:
            standing.sign_assignment_id = post.assignment_id
            if standing.check_state == CheckState.DONE:
                enqueue_intent(standing)
        return Received(standing, repeated=True)
    subject = audit.Subject("evidence", intake.evidence_id, requirement.region_id, requirement.agency_id)
    revision = _next_revision(requirement)
    receipt = _receipt_number()
    event_id = audit.record(
        "evidence.received",
        subject,
        actor=actor,
        details={
            "requirement": requirement.id, "revision": revision, "sha256": intake.sha256, "bytes": intake.size,
            "receipt": receipt,
        },
    )  # fmt: skip
    evidence = Evidence(
        id=intake.evidence_id,
        region_id=requirement.region_id,
        agency_id=requirement.agency_id,
        sha256=intake.sha256,
        size=intake.size,
        original_name=intake.original_name,
        received_at=now(),
        received_by_id=actor.person_id,
        received_event_id=event_id,
        receipt_number=receipt,
        evidence_date=placement.evidence_date,
        intake_key=intake.key,
        check_state=CheckState.WAITING,
        check_since=now(),
        sign_assignment_id=post.assignment_id if placement.sign and post else None,
    )
    db.session.add(evidence)
    db.session.flush()
    db.session.add(
        EvidenceUse(
            region_id=requirement.region_id,
            agency_id=requirement.agency_id,
            evidence_id=evidence.id,
            requirement_id=requirement.id,
            revision=revision,
            round=requirement.round,
            page_from=placement.page_from,
            page_to=placement.page_to,
        )
    )
    act(requirement, Action.UPLOAD, actor=actor, stored=True, sha256=intake.sha256, evidence_id=evidence.id)
    jobs.enqueue(
        CHECK_JOB,
        key=f"{CHECK_JOB}:{evidence.id}",
        subject_id=evidence.id,
        region_id=evidence.region_id,
        agency_id=evidence.agency_id,
    )
    return Received(evidence, repeated=False)


def enqueue_intent(evidence: Evidence) -> None:
    """Have the signature made that was given with the upload."""
    jobs.enqueue(
        INTENT_JOB,
        key=f"{INTENT_JOB}:{evidence.id}",
        subject_id=evidence.id,
        region_id=evidence.region_id,
        agency_id=evidence.agency_id,
    )


@RULES.effect(Action.UPLOAD)
def _uploaded(asked: Move) -> Mapping[str, Any]:
    requirement: Requirement = asked.subject
    requirement.newest_evidence_id = asked.given["evidence_id"]
    requirement.returned_at = requirement.return_code = requirement.return_text = None
    return {"evidence": requirement.newest_evidence_id}


@RULES.effect(Action.REFUSE)
def _refused(asked: Move) -> Mapping[str, Any]:
    asked.subject.returned_at, asked.subject.return_code = asked.at, "CHECK_REFUSED"
    return {}


def _standing(requirement: Requirement) -> Evidence | None:
    """Return the newest delivery unless it was refused, returned or failed."""
    if requirement.newest_evidence_id is None or requirement.returned_at is not None:
        return None
    evidence = db.session.get(Evidence, requirement.newest_evidence_id)
    if evidence is None or evidence.verdict == REJECT or evidence.check_state == CheckState.FAILED:
        return None
    return evidence


def _next_revision(requirement: Requirement) -> int:
    query = sa.select(sa.func.coalesce(sa.func.max(EvidenceUse.revision), 0) + 1)
    return db.session.scalars(query.where(EvidenceUse.requirement_id == requirement.id)).one()


def _receipt_number() -> str:
    number = db.session.scalars(sa.select(sa.func.nextval(sa.literal_column("'receipt_number_seq'")))).one()
    return f"TT-{now().year}-{number:06d}"


def begin_check(evidence_id: uuid.UUID, *, why: str | None = None) -> Evidence | None:
    """Show that a check runs; return the delivery, or ``None`` when the row is not there."""
    evidence = db.session.get(Evidence, evidence_id, with_for_update=True)
    if evidence is not None and evidence.check_state in (CheckState.WAITING, CheckState.RUNNING):
        evidence.check_state = CheckState.RUNNING
        evidence.check_since = now()
        evidence.check_why = why
    return evidence


def hold_check(evidence_id: uuid.UUID, *, why: str) -> None:
    """Say why a check waits."""
    evidence = db.session.get_one(Evidence, evidence_id)
    evidence.check_state, evidence.check_since, evidence.check_why = CheckState.WAITING, now(), why


def record_report(evidence_id: uuid.UUID, report: Mapping[str, Any]) -> Evidence:
    """Keep what the checks found, and refuse the delivery where it is still the newest and was judged ``reject``.

    A late report of an older revision is only recorded. Nothing becomes ``done`` here unless it was refused:
    the locked original comes first.
    """
    evidence = db.session.get_one(Evidence, evidence_id)
    requirements = _users(evidence_id)
    for requirement in requirements:
        lock_rows(Requirement, [requirement.id])
    db.session.add(
        CheckReport(
            region_id=evidence.region_id,
            agency_id=evidence.agency_id,
            evidence_id=evidence.id,
            sha256=evidence.sha256,
            verdict=report["verdict"],
            report=dict(report),
            created_at=now(),
        )
    )
    evidence.verdict = report["verdict"]
    evidence.check_since = now()
    subject = audit.Subject("evidence", evidence.id, evidence.region_id, evidence.agency_id)
    findings = [found["code"] for found in report["findings"]]
    audit.record(
        "evidence.checked", subject, actor=SYSTEM,
        details={"verdict": report["verdict"], "sha256": evidence.sha256, "findings": findings},
    )  # fmt: skip
    if evidence.verdict == REJECT:
        evidence.check_state, evidence.check_why = CheckState.DONE, None
        refuse(evidence, requirements, codes=findings)
    return evidence


def refuse(evidence: Evidence, requirements: list[Requirement], *, codes: list[str]) -> None:
    """Send back every requirement whose newest delivery this is."""
    for requirement in requirements:
        if requirement.newest_evidence_id != evidence.id or requirement.state.value != "evidence_uploaded":
            continue
        act(
            requirement,
            Action.REFUSE,
            actor=SYSTEM,
            evidence_id=evidence.id,
            sha256=evidence.sha256,
            reason=", ".join(codes),
        )


def fail_check(evidence_id: uuid.UUID, *, why: str) -> None:
    """Give up on a check and show it; the file stays where it is and nothing is signed on it."""
    evidence = db.session.get_one(Evidence, evidence_id)
    evidence.check_state, evidence.check_since, evidence.check_why = CheckState.FAILED, now(), why
    subject = audit.Subject("evidence", evidence.id, evidence.region_id, evidence.agency_id)
    audit.record("evidence.check_failed", subject, actor=SYSTEM, details={"why": why, "sha256": evidence.sha256})


def _users(evidence_id: uuid.UUID) -> list[Requirement]:
    query = sa.select(Requirement).join(EvidenceUse, EvidenceUse.requirement_id == Requirement.id)
    return list(db.session.scalars(query.where(EvidenceUse.evidence_id == evidence_id).order_by(Requirement.id)))


def new_evidence_id() -> uuid.UUID:
    """Name a delivery before its bytes come."""
    return new_id()
