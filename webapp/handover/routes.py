"""Hands a built bundle over: the *berita acara*, and links for receivers without an account."""

import uuid
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.files import FILE_READERS
from webapp.pages.refusals import error_pairs, note
from workflows.bundles import handovers, links
from workflows.bundles.handover_models import Handover
from workflows.bundles.models import BundleState
from workflows.bundles.queries import get_bundle
from workflows.core import audit
from workflows.core.errors import WorkflowError

blueprint = Blueprint("handover", __name__)


@blueprint.get("/arsip/<uuid:bundle_id>/serah-terima")
@access(*links.MAKERS)
def show(bundle_id: uuid.UUID) -> ResponseReturnValue:
    """Show what was handed over, and take a handover or a link; before it is built there is nothing to hand over."""
    if get_bundle(bundle_id, actor()).state != BundleState.READY:
        return redirect(url_for("bundles.show", bundle_id=bundle_id))
    return _page(bundle_id)


@blueprint.post("/arsip/<uuid:bundle_id>/serah-terima")
@access(*links.MAKERS, writes=True)
def issue(bundle_id: uuid.UUID) -> ResponseReturnValue:
    """Record a handover and issue its paper."""
    try:
        bundle = get_bundle(bundle_id, actor())
        chosen = next((row for row in links.links_of(bundle, actor()) if str(row.id) == _typed("link")), None)
        row = handovers.issue(
            bundle,
            receiver=_typed("receiver"),
            position=_typed("position"),
            institution=_typed("institution"),
            letter=_typed("letter"),
            address=url_for("anchors.listing", _external=True),
            link=chosen,
            actor=actor(),
        )
    except WorkflowError as error:
        status = note(error)
        return _page(bundle_id, errors=error_pairs(error.reasons, form="handover"), given=request.form), status
    flash(_("Berita acara %(number)s diterbitkan.", number=row.number), "success")
    return redirect(url_for("handover.show", bundle_id=bundle_id), code=303)


@blueprint.get("/berita-acara/<uuid:handover_id>")
@access(*FILE_READERS)
def record(handover_id: uuid.UUID) -> ResponseReturnValue:
    """Send the paper."""
    return send_record(handovers.get_handover(handover_id, actor()), actor())


@blueprint.post("/arsip/<uuid:bundle_id>/tautan")
@access(*links.MAKERS, writes=True)
def make_link(bundle_id: uuid.UUID) -> ResponseReturnValue:
    """Make a link, whose address is shown once."""
    try:
        days = _typed("days")
        row, secret = links.make(
            get_bundle(bundle_id, actor()),
            receiver=_typed("receiver"),
            institution=_typed("institution"),
            letter=_typed("letter"),
            days=int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 0,
            actor=actor(),
        )
    except WorkflowError as error:
        status = note(error)
        return _page(bundle_id, errors=error_pairs(error.reasons, form="link"), asked=request.form), status
    address = url_for("handover_links.show", secret=secret, _external=True)
    return _page(bundle_id, made=row, address=address), 201


@blueprint.post("/tautan/<uuid:link_id>/cabut")
@access(*links.MAKERS, writes=True)
def revoke(link_id: uuid.UUID) -> ResponseReturnValue:
    """End a link at once."""
    row = links.get_link(link_id, actor())
    bundle_id = row.bundle_id
    try:
        links.revoke(row, actor=actor())
    except WorkflowError as error:
        status = note(error)
        return _page(bundle_id, errors=error_pairs(error.reasons, form="link")), status
    flash(_("Tautan dicabut."), "success")
    return redirect(url_for("handover.show", bundle_id=bundle_id), code=303)


def send_record(row: Handover, reader: Any) -> Response:
    """Answer with the paper of a handover, and log that it was read."""
    subject = audit.Subject("bundle", row.bundle_id, row.region_id, row.agency_id)
    audit.record("handover.read", subject, actor=reader, details={"number": row.number}, access=True)
    response = Response(row.document, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    return response


def _page(bundle_id: uuid.UUID, **more: Any) -> str:
    bundle = get_bundle(bundle_id, actor())
    links.may_hand_over(bundle, actor())
    values: dict[str, Any] = {"errors": [], "given": {}, "asked": {}, "made": None, "address": "", **more}
    rows = [(row, links.state_of(row)) for row in links.links_of(bundle, actor())]
    ways = [("", _("langsung, atau lewat akun penerima"))]
    ways += [(str(row.id), _("tautan untuk %(name)s", name=row.receiver)) for row, _state in rows]
    papers = handovers.handovers_of(bundle, actor())
    return render_template("handover/show.html", bundle=bundle, links=rows, ways=ways, handovers=papers, **values)


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()[:500]
