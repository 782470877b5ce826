"""The forms of those who stand for a document: sign, acknowledge, send back, take back."""

import uuid

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.plans.requirement_routes import perform
from webapp.signoff import certificates, ink, sheet
from workflows.core.transitions import Action

blueprint = Blueprint("signoff", __name__)
blueprint.register_blueprint(sheet.blueprint)
blueprint.register_blueprint(certificates.blueprint)
blueprint.register_blueprint(ink.blueprint)


@blueprint.post("/kewajiban/<uuid:requirement_id>/tanda-tangan")
@access(writes=True)
def sign(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Sign the digest that the form names."""
    return perform(requirement_id, Action.SIGN, done=_("Tanda tangan Anda tercatat."))


@blueprint.post("/kewajiban/<uuid:requirement_id>/mengetahui")
@access(writes=True)
def acknowledge(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Acknowledge the digest that the form names."""
    return perform(requirement_id, Action.ACKNOWLEDGE, done=_("Persetujuan Anda tercatat."))


@blueprint.post("/kewajiban/<uuid:requirement_id>/kembalikan")
@access(writes=True)
def send_back(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Send the delivery back, with a reason."""
    return perform(
        requirement_id, Action.RETURN, done=_("Bukti dikembalikan; alasannya sudah terlihat oleh pengunggah.")
    )


@blueprint.post("/kewajiban/<uuid:requirement_id>/tarik")
@access(writes=True)
def withdraw(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Take the sign-offs back."""
    return perform(requirement_id, Action.WITHDRAW, done=_("Pengesahan ditarik kembali."))
