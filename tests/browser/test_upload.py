"""What happens to a file on its way, before a phone and before a desk."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.furnished import filler

from .conftest import People, Site
from .visitors import RECEIPT, look_at_every_size


def choose(page: Page, folder: Path, content: bytes) -> None:
    """Choose a file of that content and press the button."""
    path = folder / "monev tw.pdf"
    path.write_bytes(content)
    page.locator("input[name=file]").set_input_files(path)
    page.get_by_role("button", name="Kirim bukti").click()


@pytest.mark.parametrize(("unit", "size"), [("b1", "phone"), ("b2", "desk")])
def test_a_lost_connection_is_said_and_sending_again_is_the_same_delivery(
    unit: str, size: str, site: Site, someone: People, tmp_path: Path
) -> None:
    visitor = someone(f"staff_{unit}")
    page = visitor.page
    visitor.look(size=size)
    visitor.open(f"/kewajiban/{site.furnished.requirements[f'{unit}-2']}")
    keys = []

    def lose(route, request) -> None:  # type: ignore[no-untyped-def]
        keys.append(request.headers["idempotency-key"])
        route.abort()

    page.route("**/bukti", lose)
    choose(page, tmp_path, filler(unit, size=300_000))
    page.get_by_text("Koneksi terputus").wait_for()
    page.unroute("**/bukti")
    with page.expect_request("**/bukti") as again:
        page.get_by_role("button", name="Kirim lagi").click()
    page.locator("#hasil-unggah").get_by_text(RECEIPT).first.wait_for()
    assert [again.value.headers["idempotency-key"]] == keys
    visitor.open(page.url.removeprefix(site.address))
    assert page.get_by_text("Bukti (revisi 1)").is_visible()


def test_a_file_that_is_no_pdf_is_named_before_it_is_sent(site: Site, someone: People, tmp_path: Path) -> None:
    visitor = someone("head_sek")
    visitor.open(f"/kewajiban/{site.staged.states['draf']}")
    sent: list[str] = []
    visitor.page.on("request", lambda request: sent.append(request.method))
    choose(visitor.page, tmp_path, b"GIF89a" + bytes(2000))
    visitor.page.get_by_role("alert").get_by_text("Berkas ini bukan PDF").wait_for()
    assert visitor.page.locator("input[name=file]").evaluate("input => input === document.activeElement")
    assert "POST" not in sent
    assert look_at_every_size(visitor, "unggah-bukan-pdf") == []


def test_a_receipt_is_shared_by_whoever_can_and_offered_to_nobody_else(site: Site, someone: People) -> None:
    visitor = someone("staff_b2")
    page, number = visitor.page, site.staged.parts["number"][0]
    visitor.open(f"/tanda-terima/{number}")
    # A desk's Chromium has nothing to share with; the phone's answer is stood in for.
    assert page.get_by_role("button", name="Bagikan").count() == 0
    page.evaluate(
        "navigator.share = async (what) => { window.shared = what.text; }; document.documentElement.classList.add('shares')"
    )
    page.get_by_role("button", name="Bagikan").click()
    digest = page.locator(".digest").first.inner_text()
    text = page.evaluate("window.shared")
    assert number in text
    assert digest in text
