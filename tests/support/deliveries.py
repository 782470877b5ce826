"""Deliveries for tests of the rules: what the intake and the worker would have written, without bytes."""

import datetime as dt
import hashlib
from typing import Any

from workflows.archive.operations import record_archived
from workflows.archive.terms import FIRST_TERM
from workflows.core.actors import Actor
from workflows.core.clock import now
from workflows.core.db import db
from workflows.evidence.models import Evidence
from workflows.evidence.operations import Intake, Placement, new_evidence_id, receive, record_report
from workflows.plans.models import Requirement


def report_of(verdict: str = "accept", *, warnings: int = 0) -> dict[str, Any]:
    """Return a check report with that verdict."""
    severity = "reject" if verdict == "reject" else "warn"
    count = warnings or int(verdict != "accept")
    findings = [{"code": f"test_{n}", "severity": severity, "message": "Uji.", "page": None} for n in range(count)]
    return {"verdict": verdict, "findings": findings}


def deliver(
    requirement: Requirement,
    actor: Actor,
    *others: Requirement,
    text: str = "monev",
    placement: Placement | None = None,
) -> Evidence:
    """Receive a file with that content, for further requirements too where they are named."""
    evidence_id = new_evidence_id()
    intake = Intake(evidence_id, str(evidence_id), hashlib.sha256(text.encode()).hexdigest(), len(text), "monev.pdf")
    return receive([requirement, *others], actor=actor, intake=intake, placement=placement).evidence


def check(evidence: Evidence, *, verdict: str = "accept", warnings: int = 0) -> Evidence:
    """Record a report and, unless it refuses, the locked original."""
    record_report(evidence.id, report_of(verdict, warnings=warnings))
    if verdict != "reject":
        archive(evidence)
    db.session.flush()
    return evidence


def archive(evidence: Evidence) -> None:
    """Record the locked original."""
    until: dt.datetime = now() + FIRST_TERM
    record_archived(
        evidence, bucket="archive", key=f"uji/{evidence.sha256}.pdf", version_id="v1", sha256=evidence.sha256,
        size=evidence.size, retain_until=until,
    )  # fmt: skip
