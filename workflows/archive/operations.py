"""Records that an original lies locked in the archive and was read back."""

import datetime as dt
import uuid

import sqlalchemy as sa

from workflows.archive.models import ArchivedObject
from workflows.archive.pictures import PICTURES_JOB
from workflows.archive.terms import GOVERNANCE
from workflows.core import audit, jobs
from workflows.core.actors import SYSTEM
from workflows.core.clock import now
from workflows.core.db import db
from workflows.evidence.models import CheckState, Evidence
from workflows.evidence.operations import REJECT, enqueue_intent
from workflows.evidence.reading import operations as reading


def record_archived(
    evidence: Evidence,
    *,
    bucket: str,
    key: str,
    version_id: str,
    sha256: str,
    size: int,
    retain_until: dt.datetime,
    lock_mode: str = GOVERNANCE,
) -> ArchivedObject:
    """Write where the locked original lies; from now on the delivery can be signed.

    The caller has read version, retention and digest back from the store. Safe to run twice.
    """
    if sha256 != evidence.sha256 or size != evidence.size:
        raise ValueError("the archived object is not the delivered file")
    found = db.session.scalars(sa.select(ArchivedObject).where(ArchivedObject.evidence_id == evidence.id)).one_or_none()
    if found is not None:
        return found
    archived = ArchivedObject(
        region_id=evidence.region_id,
        agency_id=evidence.agency_id,
        evidence_id=evidence.id,
        bucket=bucket,
        key=key,
        version_id=version_id,
        sha256=sha256,
        size=size,
        retain_until=retain_until,
        lock_mode=lock_mode,
        archived_at=now(),
    )
    db.session.add(archived)
    evidence.check_state, evidence.check_since, evidence.check_why = CheckState.DONE, now(), None
    db.session.flush()
    audit.record(
        "evidence.archived",
        audit.Subject("evidence", evidence.id, evidence.region_id, evidence.agency_id),
        actor=SYSTEM,
        details={
            "bucket": bucket,
            "key": key,
            "version": version_id,
            "sha256": sha256,
            "retain_until": retain_until,
        },
    )
    if evidence.travels_with_id is not None:  # nothing is signed on it, and nobody reads its pages here
        return archived
    # A signature given with the upload, and one inside the file, counts on a check that passes; after a review the
    # signer signs himself.
    if evidence.verdict != REJECT and (evidence.sign_assignment_id is not None or evidence.brings_sign_offs):
        enqueue_intent(evidence)
    jobs.enqueue_for(PICTURES_JOB, evidence)
    reading.start(evidence)
    return archived


def archived_of(evidence_id: uuid.UUID) -> ArchivedObject | None:
    """Return where the locked original of a delivery lies."""
    return db.session.scalars(sa.select(ArchivedObject).where(ArchivedObject.evidence_id == evidence_id)).one_or_none()
