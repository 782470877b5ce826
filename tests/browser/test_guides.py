"""The guides under ``docs/panduan`` show what is there: their pictures are taken on this walk, their words are read on it.

``make pictures`` keeps the pictures in the documentation; an ordinary run only compares names.
"""

import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.demos import Demo
from tests.support.pdfs import plain_pdf
from webapp.demo.sample import sample_plan

from .visitors import RECEIPT, Visitor, visit

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "panduan"
KEPT = GUIDES / "gambar"
TAKEN = ROOT / "test-output" / "panduan"
KEEP = "TUNTAS_KEEP_PICTURES"
"""Set by ``make pictures``: the pictures of this run replace those of the documentation."""
SCREENS = {"phone": (360, 760), "desk": (1080, 760)}
PATIENCE_MS = 30_000
PICTURE = re.compile(r"!\[[^]]+\]\(gambar/([a-z0-9-]+)\.png\)")
LABEL = re.compile(r"\*\*([^*]+)\*\*")


class Album:
    """One screen before which everybody sits down in turn; what was seen and pictured, by guide."""

    def __init__(self, visitor: Visitor, demo: Demo) -> None:
        self.page, self._visitor, self._demo = visitor.page, visitor, demo
        self.seen: dict[str, str] = defaultdict(str)
        self.pictures: dict[str, set[str]] = defaultdict(set)
        self._guide = ""

    def sit_down(self, guide: str, role: str, *, size: str, unit: str | None = None) -> None:
        """Let the person sign in for whom the guide is written."""
        account = self._demo.account(role, unit=unit)
        self.page.context.clear_cookies()
        self._visitor.look(size=size)
        width, height = SCREENS[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self._visitor.sign_in(account["email"], account["password"])
        self._guide = guide
        self.read()

    def open(self, path: str) -> None:
        self._visitor.open(path)
        self.read()

    def read(self) -> None:
        """Note every word on the open page."""
        self.seen[self._guide] += self.page.locator("body").inner_text() + "\n"

    def picture(self, name: str, *, at: str = "h1") -> None:
        """Take a picture of the screen, scrolled to the first element that ``at`` names."""
        self.read()
        place = self.page.locator(at).first
        place.evaluate("place => window.scrollTo(0, place.matches('h1') ? 0 : place.offsetTop - 24)")
        self.page.screenshot(path=TAKEN / f"{name}.png")
        self.pictures[self._guide].add(name)


@pytest.fixture
def album(chromium: Browser, demo: Demo) -> Iterator[Album]:
    TAKEN.mkdir(parents=True, exist_ok=True)
    with visit(chromium, demo.address) as visitor:
        yield Album(visitor, demo)
        assert (visitor.complaints, visitor.refusals) == ([], [])


def send(page: Page, folder: Path, name: str) -> None:
    """Choose a file of that name and send it."""
    file = folder / name
    file.write_bytes(plain_pdf(name))
    page.locator("input[name=file]").set_input_files(file)


def plan_of(agency: str) -> bytes:
    """Return the demo's sample with another agency's name in its title."""
    return sample_plan().replace(b"DINAS PERIKANAN DAN KELAUTAN", agency.encode())


def wait_for_check(page: Page) -> None:
    page.locator("#keadaan").get_by_text("Berkas ini lolos pemeriksaan").wait_for(timeout=PATIENCE_MS)


def move_along(demo: Demo, *, unit: str, quarter: int, until: str) -> str:
    """Bring one cell as far as ``until`` by the interface for programs; return the requirement's id."""
    staff, head = demo.client("agency_operator"), demo.client("unit_head", unit=unit)
    rows = staff.get("/requirements", params={"limit": 100}).json()["items"]
    found: str = next(row["id"] for row in rows if (row["unit"]["code"], row["quarter"]) == (unit, quarter))
    content = plain_pdf(f"Monev {unit} {quarter}")
    sent = staff.post(f"/requirements/{found}/evidence", files={"file": (f"monev-{unit}.pdf", content)}).json()
    staff.wait(f"/evidence/{sent['id']}", ("done",), key="check_state")
    if until == "uploaded":
        return found
    assert head.act(found, "sign", sent["sha256"]).status_code == 200
    if until == "signed":
        return found
    assert demo.client("agency_head").act(found, "acknowledge", sent["sha256"]).status_code == 200
    return found


def check_guide(name: str, album: Album) -> list[str]:
    """Return what the guide names or shows and the walk did not see, and the other way round."""
    text = (GUIDES / f"{name}.md").read_text("utf-8")
    shown, seen = set(PICTURE.findall(text)), " ".join(album.seen[name].split())
    faults = [f"{name}: no page says {label!r}" for label in LABEL.findall(text) if " ".join(label.split()) not in seen]
    faults += [f"{name}: picture {picture} only on one side" for picture in shown ^ album.pictures[name]]
    return faults


def test_every_guide_shows_and_says_what_the_pages_do(album: Album, demo: Demo, tmp_path: Path) -> None:
    page = album.page

    album.sit_down("staf-unit", "unit_staff", size="phone", unit="tangkap")
    album.picture("staf-tugas")
    page.locator("main .task-list a").first.click()
    page.locator("input[name=file]").wait_for()
    path = page.url.removeprefix(demo.address)
    send(page, tmp_path, "Monev TW I.pdf")
    album.picture("staf-kirim", at=".upload")
    page.get_by_role("button", name="Kirim bukti").click()
    page.locator("#hasil-unggah").get_by_text(RECEIPT).first.wait_for()
    album.picture("staf-tanda-terima", at="#hasil-unggah")
    wait_for_check(page)
    move_along(demo, unit="tangkap", quarter=2, until="uploaded")

    album.sit_down("kepala-unit", "unit_head", size="phone", unit="tangkap")
    album.open(path)
    album.picture("kepala-unit-tanda-tangan", at=".confirm")
    album.open("/lembar")
    page.locator("main input[type=checkbox]").first.check()
    album.picture("kepala-unit-lembar")
    album.open("/")
    page.locator("main").get_by_role("link", name="Monev Triwulan III").first.click()
    page.get_by_label("Sekaligus tanda tangani").check()
    send(page, tmp_path, "Monev TW III.pdf")
    album.picture("kepala-unit-sekaligus", at=".upload")
    album.open(path)
    page.get_by_role("button", name="Tanda tangani", exact=True).click()
    page.get_by_text("Tanda tangan Anda tercatat.").wait_for()

    move_along(demo, unit="budidaya", quarter=1, until="signed")
    ready = [move_along(demo, unit=unit, quarter=1, until="acknowledged") for unit in ("pesisir", "sekretariat")]

    album.sit_down("kepala-perangkat-daerah", "agency_head", size="phone")
    album.picture("kepala-tugas")
    album.open("/lembar")
    album.open(path)
    album.picture("kepala-setuju", at=".confirm")

    album.sit_down("operator", "agency_operator", size="desk")
    album.open("/kisi")
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("checkbox").nth(3).check()
    album.picture("operator-kisi", at=".kisi")
    page.get_by_role("button", name="Unggah ke sel terpilih").click()
    page.locator("input[name=file]").wait_for()
    album.picture("operator-beberapa-sel")
    album.open("/rekomendasi")
    page.locator("main").get_by_role("link", name="A-1").first.click()
    page.locator(".steps").first.wait_for()
    album.picture("operator-rekomendasi")
    album.open("/dokumen")

    album.sit_down("tim-evaluasi", "evaluator", size="desk")
    album.open("/lhe")
    page.locator("input[type=file]").set_input_files(
        {"name": "Rencana Aksi Dishub.md", "mimeType": "text/markdown", "buffer": plan_of("DINAS PERHUBUNGAN")}
    )
    page.get_by_label("Perangkat daerah").select_option("dishub")
    page.get_by_label("Tahun", exact=False).first.fill("2026")
    page.get_by_role("button", name="Kirim dan baca").click()
    page.get_by_role("button", name="Simpan konsep").wait_for(timeout=PATIENCE_MS)
    album.picture("tim-lhe")
    page.get_by_role("button", name="Simpan konsep").click()
    page.locator("main").get_by_text("Isi berkas ini sudah disimpan.").or_(page.get_by_text("Konsep")).first.wait_for()
    album.open("/meja")
    album.picture("tim-meja")
    album.open(f"/meja/{ready[0]}")
    album.picture("tim-verifikasi")
    page.get_by_role("button", name="Verifikasi", exact=True).click()
    page.get_by_text("sudah diverifikasi.").wait_for()
    album.open("/keputusan?opd=diskanla")
    page.get_by_label("A-1").check()
    page.get_by_text("Belum sesuai", exact=True).last.click()
    page.get_by_label("Alasan").fill("Monev dua bidang untuk triwulan I sudah lengkap; sisanya menyusul.")
    album.picture("tim-usul")
    page.get_by_role("button", name="Usulkan").click()

    album.sit_down("inspektur", "inspector", size="desk")
    album.open("/lhe")
    page.locator("main").get_by_role("link", name="Dinas Perhubungan").first.click()
    page.get_by_role("button", name="Terbitkan").wait_for()
    album.picture("inspektur-terbitkan")
    album.open("/keputusan?opd=diskanla")
    album.picture("inspektur-tetapkan")
    album.open("/dokumen")

    album.sit_down("pemeriksa", "auditor", size="desk")
    album.open("/arsip")
    page.get_by_label("Perangkat daerah").select_option("diskanla")
    page.get_by_label("Untuk keperluan apa?").fill("Pemeriksaan kinerja, surat tugas ST-014/PMK/2026")
    album.picture("pemeriksa-pesan")
    page.get_by_role("button", name="Pesan", exact=True).click()
    page.get_by_role("link", name="Unduh arsip").wait_for(timeout=PATIENCE_MS)
    album.picture("pemeriksa-siap")
    bundle = page.url.removeprefix(demo.address)

    album.sit_down("inspektur", "inspector", size="desk")
    album.open(bundle)
    album.open(page.get_by_role("link", name="Serahkan kepada pemeriksa").get_attribute("href") or "")

    album.sit_down("pejabat-pelindungan-data", "privacy_officer", size="desk")
    album.open("/log?opd=diskanla")
    album.picture("pejabat-log")
    album.open(path)
    album.open("/akses")  # the demo's story has a restricted file

    assert [fault for name in sorted(album.seen) for fault in check_guide(name, album)] == []
    if os.environ.get(KEEP):
        shutil.rmtree(KEPT, ignore_errors=True)
        shutil.copytree(TAKEN, KEPT)


def test_every_picture_of_the_documentation_is_there_and_used() -> None:
    shown = {name for guide in GUIDES.glob("*.md") for name in PICTURE.findall(guide.read_text("utf-8"))}
    assert shown == {path.stem for path in KEPT.glob("*.png")}
