"""Reports and plans: delivered as files, read in the sandbox, shown, confirmed, and issued by an inspector."""

import datetime as dt
import re
import uuid
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from storage import keys
from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.errors import RefusedError
from webapp.evidence.intake import require_form_token, shown_name, stored
from webapp.extensions import csrf
from webapp.multipart import Form
from webapp.pages.place import chosen_place
from webapp.pages.reading import expectation_words
from webapp.pages.refusals import Errors, error_pairs, note
from workflows.core.actors import INSPECTORATE, Role
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, NotFoundError, Reason, WorkflowError
from workflows.core.ids import new_id
from workflows.organization.queries import agencies_in_sight
from workflows.plans.deadlines import RECEIVERS, extend, is_open, receive_report
from workflows.plans.models import ImportState, PlanImport
from workflows.plans.objections import stopped_among
from workflows.plans.operations import confirm_import, issue, request_import
from workflows.plans.queries import get_import, list_imports, recommendations_of, standings
from workflows.recommendations.models import EvaluationReport, ReportSource, ReportState
from workflows.recommendations.queries import get_report, list_reports

blueprint = Blueprint("reports", __name__)
ROLES = (Role.EVALUATOR, Role.INSPECTOR, Role.AGENCY_OPERATOR)
READERS = (*ROLES, Role.AGENCY_HEAD)
"""Of one report: its agency's head, too, records when it came."""
FIELDS = frozenset({"csrf_token", "agency", "year"})
_UNCHANGED = 204


@blueprint.get("/lhe")
@access(*ROLES)
def listing() -> ResponseReturnValue:
    """List the reports in sight and the newest deliveries."""
    return _list_page()


def _list_page(errors: Errors | None = None, given: dict[str, str] | None = None) -> str:
    person = actor()
    return render_template(
        "plans/reports.html",
        place=chosen_place(),
        reports=list_reports(person),
        imports=list_imports(person),
        max_bytes=current_app.config["SETTINGS"].max_plan_bytes,
        errors=errors or [],
        given=given or {},
    )


@blueprint.post("/lhe")
@csrf.exempt
@access(*ROLES, writes=True)
def deliver() -> ResponseReturnValue:
    """Take a file in and have it read. The form's token is checked here, because the body is read as a stream."""
    form: Form | None = None
    try:
        form = Form(names=FIELDS, max_bytes=current_app.config["SETTINGS"].max_plan_bytes)
        import_id = _receive(form)
    except WorkflowError as error:
        status = note(error)
        return _list_page(error_pairs(error.reasons, form="lhe"), form.fields if form else None), status
    except RefusedError as error:
        db.session.rollback()
        return _list_page(error_pairs(error.reasons, form="lhe"), form.fields if form else None), error.status
    return redirect(url_for("reports.show_import", import_id=import_id), code=303)


def _receive(form: Form) -> uuid.UUID:
    part = form.open_file()
    require_form_token(form.fields.get("csrf_token"))
    import_id = new_id()
    with stored(part, object_id=import_id, content_type="application/octet-stream") as digest:
        asked = form.finish()
        code, year = asked.get("agency", ""), asked.get("year", "")
        agency = next((row for row in agencies_in_sight(actor()) if row.code == code), None)
        if agency is None:
            raise InvalidInputError(Reason("agency", "Pilih perangkat daerahnya."))
        if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
            raise InvalidInputError(Reason("year", "Isi tahun dengan empat angka, misalnya 2026."))
        request_import(
            agency,
            year=int(year),
            filename=shown_name(part.name),
            sha256=digest.sha256,
            size=digest.size,
            intake_key=keys.intake_key(import_id),
            import_id=import_id,
            actor=actor(),
        )
    return import_id


@blueprint.get("/lhe/impor/<uuid:import_id>")
@access(*ROLES)
def show_import(import_id: uuid.UUID) -> ResponseReturnValue:
    """Show what was read, once it was."""
    row = get_import(import_id, actor())
    if request.headers.get("HX-Request") == "true" and row.state == ImportState.WAITING:
        return Response(status=_UNCHANGED)
    return _import_page(row)


@blueprint.post("/lhe/impor/<uuid:import_id>")
@access(*sorted(INSPECTORATE), writes=True)
def confirm(import_id: uuid.UUID) -> ResponseReturnValue:
    """Write what was read as a draft."""
    row = get_import(import_id, actor())
    try:
        written = confirm_import(row, actor=actor())
    except WorkflowError as error:
        status = note(error)
        return _import_page(get_import(import_id, actor()), error_pairs(error.reasons, form="confirm")), status
    flash(
        _("Konsep LHE tersimpan. Inspektur dapat menerbitkannya.")
        if written.created
        else _("Isinya sama dengan yang sudah tersimpan; tidak ada yang berubah."),
        "success",
    )
    return redirect(url_for("reports.show", report_id=written.report.id), code=303)


def _import_page(row: PlanImport, errors: Errors | None = None) -> str:
    document: dict[str, Any] = row.document or {}
    named, day = document.get("agency_name"), document.get("report_date")
    return render_template(
        "plans/import.html",
        row=row,
        document=document,
        report_date=dt.date.fromisoformat(day) if day else None,
        warnings=document.get("warnings", []),
        differs=bool(named) and named.casefold() != row.agency.name.casefold(),
        confirms=bool(actor().roles & INSPECTORATE),
        expectations=expectation_words(),
        errors=errors or [],
    )


@blueprint.get("/lhe/<uuid:report_id>")
@access(*READERS)
def show(report_id: uuid.UUID) -> ResponseReturnValue:
    """Show one report and, while it is a draft, how it is issued."""
    return _report_page(report_id)


@blueprint.post("/lhe/<uuid:report_id>/terbitkan")
@access(Role.INSPECTOR, writes=True)
def publish(report_id: uuid.UUID) -> ResponseReturnValue:
    """Issue a draft: from now on the agency sees it."""
    report = get_report(report_id, actor())
    try:
        number = request.form.get("number", "").strip()
        if not number:
            raise InvalidInputError(Reason("number_missing", "Tulis nomor LHE seperti pada surat."))
        issue(
            report,
            actor=actor(),
            number=number[:200],
            report_date=_day(request.form.get("report_date", "")),
            score=_score(request.form.get("score", "")),
            source=_source(request.form.get("source", "")),
        )
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        return _report_page(report_id, error_pairs(error.reasons, form="issue")), status
    flash(_("LHE diterbitkan; perangkat daerah kini dapat melihatnya."), "success")
    return redirect(url_for("reports.show", report_id=report_id), code=303)


@blueprint.post("/lhe/<uuid:report_id>/terima")
@access(*RECEIVERS, writes=True)
def receive(report_id: uuid.UUID) -> ResponseReturnValue:
    """Record the day on which the agency received the report: its clock starts."""
    report = get_report(report_id, actor())
    try:
        day = _day(request.form.get("received_on", ""))
        if day is None:
            raise InvalidInputError(Reason("received_on", "Isi tanggal terima LHE."))
        receive_report(report, received_on=day, actor=actor())
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        return _report_page(report_id, error_pairs(error.reasons, form="receive")), status
    flash(_("Tanggal terima tercatat; batas waktu tindak lanjut mulai berjalan."), "success")
    return redirect(url_for("reports.show", report_id=report_id), code=303)


@blueprint.post("/lhe/<uuid:report_id>/perpanjang")
@access(Role.INSPECTOR, writes=True)
def extend_all(report_id: uuid.UUID) -> ResponseReturnValue:
    """Give everything of the report that is still open more time."""
    report = get_report(report_id, actor())
    try:
        day = _day(request.form.get("due_on", ""))
        rows = [row for row in recommendations_of(report) if is_open(row)]
        if day is None:
            raise InvalidInputError(Reason("due_on", "Isi tanggal batas yang baru."))
        if not rows:
            raise ConflictError(Reason("settled", "Tidak ada rekomendasi yang masih terbuka di LHE ini."))
        extend(rows, due_on=day, reason=request.form.get("reason", "")[:10_000], actor=actor())
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        return _report_page(report_id, error_pairs(error.reasons, form="extend")), status
    flash(_("Batas waktu diperpanjang."), "success")
    return redirect(url_for("reports.show", report_id=report_id), code=303)


def _report_page(report_id: uuid.UUID, errors: Errors | None = None) -> str:
    person = actor()
    report = get_report(report_id, person)
    rows = recommendations_of(report)
    return render_template(
        "plans/report.html",
        report=report,
        rows=rows,
        standings=standings([row.id for row in rows], today=formats.today()),
        issues=report.state == ReportState.DRAFT and Role.INSPECTOR in person.roles,
        lists=bool(person.roles & set(ROLES)),
        receives=receivable(report) and person.holds(*RECEIVERS, agency_id=report.agency_id),
        extends=report.received_on is not None and person.holds(Role.INSPECTOR, agency_id=report.agency_id),
        sources=[(one.value, text) for one, text in source_words().items()],
        stopped=stopped_among([row.id for row in rows]),
        today=formats.today(),
        errors=errors or [],
        given=request.form if errors else {},
    )


def _score(text: str) -> Decimal | None:
    """Read a score as it is written: decimal comma, two places at the most."""
    if not text.strip():
        return None
    if not re.fullmatch(r"(100([.,]0{1,2})?|\d{1,2}([.,]\d{1,2})?)", text.strip()):
        raise InvalidInputError(Reason("score", "Nilai LHE berupa angka 0 sampai 100, misalnya 78,05."))
    return Decimal(text.strip().replace(",", "."))


def _source(text: str) -> ReportSource | None:
    if text and text not in list(ReportSource):
        raise InvalidInputError(Reason("source", "Pilih siapa yang mengevaluasi."))
    return ReportSource(text) if text else None


def source_words() -> dict[ReportSource, str]:
    """Return whose evaluation a report can be, in words."""
    return {
        ReportSource.INTERNAL: _("Inspektorat daerah ini"),
        ReportSource.PROVINCE: _("Provinsi"),
        ReportSource.NATIONAL: _("Kementerian"),
    }


def receivable(report: EvaluationReport) -> bool:
    """Return whether the receipt of a report is still to be recorded."""
    return report.state == ReportState.ISSUED and report.received_on is None


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidInputError(Reason("date", "Tanggal tidak dikenal.")) from error
