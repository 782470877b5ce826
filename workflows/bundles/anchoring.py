"""Last stage: makes the anchors, and keeps what became of each on its way outside.

An anchor takes the heads of all chains out of one statement, so that they stand as of one moment, and names the digest
of the anchor before. The log in turn has an event for each anchor, so that a removed one is missed there. Sending needs
the network and no transaction; that is the worker's.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from workflows.bundles.anchor import sign_anchor
from workflows.bundles.anchor_models import Anchor, AnchorSending, SealKeyEntry, SendingState, Way
from workflows.bundles.seal import SealKey
from workflows.bundles.verify import Head
from workflows.core import audit, jobs
from workflows.core.actors import SYSTEM
from workflows.core.db import db
from workflows.core.ids import new_id
from workflows.core.sentences import Template, phrase

MAKE_JOB = "anchor.make"
"""After something that must not be lost; the daily one is ``periodic.anchor``."""
SEND_JOB = "anchor.send"
# One anchor at a time, whoever makes it: the number is arbitrary and only has to be ours.
_LOCK = 7_201_946

AWAY = Template("%(where)s tidak menjawab: %(error)s", words=("where",))
REFUSED = Template("%(where)s menolak: %(error)s", words=("where",))
STAMP = phrase("Layanan cap waktu")
MAIL = phrase("Server surel")
OTHER_DIGEST = phrase("Cap waktu ini bukan untuk sidik jari jangkar yang dikirim.")
OTHER_NONCE = phrase("Cap waktu ini bukan jawaban atas permintaan yang dikirim.")
NOT_TRUSTED = phrase("Cap waktu ini tidak ditandatangani oleh layanan yang dipercaya.")
UNREADABLE = phrase("Jawaban layanan cap waktu tidak terbaca.")
NOT_SET = phrase("Pengirimannya sudah dihapus dari pengaturan.")
NO_ANCHOR = Template("%(file)s bukan jangkar yang ditulis dan ditandatangani seperti seharusnya.")


@dataclass(frozen=True)
class Target:
    """A place outside to which every anchor goes."""

    way: Way
    address: str


def make(*, key: SealKey, installation: str, targets: Sequence[Target]) -> Anchor | None:
    """Seal the heads of all chains and order the sendings; ``None`` while there is no event to anchor."""
    lock()
    at, heads = _heads()
    if not heads:
        return None
    enter_key(key, at=at)
    before = db.session.scalars(sa.select(Anchor).order_by(Anchor.number.desc()).limit(1)).one_or_none()
    number, previous = (before.number + 1, before.sha256) if before else (1, None)
    document = sign_anchor(key=key, installation=installation, number=number, previous=previous, at=at, heads=heads)
    anchor = Anchor(
        number=number,
        at=at,
        document=document.decode("ascii"),
        sha256=hashlib.sha256(document).hexdigest(),
        previous=previous,
        fingerprint=key.fingerprint,
    )
    db.session.add(anchor)
    db.session.flush()
    audit.record(
        "anchor.made", audit.Subject("anchor", None), actor=SYSTEM, details={"number": number, "sha256": anchor.sha256}
    )
    for target in targets:
        _order(anchor, target)
    return anchor


def lock() -> None:
    """Keep others from anchors and keys until the transaction ends."""
    db.session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _heads() -> tuple[dt.datetime, Mapping[str, Head]]:
    rows = db.session.execute(
        sa.text("SELECT chain, seq, hash, clock_timestamp() AS at FROM audit_head WHERE seq > 0 ORDER BY chain")
    ).all()
    heads = {row.chain: Head(row.chain, row.seq, bytes(row.hash).hex()) for row in rows}
    return max((row.at for row in rows), default=dt.datetime.now(dt.UTC)), heads


def _order(anchor: Anchor, target: Target) -> None:
    sending = AnchorSending(
        id=new_id(),
        number=anchor.number,
        way=target.way,
        target=target.address,
        state=SendingState.WAITING,
    )
    db.session.add(sending)
    db.session.flush()
    jobs.enqueue(SEND_JOB, key=f"{SEND_JOB}:{sending.id}", subject_id=sending.id)


def enter_key(key: SealKey, *, at: dt.datetime, document: str | None = None) -> SealKeyEntry:
    """Enter a key among those that this installation has sealed with, once. The caller holds the lock.

    :param document: what the key before signed; without it the page says that none is there.
    """
    newest = db.session.scalars(sa.select(SealKeyEntry).order_by(SealKeyEntry.number.desc()).limit(1)).one_or_none()
    query = sa.select(SealKeyEntry).where(SealKeyEntry.fingerprint == key.fingerprint)
    known = db.session.scalars(query).one_or_none()
    if known is not None:  # the newest, or the one before, whose file is about to be replaced
        return known
    entry = SealKeyEntry(
        number=newest.number + 1 if newest else 1, fingerprint=key.fingerprint, since=at, document=document
    )
    db.session.add(entry)
    db.session.flush()
    if newest is not None:
        details = {"from": newest.fingerprint, "to": key.fingerprint, "signed": document is not None}
        audit.record("seal.rotated", audit.Subject("seal", None), actor=SYSTEM, details=details)
    return entry


def sent(sending_id: uuid.UUID, *, proof: bytes | None = None, attested_at: dt.datetime | None = None) -> None:
    """Show that an anchor is outside. :param proof: the time stamp, checked by the caller."""
    sending = db.session.get_one(AnchorSending, sending_id, with_for_update=True)
    sending.state, sending.why = SendingState.SENT, None
    sending.sent_at = db.session.scalars(sa.select(sa.func.clock_timestamp())).one()
    sending.proof, sending.attested_at = proof, attested_at
    details = {"number": sending.number, "way": sending.way}
    if proof is not None:
        details["sha256"] = hashlib.sha256(proof).hexdigest()
    audit.record("anchor.sent", audit.Subject("anchor", None), actor=SYSTEM, details=details)


def hold(sending_id: uuid.UUID, *, why: str) -> None:
    """Say why an anchor is not outside yet."""
    sending = db.session.get_one(AnchorSending, sending_id)
    sending.state, sending.why = SendingState.WAITING, why


def fail(sending_id: uuid.UUID, *, why: str) -> None:
    """Show that this sending is given up."""
    sending = db.session.get_one(AnchorSending, sending_id)
    sending.state, sending.why = SendingState.FAILED, why
