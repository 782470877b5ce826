"""The Inspektorat's forms: verify, reopen, and the official status."""

import datetime as dt
import uuid
from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.place import chosen_place
from webapp.pages.refusals import Errors, error_pairs, note
from webapp.plans.requirement_routes import perform
from webapp.verification import desk, returns, samples
from workflows.core.actors import Actor, Role
from workflows.core.errors import InvalidInputError, Reason, WorkflowError
from workflows.core.transitions import Action
from workflows.plans.models import OutcomeFinding
from workflows.plans.outcomes import unanswered
from workflows.recommendations.models import OfficialStatus, Recommendation
from workflows.recommendations.queries import get_recommendation, recommendations_of_year
from workflows.verification.models import Decision, DecisionState
from workflows.verification.operations import decide, propose
from workflows.verification.queries import get_decision, list_decisions

blueprint = Blueprint("verification", __name__)
blueprint.register_blueprint(desk.blueprint)
blueprint.register_blueprint(returns.blueprint)
blueprint.register_blueprint(samples.blueprint)
INSPECTORATE = (Role.EVALUATOR, Role.INSPECTOR)


@blueprint.post("/kewajiban/<uuid:requirement_id>/verifikasi")
@access(writes=True)
def verify(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Verify the digest that the form names."""
    return perform(requirement_id, Action.VERIFY, done=_("Bukti ini sudah diverifikasi."))


@blueprint.post("/kewajiban/<uuid:requirement_id>/buka-lagi")
@access(writes=True)
def reopen(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Open a verified requirement again."""
    return perform(requirement_id, Action.REOPEN, done=_("Kewajiban ini dibuka kembali untuk putaran baru."))


@blueprint.post("/kewajiban/<uuid:requirement_id>/tinjauan/terima")
@access(Role.EVALUATOR, writes=True)
def review_accept(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Accept a refused file after looking at it."""
    return perform(requirement_id, Action.REVIEW_ACCEPT, done=_("Berkas diterima; alasan Anda tercatat."))


@blueprint.post("/kewajiban/<uuid:requirement_id>/tinjauan/tolak")
@access(Role.EVALUATOR, writes=True)
def review_decline(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Leave a refused file refused after looking at it."""
    return perform(
        requirement_id, Action.REVIEW_DECLINE, done=_("Berkas tidak diterima; alasannya terlihat oleh pengunggah.")
    )


@blueprint.get("/keputusan")
@access(*INSPECTORATE)
def decisions() -> ResponseReturnValue:
    """List proposals and decisions, and what can be proposed for one agency and year."""
    return _page()


@blueprint.post("/keputusan")
@access(*INSPECTORATE, writes=True)
def propose_status() -> ResponseReturnValue:
    """Propose an official status for the chosen recommendations."""
    try:
        chosen = _chosen()
        status = request.form.get("status", "")
        if status not in list(OfficialStatus) or status == OfficialStatus.NOT_ASSESSED:
            raise InvalidInputError(Reason("no_status", "Pilih status resmi."))
        reason = request.form.get("reason", "").strip()
        if not reason:
            raise InvalidInputError(Reason("reason_missing", "Tulis alasan usulan."))
        propose(chosen, official_status=OfficialStatus(status), reason=reason, actor=actor())
    except WorkflowError as error:
        code = note(error)
        return _page(errors=error_pairs(error.reasons, form="propose")), code
    flash(_("Usulan tercatat; Inspektur yang menetapkan."), "success")
    return redirect(url_for("verification.decisions", **chosen_place().query), code=303)


@blueprint.post("/keputusan/<uuid:decision_id>")
@access(Role.INSPECTOR, writes=True)
def decide_status(decision_id: uuid.UUID) -> ResponseReturnValue:
    """Decide a proposal by a numbered letter."""
    decision = get_decision(decision_id, actor())
    try:
        number, day = request.form.get("number", "").strip(), request.form.get("decided_on", "")
        if not number:
            raise InvalidInputError(Reason("number_missing", "Tulis nomor surat keputusan."))
        decide(decision, number=number, decided_on=_day(day), actor=actor())
    except WorkflowError as error:
        code = note(error)
        return _page(errors=error_pairs(error.reasons, form="decide")), code
    flash(_("Status resmi ditetapkan."), "success")
    return redirect(url_for("verification.decisions"), code=303)


def _page(errors: Errors | None = None) -> str:
    person, place = actor(), chosen_place()
    agency_id = place.agency.id if place.agency else None
    found = recommendations_of_year(person, year=place.year, agency_id=agency_id, limit=100) if agency_id else None
    known = list_decisions(person)
    return render_template(
        "verification/decisions.html",
        place=place,
        rows=found.items if found else [],
        decisions=known,
        unmet=_unmet(person, known),
        statuses=[(status.value, text) for status, text in _status_words().items()],
        decides=Role.INSPECTOR in person.roles,
        person=person,
        errors=errors or [],
        given=request.form if errors else {},
        today=formats.today(),
    )


def _unmet(person: Actor, decisions: Sequence[Decision]) -> list[OutcomeFinding]:
    """Return the outcomes that a later report left unmet, as far as nothing is proposed about them."""
    waiting = [item for item in decisions if item.state == DecisionState.PROPOSED]
    proposed = {row.id for item in waiting for row in item.recommendations}
    return [row for row in unanswered(person) if row.recommendation_id not in proposed]


def _status_words() -> dict[OfficialStatus, str]:
    return {
        OfficialStatus.COMPLIANT: _("Sesuai"),
        OfficialStatus.PARTIAL: _("Belum sesuai"),
        OfficialStatus.NOT_STARTED: _("Belum ditindaklanjuti"),
        OfficialStatus.NOT_ACTIONABLE: _("Tidak dapat ditindaklanjuti"),
    }


def _chosen() -> Sequence[Recommendation]:
    try:
        ids = [uuid.UUID(text) for text in request.form.getlist("recommendation")]
    except ValueError as error:
        raise InvalidInputError(Reason("recommendation", "Pilihan rekomendasi tidak dikenal.")) from error
    if not ids:
        raise InvalidInputError(Reason("no_recommendation", "Pilih sedikitnya satu rekomendasi."))
    return [get_recommendation(row, actor()) for row in ids[:100]]


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(Reason("date", "Isi tanggal keputusan.")) from error
