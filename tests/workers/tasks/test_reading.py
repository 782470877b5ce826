"""The reading of deliveries: text page by page, scans in parts, and the look at what was read."""

import datetime as dt
import io
import uuid
from collections.abc import Sequence
from dataclasses import replace

import pikepdf
import pytest
import sqlalchemy as sa

from tests.support.reading import needs_tesseract, scanned_pdf, text_pdf
from tests.workers.tasks.site import Site, die
from workers.app import Queue, TaskName
from workers.tasks import reading as task
from workflows.core import jobs
from workflows.core.db import db
from workflows.core.models import Job, JobState
from workflows.core.transitions import Action
from workflows.evidence.inspection import Inspector
from workflows.evidence.models import Evidence
from workflows.evidence.page_text import NoOcrError
from workflows.evidence.reading import looking, operations
from workflows.evidence.reading.models import PageText, Reading, SenseFinding, TextSource
from workflows.evidence.reading.operations import reading_of
from workflows.organization.models import PositionAssignment
from workflows.plans.rules import act
from workflows.verification.models import Verification
from workflows.verification.operations import read_report

READ = TaskName.READ_EVIDENCE


def monev(quarter: str, *, day: str = "5 April 2026", real: Sequence[str] = ("82,50", "312", "1.011")) -> list[str]:
    rows = [f"{n}. Indikator {n} target 85,25 realisasi {value}" for n, value in enumerate(real, 1)]
    return [
        f"LAPORAN MONITORING DAN EVALUASI TRIWULAN {quarter} TAHUN 2026", "DINAS PERPUSTAKAAN", "Bidang B1", *rows,
        "Mengetahui,", f"Contoh, {day}", "Pegawai head", "Pegawai head_b1",
    ]  # fmt: skip


def found(site: Site, evidence_id: uuid.UUID) -> dict[str, SenseFinding]:
    db.session.expire_all()
    query = sa.select(SenseFinding).where(SenseFinding.evidence_id == evidence_id)
    return {row.code: row for row in db.session.scalars(query)}


def sources(evidence_id: uuid.UUID) -> list[TextSource | None]:
    query = sa.select(PageText.source).where(PageText.evidence_id == evidence_id).order_by(PageText.page)
    return list(db.session.scalars(query))


def reading(evidence_id: uuid.UUID) -> Reading:
    db.session.expire_all()
    row = reading_of(evidence_id)
    assert row is not None
    return row


def open_jobs(evidence_id: uuid.UUID) -> list[uuid.UUID]:
    db.session.expire_all()
    query = sa.select(Job.id).where(Job.subject_id == evidence_id, Job.kind == READ, Job.state == JobState.QUEUED)
    return list(db.session.scalars(query))


def test_text_is_read_page_by_page_and_looked_at(site: Site) -> None:
    evidence_id = site.deliver(text_pdf(monev("I"), ["Lampiran kegiatan triwulan ini"]))
    site.work_off(reading=True)
    row = reading(evidence_id)
    assert (row.pages, row.settled, row.unread, row.scans, row.why) == (2, 2, 0, 0, None)
    assert row.done_at is not None
    assert row.figures is not None
    assert sources(evidence_id) == [TextSource.LAYER] * 2
    seen = found(site, evidence_id)
    assert {code: (entry.severity, entry.page) for code, entry in seen.items()} == {
        "agency_found": ("info", 1), "unit_found": ("info", 1), "year_found": ("info", 1), "quarter_found": ("info", 1),
        "name_found": ("info", 1), "acknowledgement_found": ("info", 1),
    }  # fmt: skip


def test_a_paper_of_another_quarter_is_told_and_holds_up_no_step(site: Site) -> None:
    evidence_id = site.deliver(text_pdf(monev("III")), sign=True)
    site.work_off(reading=True)
    assert (found(site, evidence_id)["quarter_differs"].severity, site.requirement().state) == ("warn", "signed")
    assert site.evidence(evidence_id).verdict != "reject"


def test_scans_are_read_from_their_pictures_in_parts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_tesseract()
    evidence_id = site.deliver(scanned_pdf(monev("I"), ["Lampiran satu"], ["Lampiran dua"], ["Lampiran tiga"]))
    site.work_off(reading=True, seconds=120)
    row = reading(evidence_id)
    assert (row.pages, row.settled, row.unread, row.scans) == (4, 4, 0, 4)
    # The text, two parts of scans, the look.
    assert row.part == 3
    assert sources(evidence_id) == [TextSource.OCR] * 4
    assert found(site, evidence_id)["quarter_found"].page == 1
    assert "unit_found" in found(site, evidence_id)


def test_only_the_pages_without_text_are_read_from_their_picture(site: Site) -> None:
    needs_tesseract()
    with (
        pikepdf.open(io.BytesIO(text_pdf(monev("I")))) as whole,
        pikepdf.open(io.BytesIO(scanned_pdf(["Pindaian"]))) as scan,
    ):
        whole.pages.extend(scan.pages)
        out = io.BytesIO()
        whole.save(out)
    evidence_id = site.deliver(out.getvalue())
    site.work_off(reading=True, seconds=60)
    assert sources(evidence_id) == [TextSource.LAYER, TextSource.OCR]


def test_signing_acknowledging_and_verifying_go_on_while_the_reading_waits(site: Site) -> None:
    evidence_id = site.deliver(text_pdf(monev("I")), sign=True)
    site.do(evidence_id)
    site.do(evidence_id, TaskName.TAKE_EFFECT)
    db.session.expire_all()
    requirement, evidence = site.requirement(), site.evidence(evidence_id)
    assert requirement.state == "signed"
    act(requirement, Action.ACKNOWLEDGE, actor=site.office.actor("head"), sha256=evidence.sha256)
    db.session.commit()
    evaluator = site.office.actor("evaluator")
    read_report(evidence, actor=evaluator)
    db.session.commit()
    act(
        site.requirement(), Action.VERIFY, actor=evaluator, sha256=evidence.sha256,
        reason="Sudah dibandingkan dengan aslinya.",
    )  # fmt: skip
    db.session.commit()
    assert site.requirement().state == "verified"
    assert db.session.scalars(sa.select(sa.func.count()).select_from(Verification)).one() == 1
    assert reading(evidence_id).done_at is None
    assert len(open_jobs(evidence_id)) == 1
    assert jobs.queue_of(READ) == Queue.READING
    site.work_off(reading=True)
    assert site.requirement().state == "verified"
    assert reading(evidence_id).done_at is not None


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(die(task.operations, "record_texts", after=True), id="before the text is committed"),
        pytest.param(die(task, "read_layer_patiently", after=True), id="after the text"),
    ],
)
def test_a_worker_killed_on_the_way_reads_the_part_again_and_finds_nothing_twice(site: Site, step) -> None:
    evidence_id = site.deliver(text_pdf(monev("I")))
    site.do(evidence_id)
    site.killed(evidence_id, step, READ)
    site.work_off(reading=True)
    assert reading(evidence_id).done_at is not None
    assert sources(evidence_id) == [TextSource.LAYER]
    query = sa.select(SenseFinding.id).where(SenseFinding.evidence_id == evidence_id).order_by(SenseFinding.id)
    before = list(db.session.scalars(query))
    assert before
    operations.conclude(evidence_id)
    operations.start(site.evidence(evidence_id))
    db.session.commit()
    site.work_off(reading=True)
    assert list(db.session.scalars(query)) == before


def test_where_nothing_reads_scans_it_is_told_and_what_is_missing_only_a_hint(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: object) -> str:
        raise NoOcrError

    monkeypatch.setattr(task, "read_scan", absent)
    evidence_id = site.deliver(text_pdf(["LAPORAN TRIWULAN I TAHUN 2026 tanpa nama"], []))
    site.work_off(reading=True)
    row = reading(evidence_id)
    assert (row.pages, row.unread, row.why) == (2, 1, operations.NO_OCR)
    assert sources(evidence_id) == [TextSource.LAYER, TextSource.NONE]
    assert found(site, evidence_id)["agency_absent"].severity == "info"


def test_a_file_that_cannot_be_read_by_pages_ends_as_told(site: Site) -> None:
    evidence_id = site.deliver(text_pdf(monev("I")))
    site.do(evidence_id)

    class Mute:
        def ask(self, *_: object, **__: object) -> dict[str, str]:
            return {"failure": "checker_crashed"}

    site.do(evidence_id, READ, tools=site.with_tools(inspector=Mute()))
    site.work_off(reading=True)
    row = reading(evidence_id)
    assert (row.why, row.done_at is not None) == (operations.NOT_OPENED, True)
    assert found(site, evidence_id) == {}


class Stumbling:
    """The real checker, whose reader of text a page ends whenever it is among those that are asked for."""

    def __init__(self, inspector: Inspector, bad: set[int]) -> None:
        self._inspector, self._bad = inspector, bad
        self.asked: list[list[int]] = []

    def ask(self, kind: str, *arguments: object, pages: Sequence[int] = (), **options: object) -> dict[str, object]:
        if kind == "text":
            self.asked.append(list(pages))
            if self._bad & set(pages):
                return {"failure": "checker_crashed"}
        return self._inspector.ask(kind, *arguments, pages=pages, **options)


def test_who_holds_a_post_on_the_day_of_a_delivery_goes_by_the_day_of_the_region(site: Site) -> None:
    """Before eight in the morning of Makassar it is still the day before where the database counts."""
    row = site.requirement()
    assert site.office.region.timezone == "Asia/Makassar"
    day = dt.date(2026, 4, 6)
    held = sa.update(PositionAssignment).where(PositionAssignment.position_id == row.signing_position_id)
    db.session.execute(held.values(valid_from=day))
    early = Evidence(region_id=row.region_id, received_at=dt.datetime(2026, 4, 5, 20, tzinfo=dt.UTC))
    signer = looking._signer(row, early, row.signing_position_id)
    assert signer is not None
    assert [holder.name for holder in signer.holders] == ["Pegawai head_b1"]
    early.received_at = dt.datetime(2026, 4, 5, 15, tzinfo=dt.UTC)
    assert looking._signer(row, early, row.signing_position_id).holders == []
    db.session.rollback()


def test_one_page_that_ends_the_reader_costs_its_own_text_only_and_is_read_from_its_picture(site: Site) -> None:
    needs_tesseract()
    evidence_id = site.deliver(text_pdf(monev("I"), ["Halaman kedua yang tidak terbaca oleh pembaca teks"], monev("I")))
    site.do(evidence_id)
    inspector = Stumbling(site.tools.inspector, {2})
    site.do(evidence_id, READ, tools=site.with_tools(inspector=inspector))
    assert inspector.asked == [list(range(1, 21)), [1], [2], [3]]
    assert sources(evidence_id) == [TextSource.LAYER, None, TextSource.LAYER]
    site.work_off(reading=True)
    assert sources(evidence_id) == [TextSource.LAYER, TextSource.OCR, TextSource.LAYER]
    row = reading(evidence_id)
    assert (row.pages, row.why, row.unread) == (3, None, 0)


def test_a_reader_that_every_page_ends_is_left_alone_after_three(site: Site) -> None:
    evidence_id = site.deliver(text_pdf(*[monev("I")] * 6))
    site.do(evidence_id)
    inspector = Stumbling(site.tools.inspector, {2, 3, 4, 5, 6})
    site.do(evidence_id, READ, tools=site.with_tools(inspector=inspector))
    assert inspector.asked[1:] == [[1], [2], [3], [4]]
    assert sources(evidence_id) == [TextSource.LAYER, None, None, None, None, None]


def test_no_more_pages_than_the_limit_are_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = replace(operations.LIMITS, pages=3, pages_at_once=2)
    monkeypatch.setattr(operations, "LIMITS", limits)
    evidence_id = site.deliver(text_pdf(*[[f"Halaman dengan cukup banyak teks {n}"] for n in range(5)]))
    site.work_off(reading=True)
    row = reading(evidence_id)
    assert (row.pages, row.settled, row.unread) == (5, 3, 2)
    assert row.why == "Hanya 3 halaman pertama yang dibaca."


def test_no_more_scans_than_the_limit_are_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "LIMITS", replace(operations.LIMITS, scans=2, scans_at_once=1))
    monkeypatch.setattr(task, "read_scan", lambda *_: "LAPORAN TRIWULAN I")
    evidence_id = site.deliver(text_pdf([], [], []))
    site.work_off(reading=True)
    row = reading(evidence_id)
    assert (row.scans, row.unread) == (2, 1)
    assert row.why == "Paling banyak 2 halaman hasil pindaian dibaca dari satu berkas."


def test_one_file_sent_apart_for_two_quarters_is_told_and_a_shared_one_is_not(site: Site) -> None:
    content = text_pdf(monev("I"))
    shared = site.deliver(content, others=[("b1", 2)], who="operator")
    site.work_off(reading=True)
    assert "same_file" not in found(site, shared)
    apart = site.deliver(content, quarter=3, who="operator")
    site.work_off(reading=True)
    query = sa.select(SenseFinding).where(SenseFinding.evidence_id == apart, SenseFinding.code == "same_file")
    told = list(db.session.scalars(query))
    assert len(told) == 2
    assert all(row.severity == "warn" and "Monev Triwulan" in row.message for row in told)
    # The same bytes are not told a second time as the same figures.
    assert "same_figures" not in found(site, apart)


def test_figures_and_dates_taken_over_from_another_quarter_are_told_and_an_honest_paper_is_not(site: Site) -> None:
    site.deliver(text_pdf(monev("I")))
    site.work_off(reading=True)
    honest = site.deliver(text_pdf(monev("II", day="6 Juli 2026", real=("84,10", "655", "1.200"))), quarter=2)
    copied = site.deliver(text_pdf(monev("III")), quarter=3)
    site.work_off(reading=True)
    again = site.deliver(text_pdf([*monev("I"), "Perbaikan salah ketik"]), quarter=1)
    site.work_off(reading=True)
    assert "same_figures" not in found(site, honest)
    assert "Triwulan I 2026" in found(site, copied)["same_figures"].message
    # A corrected revision for the same cell is no copy of its predecessor, but of the copy it still is.
    assert "Triwulan III" in found(site, again)["same_figures"].message
