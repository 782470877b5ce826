"""The plan (*rencana aksi*) of a report: a page with a form for each recommendation, and acts on the whole."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.language import say
from webapp.pages.place import chosen_place
from webapp.pages.refusals import Errors, note
from webapp.sentences import tell_all
from workflows.core.actors import Role
from workflows.core.errors import InvalidInputError, NotFoundError, Reason, StaleStateError, WorkflowError
from workflows.organization.log import history_of
from workflows.plans.action_plans import WRITERS, Promise, Step, accept, send_back, served_there, steps, submit, write
from workflows.plans.plan_models import ActionPlan, PlanState
from workflows.plans.plan_queries import contents_of, holder_of, list_plans, plan_of_report, recommendation_in

blueprint = Blueprint("action_plans", __name__)
BAD_DATE = Reason("due_on", "Batas waktu tidak dikenal; isi tanggal, bulan, dan tahunnya.")
BAD_VERSION = Reason("version", "Formulir ini tidak lengkap. Muat ulang halaman lalu coba lagi.")
FIELDS = ("text", "owner", "due_on", "output")
_FIELD_OF = {"text_missing": "text", "due_on": "due_on", "reason_missing": "reason"}


@blueprint.get("/rencana-aksi")
@access()
def listing() -> ResponseReturnValue:
    """List the plans in sight, of a year and agency where one is chosen."""
    place = chosen_place(all_agencies=True)
    page = list_plans(
        actor(),
        year=place.year,
        agency_id=place.agency.id if place.agency else None,
        cursor=request.args.get("kursor"),
        limit=25,
    )
    return render_template(
        "plans/action_plans.html",
        place=place,
        rows=page.items,
        next=page.next,
        first=bool(request.args.get("kursor")),
        holder_of=holder_of,
    )


@blueprint.get("/rencana-aksi/<uuid:report_id>")
@access()
def show(report_id: uuid.UUID) -> ResponseReturnValue:
    """Show the plan of one report."""
    return _page(plan_of_report(report_id, actor()))


@blueprint.post("/rencana-aksi/<uuid:report_id>/<uuid:recommendation_id>")
@access(*WRITERS, writes=True)
def save(report_id: uuid.UUID, recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Write the answer to one recommendation."""
    person = actor()
    plan = plan_of_report(report_id, person)
    row = recommendation_in(plan, recommendation_id)
    number = row.number

    def perform() -> None:
        write(plan, row, _promise(), version=_version(least=0), actor=person)

    return _done(
        report_id,
        perform,
        said=_("Rencana aksi untuk %(number)s disimpan.", number=number),
        form=number,
        place=f"aksi-{number}",
    )


@blueprint.post("/rencana-aksi/<uuid:report_id>/ajukan")
@access(Role.AGENCY_HEAD, writes=True)
def hand_in(report_id: uuid.UUID) -> ResponseReturnValue:
    """Submit the whole."""
    plan = plan_of_report(report_id, actor())
    return _done(
        report_id,
        lambda: submit(plan, version=_version(), actor=actor()),
        said=_("Rencana aksi diajukan kepada Inspektorat."),
        form="submit",
    )


@blueprint.post("/rencana-aksi/<uuid:report_id>/terima")
@access(Role.EVALUATOR, writes=True)
def approve(report_id: uuid.UUID) -> ResponseReturnValue:
    """Accept what was submitted."""
    plan = plan_of_report(report_id, actor())
    return _done(
        report_id,
        lambda: accept(plan, version=_version(), actor=actor()),
        said=_("Rencana aksi diterima."),
        form="accept",
    )


@blueprint.post("/rencana-aksi/<uuid:report_id>/kembalikan")
@access(Role.EVALUATOR, writes=True)
def give_back(report_id: uuid.UUID) -> ResponseReturnValue:
    """Send it back with a reason."""
    plan = plan_of_report(report_id, actor())
    return _done(
        report_id,
        lambda: send_back(plan, reason=request.form.get("reason", ""), version=_version(), actor=actor()),
        said=_("Rencana aksi dikembalikan; alasannya terlihat oleh perangkat daerah."),
        form="return",
    )


def _done(
    report_id: uuid.UUID, perform: Callable[[], object], *, said: str, form: str, place: str | None = None
) -> ResponseReturnValue:
    """Do what a form asks and go on, or bring the page back with every reason and with what was typed."""
    try:
        perform()
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        errors: Errors = [
            (f"{form}-{_FIELD_OF[reason.code]}" if reason.code in _FIELD_OF else None, say(reason.message))
            for reason in error.reasons
        ]
        plan = plan_of_report(report_id, actor())
        return _page(plan, errors=errors, failed=form, stale=isinstance(error, StaleStateError)), status
    flash(said, "success")
    return redirect(url_for("action_plans.show", report_id=report_id, _anchor=place), code=303)


def _page(plan: ActionPlan, *, errors: Errors | None = None, failed: str | None = None, stale: bool = False) -> str:
    person, held = actor(), contents_of(plan)
    may = steps(plan, person)
    return render_template(
        "plans/action_plan.html",
        plan=plan,
        held=held,
        may=may,
        writes=Step.WRITE in may,
        holder=holder_of(plan),
        newest=held.submissions[0] if held.submissions else None,
        apart=Step.ACCEPT not in may and plan.state is PlanState.SUBMITTED and served_there(plan, person),
        open_count=len(held.open_flags),
        day=dt.date.fromisoformat,
        roles=person.roles,
        told=tell_all([row for row in history_of(person, [plan.report_id]) if row.kind.startswith("plan.")]),
        typed=_typed() if errors else {},
        failed=failed,
        stale=stale,
        errors=errors or [],
    )


def _typed() -> Mapping[str, str]:
    return {name: request.form.get(name, "") for name in (*FIELDS, "reason")}


def _promise() -> Promise:
    typed = _typed()
    return Promise(typed["text"], typed["owner"], _day(typed["due_on"]), typed["output"])


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise InvalidInputError(BAD_DATE) from None


def _version(*, least: int = 1) -> int:
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < least:
        raise InvalidInputError(BAD_VERSION)
    return int(text)
