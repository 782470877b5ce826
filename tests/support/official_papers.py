"""Letters and documents of the Inspektorat for tests: what the intake and the worker would have written, without bytes."""

import datetime as dt
import hashlib

from tests.support.deliveries import check
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.evidence.operations import Intake, new_evidence_id
from workflows.organization.models import Agency
from workflows.verification.models import OfficialPaper, OfficialPaperKind
from workflows.verification.official_papers import file_official_paper

DATED = dt.date(2026, 7, 1)


def paper(
    agency: Agency,
    actor: Actor,
    *,
    number: str = "700/1/2026",
    dated_on: dt.date = DATED,
    kind: OfficialPaperKind = OfficialPaperKind.LETTER,
    verdict: str | None = "accept",
) -> OfficialPaper:
    """File a paper for an agency. :param verdict: of its check; ``None`` while that has not been."""
    evidence_id = new_evidence_id()
    digest = hashlib.sha256(f"{number} {evidence_id}".encode()).hexdigest()
    intake = Intake(evidence_id, str(evidence_id), digest, len(number), "surat.pdf")
    filed = file_official_paper(agency, kind=kind, number=number, dated_on=dated_on, intake=intake, actor=actor)
    if verdict is not None:
        check(filed.evidence, verdict=verdict)
    db.session.flush()
    return filed
