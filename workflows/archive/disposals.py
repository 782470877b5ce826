"""The end of a file: proposed by one person, confirmed by another, carried out by the operator with the admin's key.

What is erased are the bytes, of every delivery of the agency that has them. The rows stay: they are the tombstone, with
digest, receipt, who and why. Erasing comes first, the record of it second, so that a disposal that was cut short is
seen and carried out again.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.archive.erasing import erase_alone
from workflows.archive.locks import held_among
from workflows.archive.models import ArchivedObject, ArchiveFinding, Disposal, DisposalKind, DisposalState, PagePicture
from workflows.archive.terms import Fate, fate_of
from workflows.core import audit
from workflows.core.actors import Actor, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import (
    ConflictError,
    GuardFailedError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    Reason,
)
from workflows.core.ids import new_id
from workflows.core.sentences import Template
from workflows.core.transitions import State
from workflows.evidence.models import Evidence, EvidenceUse, delivery_of
from workflows.evidence.reading.models import PageText, SenseFinding
from workflows.organization.scope import in_scope
from workflows.plans.models import Requirement

PROPOSERS = (Role.EVALUATOR, Role.INSPECTOR, Role.PRIVACY_OFFICER)
HELD = Reason("held", "Berkas ini sedang ditahan; akhiri dulu penahanannya.")
TERM_NOT_OVER = Reason("term_not_over", "Masa simpan berkas ini belum berakhir, atau belum mulai dihitung.")
NEVER_DESTROYED = Reason("permanent", "Menurut jadwal retensi berkas ini disimpan permanen.")
RULE_UNKNOWN = Reason(
    "rule_unknown",
    "Aturan retensi berkas ini tidak ada lagi di jadwal, jadi nasibnya tidak diketahui. Kembalikan dulu aturannya.",
)
STILL_STANDING = Reason(
    "still_standing", "Berkas ini masih menjadi bukti sebuah kewajiban; kembalikan atau buka lagi kewajibannya dulu."
)
NOT_ARCHIVED = Reason("not_archived", "Berkas ini tidak ada di arsip terkunci.")
OWN_PROPOSAL = Reason("own_proposal", "Usulan sendiri dikukuhkan oleh orang lain.")
TOMBSTONE = Template(
    "Berkas ini sudah dimusnahkan dengan berita acara %(number)s (surat %(letter)s): %(reason)s. Catatan dan sidik "
    "jarinya tetap ada."
)
_MISSING = (
    ("letter", Reason("letter_missing", "Tulis nomor surat atau berita acara.")),
    ("reason", Reason("reason_missing", "Tulis alasannya.")),
)


def propose(evidence: Evidence, *, kind: DisposalKind, letter: str, reason: str, actor: Actor) -> Disposal:
    """Propose that the bytes of a delivery are erased. Changes nothing yet.

    :raises PermissionDeniedError: not one of :data:`PROPOSERS`. :raises InvalidInputError: no letter or reason.
    :raises GuardFailedError: with every reason why it may not go. :raises ConflictError: it is proposed already.
    """
    if actor.read_only or not actor.holds(*PROPOSERS, agency_id=evidence.agency_id):
        raise PermissionDeniedError
    given = {"letter": letter.strip(), "reason": reason.strip()}
    missing = [why for name, why in _MISSING if not given[name]]
    if missing:
        raise InvalidInputError(*missing)
    _check(evidence.id, kind)
    open_states = (DisposalState.PROPOSED, DisposalState.CONFIRMED)
    query = sa.select(Disposal.id).where(Disposal.evidence_id == evidence.id, Disposal.state.in_(open_states))
    if db.session.scalars(query).first() is not None:
        raise ConflictError(Reason("already_proposed", "Pemusnahan berkas ini sudah diusulkan."))
    number = db.session.scalars(sa.select(sa.func.nextval(sa.literal_column("'disposal_number_seq'")))).one()
    row = Disposal(
        id=new_id(),
        region_id=evidence.region_id,
        agency_id=evidence.agency_id,
        evidence_id=evidence.id,
        number=f"BAP-{now().year}-{number:06d}",
        kind=kind,
        state=DisposalState.PROPOSED,
        sha256=evidence.sha256,
        proposed_by_id=actor.person_id,
        proposed_at=now(),
        **given,
    )
    db.session.add(row)
    db.session.flush()
    _tell("evidence.disposal_proposed", row, actor, kind=kind, **given)
    return row


def confirm(row: Disposal, *, actor: Actor) -> None:
    """Confirm what somebody else proposed; only now may the operator carry it out.

    :raises PermissionDeniedError: not an inspector, or the proposer himself.
    :raises ConflictError: it is no longer a proposal. :raises GuardFailedError: it may no longer go.
    """
    _as_inspector(row, actor)
    if row.proposed_by_id == actor.person_id:
        raise PermissionDeniedError(OWN_PROPOSAL)
    _proposed(row)
    _check(row.evidence_id, row.kind)
    row.state, row.confirmed_by_id, row.confirmed_at = DisposalState.CONFIRMED, actor.person_id, now()
    _tell("evidence.disposal_confirmed", row, actor)


def withdraw(row: Disposal, *, actor: Actor) -> None:
    """Drop a proposal: the proposer his own, an inspector any. Also one that was confirmed and not carried out."""
    if row.proposed_by_id != actor.person_id or actor.read_only:
        _as_inspector(row, actor)
    db.session.refresh(row, with_for_update=True)
    if row.state not in (DisposalState.PROPOSED, DisposalState.CONFIRMED):
        raise ConflictError(Reason("settled", "Pemusnahan ini sudah selesai atau dibatalkan."))
    row.state = DisposalState.WITHDRAWN
    _tell("evidence.disposal_withdrawn", row, actor)


Eraser = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Order:
    """What the operator is to erase."""

    id: uuid.UUID
    number: str
    sha256: str
    key: str
    receipts: tuple[str, ...]
    """Of every delivery that has these bytes."""
    pictures: tuple[str, ...]
    """Keys of what was drawn of their pages, in the bucket of what can be built again."""


def ordered(number: str) -> Order:
    """Return a confirmed disposal, looked at once more. Until the caller commits, nobody records anything about
    archived bytes: neither a hold, nor another delivery of these bytes, nor a bundle that has them.

    :raises NotFoundError: no such number. :raises ConflictError: not confirmed, or done.
    :raises GuardFailedError: it may no longer go, such as for a hold that was opened since.
    """
    erase_alone()
    row = db.session.scalars(sa.select(Disposal).where(Disposal.number == number)).one_or_none()
    if row is None:
        raise NotFoundError
    db.session.refresh(row)
    if row.state != DisposalState.CONFIRMED:
        raise ConflictError(Reason("not_confirmed", "Pemusnahan ini belum dikukuhkan, atau sudah selesai."))
    archived = _check(row.evidence_id, row.kind)
    receipts = tuple(sorted(one.evidence.receipt_number for one in archived))
    drawn = sa.select(PagePicture.key).where(PagePicture.evidence_id.in_([one.evidence_id for one in archived]))
    pictures = tuple(key for key in db.session.scalars(drawn) if key is not None)
    return Order(row.id, row.number, row.sha256, archived[0].key, receipts, pictures)


def carry_out(number: str, *, erase: Eraser, clean: Callable[[Order], None], actor: Actor) -> Order:
    """Erase what was ordered and then leave the tombstones. Cut short, it is to be run again with the same number.

    :param erase: erases every version of a key in the archive and returns their names, with an administrator's right
    :param clean: removes what was made of the file: pictures of its pages, bundles that hold it
    :raises NotFoundError, ConflictError, GuardFailedError: as :func:`ordered` does; and whatever ``erase`` raises
    """
    order = ordered(number)
    versions = erase(order.key)
    clean(order)
    record_done(order, versions=versions, actor=actor)
    return order


def record_done(order: Order, *, versions: Sequence[str], actor: Actor) -> None:
    """Leave the tombstones: the bytes are gone, and so is what was made of them, pictures and text.

    :param versions: what was erased now, by the store's names; a try that was cut short may have erased the rest
    """
    row = db.session.get_one(Disposal, order.id, with_for_update=True)
    row.state, row.done_at, row.done_by_name = DisposalState.DONE, now(), actor.name
    db.session.flush()
    for archived in _copies(row.evidence_id):
        archived.disposal_id = row.id
        _settle_findings(archived)
        for derived in (PagePicture, PageText, SenseFinding):
            db.session.execute(sa.delete(derived).where(derived.evidence_id == archived.evidence_id))
        audit.record(
            "evidence.disposed",
            audit.Subject("evidence", archived.evidence_id, row.region_id, row.agency_id),
            actor=actor,
            details={
                "number": row.number, "kind": row.kind, "letter": row.letter, "reason": row.reason,
                "sha256": row.sha256, "versions": sorted({archived.version_id, *versions}),
                "proposed_by": row.proposed_by_id,
                "confirmed_by": row.confirmed_by_id,
            },
        )  # fmt: skip


def _settle_findings(archived: ArchivedObject) -> None:
    """Nothing is wrong any more with what is no longer there."""
    query = sa.select(ArchiveFinding).where(
        ArchiveFinding.archived_object_id == archived.id, ArchiveFinding.resolved_at.is_(None)
    )
    for found in db.session.scalars(query):
        found.resolved_at = now()


def tombstone(row: Disposal) -> Reason:
    """Return what whoever asks for the file is told."""
    return Reason("gone", TOMBSTONE(number=row.number, letter=row.letter, reason=row.reason.rstrip(".")))


def get_disposal(disposal_id: uuid.UUID, actor: Actor) -> Disposal:
    """Return a disposal. :raises NotFoundError: not there, or not for this actor to know of."""
    query = sa.select(Disposal).where(Disposal.id == disposal_id, in_scope(Disposal, actor))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def list_disposals(actor: Actor, *, limit: int = 100) -> list[Disposal]:
    """Return the disposals in sight, newest first."""
    query = (
        sa.select(Disposal)
        .where(in_scope(Disposal, actor))
        .options(joinedload(Disposal.evidence), joinedload(Disposal.proposed_by), joinedload(Disposal.confirmed_by))
    )
    return list(db.session.scalars(query.order_by(Disposal.id.desc()).limit(limit)))


def _check(evidence_id: uuid.UUID, kind: DisposalKind) -> list[ArchivedObject]:
    """Return every archived row of these bytes. :raises GuardFailedError: they may not go, with every reason."""
    archived = _copies(evidence_id)
    if not archived:
        raise GuardFailedError(NOT_ARCHIVED)
    ids = [row.evidence_id for row in archived]
    reasons = [HELD] if held_among(ids) else []
    if kind == DisposalKind.TERM_OVER:
        if any(row.keep_until is None or row.keep_until > now() for row in archived):
            reasons.append(TERM_NOT_OVER)
        fates = {fate_of(row.retention_rule) for row in archived if row.retention_rule is not None}
        if Fate.PERMANENT in fates:
            reasons.append(NEVER_DESTROYED)
        if None in fates:
            reasons.append(RULE_UNKNOWN)
    elif _stands(ids):
        reasons.append(STILL_STANDING)
    if reasons:
        raise GuardFailedError(*reasons)
    return archived


def _copies(evidence_id: uuid.UUID) -> list[ArchivedObject]:
    """The rows of all deliveries whose bytes lie under the key of this one's, and still lie there."""
    key = sa.select(ArchivedObject.key).where(ArchivedObject.evidence_id == evidence_id).scalar_subquery()
    query = sa.select(ArchivedObject).where(ArchivedObject.key == key, ArchivedObject.disposal_id.is_(None))
    return list(db.session.scalars(query.options(joinedload(ArchivedObject.evidence)).order_by(ArchivedObject.id)))


def _stands(evidence_ids: Sequence[uuid.UUID]) -> bool:
    """Whether one of them is, or travels with, what a requirement stands on."""
    query = sa.select(EvidenceUse.id).join(Requirement, Requirement.id == EvidenceUse.requirement_id)
    query = query.where(
        EvidenceUse.evidence_id.in_(sa.select(delivery_of()).where(Evidence.id.in_(evidence_ids))),
        Requirement.newest_evidence_id == EvidenceUse.evidence_id,
        Requirement.state != State.DRAFTED,
    )
    return db.session.scalars(query.limit(1)).first() is not None


def _as_inspector(row: Disposal, actor: Actor) -> None:
    if actor.read_only or not actor.holds(Role.INSPECTOR, agency_id=row.agency_id):
        raise PermissionDeniedError


def _proposed(row: Disposal) -> None:
    db.session.refresh(row, with_for_update=True)
    if row.state != DisposalState.PROPOSED:
        raise ConflictError(Reason("settled", "Pemusnahan ini sudah selesai atau dibatalkan."))


def _tell(event: str, row: Disposal, actor: Actor, **details: str) -> None:
    subject = audit.Subject("evidence", row.evidence_id, row.region_id, row.agency_id)
    audit.record(event, subject, actor=actor, details={"disposal": row.id, "number": row.number, **details})
