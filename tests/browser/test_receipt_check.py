"""A stranger before the public pages: the browser hashes the file, and the file stays where it is."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Request

from tests.support.furnished import filler

from .conftest import People, Site
from .visitors import look_at_every_size


def test_a_stranger_checks_a_receipt_with_the_file_which_is_not_sent(
    site: Site, someone: People, tmp_path: Path
) -> None:
    owner = someone("staff_b2")
    owner.open(f"/tanda-terima/{site.staged.parts['number'][0]}")
    assert owner.page.locator(".receipt-qr img").evaluate("image => image.naturalWidth") > 0
    assert look_at_every_size(owner, "tanda-terima-qr") == []
    address = urlsplit(owner.page.locator(".receipt-qr a").get_attribute("href") or "")
    path = tmp_path / "lain.pdf"
    content = filler("bukan ini", size=300_000)
    path.write_bytes(content)
    visitor = someone("")
    page, sent = visitor.page, []

    def note(request: Request) -> None:
        sent.append(len(request.post_data_buffer or b""))

    page.on("request", note)
    visitor.open(f"{address.path}?{address.query}")
    page.get_by_label("Berkasnya").set_input_files(path)
    page.get_by_text("Sidik jari berkas sudah dihitung.").wait_for()
    assert page.get_by_label("SHA-256 berkas").input_value() == hashlib.sha256(content).hexdigest()
    page.get_by_role("button", name="Periksa", exact=True).click()
    page.get_by_text("Tidak dikenal.").wait_for()
    assert max(sent) < 2_000
    assert look_at_every_size(visitor, "periksa-tanda-terima") == []
    page.remove_listener("request", note)


def test_the_page_of_anchors_reads_well(someone: People) -> None:
    visitor = someone("")
    visitor.open("/jangkar")
    assert visitor.page.get_by_role("heading", name="Jangkar log").is_visible()
    assert look_at_every_size(visitor, "jangkar") == []
