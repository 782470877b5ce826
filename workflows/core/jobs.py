"""The ledger of background work.

A job is a row in the transaction of its cause, then a message with the job's id, sent after the outermost commit by
whatever the edge registered. A lost message costs time only: a sweep sends again what nobody holds. Work is claimed by
one conditional update with a lease, and finished by an update that names the lease in the transaction of its effect,
so that a worker that was taken for dead cannot write over its successor. All times are the database's.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workflows.core import pending
from workflows.core.db import OfAgency, db
from workflows.core.errors import WorkflowError
from workflows.core.ids import new_id
from workflows.core.models import Job, JobState
from workflows.core.sentences import Template

MAX_ATTEMPTS = 3
LOST = Template("Pekerjaan ini berhenti di tengah jalan %(times)s kali dan tidak dicoba lagi. Hubungi admin.")
"""What is told of a job whose workers all died."""
_PENDING = "job"
log = logging.getLogger(__name__)

Sender = Callable[[uuid.UUID, str], None]
_senders: list[Sender] = []


class LeaseLostError(WorkflowError):
    """Another worker took the job over; nothing of this one's effect may stay."""

    code = "lease_lost"


@dataclass(frozen=True)
class Claim:
    """The right to do a job until the lease ends."""

    job_id: uuid.UUID
    kind: str
    subject_id: uuid.UUID | None
    payload: Mapping[str, Any]
    attempt: int
    token: uuid.UUID


QUEUES: Mapping[str, str] = {
    "bundle.build": "bundles",
    "plan.read": "checks",
    "evidence.check": "checks",
    "evidence.picture": "later",
    "evidence.read": "reading",
    "anchor.send": "later",
    "archive.lock": "later",
    "periodic.locks": "later",
    "periodic.fixity": "later",
}
"""The queue of each kind of job; everything else is short and goes to ``short``."""


def queue_of(kind: str) -> str:
    """Return the queue into which a job's message goes. Its task has the name of the kind."""
    return QUEUES.get(kind, "short")


def register_sender(sender: Sender) -> None:
    """Name what carries a message to the workers; the last one registered is used."""
    _senders[:] = [sender]


_job = cast("sa.Table", Job.__table__)
_WRITTEN = (
    insert(_job)
    .values(
        **{name: sa.bindparam(name, type_=_job.c[name].type) for name in (
            "id", "kind", "key", "subject_id", "region_id", "agency_id", "payload", "state", "attempt"
        )},
        sent_at=sa.func.now(),
    )
    .on_conflict_do_nothing(index_elements=["key"])
    .returning(_job.c.id)
)  # fmt: skip


def enqueue(
    kind: str,
    *,
    key: str,
    subject_id: uuid.UUID | None = None,
    region_id: uuid.UUID | None = None,
    agency_id: uuid.UUID | None = None,
    payload: Mapping[str, Any] | None = None,
) -> bool:
    """Write a job row; a message follows the commit.

    :param key: names the work; a second job with the same key is not written.
    :returns: whether the job is new.
    """
    session = db.session()
    values = {
        "id": new_id(),
        "kind": kind,
        "key": key,
        "subject_id": subject_id,
        "region_id": region_id,
        "agency_id": agency_id,
        "payload": dict(payload or {}),
        "state": JobState.QUEUED,
        "attempt": 0,
    }
    if session.execute(_WRITTEN, values).scalar() is None:  # the driver's count of rows does not tell a conflict
        return False
    pending.note(session, _PENDING, (values["id"], kind))
    return True


def enqueue_for(kind: str, row: OfAgency) -> bool:
    """Write the one job of this kind about a row that an agency owns; see :func:`enqueue`."""
    return enqueue(kind, key=f"{kind}:{row.id}", subject_id=row.id, region_id=row.region_id, agency_id=row.agency_id)


@event.listens_for(Session, "after_commit")
def _send(session: Session) -> None:
    if session.in_nested_transaction():  # a released savepoint commits nothing yet
        return
    for job_id, kind in pending.take(session, _PENDING):
        send(job_id, kind)


def send(job_id: uuid.UUID, kind: str) -> None:
    """Send a message for a job; a broker that is away only delays the work until the sweep."""
    for sender in _senders:
        try:
            sender(job_id, kind)
        except Exception as error:
            log.warning("job.message_not_sent", extra={"job": str(job_id), "kind": kind, "error": repr(error)})


def claim(job_id: uuid.UUID, *, lease: dt.timedelta) -> Claim | None:
    """Take a job that is queued and due, or whose lease is over; ``None`` when somebody else has it."""
    token = new_id()
    free = sa.or_(
        sa.and_(Job.state == JobState.QUEUED, Job.run_at <= sa.func.clock_timestamp()),
        sa.and_(Job.state == JobState.RUNNING, Job.lease_until < sa.func.clock_timestamp()),
    )
    taken = (
        sa.update(Job)
        .where(Job.id == job_id, free, Job.attempt < MAX_ATTEMPTS)
        .values(
            state=JobState.RUNNING,
            attempt=Job.attempt + 1,
            lease_token=token,
            lease_until=sa.func.clock_timestamp() + lease,
            started_at=sa.func.clock_timestamp(),
        )
        .returning(Job.kind, Job.subject_id, Job.payload, Job.attempt)
    )
    row = db.session.execute(taken, execution_options={"synchronize_session": False}).one_or_none()
    return Claim(job_id, row.kind, row.subject_id, row.payload, row.attempt, token) if row else None


def finish(held: Claim) -> None:
    """Mark the job done, in the transaction of its effect.

    :raises LeaseLostError: when the lease was taken over; the transaction must be rolled back.
    """
    _settle(held, state=JobState.DONE, finished_at=sa.func.clock_timestamp(), lease_token=None, lease_until=None)


def fail(held: Claim, *, code: str, message: str) -> None:
    """Mark the job failed for good. :raises LeaseLostError: as in :func:`finish`."""
    _settle(
        held,
        state=JobState.FAILED,
        finished_at=sa.func.clock_timestamp(),
        lease_token=None,
        lease_until=None,
        error_code=code,
        error_message=message,
    )


def defer(held: Claim, *, seconds: float, code: str, message: str) -> None:
    """Give the job back for later because something it needs is away; this attempt does not count.

    :raises LeaseLostError: as in :func:`finish`.
    """
    _settle(
        held,
        state=JobState.QUEUED,
        attempt=Job.attempt - 1,
        run_at=sa.func.clock_timestamp() + dt.timedelta(seconds=seconds),
        lease_token=None,
        lease_until=None,
        error_code=code,
        error_message=message,
    )


def renew(held: Claim, *, lease: dt.timedelta) -> None:
    """Hold the job for longer. At the start of an effect that is not the last one, it also keeps the row, so that
    nobody can take the job over before that effect is committed.

    :raises LeaseLostError: as in :func:`finish`.
    """
    _settle(held, lease_until=sa.func.clock_timestamp() + lease)


def _settle(held: Claim, **values: Any) -> None:
    settled = sa.update(Job).where(Job.id == held.job_id, Job.lease_token == held.token).values(**values)
    result = db.session.execute(settled, execution_options={"synchronize_session": False})
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLostError


def unheld(*, quiet: dt.timedelta, limit: int = 100) -> Sequence[tuple[uuid.UUID, str]]:
    """Return jobs that are due and that nobody holds, and note that they are being sent again.

    :param quiet: how long a message may be under way before it is taken for lost.
    """
    at = sa.func.clock_timestamp()
    lost = sa.or_(
        sa.and_(
            Job.state == JobState.QUEUED,
            Job.run_at <= at,
            sa.or_(Job.sent_at.is_(None), Job.sent_at < at - quiet, Job.sent_at < Job.run_at),
        ),
        sa.and_(
            Job.state == JobState.RUNNING,
            Job.lease_until < at,
            sa.or_(Job.sent_at.is_(None), Job.sent_at < at - quiet, Job.sent_at < Job.lease_until),
        ),
    )
    chosen = (
        sa.select(Job.id)
        .where(lost, Job.attempt < MAX_ATTEMPTS)
        .order_by(Job.run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    again = sa.update(Job).where(Job.id.in_(chosen)).values(sent_at=at).returning(Job.id, Job.kind)
    rows = db.session.execute(again, execution_options={"synchronize_session": False})
    return [(row.id, row.kind) for row in rows]


def poisoned(*, limit: int = 100) -> Sequence[Claim]:
    """Lock the jobs whose last allowed attempt ran out of its lease without an end; return the claims that ran out."""
    query = (
        sa.select(Job.id, Job.kind, Job.subject_id, Job.payload, Job.attempt, Job.lease_token)
        .where(
            Job.state == JobState.RUNNING,
            Job.attempt >= MAX_ATTEMPTS,
            Job.lease_until < sa.func.clock_timestamp(),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Claim(*row) for row in db.session.execute(query)]
