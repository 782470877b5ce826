"""The form of the conversation about one requirement."""

import uuid

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.language import say
from webapp.pages.refusals import note
from webapp.plans.requirement_page import render, view_of
from workflows.core.db import db
from workflows.core.errors import NotFoundError, WorkflowError
from workflows.plans.conversation import write
from workflows.plans.queries import get_requirement

blueprint = Blueprint("conversation", __name__)
FORM = "message"


@blueprint.post("/kewajiban/<uuid:requirement_id>/percakapan")
@access(writes=True)
def send(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Say something; a refusal comes back with what was typed."""
    requirement = get_requirement(requirement_id, actor())
    try:
        write(requirement, request.form.get("text", ""), actor=actor())
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        view = view_of(get_requirement(requirement_id, actor()))
        drawn = render(view, errors=[("message-text", say(reason.message)) for reason in error.reasons], failed=FORM)
        db.session.commit()
        return drawn, status
    return redirect(url_for("requirements.show", requirement_id=requirement_id) + "#percakapan", code=303)
