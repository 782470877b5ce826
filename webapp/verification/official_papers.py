"""Letters and documents of the Inspektorat: taken in as a stream, checked and locked like any delivery, handed out."""

import datetime as dt
import uuid

from flask import Blueprint, Response, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from storage import keys
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.errors import RefusedError
from webapp.evidence.files import FILE_READERS, send_original
from webapp.evidence.intake import NOT_PDF, PDF_HEAD, PDF_MARK, require_form_token, shown_name, stored
from webapp.extensions import csrf
from webapp.multipart import FilePart, Form
from workflows.archive.queries import place_of
from workflows.core.actors import INSPECTORATE, Actor
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, Reason
from workflows.core.ids import new_id
from workflows.evidence.operations import Intake
from workflows.organization.models import Agency
from workflows.organization.queries import agencies_in_sight
from workflows.verification.models import OfficialPaper, OfficialPaperKind
from workflows.verification.official_papers import file_official_paper, get_official_paper, require_filing

blueprint = Blueprint("official_papers", __name__)
FIELDS = frozenset({"csrf_token", "agency", "kind", "number", "dated_on"})


@blueprint.post("/surat-resmi")
@csrf.exempt
@access(*sorted(INSPECTORATE), writes=True)
def file_it() -> ResponseReturnValue:
    """Take a letter or document in. The form's token is checked here, because the body is read as a stream."""
    paper = receive_official_paper(check_csrf=True)
    flash(_("Berkas diterima; sebentar lagi selesai diperiksa dan dikunci di arsip."), "success")
    return redirect(url_for("verification.decisions", opd=agency_of(paper).code), code=303)


@blueprint.get("/surat-resmi/<uuid:paper_id>/berkas")
@access(*FILE_READERS)
def original(paper_id: uuid.UUID) -> Response:
    """Hand the locked original out."""
    return send_official_paper(paper_id, actor())


def send_official_paper(paper_id: uuid.UUID, who: Actor) -> Response:
    """Answer with a paper's file. :raises NotFoundError: not there, or not for this actor to know of."""
    paper = get_official_paper(paper_id, who)
    return send_original(paper.evidence, place_of(paper.evidence, who), who)


def agency_of(paper: OfficialPaper) -> Agency:
    """Return for which agency a paper was filed."""
    return db.session.get_one(Agency, paper.agency_id)


def receive_official_paper(*, check_csrf: bool) -> OfficialPaper:
    """Receive the request's file: bytes first, read back, and then its rows.

    :raises RefusedError: 400 broken, 413 too large, 415 not a PDF, 422 no, empty or second file.
    :raises WorkflowError: as ``file_official_paper`` does. :raises StorageError: the store is full or away.
    """
    form = Form(names=FIELDS, max_bytes=current_app.config["SETTINGS"].max_upload_bytes)
    part = form.open_file()
    if check_csrf:
        require_form_token(form.fields.get("csrf_token"))
    return _take_in(form, part, actor())


def _take_in(form: Form, part: FilePart, who: Actor) -> OfficialPaper:
    if PDF_MARK not in part.peek(PDF_HEAD):
        raise RefusedError(415, NOT_PDF)
    if "agency" in form.fields:  # named before the file: whoever may not is told before it travels
        require_filing(_agency(form.fields["agency"], who), who)
        db.session.commit()  # a slow sender must not hold a database connection
    paper_id = new_id()
    with stored(part, object_id=paper_id, content_type="application/pdf") as digest:
        asked = form.finish()
        kind = asked.get("kind", "")
        if kind not in list(OfficialPaperKind):
            raise InvalidInputError(Reason("kind", "Pilih jenis berkasnya: surat keputusan atau dokumen alasan."))
        return file_official_paper(
            _agency(asked.get("agency", ""), who),
            kind=OfficialPaperKind(kind),
            number=asked.get("number", "")[:200],
            dated_on=_day(asked.get("dated_on", "")),
            intake=Intake(paper_id, keys.intake_key(paper_id), digest.sha256, digest.size, shown_name(part.name)),
            actor=who,
        )


def _agency(code: str, who: Actor) -> Agency:
    found = next((row for row in agencies_in_sight(who) if row.code.lower() == code.strip().lower()), None)
    if found is None:
        raise NotFoundError
    return found


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInputError(Reason("dated_on", "Isi tanggal suratnya.")) from None
