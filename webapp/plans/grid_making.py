"""A grid from the organisation chart: chosen, looked at before it is written, written in one step; and what the chart
has asked of it since."""

import datetime as dt
import uuid
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.refusals import Errors, error_pairs, note
from workflows.core.actors import INSPECTORATE
from workflows.core.errors import InvalidInputError, Reason, WorkflowError
from workflows.plans.grids import Asked, Preview, follow_chart, make, open_units, preview, proposals
from workflows.plans.models import RequirementKind, Who
from workflows.plans.queries import recommendations_of
from workflows.recommendations.models import EvaluationReport
from workflows.recommendations.queries import get_report

blueprint = Blueprint("grids", __name__, url_prefix="/lhe/<uuid:report_id>/kisi")
ROLES = tuple(sorted(INSPECTORATE))
INCOMPLETE = Reason("grid", "Formulir ini tidak lengkap. Muat ulang halaman lalu coba lagi.")
_TITLE = 120


@blueprint.get("")
@access(*ROLES)
def show(report_id: uuid.UUID) -> ResponseReturnValue:
    """Show the form and, once something was chosen, what it would come to; and what the chart proposes."""
    report = get_report(report_id, actor())
    if "kind" not in request.args:
        return _page(report)
    try:
        planned = preview(report, read(request.args), actor=actor(), on=formats.today())
    except WorkflowError as error:
        status = note(error)
        return _page(get_report(report_id, actor()), errors=error_pairs(error.reasons, form="grid")), status
    return _page(report, planned=planned)


@blueprint.post("")
@access(*ROLES, writes=True)
def write(report_id: uuid.UUID) -> ResponseReturnValue:
    """Write all of the cells, or none."""
    report = get_report(report_id, actor())
    try:
        asked = read(request.form)
        planned = preview(report, asked, actor=actor(), on=formats.today())
        new, linked = planned.new, planned.linked
        make(report, asked, actor=actor(), on=formats.today())
    except WorkflowError as error:
        status = note(error)
        return _page(get_report(report_id, actor()), errors=error_pairs(error.reasons, form="grid")), status
    flash(
        " ".join(
            [
                ngettext("%(num)s sel baru dibuat.", "%(num)s sel baru dibuat.", new),
                *([_("%(count)s sel yang sudah ada dipakai juga.", count=linked)] if linked else []),
            ]
        ),
        "success",
    )
    return redirect(url_for("grids.show", report_id=report_id), code=303)


@blueprint.post("/usulan")
@access(*ROLES, writes=True)
def follow(report_id: uuid.UUID) -> ResponseReturnValue:
    """Do one thing that the chart proposes, or leave the unit out."""
    report = get_report(report_id, actor())
    leave_out = request.form.get("leave_out") == "1"
    try:
        follow_chart(
            report, request.form.get("proposal", "")[:200], actor=actor(), on=formats.today(), leave_out=leave_out
        )
    except WorkflowError as error:
        status = note(error)
        return _page(get_report(report_id, actor()), errors=error_pairs(error.reasons, form="follow")), status
    flash(_("Kisi sudah disesuaikan."), "success")
    return redirect(url_for("grids.show", report_id=report_id, _anchor="usulan"), code=303)


def read(form: MultiDict[str, str]) -> Asked:
    """Read what was chosen. :raises InvalidInputError: it is no choice of this form."""
    try:
        days, day = form.get("due_days", "").strip(), form.get("due_on", "").strip()
        if days and not (days.isascii() and days.isdigit() and len(days) <= 3):
            raise InvalidInputError(INCOMPLETE)
        kind = RequirementKind(form.get("kind", ""))
        quarterly = kind == RequirementKind.QUARTERLY_MONITORING
        return Asked(
            kind=kind,
            recommendation_ids=[uuid.UUID(text) for text in form.getlist("recommendation")],
            unit_ids=[uuid.UUID(text) for text in form.getlist("unit")],
            quarters=[int(text) for text in form.getlist("quarter")] if quarterly else [],
            signed_by=Who(form.get("signed_by", Who.UNIT_HEAD)),
            acknowledged_by=Who(form.get("acknowledged_by", Who.AGENCY_HEAD)),
            due_days=int(days) if days and quarterly else None,
            due_on=dt.date.fromisoformat(day) if day and not quarterly else None,
            title=form.get("title", "").strip()[:_TITLE] or None if kind == RequirementKind.DOCUMENT else None,
            year=int(form["year"]) if form.get("year", "").isdigit() else None,
        )
    except ValueError as error:
        raise InvalidInputError(INCOMPLETE) from error


def who_words() -> dict[Who, str]:
    """Return what each choice of a post is called."""
    return {
        Who.UNIT_HEAD: _("Kepala unit masing-masing"),
        Who.SECRETARY: _("Sekretaris (kepala sekretariat)"),
        Who.AGENCY_HEAD: _("Kepala perangkat daerah"),
    }


def _page(report: EvaluationReport, *, planned: Preview | None = None, errors: Errors | None = None) -> str:
    today = formats.today()
    given = request.form if request.method == "POST" else request.args
    return render_template(
        "plans/grid_making.html",
        report=report,
        recommendations=recommendations_of(report),
        units=open_units(report.agency_id, on=today),
        kinds=[
            (RequirementKind.QUARTERLY_MONITORING.value, _("Monev triwulan")),
            (RequirementKind.PERFORMANCE_REPORT.value, _("Laporan kinerja (LKjIP)")),
            (RequirementKind.DOCUMENT.value, _("Dokumen lain")),
        ],
        who=[(key.value, words) for key, words in who_words().items()],
        years=[report.year, report.year - 1],
        given=given,
        chosen=given.keys() >= {"kind"},
        planned=planned,
        rows=_by_unit(planned) if planned else [],
        proposed=proposals(report, actor=actor(), on=today),
        errors=errors or [],
    )


def _by_unit(planned: Preview) -> Sequence[tuple[str, Sequence[tuple[int | None, bool]]]]:
    """Return the planned cells by unit: quarter, and whether the cell is there already."""
    found: dict[str, list[tuple[int | None, bool]]] = {}
    for cell in planned.cells:
        found.setdefault(cell.unit.name, []).append((cell.quarter, cell.there is not None))
    return list(found.items())
