"""What happened to a recommendation, in sentences: by whom, in which post of that day, on which basis.

Told from the log alone, so that the page, the interface and the cover of a bundle say the same. Sentences are those of
the rules (:class:`~workflows.core.sentences.Template`): stored nowhere, Indonesian, and said in another language by
whoever shows them.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from workflows.core.sentences import Template, phrase
from workflows.core.transitions import State
from workflows.papers import words
from workflows.signoff.operations import RETURN_CODES

_NAMED = 2
"""Requirements that a sentence names; of one file for more of them it says how many."""
BASES = {
    "in_app": phrase("dikukuhkan dalam aplikasi"),
    "certificate": phrase("menurut tanda tangan elektronik di dalam berkas"),
    "ink": phrase("menurut tanda tangan basah di kertas"),
}
VERDICTS = {
    "accept": phrase("lolos tanpa catatan"),
    "warn": phrase("lolos dengan catatan"),
    "reject": phrase("ditolak"),
}
STATES = {
    State.DRAFTED: phrase("Menunggu bukti"),
    State.EVIDENCE_UPLOADED: phrase("Diunggah"),
    State.SIGNED: phrase("Ditandatangani"),
    State.ACKNOWLEDGED: phrase("Diketahui"),
    State.VERIFIED: phrase("Diverifikasi"),
}
STATUSES = {
    "COMPLIANT": phrase("sesuai"),
    "PARTIAL": phrase("belum sesuai"),
    "NOT_STARTED": phrase("belum ditindaklanjuti"),
    "NOT_ACTIONABLE": phrase("tidak dapat ditindaklanjuti"),
}
_CAME_BACK = frozenset(
    f"requirement.{what}" for what in ("returned", "refused", "review_declined", "reopened", "withdrawn")
)
SILENT = frozenset({"requirement.uploaded", "evidence.retention_set", "report.drafted"})
"""Said by another event in the same breath, or of no weight for whoever asks what became of a recommendation."""

_OF_THE_SYSTEM = frozenset({"requirement.refused", "requirement.closed"})
"""What the system did for a reason of its own, which the sentence says."""


@dataclass(frozen=True)
class Happening:
    """An event of the log, as the sentences read it."""

    seq: int
    at: dt.datetime
    kind: str
    subject: str
    actor: str
    posts: tuple[str, ...]
    """The posts that the actor held."""
    details: Mapping[str, Any]

    @classmethod
    def read(cls, seq: int, at: dt.datetime, body: str) -> "Happening":
        """Read the stored text of an event."""
        told = json.loads(body)
        actor, subject = told["actor"], told["subject"]
        posts = tuple(post["title"] for post in actor.get("posts") or ())
        return cls(seq, at, told["kind"], str(subject["id"]), actor["name"], posts, told["details"])

    def get(self, name: str) -> str:
        """Return a value of the body as text; a dash where it is missing."""
        value = self.details.get(name)
        return "-" if value is None else str(value)

    @property
    def who(self) -> str:
        """Return the actor with the post in which he acted, or with all that he held."""
        posts = [self.details["post"]] if self.details.get("post") else self.posts
        return f"{self.actor} ({', '.join(posts)})" if posts else self.actor


@dataclass(frozen=True)
class Entry:
    """One event, told."""

    seq: int
    at: dt.datetime
    kind: str
    sentence: str | None
    """``None`` for a kind that has no sentence here."""
    quote: str | None
    """A reason in its writer's own words."""
    state: str | None
    """Where its subject stood afterwards, for the mark beside the sentence."""
    day: dt.date | None
    """The day that the sentence names, for whoever writes days otherwise."""
    happening: Happening


@dataclass(frozen=True)
class Names:
    """What people call the subjects of the events."""

    requirements: Mapping[str, str]
    """The titles of those that serve the recommendation, by their ids."""
    receipts: Mapping[str, str] = field(default_factory=dict)
    """The numbers of the deliveries' receipts."""

    def what(self, requirement: str) -> str:
        """Return how a requirement is called."""
        return self.requirements.get(requirement, "-")

    def file(self, evidence: object) -> str:
        """Return how a delivery is called."""
        return self.receipts.get(str(evidence), "-")


def tell(happenings: Iterable[Happening], names: Names) -> Iterator[Entry]:
    """Tell events in the order given."""
    for one in happenings:
        if one.kind in SILENT:
            continue
        make = _SENTENCES.get(one.kind)
        yield Entry(
            one.seq, one.at, one.kind, make(one, names) if make else None, _quote(one), _state(one), _day(one), one
        )


def _state(one: Happening) -> str | None:
    if one.kind == "requirement.review_asked":
        return "in_review"
    if one.kind in _CAME_BACK:
        return "returned"
    to = one.details.get("to")
    return to if to in list(State) else None


def _day(one: Happening) -> dt.date | None:
    if one.kind == "decision.decided" and one.details.get("date"):
        return dt.date.fromisoformat(one.get("date"))
    if one.kind == "evidence.archived" and one.details.get("retain_until"):
        return dt.datetime.fromisoformat(one.get("retain_until")).date()
    return None


def _quote(one: Happening) -> str | None:
    own = one.details.get("reason") if one.kind not in _OF_THE_SYSTEM else None
    return str(own) if own else None


@dataclass(frozen=True)
class Day:
    """What happened on one day of the region."""

    on: dt.date
    entries: Sequence[Entry]


def by_year(entries: Iterable[Entry], day_of: Callable[[dt.datetime], dt.date]) -> dict[int, list[Day]]:
    """Return entries by year and, in it, by day, each in the order given."""
    years: dict[int, dict[dt.date, list[Entry]]] = {}
    for entry in entries:
        on = day_of(entry.at)
        years.setdefault(on.year, {}).setdefault(on, []).append(entry)
    return {year: [Day(on, found) for on, found in days.items()] for year, days in years.items()}


_RECEIVED = Template("%(who)s menyerahkan berkas untuk %(what)s, revisi %(revision)s; tanda terima %(receipt)s.")
_RECEIVED_MANY = Template("%(who)s menyerahkan satu berkas untuk %(count)s dokumen; tanda terima %(receipt)s.")
_CHECKED = Template("Pemeriksaan otomatis berkas %(receipt)s: %(verdict)s.", words=("verdict",))
_CHECK_FAILED = Template("Pemeriksaan otomatis berkas %(receipt)s gagal.")
_ARCHIVED = Template("Berkas %(receipt)s dikunci di arsip sampai %(day)s.")
_REFUSED = Template("Pemeriksaan otomatis menolak berkas untuk %(what)s.")
_SIGNED = Template("%(who)s menandatangani %(what)s atas berkas %(receipt)s, %(basis)s.", words=("basis",))
_ACKNOWLEDGED = Template(
    "%(who)s mengetahui dan menyetujui %(what)s atas berkas %(receipt)s, %(basis)s.", words=("basis",)
)
_ACKNOWLEDGED_SAME = Template(
    "%(who)s mengetahui dan menyetujui %(what)s atas berkas %(receipt)s, %(basis)s; penanda tangannya orang yang sama.",
    words=("basis",),
)
_VERIFIED = Template("%(who)s memverifikasi %(what)s atas berkas %(receipt)s.")
_VERIFIED_INK = Template(
    "%(who)s memverifikasi %(what)s atas berkas %(receipt)s dan menyatakan melihat tanda tangan basahnya."
)
_RETURNED = Template("%(who)s mengembalikan %(what)s: %(reason)s.", words=("reason",))
_WITHDRAWN = Template("%(who)s menarik kembali pengesahan %(what)s.")
_REOPENED = Template("%(who)s membuka kembali %(what)s; putaran ke-%(round)s dimulai.")
_REVIEW_ASKED = Template("%(who)s meminta berkas yang ditolak untuk %(what)s ditinjau.")
_REVIEW_ACCEPTED = Template("%(who)s menerima berkas untuk %(what)s setelah meninjaunya.")
_REVIEW_DECLINED = Template("%(who)s tidak menerima berkas untuk %(what)s setelah meninjaunya.")
_CLOSED = Template("%(what)s selesai oleh LHE berikutnya.")
_WAIVED = Template("%(who)s menghapuskan kewajiban %(what)s.")
_DROPPED = Template("Tanda tangan yang diberikan bersama unggahan untuk %(what)s tidak jadi berlaku.")
_INK_CLAIMED = Template("%(who)s menyebut tanda tangan %(name)s di kertas untuk %(what)s.")
_INK_CONFIRMED = Template("%(who)s membenarkan tanda tangannya di kertas untuk %(what)s.")
_INK_DISPUTED = Template("%(who)s menyatakan tanda tangan di kertas untuk %(what)s bukan miliknya.")
_MOVED = Template("Rekomendasi ini kini berstatus %(state)s.", words=("state",))
_ISSUED = Template("%(who)s menerbitkan LHE %(year)s nomor %(number)s.")
_ISSUED_BARE = Template("%(who)s menerbitkan LHE %(year)s.")
_PROPOSED = Template("%(who)s mengusulkan status resmi %(status)s.", words=("status",))
_DECIDED = Template(
    "%(who)s menetapkan status resmi %(status)s dengan surat %(number)s tanggal %(day)s.", words=("status",)
)
_ASKED = Template("%(who)s meminta %(what)s sesudah LHE terbit, untuk rekomendasi %(numbers)s.")
_LINKED = Template("%(what)s berlaku juga untuk rekomendasi %(numbers)s dari LHE %(year)s: cukup satu kiriman.")
_POSTS_SET = Template("%(who)s menetapkan untuk %(what)s: ditandatangani %(signs)s, diketahui %(acknowledges)s.")
_SAID = Template("%(who)s menulis pesan tentang %(what)s.")
_CONFIRMED = Template("%(who)s memastikan rekomendasi tahun %(year)s sesuai dengan LHE-nya.")
_INHERITED = Template("%(what)s dialihkan dari %(unit)s kepada %(successor)s (surat %(letter)s).")
_UNMET = Template("Nilai LHE %(year)s tidak naik (%(score)s, sebelumnya %(before)s): capaiannya belum tercapai.")
_PROPOSAL_DECLINED = Template("%(who)s tidak menerima usulan status resmi %(status)s.", words=("status",))
_PROPOSAL_WITHDRAWN = Template("%(who)s menarik usulan status resmi %(status)s.", words=("status",))
_RECONSIDERED = Template("Status resmi %(status)s tetap berlaku dan ditinjau ulang.", words=("status",))
_REPORT_RECEIVED = Template("%(who)s mencatat LHE %(year)s diterima %(day)s; batas tindak lanjut %(due)s.")
_EXTENDED = Template("%(who)s memperpanjang batas tindak lanjut dari %(before)s menjadi %(due)s.")
_OVERDUE = Template("Batas tindak lanjut, %(day)s, terlewati.")
_CORRECTED = Template("%(who)s memperbaiki bunyi rekomendasi ini dengan surat %(letter)s; ini bunyi ke-%(revision)s.")
_CANCELLED = Template("%(who)s membatalkan rekomendasi ini dengan surat %(letter)s.")
_TRANSFERRED = Template(
    "%(who)s mengalihkan rekomendasi ini ke %(agency)s sebagai rekomendasi %(number)s, dengan surat %(letter)s."
)
_TAKEN_OVER = Template("%(who)s mengalihkan rekomendasi %(number)s %(agency)s ke sini, dengan surat %(letter)s.")
_OBJECTED = Template("%(who)s mengajukan keberatan atas rekomendasi ini; batas waktunya berhenti.")
_OBJECTION_DECLINED = Template("%(who)s tidak menerima keberatan (surat %(letter)s); batasnya kini %(due)s.")
_OBJECTION_ACCEPTED = Template("%(who)s menerima keberatan (surat %(letter)s); batasnya kini %(due)s.")


def _received(one: Happening, names: Names) -> str:
    """Name the documents and their revisions, as far as they serve this recommendation."""
    places = one.details.get("requirements") or {}
    mine = {key: revision for key, revision in places.items() if key in names.requirements}
    if len(mine) > _NAMED or not mine:
        return _RECEIVED_MANY(who=one.who, count=len(places), receipt=one.get("receipt"))
    what = " dan ".join(map(names.what, mine))
    revision = " dan ".join(map(str, dict.fromkeys(mine.values())))
    return _RECEIVED(who=one.who, what=what, revision=revision, receipt=one.get("receipt"))


def _acknowledged(one: Happening, names: Names) -> str:
    made = _ACKNOWLEDGED_SAME if one.details.get("same_person") else _ACKNOWLEDGED
    return made(**_signing(one, names))


def _signing(one: Happening, names: Names) -> dict[str, str]:
    basis = one.get("basis")
    return {
        "who": one.who, "what": names.what(one.subject), "receipt": names.file(one.details.get("evidence")),
        "basis": BASES.get(basis, basis),
    }  # fmt: skip


def _verified(one: Happening, names: Names) -> str:
    made = _VERIFIED_INK if one.details.get("ink_seen") else _VERIFIED
    return made(who=one.who, what=names.what(one.subject), receipt=names.file(one.details.get("evidence")))


def _returned(one: Happening, names: Names) -> str:
    said = RETURN_CODES.get(one.get("reason_code"), one.get("reason_code"))
    return _RETURNED(who=one.who, what=names.what(one.subject), reason=said)


def _decided(one: Happening, names: Names) -> str:
    status = one.get("status")
    return _DECIDED(
        who=one.who, status=STATUSES.get(status, status), number=one.get("number"), day=words.day(_day(one)) or "-"
    )


def _status(one: Happening) -> dict[str, str]:
    status = one.get("status")
    return {"who": one.who, "status": STATUSES.get(status, status)}


def _on(one: Happening, name: str) -> str:
    on = one.details.get(name)
    return words.day(dt.date.fromisoformat(on)) if on else "-"


def _numbers(one: Happening) -> str:
    return ", ".join(one.details.get("recommendations") or ())


def _inherited(one: Happening, names: Names) -> str:
    heir = one.details.get("successor") or {}
    successor = ", ".join(heir[name] for name in ("name", "agency") if name in heir) or "-"
    return _INHERITED(what=names.what(one.subject), unit=one.get("unit"), successor=successor, letter=one.get("letter"))


def _unmet(one: Happening, names: Names) -> str:
    figures = {name: words.score(Decimal(one.get(name))) for name in ("score", "before")}
    return _UNMET(year=one.get("year"), **figures)


def _elsewhere(one: Happening, name: str) -> dict[str, str]:
    """Return by whom and with which letter a recommendation went over, and what it is at the other agency."""
    place = one.details.get(name) or {}
    number, agency = place.get("number") or "-", place.get("agency_name") or "-"
    return {"who": one.who, "letter": one.get("letter"), "number": number, "agency": agency}


def _objection_answered(one: Happening, names: Names) -> str:
    made = _OBJECTION_DECLINED if one.get("outcome") == "declined" else _OBJECTION_ACCEPTED
    return made(who=one.who, letter=one.get("letter"), due=_on(one, "due_on"))


def _archived(one: Happening, names: Names) -> str:
    return _ARCHIVED(receipt=names.file(one.subject), day=words.day(_day(one)) or "-")


def _of(template: Template) -> Callable[[Happening, Names], str]:
    """Return what fills in who did it to which document, and the name that some of them hold."""
    wanted = set(template.names)

    def make(one: Happening, names: Names) -> str:
        values = {
            "who": one.who, "what": names.what(one.subject), "receipt": names.file(one.subject),
            "name": one.get("name"), "round": one.get("round"), "year": one.get("year"), "number": one.get("number"),
            "signs": one.get("signed_by"), "acknowledges": one.get("acknowledged_by"),
        }  # fmt: skip
        return template(**{name: value for name, value in values.items() if name in wanted})

    return make


_SENTENCES: Mapping[str, Callable[[Happening, Names], str]] = {
    "report.issued": lambda one, names: _of(_ISSUED if one.details.get("number") else _ISSUED_BARE)(one, names),
    "recommendation.moved": lambda one, names: _MOVED(state=STATES.get(State(one.get("to")), one.get("to"))),
    "evidence.received": _received,
    "evidence.checked": lambda one, names: _CHECKED(
        receipt=names.file(one.subject), verdict=VERDICTS.get(one.get("verdict"), one.get("verdict"))
    ),
    "evidence.check_failed": _of(_CHECK_FAILED),
    "evidence.archived": _archived,
    "requirement.refused": _of(_REFUSED),
    "requirement.signed": lambda one, names: _SIGNED(**_signing(one, names)),
    "requirement.acknowledged": _acknowledged,
    "requirement.verified": _verified,
    "requirement.returned": _returned,
    "requirement.withdrawn": _of(_WITHDRAWN),
    "requirement.reopened": _of(_REOPENED),
    "requirement.review_asked": _of(_REVIEW_ASKED),
    "requirement.review_accepted": _of(_REVIEW_ACCEPTED),
    "requirement.review_declined": _of(_REVIEW_DECLINED),
    "requirement.closed": _of(_CLOSED),
    "requirement.waived": _of(_WAIVED),
    "requirement.signing_dropped": _of(_DROPPED),
    "requirement.ink_claimed": _of(_INK_CLAIMED),
    "requirement.ink_confirmed": _of(_INK_CONFIRMED),
    "requirement.ink_disputed": _of(_INK_DISPUTED),
    "requirement.asked": lambda one, names: _ASKED(who=one.who, what=names.what(one.subject), numbers=_numbers(one)),
    "requirement.linked": lambda one, names: _LINKED(
        what=names.what(one.subject), numbers=_numbers(one), year=one.get("year")
    ),
    "requirement.posts_set": _of(_POSTS_SET),
    "requirement.message_sent": _of(_SAID),
    "requirement.inherited": _inherited,
    "report.confirmed": _of(_CONFIRMED),
    "recommendation.outcome_unmet": _unmet,
    "report.received": lambda one, names: _REPORT_RECEIVED(
        who=one.who, year=one.get("year"), day=_on(one, "received_on"), due=_on(one, "due_on")
    ),
    "recommendation.extended": lambda one, names: _EXTENDED(
        who=one.who, before=_on(one, "due_before"), due=_on(one, "due_on")
    ),
    "recommendation.overdue": lambda one, names: _OVERDUE(day=_on(one, "overdue_on")),
    "recommendation.corrected": lambda one, names: _CORRECTED(
        who=one.who, letter=one.get("letter"), revision=one.get("revision")
    ),
    "recommendation.cancelled": lambda one, names: _CANCELLED(who=one.who, letter=one.get("letter")),
    "recommendation.transferred": lambda one, names: _TRANSFERRED(**_elsewhere(one, "target")),
    "recommendation.taken_over": lambda one, names: _TAKEN_OVER(**_elsewhere(one, "origin")),
    "recommendation.objected": _of(_OBJECTED),
    "recommendation.objection_answered": _objection_answered,
    "recommendation.reconsidered": lambda one, names: _RECONSIDERED(status=_status(one)["status"]),
    "decision.proposed": lambda one, names: _PROPOSED(**_status(one)),
    "decision.decided": _decided,
    "decision.declined": lambda one, names: _PROPOSAL_DECLINED(**_status(one)),
    "decision.withdrawn": lambda one, names: _PROPOSAL_WITHDRAWN(**_status(one)),
}
