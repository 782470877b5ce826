"""Last stage: what is known of the log from elsewhere, and what the stored anchors know of it, by the name of a chain.

What people bring (anchors, receipts, heads) proves against everybody. The anchors in the database prove only against
those who lack the seal key: whoever has the database can remove them, and is seen by their numbers only.
"""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from workflows.bundles.anchor_models import Anchor, SealKeyEntry
from workflows.bundles.anchoring import NO_ANCHOR
from workflows.bundles.verify import Head, Receipt, read_anchor, signature_holds, signed_text
from workflows.core.audit import RESTORED, Known, Loss, Problem, Restoration, Subject, chain_of, epochs_told
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason
from workflows.core.models import AuditEvent
from workflows.evidence.models import Evidence


@dataclass
class Knowledge:
    """What the log is held against."""

    links: dict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    """By the name of their chain."""
    problems: list[Problem] = field(default_factory=list)
    """What does not fit whatever the chains say."""
    lost: list[Loss] = field(default_factory=list)
    """What a restore explains, where no chain of this log can say so."""
    anchors: int = 0
    """How many stored anchors hold."""


def gather(*, anchors: Sequence[Path], receipts: Sequence[Receipt], heads: Sequence[Head]) -> Knowledge:
    """Read what was brought, and the stored anchors.

    :raises InvalidInputError: a file is no anchor. :raises OSError: a file cannot be read.
    """
    found = Knowledge()
    _stored(found)
    for path in anchors:
        data = path.read_bytes()
        anchor = _sound(data)
        if anchor is None:
            raise InvalidInputError(Reason("anchor_form", NO_ANCHOR(file=path.name)))
        _compare_with_stored(anchor, data, path.name, found)
        _take(anchor, f"jangkar {path.name}", found, outside=True)
    for head in heads:
        source = "kepala rantai yang Anda sebut"
        found.links[head.chain].append(Known(source, head.seq, bytes.fromhex(head.hash)))
    _receipts(receipts, found)
    return found


def outside_heads(*, anchors: Sequence[Path], heads: Sequence[Head]) -> dict[str, Head]:
    """Return the highest head of each chain among what people hold, without looking at this log.

    :raises InvalidInputError: a file is no anchor. :raises OSError: a file cannot be read.
    """
    brought = list(heads)
    for path in anchors:
        anchor = _sound(path.read_bytes())
        if anchor is None:
            raise InvalidInputError(Reason("anchor_form", NO_ANCHOR(file=path.name)))
        brought += [Head(chain, head["seq"], head["hash"]) for chain, head in anchor["heads"].items()]
    highest: dict[str, Head] = {}
    for head in brought:
        if head.chain not in highest or highest[head.chain].seq < head.seq:
            highest[head.chain] = head
    return highest


def _sound(data: bytes) -> dict[str, Any] | None:
    """Return an anchor whose form and signature hold."""
    try:
        anchor = read_anchor(data)
    except ValueError:
        return None
    signature, modulus = int(anchor["signature"], 16), int(anchor["key"]["n"], 16)
    return anchor if signature_holds(signed_text(anchor), signature, modulus, anchor["key"]["e"]) else None


def _take(anchor: Mapping[str, Any], source: str, found: Knowledge, *, outside: bool) -> None:
    for chain, head in anchor["heads"].items():
        link = Known(source, head["seq"], bytes.fromhex(head["hash"]), outside=outside, at=_at(anchor))
        found.links[chain].append(link)


def _at(anchor: Mapping[str, Any]) -> dt.datetime:
    return dt.datetime.fromisoformat(anchor["at"])


def _stored(found: Knowledge) -> None:
    """Take the stored anchors in, up to the first that does not hold: its number names the problem."""
    keys = set(db.session.scalars(sa.select(SealKeyEntry.fingerprint)))
    expected, previous = 1, None
    query = sa.select(Anchor).order_by(Anchor.number)
    with db.session.scalars(query, execution_options={"yield_per": 200}) as rows:
        for row in rows:
            data = row.document.encode()
            anchor = _sound(data)
            told = anchor and (anchor["number"], anchor["previous"], anchor["fingerprint"])
            if told != (expected, previous, row.fingerprint) or row.number != expected or row.fingerprint not in keys:
                message = f"Jangkar tersimpan nomor {expected} tidak ada atau diubah."
                found.problems.append(Problem("jangkar", expected, "anchor_changed", message))
                return
            _take(anchor or {}, f"jangkar tersimpan nomor {expected}", found, outside=False)
            previous, expected = hashlib.sha256(data).hexdigest(), expected + 1
            found.anchors += 1


def _compare_with_stored(anchor: Mapping[str, Any], data: bytes, name: str, found: Knowledge) -> None:
    """An anchor that somebody kept must be the one that is stored under its number."""
    stored = db.session.scalars(sa.select(Anchor.sha256).where(Anchor.number == anchor["number"])).one_or_none()
    if stored != hashlib.sha256(data).hexdigest():
        if _lost_anchor(anchor):
            return  # the heads that it names are told as lost, each in its chain
        message = f"Jangkar tersimpan nomor {anchor['number']} bukan jangkar {name}."
        found.problems.append(Problem("jangkar", anchor["number"], "anchor_differs", message))


def _receipts(receipts: Sequence[Receipt], found: Knowledge) -> None:
    """A receipt does not name its chain; the delivery does, as the ledger has it."""
    query = sa.select(Evidence.receipt_number, Evidence.region_id, Evidence.agency_id)
    query = query.where(Evidence.receipt_number.in_([receipt.number for receipt in receipts]))
    places = (
        {row[0]: Subject("evidence", None, row[1], row[2]) for row in db.session.execute(query)} if receipts else {}
    )
    restores = _restores() if receipts else []
    for receipt in receipts:
        place = places.get(receipt.number)
        if place is None and (loss := _loss_of(receipt, restores)) is not None:
            found.lost.append(loss)
            continue
        if place is None:
            message = f"Tanda terima {receipt.number} tidak ada di basis data; penerimaannya hilang."
            found.problems.append(Problem("tanda terima", receipt.seq, "receipt_missing", message))
            continue
        # A number that was given since the last restore is of no lost event.
        at = dt.datetime.now(dt.UTC) if restores and _number(receipt) >= restores[-1].next else None
        known = bytes.fromhex(receipt.hash)
        link = Known(f"tanda terima {receipt.number}", receipt.seq, known, receipt.number, at=at)
        found.links[chain_of(place)].append(link)


@dataclass(frozen=True)
class _Numbers:
    """Numbers of receipts around a restore: those after the backup's last are lost, up to where new ones begin."""

    epoch: Restoration
    last: int
    next: int


def _restores() -> list[_Numbers]:
    epochs = epochs_told()
    query = sa.select(AuditEvent.body).where(AuditEvent.chain == "system", AuditEvent.kind == RESTORED)
    found = []
    for body in db.session.scalars(query.order_by(AuditEvent.seq)):
        details = json.loads(str(body))["details"] if body else {}
        if "receipts" in details:
            last, following = details["receipts"]
            found.append(_Numbers(epochs[details["backup"]], last, following))
    return found


def _loss_of(receipt: Receipt, restores: Sequence[_Numbers]) -> Loss | None:
    """Return which restore explains that a receipt is not known here; its chain is not known either."""
    number = _number(receipt)
    for entry in restores:
        if entry.last < number < entry.next:
            known = Known(f"tanda terima {receipt.number}", receipt.seq, bytes.fromhex(receipt.hash), receipt.number)
            return Loss.of(replace(entry.epoch, seq=receipt.seq, until=None), known, chain="tanda terima")
    return None


def _number(receipt: Receipt) -> int:
    text = receipt.number.rpartition("-")[2]
    return int(text) if text.isascii() and text.isdigit() else -1


def _lost_anchor(anchor: Mapping[str, Any]) -> bool:
    """Return whether a restore explains that this anchor is not the stored one: it is later than the backup's last, and
    earlier than the restore."""
    query = sa.select(AuditEvent.at, AuditEvent.body).where(AuditEvent.chain == "system", AuditEvent.kind == RESTORED)
    told = [(at, json.loads(body)["details"]) for at, body in db.session.execute(query) if body]
    return any(_at(anchor) <= at and anchor["number"] > details.get("anchor", 0) for at, details in told)
