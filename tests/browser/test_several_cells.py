"""One file for two cells: chosen on the grid, sent from one page, before a phone and before a desk."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.beside import JPEG
from tests.support.furnished import filler

from .conftest import People, Site
from .visitors import RECEIPT, look_at_every_size

BUTTON = re.compile("Unggah ke sel terpilih")


@pytest.mark.parametrize(
    ("size", "units"), [("phone", ("Bidang B1", "Bidang B2")), ("desk", ("Bidang B2", "Bidang B1"))]
)
def test_two_cells_chosen_on_the_grid_get_one_receipt(
    size: str, units: tuple[str, str], site: Site, someone: People, tmp_path: Path
) -> None:
    visitor = someone("operator")
    page = visitor.page
    visitor.look(size=size)
    visitor.open("/kisi")
    button = page.get_by_role("button", name=BUTTON)
    for count, unit in enumerate(units, start=1):
        box = page.get_by_role("checkbox", name=f"Pilih {unit}, TW I", exact=True)
        place = box.bounding_box()
        assert place
        assert min(place["width"], place["height"]) >= 24
        box.focus()
        page.keyboard.press("Space")
        expect(button).to_contain_text(f"({count})")
    assert button.is_visible()
    assert visitor.fits()
    button.click()
    page.get_by_role("heading", level=1, name="Unggah ke beberapa sel").wait_for()
    assert page.locator(".chosen-cell h3").all_inner_texts() == sorted(f"{unit}, TW I" for unit in units)
    page.get_by_text("Rincian halaman").click()
    page.locator("[name=page_from]").fill("1")
    page.locator("[name=page_to]").fill("2")
    path = tmp_path / "monev dua bidang.pdf"
    path.write_bytes(filler(f"{size} dua bidang", size=200_000))
    page.locator("input[name=file]").set_input_files(path)
    page.get_by_text("Berkas pendukung (bila ada)").click()
    photo = tmp_path / "foto rapat.jpg"
    photo.write_bytes(JPEG)
    page.locator("input[name=supporting]").set_input_files(photo)
    assert visitor.fits()
    page.get_by_role("button", name="Kirim ke semua sel ini").click()
    receipt = page.locator("#hasil-unggah")
    receipt.get_by_text(RECEIPT).first.wait_for()
    for unit in units:
        expect(receipt.get_by_role("link", name=f"Monev Triwulan I 2026 - {unit}")).to_be_visible()
    expect(receipt).to_contain_text("halaman 1 sampai 2")
    expect(receipt).to_contain_text("foto rapat.jpg")
    assert visitor.fits()
    receipt.get_by_role("link", name="Kembali ke kisi").click()
    page.get_by_role("heading", level=1, name="Kisi triwulan").wait_for()


def test_a_refusal_tells_of_every_cell_and_keeps_the_file(site: Site, someone: People, tmp_path: Path) -> None:
    visitor = someone("staff_b1")
    page = visitor.page
    own = [site.furnished.requirements[name] for name in ("b1-1", "b1-2")]
    visitor.open(f"/kisi/unggah?sel={own[0]}&sel={own[1]}")
    # Somebody else's cells get into the form only by a hand that changes it; the server must tell of each.
    others = [site.furnished.requirements[name] for name in ("b2-1", "sek-1")]
    page.locator("form.upload").evaluate(
        "(form, ids) => { form.action += ids.map((id) => `&also=${id}`).join(''); }", others
    )
    path = tmp_path / "monev.pdf"
    path.write_bytes(filler("ditolak"))
    page.locator("input[name=file]").set_input_files(path)
    page.get_by_role("button", name="Kirim ke semua sel ini").click()
    reasons = page.locator("#hasil-unggah li")
    expect(reasons).to_have_count(2)
    expect(reasons.nth(0)).to_contain_text("Untuk Bidang B2, TW I:")
    assert page.locator("input[name=file]").evaluate("input => input.files.length") == 1
    assert visitor.take_refusals() == [403]


def test_the_pages_can_be_read_and_used_by_everybody(site: Site, someone: People) -> None:
    visitor = someone("operator")
    visitor.open("/kisi")
    page = visitor.page
    for name in ("Pilih Bidang B1, TW II", "Pilih Bidang SEK, TW IV"):
        page.get_by_role("checkbox", name=name, exact=True).check()
    faults = look_at_every_size(visitor, "kisi-memilih")
    visitor.look(size="desk")
    page.get_by_role("button", name=BUTTON).click()
    page.get_by_text("Rincian halaman").click()
    faults += look_at_every_size(visitor, "unggah-beberapa")
    someone("staff_b1").open(
        "/kisi/unggah?" + "&".join(f"sel={site.furnished.requirements[name]}" for name in ("b1-2", "b2-2"))
    )
    faults += look_at_every_size(someone("staff_b1"), "unggah-beberapa-tertahan")
    visitor.open("/kisi/unggah?opd=dpk&tahun=2026")
    faults += look_at_every_size(visitor, "unggah-beberapa-kosong")
    assert faults == []


def test_paper_shows_no_boxes(someone: People) -> None:
    visitor = someone("operator")
    visitor.open("/kisi")
    visitor.page.emulate_media(media="print")
    try:
        assert visitor.page.get_by_role("checkbox").count() == 0
        assert not visitor.page.locator(".choose-bar").is_visible()
        assert visitor.page.get_by_text("Bidang B1").first.is_visible()
    finally:
        visitor.page.emulate_media(media="screen")


def test_the_menu_fits_every_screen_for_whoever_has_most_of_it(someone: People) -> None:
    for name in ("evaluator", "head_b1", "operator"):
        visitor = someone(name)
        visitor.open("/rekomendasi")
        for size in ("phone", "desk"):
            visitor.look(size=size)
            assert visitor.fits(), (name, size)
        wide = visitor.page.locator(".nav-strip").evaluate("strip => strip.scrollWidth <= strip.clientWidth")
        assert wide, f"{name}: the menu is wider than a desk's screen"
