"""The log: append-only chains of events.

One chain per agency, one per region for what concerns no agency, one ``system``; reads, downloads and
network addresses go to access chains of their own that never enter a bundle. Events are noted while an
operation runs and linked by the last statement before the commit, in the order of the chains' names, so that
two transactions never wait for each other's heads crosswise. The link itself is made by a trigger that belongs
to the database's owner (see the first migration): neither the web nor the worker role can write a hash.

``hash = SHA-256(previous | SHA-256(chain) | seq | at | body_digest)`` with ``seq`` and ``at`` (microseconds
since 1970) as eight bytes, big-endian, and ``body_digest = SHA-256(salt | body)``.
"""

import datetime as dt
import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from workflows.core import pending
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.ids import new_id
from workflows.core.models import AuditEvent

GENESIS = bytes(32)
_PENDING = "audit"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Subject:
    """What an event is about."""

    type: str
    id: uuid.UUID | None
    region_id: uuid.UUID | None = None
    agency_id: uuid.UUID | None = None


def chain_of(subject: Subject, *, access: bool = False) -> str:
    """Return the name of the chain in which an event about ``subject`` is linked."""
    if subject.agency_id:
        name = f"agency:{subject.agency_id}"
    elif subject.region_id:
        name = f"region:{subject.region_id}"
    else:
        name = "system"
    return f"access:{name}" if access else name


def record(
    kind: str,
    subject: Subject,
    *,
    actor: Actor,
    details: Mapping[str, Any] | None = None,
    access: bool = False,
) -> uuid.UUID:
    """Note an event; it is linked when the transaction commits and vanishes when it does not.

    :param kind: ``<subject>.<past tense>``, constant, e.g. ``requirement.signed``.
    :param details: values for the body; dates, times and identifiers are written as text.
    :param access: true for reads, downloads and addresses.
    :returns: the event's id.
    """
    event_id = new_id()
    body = canonical(
        {
            "id": event_id,
            "kind": kind,
            "subject": {"type": subject.type, "id": subject.id},
            "actor": _actor(actor),
            "details": dict(details or {}),
        }
    )
    salt = os.urandom(16)
    row = {
        "chain": chain_of(subject, access=access),
        "id": event_id,
        "kind": kind,
        "region_id": subject.region_id,
        "agency_id": subject.agency_id,
        "person_id": actor.person_id,
        "subject_type": subject.type,
        "subject_id": subject.id,
        "body": body,
        "salt": salt,
    }
    pending.note(db.session(), _PENDING, row)
    return event_id


def _actor(actor: Actor) -> dict[str, Any]:
    return {
        "person": actor.person_id,
        "name": actor.name,
        "channel": actor.channel,
        "posts": [{"assignment": post.assignment_id, "title": post.printed, "role": post.role} for post in actor.posts],
    }


def canonical(value: Any) -> str:
    """Return compact JSON with sorted keys, the one text form that is hashed."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


# Without RETURNING: a writer need not be able to read what it appends.
_APPEND = sa.text(
    "INSERT INTO audit_event (chain, id, kind, region_id, agency_id, person_id, subject_type, subject_id, body, salt)"
    " VALUES (:chain, :id, :kind, :region_id, :agency_id, :person_id, :subject_type, :subject_id, :body, :salt)"
)


def link(session: Session) -> None:
    """Append what was noted. Called by the commit; by hand only where a test looks before the commit."""
    rows = pending.take(session, _PENDING)
    if rows:
        session.flush()
        session.execute(_APPEND, sorted(rows, key=lambda row: row["chain"]))


@event.listens_for(Session, "before_commit")
def _link_last(session: Session) -> None:
    if not session.in_nested_transaction():
        session.flush()
        link(session)


def link_hash(previous: bytes, chain: str, seq: int, at: dt.datetime, body_digest: bytes) -> bytes:
    """Return the hash of one link."""
    microseconds = (at - _EPOCH) // dt.timedelta(microseconds=1)
    text = previous + hashlib.sha256(chain.encode()).digest() + seq.to_bytes(8, "big")
    return hashlib.sha256(text + microseconds.to_bytes(8, "big", signed=True) + body_digest).digest()


@dataclass(frozen=True)
class Problem:
    """The first place at which a chain does not hold, and why."""

    chain: str
    seq: int
    code: str
    message: str


@dataclass(frozen=True)
class ChainReport:
    """The verdict on one chain."""

    chain: str
    events: int
    head: bytes
    problem: Problem | None


def verify_chain(chain: str, rows: Iterable[Any], *, head: tuple[int, bytes] | None) -> ChainReport:
    """Recompute a chain from its rows, in the order of ``seq``.

    :param rows: objects with the columns of :class:`AuditEvent`.
    :param head: what the head row says, to see a cut tail; ``None`` when there is no head row.
    """
    previous, expected, last_at = GENESIS, 1, _EPOCH
    for row in rows:
        problem = _problem(chain, row, previous, expected, last_at)
        if problem:
            return ChainReport(chain, expected - 1, previous, problem)
        previous, expected, last_at = bytes(row.hash), expected + 1, row.at
    count = expected - 1
    problem = None
    if head is None:
        problem = Problem(chain, count, "head_missing", "Kepala rantai hilang.")
    elif head != (count, previous):
        problem = Problem(
            chain,
            count,
            "head_differs",
            f"Kepala rantai menyebut nomor {head[0]}, rantai berakhir di {count}.",
        )
    return ChainReport(chain, count, previous, problem)


def _problem(chain: str, row: Any, previous: bytes, expected: int, last_at: dt.datetime) -> Problem | None:
    def found(code: str, message: str) -> Problem:
        return Problem(chain, row.seq, code, message)

    if row.seq != expected:
        return found("gap", f"Nomor {expected} tidak ada.")
    if bytes(row.previous) != previous:
        return found("broken_link", "Tidak menyambung ke peristiwa sebelumnya.")
    if row.body is not None and hashlib.sha256(bytes(row.salt) + row.body.encode()).digest() != bytes(row.body_digest):
        return found("body_changed", "Isi peristiwa berubah.")
    if link_hash(previous, chain, row.seq, row.at, bytes(row.body_digest)) != bytes(row.hash):
        return found("hash_differs", "Sidik jari peristiwa tidak cocok.")
    if row.at < last_at:
        return found("back_dated", "Waktu peristiwa lebih awal daripada peristiwa sebelumnya.")
    return _columns_differ(found, row) if row.body is not None else None


def _columns_differ(found: Any, row: Any) -> Problem | None:
    """Compare the columns that lists are searched by with the hashed body."""
    body = json.loads(row.body)
    told = (body["id"], body["kind"], body["subject"]["type"], body["subject"]["id"], body["actor"]["person"])
    held = (row.id, row.kind, row.subject_type, row.subject_id, row.person_id)
    if told != tuple(None if value is None else str(value) for value in held):
        return found("columns_changed", "Kolom peristiwa tidak sama dengan isinya.")  # type: ignore[no-any-return]
    return None


def verify_all() -> Iterator[ChainReport]:
    """Verify every chain that the session may see, streaming."""
    session = db.session()
    heads = {
        row.chain: (row.seq, bytes(row.hash))
        for row in session.execute(sa.text("SELECT chain, seq, hash FROM audit_head"))
    }
    chains = set(session.scalars(sa.select(AuditEvent.chain).distinct())) | set(heads)
    table = AuditEvent.__table__
    for chain in sorted(chains):
        query = sa.select(table).where(AuditEvent.chain == chain).order_by(AuditEvent.seq)
        with session.execute(query, execution_options={"yield_per": 2000}) as rows:
            found = verify_chain(chain, rows, head=heads.get(chain))
        yield found
