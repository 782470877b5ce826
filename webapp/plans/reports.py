"""Reports and plans: delivered as files, read in the sandbox, shown, confirmed, and issued by an inspector."""

import datetime as dt
import io
import re
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from storage import keys
from storage.reading import Digest
from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.errors import RefusedError
from webapp.evidence.intake import require_form_token
from webapp.evidence.receiving import shown_name, stored
from webapp.extensions import csrf
from webapp.multipart import Form
from webapp.pages.place import chosen_place
from webapp.pages.reading import expectation_words
from webapp.pages.refusals import Errors, error_pairs, note
from webapp.plans.import_form import PER_PAGE, Corrected, read_back
from webapp.plans.typed import paper_of_form
from workflows.core.actors import INSPECTORATE, Role
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, NotFoundError, Reason, WorkflowError
from workflows.core.ids import new_id
from workflows.documents.plan import Paper
from workflows.organization.models import Agency
from workflows.organization.queries import agencies_in_sight
from workflows.plans.answers import answers_of, confirm_report, report_answered
from workflows.plans.corrections import in_hand, revise_import
from workflows.plans.deadlines import RECEIVERS, extend, is_open, receive_report
from workflows.plans.models import ImportState, PlanImport
from workflows.plans.objections import stopped_among
from workflows.plans.operations import confirm_import, issue, paper_of, request_import
from workflows.plans.queries import get_import, list_imports, recommendations_of, standings
from workflows.recommendations.grades import grade_of, remark, scale
from workflows.recommendations.models import Component, EvaluationReport, ReportSource, ReportState
from workflows.recommendations.queries import get_report, list_reports

blueprint = Blueprint("reports", __name__)
ROLES = (Role.EVALUATOR, Role.INSPECTOR, Role.AGENCY_OPERATOR)
READERS = (*ROLES, Role.AGENCY_HEAD)
"""Of one report: its agency's head, too, records when it came."""
FIELDS = frozenset({"csrf_token", "agency", "year"})
MOST_FILES = 40
"""Delivered at once: one for each agency of a kabupaten."""
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
        everywhere=bool(person.roles & INSPECTORATE),
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
        form = Form(names=FIELDS, max_bytes=current_app.config["SETTINGS"].max_plan_bytes, files=MOST_FILES)
        received = _receive(form)
    except WorkflowError as error:
        status = note(error)
        return _list_page(error_pairs(error.reasons, form="lhe"), form.fields if form else None), status
    except RefusedError as error:
        db.session.rollback()
        return _list_page(error_pairs(error.reasons, form="lhe"), form.fields if form else None), error.status
    if len(received) > 1:
        flash(
            ngettext(
                "%(num)s berkas diterima dan sedang dibaca.",
                "%(num)s berkas diterima dan sedang dibaca.",
                len(received),
            ),
            "success",
        )
        return redirect(url_for("reports.listing"), code=303)
    return redirect(url_for("reports.show_import", import_id=received[0]), code=303)


def _receive(form: Form) -> list[uuid.UUID]:
    """Take in all files or none: what was stored of a delivery that fails goes again."""
    received: list[uuid.UUID] = []
    with ExitStack() as kept:
        delivered: list[tuple[str, Digest]] = []
        for part in form.files(most=MOST_FILES):
            require_form_token(form.fields.get("csrf_token"))
            received.append(new_id())
            digest = kept.enter_context(stored(part, object_id=received[-1], content_type="application/octet-stream"))
            delivered.append((shown_name(part.name), digest))
        agency, year = _asked(form.fields)
        for import_id, (name, digest) in zip(received, delivered, strict=True):
            request_import(
                agency,
                year=year,
                filename=name,
                sha256=digest.sha256,
                size=digest.size,
                intake_key=keys.intake_key(import_id),
                import_id=import_id,
                actor=actor(),
            )
    return received


def _asked(fields: Mapping[str, str]) -> tuple[Agency | None, int]:
    """Return whose papers they are, None where the papers have to tell, and of which year."""
    code, year = fields.get("agency", ""), fields.get("year", "")
    agency = next((row for row in agencies_in_sight(actor()) if row.code == code), None)
    if agency is None and (code or not actor().roles & INSPECTORATE):
        raise InvalidInputError(Reason("agency", "Pilih perangkat daerahnya."))
    if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
        raise InvalidInputError(Reason("year", "Isi tahun dengan empat angka, misalnya 2026."))
    return agency, int(year)


@blueprint.get("/lhe/ketik")
@access(*sorted(INSPECTORATE))
def typing() -> ResponseReturnValue:
    """Offer the form for an LHE that exists on paper alone."""
    return _typing_page()


@blueprint.post("/lhe/ketik")
@access(*sorted(INSPECTORATE), writes=True)
def type_in() -> ResponseReturnValue:
    """Take what was typed as a paper of its own, which is read and confirmed like any other."""
    import_id = new_id()
    try:
        agency, year = _asked(request.form)
        if agency is None:
            raise InvalidInputError(Reason("agency", "Pilih perangkat daerahnya."))
        paper = paper_of_form(request.form, agency_name=agency.name, year=year)
        with stored(io.BytesIO(paper), object_id=import_id, content_type="text/markdown") as digest:
            request_import(
                agency,
                year=year,
                filename=f"LHE {year} {agency.code} (diketik).md",
                sha256=digest.sha256,
                size=digest.size,
                intake_key=keys.intake_key(import_id),
                import_id=import_id,
                actor=actor(),
            )
    except WorkflowError as error:
        status = note(error)
        return _typing_page(error_pairs(error.reasons, form="typed")), status
    return redirect(url_for("reports.show_import", import_id=import_id), code=303)


def _typing_page(errors: Errors | None = None) -> str:
    return render_template(
        "plans/typed.html",
        agencies=[(one.code, one.name) for one in agencies_in_sight(actor())],
        year=chosen_place().year,
        errors=errors or [],
        given=request.form if errors else {},
    )


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
    """Keep the corrections of one page, and write the whole as a draft where that was asked for."""
    row = get_import(import_id, actor())
    first = _first(request.form.get("first", ""))
    made = read_back(request.form, in_hand(row), first=first) if "version" in request.form else None
    if made and made.errors:
        return _import_page(row, made.errors, document=made.document, first=first), 422
    try:
        if made:
            version, agency = request.form["version"], _agency_said(row)
            revise_import(
                row,
                document=made.document,
                agency=agency,
                actor=actor(),
                version=int(version) if version.isdecimal() else 0,
            )
        if made and (made.divided or request.form.get("do", "confirm") != "confirm"):
            return _goes_on(row, made, first)
        written = confirm_import(row, actor=actor())
    except WorkflowError as error:
        status = note(error)
        row = get_import(import_id, actor())
        pairs = error_pairs(error.reasons, form="confirm")
        return _import_page(row, pairs, document=made.document if made else None, first=first), status
    if written.actions is not None:
        flash(
            ngettext(
                "%(num)s rencana aksi ditambahkan ke rekomendasi LHE.",
                "%(num)s rencana aksi ditambahkan ke rekomendasi LHE.",
                written.actions,
            ),
            "success",
        )
        return redirect(url_for("reports.show", report_id=written.report.id), code=303)
    flash(
        _("Konsep LHE tersimpan. Inspektur dapat menerbitkannya.")
        if written.created
        else _("Isinya sama dengan yang sudah tersimpan; tidak ada yang berubah."),
        "success",
    )
    return redirect(url_for("reports.show", report_id=written.report.id), code=303)


def _agency_said(row: PlanImport) -> Agency | None:
    """Return the agency that the form names, None where it is the one that is known already."""
    code = request.form.get("agency", "")
    found = next((one for one in agencies_in_sight(actor()) if one.code == code), None)
    return found if found is not None and found.id != row.agency_id else None


def _goes_on(row: PlanImport, made: Corrected, first: int) -> ResponseReturnValue:
    """Show the same page where recommendations were split or merged, else the next one."""
    if made.divided:
        flash(_("Pembagian rekomendasi berubah. Periksa bukti yang diminta, lalu simpan."), "info")
    else:
        flash(_("Perbaikan tersimpan."), "success")
    follows = not made.divided and request.form.get("do") == "next"
    page = first // PER_PAGE + (2 if follows else 1)
    return redirect(url_for("reports.show_import", import_id=row.id, halaman=page if page > 1 else None), code=303)


def _first(text: str) -> int:
    return int(text) // PER_PAGE * PER_PAGE if text.isdecimal() and len(text) < 6 else 0


def _import_page(
    row: PlanImport,
    errors: Errors | None = None,
    *,
    document: dict[str, Any] | None = None,
    first: int | None = None,
) -> str:
    """:param document: as it was typed, where it could not be kept. :param first: recommendation of the page."""
    document = document or in_hand(row)
    if first is None:
        page = request.args.get("halaman", "1")
        first = (int(page) - 1) * PER_PAGE if page.isdecimal() and int(page[:5]) > 0 else 0
    count = len(document.get("recommendations", []))
    first = first if first < count else 0
    known = report_answered(row) if row.state == ImportState.READ and paper_of(row) == Paper.PLAN else None
    named, day = document.get("agency_name"), document.get("report_date")
    return render_template(
        "plans/import.html",
        row=row,
        document=document,
        report_date=dt.date.fromisoformat(day) if day else None,
        beside=row.beside or {},
        known=known,
        answers=answers_of(document, known) if known and count else [],
        warnings=document.get("warnings", []),
        first=first,
        last=min(first + PER_PAGE, count),
        pages=-(-count // PER_PAGE),
        differs=bool(named) and row.agency is not None and named.casefold() != row.agency.name.casefold(),
        agencies=[(one.code, one.name) for one in agencies_in_sight(actor())],
        given_agency=request.form.get("agency", ""),
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
            figures=_figures(),
            source=_source(request.form.get("source", "")),
        )
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        return _report_page(report_id, error_pairs(error.reasons, form="issue")), status
    flash(_("LHE diterbitkan; perangkat daerah kini dapat melihatnya."), "success")
    return redirect(url_for("reports.show", report_id=report_id), code=303)


@blueprint.post("/lhe/<uuid:report_id>/cocok")
@access(*sorted(INSPECTORATE), writes=True)
def confirm_by_hand(report_id: uuid.UUID) -> ResponseReturnValue:
    """Say that what a Rencana Aksi told are the recommendations of the LHE."""
    report = get_report(report_id, actor())
    try:
        confirm_report(report, actor=actor())
    except WorkflowError as error:
        status = note(error)
        return _report_page(report_id, error_pairs(error.reasons, form="cocok")), status
    flash(_("Rekomendasi dikonfirmasi sesuai LHE."), "success")
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
        weights=scale().weights,
        grade=grade_of(report.score),
        sum_remark=remark(report.score, report.points),
        grids=bool(person.roles & INSPECTORATE),
        issues=report.state == ReportState.DRAFT and Role.INSPECTOR in person.roles,
        confirms=bool(person.roles & INSPECTORATE),
        lists=bool(person.roles & set(ROLES)),
        receives=receivable(report) and person.holds(*RECEIVERS, agency_id=report.agency_id),
        extends=report.received_on is not None and person.holds(Role.INSPECTOR, agency_id=report.agency_id),
        sources=[(one.value, text) for one, text in source_words().items()],
        stopped=stopped_among([row.id for row in rows]),
        today=formats.today(),
        errors=errors or [],
        given=request.form if errors else {},
    )


def _figures() -> dict[Component, Decimal]:
    """Read the points of the components, as far as they were typed."""
    typed = {one: _score(request.form.get(f"score_{one.value}", "")) for one in Component}
    return {one: figure for one, figure in typed.items() if figure is not None}


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
