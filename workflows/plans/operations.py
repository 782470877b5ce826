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
from sqlalchemy.orm import joinedload, selectinload

from workflows.core import audit, jobs
from workflows.core.actors import INSPECTORATE, Actor, Role
from workflows.core.clock import now
from workflows.core.db import db, lock_rows
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.core.sentences import Template, phrase
from workflows.documents.plan import Paper
from workflows.organization.models import Agency, Succession, Unit
from workflows.organization.operations import ensure_position
from workflows.organization.queries import units_of
from workflows.organization.successions import standing_units
from workflows.plans import answers
from workflows.plans.action_plans import begin
from workflows.plans.corrections import corrections
from workflows.plans.links import link_pending, serving
from workflows.plans.models import (
    Action,
    Grid,
    ImportState,
    PlanImport,
    Requirement,
    RequirementKind,
    Who,
    requirement_recommendation,
)
from workflows.plans.outcomes import settle_outcomes
from workflows.plans.recognition import recognised_agency
from workflows.plans.rules import lock, settle
from workflows.plans.successions import follow_succession
from workflows.plans.terms import due, opens
from workflows.recommendations.grades import checked
from workflows.recommendations.models import Component, EvaluationReport, Recommendation, ReportSource, ReportState
from workflows.recommendations.versions import Wording

READ_JOB = "plan.read"
_REPORT_EXISTS = Template("%(agency)s sudah mempunyai LHE tahun %(year)s dengan isi yang berbeda.")
_OTHER_YEAR = Template("Berkas ini untuk tahun %(found)s, bukan %(year)s. Periksa tahunnya.")
_NOT_IN_REPORT = Template(
    "Rekomendasi %(numbers)s dari rencana aksi tidak ada di LHE ini. Cocokkan di halaman LHE, lalu konfirmasi di sana."
)
_ISSUED_BEFORE = Template(
    "Rekomendasi %(agency)s tahun %(year)s sudah terbit dari rencana aksinya; cocokkan dan konfirmasi di halaman LHE."
)
_TOO_EARLY = Template("Tenggat rencana aksi %(numbers)s mendahului tanggal LHE. Periksa tanggalnya.")
_NO_COMPONENT = Template("Pilih komponen rekomendasi %(numbers)s sebelum menyimpan.")
_NUMBER_KNOWN = Template("LHE nomor %(number)s sudah tercatat untuk %(agency)s tahun %(year)s. Periksa nomornya.")
ROMAN = ("I", "II", "III", "IV")


@dataclass(frozen=True)
class Written:
    """What confirming a document came to."""

    report: EvaluationReport
    created: bool
    """False when the very same document was written before: nothing changed."""
    actions: int | None = None
    """How many actions a Rencana Aksi added to the recommendations of a report that was there; None where it is new."""


def write_plan(
    document: Mapping[str, Any], *, agency: Agency, year: int, actor: Actor, paper: Paper = Paper.PLAN
) -> Written:
    """Write a read document as a draft report with recommendations, actions and requirements.

    Once the report itself is in, a plan only adds actions to its recommendations; what the plan makes of their text is
    not kept. Without it they are *belum dikonfirmasi* until somebody holds them against the report.

    :param document: the dry-run document of ``tuntas import``. :param paper: what it was read from.
    :raises ConflictError: that agency has another report for that year, or the same number stands on another paper.
    :raises InvalidInputError: the document holds no recommendation, or another year.
    """
    digest = hashlib.sha256(audit.canonical(_content(document)).encode()).hexdigest()
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(agency.id.int & (1 << 62) - 1)))
    present = db.session.scalars(
        sa.select(EvaluationReport).where(EvaluationReport.agency_id == agency.id, EvaluationReport.year == year)
    ).one_or_none()
    if present is not None and present.content_digest == digest:
        return Written(present, created=False)
    _refuse_unfit(document, year)
    if present is not None and paper == Paper.PLAN and present.confirmed:
        return Written(present, created=True, actions=answers.add_actions(document, present, actor=actor))
    if paper == Paper.REPORT:
        _refuse_known_number(document["report_number"], agency)
    if present is not None and paper == Paper.REPORT and not present.confirmed:
        return _take_over(document, present, agency, digest=digest, actor=actor)
    if present is not None:
        raise ConflictError(Reason("report_exists", _REPORT_EXISTS(agency=agency.name, year=year)))
    report = EvaluationReport(
        id=new_id(),
        region_id=agency.region_id,
        agency_id=agency.id,
        number=document["report_number"],
        report_date=_date(document["report_date"]),
        year=year,
        results={entry["component"]: entry["text"] for entry in document.get("evaluations", [])},
        content_digest=digest,
        created_at=now(),
        confirmed_at=now() if paper == Paper.REPORT else None,
        confirmed_by=actor.person_id if paper == Paper.REPORT else None,
    )
    db.session.add(report)
    db.session.flush()
    recommendations = [_recommendation(report, entry, index) for index, entry in enumerate(document["recommendations"])]
    db.session.add_all(recommendations)
    db.session.flush()
    _actions(report, recommendations, document["recommendations"])
    made = _requirements(report, agency, recommendations, document["recommendations"])
    subject = audit.Subject("report", report.id, agency.region_id, agency.id)
    details = {
        "year": year, "recommendations": len(recommendations), "requirements": made, "digest": digest,
        "confirmed": report.confirmed,
    }  # fmt: skip
    audit.record("report.drafted", subject, actor=actor, details=details)
    return Written(report, created=True)


def _content(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what makes a document the same document: warnings do not, nor where a recommendation was read."""
    entries = [{k: v for k, v in entry.items() if k != "read_as"} for entry in document["recommendations"]]
    return {key: value for key, value in document.items() if key != "warnings"} | {"recommendations": entries}


def _take_over(
    document: Mapping[str, Any], report: EvaluationReport, agency: Agency, *, digest: str, actor: Actor
) -> Written:
    """Let the report itself replace what a plan told of it: its words stand from now on, and what it asks besides.

    Actions and requirements stay. Only a draft changes; after issue texts change by a correction alone.
    """
    (report,) = lock_rows(EvaluationReport, [report.id])
    found = answers.answers_of(document, report)
    known = list(db.session.scalars(sa.select(Recommendation).where(Recommendation.report_id == report.id)))
    met = {answer.recommendation.id for answer in found if answer.recommendation}
    strange = sorted(row.number for row in known if row.id not in met)
    if report.state == ReportState.ISSUED:
        raise ConflictError(Reason("issued_unconfirmed", _ISSUED_BEFORE(agency=agency.name, year=report.year)))
    if strange:
        raise ConflictError(Reason("not_in_report", _NOT_IN_REPORT(numbers=", ".join(strange))))
    new: list[Mapping[str, Any]] = []
    for answer in found:
        row, entry = answer.recommendation, answer.entry
        if row is None:
            new.append(entry)
        else:
            row.text, row.finding, row.criterion = entry["text"], entry["finding"] or row.finding, entry["criterion"]
    taken = {row.number for row in known}
    free = (f"{letter}-{count}" for count in range(1, len(known) + len(found) + 1) for letter in "ABCD")
    numbers: dict[str, list[str]] = {}
    for number in free:
        if number not in taken:
            numbers.setdefault(number[0], []).append(number)
    entries = [{**entry, "number": numbers[entry["component"]].pop(0), "shares_with": []} for entry in new]
    rows = [_recommendation(report, entry, len(known) + index) for index, entry in enumerate(entries)]
    db.session.add_all(rows)
    db.session.flush()
    made = _requirements(report, agency, rows, entries)
    report.number, report.report_date = document["report_number"], _date(document["report_date"])
    report.content_digest, report.confirmed_at, report.confirmed_by = digest, now(), actor.person_id
    subject = audit.Subject("report", report.id, report.region_id, report.agency_id)
    details = {"year": report.year, "recommendations": len(known) + len(rows), "requirements": made, "digest": digest}
    audit.record("report.confirmed", subject, actor=actor, details=details)
    return Written(report, created=True)


def _refuse_known_number(number: str | None, agency: Agency) -> None:
    """:raises ConflictError: a report of that number is there already, of whatever agency and year."""
    if number is None:
        return
    query = (
        sa.select(EvaluationReport)
        .where(
            EvaluationReport.region_id == agency.region_id,
            sa.func.lower(sa.func.trim(EvaluationReport.number)) == number.strip().lower(),
        )
        .options(joinedload(EvaluationReport.agency))
        .limit(1)
    )
    known = db.session.scalars(query).first()
    if known is not None:
        message = _NUMBER_KNOWN(number=number, agency=known.agency.name, year=known.year)
        raise ConflictError(Reason("report_number_known", message))


def _refuse_unfit(document: Mapping[str, Any], year: int) -> None:
    if not document["recommendations"]:
        raise InvalidInputError(Reason("no_recommendation", "Tidak ada rekomendasi di dalam berkas."))
    unknown = [entry["number"] for entry in document["recommendations"] if entry["component"] is None]
    if unknown:
        raise InvalidInputError(Reason("component_missing", _NO_COMPONENT(numbers=", ".join(unknown))))
    early = [
        entry["number"]
        for entry in document["recommendations"]
        if (due_on := (entry["action"] or {}).get("due_on")) and due_on < (document["report_date"] or "")
    ]
    if early:
        raise InvalidInputError(Reason("due_before_report", _TOO_EARLY(numbers=", ".join(early))))
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


AGENCY_MERGED = Reason(
    "agency_merged", "Semua unit perangkat daerah ini sudah dialihkan; tujukan LHE baru kepada penerusnya."
)


def _requirements(
    report: EvaluationReport,
    agency: Agency,
    rows: Sequence[Recommendation],
    entries: Sequence[Mapping[str, Any]],
) -> int:
    """Write the promises; recommendations that share them are served by the same rows."""
    units = _units(agency)
    shared: dict[str, list[Requirement]] = {}
    served: list[tuple[str, Recommendation]] = []
    posts: Posts = {}
    made = 0
    for row, entry in zip(rows, entries, strict=True):
        group = min([entry["number"], *entry["shares_with"]])
        for asked in entry["requirements"]:
            mark = f"{group} {audit.canonical(asked)}" if entry["shares_with"] else f"{row.number} {made}"
            if mark not in shared:
                shared[mark] = list(_promises(report, agency, units, asked, posts))
                if asked["per_unit"]:
                    _remember(report, asked, shared[mark])
                db.session.add_all(shared[mark])
                made += len(shared[mark])
            served.append((mark, row))
    # All at once: a report may well ask for a thousand documents.
    db.session.flush()
    pairs = [
        {
            "requirement_id": requirement.id,
            "recommendation_id": row.id,
            "region_id": row.region_id,
            "agency_id": row.agency_id,
        }
        for mark, row in served
        for requirement in shared[mark]
    ]
    if pairs:
        db.session.execute(sa.insert(requirement_recommendation), pairs)
    return made


def _units(agency: Agency) -> Sequence[Unit]:
    """Return whom an agency asks. :raises InvalidInputError: all of its units went over to others."""
    units = standing_units(agency.id)
    if not units and units_of(agency.id):
        raise InvalidInputError(AGENCY_MERGED)
    return units or [sole_unit(agency)]


def _remember(report: EvaluationReport, asked: Mapping[str, Any], rows: Sequence[Requirement]) -> None:
    """Keep that these cells were asked of every unit, so that the chart can be held against them later."""
    roles = {str(who): who for who in Who}
    grid = Grid(
        id=new_id(), region_id=report.region_id, agency_id=report.agency_id, report_id=report.id,
        kind=RequirementKind(asked["kind"]), title=None, year=report.year,
        quarters=sorted({row.quarter for row in rows if row.quarter}), expects=list(asked["expects"] or []),
        signed_by=roles.get(asked["signed_by"], Who.UNIT_HEAD), due_days=None, due_on=_date(asked["due_on"]),
        acknowledged_by=roles.get(asked["acknowledged_by"], Who.AGENCY_HEAD), left_out=[], pending_links=[],
    )  # fmt: skip
    db.session.add(grid)
    for row in rows:
        row.grid_id = grid.id


def serve(requirements: Iterable[Requirement], recommendation: Recommendation) -> None:
    """Write that requirements serve a recommendation."""
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


Posts = dict[tuple[str, uuid.UUID | None], uuid.UUID]
"""Positions that were found for one report: they are the same for all of its promises."""


def write_requirements(
    report: EvaluationReport, agency: Agency, row: Recommendation, asked: Iterable[Mapping[str, Any]]
) -> list[Requirement]:
    """Write what is asked for one recommendation that comes to an issued report; return the requirements."""
    units, posts = _units(agency), Posts()
    made = [requirement for entry in asked for requirement in _promises(report, agency, units, entry, posts)]
    db.session.add_all(made)
    db.session.flush()
    if made:
        serve(made, row)
    return made


def told_requirement(row: Requirement, numbers: Sequence[str]) -> dict[str, Any]:
    """Return what the log tells of a requirement that is asked for: what it is never changes."""
    return {
        "id": row.id, "kind": row.kind, "quarter": row.quarter,
        "unit": {"code": row.unit.code, "name": row.unit.name}, "recommendations": list(numbers),
    }  # fmt: skip


def _promises(
    report: EvaluationReport, agency: Agency, units: Sequence[Unit], asked: Mapping[str, Any], posts: Posts
) -> Iterable[Requirement]:
    kind = RequirementKind(asked["kind"])
    secretariat = next((unit for unit in units if unit.is_secretariat), units[0])
    for quarter in asked["quarters"] or [None]:
        for unit in units if asked["per_unit"] else [secretariat]:
            signing, acknowledging = (
                _post(role, agency, unit, posts) for role in (asked["signed_by"], asked["acknowledged_by"])
            )
            outcome = kind == RequirementKind.OUTCOME
            if not outcome:
                signing = signing or _post("unit_head", agency, unit, posts)
                acknowledging = acknowledging or _post("agency_head", agency, unit, posts)
            yield Requirement(
                id=new_id(),
                region_id=agency.region_id,
                agency_id=agency.id,
                report_id=report.id,
                unit_id=unit.id,
                kind=kind,
                title=title_of(kind, report.year, quarter, unit, asked["expects"] or []),
                year=report.year,
                quarter=quarter,
                signing_position_id=None if outcome else signing,
                acknowledging_position_id=None if outcome else acknowledging,
                due_on=_date(asked["due_on"]) or due(kind, report.year, quarter),
                opens_on=opens(kind, report.year, quarter),
                expects=list(asked["expects"] or []),
                state_since=now(),
            )


def _post(role: str | None, agency: Agency, unit: Unit, posts: Posts) -> uuid.UUID | None:
    """Return the post that signs or acknowledges: of the unit, or of the whole agency."""
    if role is None:
        return None
    where = unit if role == Role.UNIT_HEAD else None
    key = (role, where.id if where else None)
    if key not in posts:
        posts[key] = ensure_position(Role(role), region_id=agency.region_id, agency=agency, unit=where).id
    return posts[key]


_SHOWS = {
    "annual_target": "target tahunan",
    "previous_years": "perbandingan tahun sebelumnya",
    "medium_term_target": "target jangka menengah",
    "national_comparison": "perbandingan nasional",
    "obstacles": "hambatan dan kendala",
    "efficiency": "efisiensi sumber daya",
}


def title_of(kind: RequirementKind, year: int, quarter: int | None, unit: Unit, expects: Sequence[str]) -> str:
    """Return what people call a requirement."""
    if kind == RequirementKind.QUARTERLY_MONITORING and quarter:
        return f"Monev Triwulan {ROMAN[quarter - 1]} {year} - {unit.name}"
    if kind == RequirementKind.PERFORMANCE_REPORT:
        shown = ", ".join(_SHOWS[code] for code in expects if code in _SHOWS)
        return f"Laporan Kinerja {year}: {shown}" if shown else f"Laporan Kinerja {year}"
    if kind == RequirementKind.OUTCOME:
        return "Kenaikan nilai evaluasi AKIP"
    return f"Dokumen {year} - {unit.name}"


def sole_unit(agency: Agency) -> Unit:
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
    figures: Mapping[Component, Decimal] | None = None,
    source: ReportSource | None = None,
) -> None:
    """Issue a draft: from now on the agency sees it and its text no longer changes.

    :param score: the evaluation's total, 0 to 100. Where it rises above the report before, that report's outcomes are
        settled; where it did not rise they are found unmet.
    :param figures: the points of each component, as on the paper; all four give the total where it is not told.
    :param source: whose evaluation it is, which decides on the terms of the follow-up; the Inspektorat's if not said.
    :raises PermissionDeniedError: not an inspector. :raises ConflictError: issued before.
    :raises InvalidInputError: a figure that cannot be.
    """
    if not actor.holds(Role.INSPECTOR, agency_id=report.agency_id):
        raise PermissionDeniedError
    (report,) = lock_rows(EvaluationReport, [report.id])
    if report.state == ReportState.ISSUED:
        raise ConflictError(Reason("already_issued", "LHE ini sudah diterbitkan."))
    figures = {Component(key): figure for key, figure in (figures or {}).items()}
    score = checked(score, figures)
    report.state, report.issued_at, report.issued_by = ReportState.ISSUED, now(), actor.person_id
    report.number = number or report.number
    report.report_date = report_date or report.report_date
    report.score = score if score is not None else report.score
    report.figures = {**report.figures, **{key.value: str(figure) for key, figure in figures.items()}}
    report.source = source or report.source
    subject = audit.Subject("report", report.id, report.region_id, report.agency_id)
    db.session.flush()
    link_pending(report, actor=actor)
    details = {
        "number": report.number, "year": report.year, "score": None if score is None else str(score),
        "confirmed": report.confirmed,
        **({"figures": report.figures} if report.figures else {}),
        **_asked(report),
    }  # fmt: skip
    audit.record("report.issued", subject, actor=actor, details=details)
    begin(report)
    drafted = sa.select(Requirement).where(Requirement.report_id == report.id).order_by(Requirement.id)
    merged = sa.exists().where(Succession.unit_id == Requirement.unit_id, Succession.confirmed_at.is_not(None))
    follow_succession(list(db.session.scalars(drafted.where(merged)).unique()), actor=actor)
    settle_outcomes(report)


def _asked(report: EvaluationReport) -> dict[str, Any]:
    """What is asked from now on, for whoever holds a bundle's records against the log."""
    asked = (
        sa.select(Recommendation)
        .where(Recommendation.report_id == report.id)
        .order_by(Recommendation.ordinal, Recommendation.id)
    )
    requirements = (
        sa.select(Requirement)
        .where(sa.or_(Requirement.report_id == report.id, serving(report.id)))
        .order_by(Requirement.id)
        .options(selectinload(Requirement.recommendations))
        .execution_options(populate_existing=True)  # a draft that was just written has none of them at hand
    )
    return {
        "recommendations": [
            {"id": row.id, "number": row.number, **Wording.of(row).told} for row in db.session.scalars(asked)
        ],
        "requirements": [
            told_requirement(row, [one.number for one in row.recommendations if one.report_id == report.id])
            for row in db.session.scalars(requirements).unique()
        ],
    }


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
    agency: Agency | None,
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

    :param agency: whose paper it is; ``None`` where the paper itself has to tell.
    :raises PermissionDeniedError: only the Inspektorat delivers reports, and an agency's operator his own plan.
    """
    region_id = agency.region_id if agency else actor.scope.region_id
    if region_id is None or not _may_import(agency, actor):
        raise PermissionDeniedError
    row = PlanImport(
        id=import_id,
        region_id=region_id,
        agency_id=agency.id if agency else None,
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
    subject = audit.Subject("import", row.id, region_id, row.agency_id)
    audit.record("import.requested", subject, actor=actor, details={"sha256": sha256, "year": year})
    jobs.enqueue_for(READ_JOB, row)
    return row


def _may_import(agency: Agency | None, actor: Actor) -> bool:
    if agency is None:
        return actor.scope.agency_ids is None and actor.holds(*INSPECTORATE)
    return actor.holds(*INSPECTORATE, agency_id=agency.id) or actor.holds(Role.AGENCY_OPERATOR, agency_id=agency.id)


def record_reading(
    import_id: uuid.UUID,
    *,
    document: Mapping[str, Any] | None,
    beside: Mapping[str, Any] | None = None,
    error: Reason | None = None,
) -> None:
    """Keep what the sandbox read and what stands beside it in the paper, or why it could not."""
    row = db.session.get_one(PlanImport, import_id)
    if row.state not in (ImportState.WAITING, ImportState.FAILED):
        return
    row.state = ImportState.FAILED if error else ImportState.READ
    row.document = dict(document) if document else None
    row.beside = dict(beside) if beside else None
    row.error_code, row.error_message = (error.code, error.message) if error else (None, None)
    if row.agency_id is None and document:
        agency = recognised_agency(document.get("agency_name"), region_id=row.region_id)
        row.agency_id = agency.id if agency else None
        row.year = document.get("year") or row.year


def paper_of(row: PlanImport) -> Paper:
    """Return what a delivered file was read as."""
    return Paper((row.beside or {}).get("paper", Paper.PLAN))


def confirm_import(row: PlanImport, *, actor: Actor) -> Written:
    """Write what was read, as people corrected it. Only the Inspektorat confirms; confirming twice changes nothing.

    The event names every correction: what was read, and what was confirmed instead.

    :raises PermissionDeniedError: not of the Inspektorat. :raises ConflictError: not read (yet).
    :raises InvalidInputError: a recommendation has no component yet, or the document is of another year.
    """
    if not actor.holds(*INSPECTORATE, agency_id=row.agency_id):
        raise PermissionDeniedError
    (row,) = lock_rows(PlanImport, [row.id])
    if row.state not in (ImportState.READ, ImportState.CONFIRMED) or row.document is None:
        raise ConflictError(Reason("not_read", row.error_message or phrase("Berkas ini belum selesai dibaca.")))
    if row.agency_id is None:
        raise InvalidInputError(
            Reason("agency_missing", phrase("Pilih perangkat daerahnya; kertasnya tidak menyebutnya."))
        )
    agency = db.session.get_one(Agency, row.agency_id)
    document = row.corrected or row.document
    written = write_plan(document, agency=agency, year=row.year, actor=actor, paper=paper_of(row))
    if row.state != ImportState.CONFIRMED:
        subject = audit.Subject("import", row.id, agency.region_id, agency.id)
        corrected = corrections(row.document, document)
        details = {"year": row.year, "report": str(written.report.id), "corrections": corrected}
        audit.record("import.confirmed", subject, actor=actor, details=details)
    row.state, row.report_id = ImportState.CONFIRMED, written.report.id
    return written
