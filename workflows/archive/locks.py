"""Which locks are due to be made longer, and the record that they were. The store is asked by whoever holds it.

The store first, the row second: a lock may be longer than its row says, never shorter.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from workflows.archive.models import ArchivedObject, ArchiveFinding, Disposal, DisposalState, LegalHold
from workflows.archive.terms import (
    ALARM_MONTHS,
    COMPLIANCE,
    RENEWED_BELOW,
    WINDOW_MONTHS,
    Start,
    Term,
    Use,
    lock_until,
    months_after,
    term_of,
    window_is_low,
)
from workflows.core import audit, jobs
from workflows.core.actors import SYSTEM
from workflows.core.clock import now
from workflows.core.db import OfAgency, db
from workflows.evidence.models import Evidence, EvidenceUse, delivery_of
from workflows.plans.models import Requirement

LOCK_JOB = "archive.lock"
"""Brings lock and hold of one file to what the ledger asks for."""
WINDOW_LOW = "window_low"
"""Code of the finding that a window of COMPLIANCE ran down."""
LOCK_REFUSED = "lock_refused"
"""Code of the finding that the store does not make a lock as long as it is to be."""

STARTS: dict[Start, Any] = {Start.RECEIVED: Evidence.received_at}
"""When the years of a requirement's file begin, as a column beside it; later stages add their events."""


@dataclass(frozen=True)
class Lock:
    """An archived object, and what its lock and its hold should be."""

    id: uuid.UUID
    evidence_id: uuid.UUID
    key: str
    version_id: str
    mode: str
    locked_until: dt.datetime
    wanted: dt.datetime
    hold: bool
    term: Term
    """Of the schedule today."""
    keep_until: dt.datetime | None
    """What counts: never before what was promised."""


def enqueue_lock(evidence_id: uuid.UUID, of: OfAgency, *, cause: uuid.UUID) -> None:
    """Have lock and hold of a file looked at, once for each cause; nothing waits for it."""
    jobs.enqueue(
        LOCK_JOB, key=f"{LOCK_JOB}:{cause}", subject_id=evidence_id, region_id=of.region_id, agency_id=of.agency_id
    )


def leaving() -> sa.ColumnElement[bool]:
    """Say in SQL that a confirmed disposal waits for an archived object's bytes, whichever delivery it names."""
    named = aliased(ArchivedObject)
    return (
        sa.exists()
        .where(Disposal.evidence_id == named.evidence_id, Disposal.state == DisposalState.CONFIRMED)
        .where(named.key == ArchivedObject.key)
        .correlate(ArchivedObject)
    )


def locks_of(evidence_id: uuid.UUID) -> list[Lock]:
    """Return the locks of a delivery and of what travels with it, as far as they are archived and not disposed of."""
    files = sa.select(Evidence.id).where(sa.or_(Evidence.id == evidence_id, Evidence.travels_with_id == evidence_id))
    return _locks(sa.select(ArchivedObject).where(ArchivedObject.evidence_id.in_(files)))


def locks_to_look_at(*, after: uuid.UUID | None = None, limit: int = 200) -> list[Lock]:
    """Return, in the order of their ids, the locks that may be due: those that end soon and those without a term.

    What a confirmed disposal is waiting for is left to run out.
    """
    at = now()
    soon = sa.case(
        (ArchivedObject.lock_mode == COMPLIANCE, months_after(at, WINDOW_MONTHS - 1)), else_=at + RENEWED_BELOW
    )
    query = sa.select(ArchivedObject).where(
        sa.or_(ArchivedObject.keep_until.is_(None), ArchivedObject.retain_until < soon), ~leaving()
    )
    if after is not None:
        query = query.where(ArchivedObject.id > after)
    return _locks(query.order_by(ArchivedObject.id).limit(limit))


def _locks(query: sa.Select[ArchivedObject]) -> list[Lock]:
    rows = list(db.session.scalars(query.where(ArchivedObject.disposal_id.is_(None))))
    uses = _uses([row.evidence_id for row in rows])
    held = held_among([row.evidence_id for row in rows])
    found = []
    for row in rows:
        term = term_of(uses.get(row.evidence_id, ()))
        ends = max((end for end in (row.keep_until, term.ends) if end is not None), default=None)
        wanted = lock_until(row.lock_mode, locked_until=row.retain_until, ends=ends, now=now())
        found.append(
            Lock(
                row.id, row.evidence_id, row.key, row.version_id, row.lock_mode, row.retain_until, wanted,
                row.evidence_id in held, term, ends,
            )
        )  # fmt: skip
    return found


def _uses(evidence_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, list[Use]]:
    starts = list(STARTS)
    query = (
        sa.select(Evidence.id, Requirement.kind, *(STARTS[start] for start in starts))
        .select_from(EvidenceUse)
        .join(Requirement, Requirement.id == EvidenceUse.requirement_id)
        .join(Evidence, EvidenceUse.evidence_id == delivery_of())
        .where(Evidence.id.in_(evidence_ids))
    )
    found: dict[uuid.UUID, list[Use]] = {}
    for evidence_id, kind, *moments in db.session.execute(query):
        found.setdefault(evidence_id, []).append(Use(str(kind), dict(zip(starts, moments, strict=True))))
    return found


def held_among(evidence_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Return those deliveries whose bytes are under an open hold, their own or that of a delivery of the same bytes.

    A hold on a delivery holds what travels with it.
    """
    mine = aliased(ArchivedObject)
    theirs = aliased(ArchivedObject)
    query = (
        sa.select(mine.evidence_id)
        .join(theirs, sa.and_(theirs.key == mine.key, theirs.version_id == mine.version_id))
        .join(Evidence, Evidence.id == theirs.evidence_id)
        .join(LegalHold, LegalHold.evidence_id.in_([Evidence.id, Evidence.travels_with_id]))
        .where(mine.evidence_id.in_(evidence_ids), LegalHold.closed_at.is_(None))
    )
    return set(db.session.scalars(query))


def hold_now(lock: Lock) -> bool:
    """Return whether a version is to bear the flag of a hold; nobody else decides that before the commit.

    Whoever changes a hold has it looked at after his commit, so that the last to decide has seen all of them.
    """
    same = sa.select(ArchivedObject.id).where(
        ArchivedObject.key == lock.key, ArchivedObject.version_id == lock.version_id
    )
    db.session.execute(same.order_by(ArchivedObject.id).with_for_update())
    return lock.evidence_id in held_among([lock.evidence_id])


def archived(lock: Lock) -> ArchivedObject:
    """Return the row of a lock."""
    return db.session.get_one(ArchivedObject, lock.id)


def record_lock(lock: Lock, *, locked_until: dt.datetime) -> bool:
    """Record until when a version is locked; tell in the log when its term is set. Return whether anything changed."""
    row = db.session.get_one(ArchivedObject, lock.id, with_for_update=True)
    longer = row.retain_until < locked_until
    if longer:
        row.retain_until = locked_until
    if lock.keep_until is not None and (row.keep_until is None or row.keep_until < lock.keep_until):
        row.keep_until = lock.keep_until
        row.retention_rule = lock.term.rule or row.retention_rule
        audit.record(
            "evidence.retention_set",
            audit.Subject("evidence", row.evidence_id, row.region_id, row.agency_id),
            actor=SYSTEM,
            details={"rule": row.retention_rule, "keep_until": row.keep_until, "retain_until": row.retain_until},
        )
        return True
    return longer


def record_renewals(renewed: Mapping[tuple[uuid.UUID, uuid.UUID], int]) -> None:
    """Tell in the log of each agency how many locks were made longer. :param renewed: by region and agency"""
    for (region_id, agency_id), count in sorted(renewed.items()):
        subject = audit.Subject("archive", None, region_id, agency_id)
        audit.record("archive.locks_renewed", subject, actor=SYSTEM, details={"objects": count})


def agencies_of(ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, tuple[uuid.UUID, uuid.UUID]]:
    """Return region and agency of archived objects."""
    query = sa.select(ArchivedObject.id, ArchivedObject.region_id, ArchivedObject.agency_id)
    found = db.session.execute(query.where(ArchivedObject.id.in_(ids)))
    return {row.id: (row.region_id, row.agency_id) for row in found}


def low_windows(*, limit: int = 500) -> list[ArchivedObject]:
    """Return objects whose window of COMPLIANCE ran below the alarm, and those once told of that no longer are."""
    at = now()
    told = sa.exists().where(
        ArchiveFinding.archived_object_id == ArchivedObject.id,
        ArchiveFinding.code == WINDOW_LOW,
        ArchiveFinding.resolved_at.is_(None),
    )
    low = sa.and_(
        ArchivedObject.lock_mode == COMPLIANCE,
        ArchivedObject.retain_until < sa.func.least(ArchivedObject.keep_until, months_after(at, ALARM_MONTHS)),
        ArchivedObject.keep_until.is_not(None),
    )
    query = sa.select(ArchivedObject).where(sa.or_(low, told), ArchivedObject.disposal_id.is_(None))
    return list(db.session.scalars(query.order_by(ArchivedObject.id).limit(limit)))


def is_low(row: ArchivedObject) -> bool:
    """Return whether a window ran down."""
    return window_is_low(row.lock_mode, locked_until=row.retain_until, ends=row.keep_until, now=now())
