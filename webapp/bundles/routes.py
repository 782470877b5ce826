"""Bundles for auditors: ordered with a reason, built in the background, carried away and proven offline."""

import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.files import FILE_READERS, send_bundle
from webapp.pages.place import chosen_place
from webapp.pages.refusals import Errors, error_pairs, note
from workflows.bundles.choices import choose_by_number, in_words
from workflows.bundles.links import MAKERS
from workflows.bundles.models import Bundle, BundleState
from workflows.bundles.operations import order
from workflows.bundles.queries import get_bundle, list_bundles
from workflows.bundles.restricted import why_not
from workflows.core.errors import InvalidInputError, Reason, WorkflowError
from workflows.organization.queries import agencies_in_sight

blueprint = Blueprint("bundles", __name__)
_OPEN = (BundleState.QUEUED, BundleState.BUILDING)
_UNCHANGED = 204


@blueprint.get("/arsip")
@access()
def listing() -> ResponseReturnValue:
    """List the orders, and take a new one."""
    return _page()


def _page(errors: Errors | None = None) -> str:
    found = list_bundles(actor(), cursor=request.args.get("kursor"), limit=20)
    return render_template(
        "bundles/list.html",
        place=chosen_place(),
        orders=bool(actor().roles & set(FILE_READERS)),
        rows=found.items,
        next=found.next,
        first=bool(request.args.get("kursor")),
        errors=errors or [],
        given=request.form if errors else {},
    )


@blueprint.post("/arsip")
@access(*FILE_READERS, writes=True)
def place_order() -> ResponseReturnValue:
    """Order a bundle."""
    try:
        code, year = request.form.get("agency", ""), request.form.get("year", "")
        agency = next((row for row in agencies_in_sight(actor()) if row.code == code), None)
        if agency is None:
            raise InvalidInputError(Reason("agency", "Pilih perangkat daerahnya."))
        if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
            raise InvalidInputError(Reason("year", "Isi tahun dengan empat angka, misalnya 2026."))
        numbers = [number for number in request.form.get("numbers", "")[:4000].split(",") if number.strip()]
        part = bool(numbers) or request.form.get("part") == "report"
        bundle = order(
            agency,
            year=int(year),
            reason=request.form.get("reason", "")[:2000],
            actor=actor(),
            with_restricted=request.form.get("with_restricted") == "1",
            choice=choose_by_number(actor(), agency, int(year), numbers) if part else None,
        )
    except WorkflowError as error:
        status = note(error)
        return _page(error_pairs(error.reasons, form="order")), status
    flash(_("Pesanan diterima. Arsip sedang disusun; halaman ini menunjukkannya sampai selesai."), "success")
    return redirect(url_for("bundles.show", bundle_id=bundle.id), code=303)


@blueprint.get("/arsip/<uuid:bundle_id>")
@access()
def show(bundle_id: uuid.UUID) -> ResponseReturnValue:
    """Show how far an order is; to htmx only the part that moves."""
    row = get_bundle(bundle_id, actor())
    refused = why_not(row, actor()) if row.state == BundleState.READY else None
    if request.headers.get("HX-Request") != "true":
        return render_template(
            "bundles/show.html",
            row=row,
            moving=row.state in _OPEN,
            mark=_mark(row),
            chosen=in_words(row),
            refused=refused,
            may_hand_over=refused is None and actor().holds(*MAKERS, agency_id=row.agency_id),
        )
    if request.args.get("dari") == _mark(row):
        return Response(status=_UNCHANGED)
    return render_template(
        "bundles/progress.html", row=row, moving=row.state in _OPEN, mark=_mark(row), refused=refused
    )


def _mark(row: Bundle) -> str:
    """Names this moment of the work; the moving part is sent again only when it has another mark."""
    return f"{row.state}-{row.done}-{row.total}"


@blueprint.get("/arsip/<uuid:bundle_id>/berkas")
@access(*FILE_READERS)
def download(bundle_id: uuid.UUID) -> ResponseReturnValue:
    """Send the built bundle."""
    return send_bundle(get_bundle(bundle_id, actor()), actor())
