"""The product as people start it, with its workers: five people carry one document from upload to the auditor's hands."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.demos import Demo, tuntas
from tests.support.pdfs import plain_pdf

from .visitors import RECEIPT, Visitor, visit

PATIENCE_MS = 30_000
"""How long a check or a bundle may take on a busy machine."""


@pytest.fixture
def visitor(chromium: Browser, demo: Demo) -> Iterator[Visitor]:
    """One screen, before which the five sit down in turn."""
    with visit(chromium, demo.address) as found:
        yield found
        assert (found.complaints, found.refusals) == ([], [])


def sit_down(visitor: Visitor, account: dict[str, str]) -> None:
    """Let another person sign in."""
    # A page that asks for its state could still be answered with the cookie of whoever sat here before.
    visitor.page.goto("about:blank")
    visitor.page.context.clear_cookies()
    visitor.sign_in(account["email"], account["password"])


def take_up(page: Page, title: str) -> None:
    """Open the first task with that title."""
    page.locator("main").get_by_role("link", name=title).first.click()
    page.get_by_role("heading", level=1, name=title).wait_for()


def deliver(page: Page, file: Path) -> None:
    """Upload, and see receipt and verdict appear without a reload."""
    page.locator("input[name=file]").set_input_files(file)
    page.get_by_role("button", name="Kirim bukti").click()
    expect(page.locator("#hasil-unggah")).to_contain_text(RECEIPT)
    standing = page.locator("#keadaan")
    expect(standing.get_by_text("Berkas ini lolos pemeriksaan tanpa catatan.")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator("#hasil-unggah")).to_contain_text(RECEIPT)


def fetch_bundle(page: Page, folder: Path) -> Path:
    """Order the year's bundle, wait before the page until it is ready, and carry it away."""
    page.get_by_role("link", name="Arsip", exact=True).click()
    page.get_by_label("Perangkat daerah").select_option("diskanla")
    page.get_by_label("Untuk keperluan apa?").fill("Pemeriksaan kinerja")
    page.get_by_role("button", name="Pesan", exact=True).click()
    ready = page.get_by_role("link", name="Unduh arsip")
    ready.wait_for(timeout=PATIENCE_MS)
    with page.expect_download() as download:
        ready.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize(("size", "unit"), [("desk", "tangkap"), ("phone", "budidaya")])
def test_five_people_carry_a_document_from_upload_to_the_auditors_hands(
    size: str, unit: str, demo: Demo, visitor: Visitor, tmp_path: Path
) -> None:
    page, file = visitor.page, tmp_path / "Monev TW I.pdf"
    file.write_bytes(plain_pdf(f"Monev TW I {unit}"))
    visitor.look(size=size)
    sit_down(visitor, demo.account("unit_staff", unit=unit))
    title = page.locator("main .task-list a").first.inner_text()
    take_up(page, title)
    path = page.url.removeprefix(demo.address)
    deliver(page, file)
    for account, button, done in (
        (demo.account("unit_head", unit=unit), "Tanda tangani", "Tanda tangan Anda tercatat."),
        (demo.account("agency_head"), "Mengetahui dan menyetujui", "Persetujuan Anda tercatat."),
        (demo.account("evaluator"), "Verifikasi", "Bukti ini sudah diverifikasi."),
    ):
        sit_down(visitor, account)
        visitor.open(path)
        page.get_by_role("button", name=button, exact=True).click()
        page.get_by_text(done).wait_for()
        assert visitor.fits()
    sit_down(visitor, demo.account("auditor"))
    visitor.open(path)
    assert page.get_by_text("Diverifikasi", exact=True).first.is_visible()
    bundle = fetch_bundle(page, tmp_path)
    assert tuntas("verify-bundle", str(bundle)).returncode == 0
