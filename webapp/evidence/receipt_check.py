"""Whoever holds a receipt and the file may ask, without an account, whether both are known here.

Three values must fit: the number, the code printed beside it, and the file's SHA-256, which the browser computes; the
file is not sent. Whatever does not fit gets one and the same answer.
"""

import re

import sqlalchemy as sa
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.auth.access import access
from webapp.auth.brake import blind, failures
from webapp.errors import RefusedError
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.core.ids import new_id
from workflows.core.sentences import phrase
from workflows.organization.models import SignInFailure

PER_ADDRESS = 30
"""Unknown receipts asked for from one address within a quarter of an hour."""
BRAKE = Reason("too_many_attempts", "Terlalu banyak percobaan. Tunggu 15 menit lalu coba lagi.")
STATES = {
    "waiting": phrase("Berkas ini sudah diterima dan sedang menunggu atau menjalani pemeriksaan."),
    "unchecked": phrase("Berkas ini sudah diterima; pemeriksaannya belum berhasil."),
    "refused": phrase("Berkas ini sudah diterima, lalu ditolak oleh pemeriksaan berkas."),
    "checked": phrase("Berkas ini sudah diterima dan diperiksa; penyimpanannya ke arsip belum selesai."),
    "archived": phrase("Berkas ini sudah diterima, diperiksa, dan tersimpan di arsip."),
    "disposed": phrase("Berkas ini pernah diterima dan tersimpan di arsip, lalu dimusnahkan; catatannya tetap ada."),
}
_QUERY = sa.text("SELECT receipt_state(:number, :code, :digest)")

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/tanda-terima/periksa")
@access(anyone=True)
def check() -> ResponseReturnValue:
    """Show the form; the address on the receipt fills number and code in."""
    return _page({"nomor": request.args.get("nomor", "")[:40], "kode": request.args.get("kode", "")[:40]})


@blueprint.post("/tanda-terima/periksa")
@access(anyone=True)
def check_post() -> ResponseReturnValue:
    """Answer whether number, code and digest belong together here."""
    typed = {name: request.form.get(name, "")[:200].strip() for name in ("nomor", "kode", "sha256")}
    origin = blind(f"receipt {request.remote_addr}")
    if failures(SignInFailure.address, origin) >= PER_ADDRESS:
        raise RefusedError(429, BRAKE)
    values = {"number": typed["nomor"].upper(), "code": _bare(typed["kode"]).upper(), "digest": _bare(typed["sha256"])}
    state = db.session.scalars(_QUERY, {name: text.replace("\0", "") for name, text in values.items()}).one()
    if state is None:
        db.session.add(SignInFailure(id=new_id(), identity=blind("receipt"), address=origin))
    return _page(typed, known=state is not None, state=STATES[state] if state else None)


def _bare(text: str) -> str:
    """Return a value as it was printed, without the gaps that reading it out adds."""
    return re.sub(r"[\s:-]", "", text).lower()


def _page(given: dict[str, str], *, known: bool | None = None, state: str | None = None) -> str:
    return render_template("evidence/receipt_check.html", given=given, known=known, state=state)
