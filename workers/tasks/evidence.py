"""A delivery: judged by the checker, then locked in the archive."""

import datetime as dt
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from workflows.evidence.checks.supporting import bears_malware, plain_report, with_infected
from workflows.evidence.media import Media
from workflows.evidence.models import Evidence
from workflows.evidence.provenance import Provenance
from workflows.evidence.queries import newest_report
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
    media: Media = Media.PDF
    supporting: Sequence["Delivery"] = ()
    """What travels with it."""


def check(run: Run) -> None:
    """Judge a delivery and archive it unless it is refused.

    Safe to run twice: a report is written once, because its transaction tells the next run that it is there; the
    archive takes a version that already holds these bytes; the row of the archive is unique; received bytes go only
    after that row is committed.
    """
    with run.step():
        delivery = _begin(run.subject_id)
    if not delivery.judged:
        report = _with_supporting(run, delivery, _judge(run, delivery))
        if report["verdict"] == operations.REJECT:
            with run.last_step():
                operations.record_report(delivery.id, report)
            return
        with run.step():
            operations.record_report(delivery.id, report)
    # The delivery is the last to be locked: once it can be signed, all of it lies in the archive.
    for one in (*delivery.supporting, delivery):
        last = one is delivery
        if not _archived(run, one, last=last) and not _archived(run, one, last=last):
            raise ObjectMissingError("erased twice", bucket=Bucket.ARCHIVE, key=one.archive_key)
    for one in (*delivery.supporting, delivery):
        intake.forget(run, one.id, one.intake_key)


def _archived(run: Run, delivery: Delivery, *, last: bool) -> bool:
    """Lock a file in the archive and record where; false when an erasure of the same bytes took it before that."""
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
        with run.last_step() if last else run.step():
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


def _with_supporting(run: Run, delivery: Delivery, report: dict[str, Any]) -> dict[str, Any]:
    """Judge what travels with a delivery, each once, and return the delivery's report as that changes it."""
    infected = []
    for number, one in enumerate(delivery.supporting, start=1):
        with run.step():
            known = newest_report(one.id)
            found = dict(known.report) if known else None
        if found is None:
            found = _judge(run, one)
            with run.step():
                operations.record_report(one.id, found)
        if bears_malware(found):
            infected.append(number)
    return with_infected(report, infected, profile=delivery.profile)


def _begin(evidence_id: uuid.UUID) -> Delivery:
    evidence = operations.begin_check(evidence_id)
    if evidence is None:
        raise LookupError(f"no delivery {evidence_id}")
    region = db.session.get_one(Region, evidence.region_id)
    agency = db.session.get_one(Agency, evidence.agency_id)
    profile = profile_for(row.kind for row in operations.served_by(evidence.id))
    main = _delivery(evidence, region, agency, profile=profile)
    return replace(main, supporting=[_delivery(row, region, agency, profile="document") for row in evidence.supporting])


def _delivery(evidence: Evidence, region: Region, agency: Agency, *, profile: str) -> Delivery:
    media = Media(evidence.media_type)
    return Delivery(
        id=evidence.id,
        intake_key=evidence.intake_key,
        archive_key=archive_key(region.code.lower(), agency.code.lower(), evidence.sha256, suffix=media.suffix),
        sha256=evidence.sha256,
        size=evidence.size,
        name=evidence.original_name,
        came=operations.provenance_of(evidence),
        profile=profile,
        judged=evidence.verdict is not None,
        retain_until=now() + FIRST_TERM,
        media=media,
    )


def _judge(run: Run, delivery: Delivery) -> dict[str, Any]:
    with intake.fetched(run.tools.store, delivery.intake_key, sha256=delivery.sha256, size=delivery.size) as file:
        if delivery.media is not Media.PDF:
            scan = run.tools.scanner.scan(file, size=delivery.size) if run.tools.scanner is not None else None
            return plain_report(
                name=delivery.name, sha256=delivery.sha256, size=delivery.size, media_type=delivery.media, scan=scan
            )
        report = run.tools.inspector.check(file, name=delivery.name, profile=delivery.profile)
        if run.tools.scanner is not None:
            report = with_scan(report, run.tools.scanner.scan(file, size=delivery.size))
    log.info("evidence.checked", extra={"verdict": report.verdict, "elapsed_ms": report.elapsed_ms})
    return report.to_json()
