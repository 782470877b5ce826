"""The log in sentences: what happened, by whom, in words a reader of the archive understands years later.

An event's kind chooses the sentence, its body fills it in. A kind that nobody wrote a sentence for is still readable,
but a test sees to it that there is none.
"""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp import formats
from webapp.language import say
from workflows.core.actors import AssignmentKind
from workflows.core.models import AuditEvent
from workflows.core.transitions import State
from workflows.evidence.access.operations import AT_UPLOAD
from workflows.evidence.queries import receipts_of
from workflows.plans.queries import titles_of
from workflows.recommendations.queries import numbers_of
from workflows.signoff.operations import RETURN_CODES


@dataclass(frozen=True)
class Told:
    """One event, told."""

    sentence: str
    at: dt.datetime
    state: str | None
    """Where the subject stood afterwards, for the mark beside the sentence."""
    quote: str | None
    """A reason in its writer's own words, or the system's."""
    seq: int


@dataclass(frozen=True)
class Names:
    """What people call the subjects of events."""

    by_id: Mapping[uuid.UUID, str] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Collection[AuditEvent]) -> "Names":
        """Look up all subjects at once: three queries whatever the number of events."""

        def ids(kind: str) -> list[uuid.UUID]:
            return [event.subject_id for event in events if event.subject_type == kind and event.subject_id]

        receipts = receipts_of(ids("evidence"))
        numbers = {key: _("rekomendasi %(number)s", number=n) for key, n in numbers_of(ids("recommendation")).items()}
        files = {key: _("berkas %(receipt)s", receipt=number) for key, number in receipts.items()}
        return cls({**titles_of(ids("requirement")), **numbers, **files})


@dataclass(frozen=True)
class Event:
    """An event as the sentences read it."""

    actor: str
    what: str
    details: Mapping[str, Any]

    def get(self, name: str) -> str:
        """Return a value of the body as text; a dash where it is missing."""
        value = self.details.get(name)
        return "-" if value is None else str(value)

    @property
    def post(self) -> str:
        """Return in which post the act was done, as an ending of the sentence."""
        return _(" sebagai %(post)s", post=self.details["post"]) if self.details.get("post") else ""


def tell_all(events: Sequence[AuditEvent]) -> list[Told]:
    """Tell events in the order given."""
    names = Names.of(events)
    return [tell(event, names) for event in events]


def tell(event: AuditEvent, names: Names) -> Told:
    """Tell one event."""
    if event.body is None:
        return Told(
            _("Isi catatan ini dihapus menurut perintah; kaitannya tetap ada."), event.at, None, None, event.seq
        )
    body = json.loads(event.body)
    what = names.by_id.get(event.subject_id, "") if event.subject_id else ""
    read = Event(say(body["actor"]["name"]), what, body["details"])
    sentence = SENTENCES.get(event.kind)
    text = sentence(read) if sentence else _("%(who)s: %(kind)s.", who=read.actor, kind=event.kind)
    return Told(_capital(text), event.at, _state(event.kind, read), _quote(event.kind, read), event.seq)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _state(kind: str, event: Event) -> str | None:
    if kind == "requirement.review_asked":
        return "in_review"
    if kind in _CAME_BACK:
        return "returned"
    to = event.details.get("to")
    return to if to in list(State) else None


def _quote(kind: str, event: Event) -> str | None:
    name = "why" if kind in ("evidence.check_failed", "bundle.failed", "paper.failed") else "reason"
    spoken = kind in _WITH_REASON and event.details.get(name)
    if not spoken:
        return None
    own = name == "why" or spoken == AT_UPLOAD
    return say(str(spoken)) if own else str(spoken)


_CAME_BACK = frozenset(
    {
        "requirement.returned", "requirement.refused", "requirement.review_declined", "requirement.reopened",
        "requirement.withdrawn", "plan.returned",
    }
)  # fmt: skip
_WITH_REASON = frozenset(
    {
        "requirement.returned", "requirement.withdrawn", "requirement.reopened", "requirement.verified",
        "requirement.review_asked", "requirement.review_accepted", "requirement.review_declined",
        "requirement.waived", "requirement.posts_set",
        "recommendation.extended", "recommendation.corrected", "recommendation.cancelled",
        "recommendation.transferred", "recommendation.taken_over", "recommendation.objected",
        "recommendation.objection_answered",
        "evidence.check_failed", "bundle.ordered", "bundle.failed", "paper.failed", "decision.proposed",
        "plan.returned", "decision.declined", "decision.withdrawn",
        "evidence.hold_opened", "evidence.disposal_proposed", "evidence.disposed",
        "evidence.access_raised", "evidence.access_lowered", "evidence.restricted_opened",
        "assignment.declined", "assignment.ended", "succession.declined",
    }
)  # fmt: skip


def _state_words(state: str) -> str:
    return {
        "drafted": _("Menunggu bukti"),
        "evidence_uploaded": _("Diunggah"),
        "signed": _("Ditandatangani"),
        "acknowledged": _("Diketahui"),
        "verified": _("Diverifikasi"),
    }.get(state, state)


def _verdict_words(verdict: str) -> str:
    return {
        "accept": _("lolos tanpa catatan"),
        "warn": _("lolos dengan catatan"),
        "reject": _("ditolak"),
    }.get(verdict, verdict)


def _status_words(status: str) -> str:
    return {
        "COMPLIANT": _("sesuai"),
        "PARTIAL": _("belum sesuai"),
        "NOT_STARTED": _("belum ditindaklanjuti"),
        "NOT_ACTIONABLE": _("tidak dapat ditindaklanjuti"),
    }.get(status, status)


def _policy_words(policy: str) -> str:
    return {"confirm": _("dikonfirmasi pemiliknya"), "accept": _("langsung berlaku")}.get(policy, policy)


def _day(text: str) -> str:
    try:
        return formats.tanggal(dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text))
    except ValueError:
        return text


def _returned(event: Event) -> str:
    code = event.get("reason_code")
    reason = formats.uncapital(say(RETURN_CODES.get(code, code)))
    return _("%(who)s mengembalikan %(what)s: %(reason)s.", who=event.actor, what=event.what, reason=reason)


def _acknowledged(event: Event) -> str:
    sentence = _(
        "%(who)s mengetahui dan menyetujui %(what)s%(post)s", who=event.actor, what=event.what, post=event.post
    )
    same = _(" (penanda tangan dan yang mengetahui orang yang sama)") if event.details.get("same_person") else ""
    return f"{sentence}{_basis(event)}{same}."


def _signed(event: Event) -> str:
    sentence = _("%(who)s menandatangani %(what)s%(post)s", who=event.actor, what=event.what, post=event.post)
    return f"{sentence}{_basis(event)}."


def _basis(event: Event) -> str:
    """Return what a sign-off rests on where nobody pressed a button for it, as an ending of the sentence."""
    return {
        "certificate": _(", menurut tanda tangan elektronik di dalam berkas"),
        "ink": _(", menurut tanda tangan basah di kertas"),
    }.get(event.get("basis"), "")


def kind_words() -> dict[AssignmentKind, str]:
    """Return how a post is held, in words."""
    return {
        AssignmentKind.DEFINITIVE: _("Definitif"),
        AssignmentKind.ACTING_VACANT: _("Plt. (jabatan kosong)"),
        AssignmentKind.ACTING_DAILY: _("Plh. (pejabat berhalangan)"),
        AssignmentKind.CARETAKER: _("Pj. (penjabat)"),
    }


def _verified(event: Event) -> str:
    if event.details.get("method") == "sample":
        return _("%(who)s memverifikasi %(what)s dengan sampel.", who=event.actor, what=event.what)
    return _("%(who)s memverifikasi %(what)s.", who=event.actor, what=event.what)


def _engaged(event: Event) -> str:
    given = {"who": event.actor, "person": event.get("person"), "letter": event.get("letter")}
    if event.details.get("role") == "evaluator":
        return _("%(who)s mencatat surat tugas %(letter)s untuk %(person)s di tim evaluasi.", **given)
    return _("%(who)s mencatat penugasan pemeriksa %(person)s (surat %(letter)s).", **given)


def _assigned(event: Event) -> str:
    prefix = AssignmentKind(event.details.get("kind") or AssignmentKind.DEFINITIVE).prefix
    values = {"person": event.get("person"), "position": prefix + event.get("position"), "day": _day(event.get("from"))}
    if event.details.get("leaves"):
        return _(
            "%(who)s mengusulkan mutasi %(person)s dari %(old)s menjadi %(position)s mulai %(day)s.",
            who=event.actor, old=event.get("leaves"), **values,
        )  # fmt: skip
    if event.details.get("confirmed"):
        return _("%(person)s dicatat sebagai %(position)s mulai %(day)s.", **values)
    if event.details.get("at_once"):
        return _(
            "%(who)s mencatat %(person)s sebagai %(position)s mulai %(day)s; berlaku sambil menunggu pengukuhan.",
            who=event.actor, **values,
        )  # fmt: skip
    return _("%(who)s mengusulkan %(person)s sebagai %(position)s mulai %(day)s.", who=event.actor, **values)


def _named(event: Event) -> dict[str, str]:
    return {"who": event.actor, "person": event.get("person"), "position": event.get("position")}


def _heir(event: Event) -> str:
    successor = event.details.get("successor") or {}
    return ", ".join(successor[name] for name in ("name", "agency") if name in successor) or "-"


def _merged(event: Event) -> dict[str, str]:
    return {"who": event.actor, **{name: event.get(name) for name in ("unit", "successor", "letter")}}


def _ended(event: Event) -> str:
    if event.details.get("last_day"):
        return _(
            "%(who)s mengakhiri penugasan %(person)s sebagai %(position)s; hari terakhirnya %(day)s.",
            day=_day(event.get("last_day")), **_named(event),
        )  # fmt: skip
    return _("%(who)s mengakhiri penugasan %(person)s sebagai %(position)s seketika.", **_named(event))


def _decision(event: Event) -> dict[str, str]:
    numbers = ", ".join(event.details.get("recommendations") or [])
    return {"who": event.actor, "status": _status_words(event.get("status")), "numbers": numbers}


def _paper(event: Event) -> str:
    """Name a paper that was ordered: which, of which year, as what."""
    written = format_words().get(event.get("format"), event.get("format"))
    return _(
        "%(name)s tahun %(year)s (%(format)s)",
        name=paper_words().get(event.get("kind"), event.get("kind")), year=event.get("year"), format=written,
    )  # fmt: skip


def paper_words() -> dict[str, str]:
    """Return what papers are called within a sentence, by their kind."""
    return {"follow_up_matrix": _("matriks tindak lanjut"), "action_plan": _("rencana aksi")}


def format_words() -> dict[str, str]:
    """Return what formats of papers are called, in the order in which they are offered."""
    return {"pdf": _("PDF"), "xlsx": _("Excel"), "docx": _("Word")}


def _drafted(event: Event) -> str:
    return ngettext(
        "%(who)s menyusun konsep LHE %(year)s berisi %(num)s rekomendasi.",
        "%(who)s menyusun konsep LHE %(year)s berisi %(num)s rekomendasi.",
        event.details.get("recommendations") or 0, who=event.actor, year=event.get("year"),
    )  # fmt: skip


def _submitted(event: Event) -> str:
    told = {"who": event.actor, "year": event.get("year"), "post": event.post}
    count = len(event.details.get("open") or [])
    if not count:
        return _("%(who)s mengajukan rencana aksi %(year)s%(post)s.", **told)
    return ngettext(
        "%(who)s mengajukan rencana aksi %(year)s%(post)s; %(num)s catatan masih terbuka.",
        "%(who)s mengajukan rencana aksi %(year)s%(post)s; %(num)s catatan masih terbuka.",
        count, **told,
    )  # fmt: skip


def _received(event: Event) -> str:
    """Name the revision where there is one; for several requirements each has its own."""
    if paper := event.details.get("paper"):
        kinds = {"letter": _("surat keputusan"), "ground": _("dokumen alasan yang sah")}
        return _(
            "%(who)s menyerahkan %(kind)s nomor %(number)s; tanda terima %(receipt)s.",
            who=event.actor, kind=kinds.get(paper["kind"], paper["kind"]), number=paper["number"],
            receipt=event.get("receipt"),
        )  # fmt: skip
    revisions = list((event.details.get("requirements") or {}).values())
    if len(revisions) == 1:
        return _(
            "%(who)s menyerahkan berkas (revisi %(revision)s); tanda terima %(receipt)s.",
            who=event.actor, revision=revisions[0], receipt=event.get("receipt"),
        )  # fmt: skip
    return ngettext(
        "%(who)s menyerahkan satu berkas untuk %(num)s kewajiban; tanda terima %(receipt)s.",
        "%(who)s menyerahkan satu berkas untuk %(num)s kewajiban; tanda terima %(receipt)s.",
        len(revisions), who=event.actor, receipt=event.get("receipt"),
    )  # fmt: skip


def _place(event: Event, name: str) -> dict[str, str]:
    """Return where a recommendation went or came from."""
    place = event.details.get(name) or {}
    return {"agency": place.get("agency_name", "-"), "number": place.get("number", "-")}


def _objection_answered(event: Event) -> str:
    said = {"who": event.actor, "what": event.what, "letter": event.get("letter"), "due": _day(event.get("due_on"))}
    if event.get("outcome") == "declined":
        return _("%(who)s tidak menerima keberatan atas %(what)s (surat %(letter)s); batasnya kini %(due)s.", **said)
    return _("%(who)s menerima keberatan atas %(what)s (surat %(letter)s); batasnya kini %(due)s.", **said)


def _score(event: Event, name: str) -> str:
    return formats.nilai(Decimal(event.get(name))) if event.details.get(name) is not None else "-"


SENTENCES: Mapping[str, Callable[[Event], str]] = {
    "requirement.uploaded": lambda e: _("%(who)s mengunggah bukti untuk %(what)s.", who=e.actor, what=e.what),
    "requirement.refused": lambda e: _("Pemeriksaan otomatis menolak berkas untuk %(what)s.", what=e.what),
    "requirement.signed": _signed,
    "requirement.acknowledged": _acknowledged,
    "requirement.verified": _verified,
    "sample.drawn": lambda e: _(
        "%(who)s menarik sampel: %(size)s dari %(count)s bukti diperiksa penuh.",
        who=e.actor, size=e.get("size"), count=len(e.details.get("requirements") or ()),
    ),
    "sample.confirmed": lambda e: _("%(who)s mengukuhkan satu sampel.", who=e.actor),
    "requirement.returned": _returned,
    "requirement.withdrawn": lambda e: _("%(who)s menarik kembali pengesahan %(what)s.", who=e.actor, what=e.what),
    "requirement.reopened": lambda e: _("%(who)s membuka kembali %(what)s.", who=e.actor, what=e.what),
    "requirement.review_asked": lambda e: _(
        "%(who)s meminta berkas yang ditolak untuk %(what)s ditinjau.", who=e.actor, what=e.what
    ),
    "requirement.review_accepted": lambda e: _(
        "%(who)s menerima berkas untuk %(what)s setelah meninjaunya%(post)s.", who=e.actor, what=e.what, post=e.post
    ),
    "requirement.review_declined": lambda e: _(
        "%(who)s tidak menerima berkas untuk %(what)s setelah meninjaunya.", who=e.actor, what=e.what
    ),
    "requirement.message_sent": lambda e: _("%(who)s menulis pesan tentang %(what)s.", who=e.actor, what=e.what),
    "requirement.closed": lambda e: _("%(what)s ditutup oleh LHE berikutnya.", what=e.what),
    "requirement.waived": lambda e: _("%(who)s menghapuskan kewajiban %(what)s.", who=e.actor, what=e.what),
    "requirement.asked": lambda e: _(
        "%(who)s meminta %(what)s sesudah LHE terbit, untuk rekomendasi %(numbers)s.",
        who=e.actor, what=e.what, numbers=", ".join(e.details.get("recommendations") or ()),
    ),
    "requirement.linked": lambda e: _(
        "%(what)s berlaku juga untuk rekomendasi %(numbers)s dari LHE %(year)s: cukup satu kiriman.",
        what=e.what, numbers=", ".join(e.details.get("recommendations") or ()), year=e.get("year"),
    ),
    "recommendation.outcome_unmet": lambda e: _(
        "Nilai LHE %(year)s tidak naik (%(score)s, sebelumnya %(before)s): %(what)s belum tercapai.",
        year=e.get("year"), what=e.what, score=_score(e, "score"),
        before=_score(e, "before"),
    ),
    "requirement.posts_set": lambda e: _(
        "%(who)s menetapkan untuk %(what)s: ditandatangani %(signs)s, diketahui %(acknowledges)s.",
        who=e.actor, what=e.what, signs=e.get("signed_by"), acknowledges=e.get("acknowledged_by"),
    ),
    "report.grid_made": lambda e: _(
        "%(who)s membuat kisi dari bagan organisasi: %(cells)s sel baru, %(linked)s sel yang sudah ada.",
        who=e.actor, cells=e.get("cells"), linked=e.get("linked"),
    ),
    "report.unit_left_out": lambda e: _(
        "%(who)s tidak memasukkan %(unit)s ke dalam kisi.", who=e.actor, unit=e.get("unit")
    ),
    "report.cell_added": lambda e: _(
        "%(who)s menambahkan sel %(unit)s ke dalam kisi.", who=e.actor, unit=e.get("unit")
    ),
    "unit.closed": lambda e: _("Unit %(name)s ditutup pada %(day)s.", name=e.get("name"), day=e.get("on")),
    "requirement.signing_dropped": lambda e: _(
        "Tanda tangan yang diberikan bersama unggahan untuk %(what)s tidak jadi berlaku.", what=e.what
    ),
    "requirement.ink_claimed": lambda e: _(
        "%(who)s menyebut tanda tangan %(name)s di kertas untuk %(what)s.", who=e.actor, name=e.get("name"), what=e.what
    ),
    "requirement.ink_confirmed": lambda e: _(
        "%(who)s membenarkan tanda tangannya di kertas untuk %(what)s.", who=e.actor, what=e.what
    ),
    "requirement.ink_disputed": lambda e: _(
        "%(who)s menyatakan tanda tangan di kertas untuk %(what)s bukan miliknya.", who=e.actor, what=e.what
    ),
    "region.ink_policy_set": lambda e: _(
        "Kebijakan tanda tangan di kertas kini %(policy)s.", policy=_policy_words(e.get("ink_policy"))
    ),
    "recommendation.moved": lambda e: _(
        "Rekomendasi %(number)s kini berstatus %(state)s.", number=e.get("number"), state=_state_words(e.get("to"))
    ),
    "evidence.received": _received,
    "evidence.checked": lambda e: _(
        "Pemeriksaan %(what)s selesai: %(verdict)s.", what=e.what, verdict=_verdict_words(e.get("verdict"))
    ),
    "evidence.check_failed": lambda e: _("Pemeriksaan %(what)s gagal.", what=e.what),
    "evidence.archived": lambda e: _(
        "%(what)s dikunci di arsip sampai %(day)s.", what=e.what, day=_day(e.get("retain_until"))
    ),
    "evidence.retention_set": lambda e: _(
        "Masa simpan %(what)s ditetapkan sampai %(day)s.", what=e.what, day=_day(e.get("keep_until"))
    ),
    "archive.locks_renewed": lambda e: _("Kunci %(count)s berkas di arsip diperpanjang.", count=e.get("objects")),
    "evidence.fixity_failed": lambda e: _(
        "Pemeriksaan keutuhan: %(what)s tidak lagi seperti yang dijanjikan.", what=e.what
    ),
    "evidence.fixity_mended": lambda e: _("Pemeriksaan keutuhan: %(what)s kembali seperti semestinya.", what=e.what),
    "evidence.hold_opened": lambda e: _(
        "%(who)s menahan %(what)s dari pemusnahan (surat %(letter)s).", who=e.actor, what=e.what, letter=e.get("letter")
    ),
    "evidence.hold_closed": lambda e: _(
        "%(who)s mengakhiri penahanan %(what)s (surat %(letter)s).", who=e.actor, what=e.what, letter=e.get("letter")
    ),
    "evidence.disposal_proposed": lambda e: _(
        "%(who)s mengusulkan pemusnahan %(what)s, nomor %(number)s.", who=e.actor, what=e.what, number=e.get("number")
    ),
    "evidence.disposal_confirmed": lambda e: _(
        "%(who)s mengukuhkan pemusnahan %(what)s, nomor %(number)s.", who=e.actor, what=e.what, number=e.get("number")
    ),
    "evidence.disposal_withdrawn": lambda e: _(
        "%(who)s membatalkan pemusnahan %(what)s, nomor %(number)s.", who=e.actor, what=e.what, number=e.get("number")
    ),
    "evidence.disposed": lambda e: _(
        "%(what)s dimusnahkan menurut berita acara %(number)s; catatan dan sidik jarinya tetap ada.",
        what=e.what, number=e.get("number"),
    ),
    "evidence.relocated": lambda e: _("%(what)s ditempatkan lagi di arsip dari cadangan.", what=e.what),
    "evidence.access_raised": lambda e: _("%(who)s menjadikan %(what)s terbatas.", who=e.actor, what=e.what),
    "evidence.access_lowered": lambda e: _("%(who)s mencabut pembatasan %(what)s.", who=e.actor, what=e.what),
    "evidence.restricted_opened": lambda e: _(
        "%(who)s membuka %(what)s, yang terbatas, dengan sebuah alasan.", who=e.actor, what=e.what
    ),
    "evidence.bytes_removed": lambda e: _(
        "Isi %(what)s yang ditolak dihapus menurut aturan penyimpanan; catatannya tetap ada.", what=e.what
    ),
    "evidence.downloaded": lambda e: _("%(who)s mengunduh %(what)s.", who=e.actor, what=e.what),
    "evidence.report_read": lambda e: _("%(who)s membaca laporan pemeriksaan %(what)s.", who=e.actor, what=e.what),
    "certificate.bound": lambda e: _(
        "%(who)s mengonfirmasi sertifikat atas nama %(holder)s sebagai milik %(name)s.",
        who=e.actor, holder=e.get("holder"), name=e.get("name"),
    ),
    "certificate.released": lambda e: _(
        "%(who)s melepas sertifikat atas nama %(holder)s dari %(name)s.",
        who=e.actor, holder=e.get("holder"), name=e.get("name"),
    ),
    "report.drafted": _drafted,
    "report.received": lambda e: _(
        "%(who)s mencatat LHE %(year)s diterima %(day)s; batas tindak lanjut %(due)s.",
        who=e.actor, year=e.get("year"), day=_day(e.get("received_on")), due=_day(e.get("due_on")),
    ),
    "region.deadline_set": lambda e: _(
        "Batas tindak lanjut LHE kini %(days)s hari sejak diterima, rencana aksi %(plan)s hari.",
        days=e.get("follow_up_days"), plan=e.get("plan_days"),
    ),
    "recommendation.extended": lambda e: _(
        "%(who)s memperpanjang batas %(what)s dari %(before)s menjadi %(due)s.",
        who=e.actor, what=e.what, before=_day(e.get("due_before")), due=_day(e.get("due_on")),
    ),
    "recommendation.overdue": lambda e: _(
        "Batas %(what)s, %(day)s, terlewati.", what=e.what, day=_day(e.get("overdue_on"))
    ),
    "recommendation.corrected": lambda e: _(
        "%(who)s memperbaiki %(what)s dengan surat %(letter)s; ini bunyi ke-%(revision)s.",
        who=e.actor, what=e.what, letter=e.get("letter"), revision=e.get("revision"),
    ),
    "recommendation.cancelled": lambda e: _(
        "%(who)s membatalkan %(what)s dengan surat %(letter)s.", who=e.actor, what=e.what, letter=e.get("letter")
    ),
    "recommendation.transferred": lambda e: _(
        "%(who)s mengalihkan %(what)s ke %(agency)s sebagai rekomendasi %(number)s, dengan surat %(letter)s.",
        who=e.actor, what=e.what, letter=e.get("letter"), **_place(e, "target"),
    ),
    "recommendation.taken_over": lambda e: _(
        "%(who)s mengalihkan rekomendasi %(number)s %(agency)s ke sini menjadi %(what)s, dengan surat %(letter)s.",
        who=e.actor, what=e.what, letter=e.get("letter"), **_place(e, "origin"),
    ),
    "recommendation.objected": lambda e: _(
        "%(who)s mengajukan keberatan atas %(what)s%(post)s; batas waktunya berhenti.",
        who=e.actor, what=e.what, post=e.post,
    ),
    "recommendation.objection_answered": _objection_answered,
    "report.issued": lambda e: _(
        "%(who)s menerbitkan LHE %(year)s nomor %(number)s.", who=e.actor, year=e.get("year"), number=e.get("number")
    ),
    "report.answered": lambda e: ngettext(
        "%(who)s menambahkan %(num)s rencana aksi ke rekomendasi LHE %(year)s.",
        "%(who)s menambahkan %(num)s rencana aksi ke rekomendasi LHE %(year)s.",
        len(e.details.get("actions") or []), who=e.actor, year=e.get("year"),
    ),
    "report.confirmed": lambda e: _(
        "%(who)s memastikan rekomendasi tahun %(year)s sesuai dengan LHE-nya.", who=e.actor, year=e.get("year")
    ),
    "import.confirmed": lambda e: ngettext(
        "%(who)s mengonfirmasi hasil baca berkas tahun %(year)s dengan %(num)s perbaikan.",
        "%(who)s mengonfirmasi hasil baca berkas tahun %(year)s dengan %(num)s perbaikan.",
        len(e.details.get("corrections") or []), who=e.actor, year=e.get("year"),
    ),
    "plan.written": lambda e: _(
        "%(who)s menulis rencana aksi untuk rekomendasi %(number)s.", who=e.actor, number=e.get("number")
    ),
    "plan.submitted": _submitted,
    "plan.accepted": lambda e: _(
        "%(who)s menerima rencana aksi %(year)s%(post)s.", who=e.actor, year=e.get("year"), post=e.post
    ),
    "plan.returned": lambda e: _(
        "%(who)s mengembalikan rencana aksi %(year)s%(post)s.", who=e.actor, year=e.get("year"), post=e.post
    ),
    "import.requested": lambda e: _(
        "%(who)s menyerahkan berkas LHE/rencana aksi tahun %(year)s.", who=e.actor, year=e.get("year")
    ),
    "decision.proposed": lambda e: _(
        "%(who)s mengusulkan status resmi %(status)s untuk rekomendasi %(numbers)s.", **_decision(e)
    ),
    "decision.decided": lambda e: _(
        "%(who)s menetapkan status resmi %(status)s untuk rekomendasi %(numbers)s.", **_decision(e)
    ),
    "decision.declined": lambda e: _(
        "%(who)s tidak menerima usulan status resmi %(status)s untuk rekomendasi %(numbers)s.", **_decision(e)
    ),
    "decision.withdrawn": lambda e: _(
        "%(who)s menarik usulan status resmi %(status)s untuk rekomendasi %(numbers)s.", **_decision(e)
    ),
    "recommendation.reconsidered": lambda e: _(
        "Status resmi %(what)s (%(status)s) tetap berlaku dan ditinjau ulang.",
        what=e.what, status=_status_words(e.get("status")),
    ),
    "anchor.made": lambda e: _("Jangkar nomor %(number)s dibuat dan disegel.", number=e.get("number")),
    "anchor.sent": lambda e: _("Jangkar nomor %(number)s sampai di luar.", number=e.get("number")),
    "seal.rotated": lambda e: _("Kunci segel diganti."),
    "bundle.built": lambda e: _("Arsip yang dipesan selesai disusun dan disegel."),
    "bundle.failed": lambda e: _("Arsip yang dipesan gagal disusun."),
    "bundle.downloaded": lambda e: _("%(who)s mengunduh arsip.", who=e.actor),
    "bundle.ordered": lambda e: _("%(who)s memesan arsip untuk pemeriksa.", who=e.actor),
    "paper.ordered": lambda e: _("%(who)s memesan %(paper)s.", who=e.actor, paper=_paper(e)),
    "paper.made": lambda e: _("%(paper)s selesai dibuat.", paper=_paper(e)),
    "paper.failed": lambda e: _("%(paper)s gagal dibuat.", paper=_paper(e)),
    "paper.downloaded": lambda e: _("%(who)s mengunduh %(paper)s.", who=e.actor, paper=_paper(e)),
    "handover.issued": lambda e: _(
        "%(who)s menyerahkan arsip kepada %(name)s dengan berita acara %(number)s.",
        who=e.actor, name=e.get("receiver"), number=e.get("number"),
    ),
    "handover.read": lambda e: _("%(who)s mengunduh berita acara %(number)s.", who=e.actor, number=e.get("number")),
    "handover_link.made": lambda e: _(
        "%(who)s membuat tautan sekali unduh untuk %(name)s.", who=e.actor, name=e.get("receiver")
    ),
    "handover_link.opened": lambda e: _("Tautan sekali unduh untuk %(who)s dibuka.", who=e.actor),
    "handover_link.downloaded": lambda e: _("%(who)s memakai tautan sekali unduhnya.", who=e.actor),
    "handover_link.revoked": lambda e: _("%(who)s mencabut satu tautan sekali unduh.", who=e.actor),
    "handover_link.expired": lambda e: _("Tautan sekali unduh untuk %(who)s kedaluwarsa.", who=e.actor),
    "engagement.proposed": _engaged,
    "engagement.confirmed": lambda e: _("%(who)s mengukuhkan satu surat tugas.", who=e.actor),
    "engagement.ended": lambda e: _("%(who)s mengakhiri satu surat tugas.", who=e.actor),
    "region.added": lambda e: _("Daerah %(name)s dicatat.", name=e.get("name")),
    "agency.added": lambda e: _("Perangkat daerah %(name)s dicatat.", name=e.get("name")),
    "unit.added": lambda e: _("Unit %(name)s dicatat.", name=e.get("name")),
    "person.added": lambda e: _("%(name)s dicatat sebagai pegawai.", name=e.get("name")),
    "account.added": lambda e: _("%(who)s membuat satu akun.", who=e.actor),
    "account.password_set": lambda e: _("Kata sandi satu akun diganti."),
    "account.signed_in": lambda e: _("Seseorang masuk ke Tuntas."),
    "account.sign_in_failed": lambda e: _("Percobaan masuk gagal."),
    "requirement.inherited": lambda e: _(
        "%(what)s dialihkan dari %(unit)s kepada %(successor)s (surat %(letter)s).",
        what=e.what, unit=e.get("unit"), successor=_heir(e),
        letter=e.get("letter"),
    ),
    "succession.proposed": lambda e: _(
        "%(who)s mengusulkan pengalihan pekerjaan %(unit)s kepada %(successor)s mulai %(day)s (surat %(letter)s).",
        day=_day(e.get("day")), **_merged(e),
    ),
    "succession.confirmed": lambda e: _(
        "%(who)s mengukuhkan pengalihan pekerjaan %(unit)s kepada %(successor)s (surat %(letter)s).", **_merged(e)
    ),
    "succession.declined": lambda e: _(
        "%(who)s menolak pengalihan pekerjaan %(unit)s kepada %(successor)s (surat %(letter)s).", **_merged(e)
    ),
    "assignment.recorded": _assigned,
    "assignment.confirmed": lambda e: _(
        "%(who)s mengukuhkan penugasan %(person)s sebagai %(position)s.", **_named(e)
    ),
    "assignment.declined": lambda e: _("%(who)s menolak penugasan %(person)s sebagai %(position)s.", **_named(e)),
    "assignment.ended": _ended,
    "assignment.letter_received": lambda e: _(
        "%(who)s melampirkan pindaian surat penugasan %(person)s sebagai %(position)s.", **_named(e)
    ),
    "assignment.letter_read": lambda e: _("%(who)s mengunduh pindaian sebuah surat penugasan.", who=e.actor),
    "request.refused": lambda e: _("Permintaan %(who)s ditolak.", who=e.actor),
}  # fmt: skip
