"""What only a browser shows: a receipt and answers that appear by themselves, pages that fit and can be heard."""

import re
from pathlib import Path

import pytest

from tests.support.furnished import filler

from .conftest import Visitor

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")


@pytest.fixture
def monev(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A file to deliver, another one in every test."""
    path = tmp_path / "monev tw.pdf"
    path.write_bytes(filler(request.node.name, size=300_000))
    return path


def target(visitor: Visitor) -> str:
    """Return a requirement of its own for each screen, since the office is shared."""
    return visitor.site.furnished.requirements["b1-1" if visitor.page.viewport_size["width"] < 600 else "b2-1"]  # type: ignore[index]


def unit(visitor: Visitor) -> str:
    """Return the unit of that requirement."""
    return "b1" if visitor.page.viewport_size["width"] < 600 else "b2"  # type: ignore[index]


def evidence_id(visitor: Visitor) -> str:
    """Return the delivery that the page shows."""
    href = visitor.page.get_by_role("link", name="Unduh berkas asli").get_attribute("href")
    found = re.search(r"[0-9a-f-]{36}", href or "")
    assert found
    return found[0]


def test_from_the_upload_to_the_verification_without_a_reload(visitor: Visitor, monev: Path) -> None:
    page, path = visitor.page, f"/kewajiban/{target(visitor)}"
    visitor.sign_in(f"staff_{unit(visitor)}")
    visitor.open(path)
    page.locator("input[name=file]").set_input_files(monev)
    page.get_by_role("button", name="Kirim bukti").click()
    receipt = page.locator("#hasil-unggah")
    receipt.get_by_text(re.compile(r"TT-\d{4}-\d{6}")).wait_for()
    page.locator("#keadaan").get_by_text("Sedang diperiksa", exact=True).wait_for()
    visitor.site.furnished.judge(evidence_id(visitor))
    page.locator("#keadaan").get_by_text("Lolos pemeriksaan", exact=True).wait_for()
    assert receipt.get_by_text(re.compile(r"TT-\d{4}-\d{6}")).is_visible()
    for name, button, done in (
        (f"head_{unit(visitor)}", "Tanda tangani", "Tanda tangan Anda tercatat."),
        ("head", "Mengetahui dan menyetujui", "Persetujuan Anda tercatat."),
        ("evaluator", "Verifikasi", "Bukti ini sudah diverifikasi."),
    ):
        visitor.sign_in(name)
        visitor.open(path)
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_text(done).wait_for()
    visitor.open("/kisi?opd=dpk")
    assert page.locator(f'a[href="{path}"]').get_by_text("Diverifikasi").is_visible()


def test_a_lost_connection_is_said_and_sending_again_is_the_same_delivery(visitor: Visitor, monev: Path) -> None:
    page = visitor.page
    quarter = f"{unit(visitor)}-2"
    visitor.sign_in(f"staff_{unit(visitor)}")
    visitor.open(f"/kewajiban/{visitor.site.furnished.requirements[quarter]}")
    page.locator("input[name=file]").set_input_files(monev)
    page.route("**/bukti", lambda route: route.abort())
    page.get_by_role("button", name="Kirim bukti").click()
    page.get_by_text("Koneksi terputus").wait_for()
    page.unroute("**/bukti")
    page.get_by_role("button", name="Kirim lagi").click()
    page.locator("#hasil-unggah").get_by_text(re.compile(r"TT-\d{4}-\d{6}")).wait_for()


PAGES = {
    "head_b1": ("/", "/rekomendasi", "/kisi", "/log", "/arsip"),
    "evaluator": ("/", "/lhe", "/keputusan", "/kisi?opd=dpk", "/log?rantai=daerah"),
}


@pytest.mark.parametrize("name", list(PAGES))
def test_every_page_fits_and_passes_axe(name: str, visitor: Visitor) -> None:
    visitor.open("/masuk")
    assert axe.Axe().run(visitor.page).violations_count == 0
    visitor.sign_in(name)
    found = {path.rstrip("?") for path in PAGES[name]}
    found |= {f"/kewajiban/{visitor.site.furnished.requirements[key]}" for key in ("b1-1", "report", "outcome")}
    for path in sorted(found):
        visitor.open(path)
        assert visitor.fits(), path
        assert visitor.page.locator("h1").count() == 1
        results = axe.Axe().run(visitor.page)
        assert results.violations_count == 0, (path, results.generate_report())
