"""The log: append-only chains of events.

One chain per agency, one per region for what concerns no agency, one ``system``; reads, downloads and
network addresses go to access chains of their own that never enter a bundle. Events are noted while an
operation runs and linked by the last statement before the commit, in the order of the chains' names, so that
two transactions never wait for each other's heads crosswise. The link itself is made by a trigger that belongs
to the database's owner (see the first migration): neither the web nor the worker role can write a hash.

``hash = SHA-256(previous | SHA-256(chain) | seq | at | SHA-256(about) | body_digest)`` with ``seq`` and ``at``
(microseconds since 1970) as eight bytes, big-endian, and ``body_digest = SHA-256(salt | body)``. ``about`` is type and
years of the subject, such as ``decision:2026``: a bundle shows it where the body is withheld too, and so why it may be.
"""

import datetime as dt
import hashlib
import json
import os
import struct
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from workflows.core import pending
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.ids import new_id
from workflows.core.models import AuditEvent

GENESIS = bytes(32)
RESTORED = "log.restored"
"""Kind of the event that begins a new epoch of a chain after a restore: it names backup, seq and hash of the last event
that came back."""
_PENDING = "audit"
_BEGIN = '{"actor":{"channel":"'
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_PLACE = struct.Struct(">Qq").pack


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


def link_hash(previous: bytes, chain: str, seq: int, at: dt.datetime, about: str, body_digest: bytes) -> bytes:
    """Return the hash of one link."""
    return _link(previous, hashlib.sha256(chain.encode()).digest(), seq, at, _digest(about), body_digest)


@cache
def _digest(about: str) -> bytes:
    return hashlib.sha256(about.encode()).digest()


def _link(
    previous: bytes, chain_digest: bytes, seq: int, at: dt.datetime, about_digest: bytes, body_digest: bytes
) -> bytes:
    since = at - _EPOCH
    microseconds = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    return hashlib.sha256(previous + chain_digest + _PLACE(seq, microseconds) + about_digest + body_digest).digest()


@dataclass(frozen=True)
class Problem:
    """The first place at which a chain does not hold, and why."""

    chain: str
    seq: int
    code: str
    message: str
    until: int | None = None
    """Where what is known from elsewhere leaves open which event it is: the first bad one is from ``seq`` to here."""


@dataclass(frozen=True)
class Known:
    """A link of a chain that somebody holds outside of this log."""

    source: str
    """What it was read from, in words."""
    seq: int
    hash: bytes
    receipt: str | None = None
    """The number of the receipt that the event must name."""
    outside: bool = True
    """False for what lies beside the log and proves only against those who lack the seal key."""
    at: dt.datetime | None = None
    """When it was so, where that is known."""


@dataclass(frozen=True)
class Restoration:
    """Where a chain begins anew after a restore from a backup."""

    chain: str
    seq: int
    """Of the event that says so: the first number that stood for another event before."""
    at: dt.datetime
    backup: str
    until: int | None
    """The highest number that was known from elsewhere at the restore."""

    def explains(self, known: Known, *, after: int) -> bool:
        """Return whether an event that is known elsewhere may be one that was lost in this restore.

        :param after: the last event that stands as it is known elsewhere.
        """
        return after < self.seq <= known.seq and (known.at is None or known.at <= self.at)


@dataclass(frozen=True)
class Loss:
    """Events that somebody holds from elsewhere and that this log cannot have any more: neither whole nor a fraud."""

    chain: str
    seq: int
    until: int
    since: dt.datetime
    backup: str
    message: str

    @classmethod
    def of(cls, restored: Restoration, known: Known, *, chain: str = "") -> "Loss":
        """Return the loss of what is known by that restore."""
        span = f"{restored.seq} sampai {known.seq}" if known.seq > restored.seq else f"{known.seq}"
        beyond = ""
        if restored.until is not None and known.seq > restored.until:
            beyond = f" Saat pemulihan baru diketahui sampai nomor {restored.until}."
        message = (
            f"Nomor {span} hilang karena pemulihan {restored.at:%Y-%m-%d %H:%M} UTC dari "
            f"cadangan {restored.backup}. {known.source[:1].upper()}{known.source[1:]} berasal dari rentang itu dan "
            f"tidak dapat dihitung ulang dari log ini.{beyond} Cocokkan dengan berita acara pemulihannya."
        )
        return cls(chain or restored.chain, restored.seq, known.seq, restored.at, restored.backup, message)


@dataclass(frozen=True)
class ChainReport:
    """The verdict on one chain."""

    chain: str
    events: int
    head: bytes
    problem: Problem | None
    proven: int = 0
    """The last event that something from outside proves; what comes after it stands on this log's word alone."""
    restored: tuple[Restoration, ...] = ()
    lost: tuple[Loss, ...] = ()


class Link(NamedTuple):
    """An event as it is verified: every log is read through here, so there is one query and no more than it needs."""

    seq: int
    at: dt.datetime
    kind: str
    id: str
    person_id: str | None
    subject_type: str
    subject_id: str | None
    body: str | None
    salt: bytes | None
    body_digest: bytes
    previous: bytes
    hash: bytes
    about: str


_LINKS = sa.text(
    "SELECT seq, at, kind, id::text, person_id::text, subject_type, subject_id::text, body, salt, body_digest,"
    " previous, hash, about FROM audit_event WHERE chain = :chain ORDER BY seq"
)


def verify_chain(
    chain: str,
    links: Iterable[Sequence[Any]],
    *,
    head: tuple[int, bytes] | None,
    known: Sequence[Known] = (),
    epochs: Mapping[str, Restoration] | None = None,
) -> ChainReport:
    """Recompute a chain from its links, in the order of ``seq``, and hold it against what is known from elsewhere.

    :param links: with the values of a :class:`Link` each.
    :param head: what the head row says, to see a cut tail; ``None`` when there is no head row.
    :param epochs: the restores that the chain ``system`` tells of, by backup. Only these explain that what is known
        from elsewhere is not here; that is then a loss, no problem, and proves nothing.
    """
    held: dict[int, list[Known]] = {}
    for one in known:
        held.setdefault(one.seq, []).append(one)
    judge = _judge(chain)
    previous, count, last_at = GENESIS, 0, _EPOCH
    proven = fitting = 0
    restored: list[Restoration] = []
    lost: list[Loss] = []
    for link in links:
        problem = judge(link, previous, count + 1, last_at)
        seq = link[0]
        if link[2] == RESTORED and problem is None:
            restored += _begins_anew(chain, Link(*link), epochs or {})
        fits = False
        for one in held.get(seq, ()):
            unlike = _unlike(chain, one, Link(*link), fitting)
            epoch = _explaining(restored, one, after=fitting) if unlike and unlike.code == "rewritten" else None
            if epoch is not None:
                lost.append(Loss.of(epoch, one))
                continue
            problem = problem or unlike
            fits = fits or problem is None
            if problem is None and one.outside:
                proven = seq
        if problem:
            return ChainReport(chain, count, previous, problem, proven, tuple(restored), tuple(lost))
        if fits:
            fitting = seq
        previous, count, last_at = link[11], seq, link[1]
    if count == 0:
        restored += [replace(epoch, chain=chain, seq=1, until=None) for epoch in (epochs or {}).values()]
    beyond = [(one, _explaining(restored, one, after=fitting)) for one in known if one.seq > count]
    lost += [Loss.of(epoch, one) for one, epoch in beyond if epoch is not None]
    if count == 0 and head is None and lost and all(epoch is not None for _, epoch in beyond):
        return ChainReport(chain, 0, GENESIS, None, 0, (), tuple(lost))
    here = [one for one in known if one.seq <= count] + [one for one, epoch in beyond if epoch is None]
    end = _end(chain, count, previous, head, here)
    return replace(end, proven=proven, restored=tuple(restored if count else ()), lost=tuple(lost))


def _explaining(restored: Sequence[Restoration], known: Known, *, after: int) -> Restoration | None:
    return next((epoch for epoch in restored if epoch.explains(known, after=after)), None)


def _begins_anew(chain: str, link: Link, epochs: Mapping[str, Restoration]) -> list[Restoration]:
    """Read the event of a restore. One that does not fit what stands before it, or of which ``system`` knows nothing,
    explains nothing."""
    details = json.loads(link.body)["details"] if link.body is not None else {}
    if (details.get("seq"), details.get("hash")) != (link.seq - 1, link.previous.hex()) or details[
        "backup"
    ] not in epochs:
        return []
    outside = details.get("outside")
    return [Restoration(chain, link.seq, link.at, details["backup"], outside["seq"] if outside else None)]


def epochs_told() -> dict[str, Restoration]:
    """Return the restores that the chain ``system`` tells of, by backup."""
    query = sa.select(AuditEvent.seq, AuditEvent.at, AuditEvent.body).where(
        AuditEvent.chain == "system", AuditEvent.kind == RESTORED, AuditEvent.body.is_not(None)
    )
    found = {}
    for seq, at, body in db.session.execute(query.order_by(AuditEvent.seq)):
        details = json.loads(str(body))["details"]
        outside = details.get("outside")
        told = Restoration("system", seq, at, details["backup"], outside["seq"] if outside else None)
        found[told.backup] = told
    return found


def _unlike(chain: str, known: Known, link: Link, fitting: int) -> Problem | None:
    """Compare an event, which stands in a chain that holds in itself, with the same one as it is known elsewhere."""
    if link.hash != known.hash:
        message = f"Lain dari {known.source}: sejak nomor {fitting + 1} log ini ditulis ulang."
        return Problem(chain, fitting + 1, "rewritten", message, until=link.seq)
    told = json.loads(link.body)["details"] if link.body is not None else None
    if known.receipt is not None and told is not None and told.get("receipt") != known.receipt:
        return Problem(chain, link.seq, "other_receipt", f"Peristiwa ini bukan penerimaan {known.receipt}.")
    return None


def _end(
    chain: str, count: int, previous: bytes, head: tuple[int, bytes] | None, known: Sequence[Known]
) -> ChainReport:
    """Judge where a chain ends."""
    problem = None
    farthest = max(known, key=lambda link: link.seq, default=None)
    if farthest is not None and farthest.seq > count:
        message = f"Nomor {count + 1} tidak ada; {farthest.source} menyebut nomor {farthest.seq}."
        problem = Problem(chain, count + 1, "cut_off", message, until=farthest.seq)
    elif head is None:
        problem = Problem(chain, count, "head_missing", "Kepala rantai hilang.")
    elif head != (count, previous):
        problem = Problem(
            chain,
            count,
            "head_differs",
            f"Kepala rantai menyebut nomor {head[0]}, rantai berakhir di {count}.",
        )
    return ChainReport(chain, count, previous, problem)


def _judge(chain: str) -> Callable[[Sequence[Any], bytes, int, dt.datetime], Problem | None]:
    """Return what judges one link of a chain; the common case, nothing wrong, is kept short: links are many."""
    chain_digest, sha256 = hashlib.sha256(chain.encode()).digest(), hashlib.sha256

    def judge(link: Sequence[Any], previous: bytes, expected: int, last_at: dt.datetime) -> Problem | None:
        seq, at, *told, body, salt, body_digest, before, hashed, about = link

        def found(code: str, message: str) -> Problem:
            return Problem(chain, seq, code, message)

        if seq != expected:
            return found("gap", f"Nomor {expected} tidak ada.")
        if before != previous:
            return found("broken_link", "Tidak menyambung ke peristiwa sebelumnya.")
        if body is not None and sha256(salt + body.encode()).digest() != body_digest:
            return found("body_changed", "Isi peristiwa berubah.")
        if _link(previous, chain_digest, seq, at, _digest(about), body_digest) != hashed:
            return found("hash_differs", "Sidik jari peristiwa tidak cocok.")
        if at < last_at:
            return found("back_dated", "Waktu peristiwa lebih awal daripada peristiwa sebelumnya.")
        if about.partition(":")[0] not in (told[3], "issued") or (body is not None and not _columns_agree(body, *told)):
            return found("columns_changed", "Kolom peristiwa tidak sama dengan isinya.")
        return None

    return judge


def _columns_agree(
    body: str, kind: str, event_id: str, person_id: str | None, subject_type: str, subject_id: str | None
) -> bool:
    """Compare the columns that lists are searched by with the hashed body.

    A canonical body has its keys in order, and no text in it holds a bare quote: it begins with the actor, whose person
    is the first of that name, and ends with id, kind and subject. Any other is read as JSON.
    """
    subject = f'"{subject_id}"' if subject_id else "null"
    end = f',"id":"{event_id}","kind":"{kind}","subject":{{"id":{subject},"type":"{subject_type}"}}}}'
    person = f',"person":"{person_id}","' if person_id else ',"person":null,"'
    if body.startswith(_BEGIN) and body.endswith(end) and body.startswith(person, body.find(',"person":')):
        return True
    told = json.loads(body)
    written = (told["kind"], told["id"], told["actor"]["person"], told["subject"]["type"], told["subject"]["id"])
    return written == (kind, event_id, person_id, subject_type, subject_id)


def verify_all(known: Mapping[str, Sequence[Known]] | None = None) -> Iterator[ChainReport]:
    """Verify every chain that the session may see, or that is known from elsewhere, streaming.

    :param known: by the name of their chain.
    """
    known = known or {}
    session = db.session()
    heads = {
        row.chain: (row.seq, bytes(row.hash))
        for row in session.execute(sa.text("SELECT chain, seq, hash FROM audit_head"))
    }
    epochs = epochs_told()
    chains = set(session.scalars(sa.select(AuditEvent.chain).distinct())) | set(heads) | set(known)
    for chain in sorted(chains):
        with session.execute(_LINKS, {"chain": chain}, execution_options={"yield_per": 2000}) as links:
            found = verify_chain(chain, links, head=heads.get(chain), known=known.get(chain, ()), epochs=epochs)
        yield found
