"""Signatures on the paper: named by whoever uploads, confirmed or disputed by the holder, attested by the evaluator.

A file cannot prove ink. The uploader may say whose signature stands on which page with which date; by the region's
policy the holder confirms it with one tap (``confirm``), or it counts at once and the holder is told (``accept``).
The date beside a signature is what it is: one after the quarter is no finding at all.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from workflows.core import audit
from workflows.core.actors import SYSTEM, Actor, Channel
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import (
    ConflictError,
    GuardFailedError,
    InvalidInputError,
    PermissionDeniedError,
    Reason,
    StaleStateError,
    WorkflowError,
)
from workflows.core.ids import new_id
from workflows.core.moves import Move, attempt
from workflows.core.transitions import Action, Refusal
from workflows.evidence.cells import named
from workflows.evidence.models import CheckState, Evidence
from workflows.evidence.operations import REJECT, served_by
from workflows.evidence.rules import BESIDE, newest
from workflows.organization.models import InkPolicy, Person, PositionAssignment, Region
from workflows.organization.queries import empowers, person_as_actor
from workflows.organization.scope import in_scope
from workflows.plans.models import Requirement
from workflows.plans.rules import RULES, act, lock
from workflows.signoff.certificates import STEPS, position_of, taken_back
from workflows.signoff.models import Basis, ClaimState, InkClaim, SignOffRole
from workflows.signoff.operations import NOT_MY_SIGNATURE, look_again

ACTIONS: Mapping[SignOffRole, Action] = {role: action for role, _state, action in STEPS}
NO_SIGNER = Reason("ink_signer", "Tidak ada pejabat yang tercatat untuk tanda tangan ini; kosongkan isiannya.")
WHICH_SIGNER = Reason("ink_signer", "Sebutkan siapa yang bertanda tangan di kertas.")
OTHER_SIGNER = Reason("ink_signer", "Yang disebut bertanda tangan bukan pemegang jabatan yang diminta.")
NO_PAGE = Reason("ink_page", "Halaman tanda tangan ditulis dengan angka mulai dari 1.")
NOT_YET = Reason("ink_date", "Tanggal tanda tangan di kertas belum tiba. Periksa lagi tanggalnya.")
NO_CLAIM = Reason("ink_no_claim", "Tidak ada tanda tangan di kertas yang disebut untuk Anda di berkas ini.")
SETTLED = Reason("ink_settled", "Tanda tangan di kertas ini sudah Anda jawab.")
DIFFERS = Reason("digest_differs", "Berkas yang Anda lihat bukan berkas terbaru. Muat ulang dan periksa lagi.")
_DISPUTED = Reason("ink_disputed", "Tanda tangan di kertas berkas ini disangkal pemiliknya; kirim berkas yang benar.")

BESIDE["ink_disputed"] = sa.exists().where(InkClaim.evidence_id == Evidence.id, InkClaim.state == ClaimState.DISPUTED)


@RULES.guard("ink_undisputed")
def _ink_undisputed(asked: Move) -> Reason | None:
    evidence: Any = newest(asked)
    return _DISPUTED if evidence is not None and evidence.ink_disputed else None


@dataclass(frozen=True)
class Named:
    """A signature on the paper, as the uploader names it."""

    role: SignOffRole
    person_id: uuid.UUID | None = None
    """Whose; ``None`` for the one who holds the post."""
    page: int | None = None
    signed_on: dt.date | None = None

    def __post_init__(self) -> None:
        if self.page is not None and self.page < 1:
            raise InvalidInputError(NO_PAGE)


@dataclass(frozen=True)
class Signer:
    """Who holds a post today."""

    person_id: uuid.UUID
    name: str


def signers_of(requirements: Sequence[Requirement]) -> dict[uuid.UUID, list[Signer]]:
    """Return who may have signed in each post of these requirements today. One query; a vacant post has nobody."""
    positions = [key for row in requirements for role in SignOffRole if (key := position_of(row, role))]
    found: dict[uuid.UUID, list[Signer]] = {key: [] for key in positions}
    if found:
        moment = now()
        today = moment.astimezone(_zone(requirements[0].region_id)).date()
        query = (
            sa.select(PositionAssignment.position_id, Person.id, Person.name)
            .join(Person, Person.id == PositionAssignment.person_id)
            .where(PositionAssignment.position_id.in_(found), empowers(moment, today))
            .order_by(PositionAssignment.valid_from, PositionAssignment.id)
        )
        for position_id, person_id, name in db.session.execute(query):
            found[position_id].append(Signer(person_id, name))
    return found


def claim(evidence: Evidence, requirements: Sequence[Requirement], names: Sequence[Named], *, actor: Actor) -> None:
    """Keep which signatures the uploader saw on the paper, for each requirement that the delivery serves.

    :raises InvalidInputError: with every reason; somebody who holds no such post, or a day that has not come.
    """
    if not names:
        return
    region = db.session.get_one(Region, evidence.region_id)
    today = now().astimezone(ZoneInfo(region.timezone)).date()
    signers, reasons, rows = signers_of(requirements), [], []
    reasons += [NOT_YET for one in names if one.signed_on is not None and one.signed_on > today]
    for requirement in requirements:
        for one in names:
            signer = _signer(signers.get(position_of(requirement, one.role) or uuid.UUID(int=0), []), one.person_id)
            if isinstance(signer, Reason):
                reasons.append(named(signer, requirement, requirements))
            else:
                rows.append((requirement, one, signer))
    if reasons:
        raise InvalidInputError(*dict.fromkeys(reasons))
    for requirement, one, signer in rows:
        _write(evidence, requirement, one, signer, actor)
    if region.ink_policy == InkPolicy.ACCEPT and not evidence.brings_sign_offs:
        evidence.brings_sign_offs = True
        if evidence.check_state == CheckState.DONE:  # the same file again, named only now
            look_again(evidence.id, evidence, cause=region.id)


def _signer(held: Sequence[Signer], person_id: uuid.UUID | None) -> Signer | Reason:
    if not held:
        return NO_SIGNER
    if person_id is None:
        return held[0] if len(held) == 1 else WHICH_SIGNER
    return next((one for one in held if one.person_id == person_id), OTHER_SIGNER)


def _write(evidence: Evidence, requirement: Requirement, one: Named, signer: Signer, actor: Actor) -> None:
    written = (
        insert(InkClaim)
        .values(
            id=new_id(), region_id=requirement.region_id, agency_id=requirement.agency_id, evidence_id=evidence.id,
            requirement_id=requirement.id, role=one.role, person_id=signer.person_id, page=one.page,
            signed_on=one.signed_on, claimed_by=actor.person_id, claimed_at=now(), state=ClaimState.CLAIMED,
        )
        .on_conflict_do_nothing(index_elements=["requirement_id", "evidence_id", "role"])
        .returning(InkClaim.id)
    )  # fmt: skip
    claim_id = db.session.scalar(written)
    if claim_id is not None:  # the same file sent again claims nothing new
        details = {"claim": claim_id, "name": signer.name, "role": one.role, "page": one.page, "date": one.signed_on}
        _tell("requirement.ink_claimed", requirement, actor, {**details, "evidence": evidence.id})


def claims_of(requirement: Requirement) -> list[InkClaim]:
    """Return what was claimed of the newest delivery, the signature before the acknowledgement."""
    query = _claims(requirement).options(joinedload(InkClaim.person))
    return sorted(db.session.scalars(query), key=lambda row: list(SignOffRole).index(row.role))


def claims_on(evidence_id: uuid.UUID) -> list[InkClaim]:
    """Return what was claimed of a delivery, whatever requirements it serves."""
    query = sa.select(InkClaim).where(InkClaim.evidence_id == evidence_id).options(joinedload(InkClaim.person))
    return list(db.session.scalars(query.order_by(InkClaim.id)))


def _claims(requirement: Requirement) -> sa.Select[InkClaim]:
    return sa.select(InkClaim).where(
        InkClaim.requirement_id == requirement.id, InkClaim.evidence_id == requirement.newest_evidence_id
    )


def accepted_for(actor: Actor, *, limit: int = 20) -> list[InkClaim]:
    """Return what counts as signed by ``actor`` by the region's policy and what he has not answered, newest first."""
    query = (
        sa.select(InkClaim)
        .join(Requirement, Requirement.newest_evidence_id == InkClaim.evidence_id)
        .where(Requirement.id == InkClaim.requirement_id, in_scope(InkClaim, actor))
        .where(InkClaim.person_id == actor.person_id, InkClaim.state == ClaimState.ACCEPTED)
        .options(joinedload(InkClaim.requirement))
        .order_by(InkClaim.settled_at.desc(), InkClaim.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query).unique())


def open_for(actor: Actor, requirement_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return in which of these requirements a signature of ``actor`` on the newest paper waits for his answer."""
    query = (
        sa.select(InkClaim.requirement_id)
        .join(Requirement, Requirement.newest_evidence_id == InkClaim.evidence_id)
        .where(Requirement.id == InkClaim.requirement_id, InkClaim.requirement_id.in_(requirement_ids))
        .where(InkClaim.person_id == actor.person_id, InkClaim.state == ClaimState.CLAIMED)
    )
    return set(db.session.scalars(query)) if requirement_ids else set()


def made_after(claimed: InkClaim, report: Mapping[str, Any], *, zone: str) -> dt.date | None:
    """Return the day on which the PDF was made where that is later than the date on the paper; scans excepted.

    A scan is made after the paper was signed, and nothing follows from it.
    """
    # Where nobody could read the text, that there is none is no fact.
    no_text = report.get("text_layer") == "none" and "text_layer" not in report.get("unfinished", ())
    created, scanned = report.get("created"), report.get("kind") == "WET_SCAN" or no_text
    if created is None or scanned or claimed.signed_on is None:
        return None
    moment = dt.datetime.fromisoformat(created)
    day = (moment.astimezone(ZoneInfo(zone)) if moment.tzinfo else moment).date()
    return day if day > claimed.signed_on else None


def confirm(
    requirement: Requirement, role: SignOffRole, *, actor: Actor, sha256: str, version: int | None = None
) -> Requirement:
    """Say *ya, itu tanda tangan saya*: the step is taken, or, where it counts already, the claim is settled.

    :raises WorkflowError: as :func:`workflows.plans.rules.act` does; besides: no claim of that kind (422), another
        person's (403), answered already (409).
    """
    claimed = _mine(requirement, role, actor, sha256, version)
    if claimed.state == ClaimState.CLAIMED:
        proof = _proof(claimed, actor.channel)
        act(
            requirement, ACTIONS[role], actor=actor, version=version, sha256=sha256, basis=Basis.INK, proof=proof
        )  # fmt: skip
    else:
        _tell("requirement.ink_confirmed", requirement, actor, _details(claimed))
    claimed.state, claimed.settled_at = ClaimState.CONFIRMED, now()
    db.session.flush()
    return requirement


def dispute(
    requirement: Requirement, role: SignOffRole, *, actor: Actor, sha256: str, version: int | None = None
) -> Requirement:
    """Say *bukan tanda tangan saya*: nothing is signed on this file any more, and it goes back where the rules allow.

    What counted already is taken back first.

    :raises WorkflowError: as :func:`confirm` does for the claim itself.
    """
    claimed = _mine(requirement, role, actor, sha256, version)
    claimed.state, claimed.settled_at = ClaimState.DISPUTED, now()
    db.session.flush()
    _tell("requirement.ink_disputed", requirement, actor, _details(claimed))
    if not _send_back(requirement, actor) and _may(requirement, Action.WITHDRAW, actor):
        act(requirement, Action.WITHDRAW, actor=actor, reason=_DISPUTED.message)
        _send_back(requirement, actor)
    return requirement


def _mine(requirement: Requirement, role: SignOffRole, actor: Actor, sha256: str, version: int | None) -> InkClaim:
    """Lock and return the open claim that concerns ``actor``."""
    lock([requirement])
    if version is not None and version != requirement.version:
        raise StaleStateError
    query = _claims(requirement).where(InkClaim.role == role).with_for_update()
    claimed = db.session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if claimed is None:
        raise GuardFailedError(NO_CLAIM)
    if claimed.person_id != actor.person_id:
        raise PermissionDeniedError
    if claimed.state not in (ClaimState.CLAIMED, ClaimState.ACCEPTED):
        raise ConflictError(SETTLED)
    if claimed.evidence.sha256 != sha256.lower():
        raise GuardFailedError(DIFFERS)
    return claimed


def _may(requirement: Requirement, action: Action, actor: Actor) -> bool:
    asked = Move(requirement, action, actor, hypothetical=True)
    return not isinstance(attempt(RULES, asked), Refusal)


def _send_back(requirement: Requirement, actor: Actor) -> bool:
    if not _may(requirement, Action.RETURN, actor):
        return False
    act(requirement, Action.RETURN, actor=actor, reason_code=NOT_MY_SIGNATURE, disputed=True)
    return True


def take_effect(evidence_id: uuid.UUID) -> None:
    """Let what was claimed count where the region's policy says so. Safe to run any number of times."""
    evidence = db.session.get_one(Evidence, evidence_id)
    if not evidence.brings_sign_offs or evidence.check_state != CheckState.DONE or evidence.verdict == REJECT:
        return
    if db.session.get_one(Region, evidence.region_id).ink_policy != InkPolicy.ACCEPT:
        return
    requirements = [row for row in served_by(evidence_id) if row.newest_evidence_id == evidence_id]
    lock(requirements)
    for requirement in requirements:
        query = _claims(requirement).where(InkClaim.state == ClaimState.CLAIMED).with_for_update()
        claims = {row.role: row for row in db.session.scalars(query, execution_options={"populate_existing": True})}
        if requirement.newest_evidence_id == evidence_id and claims:
            _accept(requirement, evidence, claims)


def _accept(requirement: Requirement, evidence: Evidence, claims: Mapping[SignOffRole, InkClaim]) -> None:
    for role, state, action in STEPS:
        claimed = claims.get(role)
        if claimed is None or requirement.state != state or taken_back(requirement, evidence, role):
            continue
        proof = {**_proof(claimed, Channel.WORKER), "policy": InkPolicy.ACCEPT}
        person = person_as_actor(claimed.person_id, channel=Channel.WORKER)
        try:
            act(requirement, action, actor=person, sha256=evidence.sha256, basis=Basis.INK, proof=proof)
        except WorkflowError as error:
            _tell("requirement.signing_dropped", requirement, SYSTEM, {"reasons": [one.code for one in error.reasons]})
            return
        claimed.state, claimed.settled_at = ClaimState.ACCEPTED, now()
        db.session.flush()


def _proof(claimed: InkClaim, channel: Channel) -> dict[str, Any]:
    """Return what a sign-off keeps of the claim."""
    return {
        "channel": channel, "claim": claimed.id, "page": claimed.page, "date": claimed.signed_on,
        "claimed_by": claimed.claimed_by,
    }  # fmt: skip


def _details(claimed: InkClaim) -> dict[str, Any]:
    return {
        "claim": claimed.id, "role": claimed.role, "page": claimed.page, "date": claimed.signed_on,
        "evidence": claimed.evidence_id,
    }  # fmt: skip


def _tell(kind: str, requirement: Requirement, actor: Actor, details: Mapping[str, Any]) -> None:
    subject = audit.Subject("requirement", requirement.id, requirement.region_id, requirement.agency_id)
    audit.record(kind, subject, actor=actor, details=details)


def set_policy(region: Region, policy: InkPolicy, *, actor: Actor) -> None:
    """Set what it takes for ink to count in a region, from now on."""
    if region.ink_policy != policy:
        details = {"from": region.ink_policy, "ink_policy": policy}
        region.ink_policy = policy
        audit.record(
            "region.ink_policy_set", audit.Subject("region", region.id, region.id), actor=actor, details=details
        )


def _zone(region_id: uuid.UUID) -> ZoneInfo:
    return ZoneInfo(db.session.get_one(Region, region_id).timezone)
