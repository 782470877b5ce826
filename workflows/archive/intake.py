"""What becomes of received bytes once they are archived, refused, or left behind by an upload that never ended.

Only decides and records. The bytes are removed by whoever holds the store, always before it is recorded here, so that
a removal that was cut short is seen and done again.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from workflows.archive.models import ArchivedObject
from workflows.archive.operations import archived_of
from workflows.core import audit
from workflows.core.actors import SYSTEM
from workflows.core.clock import now
from workflows.core.db import db
from workflows.evidence.models import CheckState, Evidence, delivery_of
from workflows.evidence.operations import REFUSED_TERM, REJECT
from workflows.organization.models import LetterScan
from workflows.plans.models import PlanImport

ORPHAN_AGE = dt.timedelta(hours=24)
"""How long an upload may take from its first byte to its row."""


def kept_before() -> dt.datetime | None:
    """Return when this place was last restored: what was received before is never removed as a leftover, because its
    rows may be what was lost."""
    moment: dt.datetime | None = db.session.scalar(sa.text("SELECT max(done_at) FROM restoration"))
    return moment


def unknown(ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return those of ``ids`` under which neither a delivery nor an import nor a letter was written."""
    asked = set(ids)
    known: set[uuid.UUID] = set()
    for model in (Evidence, PlanImport, LetterScan):
        known.update(db.session.scalars(sa.select(model.id).where(model.id.in_(asked))))
    return asked - known


def archived_but_kept(*, limit: int = 500) -> Sequence[Evidence]:
    """Return deliveries whose locked original is recorded and whose received bytes were not recorded as removed."""
    query = sa.select(Evidence).join(ArchivedObject, ArchivedObject.evidence_id == Evidence.id)
    return list(db.session.scalars(query.where(Evidence.intake_removed_at.is_(None)).limit(limit)))


def refused_and_due(*, limit: int = 500) -> Sequence[Evidence]:
    """Return refused deliveries whose bytes have stayed for their term, and what travelled with them."""
    main = aliased(Evidence)
    query = sa.select(Evidence).join(main, main.id == delivery_of())
    query = query.where(
        main.verdict == REJECT,
        # One that an evaluator accepted waits for the archive again and needs its bytes for that.
        main.check_state == CheckState.DONE,
        Evidence.intake_removed_at.is_(None),
        main.check_since < now() - REFUSED_TERM,
    )
    return list(db.session.scalars(query.limit(limit)))


def record_removed(evidence_id: uuid.UUID) -> None:
    """Record that the received bytes are gone. Of refused bytes, of which no other copy is left, the log tells."""
    evidence = db.session.get_one(Evidence, evidence_id, with_for_update=True)
    if evidence.intake_removed_at is not None:
        return
    evidence.intake_removed_at = now()
    if archived_of(evidence_id) is None:
        subject = audit.Subject("evidence", evidence.id, evidence.region_id, evidence.agency_id)
        audit.record("evidence.bytes_removed", subject, actor=SYSTEM, details={"sha256": evidence.sha256})
