"""The report on a delivery: what it says to whom, its pages as pictures, and who may see them."""

import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import flask
import pytest
import sqlalchemy as sa

from storage.base import Bucket
from tests.support import pictures
from tests.support.furnished import Furnished, filler
from workflows.archive.models import PagePicture
from workflows.core.db import db
from workflows.core.models import AuditEvent, Job, JobState
from workflows.evidence.checks.pictures import NoPicture, PictureSize
from workflows.evidence.models import CheckReport, Evidence
from workflows.evidence.operations import record_report
from workflows.evidence.queries import newest_report
from workflows.evidence.reading.models import SenseFinding
from workflows.verification.operations import REPORT_READ

from .conftest import Desk, Story
from .test_inventory import judge

READERS = ("staff_b1", "head_b1", "operator", "head", "evaluator", "inspector", "auditor", "admin")


@pytest.fixture
def report(story: Story) -> str:
    """The address of the report on a delivery that was checked; nothing is drawn yet."""
    story.deliver()
    return f"/bukti/{story.evidence_id()}/laporan"


@pytest.fixture
def tell(story: Story, furnished: Furnished) -> Callable[..., None]:
    """Let the delivery be checked once more, with these facts."""

    def change(**facts: Any) -> None:
        with furnished.behind():
            old = newest_report(uuid.UUID(story.evidence_id()))
            assert old is not None
            named = {
                name: getattr(old, name) for name in ("region_id", "agency_id", "evidence_id", "sha256", "verdict")
            }
            db.session.add(CheckReport(**named, report={**old.report, **facts}))

    return change


def draw(app: flask.Flask, furnished: Furnished, story: Story, *pages: int) -> None:
    """Let the pages be drawn, the last of them for another reason not, and the job end."""
    evidence = story.evidence_id()
    with furnished.behind():
        for size in PictureSize:
            pictures.draw(app.extensions["store"], evidence, *pages, size=size)
        db.session.execute(sa.update(Job).where(Job.kind == "evidence.picture").values(state=JobState.DONE))


def events(furnished: Furnished) -> int:
    with furnished.behind():
        query = sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.kind == REPORT_READ)
        return db.session.scalars(query).one()


def images(html: str) -> list[str]:
    return re.findall(r'<img src="(/bukti/[^"]+)" width="[1-9]\d*" height="[1-9]\d*" loading="lazy"', html)


def test_everybody_who_reads_files_gets_the_report(report: str, desk: Callable[[str], Desk]) -> None:
    for name in READERS:
        answer = desk(name).get(report)
        assert (name, answer.status_code) == (name, 200)
        assert answer.headers["Cache-Control"] == "no-store"
        judge(answer.text)
        assert "Gambar halaman sedang dibuat" in answer.text
    assert desk("privacy_officer").get(report).status_code == 403


def test_a_picture_comes_with_its_type_and_is_kept_nowhere(
    report: str, story: Story, app: flask.Flask, furnished: Furnished, desk: Callable[[str], Desk]
) -> None:
    page = report.replace("laporan", "halaman/1.webp")
    small = report.replace("laporan", "halaman/kecil/1.webp")
    assert desk("head").get(page).status_code == 404
    draw(app, furnished, story, 1)
    for path in (page, small):
        answer = desk("head").get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Content-Disposition" not in answer.headers
        assert answer.data.startswith(b"RIFF")
    assert len(desk("head").get(small).data) < len(desk("head").get(page).data)
    assert desk("head").get(report.replace("laporan", "halaman/2.webp")).status_code == 404
    for path in (page, small, report, report.replace("laporan", "halaman")):
        assert (path, desk("other_head").get(path).status_code) == (path, 404)
        assert (path, desk("privacy_officer").get(path).status_code) == (path, 403)
    assert app.test_client().get(page).status_code == 302
    assert desk("head").get(f"/bukti/{uuid.uuid4()}/halaman/1.webp").status_code == 404


@pytest.mark.parametrize("loss", ["gone", "other bytes", "longer"])
def test_a_lost_picture_is_ordered_anew_once(
    report: str, story: Story, app: flask.Flask, furnished: Furnished, desk: Callable[[str], Desk], loss: str
) -> None:
    draw(app, furnished, story, 1)
    store = app.extensions["store"]
    with furnished.behind():
        row = db.session.scalars(sa.select(PagePicture).where(PagePicture.size == PictureSize.PAGE)).one()
        key, size = row.key or "", row.bytes
    if loss == "gone":
        store.remove(Bucket.BUNDLES, key)
    else:
        data = bytes(size if loss == "other bytes" else 3 * size)
        store.put(Bucket.BUNDLES, key, io.BytesIO(data), length=len(data))
    for _ in range(2):
        assert desk("head").get(report.replace("laporan", "halaman/1.webp")).status_code == 404
    with furnished.behind():
        query = sa.select(Job).where(Job.kind == "evidence.picture", Job.state == JobState.QUEUED)
        assert [str(job.subject_id) for job in db.session.scalars(query)] == [story.evidence_id()]


def test_the_pages_stand_below_with_their_numbers_as_anchors(
    report: str, story: Story, app: flask.Flask, furnished: Furnished, desk: Callable[[str], Desk]
) -> None:
    draw(app, furnished, story, 1, 2, 3)
    with furnished.behind():
        pictures.leave_out(story.evidence_id(), 4, NoPicture.UNREADABLE)
    html = desk("evaluator").get(report).text
    judge(html)
    assert images(html) == [report.replace("laporan", f"halaman/{page}.webp") for page in (1, 2, 3)]
    assert re.findall(r'<li id="(halaman-\d+)"', html) == [f"halaman-{page}" for page in (1, 2, 3, 4)]
    assert "Halaman ini rusak" in html
    assert "sedang dibuat" not in html
    assert "hx-trigger" not in html.split('id="lembar-halaman"')[1]


def test_while_pages_are_drawn_the_part_is_sent_again_only_when_there_are_more(
    report: str, story: Story, app: flask.Flask, furnished: Furnished, desk: Callable[[str], Desk]
) -> None:
    part = report.replace("laporan", "halaman")
    seat = desk("evaluator")
    before = events(furnished)
    assert seat.get(f"{part}?dari=0").status_code == 204
    with furnished.behind():
        pictures.draw(app.extensions["store"], story.evidence_id(), 1, size=PictureSize.PAGE)
    answer = seat.get(f"{part}?dari=0")
    assert len(images(answer.text)) == 1
    assert f'hx-get="{part}?dari=1&amp;untuk=' in answer.text
    draw(app, furnished, story, 1, 2)
    answer = seat.get(f"{part}?dari=2")
    assert len(images(answer.text)) == 2
    assert "hx-get" not in answer.text
    assert events(furnished) == before


def test_findings_and_signatures_lead_to_their_page(
    report: str, tell: Callable[..., None], desk: Callable[[str], Desk], story: Story
) -> None:
    finding = {"code": "blank", "severity": "info", "message": "Halaman kosong.", "page": 3}
    signature = {
        **dict.fromkeys(("signer", "issuer", "intact", "trusted", "signing_time", "timestamp_time", "reason")),
        **{"field": "Kepala", "verdict": "intact", "signer": "Sari", "page": 2},
    }
    tell(findings=[finding], signatures=[signature], pages=50)
    html = desk("evaluator").get(report).text
    judge(html)
    assert '<a href="#halaman-3">halaman 3</a>' in html
    assert '<a href="#halaman-2">halaman 2</a>' in html
    assert "9 halaman lain tidak ditampilkan" in html
    assert (
        f'<a href="{report}?untuk={story.requirement}#halaman-3">halaman 3</a>'
        in desk("evaluator").get(story.page).text
    )


def test_the_report_says_what_the_one_who_looks_can_do(
    report: str, story: Story, desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    def step(name: str) -> str:
        found = re.search(r"<h2>Langkah berikutnya</h2>.*?</section>", desk(name).get(report).text, re.S)
        assert found
        return found[0]

    assert "kalau sudah benar, tanda tangani" in step("head_b1")
    assert "Menunggu Kepala Bidang B1" in step("head")
    story.sign()
    assert "nyatakan mengetahui dan menyetujui" in step("head")
    assert "btn-primary" not in step("head_b1")
    story.acknowledge()
    assert f'href="/meja/{story.requirement}"' in step("evaluator")
    assert "btn-primary" not in step("auditor")
    assert story.verify().status_code == 303
    assert "Selesai." in step("head")


def test_a_refused_file_says_what_to_do_and_shows_no_pages(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver(verdict="reject")
    answer = desk("staff_b1").get(f"/bukti/{story.evidence_id()}/laporan")
    judge(answer.text)
    assert "tidak dapat diterima" in answer.text
    assert f'href="{story.page}#unggah"' in answer.text
    assert "Berkas yang ditolak tidak ditampilkan di sini" in answer.text


def test_a_replaced_delivery_says_so(report: str, story: Story, desk: Callable[[str], Desk]) -> None:
    assert desk("staff_b1").upload(story.requirement, data=filler(size=5000)).status_code == 303
    assert "sudah digantikan oleh kiriman yang lebih baru" in desk("head").text(report)


def test_reading_the_report_counts_as_reading_and_a_picture_alone_does_not(
    report: str, story: Story, app: flask.Flask, furnished: Furnished, desk: Callable[[str], Desk]
) -> None:
    draw(app, furnished, story, 1)
    assert desk("head").get(report).status_code == 200
    assert desk("evaluator").get(report.replace("laporan", "halaman/1.webp")).status_code == 200
    assert events(furnished) == 0
    assert desk("evaluator").get(report).status_code == 200
    assert events(furnished) == 1


def test_the_desk_of_an_evaluator_shows_the_pages(
    report: str, story: Story, app: flask.Flask, furnished: Furnished, desk: Callable[[str], Desk]
) -> None:
    story.sign()
    story.acknowledge()
    draw(app, furnished, story, 1, 2)
    answer = desk("evaluator").get(f"/meja/{story.requirement}")
    judge(answer.text)
    assert len(images(answer.text)) == 2
    assert events(furnished) == 1


def test_whoever_signs_or_acknowledges_sees_the_first_page_and_that_of_the_signature(
    report: str,
    story: Story,
    tell: Callable[..., None],
    app: flask.Flask,
    furnished: Furnished,
    desk: Callable[[str], Desk],
) -> None:
    tell(pages=4)
    draw(app, furnished, story, 1, 2, 3, 4)
    small = [report.replace("laporan", f"halaman/kecil/{page}.webp") for page in (1, 4)]

    def seen(name: str, path: str) -> list[str]:
        answer = desk(name).get(path)
        judge(answer.text)
        return images(answer.text)

    assert seen("head_b1", story.page) == seen("head_b1", "/lembar") == small
    assert seen("head", story.page) == []
    tell(
        signatures=[
            {
                **dict.fromkeys(("signer", "issuer", "intact", "trusted", "signing_time", "timestamp_time", "reason")),
                "field": "K",
                "page": 3,
            }
        ]
    )
    small = [report.replace("laporan", f"halaman/kecil/{page}.webp") for page in (1, 3)]
    assert seen("head_b1", story.page) == small
    assert f'<a href="{report}?untuk={story.requirement}#halaman-3">' in desk("head_b1").get("/lembar").text
    story.sign()
    assert seen("head", story.page) == seen("head", "/lembar") == small
    assert seen("head_b1", story.page) == []


def test_the_requirement_leads_to_the_report(report: str, story: Story, desk: Callable[[str], Desk]) -> None:
    assert f'href="{report}?untuk={story.requirement}"' in desk("head").get(story.page).text
    assert "/laporan" not in desk("privacy_officer").get(story.page).text


def test_what_would_harm_is_neither_shown_nor_offered(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver(verdict="reject")
    evidence_id, report = uuid.UUID(story.evidence_id()), f"/bukti/{story.evidence_id()}/laporan"
    assert "Unduh berkas asli" in desk("staff_b1").get(report).text
    finding = {"code": "malware", "severity": "reject", "message": "Uji.", "page": None}
    with story.furnished.behind():
        record_report(evidence_id, {"verdict": "reject", "findings": [finding]})
    for path in (report, story.page):
        assert "Unduh berkas asli" not in desk("staff_b1").get(path).text
    assert "tidak diserahkan kepada siapa pun" in desk("staff_b1").get(report).text
    assert desk("staff_b1").get(f"/bukti/{evidence_id}/berkas").status_code == 403


def test_what_was_found_for_each_of_several_cells_is_told_with_its_title(story: Story, furnished: Furnished) -> None:
    second = furnished.requirements["b1-2"]
    story.deliver(also=second)
    key = uuid.UUID(story.evidence_id())
    with furnished.behind():
        evidence = db.session.get_one(Evidence, key)
        places = {str(use.requirement_id): use.requirement.title for use in evidence.uses}
        for requirement_id, text in ((story.requirement, "Hanya di yang pertama."), (second, "Hanya di yang kedua.")):
            db.session.add(
                SenseFinding(
                    region_id=evidence.region_id, agency_id=evidence.agency_id, evidence_id=key, severity="warn",
                    requirement_id=uuid.UUID(requirement_id), code="uji", message=text, page=None,
                )
            )  # fmt: skip
    html = story.desk("staff_b1").get(f"/bukti/{key}/laporan").text
    panel = " ".join(re.sub(r"<[^>]+>", " ", html[html.index("Temuan baru") :]).split())
    first, other = panel.index("Hanya di yang pertama."), panel.index("Hanya di yang kedua.")
    assert panel.index(places[story.requirement]) < first
    assert panel.index(places[second]) < other
    judge(html)
