"""The sheet on which a person signs and acknowledges several documents at once, each for itself: :mod:`webapp.many`."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.errors import told
from webapp.evidence.pictures import Thumbnail, thumbnails_of
from webapp.language import say
from webapp.many import form_value, read_steps, refusal_pairs, take_each
from webapp.pages.reading import is_late, page_words
from webapp.pages.refusals import Errors, note
from webapp.pages.structure import kind_sentence
from workflows.core.actors import Actor
from workflows.core.clock import now
from workflows.core.errors import InvalidInputError, Reason
from workflows.core.transitions import Action
from workflows.evidence.access.queries import opened_among
from workflows.evidence.inbox import Turn
from workflows.evidence.models import CheckReport, EvidenceUse
from workflows.evidence.page_ranges import page_remarks, pages_of
from workflows.evidence.queries import newest_of, newest_reports, uses_among
from workflows.evidence.reviewed import reviewed_among
from workflows.plans.rules import choices
from workflows.signoff.ink import open_for
from workflows.signoff.queries import count_ready_to_sign_off, ready_to_sign_off, sign_offs_by

blueprint = Blueprint("sheet", __name__, url_prefix="/lembar")
SHOWN = 50
"""Documents on one sheet; the next ones follow when these are done."""
_RECENT = dt.timedelta(hours=1)
"""How long what was confirmed stays in sight below the sheet."""
_ACTIONS = (Action.SIGN, Action.ACKNOWLEDGE)


@dataclass(frozen=True)
class Item:
    """One document that waits for its signature or acknowledgement."""

    turn: Turn
    warnings: Sequence[str]
    kind: str
    """In one sentence how the document could be signed."""
    reviewed: bool
    """Accepted by an evaluator although the checks refused it."""
    late: bool
    ink: bool
    """Whether the uploader says that the person's signature is on the paper."""
    barred: str
    """Why the rules do not let this person confirm it; empty when they do."""
    refused: str
    """Why it was refused just now; empty when it was not asked for."""
    pages: str = ""
    """Which pages of the file are for this document; empty for all."""
    remarks: Sequence[Reason] = ()
    """What cannot be right about them."""
    thumbnails: Sequence[Thumbnail] = ()
    """The first page and those with a signature, as far as they are drawn."""

    @property
    def value(self) -> str:
        """What travels in the form: the step and exactly what the person has before him."""
        return form_value(
            self.turn.action, self.turn.requirement, self.turn.evidence.sha256 if self.turn.evidence else ""
        )


@blueprint.get("")
@access()
def show() -> ResponseReturnValue:
    """Show what is ready."""
    return _page()


@blueprint.post("")
@access(writes=True)
def confirm() -> ResponseReturnValue:
    """Sign and acknowledge what is ticked; what is refused stays on the sheet with its reasons."""
    try:
        steps = read_steps(request.form.getlist("item"), _ACTIONS, most=SHOWN)
    except InvalidInputError as error:
        status = note(error)
        return _page(errors=[(None, told(error.reasons))]), status
    outcomes = take_each(steps, actor())
    refused = [outcome for outcome in outcomes if not outcome.done]
    done = len(outcomes) - len(refused)
    if done:
        flash(ngettext("%(num)s pengesahan tercatat.", "%(num)s pengesahan tercatat.", done), "success")
    if refused:
        reasons = {outcome.step.requirement_id: told(outcome.reasons) for outcome in refused}
        return _page(refused=reasons), refused[0].status
    return redirect(url_for("signoff.sheet.show"), code=HTTPStatus.SEE_OTHER)


def _page(*, refused: Mapping[uuid.UUID, str] | None = None, errors: Errors | None = None) -> str:
    person, refused = actor(), refused or {}
    items = _items(person, refused)
    groups: dict[tuple[Action, str], list[Item]] = {}
    for item in items:
        groups.setdefault((item.turn.action, item.turn.post.printed), []).append(item)
    return render_template(
        "signoff/sheet.html",
        groups=groups,
        button=_button({action for action, _post in groups}),
        hidden=max(0, count_ready_to_sign_off(person) - len(items)),
        done=sign_offs_by(person, since=now() - _RECENT),
        errors=[
            *(errors or []),
            *refusal_pairs({item.turn.requirement.id: item.turn.requirement.title for item in items}, refused),
        ],
    )


def _items(person: Actor, refused: Mapping[uuid.UUID, str]) -> list[Item]:
    turns, today = ready_to_sign_off(person, limit=SHOWN), formats.today()
    opened = opened_among([turn.evidence.id for turn in turns if turn.evidence], person)
    reports = newest_reports(opened)
    inked = open_for(person, [turn.requirement.id for turn in turns])
    answers = choices([turn.requirement for turn in turns], person)
    uses = newest_of([turn.requirement for turn in turns])
    small = _thumbnails(uses, reports)
    remarks = _remarks(uses, reports)
    refused_once = [turn.requirement for turn in turns if turn.evidence and turn.evidence.verdict == "reject"]
    reviewed = reviewed_among(refused_once) if refused_once else set()
    found = []
    for turn in turns:
        refusal = answers[turn.requirement.id][turn.action]
        report = reports.get(turn.evidence.id) if turn.evidence else None
        found.append(
            Item(
                turn,
                warnings=_warnings(report),
                kind=kind_sentence(report.report if report else None),
                reviewed=turn.requirement.id in reviewed,
                late=is_late(turn.requirement, today=today),
                ink=turn.requirement.id in inked,
                barred=told(refusal.reasons) if refusal else "",
                refused=refused.get(turn.requirement.id, ""),
                pages=page_words(uses[turn.requirement.id]) if turn.requirement.id in uses else "",
                remarks=remarks.get(turn.requirement.id, ()),
                thumbnails=small.get(turn.requirement.id, ()),
            )
        )
    return found


def _thumbnails(
    uses: Mapping[uuid.UUID, EvidenceUse], reports: Mapping[uuid.UUID, CheckReport]
) -> dict[uuid.UUID, Sequence[Thumbnail]]:
    """Return the small pictures of each requirement, of its own pages where a delivery serves several."""
    return thumbnails_of(
        (key, use.evidence, reports[use.evidence_id], use) for key, use in uses.items() if use.evidence_id in reports
    )


def _remarks(
    uses: Mapping[uuid.UUID, EvidenceUse], reports: Mapping[uuid.UUID, CheckReport]
) -> dict[uuid.UUID, Sequence[Reason]]:
    """Return what cannot be right about the pages of each requirement; asked only where pages were named."""
    named = {use.evidence_id for use in uses.values() if use.page_from is not None}
    found: dict[uuid.UUID, Sequence[Reason]] = {}
    for evidence_id, all_uses in (uses_among(named) if named else {}).items():
        remarks = page_remarks(all_uses, pages=pages_of(reports.get(evidence_id)))
        found |= {key: remarks[key] for key, use in uses.items() if use.evidence_id == evidence_id}
    return found


def _warnings(report: CheckReport | None) -> list[str]:
    found = report.report["findings"] if report else []
    return [say(finding["message"]) for finding in found if finding["severity"] != "info"]


def _button(actions: set[Action]) -> str:
    if actions == {Action.SIGN}:
        return _("Tanda tangani yang dipilih")
    if actions == {Action.ACKNOWLEDGE}:
        return _("Ketahui dan setujui yang dipilih")
    return _("Sahkan yang dipilih")
