"""Which posts sign and acknowledge one requirement, set from its page by the Inspektorat."""

import uuid

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.refusals import error_pairs, note
from webapp.plans.requirement_page import render, view_of
from workflows.core.actors import INSPECTORATE
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason, WorkflowError
from workflows.plans.posts import set_posts
from workflows.plans.queries import get_requirement

blueprint = Blueprint("signers", __name__)
INCOMPLETE = Reason("posts", "Formulir ini tidak lengkap. Muat ulang halaman lalu coba lagi.")


@blueprint.post("/kewajiban/<uuid:requirement_id>/jabatan")
@access(*sorted(INSPECTORATE), writes=True)
def change(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Have other posts sign and acknowledge."""
    requirement = get_requirement(requirement_id, actor())
    try:
        signing, acknowledging, version = _read()
        set_posts(
            requirement,
            signing_id=signing,
            acknowledging_id=acknowledging,
            version=version,
            reason=request.form.get("reason", "")[:4000],
            actor=actor(),
        )
    except WorkflowError as error:
        status = note(error)
        view = view_of(get_requirement(requirement_id, actor()))
        drawn = render(view, errors=error_pairs(error.reasons, form="posts"), failed="posts")
        db.session.commit()
        return drawn, status
    flash(_("Jabatan penanda tangan sudah ditetapkan."), "success")
    return redirect(url_for("requirements.show", requirement_id=requirement_id), code=303)


def _read() -> tuple[uuid.UUID, uuid.UUID, int]:
    form = request.form
    try:
        return uuid.UUID(form.get("signed_by", "")), uuid.UUID(form.get("acknowledged_by", "")), int(form["version"])
    except (KeyError, ValueError) as error:
        raise InvalidInputError(INCOMPLETE) from error
