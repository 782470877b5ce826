"""The desk of an evaluator: the queue of what the agencies have acknowledged, and one document after the other.

What was read and leaves nothing to say can be verified in the queue, several at once: :mod:`webapp.many`.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.errors import told
from webapp.language import say
from webapp.many import form_value, read_steps, refusal_pairs, take_each
from webapp.pages.place import Place, chosen_place
from webapp.pages.reading import expectation_words
from webapp.pages.refusals import Errors, note
from webapp.plans.requirement_page import View, action_words, log_reading, view_of
from webapp.plans.requirement_routes import perform
from workflows.archive.pictures import pictures_of
from workflows.core.actors import Role
from workflows.core.errors import InvalidInputError
from workflows.core.transitions import Action
from workflows.evidence.queries import newest_of
from workflows.evidence.reviewed import reviewed_among
from workflows.plans.models import Requirement
from workflows.plans.queries import get_requirement
from workflows.signoff.operations import RETURN_CHIPS
from workflows.verification.queries import awaiting_review, awaiting_verification, next_awaiting, verifiable

blueprint = Blueprint("desk", __name__, url_prefix="/meja")
SHOWN = 25
"""Documents on one page of the queue."""


@blueprint.url_defaults
def _keep_agency(_endpoint: str, values: dict[str, Any]) -> None:
    """Let the chosen agency go along from one address of the desk to the next."""
    if request.blueprint == "verification.desk" and request.args.get("opd"):
        values.setdefault("opd", request.args["opd"])


@blueprint.get("")
@access(Role.EVALUATOR)
def queue() -> ResponseReturnValue:
    """Show what waits, the oldest first."""
    return _queue()


@blueprint.post("")
@access(Role.EVALUATOR, writes=True)
def verify_several() -> ResponseReturnValue:
    """Verify what is ticked; what is refused stays in the queue with its reasons."""
    try:
        steps = read_steps(request.form.getlist("item"), (Action.VERIFY,), most=SHOWN)
    except InvalidInputError as error:
        status = note(error)
        return _queue(errors=[(None, told(error.reasons))]), status
    outcomes = take_each(steps, actor())
    refused = [outcome for outcome in outcomes if not outcome.done]
    done = len(outcomes) - len(refused)
    if done:
        flash(ngettext("%(num)s bukti diverifikasi.", "%(num)s bukti diverifikasi.", done), "success")
    if refused:
        reasons = {outcome.step.requirement_id: told(outcome.reasons) for outcome in refused}
        return _queue(refused=reasons), refused[0].status
    return redirect(url_for(".queue"), code=303)


def _queue(*, refused: Mapping[uuid.UUID, str] | None = None, errors: Errors | None = None) -> str:
    person, place, cursor = actor(), chosen_place(all_agencies=True), request.args.get("kursor")
    found = awaiting_verification(person, agency_id=_agency_id(place), cursor=cursor, limit=SHOWN)
    asked, more = ([], 0) if cursor else awaiting_review(person, agency_id=_agency_id(place))
    uses = newest_of(found.items)
    answers = verifiable(found.items, person)
    values = {
        row.id: form_value(Action.VERIFY, row, uses[row.id].evidence.sha256)
        for row in found.items
        if answers[row.id] is None
    }
    return render_template(
        "verification/queue.html",
        place=place,
        rows=found.items,
        uses=uses,
        values=values,
        barred={key: told(answer.reasons) for key, answer in answers.items() if answer},
        refused=refused or {},
        reviewed=reviewed_among(found.items),
        asked=asked,
        asked_more=more,
        next=found.next,
        first=bool(cursor),
        errors=[*(errors or []), *refusal_pairs({row.id: row.title for row in found.items}, refused or {})],
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
        return_codes=[(code, say(words)) for code, words in RETURN_CHIPS.items()],
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
