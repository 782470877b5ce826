"""Papers made by the worker: what they say, for whom, and what is left of it in the log."""

import datetime as dt
import html
import io
import json
import uuid
import zipfile

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from storage.base import Bucket
from tests.support.offices import CONSOLE, YEAR, plan_document
from tests.support.statements import counted
from tests.workers.tasks.site import Site, pdf
from workers.app import TaskName
from workers.retry import FAIL
from workflows.bundles import operations as bundles
from workflows.bundles.models import Bundle
from workflows.core.actors import AssignmentKind
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, PermissionDeniedError, Reason
from workflows.core.models import AuditEvent
from workflows.organization import operations as organization
from workflows.organization.models import Position
from workflows.papers import operations, queries, reading, words
from workflows.papers.models import Paper, PaperFormat, PaperKind, PaperState
from workflows.papers.sheet import Line
from workflows.plans.operations import issue, write_plan
from workflows.recommendations.models import EvaluationReport, OfficialStatus, Recommendation
from workflows.verification import decisions


def order(
    site: Site, *, who: str = "operator", everywhere: bool = False, kind: PaperKind = PaperKind.MATRIX, **more: object
) -> uuid.UUID:
    asked = {"as_format": PaperFormat.XLSX, "year": YEAR, "place": "Uji", **more}
    paper = operations.order(
        None if everywhere else site.office.agency, kind=kind, actor=site.office.actor(who), **asked
    )  # type: ignore[arg-type]
    db.session.commit()
    return paper.id


def made(site: Site, paper_id: uuid.UUID) -> bytes:
    site.do(paper_id, TaskName.MAKE_PAPER)
    db.session.expire_all()
    paper = db.session.get_one(Paper, paper_id)
    assert paper.state == PaperState.READY, paper.error_message
    assert paper.key
    with site.store.open(Bucket.BUNDLES, paper.key, version_id=paper.version_id) as stream:
        content = stream.read()
    assert len(content) == paper.size
    return content


def cells(content: bytes) -> list[list[str]]:
    return [
        [str(cell) for cell in row]
        for row in CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    ]


def draft(site: Site, paper_id: uuid.UUID) -> operations.Draft:
    found = operations.begin(paper_id)
    db.session.rollback()
    return found


def test_a_matrix_says_what_was_asked_planned_delivered_and_decided(site: Site) -> None:
    evidence = site.deliver(pdf(), unit="b1", quarter=1)
    receipt = site.evidence(evidence).receipt_number
    evaluator, inspector = site.office.actor("evaluator"), site.office.actor("inspector")
    asked = db.session.scalars(sa.select(Recommendation).where(Recommendation.number == "C-1")).one()
    proposal = decisions.propose(
        [asked], official_status=OfficialStatus.PARTIAL, reason="Baru sebagian", actor=evaluator
    )
    db.session.commit()
    decisions.decide([proposal], letter=site.letter("700/9"), actor=inspector)
    db.session.commit()
    rows = {row[0]: row for row in cells(made(site, order(site)))}
    assert rows["A-1"][1:4] == ["Rekomendasi A-1", "Menindaklanjuti A-1", "-"]
    assert rows["A-1"][4] == "Belum dinilai\n0 dari 12 dokumen diverifikasi\n1 diunggah, 11 menunggu bukti"
    assert rows["A-1"][5].splitlines()[0] == f"Monev Triwulan I: 0 dari 3 unit diverifikasi ({receipt})"
    assert rows["C-1"][4].splitlines()[0] == f"Belum sesuai (700/9, {words.day(now().date())})"
    assert rows["C-1"][5] == "Laporan Kinerja 2026: perbandingan tahun sebelumnya: belum ada"
    assert rows["D-1"][4] == "Belum dinilai\nMenunggu LHE berikutnya"
    assert rows["D-1"][5] == "-"


@pytest.mark.parametrize("written", list(PaperFormat))
def test_every_format_is_made_kept_and_told(site: Site, written: PaperFormat) -> None:
    paper_id = order(site, as_format=written)
    content = made(site, paper_id)
    assert content.startswith(b"%PDF-1.7" if written == "pdf" else b"PK")
    assert draft(site, paper_id).write() == content
    events = db.session.scalars(
        sa.select(AuditEvent).where(AuditEvent.subject_id == paper_id).order_by(AuditEvent.seq)
    ).all()
    assert [event.kind for event in events] == ["paper.ordered", "paper.made"]
    assert json.loads(events[1].body or "")["details"]["sha256"] == db.session.get_one(Paper, paper_id).sha256
    assert site.chains_hold()


def test_whoever_stands_in_signs_with_his_own_block(site: Site) -> None:
    def block() -> tuple[tuple[str, ...], str, tuple[str, ...]]:
        found = draft(site, order(site)).sheet.block
        return found.title_lines, found.name, found.below

    office = site.office
    titles = ("KEPALA", "DINAS PERPUSTAKAAN", "KABUPATEN UJI")
    assert block() == (titles, "Pegawai head", ())
    db.session.execute(sa.update(Paper).values(state=PaperState.READY))
    person = organization.add_person(
        office.region,
        name="Dra. Contoh, M.Si.",
        nip="190404031930032015",
        rank_name="Pembina",
        rank_grade="IV/a",
        actor=CONSOLE,
    )
    post = db.session.scalars(
        sa.select(Position).where(Position.role == "agency_head", Position.agency_id == office.agency.id)
    ).one()
    organization.assign(
        person,
        post,
        kind=AssignmentKind.ACTING_DAILY,
        valid_from=dt.date(2020, 2, 1),
        confirmed=True,
        letter_number="SP-1",
        actor=CONSOLE,
    )
    db.session.commit()
    assert block() == (
        ("Plh. " + titles[0], *titles[1:]),
        "Dra. Contoh, M.Si.",
        ("Pembina / IV/a", "NIP. 19040403 193003 2 015"),
    )


def test_only_who_sees_the_region_gets_all_agencies_and_nobody_more_than_he_may_see(site: Site) -> None:
    other = site.office.agencies[1]
    evaluator, inspector = site.office.actor("evaluator"), site.office.actor("inspector")
    written = write_plan(plan_document(), agency=other, year=YEAR, actor=evaluator)
    db.session.commit()
    with pytest.raises(PermissionDeniedError):
        order(site, everywhere=True)
    with pytest.raises(NotFoundError):
        order(site, who="other_operator")

    def bands() -> list[str]:
        paper_id = order(site, who="inspector", everywhere=True)
        found = [row.text for row in draft(site, paper_id).sheet.rows if not isinstance(row, Line)]
        db.session.execute(sa.update(Paper).values(state=PaperState.READY))
        db.session.commit()
        return found

    assert bands() == ["Dinas Perpustakaan"]  # a draft is nobody's proof
    issue(db.session.get_one(EvaluationReport, written.report.id), actor=inspector, number="700/2")
    db.session.commit()
    assert bands() == ["Dinas Perpustakaan", "Dinas Sosial, LHE nomor 700/2"]


def test_a_paper_is_its_orderers_alone_and_what_waits_is_not_doubled(site: Site) -> None:
    paper_id = order(site)
    assert order(site) == paper_id
    assert order(site, as_format=PaperFormat.PDF) != paper_id
    assert queries.get_paper(paper_id, site.office.actor("operator")).id == paper_id
    for who in ("head", "inspector", "other_operator"):
        with pytest.raises(NotFoundError):
            queries.get_paper(paper_id, site.office.actor(who))
    with pytest.raises(PermissionDeniedError):
        operations.order(
            site.office.agency,
            kind=PaperKind.MATRIX,
            as_format=PaperFormat.PDF,
            year=YEAR,
            actor=site.office.actor("operator", read_only=True),
        )
    with pytest.raises(InvalidInputError):
        order(site, place="x" * 61)


def test_a_failed_making_is_shown_and_told(site: Site) -> None:
    paper_id = order(site)
    FAIL[operations.MAKE_JOB](paper_id, Reason("no_pdf_maker", "Pembuat PDF belum terpasang."))
    db.session.commit()
    paper = db.session.get_one(Paper, paper_id)
    assert (paper.state, paper.error_message) == (PaperState.FAILED, "Pembuat PDF belum terpasang.")


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(site: Site) -> None:
    reader = site.office.actor("inspector")
    with counted(site.app) as few:
        assert len(reading.reports(reader, year=YEAR)[0].asked) == 4
    written = write_plan(
        plan_document(), agency=site.office.agencies[1], year=YEAR, actor=site.office.actor("evaluator")
    )
    issue(written.report, actor=site.office.actor("inspector"))
    db.session.commit()
    reader = site.office.actor("inspector")
    with counted(site.app) as more:
        assert len(reading.reports(reader, year=YEAR)) == 2
    assert len(few) == len(more)


def test_the_cover_of_a_bundle_tells_each_recommendations_story(site: Site) -> None:
    site.deliver(pdf(), sign=True)
    site.work_off()
    ordered = bundles.order(site.office.agency, year=YEAR, reason="Uji", actor=site.office.actor("auditor"))
    db.session.commit()
    site.work_off()
    bundle = db.session.get_one(Bundle, ordered.id)
    with site.store.open(Bucket.BUNDLES, str(bundle.key), version_id=bundle.version_id) as stream:
        archive = zipfile.ZipFile(io.BytesIO(stream.read()))
    name = next(name for name in archive.namelist() if name.endswith("data/index.html"))
    page = html.unescape(archive.read(name).decode())
    parts = page.split("<summary>Riwayat</summary>")[1:]
    assert len(parts) == 4
    signed = "Pegawai head_b1 (Kepala Bidang B1) menandatangani Monev triwulan I - Bidang B1 atas berkas TT-"
    assert [signed in part.split("</details>")[0] for part in parts] == [True, True, False, False]
    assert "dikukuhkan dalam aplikasi." in parts[0]
    assert all("menerbitkan LHE 2026." in part for part in parts)


@pytest.mark.parametrize(
    ("title", "agency", "expected"),
    [
        ("Kepala Dinas Sosial", "Dinas Sosial", ("KEPALA", "DINAS SOSIAL")),
        (
            "Plt. Kepala Badan",
            "Badan Kesatuan Bangsa dan Politik",
            ("Plt. KEPALA", "BADAN KESATUAN BANGSA DAN POLITIK"),
        ),
        ("Camat", "Kecamatan Awayan", ("CAMAT", "KECAMATAN AWAYAN")),
        ("Direktur", "RSUD", ("DIREKTUR", "RSUD")),
        ("Inspektur", "", ("INSPEKTUR",)),
        ("", "Dinas Sosial", ("DINAS SOSIAL",)),
    ],
)
def test_a_post_is_printed_in_lines(title: str, agency: str, expected: tuple[str, ...]) -> None:
    assert words.title_lines(title, agency=agency, region="Kabupaten Uji") == (*expected, "KABUPATEN UJI")
