"""How a requirement reads on the screen: one word for where it stands, one sentence for who holds it."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from webapp import formats
from webapp.language import say
from workflows.core.clock import now
from workflows.core.transitions import Action, State
from workflows.evidence.models import CheckState, Evidence, EvidenceUse
from workflows.lifecycle import SIGN_AGAIN
from workflows.organization.queries import holders_of
from workflows.plans.models import IN_REVIEW, Requirement, RequirementKind
from workflows.plans.queries import holder
from workflows.signoff.operations import RETURN_CODES

_PENDING = (CheckState.WAITING, CheckState.RUNNING)


def expectation_words() -> dict[str, str]:
    """Return what a report has to show, by the codes of ``expects``."""
    return {
        "annual_target": _("Perbandingan dengan target tahunan"),
        "previous_years": _("Perbandingan dengan realisasi tahun-tahun sebelumnya"),
        "medium_term_target": _("Perbandingan dengan target jangka menengah"),
        "national_comparison": _("Perbandingan dengan data nasional"),
        "obstacles": _("Hambatan atau kendala"),
        "efficiency": _("Efisiensi sumber daya"),
    }


def word_of(requirement: Requirement, *, today: dt.date) -> str:
    """Return the key under which ``components/badges.html`` knows where a requirement stands.

    A returned one reads *Perlu diperbaiki*, never *Draf*; what cannot be done yet is told apart.
    """
    if not requirement.in_force:
        return "waived"
    if requirement.state == State.VERIFIED:
        return State.VERIFIED
    if requirement.kind == RequirementKind.OUTCOME:
        return "awaits_report"
    if requirement.state == State.DRAFTED and requirement.returned_at is not None:
        return "in_review" if requirement.return_code == IN_REVIEW else "returned"
    if requirement.state == State.DRAFTED and requirement.opens_on is not None and requirement.opens_on > today:
        return "not_due"
    return requirement.state


def is_late(requirement: Requirement, *, today: dt.date) -> bool:
    """Return whether the last day has passed and the agency still has something to do."""
    delivered = requirement.state in (State.ACKNOWLEDGED, State.VERIFIED) or not requirement.in_force
    outcome = requirement.kind == RequirementKind.OUTCOME
    return not delivered and not outcome and requirement.due_on is not None and requirement.due_on < today


def is_checking(requirement: Requirement, evidence: Evidence | None) -> bool:
    """Return whether the newest delivery waits for its check or is being checked."""
    return requirement.state == State.EVIDENCE_UPLOADED and evidence is not None and evidence.check_state in _PENDING


def turn_of(requirement: Requirement, allowed: Collection[Action], *, today: dt.date) -> Action | None:
    """Return the step that waits for a person who may take ``allowed``; correcting what is on its way is no turn."""
    if Action.UPLOAD in allowed and word_of(requirement, today=today) in ("drafted", "returned"):
        return Action.UPLOAD
    return next((step for step in (Action.SIGN, Action.ACKNOWLEDGE, Action.VERIFY) if step in allowed), None)


def page_words(use: EvidenceUse) -> str:
    """Return which pages of a delivery are for a requirement; empty when all of them are."""
    if use.page_from is None:
        return ""
    if use.page_from == use.page_to:
        return _("halaman %(page)s", page=use.page_from)
    return _("halaman %(first)s sampai %(last)s", first=use.page_from, last=use.page_to)


def return_reason(requirement: Requirement) -> str:
    """Return why it came back, in words; empty when it did not."""
    code = requirement.return_code
    if code is None or (requirement.returned_at is None and code != SIGN_AGAIN):
        return ""
    others = {
        "CHECK_REFUSED": _("Ditolak pemeriksaan otomatis"),
        "REOPENED": _("Dibuka kembali oleh Inspektur"),
        IN_REVIEW: _("Ditolak pemeriksaan otomatis, diminta ditinjau"),
    }
    return others.get(code) or say(RETURN_CODES.get(code, code))


@dataclass(frozen=True)
class Held:
    """Whose turn it is, in a sentence without its end, and since when."""

    sentence: str
    since: dt.datetime | None
    """``None`` once nobody has anything to do."""


class Holders:
    """Who holds the posts that sign and acknowledge these requirements today; one query for all of them."""

    def __init__(self, requirements: Iterable[Requirement], *, today: dt.date) -> None:
        ids = {
            position
            for row in requirements
            for position in (row.signing_position_id, row.acknowledging_position_id)
            if position
        }
        self._today = today
        self._names: Mapping[uuid.UUID, Sequence[str]] = holders_of(sorted(ids), at=now(), day=today)

    def names(self, position_id: uuid.UUID | None) -> Sequence[str]:
        """Return who holds a post, as ``Plt. Name``; nobody when it is vacant."""
        return self._names.get(position_id, ()) if position_id else ()

    def held(self, requirement: Requirement, evidence: Evidence | None) -> Held:
        """Return whose turn it is."""
        checking = evidence.check_since if evidence and is_checking(requirement, evidence) else None
        turn = holder(requirement, checking_since=checking)
        if not requirement.in_force:
            return Held(_("Tidak diminta lagi"), None)
        if turn.role is None:
            return Held(_("Selesai"), None)
        if requirement.kind == RequirementKind.OUTCOME:
            return Held(_("Menunggu LHE berikutnya"), None)
        if turn.role == "system":
            return Held(_("Berkas sedang diperiksa sistem"), turn.since)
        if word_of(requirement, today=self._today) == "not_due":
            return Held(_("Dapat dikirim mulai %(day)s", day=formats.tanggal(requirement.opens_on)), None)
        return Held(self._sentence(requirement), turn.since)

    def _sentence(self, requirement: Requirement) -> str:
        if requirement.state == State.DRAFTED and requirement.return_code == IN_REVIEW:
            return _("Menunggu peninjauan tim evaluasi Inspektorat")
        if requirement.state == State.DRAFTED:
            return _("Menunggu bukti dari %(unit)s", unit=requirement.duty_unit.name)
        if requirement.state == State.ACKNOWLEDGED:
            return _("Menunggu pemeriksaan tim evaluasi Inspektorat")
        signs = requirement.state == State.EVIDENCE_UPLOADED
        position = requirement.signing_position if signs else requirement.acknowledging_position
        if position is None:
            return _("Menunggu pengesahan")
        names = self.names(position.id)
        if not names:
            return _("Menunggu %(post)s (jabatan sedang kosong)", post=position.title)
        return _("Menunggu %(post)s (%(names)s)", post=position.title, names=", ".join(names))
