"""How whole the archive is, which files are held, and which are to be disposed of."""

import uuid
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from storage.base import RetentionMode
from storage.errors import StorageError
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.language import say
from webapp.pages.refusals import error_pairs, note
from webapp.pages.shell import KEEPERS
from workflows.archive import disposals, holds
from workflows.archive.models import DisposalKind
from workflows.archive.overview import overview
from workflows.core.actors import Role
from workflows.core.errors import InvalidInputError, NotFoundError, Reason, WorkflowError
from workflows.evidence.models import Evidence
from workflows.evidence.queries import file_by_number

blueprint = Blueprint("custody", __name__)
UNKNOWN_RECEIPT = Reason("unknown_receipt", "Tanda terima itu tidak ditemukan. Periksa nomornya.")


@blueprint.get("/arsip/keutuhan")
@access(*KEEPERS)
def wholeness() -> ResponseReturnValue:
    """Show how much of the archive was read again, how long ago, and what was found."""
    try:
        current_app.extensions["store"].ping()
        away = False
    except StorageError:
        away = True
    person = actor()
    found = overview(person)
    words = {
        RetentionMode.GOVERNANCE: _("hanya admin yang dapat membuka, menurut berita acara"),
        RetentionMode.COMPLIANCE: _("tidak seorang pun dapat membuka sebelum waktunya"),
    }
    modes = [words[RetentionMode(mode)] for mode in found.modes]
    return render_template(
        "custody/wholeness.html", found=found, away=away, modes=modes, holds=Role.INSPECTOR in person.roles, say=say
    )


@blueprint.get("/arsip/penahanan")
@access(Role.INSPECTOR)
def held() -> ResponseReturnValue:
    """List the open holds, and take an order for another."""
    return _holds()


@blueprint.post("/arsip/penahanan")
@access(Role.INSPECTOR, writes=True)
def hold() -> ResponseReturnValue:
    """Hold a file, named by its receipt."""
    try:
        holds.open_hold(_evidence(), letter=_typed("letter"), reason=_typed("reason"), actor=actor())
    except WorkflowError as error:
        code = note(error)
        return _holds(errors=error_pairs(error.reasons, form="hold"), given=request.form), code
    flash(_("Berkas ditahan dari pemusnahan."), "success")
    return redirect(url_for("custody.held"), code=303)


@blueprint.post("/arsip/penahanan/<uuid:hold_id>/akhiri")
@access(Role.INSPECTOR, writes=True)
def release(hold_id: uuid.UUID) -> ResponseReturnValue:
    """End a hold."""
    row = holds.get_hold(hold_id, actor())
    try:
        holds.close_hold(row, letter=_typed("letter"), actor=actor())
    except WorkflowError as error:
        code = note(error)
        return _holds(errors=error_pairs(error.reasons, form="release")), code
    flash(_("Penahanan diakhiri."), "success")
    return redirect(url_for("custody.held"), code=303)


@blueprint.get("/arsip/pemusnahan")
@access(*disposals.PROPOSERS)
def disposal() -> ResponseReturnValue:
    """List the disposals, and take a proposal for another."""
    return _disposals()


@blueprint.post("/arsip/pemusnahan")
@access(*disposals.PROPOSERS, writes=True)
def propose() -> ResponseReturnValue:
    """Propose that a file is disposed of."""
    try:
        kind = _typed("kind")
        if kind not in list(DisposalKind):
            raise InvalidInputError(Reason("no_kind", "Pilih mengapa berkas ini dimusnahkan."))
        disposals.propose(
            _evidence(), kind=DisposalKind(kind), letter=_typed("letter"), reason=_typed("reason"), actor=actor()
        )
    except WorkflowError as error:
        code = note(error)
        return _disposals(errors=error_pairs(error.reasons, form="propose"), given=request.form), code
    flash(_("Usulan tercatat; orang lain, seorang Inspektur, yang mengukuhkan."), "success")
    return redirect(url_for("custody.disposal"), code=303)


@blueprint.post("/arsip/pemusnahan/<uuid:disposal_id>/kukuhkan")
@access(Role.INSPECTOR, writes=True)
def confirm(disposal_id: uuid.UUID) -> ResponseReturnValue:
    """Confirm what another proposed."""
    return _settle(disposal_id, disposals.confirm, _("Pemusnahan dikukuhkan; admin yang menjalankannya."))


@blueprint.post("/arsip/pemusnahan/<uuid:disposal_id>/batalkan")
@access(*disposals.PROPOSERS, writes=True)
def withdraw(disposal_id: uuid.UUID) -> ResponseReturnValue:
    """Drop a proposal."""
    return _settle(disposal_id, disposals.withdraw, _("Usulan pemusnahan dibatalkan."))


def _settle(disposal_id: uuid.UUID, act: Any, done: str) -> ResponseReturnValue:
    row = disposals.get_disposal(disposal_id, actor())
    try:
        act(row, actor=actor())
    except WorkflowError as error:
        code = note(error)
        return _disposals(errors=error_pairs(error.reasons, form="settle")), code
    flash(done, "success")
    return redirect(url_for("custody.disposal"), code=303)


def _holds(**more: Any) -> str:
    values = {"errors": [], "given": {}, **more}
    return render_template("custody/holds.html", holds=holds.list_holds(actor()), **values)


def _disposals(**more: Any) -> str:
    person = actor()
    kinds = [
        (DisposalKind.WRONG_DELIVERY.value, _("Salah kirim")),
        (DisposalKind.TERM_OVER.value, _("Masa simpan berakhir")),
    ]
    values = {"errors": [], "given": {}, **more}
    return render_template(
        "custody/disposals.html",
        rows=disposals.list_disposals(person),
        kinds=kinds,
        words=dict(kinds),
        person=person,
        confirms=Role.INSPECTOR in person.roles,
        **values,
    )


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()


def _evidence() -> Evidence:
    try:
        return file_by_number(_typed("receipt").upper(), actor())
    except NotFoundError as error:
        raise InvalidInputError(UNKNOWN_RECEIPT) from error
