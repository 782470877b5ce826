"""What happened to a recommendation: every step in a sentence, with post and basis, in order, by day and year."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from tests.support.deliveries import check, deliver
from tests.support.offices import Office, requirements_of
from tests.support.official_papers import paper
from tests.support.statements import counting
from workflows.core import audit
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.core.transitions import Action
from workflows.evidence.models import Evidence
from workflows.papers import words
from workflows.papers.history import timeline
from workflows.papers.timeline import Happening, Names, by_year, tell
from workflows.plans.changes import cancel
from workflows.plans.deadlines import extend, receive_report, region_day
from workflows.plans.models import Requirement
from workflows.plans.objections import answer, object_to
from workflows.plans.rules import act
from workflows.recommendations.models import EvaluationReport, OfficialStatus, Outcome, Recommendation
from workflows.recommendations.queries import get_recommendation
from workflows.recommendations.versions import Wording
from workflows.verification import decisions
from workflows.verification import operations as verification


def step(office: Office, requirement: Requirement, who: str, action: Action, **more: str) -> None:
    actor = office.actor(who)
    evidence = db.session.get_one(Evidence, requirement.newest_evidence_id)
    if action == Action.VERIFY:
        verification.read_report(evidence, actor=actor)
        audit.link(db.session())
    act(requirement, action, actor=actor, sha256=evidence.sha256, **more)  # type: ignore[arg-type]
    db.session.flush()


def number(report: EvaluationReport, wanted: str) -> Recommendation:
    query = sa.select(Recommendation).where(Recommendation.report_id == report.id, Recommendation.number == wanted)
    return db.session.scalars(query).one()


def told(office: Office, row: Recommendation, who: str = "auditor") -> list[str]:
    audit.link(db.session())
    return [entry.sentence or entry.kind for entry in timeline(row, office.actor(who)).items]


def test_the_whole_way_of_a_document_is_told_in_order(office: Office, report: EvaluationReport) -> None:
    requirement = next(row for row in requirements_of(report) if row.kind == "performance_report")
    title = requirement.title
    first = check(deliver(requirement, office.actor("staff_sek")))
    step(office, requirement, "head_sek", Action.SIGN)
    step(office, requirement, "head", Action.RETURN, reason_code="INCOMPLETE", reason="Bab III belum ada.")
    second = check(deliver(requirement, office.actor("operator"), text="lagi"), verdict="warn")
    step(office, requirement, "head_sek", Action.SIGN)
    step(office, requirement, "head", Action.ACKNOWLEDGE)
    step(office, requirement, "evaluator", Action.VERIFY, reason="Catatan tidak mengubah isi.")
    step(office, requirement, "inspector", Action.REOPEN, reason="Angka keliru.")
    row = number(report, "C-1")
    proposal = decisions.propose(
        [row], official_status=OfficialStatus.PARTIAL, reason="Baru sebagian", actor=office.actor("evaluator")
    )
    inspector = office.actor("inspector")
    letter = paper(office.agency, inspector, number="700/9", dated_on=dt.date(2026, 3, 3))
    decisions.decide([proposal], letter=letter, actor=inspector)
    locked = [sentence for sentence in told(office, row) if "dikunci" in sentence]
    assert len(locked) == 2
    one, two = first.receipt_number, second.receipt_number
    signed = f"Pegawai head_sek (Kepala Bidang SEK) menandatangani {title} atas berkas"
    assert [sentence for sentence in told(office, row) if sentence not in locked] == [
        "Pegawai inspector (inspector) menerbitkan LHE 2026.",
        f"Pegawai staff_sek (Staf Bidang SEK) menyerahkan berkas untuk {title}, revisi 1; tanda terima {one}.",
        "Rekomendasi ini kini berstatus Diunggah.",
        f"Pemeriksaan otomatis berkas {one}: lolos tanpa catatan.",
        f"{signed} {one}, dikukuhkan dalam aplikasi.",
        "Rekomendasi ini kini berstatus Ditandatangani.",
        f"Pegawai head (Kepala Dinas Perpustakaan) mengembalikan {title}: Isi belum lengkap.",
        "Rekomendasi ini kini berstatus Menunggu bukti.",
        f"Pegawai operator (Operator Dinas Perpustakaan) menyerahkan berkas untuk {title}, revisi 2; tanda terima {two}.",
        "Rekomendasi ini kini berstatus Diunggah.",
        f"Pemeriksaan otomatis berkas {two}: lolos dengan catatan.",
        f"{signed} {two}, dikukuhkan dalam aplikasi.",
        "Rekomendasi ini kini berstatus Ditandatangani.",
        f"Pegawai head (Kepala Dinas Perpustakaan) mengetahui dan menyetujui {title} atas berkas {two}, dikukuhkan dalam aplikasi.",
        "Rekomendasi ini kini berstatus Diketahui.",
        f"Pegawai evaluator (Anggota Tim Evaluasi) memverifikasi {title} atas berkas {two}.",
        "Rekomendasi ini kini berstatus Diverifikasi.",
        f"Pegawai inspector (inspector) membuka kembali {title}; putaran ke-2 dimulai.",
        "Rekomendasi ini kini berstatus Menunggu bukti.",
        "Pegawai evaluator (Anggota Tim Evaluasi) mengusulkan status resmi belum sesuai.",
        "Pegawai inspector (inspector) menetapkan status resmi belum sesuai dengan surat 700/9 tanggal 3 Maret 2026.",
    ]
    quotes = [entry.quote for entry in timeline(row, office.actor("auditor")).items if entry.quote]
    assert quotes == ["Bab III belum ada.", "Catatan tidak mengubah isi.", "Angka keliru."]


def test_what_becomes_of_a_recommendation_after_its_issue_is_told(office: Office, report: EvaluationReport) -> None:
    row, inspector, today = number(report, "C-1"), office.actor("inspector"), region_day(office.region)
    due = words.day(today + dt.timedelta(days=61))
    receive_report(report, received_on=today, actor=office.actor("operator"))
    extend([row], due_on=today + dt.timedelta(days=61), reason="Menunggu anggaran.", actor=inspector)
    object_to(row, reason="Bunyinya keliru.", actor=office.actor("head"))
    wording = Wording("Bunyi baru", row.component, row.criterion)
    answer(row, outcome=Outcome.CORRECTED, reason="Benar.", letter="700/3", wording=wording, actor=inspector)
    proposal = decisions.propose(
        [row], official_status=OfficialStatus.NOT_STARTED, reason="Belum ada", actor=office.actor("evaluator")
    )
    decisions.decline(proposal, reason="Terlalu dini.", actor=inspector)
    cancel(row, reason="Digabung.", letter="700/4", actor=inspector)
    db.session.flush()
    head, who = "Pegawai head (Kepala Dinas Perpustakaan)", "Pegawai inspector (inspector)"
    term = words.day(report.due_on or today)
    assert [one for one in told(office, row) if "kewajiban" not in one][1:] == [
        f"Pegawai operator (Operator Dinas Perpustakaan) mencatat LHE 2026 diterima {words.day(today)}; batas tindak lanjut {term}.",
        f"{who} memperpanjang batas tindak lanjut dari {term} menjadi {due}.",
        f"{head} mengajukan keberatan atas rekomendasi ini; batas waktunya berhenti.",
        f"{who} menerima keberatan (surat 700/3); batasnya kini {due}.",
        f"{who} memperbaiki bunyi rekomendasi ini dengan surat 700/3; ini bunyi ke-2.",
        "Pegawai evaluator (Anggota Tim Evaluasi) mengusulkan status resmi belum ditindaklanjuti.",
        f"{who} tidak menerima usulan status resmi belum ditindaklanjuti.",
        f"{who} membatalkan rekomendasi ini dengan surat 700/4.",
    ]
    quotes = [entry.quote for entry in timeline(row, office.actor("auditor")).items if entry.quote]
    assert quotes[:2] == ["Menunggu anggaran.", "Bunyinya keliru."]
    assert {"Terlalu dini.", "Digabung."} <= set(quotes)


def test_another_recommendation_hears_nothing_of_it_and_another_office_nothing_at_all(
    office: Office, report: EvaluationReport
) -> None:
    deliver(requirements_of(report)[0], office.actor("head_sek"))
    assert len(told(office, number(report, "A-1"))) == len(told(office, number(report, "B-1"))) == 2
    assert len(told(office, number(report, "C-1"))) == 1
    with pytest.raises(NotFoundError):
        get_recommendation(number(report, "A-1").id, office.actor("other_head"))
    assert told(office, number(report, "A-1"), who="other_head") == []


def test_pages_go_on_where_the_last_ended_in_a_fixed_number_of_queries(
    office: Office, report: EvaluationReport
) -> None:
    row = number(report, "A-1")
    deliver(requirements_of(report)[0], office.actor("head_sek"))
    few = told(office, row)
    auditor = office.actor("auditor")
    with counting() as first:
        timeline(row, auditor)
    for requirement in requirements_of(report)[1:6]:
        deliver(requirement, office.actor("operator"), text=str(requirement.id))
    whole = told(office, row)
    assert len(whole) > len(few)
    auditor = office.actor("auditor")
    with counting() as second:
        timeline(row, auditor)
    assert len(first) == len(second)
    seen, cursor = [], None
    while True:
        found = timeline(row, auditor, cursor=cursor, limit=2)
        seen += [entry.sentence for entry in found.items]
        cursor = found.next
        if cursor is None:
            break
    assert seen == whole
    assert [entry.sentence for entry in timeline(row, auditor, newest=True).items] == whole[::-1]


def happening(kind: str, at: dt.datetime = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), **details: object) -> Happening:
    return Happening(1, at, kind, "r", "Contoh", ("Plt. Kepala",), details)


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        ("certificate", "menurut tanda tangan elektronik di dalam berkas"),
        ("ink", "menurut tanda tangan basah di kertas"),
        ("in_app", "dikukuhkan dalam aplikasi"),
    ],
)
def test_every_signature_says_what_it_rests_on(basis: str, words: str) -> None:
    names = Names({"r": "Monev"}, {"e": "TT-1"})
    one = happening("requirement.acknowledged", basis=basis, evidence="e", same_person=True, post="Plh. Kepala")
    (entry,) = tell([one], names)
    assert entry.sentence == (
        f"Contoh (Plh. Kepala) mengetahui dan menyetujui Monev atas berkas TT-1, {words}; penanda tangannya orang yang sama."
    )


def test_days_are_those_of_the_region_and_years_stand_apart() -> None:
    zone = ZoneInfo("Asia/Makassar")
    moments = [dt.datetime(2025, 12, 31, 15, 59, tzinfo=dt.UTC), dt.datetime(2025, 12, 31, 16, 0, tzinfo=dt.UTC)]
    entries = tell([happening("report.issued", at) for at in moments], Names({}))
    found = by_year(entries, lambda at: at.astimezone(zone).date())
    assert {year: [day.on for day in days] for year, days in found.items()} == {
        2025: [dt.date(2025, 12, 31)], 2026: [dt.date(2026, 1, 1)]
    }  # fmt: skip


def test_a_kind_that_is_not_known_here_is_still_there() -> None:
    (entry,) = tell([happening("recommendation.unheard_of")], Names({}))
    assert (entry.sentence, entry.happening.who) == (None, "Contoh (Plt. Kepala)")
