"""The first page: what waits for the person who is signed in, in each of his posts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.reading import is_late, return_reason, word_of
from workflows.core.actors import Actor, Post, Role
from workflows.core.transitions import Action
from workflows.evidence.inbox import Turn, inbox
from workflows.evidence.models import CheckState
from workflows.evidence.vacancies import vacancies
from workflows.organization.assignments import PROPOSERS, WATCHERS
from workflows.organization.queries import agency_names
from workflows.plans.conversation import news
from workflows.plans.deadlines import RECEIVERS
from workflows.plans.objections import open_objections
from workflows.plans.plan_queries import plan_turns
from workflows.recommendations.queries import drafts_in_sight, unreceived_reports
from workflows.signoff.ink import accepted_for

blueprint = Blueprint("pages", __name__)


@dataclass(frozen=True)
class Task:
    """A turn, as a person reads it."""

    title: str
    href: str
    why: str
    quote: str | None
    action: str
    """The word on the button; empty while there is nothing to press."""
    turn: Turn
    state: str
    late: bool


@blueprint.get("/")
@access()
def home() -> ResponseReturnValue:
    """Show what waits."""
    person = actor()
    found = inbox(person, today=formats.today())
    plans = plan_turns(person)
    g.waiting = found.open + len(plans)
    groups: dict[Post, list[Task]] = {}
    for task in _tasks(found.turns):
        groups.setdefault(task.turn.post, []).append(task)
    shown = sum(not turn.waiting for turn in found.turns)
    return render_template(
        "pages/home.html",
        groups=_named(groups, person),
        plans=plans,
        hidden=max(0, found.open - shown),
        later=list(_tasks(found.later)),
        later_count=found.later_count,
        inked=accepted_for(person),
        vacancies=vacancies(person, today=formats.today()) if person.roles & set(WATCHERS) else [],
        proposes=bool(person.roles & set(PROPOSERS)),
        news=news(person),
        drafts=drafts_in_sight(person) if Role.INSPECTOR in person.roles else 0,
        unreceived=unreceived_reports(person) if person.roles & set(RECEIVERS) else [],
        objections=open_objections(person) if Role.INSPECTOR in person.roles else [],
    )


def _named(groups: Mapping[Post, list[Task]], person: Actor) -> list[tuple[str, list[Task]]]:
    """Return each post as it is printed, with its agency where the person holds posts in several."""
    several = len({post.agency_id for post in person.posts if post.agency_id}) > 1
    names = {row.id: row.name for row in agency_names(person)} if several else {}
    return [
        (f"{post.printed}, {names[post.agency_id]}" if post.agency_id in names else post.printed, tasks)
        for post, tasks in groups.items()
    ]


def _tasks(turns: Iterable[Turn]) -> Iterable[Task]:
    today = formats.today()
    for turn in turns:
        row = turn.requirement
        state = word_of(row, today=today)
        why, button = _words(turn)
        yield Task(
            title=row.title,
            href=url_for("requirements.show", requirement_id=row.id),
            why=why,
            quote=row.return_text if return_reason(row) else None,
            action="" if turn.waiting else button,
            turn=turn,
            state=state,
            late=is_late(row, today=today),
        )


def _words(turn: Turn) -> tuple[str, str]:
    """Return why it waits, and the word on its button."""
    row, came_back = turn.requirement, return_reason(turn.requirement)
    if turn.waiting:
        return _("Berkas sedang diperiksa. Anda dapat menandatangani begitu pemeriksaan selesai."), ""
    if turn.action == Action.UPLOAD:
        if came_back:
            return _("Perlu diperbaiki: %(reason)s.", reason=came_back), _("Perbaiki")
        if turn.evidence is not None and turn.evidence.check_state == CheckState.FAILED:
            return _("Pemeriksaan berkas gagal; kirim ulang berkasnya."), _("Kirim ulang")
        numbers = ", ".join(turn.numbers)
        return _("Diminta Inspektorat untuk rekomendasi %(numbers)s.", numbers=numbers), _("Unggah")
    if turn.action == Action.REVIEW_ACCEPT:
        return _("%(agency)s meminta berkas yang ditolak pemeriksaan ditinjau.", agency=row.agency.name), _("Tinjau")
    if turn.action == Action.SIGN:
        if came_back:
            return _("Diminta tanda tangan ulang; berkasnya sudah benar."), _("Tanda tangani")
        return _("Bukti sudah diperiksa dan diarsipkan; tinggal tanda tangan Anda."), _("Tanda tangani")
    if turn.action == Action.ACKNOWLEDGE:
        post = row.signing_position.title if row.signing_position else _("penanda tangan")
        return _("Sudah ditandatangani %(post)s; menunggu persetujuan Anda.", post=post), _("Periksa dan setujui")
    return _("%(agency)s sudah mengesahkannya; siap Anda periksa.", agency=row.agency.name), _("Verifikasi")
