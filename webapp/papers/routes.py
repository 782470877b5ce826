"""Papers: ordered with one button for each format, shown while they are made, carried away."""

import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.files import send_paper
from webapp.pages.place import chosen_place
from webapp.pages.refusals import Errors, error_pairs, note
from webapp.sentences import format_words, paper_words
from workflows.core.errors import InvalidInputError, Reason, WorkflowError
from workflows.core.paging import Page
from workflows.organization.queries import agencies_in_sight
from workflows.papers.models import Paper, PaperFormat, PaperKind, PaperState
from workflows.papers.operations import order
from workflows.papers.queries import get_paper, list_papers

blueprint = Blueprint("papers", __name__)
_OPEN = (PaperState.QUEUED, PaperState.MAKING)
_UNCHANGED = 204


@blueprint.get("/dokumen")
@access()
def listing() -> ResponseReturnValue:
    """Show what can be ordered and what was; to htmx only the part that moves."""
    if request.headers.get("HX-Request") != "true":
        return _page()
    found = _found()
    if request.args.get("dari") == _mark(found):
        return Response(status=_UNCHANGED)
    return render_template("papers/ordered.html", **_ordered(found))


def _page(errors: Errors | None = None) -> str:
    wide = actor().scope.agency_ids is None
    place = chosen_place(all_agencies=wide)
    return render_template(
        "papers/list.html",
        place=place,
        wide=wide,
        kinds=list(PaperKind) if place.agency else [PaperKind.MATRIX],
        errors=errors or [],
        given=request.form if errors else {},
        **_ordered(_found()),
    )


def _found() -> Page[Paper]:
    return list_papers(actor(), cursor=request.args.get("kursor"), limit=20)


def _ordered(found: Page[Paper]) -> dict[str, object]:
    return {
        "rows": found.items,
        "next": found.next,
        "first": bool(request.args.get("kursor")),
        "moving": any(row.state in _OPEN for row in found.items),
        "mark": _mark(found),
        "names": paper_words(),
        "formats": format_words(),
        "cursor": request.args.get("kursor"),
    }


def _mark(found: Page[Paper]) -> str:
    """Names this moment of the list; the moving part is sent again only when it has another mark."""
    return "-".join(f"{row.id.hex[-6:]}{row.state[0]}" for row in found.items)


@blueprint.post("/dokumen")
@access(writes=True)
def place_order() -> ResponseReturnValue:
    """Order a paper."""
    try:
        code, year = request.form.get("agency", ""), request.form.get("year", "")
        agency = next((row for row in agencies_in_sight(actor()) if row.code == code), None)
        if code and agency is None:
            raise InvalidInputError(Reason("agency", "Pilih perangkat daerahnya."))
        if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
            raise InvalidInputError(Reason("year", "Isi tahun dengan empat angka, misalnya 2026."))
        order(agency, kind=_kind(), as_format=_format(), year=int(year), place=_place(), actor=actor())
    except WorkflowError as error:
        status = note(error)
        return _page(error_pairs(error.reasons, form="paper")), status
    flash(_("Dokumen sedang dibuat; daftar di bawah menunjukkannya sampai selesai."), "success")
    return redirect(url_for("papers.listing", opd=code, tahun=year), code=303)


def _kind() -> PaperKind:
    try:
        return PaperKind(request.form.get("kind", ""))
    except ValueError:
        raise InvalidInputError(Reason("kind", "Pilih dokumennya.")) from None


def _format() -> PaperFormat:
    try:
        return PaperFormat(request.form.get("format", ""))
    except ValueError:
        raise InvalidInputError(Reason("format", "Pilih PDF, Excel, atau Word.")) from None


def _place() -> str:
    return request.form.get("place", "")[:1_000]


@blueprint.get("/dokumen/<uuid:paper_id>/berkas")
@access()
def download(paper_id: uuid.UUID) -> ResponseReturnValue:
    """Send a made paper."""
    return send_paper(get_paper(paper_id, actor()), actor())
