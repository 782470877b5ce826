"""Writes what was read from a report or plan, and issues it.

Nothing is written before a person confirms; the same document confirmed twice changes nothing.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from workflows.core import audit, jobs
from workflows.core.actors import INSPECTORATE, Actor, Role
from workflows.core.clock import now
from workflows.core.db import db, lock_rows
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.core.sentences import Template, phrase
from workflows.core.transitions import State
from workflows.organization.models import Agency, Unit
from workflows.organization.operations import ensure_position
from workflows.organization.queries import units_of
from workflows.plans.action_plans import begin
from workflows.plans.models import (
    Action,
    ImportState,
    PlanImport,
    Requirement,
    RequirementKind,
    requirement_recommendation,
)
from workflows.plans.rules import close_outcome, lock, settle
from workflows.plans.terms import due, opens
from workflows.recommendations.models import Component, EvaluationReport, Recommendation, ReportState

READ_JOB = "plan.read"
_REPORT_EXISTS = Template("%(agency)s sudah mempunyai LHE tahun %(year)s dengan isi yang berbeda.")
_OTHER_YEAR = Template("Berkas ini untuk tahun %(found)s, bukan %(year)s. Periksa tahunnya.")
ROMAN = ("I", "II", "III", "IV")


@dataclass(frozen=True)
class Written:
    """What confirming a document came to."""

    report: EvaluationReport
    created: bool
    """False when the very same document was written before: nothing changed."""


def write_plan(document: Mapping[str, Any], *, agency: Agency, year: int, actor: Actor) -> Written:
    """Write a read document as a draft report with recommendations, actions and requirements.

    :param document: the dry-run document of ``tuntas import``.
    :raises ConflictError: that agency has another report for that year.
    :raises InvalidInputError: the document holds no recommendation, or another year.
    """
    digest = hashlib.sha256(audit.canonical(_content(document)).encode()).hexdigest()
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(agency.id.int & (1 << 62) - 1)))
    present = db.session.scalars(
        sa.select(EvaluationReport).where(EvaluationReport.agency_id == agency.id, EvaluationReport.year == year)
    ).one_or_none()
    if present is not None and present.content_digest == digest:
        return Written(present, created=False)
    if present is not None:
        raise ConflictError(Reason("report_exists", _REPORT_EXISTS(agency=agency.name, year=year)))
    _refuse_unfit(document, year)
    report = EvaluationReport(
        id=new_id(),
        region_id=agency.region_id,
        agency_id=agency.id,
        number=document["report_number"],
        report_date=_date(document["report_date"]),
        year=year,
        content_digest=digest,
        created_at=now(),
    )
    db.session.add(report)
    db.session.flush()
    recommendations = [_recommendation(report, entry, index) for index, entry in enumerate(document["recommendations"])]
    db.session.add_all(recommendations)
    db.session.flush()
    _actions(report, recommendations, document["recommendations"])
    made = _requirements(report, agency, recommendations, document["recommendations"])
    subject = audit.Subject("report", report.id, agency.region_id, agency.id)
    details = {"year": year, "recommendations": len(recommendations), "requirements": made, "digest": digest}
    audit.record("report.drafted", subject, actor=actor, details=details)
    return Written(report, created=True)


def _content(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes a document the same document: warnings do not."""
    return {key: value for key, value in document.items() if key != "warnings"}


def _refuse_unfit(document: Mapping[str, Any], year: int) -> None:
    if not document["recommendations"]:
        raise InvalidInputError(Reason("no_recommendation", "Tidak ada rekomendasi di dalam berkas."))
    if document["year"] not in (None, year):
        raise InvalidInputError(Reason("other_year", _OTHER_YEAR(found=document["year"], year=year)))


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _recommendation(report: EvaluationReport, entry: Mapping[str, Any], ordinal: int) -> Recommendation:
    return Recommendation(
        id=new_id(),
        region_id=report.region_id,
        agency_id=report.agency_id,
        report_id=report.id,
        number=entry["number"],
        component=Component(entry["component"]),
        ordinal=ordinal,
        criterion=entry["criterion"],
        finding=entry["finding"],
        text=entry["text"],
        state_since=now(),
    )


def _actions(report: EvaluationReport, rows: Sequence[Recommendation], entries: Sequence[Mapping[str, Any]]) -> None:
    for row, entry in zip(rows, entries, strict=True):
        action = entry["action"]
        if action and action["text"]:
            db.session.add(
                Action(
                    region_id=report.region_id,
                    agency_id=report.agency_id,
                    recommendation_id=row.id,
                    text=action["text"],
                    owner=action["owner"],
                    due_on=_date(action["due_on"]),
                )
            )


def _requirements(
    report: EvaluationReport,
    agency: Agency,
    rows: Sequence[Recommendation],
    entries: Sequence[Mapping[str, Any]],
) -> int:
    """Write the promises; recommendations that share them are served by the same rows."""
    units = list(units_of(agency.id))
    if not units:
        units = [_sole_unit(agency)]
    shared: dict[str, list[Requirement]] = {}
    made = 0
    for row, entry in zip(rows, entries, strict=True):
        group = min([entry["number"], *entry["shares_with"]])
        for asked in entry["requirements"]:
            mark = f"{group} {audit.canonical(asked)}" if entry["shares_with"] else f"{row.number} {made}"
            if mark not in shared:
                shared[mark] = list(_promises(report, agency, units, asked))
                db.session.add_all(shared[mark])
                db.session.flush()
                made += len(shared[mark])
            _serve(shared[mark], row)
    return made


def _serve(requirements: Iterable[Requirement], recommendation: Recommendation) -> None:
    db.session.execute(
        sa.insert(requirement_recommendation),
        [
            {
                "requirement_id": requirement.id,
                "recommendation_id": recommendation.id,
                "region_id": recommendation.region_id,
                "agency_id": recommendation.agency_id,
            }
            for requirement in requirements
        ],
    )


def _promises(
    report: EvaluationReport, agency: Agency, units: Sequence[Unit], asked: Mapping[str, Any]
) -> Iterable[Requirement]:
    kind = RequirementKind(asked["kind"])
    secretariat = next((unit for unit in units if unit.is_secretariat), units[0])
    for quarter in asked["quarters"] or [None]:
        for unit in units if asked["per_unit"] else [secretariat]:
            signing, acknowledging = (
                _post(role, agency, unit) for role in (asked["signed_by"], asked["acknowledged_by"])
            )
            outcome = kind == RequirementKind.OUTCOME
            yield Requirement(
                id=new_id(),
                region_id=agency.region_id,
                agency_id=agency.id,
                report_id=report.id,
                unit_id=unit.id,
                kind=kind,
                title=_title(kind, report.year, quarter, unit, asked["expects"] or []),
                year=report.year,
                quarter=quarter,
                signing_position_id=None if outcome else signing or _post("unit_head", agency, unit),
                acknowledging_position_id=None if outcome else acknowledging or _post("agency_head", agency, unit),
                due_on=_date(asked["due_on"]) or due(kind, report.year, quarter),
                opens_on=opens(kind, report.year, quarter),
                expects=list(asked["expects"] or []),
                state_since=now(),
            )


def _post(role: str | None, agency: Agency, unit: Unit) -> uuid.UUID | None:
    """Return the post that signs or acknowledges: of the unit, or of the whole agency."""
    if role is None:
        return None
    where = unit if role == Role.UNIT_HEAD else None
    return ensure_position(Role(role), region_id=agency.region_id, agency=agency, unit=where).id


_SHOWS = {
    "annual_target": "target tahunan",
    "previous_years": "perbandingan tahun sebelumnya",
    "medium_term_target": "target jangka menengah",
    "national_comparison": "perbandingan nasional",
    "obstacles": "hambatan dan kendala",
    "efficiency": "efisiensi sumber daya",
}


def _title(kind: RequirementKind, year: int, quarter: int | None, unit: Unit, expects: Sequence[str]) -> str:
    if kind == RequirementKind.QUARTERLY_MONITORING and quarter:
        return f"Monev Triwulan {ROMAN[quarter - 1]} {year} - {unit.name}"
    if kind == RequirementKind.PERFORMANCE_REPORT:
        shown = ", ".join(_SHOWS[code] for code in expects if code in _SHOWS)
        return f"Laporan Kinerja {year}: {shown}" if shown else f"Laporan Kinerja {year}"
    if kind == RequirementKind.OUTCOME:
        return "Kenaikan nilai evaluasi AKIP"
    return f"Dokumen {year} - {unit.name}"


def _sole_unit(agency: Agency) -> Unit:
    """An agency without units works through one secretariat."""
    unit = Unit(
        id=new_id(), region_id=agency.region_id, agency_id=agency.id, code="SEKRETARIAT", name="Sekretariat",
        is_secretariat=True,
    )  # fmt: skip
    db.session.add(unit)
    db.session.flush()
    return unit


def issue(
    report: EvaluationReport,
    *,
    actor: Actor,
    number: str | None = None,
    report_date: dt.date | None = None,
    score: Decimal | None = None,
) -> None:
    """Issue a draft: from now on the agency sees it and its text no longer changes.

    :param score: the evaluation's total, 0 to 100. Where it rises above the report before, that report's outcomes are
        settled.
    :raises PermissionDeniedError: not an inspector. :raises ConflictError: issued before.
    """
    if not actor.holds(Role.INSPECTOR, agency_id=report.agency_id):
        raise PermissionDeniedError
    (report,) = lock_rows(EvaluationReport, [report.id])
    if report.state == ReportState.ISSUED:
        raise ConflictError(Reason("already_issued", "LHE ini sudah diterbitkan."))
    report.state, report.issued_at, report.issued_by = ReportState.ISSUED, now(), actor.person_id
    report.number = number or report.number
    report.report_date = report_date or report.report_date
    report.score = score if score is not None else report.score
    subject = audit.Subject("report", report.id, report.region_id, report.agency_id)
    db.session.flush()
    details = {
        "number": report.number, "year": report.year, "score": None if score is None else str(score),
        **_asked(report),
    }  # fmt: skip
    audit.record("report.issued", subject, actor=actor, details=details)
    begin(report)
    _settle_outcomes(report)


def _asked(report: EvaluationReport) -> dict[str, Any]:
    """What is asked from now on, for whoever holds a bundle's records against the log."""
    asked = (
        sa.select(Recommendation)
        .where(Recommendation.report_id == report.id)
        .order_by(Recommendation.ordinal, Recommendation.id)
    )
    requirements = (
        sa.select(Requirement)
        .where(Requirement.report_id == report.id)
        .order_by(Requirement.id)
        .options(selectinload(Requirement.recommendations))
        .execution_options(populate_existing=True)  # a draft that was just written has none of them at hand
    )
    return {
        "recommendations": [
            {"id": row.id, "number": row.number, "text_sha256": hashlib.sha256(row.text.encode()).hexdigest()}
            for row in db.session.scalars(asked)
        ],
        "requirements": [
            {
                "id": row.id,
                "kind": row.kind,
                "quarter": row.quarter,
                "unit": {"code": row.unit.code, "name": row.unit.name},
                "recommendations": [served.number for served in row.recommendations],
            }
            for row in db.session.scalars(requirements).unique()
        ],
    }


def _settle_outcomes(report: EvaluationReport) -> None:
    """Close what no file can: the outcomes of the report before, when the score has risen since."""
    query = sa.select(EvaluationReport).where(
        EvaluationReport.agency_id == report.agency_id,
        EvaluationReport.year < report.year,
        EvaluationReport.state == ReportState.ISSUED,
    )
    before = db.session.scalars(query.order_by(EvaluationReport.year.desc()).limit(1)).first()
    if before is None or before.score is None or report.score is None or report.score <= before.score:
        return
    waiting = sa.select(Requirement).where(
        Requirement.report_id == before.id,
        Requirement.kind == RequirementKind.OUTCOME,
        Requirement.waived_at.is_(None),
        Requirement._state != State.VERIFIED,
    )
    for requirement in list(db.session.scalars(waiting.order_by(Requirement.id))):
        close_outcome(requirement, cause=f"LHE {report.year}: {report.score} (LHE {before.year}: {before.score})")


def waive(requirement: Requirement, *, reason: str, actor: Actor) -> None:
    """Take a requirement out of force; it keeps its history and leaves the minimum of its recommendations.

    :raises PermissionDeniedError: only the Inspektorat waives. :raises InvalidInputError: without a reason.
    """
    if not actor.holds(*INSPECTORATE, agency_id=requirement.agency_id):
        raise PermissionDeniedError
    if not reason.strip():
        raise InvalidInputError(Reason("reason_missing", "Tulis alasannya."))
    served = lock([requirement])
    if not requirement.in_force:
        raise ConflictError(Reason("waived", "Kewajiban ini sudah dihapuskan."))
    requirement.waived_at, requirement.waived_reason = now(), reason.strip()
    subject = audit.Subject("requirement", requirement.id, requirement.region_id, requirement.agency_id)
    audit.record("requirement.waived", subject, actor=actor, details={"reason": reason.strip()})
    settle(served, cause=actor)


def request_import(
    agency: Agency,
    *,
    year: int,
    filename: str,
    sha256: str,
    size: int,
    intake_key: str,
    import_id: uuid.UUID,
    actor: Actor,
) -> PlanImport:
    """Take a delivered plan and have it read in the sandbox.

    :raises PermissionDeniedError: only the Inspektorat delivers reports, and an agency's operator his own plan.
    """
    if not _may_import(agency, actor):
        raise PermissionDeniedError
    row = PlanImport(
        id=import_id,
        region_id=agency.region_id,
        agency_id=agency.id,
        year=year,
        filename=filename,
        sha256=sha256,
        size=size,
        intake_key=intake_key,
        requested_by=actor.person_id,
        requested_at=now(),
    )
    db.session.add(row)
    db.session.flush()
    subject = audit.Subject("import", row.id, agency.region_id, agency.id)
    audit.record("import.requested", subject, actor=actor, details={"sha256": sha256, "year": year})
    jobs.enqueue_for(READ_JOB, row)
    return row


def _may_import(agency: Agency, actor: Actor) -> bool:
    return actor.holds(*INSPECTORATE, agency_id=agency.id) or actor.holds(Role.AGENCY_OPERATOR, agency_id=agency.id)


def record_reading(import_id: uuid.UUID, *, document: Mapping[str, Any] | None, error: Reason | None = None) -> None:
    """Keep what the sandbox read, or why it could not."""
    row = db.session.get_one(PlanImport, import_id)
    if row.state not in (ImportState.WAITING, ImportState.FAILED):
        return
    row.state = ImportState.FAILED if error else ImportState.READ
    row.document = dict(document) if document else None
    row.error_code, row.error_message = (error.code, error.message) if error else (None, None)


def confirm_import(row: PlanImport, *, actor: Actor) -> Written:
    """Write what was read. Only the Inspektorat confirms; confirming twice changes nothing.

    :raises PermissionDeniedError: not of the Inspektorat. :raises ConflictError: not read (yet).
    """
    if not actor.holds(*INSPECTORATE, agency_id=row.agency_id):
        raise PermissionDeniedError
    (row,) = lock_rows(PlanImport, [row.id])
    if row.state not in (ImportState.READ, ImportState.CONFIRMED) or row.document is None:
        raise ConflictError(Reason("not_read", row.error_message or phrase("Berkas ini belum selesai dibaca.")))
    agency = db.session.get_one(Agency, row.agency_id)
    written = write_plan(row.document, agency=agency, year=row.year, actor=actor)
    row.state, row.report_id = ImportState.CONFIRMED, written.report.id
    return written
