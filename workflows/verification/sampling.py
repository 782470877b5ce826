"""*Sampel*: of many papers of one agency some are verified in full, and the rest stands or falls with them.

An evaluator draws, by a seed that is kept: anybody can draw the same again. What was drawn is verified in full like any
other paper. One that comes back, or is taken back, stops the batch for good. When all that was drawn is verified, an
inspector, who is none of those who drew and verified, confirms; then the rest moves, each for itself, marked as such.
"""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

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
from workflows.core.moves import Move
from workflows.core.transitions import State
from workflows.evidence.models import Evidence
from workflows.evidence.rules import newest
from workflows.organization.models import Agency
from workflows.organization.scope import in_scope
from workflows.plans.models import Requirement
from workflows.plans.rules import RULES
from workflows.signoff.models import Basis, SignOff
from workflows.verification.models import SampleBatch, SampleItem, Verification
from workflows.verification.queries import awaiting

MOST = 200
"""Papers in one batch."""
TOO_FEW = Reason(
    "sample_size", "Isi berapa yang diperiksa penuh: sedikitnya satu, dan kurang dari jumlah yang menunggu."
)
ANOTHER_OPEN = Reason("sample_open", "Perangkat daerah ini masih mempunyai sampel yang belum selesai.")
STOPPED = Reason(
    "sample_stopped", "Satu berkas sampel tidak lolos; sampel ini berhenti dan sisanya diperiksa satu per satu."
)
UNFINISHED = Reason("sample_unfinished", "Belum semua berkas sampel diverifikasi penuh.")
OWN_SAMPLE = Reason("own_sample", "Sampel dikukuhkan Inspektur lain, bukan yang menarik atau memverifikasinya.")
NOT_SOUND = Reason(
    "sample_not_sound", "Berkas ini bukan sisa sampel yang dikukuhkan, atau berubah setelah sampel ditarik."
)


def draw(agency: Agency, *, size: int, actor: Actor) -> SampleBatch:
    """Draw ``size`` of what waits for verification in an agency and raises no question of its own.

    Papers with findings, and those that rest on ink, are none of it: they are verified in full in any case.

    :raises PermissionDeniedError: not an evaluator there. :raises ConflictError: a batch is under way.
    :raises InvalidInputError: nothing would be left, or nothing drawn.
    """
    if actor.read_only or not actor.holds(Role.EVALUATOR, agency_id=agency.id):
        raise PermissionDeniedError
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(agency.id.int & (2**63 - 1))))
    if any(is_open(batch) for batch in batches(actor, agency_id=agency.id)):
        raise ConflictError(ANOTHER_OPEN)
    rows = candidates(agency, actor)
    if not 1 <= size < len(rows):
        raise InvalidInputError(TOO_FEW)
    seed = secrets.token_hex(16)
    order = [key for key, _ in drawn_order(seed, rows)]
    batch = SampleBatch(
        id=new_id(), region_id=agency.region_id, agency_id=agency.id, seed=seed, size=size, drawn_by_id=actor.person_id,
        drawn_at=now(),
    )  # fmt: skip
    db.session.add(batch)
    db.session.flush()
    db.session.add_all(
        SampleItem(
            id=new_id(), region_id=agency.region_id, agency_id=agency.id, batch_id=batch.id, requirement_id=row.id,
            sha256=sha256, sampled=order.index(row.id) < size,
        )
        for row, sha256 in rows
    )  # fmt: skip
    db.session.flush()
    _tell("sample.drawn", batch, actor, seed=seed, size=size, requirements=sorted(order), sampled=order[:size])
    return batch


def drawn_order(seed: str, rows: Sequence[tuple[Requirement, str]]) -> list[tuple[uuid.UUID, str]]:
    """Return the rows as the seed orders them: by SHA-256 of the seed and the requirement's id."""
    keyed = [(row.id, hashlib.sha256(f"{seed}:{row.id}".encode()).hexdigest()) for row, _ in rows]
    return sorted(keyed, key=lambda pair: pair[1])


def candidates(agency: Agency, actor: Actor) -> list[tuple[Requirement, str]]:
    """Return what may be drawn from, with its digest."""
    ink = sa.exists().where(
        SignOff.requirement_id == Requirement.id, SignOff.voided_at.is_(None), SignOff.basis == Basis.INK
    )
    query = (
        awaiting(actor, agency.id)
        .add_columns(Evidence.sha256)
        .join(Evidence, Evidence.id == Requirement.newest_evidence_id)
        .where(Evidence.verdict == "accept", ~ink)
        .order_by(Requirement.id)
        .limit(MOST)
    )
    return [(row, sha256) for row, sha256 in db.session.execute(query).unique()]


@dataclass(frozen=True)
class Standing:
    """How one paper of a batch stands."""

    item: SampleItem
    verified: bool
    spoilt: bool
    """It came back or was taken back since the drawing, or another file is in its place."""


def standing(batch: SampleBatch) -> list[Standing]:
    """Return how every paper of a batch stands, what was drawn first."""
    back = sa.exists().where(SignOff.requirement_id == SampleItem.requirement_id, SignOff.voided_at >= batch.drawn_at)
    verified = sa.exists().where(
        Verification.requirement_id == SampleItem.requirement_id,
        Verification.sha256 == SampleItem.sha256,
        Verification.voided_at.is_(None),
        Verification.at >= batch.drawn_at,
    )
    query = (
        sa.select(SampleItem, back, verified, Requirement._state)
        .join(Requirement, Requirement.id == SampleItem.requirement_id)
        .where(SampleItem.batch_id == batch.id)
        .order_by(SampleItem.sampled.desc(), SampleItem.requirement_id)
        .options(joinedload(SampleItem.requirement))
    )
    return [
        Standing(item, verified=done, spoilt=gone or (not done and state != State.ACKNOWLEDGED))
        for item, gone, done, state in db.session.execute(query).unique()
    ]


def stopped(rows: Sequence[Standing]) -> bool:
    """Return whether a drawn paper did not hold: then nothing of the rest moves, whatever comes later."""
    return any(row.item.sampled and row.spoilt for row in rows)


def finished(rows: Sequence[Standing]) -> bool:
    """Return whether all that was drawn is verified in full."""
    return all(row.verified for row in rows if row.item.sampled)


def waiting(rows: Sequence[Standing]) -> list[Standing]:
    """Return the rest that can still move with the batch."""
    return [row for row in rows if not row.item.sampled and not row.spoilt and not row.verified]


def confirm(batch: SampleBatch, *, actor: Actor) -> None:
    """Stand for the batch. The rest moves by ``Action.VERIFY_REST``, each paper for itself.

    Confirming again changes nothing, so that whoever was interrupted goes on with what is left.

    :raises PermissionDeniedError: not an inspector, or one who drew or verified.
    :raises GuardFailedError: a drawn paper did not hold, or is not verified yet.
    """
    if actor.read_only or not actor.holds(Role.INSPECTOR, agency_id=batch.agency_id):
        raise PermissionDeniedError
    db.session.refresh(batch, with_for_update=True)
    rows = standing(batch)
    if stopped(rows):
        raise GuardFailedError(STOPPED)
    if not finished(rows):
        raise GuardFailedError(UNFINISHED)
    if actor.person_id in {batch.drawn_by_id, *_verifiers(batch, rows)}:
        raise PermissionDeniedError(OWN_SAMPLE)
    if batch.confirmed_at is None:
        batch.confirmed_by_id, batch.confirmed_at = actor.person_id, now()
        db.session.flush()
        _tell("sample.confirmed", batch, actor, size=batch.size)


def _verifiers(batch: SampleBatch, rows: Sequence[Standing]) -> set[uuid.UUID]:
    ids = [row.item.requirement_id for row in rows if row.item.sampled]
    query = sa.select(Verification.person_id).where(
        Verification.requirement_id.in_(ids), Verification.at >= batch.drawn_at, Verification.voided_at.is_(None)
    )
    return set(db.session.scalars(query))


@RULES.guard("rest_of_sample")
def _rest_of_sample(asked: Move) -> Reason | None:
    batch = db.session.get(SampleBatch, asked.given["batch"]) if asked.given.get("batch") else None
    evidence = newest(asked)
    if batch is None or batch.confirmed_at is None or evidence is None:
        return NOT_SOUND
    rows = standing(batch)
    if stopped(rows):
        return STOPPED
    mine = next((row for row in waiting(rows) if row.item.requirement_id == asked.subject.id), None)
    return None if mine is not None and mine.item.sha256 == evidence.sha256 else NOT_SOUND


def get_batch(batch_id: uuid.UUID, actor: Actor) -> SampleBatch:
    """:raises NotFoundError: not there, or not for this actor to know of."""
    query = sa.select(SampleBatch).where(SampleBatch.id == batch_id, in_scope(SampleBatch, actor))
    found = db.session.scalars(query).one_or_none()
    if found is None or not actor.roles & {Role.EVALUATOR, Role.INSPECTOR, Role.AUDITOR}:
        raise NotFoundError
    return found


def batches(actor: Actor, *, agency_id: uuid.UUID | None = None, limit: int = 20) -> list[SampleBatch]:
    """Return the newest batches in scope."""
    query = sa.select(SampleBatch).where(in_scope(SampleBatch, actor))
    if agency_id is not None:
        query = query.where(SampleBatch.agency_id == agency_id)
    return list(db.session.scalars(query.order_by(SampleBatch.id.desc()).limit(limit)))


def is_open(batch: SampleBatch) -> bool:
    """Return whether a batch is still to be decided."""
    return batch.confirmed_at is None and not stopped(standing(batch))


def _tell(kind: str, batch: SampleBatch, actor: Actor, **details: Any) -> None:
    audit.record(
        kind, audit.Subject("sample", batch.id, batch.region_id, batch.agency_id), actor=actor, details=details
    )
