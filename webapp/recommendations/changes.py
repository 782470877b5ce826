"""What an inspector still changes of an issued recommendation, and the objection of the agency's head to it.

Each has a page of its own with one form, because each is a decision of its own with its reason and its letter.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.refusals import error_pairs, note
from workflows.core.actors import Role
from workflows.core.errors import InvalidInputError, NotFoundError, Reason, WorkflowError
from workflows.organization.queries import agencies_in_sight
from workflows.plans.changes import cancel, correct, move_to
from workflows.plans.deadlines import extend
from workflows.plans.objections import answer, object_to, objections_to
from workflows.recommendations.models import Component, Outcome, Recommendation
from workflows.recommendations.queries import get_recommendation
from workflows.recommendations.versions import Wording

blueprint = Blueprint("changes", __name__)
LONGEST = 10_000
"""Characters of a text that is typed into these forms."""
ALL_ANSWERS = (Outcome.DECLINED, Outcome.CORRECTED, Outcome.CANCELLED)


@blueprint.get("/rekomendasi/<uuid:recommendation_id>/perbaiki")
@access(Role.INSPECTOR)
def correcting(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for another wording."""
    return _page("correct", recommendation_id)


@blueprint.post("/rekomendasi/<uuid:recommendation_id>/perbaiki")
@access(Role.INSPECTOR, writes=True)
def correct_it(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Write another wording; the old ones stay."""
    return _perform(
        "correct", recommendation_id, lambda row: correct(row, _wording(), **_grounds(), actor=actor()),
        done=_("Rekomendasi diperbaiki; bunyi yang lama tetap dapat dibaca."),
    )  # fmt: skip


@blueprint.get("/rekomendasi/<uuid:recommendation_id>/batalkan")
@access(Role.INSPECTOR)
def cancelling(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Ask whether it is to be cancelled."""
    return _page("cancel", recommendation_id)


@blueprint.post("/rekomendasi/<uuid:recommendation_id>/batalkan")
@access(Role.INSPECTOR, writes=True)
def cancel_it(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Cancel it; it stays readable."""
    return _perform(
        "cancel", recommendation_id, lambda row: cancel(row, **_grounds(), actor=actor()),
        done=_("Rekomendasi dibatalkan; ia tetap dapat dibaca."),
    )  # fmt: skip


@blueprint.get("/rekomendasi/<uuid:recommendation_id>/alihkan")
@access(Role.INSPECTOR)
def moving(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Ask to which agency it goes."""
    return _page("move", recommendation_id)


@blueprint.post("/rekomendasi/<uuid:recommendation_id>/alihkan")
@access(Role.INSPECTOR, writes=True)
def move_it(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Hand it on to another agency."""

    def act(row: Recommendation) -> None:
        code = request.form.get("agency", "")
        agency = next((one for one in agencies_in_sight(actor()) if one.code == code), None)
        if agency is None:
            raise InvalidInputError(Reason("agency", "Pilih perangkat daerah lain sebagai tujuan."))
        move_to(row, agency, number=request.form.get("number", "")[:50], **_grounds(), actor=actor())

    return _perform("move", recommendation_id, act, done=_("Rekomendasi dialihkan; jejaknya terlihat di kedua sisi."))


@blueprint.get("/rekomendasi/<uuid:recommendation_id>/perpanjang")
@access(Role.INSPECTOR)
def extending(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for the new deadline."""
    return _page("extend", recommendation_id)


@blueprint.post("/rekomendasi/<uuid:recommendation_id>/perpanjang")
@access(Role.INSPECTOR, writes=True)
def extend_it(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Give it more time."""
    return _perform(
        "extend", recommendation_id,
        lambda row: extend([row], due_on=_day(request.form.get("due_on", "")), reason=_text("reason"), actor=actor()),
        done=_("Batas waktu diperpanjang."),
    )  # fmt: skip


@blueprint.get("/rekomendasi/<uuid:recommendation_id>/keberatan")
@access(Role.AGENCY_HEAD)
def objecting(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Ask why the agency's head does not agree."""
    return _page("object", recommendation_id)


@blueprint.post("/rekomendasi/<uuid:recommendation_id>/keberatan")
@access(Role.AGENCY_HEAD, writes=True)
def object_it(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Object; the clock stops until the inspector answers."""
    return _perform(
        "object", recommendation_id, lambda row: object_to(row, reason=_text("reason"), actor=actor()),
        done=_("Keberatan tercatat. Batas waktu berhenti sampai Inspektur menjawab."),
    )  # fmt: skip


@blueprint.get("/rekomendasi/<uuid:recommendation_id>/jawab")
@access(Role.INSPECTOR)
def answering(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Show the objection and ask for the answer."""
    return _page("answer", recommendation_id)


@blueprint.post("/rekomendasi/<uuid:recommendation_id>/jawab")
@access(Role.INSPECTOR, writes=True)
def answer_it(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Answer the objection, and correct or cancel at once where it is accepted."""

    def act(row: Recommendation) -> None:
        outcome = request.form.get("outcome", "")
        if outcome not in list(Outcome):
            raise InvalidInputError(Reason("outcome", "Pilih jawabannya: tidak diterima, diperbaiki, atau dibatalkan."))
        wording = _wording() if outcome == Outcome.CORRECTED else None
        answer(row, outcome=Outcome(outcome), wording=wording, **_grounds(), actor=actor())

    return _perform("answer", recommendation_id, act, done=_("Jawaban tercatat; batas waktu berjalan lagi."))


def _perform(
    kind: str, recommendation_id: uuid.UUID, act: Callable[[Recommendation], object], *, done: str
) -> ResponseReturnValue:
    try:
        act(get_recommendation(recommendation_id, actor()))
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        return _page(kind, recommendation_id, errors=error_pairs(error.reasons, form=kind)), status
    flash(done, "success")
    return redirect(url_for("recommendations.show", recommendation_id=recommendation_id), code=303)


def _page(kind: str, recommendation_id: uuid.UUID, **more: Any) -> str:
    person = actor()
    row = get_recommendation(recommendation_id, person)
    errors = more.get("errors", [])
    return render_template(
        "recommendations/change.html",
        kind=kind,
        row=row,
        agencies=[(one.code, one.name) for one in agencies_in_sight(person) if one.id != row.agency_id],
        components=[(one.value, one.value) for one in Component],
        answers=[(one.value, _answer_words()[one]) for one in ALL_ANSWERS],
        objection=next((one for one in objections_to([row.id]) if one.outcome is None), None),
        today=formats.today(),
        errors=errors,
        given=request.form if errors else {},
    )


def _answer_words() -> dict[Outcome, str]:
    return {
        Outcome.DECLINED: _("Tidak diterima"),
        Outcome.CORRECTED: _("Diterima, bunyinya diperbaiki"),
        Outcome.CANCELLED: _("Diterima, rekomendasinya dibatalkan"),
    }


def _grounds() -> dict[str, str]:
    return {"reason": _text("reason"), "letter": _text("letter")[:200]}


def _text(name: str) -> str:
    return request.form.get(name, "")[:LONGEST]


def _wording() -> Wording:
    component = request.form.get("component", "")
    if component not in list(Component):
        raise InvalidInputError(Reason("component", "Pilih komponennya: A, B, C, atau D."))
    return Wording(_text("text").replace("\r\n", "\n"), Component(component), _text("criterion")[:50])


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(Reason("due_on", "Isi tanggal batas yang baru.")) from error
