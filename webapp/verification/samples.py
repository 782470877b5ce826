"""*Sampel*: an evaluator draws, verifies in full what was drawn, an inspector confirms, and the rest moves."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.errors import told
from webapp.language import say
from webapp.many import Outcome, Step, take_each
from webapp.pages.place import chosen_place
from webapp.pages.refusals import Errors, note
from workflows.core.actors import INSPECTORATE, Role
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, WorkflowError
from workflows.core.transitions import Action
from workflows.organization.models import Agency
from workflows.verification import sampling
from workflows.verification.models import SampleBatch

blueprint = Blueprint("samples", __name__, url_prefix="/sampel")


@blueprint.get("")
@access(*INSPECTORATE)
def listing() -> ResponseReturnValue:
    """Show the batches of an agency, and what may be drawn from."""
    return _page()


@blueprint.post("")
@access(Role.EVALUATOR, writes=True)
def draw() -> ResponseReturnValue:
    """Draw."""
    place = chosen_place()
    try:
        text = request.form.get("size", "").strip()
        if place.agency is None or not (text.isascii() and text.isdigit()) or len(text) > 3:
            raise InvalidInputError(sampling.TOO_FEW)
        agency = db.session.get_one(Agency, place.agency.id)
        batch = sampling.draw(agency, size=int(text), actor=actor())
    except WorkflowError as error:
        status = note(error)
        return _page(errors=[("sample-size", say(reason.message)) for reason in error.reasons]), status
    flash(_("Sampel ditarik; verifikasi penuh yang terpilih."), "success")
    return redirect(url_for(".show", batch_id=batch.id), code=303)


@blueprint.get("/<uuid:batch_id>")
@access(*INSPECTORATE)
def show(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Show one batch."""
    return _show(sampling.get_batch(batch_id, actor()))


@blueprint.post("/<uuid:batch_id>/kukuhkan")
@access(Role.INSPECTOR, writes=True)
def confirm(batch_id: uuid.UUID) -> ResponseReturnValue:
    """Stand for the batch, and let the rest move, each paper for itself."""
    batch = sampling.get_batch(batch_id, actor())
    try:
        outcomes = confirm_and_move(batch)
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        return _show(sampling.get_batch(batch_id, actor()), errors=[(None, told(error.reasons))]), status
    done = sum(outcome.done for outcome in outcomes)
    flash(ngettext("%(num)s bukti diverifikasi.", "%(num)s bukti diverifikasi.", done), "success")
    refused = [outcome for outcome in outcomes if not outcome.done]
    if refused:
        errors: Errors = [(None, told(outcome.reasons)) for outcome in refused]
        return _show(sampling.get_batch(batch_id, actor()), errors=errors), refused[0].status
    return redirect(url_for(".show", batch_id=batch_id), code=303)


def confirm_and_move(batch: SampleBatch) -> list[Outcome]:
    """Confirm in one transaction; then move the rest, each paper in its own.

    :raises WorkflowError: as :func:`workflows.verification.sampling.confirm` says; nothing moved then.
    """
    person = actor()
    sampling.confirm(batch, actor=person)
    steps = [
        Step(row.item.requirement_id, Action.VERIFY_REST, row.item.requirement.version, row.item.sha256, batch=batch.id)
        for row in sampling.waiting(sampling.standing(batch))
    ]
    db.session.commit()
    return take_each(steps, person)


def _page(errors: Errors | None = None) -> str:
    person, place = actor(), chosen_place()
    agency = db.session.get(Agency, place.agency.id) if place.agency else None
    draws = agency is not None and person.holds(Role.EVALUATOR, agency_id=agency.id)
    return render_template(
        "verification/samples.html",
        place=place,
        batches=sampling.batches(person, agency_id=agency.id if agency else None),
        candidates=sampling.candidates(agency, person) if agency and draws else [],
        errors=errors or [],
        given=request.form if errors else {},
    )


def _show(batch: SampleBatch, errors: Errors | None = None) -> str:
    rows = sampling.standing(batch)
    return render_template(
        "verification/sample.html",
        batch=batch,
        rows=rows,
        stopped=sampling.stopped(rows),
        finished=sampling.finished(rows),
        left=len(sampling.waiting(rows)),
        confirms=Role.INSPECTOR in actor().roles,
        errors=errors or [],
    )
