"""The desk of an evaluator: the queue of what the agencies have acknowledged, and one document after the other."""

import uuid
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.place import Place, chosen_place
from webapp.pages.reading import expectation_words
from webapp.pages.refusals import Errors, error_pairs, note
from webapp.plans.requirement_page import View, action_words, log_reading, view_of
from workflows.core.actors import Role
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, Reason, WorkflowError
from workflows.core.transitions import Action
from workflows.evidence.queries import newest_of
from workflows.plans.models import Requirement
from workflows.plans.queries import get_requirement
from workflows.plans.rules import act
from workflows.signoff.operations import RETURN_CODES
from workflows.verification.queries import awaiting_verification, next_awaiting

blueprint = Blueprint("desk", __name__, url_prefix="/meja")


@blueprint.url_defaults
def _keep_agency(_endpoint: str, values: dict[str, Any]) -> None:
    """Let the chosen agency go along from one address of the desk to the next."""
    if request.blueprint == "verification.desk" and request.args.get("opd"):
        values.setdefault("opd", request.args["opd"])


@blueprint.get("")
@access(Role.EVALUATOR)
def queue() -> ResponseReturnValue:
    """Show what waits, the oldest first."""
    place, cursor = chosen_place(all_agencies=True), request.args.get("kursor")
    found = awaiting_verification(actor(), agency_id=_agency_id(place), cursor=cursor)
    return render_template(
        "verification/queue.html",
        place=place,
        rows=found.items,
        uses=newest_of(found.items),
        next=found.next,
        first=bool(cursor),
    )


@blueprint.get("/<uuid:requirement_id>")
@access(Role.EVALUATOR)
def item(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Lay one document on the desk."""
    requirement = get_requirement(requirement_id, actor())
    return _page(view_of(requirement), following=_following(requirement))


@blueprint.post("/<uuid:requirement_id>/verifikasi")
@access(Role.EVALUATOR, writes=True)
def verify(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Verify what lies on the desk and take the next."""
    return _step(requirement_id, Action.VERIFY, done=_("%(title)s sudah diverifikasi."))


@blueprint.post("/<uuid:requirement_id>/kembalikan")
@access(Role.EVALUATOR, writes=True)
def send_back(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Send back what lies on the desk and take the next."""
    return _step(requirement_id, Action.RETURN, done=_("%(title)s dikembalikan kepada pengunggah."))


def _step(requirement_id: uuid.UUID, action: Action, *, done: str) -> ResponseReturnValue:
    """Take a step and go on to what follows; a refusal comes back with everything still on the desk.

    :param done: the sentence shown afterwards, with a place for the ``title``.
    """
    requirement = get_requirement(requirement_id, actor())
    title, following = requirement.title, _following(requirement)
    try:
        act(
            requirement,
            action,
            actor=actor(),
            version=_version(),
            sha256=request.form.get("sha256"),
            reason=request.form.get("reason"),
            reason_code=request.form.get("reason_code"),
        )
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        view = view_of(get_requirement(requirement_id, actor()))
        page = _page(view, following=following, errors=error_pairs(error.reasons, form=action), failed=action)
        # The step was refused, but the report that came back with it counts as shown.
        db.session.commit()
        return page, status
    flash(done % {"title": title}, "success")
    target = url_for(".item", requirement_id=following) if following else url_for(".queue")
    return redirect(target, code=HTTPStatus.SEE_OTHER)


def _version() -> int:
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise InvalidInputError(Reason("version", "Formulir ini tidak lengkap. Muat ulang halaman lalu coba lagi."))
    return int(text)


def _page(view: View, *, following: uuid.UUID | None, errors: Errors | None = None, failed: str = "") -> str:
    log_reading(view)
    return render_template(
        "verification/desk.html",
        view=view,
        following=following,
        expectations=expectation_words(),
        return_codes=list(RETURN_CODES.items()),
        actions=action_words(),
        errors=errors or [],
        failed=failed,
        given=request.form if failed else {},
        ticked=request.form.getlist("seen"),
        # The words of the report are taken from the living part of the requirement's page.
        part=True,
    )


def _following(requirement: Requirement) -> uuid.UUID | None:
    return next_awaiting(requirement, actor(), agency_id=_agency_id(chosen_place(all_agencies=True)))


def _agency_id(place: Place) -> uuid.UUID | None:
    return place.agency.id if place.agency else None
