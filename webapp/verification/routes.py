"""The Inspektorat's forms: verify, reopen, and the official status."""

import uuid
from collections.abc import Callable, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.place import chosen_place
from webapp.pages.refusals import Errors, error_pairs, note
from webapp.plans.requirement_routes import perform
from webapp.verification import desk, official_papers, returns, rollup, samples
from workflows.core.actors import Actor, Role
from workflows.core.errors import InvalidInputError, NotFoundError, Reason, WorkflowError
from workflows.core.transitions import Action
from workflows.plans.models import OutcomeFinding
from workflows.plans.outcomes import unanswered
from workflows.plans.queries import get_requirement
from workflows.recommendations.models import OfficialStatus
from workflows.recommendations.queries import get_recommendation, recommendations_of_year
from workflows.recommendations.versions import required
from workflows.verification.decisions import decide, decline, propose, withdraw
from workflows.verification.models import OfficialPaper, ValidReason
from workflows.verification.official_papers import get_official_paper, official_papers_of
from workflows.verification.queries import (
    get_decision,
    list_decisions,
    proposed_among,
    verified_serving,
    waiting_decisions,
)

blueprint = Blueprint("verification", __name__)
blueprint.register_blueprint(desk.blueprint)
blueprint.register_blueprint(returns.blueprint)
blueprint.register_blueprint(samples.blueprint)
blueprint.register_blueprint(official_papers.blueprint)
blueprint.register_blueprint(rollup.blueprint)
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
    """List proposals and decisions of one agency, and what can be proposed for a year."""
    return _page()


@blueprint.post("/keputusan")
@access(*INSPECTORATE, writes=True)
def propose_status() -> ResponseReturnValue:
    """Propose an official status for the chosen recommendations."""
    try:
        chosen = [get_recommendation(row, actor()) for row in _chosen("recommendation", _NOTHING)]
        status = request.form.get("status", "")
        if status not in list(OfficialStatus) or status == OfficialStatus.NOT_ASSESSED:
            raise InvalidInputError(Reason("no_status", "Pilih status resmi."))
        propose(
            chosen,
            official_status=OfficialStatus(status),
            reason=required(request.form.get("reason", "")[:4000], "reason_missing", "Tulis alasan usulan."),
            valid_reason=_valid_reason(),
            ground=_paper("ground"),
            reopens=[get_requirement(row, actor()) for row in _chosen("reopens")],
            actor=actor(),
        )
    except NotFoundError:
        raise
    except WorkflowError as error:
        code = note(error)
        return _page(errors=error_pairs(error.reasons, form="propose")), code
    flash(_("Usulan tercatat; Inspektur yang menetapkan."), "success")
    return redirect(url_for("verification.decisions", **chosen_place().query), code=303)


@blueprint.post("/keputusan/tetapkan")
@access(Role.INSPECTOR, writes=True)
def decide_statuses() -> ResponseReturnValue:
    """Decide the chosen proposals by one letter."""
    try:
        chosen = [get_decision(row, actor()) for row in _chosen("decision", _NO_PROPOSAL)]
        letter = _paper("letter")
        if letter is None:
            raise InvalidInputError(Reason("letter_missing", "Pilih surat keputusannya; unggah dahulu bila belum ada."))
        decide(chosen, letter=letter, actor=actor())
    except NotFoundError:
        raise
    except WorkflowError as error:
        code = note(error)
        return _page(errors=error_pairs(error.reasons, form="decide")), code
    flash(_("Status resmi ditetapkan."), "success")
    return redirect(url_for("verification.decisions", **chosen_place().query), code=303)


@blueprint.post("/keputusan/<uuid:decision_id>/tarik")
@access(*INSPECTORATE, writes=True)
def withdraw_proposal(decision_id: uuid.UUID) -> ResponseReturnValue:
    """Take one's own proposal back."""
    return _close(decision_id, withdraw, done=_("Usulan ditarik."))


@blueprint.post("/keputusan/<uuid:decision_id>/tolak")
@access(Role.INSPECTOR, writes=True)
def decline_proposal(decision_id: uuid.UUID) -> ResponseReturnValue:
    """Do not follow somebody else's proposal."""
    return _close(decision_id, decline, done=_("Usulan tidak diterima; pengusul melihat alasannya."))


def _close(decision_id: uuid.UUID, close: Callable[..., None], *, done: str) -> ResponseReturnValue:
    decision = get_decision(decision_id, actor())
    try:
        close(decision, reason=request.form.get("reason", "")[:4000], actor=actor())
    except WorkflowError as error:
        code = note(error)
        return _page(errors=error_pairs(error.reasons, form=f"close-{decision_id}")), code
    flash(done, "success")
    return redirect(url_for("verification.decisions", **chosen_place().query), code=303)


def _page(errors: Errors | None = None) -> str:
    person, place = actor(), chosen_place()
    agency_id = place.agency.id if place.agency else None
    found = recommendations_of_year(person, year=place.year, agency_id=agency_id, limit=100) if agency_id else None
    rows = [row for row in found.items if row.ended_as is None] if found else []
    return render_template(
        "verification/decisions.html",
        place=place,
        rows=rows,
        verified=verified_serving([row.id for row in rows], person),
        decisions=list_decisions(person, agency_id=agency_id) if agency_id else [],
        elsewhere=[one for one in waiting_decisions(person) if one.agency_id != agency_id],
        unmet=_unmet(person),
        papers=official_papers_of(person, agency_id) if agency_id else [],
        statuses=[(status.value, text) for status, text in _status_words().items()],
        valid_reasons=[(one.value, text) for one, text in valid_reason_words().items()],
        decides=Role.INSPECTOR in person.roles,
        person=person,
        errors=errors or [],
        given=request.form if errors else {},
        many={name: request.form.getlist(name) if errors else [] for name in ("recommendation", "decision", "reopens")},
        today=formats.today(),
    )


def _unmet(person: Actor) -> list[OutcomeFinding]:
    """Return the outcomes that a later report left unmet, as far as nothing is proposed about them."""
    rows = unanswered(person)
    proposed = proposed_among([row.recommendation_id for row in rows])
    return [row for row in rows if row.recommendation_id not in proposed]


def _status_words() -> dict[OfficialStatus, str]:
    return {
        OfficialStatus.COMPLIANT: _("Sesuai"),
        OfficialStatus.PARTIAL: _("Belum sesuai"),
        OfficialStatus.NOT_STARTED: _("Belum ditindaklanjuti"),
        OfficialStatus.NOT_ACTIONABLE: _("Tidak dapat ditindaklanjuti"),
    }


def valid_reason_words() -> dict[ValidReason, str]:
    """Return the reasons for which nobody need follow a recommendation up, in words."""
    return {
        ValidReason.FORCE_MAJEURE: _("Keadaan kahar (force majeure)"),
        ValidReason.IN_COURT: _("Subjek atau objeknya dalam proses peradilan"),
        ValidReason.NOT_WORTHWHILE: _("Tidak lagi efektif, efisien, atau ekonomis"),
    }


_NOTHING = Reason("no_recommendation", "Pilih sedikitnya satu rekomendasi.")
_NO_PROPOSAL = Reason("no_proposal", "Pilih sedikitnya satu usulan.")


def _chosen(name: str, otherwise: Reason | None = None) -> Sequence[uuid.UUID]:
    try:
        ids = [uuid.UUID(text) for text in request.form.getlist(name)]
    except ValueError as error:
        raise InvalidInputError(Reason("choice", "Pilihannya tidak dikenal. Muat ulang halaman ini.")) from error
    if not ids and otherwise is not None:
        raise InvalidInputError(otherwise)
    return list(dict.fromkeys(ids))[:100]


def _paper(name: str) -> OfficialPaper | None:
    text = request.form.get(name, "")
    try:
        return get_official_paper(uuid.UUID(text), actor()) if text else None
    except ValueError as error:
        raise InvalidInputError(Reason("choice", "Pilihannya tidak dikenal. Muat ulang halaman ini.")) from error


def _valid_reason() -> ValidReason | None:
    text = request.form.get("valid_reason", "")
    if text and text not in list(ValidReason):
        raise InvalidInputError(Reason("valid_reason_missing", "Pilih salah satu alasan yang sah."))
    return ValidReason(text) if text else None
