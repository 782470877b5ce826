"""The access class of a file: raised, lowered, opened with a reason; and the privacy officer's page."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.auth.identity import actor
from workflows.core.actors import Role
from workflows.core.errors import InvalidInputError, Reason
from workflows.evidence.access import operations
from workflows.evidence.access.queries import documents_of, list_restricted, reads_of
from workflows.evidence.access.sight import WITH_REASON
from workflows.evidence.models import Evidence
from workflows.evidence.queries import get_evidence

blueprint = Blueprint("file_access", __name__)
CHANGERS = (Role.UNIT_STAFF, Role.UNIT_HEAD, *operations.RAISERS, Role.INSPECTOR)
NO_CLASS = Reason("restricted", "Isian terbatas: true atau false.")


@blueprint.get("/akses")
@access(*operations.LOWERERS)
def listing() -> ResponseReturnValue:
    """List what is restricted, and who read it; no contents."""
    found = list_restricted(actor(), cursor=request.args.get("kursor"))
    return render_template(
        "evidence/access.html",
        rows=found.items,
        documents=documents_of(found.items),
        reads=reads_of(found.items, actor()),
        next=found.next,
        first=bool(request.args.get("kursor")),
    )


@blueprint.post("/bukti/<uuid:evidence_id>/kelas")
@access(*CHANGERS, writes=True)
def change(evidence_id: uuid.UUID) -> ResponseReturnValue:
    """Class a file, with a reason."""
    evidence, reason, to = (
        get_evidence(evidence_id, actor()),
        request.form.get("reason", ""),
        request.form.get("restricted"),
    )
    if to not in ("0", "1"):
        raise InvalidInputError(NO_CLASS)
    if to == "1":
        operations.restrict(evidence, reason=reason[:2000], actor=actor())
        flash(_("Berkas sekarang terbatas."), "success")
    else:
        operations.unrestrict(evidence, reason=reason[:2000], actor=actor())
        flash(_("Pembatasan berkas dicabut."), "success")
    if request.form.get("kembali") == "daftar":
        return redirect(url_for("file_access.listing"), code=303)
    return redirect(_requirement(evidence), code=303)


@blueprint.post("/bukti/<uuid:evidence_id>/alasan")
@access(*WITH_REASON, writes=True)
def tell_why(evidence_id: uuid.UUID) -> ResponseReturnValue:
    """Open a restricted file with a reason, and go on to its report."""
    evidence = get_evidence(evidence_id, actor())
    operations.tell_why(evidence, reason=request.form.get("reason", "")[:2000], actor=actor())
    return redirect(url_for("evidence.report", evidence_id=evidence_id), code=303)


def _requirement(evidence: Evidence) -> str:
    return url_for("requirements.show", requirement_id=evidence.uses[0].requirement_id)
