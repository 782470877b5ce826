"""The posts of an agency: who holds them, which are vacant, and what one proposes and another confirms."""

import datetime as dt
import uuid
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.errors import RefusedError
from webapp.evidence.files import send_letter
from webapp.evidence.intake import require_form_token
from webapp.extensions import csrf
from webapp.multipart import Form
from webapp.organization.letters import receive_letter
from webapp.organization.place import watched_place
from webapp.pages.refusals import Errors, error_pairs, note
from webapp.sentences import kind_words
from workflows.core.actors import Actor, AssignmentKind
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, Reason, WorkflowError
from workflows.evidence.vacancies import vacancies
from workflows.organization import assignments
from workflows.organization.assignments import CONFIRMERS, PROPOSERS, WATCHERS
from workflows.organization.engagements import person_by_email
from workflows.organization.models import Person, Position, PositionAssignment
from workflows.organization.posts import (
    UNKNOWN_PERSON,
    get_assignment,
    get_letter,
    get_person,
    get_position,
    history_of_post,
    holders,
    people_of,
    posts_of,
    proposals,
    standing,
    vacant_posts,
)
from workflows.organization.queries import agency_names

blueprint = Blueprint("posts", __name__, url_prefix="/jabatan")
UNUSUAL = frozenset({"long_acting", "far_away", "over", "still_held"})
"""Codes of what is told once and may then be written all the same."""


@blueprint.get("")
@access(*WATCHERS)
def listing() -> ResponseReturnValue:
    """Show the posts of an agency, the vacant ones first."""
    person, today = actor(), formats.today()
    agencies, agency = watched_place()
    vacant = vacant_posts(person, agency.id, today=today) if agency else []
    found = posts_of(person, agency.id, cursor=request.args.get("cursor")) if agency else None
    rows = found.items if found else []
    return render_template(
        "organization/posts.html",
        agencies=agencies,
        agency=agency,
        vacant=vacant,
        waiting=_waiting(person, [row.id for row in vacant]),
        rows=rows,
        holders=holders([row.id for row in rows], today=today),
        proposals=proposals(person, today=today),
        proposes=bool(person.roles & set(PROPOSERS)),
        next=url_for("posts.listing", opd=agency.code, cursor=found.next) if agency and found and found.next else None,
        first=url_for("posts.listing", opd=agency.code) if agency and "cursor" in request.args else None,
    )


def _waiting(person: Actor, position_ids: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many papers wait for each of these posts to be filled."""
    if not position_ids:
        return {}
    found = vacancies(person, today=formats.today(), position_ids=position_ids, limit=len(position_ids))
    return {row.position_id: row.waiting for row in found}


@blueprint.get("/<uuid:position_id>")
@access(*WATCHERS)
def show(position_id: uuid.UUID) -> ResponseReturnValue:
    """Show one post: who holds it, who held it, and the form for the next one."""
    return _page(get_position(position_id, actor()))


@blueprint.post("/<uuid:position_id>")
@access(*PROPOSERS, writes=True)
def propose(position_id: uuid.UUID) -> ResponseReturnValue:
    """Write down what a letter says."""
    person = actor()
    position = get_position(position_id, person)
    try:
        row = assignments.propose(
            position,
            _person(),
            kind=_kind(),
            valid_from=_day("from"),
            valid_to=_day("to") if _typed("to") else None,
            letter_number=_typed("letter"),
            letter_date=_day("letter_date") if _typed("letter_date") else None,
            moves=bool(_typed("moves")),
            sure=bool(_typed("sure")),
            actor=person,
        )
    except WorkflowError as error:
        status = note(error)
        unusual = {reason.code for reason in error.reasons} <= UNUSUAL
        errors = error_pairs(error.reasons, form="propose")
        return _page(get_position(position_id, actor()), errors=errors, given=request.form, unusual=unusual), status
    flash(
        _("Penugasan tercatat dan langsung berlaku pada masanya; orang lain masih perlu mengukuhkannya.")
        if row.at_once
        else _("Usulan tercatat; berlaku setelah dikukuhkan orang lain."),
        "success",
    )
    return redirect(url_for("posts.show", position_id=position_id), code=303)


@blueprint.post("/penugasan/<uuid:assignment_id>/kukuhkan")
@access(*CONFIRMERS, writes=True)
def confirm(assignment_id: uuid.UUID) -> ResponseReturnValue:
    """Confirm what another proposed."""
    row = get_assignment(assignment_id, actor())
    return _settle(row, lambda: assignments.confirm(row, actor=actor()), _("Penugasan dikukuhkan."))


@blueprint.post("/penugasan/<uuid:assignment_id>/tolak")
@access(*WATCHERS, writes=True)
def decline(assignment_id: uuid.UUID) -> ResponseReturnValue:
    """Decline what another proposed, or take back one's own proposal."""
    row = get_assignment(assignment_id, actor())
    return _settle(
        row, lambda: assignments.decline(row, reason=_typed("reason"), actor=actor()), _("Usulan tidak jadi berlaku.")
    )


@blueprint.post("/penugasan/<uuid:assignment_id>/akhiri")
@access(*WATCHERS, writes=True)
def end(assignment_id: uuid.UUID) -> ResponseReturnValue:
    """End an assignment before its time."""
    row = get_assignment(assignment_id, actor())

    def act() -> None:
        last_day = _day("last_day") if _typed("last_day") else None
        assignments.end(row, reason=_typed("reason"), last_day=last_day, actor=actor())

    return _settle(row, act, _("Penugasan diakhiri."))


@blueprint.post("/penugasan/<uuid:assignment_id>/surat")
@csrf.exempt
@access(*WATCHERS, writes=True)
def attach(assignment_id: uuid.UUID) -> ResponseReturnValue:
    """Take in a scan of the letter. The form's token is checked here, because the body is read as a stream."""
    row = get_assignment(assignment_id, actor())
    position_id = row.position_id
    try:
        form = Form(names={"csrf_token"}, max_bytes=current_app.config["SETTINGS"].max_plan_bytes)
        receive_letter(row, form, actor=actor(), check=lambda: require_form_token(form.fields.get("csrf_token")))
    except WorkflowError as error:
        status = note(error)
        return _page(get_position(position_id, actor()), errors=error_pairs(error.reasons, form="letter")), status
    except RefusedError as error:
        db.session.rollback()
        errors = error_pairs(error.reasons, form="letter")
        return _page(get_position(position_id, actor()), errors=errors), error.status
    flash(_("Pindaian surat tersimpan."), "success")
    return redirect(url_for("posts.show", position_id=position_id), code=303)


@blueprint.get("/surat/<uuid:scan_id>")
@access(*WATCHERS)
def letter(scan_id: uuid.UUID) -> Response:
    """Hand out a scan of a letter, as it was received."""
    return send_letter(get_letter(scan_id, actor()), actor())


def _settle(row: PositionAssignment, act: Any, done: str) -> ResponseReturnValue:
    position_id = row.position_id
    try:
        act()
    except WorkflowError as error:
        status = note(error)
        errors = error_pairs(error.reasons, form="settle")
        return _page(get_position(position_id, actor()), errors=errors, given=request.form), status
    flash(done, "success")
    return redirect(url_for("posts.show", position_id=position_id), code=303)


def _page(position: Position, *, errors: Errors | None = None, given: Any = None, unusual: bool = False) -> str:
    person, today = actor(), formats.today()
    found = history_of_post(person, position.id, cursor=request.args.get("cursor"))
    agency = next((row for row in agency_names(person) if row.id == position.agency_id), None)
    vacant = not holders([position.id], today=today)[position.id]
    return render_template(
        "organization/post.html",
        position=position,
        agency=agency,
        rows=[(row, standing(row, today=today)) for row in found.items],
        next=url_for("posts.show", position_id=position.id, cursor=found.next) if found.next else None,
        first=url_for("posts.show", position_id=position.id) if "cursor" in request.args else None,
        vacant=vacant,
        waiting=_waiting(person, [position.id]).get(position.id, 0) if vacant else 0,
        people=[(str(one.id), one.name) for one in people_of(agency.id, person)] if agency else [],
        kinds=[(kind.value, words) for kind, words in kind_words().items()],
        heads=position.role in assignments.HEADS,
        person=person,
        proposes=person.holds(*PROPOSERS, agency_id=position.agency_id),
        settles=assignments.settles,
        ends=assignments.ends,
        errors=errors or [],
        given=given or {},
        unusual=unusual,
    )


def _person() -> Person:
    text = _typed("email")
    if text:
        return person_by_email(text, actor())
    try:
        return get_person(uuid.UUID(_typed("person")), actor())
    except ValueError as error:
        raise InvalidInputError(UNKNOWN_PERSON) from error


def _kind() -> AssignmentKind:
    text = _typed("kind") or AssignmentKind.DEFINITIVE
    if text not in list(AssignmentKind):
        raise InvalidInputError(Reason("kind", "Pilih jenis penugasannya."))
    return AssignmentKind(text)


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()[:500]


def _day(name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(_typed(name))
    except ValueError as error:
        raise InvalidInputError(Reason("day", "Isi tanggal mulai; setiap tanggal ditulis lengkap.")) from error
