"""The report on one delivery as a page: what the checks found, what is to be done, and the pages to read."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import render_template, url_for
from flask_babel import gettext as _

from webapp import formats
from webapp.pages.reading import Holders, page_words, turn_of, word_of
from webapp.pages.report import ShownReport, by_weight
from webapp.plans.requirement_page import WATCHERS
from workflows.archive.pictures import Shown as Pictures
from workflows.archive.pictures import pictures_of
from workflows.core.actors import Actor, Role
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.core.transitions import Action
from workflows.evidence.access.queries import Sight, sight_of
from workflows.evidence.models import CheckReport, Evidence, EvidenceReview, EvidenceUse
from workflows.evidence.page_ranges import page_remarks, pages_of
from workflows.evidence.queries import get_evidence, newest_report, uses_of
from workflows.evidence.reading.models import SenseFinding
from workflows.evidence.reading.queries import sense_findings
from workflows.evidence.review import review_of
from workflows.plans.models import Requirement
from workflows.plans.queries import requirements
from workflows.plans.rules import choices
from workflows.verification.operations import read_report


@dataclass(frozen=True)
class Step:
    """What the person who looks can do next about one requirement."""

    title: str
    sentence: str
    href: str
    button: str
    main: bool
    """It is this person's turn."""


@dataclass(frozen=True)
class ReportView(ShownReport):
    """A delivery's report before one person; ``components/report.html`` reads it like a requirement's page."""

    use: EvidenceUse
    """In the place from which the person comes, else in the first one."""
    uses: Sequence[EvidenceUse]
    report: CheckReport | None
    pictures: Pictures
    steps: Sequence[Step]
    state: str
    """Of that requirement."""
    review: EvidenceReview | None
    sense: Sequence[SenseFinding]
    sight: Sight
    """What the person may do with the contents."""

    @property
    def pages(self) -> str:
        """Which pages are for that requirement; empty for all."""
        return page_words(self.use)

    @property
    def sense_by_place(self) -> list[tuple[str, list[tuple[str, list[SenseFinding]]]]]:
        """What the look at the text found for each requirement, by severity; no title where there is only one."""
        titles = {use.requirement_id: use.requirement.title if self.others else "" for use in self.uses}
        found = [(titles[key], by_weight([row for row in self.sense if row.requirement_id == key])) for key in titles]
        return [(title, levels) for title, levels in found if levels]

    @property
    def others(self) -> Sequence[EvidenceUse]:
        """Where it stands besides."""
        return [use for use in self.uses if use is not self.use]

    @property
    def remarks(self) -> Sequence[Reason]:
        """What cannot be right about the pages of that requirement."""
        return page_remarks(self.uses, pages=pages_of(self.report))[self.use.requirement_id]


def render_report(evidence_id: uuid.UUID, person: Actor, *, place: str = "") -> str:
    """Draw the page, with the pages of one place in front.

    It is written down that somebody of the Inspektorat, or an auditor, has the report before him.
    Of a restricted file it is written down whoever reads it.

    :param place: id of the requirement from which the person comes; unknown or empty, the first place.
    :raises NotFoundError: not there, or not for this person to know of.
    :raises PermissionDeniedError: it is restricted, and not for this person to open.
    """
    evidence, sight = get_evidence(evidence_id, person), sight_of(evidence_id, person)
    sight.require_open()
    report, uses = newest_report(evidence.id), uses_of(evidence)
    if sight.restricted or (report is not None and person.roles & WATCHERS):
        read_report(evidence, actor=person)
    use = _use_in(uses, place)
    row, rows = use.requirement, _requirements(uses, person)
    view = ReportView(
        use=use,
        uses=uses,
        report=report,
        pictures=pictures_of(evidence, report, uses),
        steps=_steps(evidence, rows, person),
        state=word_of(row, today=formats.today()) if row.newest_evidence_id == evidence.id else "",
        review=review_of(row) if row.newest_evidence_id == evidence.id else None,
        sense=sense_findings(evidence.id, [one.id for one in rows], person),
        sight=sight,
    )
    return render_template("evidence/report.html", view=view, pages_here=True)


def _use_in(uses: Sequence[EvidenceUse], place: str) -> EvidenceUse:
    return next((use for use in uses if str(use.requirement_id) == place), uses[0])


def render_pages(evidence_id: uuid.UUID, person: Actor, *, seen: str, place: str = "") -> str | None:
    """Draw the pictures alone, or nothing while there are as many as before and more to come.

    :raises NotFoundError: not there, or not for this person to know of.
    :raises PermissionDeniedError: it is restricted, and not for this person to open.
    """
    evidence = get_evidence(evidence_id, person)
    sight_of(evidence_id, person).require_open()
    pictures = pictures_of(evidence, newest_report(evidence.id), evidence.uses)
    if pictures.under_way and seen == str(len(pictures.drawn)):
        return None
    use = _use_in(evidence.uses, place)
    return render_template("evidence/pages.html", evidence=evidence, pictures=pictures, use=use)


def _requirements(uses: Sequence[EvidenceUse], person: Actor) -> Sequence[Requirement]:
    """Those of the delivery that this person may see."""
    query = requirements(person).where(Requirement.id.in_(sa.bindparam("ids", expanding=True)))
    return db.session.scalars(query, {"ids": [use.requirement_id for use in uses]}).unique().all()


def _steps(evidence: Evidence, rows: Sequence[Requirement], person: Actor) -> list[Step]:
    answers = choices(rows, person)
    holders = Holders(rows, today=formats.today())
    return [_step(evidence, row, answers[row.id], holders, person) for row in rows]


def _step(evidence: Evidence, row: Requirement, answers: Any, holders: Holders, person: Actor) -> Step:
    page = url_for("requirements.show", requirement_id=row.id)
    if row.newest_evidence_id != evidence.id:
        return Step(row.title, _("Berkas ini sudah digantikan oleh kiriman yang lebih baru."), page, "", False)
    allowed = frozenset(action for action, refusal in answers.items() if refusal is None)
    turn = turn_of(row, allowed, today=formats.today())
    if turn == Action.VERIFY and Role.EVALUATOR in person.roles:
        page = url_for("verification.desk.item", requirement_id=row.id)
    elif turn == Action.UPLOAD:
        page = f"{page}#unggah"
    found = _words().get(turn) if turn else None
    if found is None:
        held = holders.held(row, evidence)
        since = f" {_('sejak %(moment)s', moment=formats.tanggal(held.since))}" if held.since else ""
        return Step(row.title, f"{held.sentence}{since}.", page, "", False)
    return Step(row.title, found[0], page, found[1], True)


def _words() -> dict[Action, tuple[str, str]]:
    """What the person whose turn it is should do, and the word on the way there."""
    return {
        Action.UPLOAD: (_("Perbaiki seperti tertulis di bawah, lalu kirim berkas yang baru."), _("Kirim perbaikan")),
        Action.SIGN: (_("Baca halamannya di bawah; kalau sudah benar, tanda tangani."), _("Tanda tangani")),
        Action.ACKNOWLEDGE: (
            _("Baca halamannya di bawah; kalau sudah benar, nyatakan mengetahui dan menyetujui."),
            _("Mengetahui dan menyetujui"),
        ),
        Action.VERIFY: (
            _("Baca temuan dan halamannya di bawah, lalu verifikasi atau kembalikan."),
            _("Ke meja verifikasi"),
        ),
    }
