"""Units that were merged: an admin writes down who carries on by which letter, an inspector confirms it."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.organization.place import watched_place
from webapp.pages.refusals import error_pairs, note
from workflows.core.actors import Role
from workflows.core.errors import InvalidInputError, NotFoundError, Reason, WorkflowError
from workflows.organization.assignments import WATCHERS
from workflows.organization.models import Unit
from workflows.organization.successions import (
    CONFIRMER,
    PROPOSER,
    decline,
    get_succession,
    list_successions,
    possible_successors,
    propose,
    standing_units,
)
from workflows.plans.successions import confirm as hand_on

blueprint = Blueprint("successions", __name__, url_prefix="/pengalihan-unit")
NO_UNIT = Reason("no_unit", "Pilih unit yang dialihkan dan unit penerusnya.")


@blueprint.get("")
@access(*WATCHERS)
def listing() -> ResponseReturnValue:
    """Show which units of an agency were merged into which."""
    return _page()


@blueprint.post("")
@access(PROPOSER, writes=True)
def take() -> ResponseReturnValue:
    """Write down who carries on."""
    _agencies, agency = watched_place()
    if agency is None:
        raise NotFoundError
    try:
        units = {str(unit.id): unit for unit in standing_units(agency.id)}
        successors = {str(unit.id): unit for _agency, unit in possible_successors(actor())}
        unit, successor = _unit(units, "unit"), _unit(successors, "successor")
        propose(
            unit,
            successor,
            valid_from=_day("from"),
            letter_number=_typed("letter"),
            letter_date=_day("letter_date"),
            actor=actor(),
        )
    except WorkflowError as error:
        status = note(error)
        return _page(errors=error_pairs(error.reasons, form="succession"), given=request.form), status
    flash(_("Usulan tercatat; seorang Inspektur yang mengukuhkan."), "success")
    return redirect(url_for("successions.listing", opd=agency.code), code=303)


@blueprint.post("/<uuid:succession_id>/kukuhkan")
@access(CONFIRMER, writes=True)
def confirm(succession_id: uuid.UUID) -> ResponseReturnValue:
    """Confirm what an admin wrote down: open work goes to the successor."""
    row = get_succession(succession_id, actor())

    def act() -> str:
        count = hand_on(row, actor=actor())
        return ngettext("%(num)s kewajiban dialihkan.", "%(num)s kewajiban dialihkan.", count)

    return _settle(act)


@blueprint.post("/<uuid:succession_id>/tolak")
@access(PROPOSER, CONFIRMER, writes=True)
def refuse(succession_id: uuid.UUID) -> ResponseReturnValue:
    """Decline a proposal, or take it back."""
    row = get_succession(succession_id, actor())

    def act() -> str:
        decline(row, reason=_typed("reason"), actor=actor())
        return _("Usulan tidak jadi berlaku.")

    return _settle(act)


def _settle(act: Callable[[], str]) -> ResponseReturnValue:
    try:
        done = act()
    except WorkflowError as error:
        status = note(error)
        return _page(errors=error_pairs(error.reasons, form="succession")), status
    flash(done, "success")
    return redirect(url_for("successions.listing", opd=request.args.get("opd")), code=303)


def _page(**more: Any) -> str:
    person = actor()
    agencies, agency = watched_place()
    found = list_successions(person, agency.id, cursor=request.args.get("cursor")) if agency else None
    values = {"errors": [], "given": {}, **more}
    return render_template(
        "organization/successions.html",
        agencies=agencies,
        agency=agency,
        rows=found.items if found else [],
        next=url_for("successions.listing", opd=agency.code, cursor=found.next)
        if agency and found and found.next
        else None,
        first=url_for("successions.listing", opd=agency.code) if agency and "cursor" in request.args else None,
        units=[(str(unit.id), unit.name) for unit in standing_units(agency.id)] if agency else [],
        successors=[
            (str(unit.id), f"{place.name}: {unit.name}")
            for place, unit in (possible_successors(person) if Role.ADMIN in person.roles else ())
        ],
        proposes=Role.ADMIN in person.roles,
        confirms=Role.INSPECTOR in person.roles,
        person=person,
        **values,
    )


def _unit(units: dict[str, Unit], name: str) -> Unit:
    found = units.get(_typed(name))
    if found is None:
        raise InvalidInputError(NO_UNIT)
    return found


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()[:2000]


def _day(name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(_typed(name))
    except ValueError as error:
        raise InvalidInputError(Reason("day", "Isi tanggal berlaku dan tanggal suratnya.")) from error
