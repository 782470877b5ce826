"""Certificates that people were confirmed to hold, and the sign-offs that valid signatures by them bring along.

Nothing is signed by a name alone: the holder of the post, or an evaluator, confirms once whose certificate it is. From
then on a delivery with a proven signature of the right holder on the signing day **and** today is signed off without a
click. Every guard of the lifecycle holds as for a person; what was taken back once is left to people.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from workflows.core import audit
from workflows.core.actors import SYSTEM, Actor, Channel, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import (
    ConflictError,
    GuardFailedError,
    NotFoundError,
    PermissionDeniedError,
    Reason,
    WorkflowError,
)
from workflows.core.ids import new_id
from workflows.core.models import AuditEvent
from workflows.core.transitions import Action, State
from workflows.evidence.models import CheckReport, CheckState, Evidence
from workflows.evidence.operations import REJECT, served_by
from workflows.evidence.queries import newest_report
from workflows.organization.models import Person, Position, PositionAssignment, Region
from workflows.organization.queries import empowers, person_as_actor
from workflows.plans.models import Requirement
from workflows.plans.rules import act, lock
from workflows.signoff.inside import Inside, proven
from workflows.signoff.models import Basis, CertificateBinding, SignOff, SignOffRole
from workflows.signoff.names import compare
from workflows.signoff.operations import look_again

CLOCKS = dt.timedelta(hours=1)
"""How far a signature may lie after its delivery: clocks differ."""
MOST_OTHERS = 200
"""Deliveries that are looked at again once a certificate has found its holder; the others wait for their heads."""
NOT_PROVEN = Reason(
    "certificate_not_proven",
    "Tanda tangan dengan sertifikat ini tidak ditemukan atau tidak terbukti sah di berkas ini.",
)
NOT_THE_NAME = Reason(
    "certificate_name", "Nama atau NIP di sertifikat tidak cocok dengan pemegang jabatan; tidak dapat dicatat."
)
TAKEN = Reason("certificate_taken", "Sertifikat ini sudah tercatat sebagai milik orang lain.")
DIFFERS = Reason("digest_differs", "Berkas yang Anda lihat bukan berkas terbaru. Muat ulang dan periksa lagi.")
STEPS = (
    (SignOffRole.SIGNED, State.EVIDENCE_UPLOADED, Action.SIGN),
    (SignOffRole.ACKNOWLEDGED, State.SIGNED, Action.ACKNOWLEDGE),
)
"""In this order: a file may bring both along."""


def position_of(requirement: Requirement, role: SignOffRole) -> uuid.UUID | None:
    """Return the post that signs or acknowledges a requirement."""
    signs = role == SignOffRole.SIGNED
    return requirement.signing_position_id if signs else requirement.acknowledging_position_id


@dataclass(frozen=True)
class Official:
    """Who holds a post of a requirement, on the day of a signature and today."""

    role: SignOffRole
    person_id: uuid.UUID
    name: str
    nip: str | None
    title: str


@dataclass(frozen=True)
class Proposal:
    """A proven signature whose certificate nobody is known by, and an official whom its name fits."""

    inside: Inside
    official: Official


def officials(requirement: Requirement, *, at: dt.datetime) -> list[Official]:
    """Return who held the posts of a requirement with authority at ``at`` and holds them now.

    A post that was recorded after ``at`` gave no authority then, whatever its dates say.
    """
    zone = _zone(requirement.region_id)
    today = now()
    posts = {role: position for role in SignOffRole if (position := position_of(requirement, role)) is not None}
    since = PositionAssignment
    held = (
        sa.select(since.person_id, since.position_id)
        .where(since.position_id.in_(posts.values()), empowers(at, at.astimezone(zone).date()))
        .distinct()
        .subquery()
    )
    query = (
        sa.select(Person.id, Person.name, Person.nip, Position.id.label("position_id"), Position.title)
        .join(since, since.person_id == Person.id)
        .join(Position, Position.id == since.position_id)
        .join(held, sa.and_(held.c.person_id == since.person_id, held.c.position_id == since.position_id))
        .where(empowers(today, today.astimezone(zone).date()))
        .order_by(since.valid_from, since.id)
    )
    rows = db.session.execute(query).all()
    found = [
        Official(role, row.id, row.name, row.nip, row.title)
        for role, position in posts.items()
        for row in rows
        if row.position_id == position
    ]
    return list(dict.fromkeys(found))


def bindings(fingerprints: Sequence[str], *, region_id: uuid.UUID, lock: bool = False) -> dict[str, CertificateBinding]:
    """Return who is known by these certificates.

    :param lock: keep them from being withdrawn until the transaction ends.
    """
    if not fingerprints:
        return {}
    query = sa.select(CertificateBinding).where(
        CertificateBinding.region_id == region_id,
        CertificateBinding.fingerprint.in_(set(fingerprints)),
        CertificateBinding.withdrawn_at.is_(None),
    )
    if lock:
        query = query.order_by(CertificateBinding.id).with_for_update(read=True)
    rows = db.session.scalars(query, execution_options={"populate_existing": True})
    return {row.fingerprint: row for row in rows}


def proposals(requirement: Requirement, report: CheckReport | None) -> list[Proposal]:
    """Return the signatures inside the newest delivery that somebody could be known by from now on."""
    found = proven(report.report) if report else []
    known = bindings([entry.fingerprint for entry in found], region_id=requirement.region_id)
    unknown = {entry.fingerprint: entry for entry in found if entry.fingerprint not in known}
    return [
        Proposal(entry, official)
        for entry in unknown.values()
        for official in officials(requirement, at=entry.at)
        if compare(entry.signer, official.name, number=entry.signer_id, nip=official.nip).matches
    ]


def bind(
    requirement: Requirement,
    *,
    actor: Actor,
    fingerprint: str,
    sha256: str,
    person_id: uuid.UUID | None = None,
) -> CertificateBinding:
    """Keep whose certificate it is, and sign off what it has signed.

    :param fingerprint: of a proven signature inside the newest delivery, whose digest is ``sha256``.
    :param person_id: whose it is; by default the actor's own. For somebody else only an evaluator says so.
    :raises PermissionDeniedError: neither the holder nor an evaluator.
    :raises GuardFailedError: not proven here, or neither name nor NIP fit a holder of the posts.
    :raises ConflictError: somebody else is known by it.
    """
    whose = person_id or actor.person_id
    if whose != actor.person_id and not actor.holds(Role.EVALUATOR, agency_id=requirement.agency_id):
        raise PermissionDeniedError
    evidence = db.session.get(Evidence, requirement.newest_evidence_id) if requirement.newest_evidence_id else None
    if evidence is None or evidence.sha256 != sha256.lower():
        raise GuardFailedError(DIFFERS)
    report = newest_report(evidence.id)
    inside = next((one for one in proven(report.report) if one.fingerprint == fingerprint), None) if report else None
    if inside is None:
        raise GuardFailedError(NOT_PROVEN)
    official = next((one for one in officials(requirement, at=inside.at) if one.person_id == whose), None)
    if official is None:
        raise PermissionDeniedError
    likeness = compare(inside.signer, official.name, number=inside.signer_id, nip=official.nip)
    if not likeness.matches:
        raise GuardFailedError(NOT_THE_NAME)
    binding, fresh = _write(requirement, inside, official, actor)
    if fresh:
        audit.record(
            "certificate.bound",
            audit.Subject("certificate", binding.id, requirement.region_id, requirement.agency_id),
            actor=actor,
            details={
                "fingerprint": inside.fingerprint, "holder": inside.signer, "issuer": inside.issuer,
                "person": official.person_id, "name": official.name, "score": round(likeness.score, 3),
                "number": likeness.number, "evidence": evidence.id, "requirement": requirement.id,
            },
        )  # fmt: skip
        _look_again(binding)
    return binding


def confirm(
    requirement: Requirement, *, actor: Actor, fingerprint: str, sha256: str, person_id: uuid.UUID | None = None
) -> None:
    """Bind a certificate as :func:`bind` does, and let it sign the delivery in which it was seen."""
    bind(requirement, actor=actor, fingerprint=fingerprint, sha256=sha256, person_id=person_id)
    if requirement.newest_evidence_id is not None:
        take_effect(requirement.newest_evidence_id, tapped_by=actor)


def _write(
    requirement: Requirement, inside: Inside, official: Official, actor: Actor
) -> tuple[CertificateBinding, bool]:
    """Return the binding and whether it is new. Of two people at once the first one has it."""
    written = (
        insert(CertificateBinding)
        .values(
            id=new_id(), region_id=requirement.region_id, fingerprint=inside.fingerprint, person_id=official.person_id,
            holder=inside.signer, issuer=inside.issuer, bound_by=actor.person_id, bound_at=now(),
        )
        .on_conflict_do_nothing(
            index_elements=["region_id", "fingerprint"], index_where=CertificateBinding.withdrawn_at.is_(None)
        )
        .returning(CertificateBinding.id)
    )  # fmt: skip
    fresh = db.session.scalar(written) is not None
    found = bindings([inside.fingerprint], region_id=requirement.region_id).get(inside.fingerprint)
    if found is None or found.person_id != official.person_id:
        raise ConflictError(TAKEN)
    return found, fresh


def release(binding_id: uuid.UUID, *, actor: Actor) -> CertificateBinding:
    """Take a certificate from its holder; what it has signed off stands until it is withdrawn.

    :raises NotFoundError: none that this person may know of. :raises PermissionDeniedError: neither the holder nor an
        evaluator of the whole region.
    """
    query = sa.select(CertificateBinding).where(
        CertificateBinding.id == binding_id, CertificateBinding.region_id == actor.region_id
    )
    binding = db.session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).one_or_none()
    if binding is None:
        raise NotFoundError
    if binding.person_id != actor.person_id and not actor.holds(Role.EVALUATOR):
        raise PermissionDeniedError
    if binding.withdrawn_at is None:
        binding.withdrawn_at, binding.withdrawn_by = now(), actor.person_id
        audit.record(
            "certificate.released",
            audit.Subject("certificate", binding.id, binding.region_id, _agency_of(binding.id)),
            actor=actor,
            details={
                "fingerprint": binding.fingerprint, "holder": binding.holder, "person": binding.person_id,
                "name": binding.person.name,
            },
        )  # fmt: skip
    return binding


def _agency_of(binding_id: uuid.UUID) -> uuid.UUID | None:
    """Return in whose log the binding was written, so that its end stands there too."""
    return db.session.scalars(
        sa.select(AuditEvent.agency_id).where(
            AuditEvent.subject_id == binding_id, AuditEvent.kind == "certificate.bound"
        )
    ).first()


def bindings_of(actor: Actor) -> list[CertificateBinding]:
    """Return the certificates that a person is known by, the newest first."""
    query = sa.select(CertificateBinding).where(
        CertificateBinding.region_id == actor.region_id,
        CertificateBinding.person_id == actor.person_id,
        CertificateBinding.withdrawn_at.is_(None),
    )
    return list(db.session.scalars(query.order_by(CertificateBinding.bound_at.desc(), CertificateBinding.id)))


def _look_again(binding: CertificateBinding) -> None:
    """Order another look at what waits for this person and bears the certificate."""
    posts = sa.select(PositionAssignment.position_id).where(PositionAssignment.person_id == binding.person_id)
    bears = CheckReport.report.cast(JSONB).contains({"signatures": [{"fingerprint": binding.fingerprint}]})
    query = (
        sa.select(Evidence)
        .where(Evidence.brings_sign_offs, Evidence.region_id == binding.region_id)
        .where(
            sa.exists()
            .where(Requirement.newest_evidence_id == Evidence.id)
            .where(Requirement._state.in_((State.EVIDENCE_UPLOADED, State.SIGNED)))
            .where(sa.or_(Requirement.signing_position_id.in_(posts), Requirement.acknowledging_position_id.in_(posts)))
        )
        .where(sa.exists().where(CheckReport.evidence_id == Evidence.id, bears))
        .order_by(Evidence.id)
        .limit(MOST_OTHERS)
    )
    for evidence in db.session.scalars(query):
        look_again(evidence.id, evidence, cause=binding.id)


def take_effect(evidence_id: uuid.UUID, *, tapped_by: Actor | None = None) -> None:
    """Sign off what valid signatures by known certificates stand for. Safe to run any number of times.

    :param tapped_by: who has just confirmed a certificate; his own signature is then his act, every other the system's.
    """
    evidence = db.session.get_one(Evidence, evidence_id)
    report = newest_report(evidence_id) if evidence.brings_sign_offs else None
    found = proven(report.report) if report else []
    if not found or evidence.check_state != CheckState.DONE or evidence.verdict == REJECT:
        return
    requirements = [row for row in served_by(evidence_id) if row.newest_evidence_id == evidence_id]
    lock(requirements)
    known = bindings([entry.fingerprint for entry in found], region_id=evidence.region_id, lock=True)
    mine = [entry for entry in found if entry.fingerprint in known and entry.at <= evidence.received_at + CLOCKS]
    for requirement in requirements:
        if requirement.newest_evidence_id == evidence_id:
            _sign_off(requirement, evidence, mine, known, tapped_by)


def _sign_off(
    requirement: Requirement,
    evidence: Evidence,
    found: Sequence[Inside],
    known: Mapping[str, CertificateBinding],
    tapped_by: Actor | None,
) -> None:
    """Take the steps of one requirement, each by a signature of its own."""
    left = list(found)
    for role, state, action in STEPS:
        if requirement.state != state or taken_back(requirement, evidence, role):
            continue
        inside = next(_of_role(requirement, role, left, known), None)
        if inside is None:
            continue
        left.remove(inside)
        binding = known[inside.fingerprint]
        his = tapped_by is not None and tapped_by.person_id == binding.person_id
        channel = tapped_by.channel if tapped_by and his else Channel.WORKER
        proof = {"channel": channel, "binding": str(binding.id), **inside.proof()}
        person = person_as_actor(binding.person_id, channel=channel)
        try:
            act(requirement, action, actor=person, sha256=evidence.sha256, basis=Basis.CERTIFICATE, proof=proof)
        except WorkflowError as error:
            subject = audit.Subject("requirement", requirement.id, requirement.region_id, requirement.agency_id)
            reasons = [reason.code for reason in error.reasons]
            audit.record("requirement.signing_dropped", subject, actor=SYSTEM, details={"reasons": reasons})
            return


def _of_role(
    requirement: Requirement, role: SignOffRole, found: Sequence[Inside], known: Mapping[str, CertificateBinding]
) -> Iterator[Inside]:
    for inside in found:
        person_id = known[inside.fingerprint].person_id
        if any(one.role == role and one.person_id == person_id for one in officials(requirement, at=inside.at)):
            yield inside


def taken_back(requirement: Requirement, evidence: Evidence, role: SignOffRole) -> bool:
    """Return whether a sign-off of this kind on this delivery was voided: people did that, and people decide again."""
    query = sa.select(SignOff.id).where(
        SignOff.requirement_id == requirement.id,
        SignOff.evidence_id == evidence.id,
        SignOff.role == role,
        SignOff.voided_at.is_not(None),
    )
    return db.session.scalars(query.limit(1)).first() is not None


def _zone(region_id: uuid.UUID) -> ZoneInfo:
    return ZoneInfo(db.session.get_one(Region, region_id).timezone)
