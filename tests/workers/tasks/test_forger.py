"""A forger who holds the whole server: database, store with the administrator's key, and the seal key.

He changes a file, a decision or the log there, makes every link fit again, and lets the product itself build and seal
the next bundle. Nothing inside tells of it; what somebody kept from before does.
"""

import hashlib
import io
import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from storage.base import Bucket
from storage.disposal import dispose
from storage.minio_store import MinioStore
from tests.support.databases import Databases
from tests.support.forgers import Story, rewrite_chain
from tests.workers.tasks.site import Site, pdf
from tests.workers.tasks.test_bundle import bundle_of, opened, order, sign_off
from webapp.embedded import Addresses
from workflows.archive.models import ArchivedObject
from workflows.bundles import anchoring, verify
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.evidence.models import CheckReport, Evidence
from workflows.recommendations.models import OfficialStatus, Recommendation
from workflows.signoff.models import SignOff
from workflows.verification import decisions
from workflows.verification.models import Verification


@dataclass
class Forger:
    """What he holds."""

    server: sa.Connection
    store: MinioStore
    chain: str
    evidence_id: uuid.UUID

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.server.execute(sa.text(statement), {"evidence": self.evidence_id})

    def means(self, event: dict[str, Any]) -> bool:
        """Whether an event is about the delivery, and not about the letter that was filed later."""
        return bool(event["body"]["subject"]["id"] == str(self.evidence_id))


def another_file(forger: Forger) -> None:
    """Other bytes in the place of an original, which is erased in spite of its lock."""
    content = pdf("diganti")
    new = hashlib.sha256(content).hexdigest()
    query = sa.text("SELECT key, version_id, sha256, size FROM archived_object WHERE evidence_id = :evidence")
    key, version, old, size = forger.server.execute(query, {"evidence": forger.evidence_id}).one()
    place = key.replace(old, new)
    until = datetime.now(UTC) + timedelta(days=30)
    put = forger.store.put(Bucket.ARCHIVE, place, io.BytesIO(content), length=len(content), retain_until=until)
    assert dispose(forger.store, key) == [version]
    told = {"sha256": new}
    file = {**told, "size": len(content)}
    changes: dict[Any, dict[str, Any]] = {Evidence: file, SignOff: told, Verification: told, CheckReport: told}
    changes[ArchivedObject] = {**file, "key": place, "version_id": put}
    for row, values in changes.items():
        forger.server.execute(sa.update(row).where(row.sha256 == old).values(values))
    checked = sa.select(CheckReport.id, CheckReport.report).where(CheckReport.evidence_id == forger.evidence_id)
    report_id, report = forger.server.execute(checked).one()
    report = json.loads(json.dumps(report).replace(old, new))
    forger.server.execute(sa.update(CheckReport).where(CheckReport.id == report_id).values(report=report))

    def change(story: Story) -> None:
        for event in story:
            text = json.dumps(event["body"]).replace(old, new).replace(version, str(put))
            event["body"] = json.loads(text)
            if not forger.means(event):
                continue
            if event["kind"] == "evidence.received":
                assert event["body"]["details"]["bytes"] == size
                event["body"]["details"]["bytes"] = len(content)
            if event["kind"] == "evidence.checked":
                packed = verify.canonical(report) + b"\n"
                event["body"]["details"]["report_sha256"] = hashlib.sha256(packed).hexdigest()

    rewrite_chain(forger.server, forger.chain, change)


def no_decision(forger: Forger) -> None:
    """As if the Inspektur had never decided."""
    forger.run(
        "DELETE FROM decision_recommendation", "DELETE FROM decision",
        "UPDATE recommendation SET official_status = 'NOT_ASSESSED'",
    )  # fmt: skip

    def change(story: Story) -> None:
        story[:] = [event for event in story if event["subject_type"] != "decision"]

    rewrite_chain(forger.server, forger.chain, change)


def a_shorter_log(forger: Forger) -> None:
    """All that came after the archive is gone: signatures, verification, decision, bundle."""
    forger.run(
        "DELETE FROM decision_recommendation", "DELETE FROM decision", "DELETE FROM verification",
        "DELETE FROM sign_off", "DELETE FROM bundle",
        "UPDATE requirement SET state = 'evidence_uploaded' WHERE newest_evidence_id = :evidence",
        "UPDATE recommendation SET official_status = 'NOT_ASSESSED', state = 'evidence_uploaded'"
        " WHERE state NOT IN ('drafted', 'evidence_uploaded')",
    )  # fmt: skip

    def change(story: Story) -> None:
        last = max(
            index for index, event in enumerate(story) if event["kind"] == "evidence.archived" and forger.means(event)
        )
        del story[last + 1 :]

    rewrite_chain(forger.server, forger.chain, change)


FRAUDS: dict[str, tuple[Callable[[Forger], None], set[str], str]] = {
    "another file": (another_file, {"receipt", "anchor", "earlier"}, "evidence"),
    "no decision": (no_decision, {"anchor", "earlier"}, "decisions"),
    "a shorter log": (a_shorter_log, {"anchor", "earlier"}, "sign_offs"),
}
"""Each with what catches it, and the records that it changes. The receipt is that of the delivery, so it tells nothing of what came after."""


def bundle(site: Site, path: Path) -> Path:
    """A bundle as the product makes it now."""
    bundle_id = order(site)
    site.work_off()
    made = bundle_of(site, bundle_id)
    assert made.key is not None, made.error_message
    with site.store.open(Bucket.BUNDLES, made.key, version_id=made.version_id) as stream:
        path.write_bytes(stream.read())
    db.session.rollback()
    return path


def told(path: Path) -> dict[str, Any]:
    """The records of a bundle."""
    return opened(path.read_bytes())[0]


def proven(path: Path, *arguments: str) -> bool:
    """Whether the verifier, run as a program of its own, lets a bundle pass."""
    command = [sys.executable, "-I", "-S", verify.__file__, str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("fraud", FRAUDS)
def test_whoever_holds_the_whole_server_is_caught_by_what_was_kept(
    site: Site,
    databases: Databases,
    addresses: Addresses,
    tmp_path: Path,
    fraud: str,
    record_property: Callable[[str, object], None],
) -> None:
    evidence_id = site.deliver(pdf("asli"), sign=False)
    site.work_off()
    sign_off(site)
    recommendation = db.session.scalars(sa.select(Recommendation).where(Recommendation.number == "C-1")).one()
    decision = decisions.propose(
        [recommendation], official_status=OfficialStatus.PARTIAL, reason="Sebagian.",
        actor=site.office.actor("evaluator"),
    )  # fmt: skip
    decisions.decide([decision], letter=site.letter("700/1/2026"), actor=site.office.actor("inspector"))
    db.session.commit()
    site.work_off()
    anchor = anchoring.make(key=site.tools.seal_key(), installation="Uji", targets=())
    assert anchor is not None
    (tmp_path / "jangkar.json").write_text(anchor.document, "ascii")
    db.session.commit()
    earlier = bundle(site, tmp_path / "lama.zip")
    evidence = site.evidence(evidence_id)
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.id == evidence.received_event_id)).one()
    chain = event.chain
    kept = {
        "receipt": ("--receipt", f"{evidence.receipt_number}:{event.seq}:{event.hash.hex()}"),
        "anchor": ("--anchor", str(tmp_path / "jangkar.json")),
        "earlier": ("--earlier", str(earlier)),
    }
    db.session.rollback()
    assert all(proven(earlier, *arguments) for arguments in kept.values())

    name = sa.make_url(site.settings.database_url).database
    assert name is not None
    admin = MinioStore.connect(
        addresses.s3_endpoint, addresses.s3_admin_access_key, addresses.s3_admin_secret_key, region=addresses.s3_region
    )
    server = sa.create_engine(databases.superuser_url(name), poolclass=sa.NullPool)
    change, expected, records = FRAUDS[fraud]
    with server.begin() as connection:
        connection.exec_driver_sql("SET session_replication_role = replica")
        change(Forger(connection, admin, chain, evidence_id))
        connection.exec_driver_sql("DELETE FROM anchor_sending")
        connection.exec_driver_sql("DELETE FROM anchor")
    admin.close()
    db.session.rollback()
    db.session.expire_all()

    assert site.chains_hold(), "the product itself sees nothing"
    forged = bundle(site, tmp_path / "palsu.zip")
    assert proven(forged, "--key", site.tools.seal_key().fingerprint), "nor does the bundle show anything by itself"
    assert told(forged)[records] != told(earlier)[records]
    caught = {source for source, arguments in kept.items() if not proven(forged, *arguments)}
    record_property("table", f"{fraud}: caught by {', '.join(sorted(caught))}")
    assert caught == expected
