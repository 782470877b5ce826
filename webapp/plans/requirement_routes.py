"""The page of one requirement, and the steps that its forms ask for."""

import uuid
from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.refusals import Errors, error_pairs, note
from webapp.plans.requirement_page import View, render, view_of
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, Reason, WorkflowError
from workflows.core.transitions import Action
from workflows.plans.queries import get_requirement
from workflows.plans.rules import act

blueprint = Blueprint("requirements", __name__)
_UNCHANGED = 204


@blueprint.get("/kewajiban/<uuid:requirement_id>")
@access()
def show(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Show the requirement."""
    return render(view_of(get_requirement(requirement_id, actor())))


@blueprint.get("/kewajiban/<uuid:requirement_id>/keadaan")
@access()
def living(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Send the part of the page that changes by itself, or nothing while it has not changed."""
    view = view_of(get_requirement(requirement_id, actor()), history=False)
    if request.args.get("dari") == view.mark:
        return Response(status=_UNCHANGED)
    return render(view, part=True)


@blueprint.get("/kewajiban/<uuid:requirement_id>/bacaan")
@access()
def reading(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Send what has been read of the newest delivery, or nothing while that has not changed.

    Apart from the rest of the page: reading takes minutes, and must not sweep away what is being typed there.
    """
    view = view_of(get_requirement(requirement_id, actor()), history=False)
    if view.reading is None or request.args.get("dari") == str(view.reading.part):
        return Response(status=_UNCHANGED)
    return render_template("plans/reading.html", view=view)


def perform(
    requirement_id: uuid.UUID,
    action: Action,
    *,
    done: str,
    page: Callable[[View, Errors], str] | None = None,
    target: str | None = None,
) -> ResponseReturnValue:
    """Take a step as the form asks, and go on; a refusal comes back in the form's place.

    :param done: the sentence shown afterwards.
    :param page: draws the page that brings the refusal; by default the requirement's own.
    :param target: where to go on; by default back to the requirement.
    """
    requirement = get_requirement(requirement_id, actor())
    try:
        act(
            requirement,
            action,
            actor=actor(),
            version=_version(),
            sha256=request.form.get("sha256"),
            reason=request.form.get("reason"),
            reason_code=request.form.get("reason_code"),
            ink_seen=request.form.get("ink_seen") == "1",
        )
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        view, errors = view_of(get_requirement(requirement_id, actor())), error_pairs(error.reasons, form=action)
        drawn = page(view, errors) if page else render(view, errors=errors, failed=action)
        # The step was refused, but the report that came back with it counts as shown.
        db.session.commit()
        return drawn, status
    flash(done, "success")
    return redirect(target or url_for("requirements.show", requirement_id=requirement_id), code=303)


def _version() -> int:
    text = request.form.get("version", "")
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise InvalidInputError(Reason("version", "Formulir ini tidak lengkap. Muat ulang halaman lalu coba lagi."))
    return int(text)
