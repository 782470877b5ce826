"""Letters of assignment, of auditors and of evaluators: one writes down what a letter says, another confirms it."""

import datetime as dt
import re
import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.language import say
from webapp.pages.refusals import error_pairs, note
from webapp.pages.shell import KEEPERS
from workflows.core.actors import Role
from workflows.core.errors import InvalidInputError, Reason, WorkflowError
from workflows.organization import engagements
from workflows.organization.models import Duty
from workflows.organization.queries import agencies_in_sight, agency_names

blueprint = Blueprint("engagements", __name__)


@blueprint.get("/penugasan")
@access(*KEEPERS)
def listing() -> ResponseReturnValue:
    """List the engagements, and take another."""
    return _page()


@blueprint.post("/penugasan")
@access(Role.ADMIN, writes=True)
def propose() -> ResponseReturnValue:
    """Write down what a letter of assignment says."""
    try:
        chosen = set(request.form.getlist("agencies"))
        engagements.propose(
            engagements.person_by_email(_typed("email"), actor()),
            institution=_typed("institution"),
            letter_number=_typed("letter"),
            letter_date=_day("letter_date"),
            valid_from=_day("from"),
            valid_to=_day("to"),
            agencies=[agency for agency in agencies_in_sight(actor()) if agency.code in chosen],
            years=[int(year) for year in re.findall(r"\b\d{4}\b", _typed("years"))],
            actor=actor(),
        )
    except WorkflowError as error:
        status = note(error)
        return _page(errors=error_pairs(error.reasons, form="engagement"), given=request.form), status
    flash(_("Penugasan tercatat; seorang Inspektur yang mengukuhkan."), "success")
    return redirect(url_for("engagements.listing"), code=303)


@blueprint.post("/penugasan/evaluator")
@access(*KEEPERS, writes=True)
def propose_evaluator() -> ResponseReturnValue:
    """Write down what a *Surat Tugas* says of one evaluator."""
    try:
        chosen, known, duty = set(request.form.getlist("agencies")), agencies_in_sight(actor()), _typed("duty")
        if duty not in list(Duty):
            raise InvalidInputError(engagements.MISSING_LETTER)
        engagements.propose(
            engagements.person_by_email(_typed("email"), actor()),
            institution="",
            letter_number=_typed("letter"),
            letter_date=_day("letter_date"),
            valid_from=_day("from"),
            valid_to=_day("to"),
            agencies=[agency for agency in known if agency.code in chosen],
            duty=Duty(duty),
            home=next((agency for agency in known if agency.code == _typed("home")), None),
            actor=actor(),
        )
    except WorkflowError as error:
        status = note(error)
        return _page(errors=error_pairs(error.reasons, form="letter"), sent=request.form), status
    flash(_("Surat tugas tercatat; orang lain yang mengukuhkan."), "success")
    return redirect(url_for("engagements.listing"), code=303)


@blueprint.post("/penugasan/<uuid:engagement_id>/kukuhkan")
@access(*KEEPERS, writes=True)
def confirm(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """Confirm what another wrote down."""
    return _settle(engagement_id, engagements.confirm, _("Penugasan dikukuhkan dan berlaku selama masa tugasnya."))


@blueprint.post("/penugasan/<uuid:engagement_id>/akhiri")
@access(*KEEPERS, writes=True)
def end(engagement_id: uuid.UUID) -> ResponseReturnValue:
    """End an engagement at once."""
    return _settle(engagement_id, engagements.end, _("Penugasan diakhiri."))


def _settle(engagement_id: uuid.UUID, act: Any, done: str) -> ResponseReturnValue:
    row = engagements.get_engagement(engagement_id, actor())
    try:
        act(row, actor=actor())
    except WorkflowError as error:
        status = note(error)
        return _page(errors=error_pairs(error.reasons, form="engagement")), status
    flash(done, "success")
    return redirect(url_for("engagements.listing"), code=303)


def _page(**more: Any) -> str:
    person = actor()
    agencies = agency_names(person)
    values = {"errors": [], "given": {}, "sent": {}, **more}
    return render_template(
        "handover/engagements.html",
        rows=engagements.list_engagements(person),
        agencies=agencies,
        listed=lambda row: ", ".join(agency.name for agency in agencies if agency.id in row.agency_ids),
        proposes=Role.ADMIN in person.roles,
        confirms=lambda row: (
            bool(person.roles & set(engagements.CONFIRMERS[row.role]))
            and person.person_id not in (row.proposed_by_id, row.person_id)
        ),
        duties=[(duty.value, say(duty.printed)) for duty in Duty],
        home_options=[("", _("Inspektorat")), *((agency.code, agency.name) for agency in agencies)],
        homes={agency.id: agency.name for agency in agencies},
        person=person,
        **values,
    )


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()[:500]


def _day(name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(_typed(name))
    except ValueError as error:
        raise InvalidInputError(Reason("day", "Isi ketiga tanggalnya.")) from error
