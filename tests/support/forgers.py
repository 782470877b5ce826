"""A forger with database and store: changes what he likes, in a bundle's draft or there, and makes it fit again.

He keeps the salts of the log, so that each event that he left alone keeps its body digest; numbers, links, hashes,
records, names, manifests, tag manifests, index and seal are made anew by the product's own code.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from workflows.bundles.verify import canonical, event_hash, evidence_path
from workflows.core.models import AuditEvent

Story = list[dict[str, Any]]
"""Lines of the log, each with its body already read, or ``None`` where only the link is known."""


def told(lines: list[dict[str, Any]]) -> Story:
    """The log as a forger edits it."""
    return [{**line, "body": json.loads(line["body"]) if line["body"] is not None else None} for line in lines]


def relinked(story: Story, *, chain: str) -> list[dict[str, Any]]:
    """Numbers, links and hashes made anew over the same salts."""
    lines: list[dict[str, Any]] = []
    previous = bytes(32)
    for seq, event in enumerate(story, 1):
        body = None if event["body"] is None else canonical(event["body"]).decode()
        digest = bytes.fromhex(event["body_digest"])
        if body is not None:
            digest = hashlib.sha256(bytes.fromhex(event["salt"]) + body.encode()).digest()
        at = datetime.fromisoformat(event["at"])
        link = event_hash(previous, chain=chain, seq=seq, at=at, about=event["about"], body_digest=digest)
        lines.append(
            {
                **event, "chain": chain, "seq": seq, "body": body, "body_digest": digest.hex(),
                "previous": previous.hex(), "hash": link.hex(),
            }
        )  # fmt: skip
        previous = link
    return lines


def refiled(records: dict[str, Any], *, old: str, new: str) -> None:
    """The digest of a file exchanged in all records, and its name made from the new one."""
    for row in (*records["evidence"], *records["sign_offs"]):
        if row["sha256"] == old:
            row["sha256"] = new
    for row in records["evidence"]:
        if row["sha256"] == new:
            row["path"] = evidence_path(["A-1"], 1, "Bidang X", row["revision"], new)


def every(story: Story, kind: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what each event of a kind says."""
    found = [event["body"] for event in story if event["body"] is not None and event["body"]["kind"] == kind]
    if not found:
        raise LookupError(f"no event {kind}")
    for body in found:
        change(body)


def rewrite_chain(connection: sa.Connection, chain: str, change: Callable[[Story], None]) -> None:
    """Change a chain in the database itself. The connection is a superuser's, for whom no trigger fires."""
    table = AuditEvent.__table__
    query = sa.select(table).where(AuditEvent.chain == chain).order_by(AuditEvent.seq)
    story = [
        {
            **row, "at": row["at"].isoformat(), "body": json.loads(row["body"]), "salt": row["salt"].hex(),
            "body_digest": row["body_digest"].hex(),
        }
        for row in connection.execute(query).mappings()
    ]  # fmt: skip
    change(story)
    lines = [
        {
            **line,
            "at": datetime.fromisoformat(line["at"]),
            **{name: bytes.fromhex(line[name]) for name in ("salt", "body_digest", "previous", "hash")},
        }
        for line in relinked(story, chain=chain)
    ]
    connection.execute(sa.delete(AuditEvent).where(AuditEvent.chain == chain))
    connection.execute(sa.insert(AuditEvent), lines)
    connection.execute(
        sa.text("UPDATE audit_head SET seq = :seq, hash = :hash, at = :at WHERE chain = :chain"),
        {name: lines[-1][name] for name in ("seq", "hash", "at", "chain")},
    )
