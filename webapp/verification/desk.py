"""The desk of an evaluator: the queue of what the agencies have acknowledged, and one document after the other."""

import uuid
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.language import say
from webapp.pages.place import Place, chosen_place
from webapp.pages.reading import expectation_words
from webapp.pages.refusals import Errors
from webapp.plans.requirement_page import View, action_words, log_reading, view_of
from webapp.plans.requirement_routes import perform
from workflows.archive.pictures import pictures_of
from workflows.core.actors import Role
from workflows.core.transitions import Action
from workflows.evidence.queries import newest_of
from workflows.evidence.reviewed import reviewed_among
from workflows.plans.models import Requirement
from workflows.plans.queries import get_requirement
from workflows.signoff.operations import RETURN_CODES
from workflows.verification.queries import awaiting_review, awaiting_verification, next_awaiting

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
    asked, more = ([], 0) if cursor else awaiting_review(actor(), agency_id=_agency_id(place))
    return render_template(
        "verification/queue.html",
        place=place,
        rows=found.items,
        uses=newest_of(found.items),
        reviewed=reviewed_among(found.items),
        asked=asked,
        asked_more=more,
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
    following = _following(requirement)

    def desk(view: View, errors: Errors) -> str:
        return _page(view, following=following, errors=errors, failed=action)

    target = url_for(".item", requirement_id=following) if following else url_for(".queue")
    return perform(requirement_id, action, done=done % {"title": requirement.title}, page=desk, target=target)


def _page(view: View, *, following: uuid.UUID | None, errors: Errors | None = None, failed: str = "") -> str:
    log_reading(view)
    return render_template(
        "verification/desk.html",
        view=view,
        pictures=pictures_of(view.use.evidence, view.report, view.use.evidence.uses)
        if view.use and view.sight.open
        else None,
        pages_here=True,
        following=following,
        expectations=expectation_words(),
        return_codes=[(code, say(words)) for code, words in RETURN_CODES.items()],
        actions=action_words(),
        errors=errors or [],
        failed=failed,
        given=request.form if failed else {},
        ticked=request.form.getlist("seen"),
    )


def _following(requirement: Requirement) -> uuid.UUID | None:
    return next_awaiting(requirement, actor(), agency_id=_agency_id(chosen_place(all_agencies=True)))


def _agency_id(place: Place) -> uuid.UUID | None:
    return place.agency.id if place.agency else None
