"""Takes deliveries in and records what the checks said."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from workflows.core import audit, jobs
from workflows.core.actors import SYSTEM, Actor, Post
from workflows.core.clock import now
from workflows.core.db import among, db, lock_rows
from workflows.core.errors import InvalidInputError, Reason
from workflows.core.ids import new_id
from workflows.core.moves import Move
from workflows.core.transitions import Action, State
from workflows.evidence.cells import require_uploadable, signing_post
from workflows.evidence.media import Media
from workflows.evidence.models import CheckReport, CheckState, Evidence, EvidenceUse, new_code
from workflows.evidence.provenance import Provenance
from workflows.evidence.reviewed import reviewed_among
from workflows.organization.models import Agency
from workflows.plans.models import Requirement
from workflows.plans.rules import RULES, act, act_together, lock

CHECK_JOB = "evidence.check"
INTENT_JOB = "signoff.take_effect"
"""Makes the signature of an uploader who signed in the same act."""
REJECT = "reject"
REFUSED_TERM = dt.timedelta(days=90)
"""How long refused bytes stay; then only row, digest and report remain."""
CHECK_REFUSED = "CHECK_REFUSED"
"""Return code of a delivery that the checks refused."""


@dataclass(frozen=True)
class Again:
    """What a delivery had that is taken in a second time, after a restore from a backup that lacks its rows."""

    received_at: dt.datetime
    receipt: str | None = None
    """The number on the receipt, where it is known."""
    code: str | None = None


@dataclass(frozen=True)
class Intake:
    """Bytes that lie in the intake bucket, were read back, and agreed with what was hashed on the way in."""

    evidence_id: uuid.UUID
    """Named before the bytes came, because the object lies under it."""
    key: str
    sha256: str
    size: int
    original_name: str
    again: Again | None = None
    media: Media = Media.PDF


@dataclass(frozen=True)
class Pages:
    """Which pages of the paper concern a requirement, both ends included."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 1 <= self.first <= self.last:
            raise InvalidInputError(PAGE_RANGE)


PAGE_RANGE = Reason("page_range", "Isi halaman awal dan akhir: angka mulai dari 1, awal tidak melebihi akhir.")


@dataclass(frozen=True)
class Placement:
    """What the uploader says about the paper."""

    evidence_date: dt.date | None = None
    pages: Mapping[uuid.UUID, Pages] = field(default_factory=dict)
    """By requirement; one that is left out takes the whole paper."""
    sign: bool = False
    """The uploader holds the signing position and signs in the same act; it takes effect when the check passes."""


@dataclass(frozen=True)
class Received:
    """What the uploader gets: the delivery, and whether it is the one that was there already."""

    evidence: Evidence
    repeated: bool


def receive(
    requirements: Sequence[Requirement],
    *,
    actor: Actor,
    intake: Intake,
    placement: Placement | None = None,
    supporting: Sequence[Intake] = (),
) -> Received:
    """Write one delivery for all of these requirements: the step and the revision of each, one event, one check.

    The receipt names exactly what was asked for. The same bytes from the same person are therefore the same delivery
    where that delivery stands as the newest in every place asked for; where it stands in some of them only, the file is
    a new delivery for all of them. A signature asked for with a repeat must cover what the first one serves, else it
    would be signed where nobody asked.

    :param requirements: at least one, all of one agency.
    :param supporting: what travels with the file; other files make another delivery.
    :raises PermissionDeniedError, TransitionNotAllowedError, GuardFailedError: with every reason of every requirement;
        nothing is written.
    """
    placement = placement or Placement()
    lock_rows(Requirement, [row.id for row in requirements])
    require_uploadable(requirements, actor, sign=placement.sign)
    post = signing_post(requirements, actor) if placement.sign else None
    places = _places(requirements)
    standing = _standing_everywhere(requirements, places, intake, actor, supporting)
    if standing is not None and (post is None or _sign_too(standing, requirements, post)):
        return Received(standing, repeated=True)
    evidence = _write(
        requirements, places, actor=actor, intake=intake, placement=placement, post=post, supporting=supporting
    )
    act_together(requirements, Action.UPLOAD, actor=actor, sha256=intake.sha256, stored=True, evidence_id=evidence.id)
    jobs.enqueue_for(CHECK_JOB, evidence)
    return Received(evidence, repeated=False)


@dataclass(frozen=True)
class _Place:
    """What a requirement holds, and the revision that comes next."""

    newest: Evidence | None
    revision: int


_next_revision = (
    sa.select(sa.func.coalesce(sa.func.max(EvidenceUse.revision), 0) + 1)
    .where(EvidenceUse.requirement_id == Requirement.id)
    .scalar_subquery()
)
_PLACES = (
    sa.select(Requirement.id, _next_revision, Evidence)
    .outerjoin(Evidence, Evidence.id == Requirement.newest_evidence_id)
    .where(among(Requirement.id, "requirement_ids"))
)


def _places(requirements: Sequence[Requirement]) -> dict[uuid.UUID, _Place]:
    found = db.session.execute(_PLACES, {"requirement_ids": [row.id for row in requirements]})
    return {key: _Place(newest, number) for key, number, newest in found}


def _standing_everywhere(
    requirements: Sequence[Requirement],
    places: Mapping[uuid.UUID, _Place],
    intake: Intake,
    actor: Actor,
    supporting: Sequence[Intake],
) -> Evidence | None:
    """Return the delivery of these bytes by this person that is the newest in every place and was not sent back."""
    newest = {places[row.id].newest for row in requirements}
    evidence = newest.pop() if len(newest) == 1 else None
    if evidence is None or (evidence.sha256, evidence.received_by_id) != (intake.sha256, actor.person_id):
        return None
    if evidence.verdict == REJECT or evidence.check_state == CheckState.FAILED:
        return None
    if [one.sha256 for one in evidence.supporting] != [one.sha256 for one in supporting]:
        return None
    return evidence if all(row.returned_at is None for row in requirements) else None


def _sign_too(evidence: Evidence, requirements: Sequence[Requirement], post: Post) -> bool:
    """Have a delivery that was there already signed in that post; return whether it covers just what was asked for."""
    if evidence.sign_assignment_id is not None:
        return True
    if {use.requirement_id for use in evidence.uses} != {row.id for row in requirements}:
        return False
    evidence.sign_assignment_id = post.assignment_id
    if evidence.check_state == CheckState.DONE:
        enqueue_intent(evidence)
    return True


def _name_digest(intake: Intake) -> str:
    """What holds a file to its name without telling it: the log is read by more people than a restricted file."""
    return hashlib.sha256(f"{intake.evidence_id}\n{intake.original_name}".encode()).hexdigest()


def _write(
    requirements: Sequence[Requirement],
    places: Mapping[uuid.UUID, _Place],
    *,
    actor: Actor,
    intake: Intake,
    placement: Placement,
    post: Post | None,
    supporting: Sequence[Intake],
) -> Evidence:
    """Write the event, the delivery and its use by each requirement."""
    first = requirements[0]
    named = {str(key): [pages.first, pages.last] for key, pages in placement.pages.items()}
    again = intake.again
    receipt = again.receipt if again and again.receipt else _receipt_number()
    event_id = audit.record(
        "evidence.received",
        audit.Subject("evidence", intake.evidence_id, first.region_id, first.agency_id),
        actor=actor,
        details={
            "requirements": {str(row.id): places[row.id].revision for row in requirements},
            **_log_of(intake, receipt),
            **({"pages": named} if named else {}),
            **({"supporting": [_told(one) for one in supporting]} if supporting else {}),
            **({"first_received_at": again.received_at} if again else {}),
        },
    )  # fmt: skip
    evidence = Evidence(
        id=intake.evidence_id,
        region_id=first.region_id,
        agency_id=first.agency_id,
        sha256=intake.sha256,
        size=intake.size,
        original_name=intake.original_name,
        received_at=now(),
        received_by_id=actor.person_id,
        received_event_id=event_id,
        receipt_number=receipt,
        receipt_code=again.code if again and again.code else new_code(),
        evidence_date=placement.evidence_date,
        intake_key=intake.key,
        check_state=CheckState.WAITING,
        check_since=now(),
        sign_assignment_id=post.assignment_id if post else None,
    )
    db.session.add(evidence)
    for row in requirements:
        pages = placement.pages.get(row.id)
        use = EvidenceUse(
            id=new_id(),
            region_id=row.region_id,
            agency_id=row.agency_id,
            requirement_id=row.id,
            revision=places[row.id].revision,
            round=row.round,
            page_from=pages.first if pages else None,
            page_to=pages.last if pages else None,
        )
        evidence.uses.append(use)
    db.session.flush()
    db.session.add_all(_beside(evidence, one, number) for number, one in enumerate(supporting, start=1))
    db.session.flush()
    return evidence


def _told(intake: Intake) -> dict[str, Any]:
    return {
        "id": intake.evidence_id, "sha256": intake.sha256, "bytes": intake.size, "name_sha256": _name_digest(intake),
        "media_type": intake.media,
    }  # fmt: skip


def _beside(evidence: Evidence, intake: Intake, number: int) -> Evidence:
    """Return the row of a file that travels with a delivery: under the same receipt, by a number behind it."""
    return Evidence(
        id=intake.evidence_id,
        region_id=evidence.region_id,
        agency_id=evidence.agency_id,
        sha256=intake.sha256,
        size=intake.size,
        original_name=intake.original_name,
        received_at=evidence.received_at,
        received_by_id=evidence.received_by_id,
        received_event_id=evidence.received_event_id,
        receipt_number=f"{evidence.receipt_number}-{number}",
        receipt_code=evidence.receipt_code,
        travels_with_id=evidence.id,
        media_type=intake.media,
        intake_key=intake.key,
        check_state=CheckState.WAITING,
        check_since=evidence.check_since,
    )


def receive_official_paper(agency: Agency, *, actor: Actor, intake: Intake, told: Mapping[str, Any]) -> Evidence:
    """Write a received file that no requirement asks for: it is checked, locked and kept like any delivery.

    :param told: what it is, for the log.
    """
    receipt = _receipt_number()
    subject = audit.Subject("evidence", intake.evidence_id, agency.region_id, agency.id)
    details = {"requirements": {}, "paper": dict(told), **_log_of(intake, receipt)}
    event_id = audit.record("evidence.received", subject, actor=actor, details=details)
    evidence = Evidence(
        id=intake.evidence_id,
        region_id=agency.region_id,
        agency_id=agency.id,
        sha256=intake.sha256,
        size=intake.size,
        original_name=intake.original_name,
        received_at=now(),
        received_by_id=actor.person_id,
        received_event_id=event_id,
        receipt_number=receipt,
        intake_key=intake.key,
        check_state=CheckState.WAITING,
        check_since=now(),
    )
    db.session.add(evidence)
    db.session.flush()
    jobs.enqueue_for(CHECK_JOB, evidence)
    return evidence


def _log_of(intake: Intake, receipt: str) -> dict[str, Any]:
    digest = {"sha256": intake.sha256, "bytes": intake.size}
    return {**digest, "name_sha256": _name_digest(intake), "receipt": receipt}


def enqueue_intent(evidence: Evidence) -> None:
    """Have everything take effect that the delivery brings along, a signature given with the upload included."""
    jobs.enqueue(
        INTENT_JOB,
        # A signature that is asked for later, with a repeat, is work of its own.
        key=f"{INTENT_JOB}:{evidence.id}:{evidence.sign_assignment_id or 'paper'}",
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
    asked.subject.returned_at, asked.subject.return_code = asked.at, CHECK_REFUSED
    return {}


def archive_anyway(evidence: Evidence, *, why: str) -> None:
    """Have a delivery that was judged already, and refused, locked in the archive like any other.

    Its check waits until then, so that nobody signs what is not locked yet. Asked for again nothing happens.
    """
    if jobs.enqueue(
        CHECK_JOB,
        key=f"{CHECK_JOB}:{evidence.id}:reviewed",
        subject_id=evidence.id,
        region_id=evidence.region_id,
        agency_id=evidence.agency_id,
    ):
        evidence.check_state, evidence.check_since, evidence.check_why = CheckState.WAITING, now(), why


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
    requirements = served_by(evidence_id)
    lock(requirements)
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
    if any(entry.get("fingerprint") for entry in report.get("signatures", ())):
        evidence.brings_sign_offs = True
    subject = audit.Subject("evidence", evidence.id, evidence.region_id, evidence.agency_id)
    findings = [found["code"] for found in report["findings"]]
    audit.record(
        "evidence.checked", subject, actor=SYSTEM,
        details={
            "verdict": report["verdict"], "sha256": evidence.sha256, "findings": findings,
            "report_sha256": hashlib.sha256(f"{audit.canonical(report)}\n".encode()).hexdigest(),  # as a bundle has it
        },
    )  # fmt: skip
    if evidence.verdict == REJECT:
        for row in (evidence, *evidence.supporting):
            row.check_state, row.check_since, row.check_why = CheckState.DONE, now(), None
        refuse(evidence, requirements, codes=findings)
    return evidence


def refuse(evidence: Evidence, requirements: list[Requirement], *, codes: list[str]) -> None:
    """Send back every requirement whose newest delivery this is; where an evaluator answered for it, it stays."""
    standing = [
        row for row in requirements if row.newest_evidence_id == evidence.id and row.state == State.EVIDENCE_UPLOADED
    ]
    answered_for = reviewed_among(standing)
    for requirement in standing:
        if requirement.id in answered_for:
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


def served_by(evidence_id: uuid.UUID) -> list[Requirement]:
    """Return the requirements in whose place a delivery stands or stood, for whoever acts for the system."""
    query = sa.select(Requirement).join(EvidenceUse, EvidenceUse.requirement_id == Requirement.id)
    return list(db.session.scalars(query.where(EvidenceUse.evidence_id == evidence_id).order_by(Requirement.id)))


def new_evidence_id() -> uuid.UUID:
    """Name a delivery before its bytes come."""
    return new_id()


def provenance_of(evidence: Evidence) -> Provenance:
    """Return what its archived object is to say of a delivery, or of a file that travels with one."""
    main = evidence if evidence.travels_with_id is None else db.session.get_one(Evidence, evidence.travels_with_id)
    return Provenance(
        tuple(use.requirement_id for use in main.uses),
        evidence.received_by_id,
        evidence.original_name,
        evidence.received_at,
        evidence.receipt_number,
        evidence.receipt_code,
        evidence.travels_with_id,
    )
