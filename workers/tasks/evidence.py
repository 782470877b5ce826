"""A delivery: judged by the checker, then locked in the archive."""

import datetime as dt
import logging
import uuid
from dataclasses import dataclass
from typing import Any

from storage.archive import archive
from storage.base import Bucket, StoredObject
from storage.errors import ObjectMissingError
from storage.keys import archive_key
from workers.running import Run
from workers.tasks import intake
from workflows.archive.erasing import may_be_erased, while_nothing_is_erased
from workflows.archive.operations import record_archived
from workflows.archive.terms import FIRST_TERM, GOVERNANCE
from workflows.core.clock import now
from workflows.core.db import db
from workflows.evidence import operations
from workflows.evidence.checks.policy import profile_for
from workflows.evidence.checks.scan import with_scan
from workflows.evidence.models import Evidence
from workflows.evidence.provenance import Provenance
from workflows.organization.models import Agency, Region

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Delivery:
    """What the task needs of the row, so that no transaction stays open while the file is at work."""

    id: uuid.UUID
    intake_key: str
    archive_key: str
    sha256: str
    size: int
    name: str
    came: Provenance
    profile: str
    judged: bool
    """A run that was cut short had its report written already."""
    retain_until: dt.datetime


def check(run: Run) -> None:
    """Judge a delivery and archive it unless it is refused.

    Safe to run twice: a report is written once, because its transaction tells the next run that it is there; the
    archive takes a version that already holds these bytes; the row of the archive is unique; received bytes go only
    after that row is committed.
    """
    with run.step():
        delivery = _begin(run.subject_id)
    if not delivery.judged:
        report = _judge(run, delivery)
        if report["verdict"] == operations.REJECT:
            with run.last_step():
                operations.record_report(delivery.id, report)
            return
        with run.step():
            operations.record_report(delivery.id, report)
    if not _archived(run, delivery) and not _archived(run, delivery):
        raise ObjectMissingError("erased twice", bucket=Bucket.ARCHIVE, key=delivery.archive_key)
    intake.forget(run, delivery.id, delivery.intake_key)


def _archived(run: Run, delivery: Delivery) -> bool:
    """Lock a delivery in the archive and record where; false when an erasure of the same bytes took it before that."""
    stored = archive(
        run.tools.store,
        source=(Bucket.INTAKE, delivery.intake_key),
        target_key=delivery.archive_key,
        sha256=delivery.sha256,
        size=delivery.size,
        retain_until=delivery.retain_until,
        metadata={"evidence": str(delivery.id), **delivery.came.metadata()},
    )
    try:
        with run.last_step():
            while_nothing_is_erased()
            if may_be_erased(delivery.sha256):
                run.tools.store.stat(Bucket.ARCHIVE, stored.key, version_id=stored.version_id)
            _record(delivery, stored)
    except ObjectMissingError:
        log.info("evidence.erased_meanwhile", extra={"key": stored.key})
        return False
    return True


def _record(delivery: Delivery, stored: StoredObject) -> None:
    record_archived(
        db.session.get_one(Evidence, delivery.id),
        bucket=stored.bucket,
        key=stored.key,
        version_id=str(stored.version_id),
        sha256=delivery.sha256,
        size=delivery.size,
        retain_until=stored.retain_until or delivery.retain_until,
        lock_mode=stored.retention_mode or GOVERNANCE,
    )


def _begin(evidence_id: uuid.UUID) -> Delivery:
    evidence = operations.begin_check(evidence_id)
    if evidence is None:
        raise LookupError(f"no delivery {evidence_id}")
    region = db.session.get_one(Region, evidence.region_id)
    agency = db.session.get_one(Agency, evidence.agency_id)
    return Delivery(
        id=evidence.id,
        intake_key=evidence.intake_key,
        archive_key=archive_key(region.code.lower(), agency.code.lower(), evidence.sha256),
        sha256=evidence.sha256,
        size=evidence.size,
        name=evidence.original_name,
        came=operations.provenance_of(evidence),
        profile=profile_for(row.kind for row in operations.served_by(evidence.id)),
        judged=evidence.verdict is not None,
        retain_until=now() + FIRST_TERM,
    )


def _judge(run: Run, delivery: Delivery) -> dict[str, Any]:
    with intake.fetched(run.tools.store, delivery.intake_key, sha256=delivery.sha256, size=delivery.size) as file:
        report = run.tools.inspector.check(file, name=delivery.name, profile=delivery.profile)
        if run.tools.scanner is not None:
            report = with_scan(report, run.tools.scanner.scan(file, size=delivery.size))
    log.info("evidence.checked", extra={"verdict": report.verdict, "elapsed_ms": report.elapsed_ms})
    return report.to_json()
