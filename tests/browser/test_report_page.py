"""The report on a phone, with the product's own workers: pages are read as pictures before they are confirmed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.support.demos import Demo
from tests.support.pdfs import plain_pdf

from .test_whole_way import PATIENCE_MS, deliver, sit_down, take_up
from .visitors import Visitor, look_at_every_size, visit


@pytest.fixture
def visitor(chromium: Browser, demo: Demo) -> Iterator[Visitor]:
    """One screen, before which everybody sits down in turn."""
    with visit(chromium, demo.address) as found:
        yield found
        assert (found.complaints, found.refusals) == ([], [])


def shows(picture: Locator) -> None:
    """Wait until a picture is in sight and was decoded."""
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("(image) => image.naturalWidth") > 0


def test_pages_are_read_as_pictures_before_they_are_confirmed(demo: Demo, visitor: Visitor, tmp_path: Path) -> None:
    page, file = visitor.page, tmp_path / "Monev TW I.pdf"
    file.write_bytes(plain_pdf("Monev Triwulan I - Bidang", pages=3))
    visitor.look(size="phone")
    staff = demo.account("unit_staff")
    head = demo.account("unit_head", unit=staff["unit"])
    sit_down(visitor, staff)
    take_up(page, page.locator("main .task-list a").first.inner_text())
    path = page.url.removeprefix(demo.address)
    deliver(page, file)

    page.get_by_role("link", name="Lihat laporan dan halamannya").click()
    page.get_by_role("heading", level=1, name="Laporan pemeriksaan").wait_for()
    sheets = page.locator(".sheets img")
    expect(sheets).to_have_count(3, timeout=PATIENCE_MS)
    expect(page.get_by_text("Gambar halaman sedang dibuat")).to_have_count(0, timeout=PATIENCE_MS)
    for number in range(3):
        shows(sheets.nth(number))
    assert look_at_every_size(visitor, "laporan") == []
    assert visitor.fits()

    visitor.look(size="phone")
    sit_down(visitor, head)
    for address, name in ((path, "kewajiban-tanda-tangan-gambar"), ("/lembar", "lembar-gambar")):
        visitor.open(address)
        small = page.locator(".thumbnails img")
        expect(small).to_have_count(2)
        shows(small.nth(1))
        assert look_at_every_size(visitor, name) == []
        visitor.look(size="phone")
    page.locator(".thumbnails a").nth(1).click()
    page.wait_for_url("**/laporan*#halaman-3")
    shows(page.locator("#halaman-3 img"))
    expect(page.locator("#halaman-3")).to_be_in_viewport()

    for account, button in (
        (head, "Tanda tangani"),
        (demo.account("agency_head"), "Mengetahui dan menyetujui"),
    ):
        sit_down(visitor, account)
        visitor.open(path)
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_role("status").get_by_text("tercatat").wait_for()
    sit_down(visitor, demo.account("evaluator"))
    visitor.open(path.replace("/kewajiban/", "/meja/"))
    page.get_by_role("link", name="Baca halamannya").click()
    shows(page.locator("#halaman-1 img"))
    assert look_at_every_size(visitor, "meja-gambar") == []
