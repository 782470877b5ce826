"""A forger with database and store: changes what he likes in a bundle's draft, then makes everything fit again.

He keeps the salts of the log, so that each event that he left alone keeps its body digest; numbers, links, hashes,
records, names, manifests, tag manifests, index and seal are made anew by the product's own code.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from workflows.bundles.verify import canonical, event_hash, evidence_path

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
        link = event_hash(previous, chain=chain, seq=seq, at=at, body_digest=digest)
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
