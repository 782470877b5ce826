"""A monev signed by certificate, one in ink on a scan and one with a pasted picture, side by side before an evaluator."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.support import monevs
from tests.support.demos import Demo, start_demo
from tests.support.pki import toy
from tests.support.reading import needs_tesseract

from .test_report_page import shows
from .test_whole_way import PATIENCE_MS, sit_down
from .visitors import Visitor, look_at_every_size, visit

SAID = {
    "digital": "Berkas ini memuat tanda tangan elektronik.",
    "scanned": "Halaman 1 adalah hasil pindai kertas",
    "pasted": "Gambar tidak membuktikan siapa yang menandatangani",
}


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The product with the toy root in its trust list."""
    data = tmp_path_factory.mktemp("demo") / "data"
    (data / "trust").mkdir(parents=True)
    toy().write_trust(data / "trust")
    running = start_demo(data)
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def delivered(trusting: Demo) -> dict[str, dict[str, Any]]:
    """The three files in the first quarter of three units: requirement, and the delivery once it is archived."""
    client, found = trusting.client("agency_operator"), {}
    cells = client.get("/requirements", params={"limit": 100}).json()["items"]
    units = sorted({cell["unit"]["code"] for cell in cells if cell["quarter"] == 1})
    for kind, unit in zip(SAID, [*units, *units][: len(SAID)], strict=True):
        cell = next(cell for cell in cells if cell["quarter"] == 1 and cell["unit"]["code"] == unit)
        content = getattr(monevs, kind)(cell["unit"]["name"], year=cell["year"])
        sent = client.post(f"/requirements/{cell['id']}/evidence", files={"file": (f"Monev {unit}.pdf", content)})
        assert sent.status_code == 202, sent.text
        found[kind] = {"cell": cell, "sent": sent.json()}
    for entry in found.values():
        path = f"/evidence/{entry['sent']['id']}"
        entry["evidence"] = client.wait(path, ("done", "failed"), key="check_state", seconds=60)
        assert entry["evidence"]["check_state"] == "done"
    return found


@pytest.fixture
def visitor(chromium: Browser, trusting: Demo) -> Iterator[Visitor]:
    with visit(chromium, trusting.address) as found:
        yield found
        assert (found.complaints, found.refusals) == ([], [])


def test_each_kind_is_named_for_what_it_is(delivered: dict[str, dict[str, Any]]) -> None:
    reports = {kind: entry["evidence"]["report"] for kind, entry in delivered.items()}
    assert {kind: report["kind"] for kind, report in reports.items()} == {
        "digital": "DIGITAL",
        "scanned": "WET_SCAN",
        "pasted": "IMAGE_ONLY",
    }
    (signature,) = reports["digital"]["signatures"]
    assert (signature["verdict"], signature["trusted"], signature["signer"]) == ("intact", True, "Budi Misalnya")
    assert {report["verdict"] for report in reports.values()} == {"accept"}
    assert {report["isolation"] for report in reports.values()} == {"full"}


@pytest.mark.parametrize("kind", SAID)
def test_the_report_shows_each_of_them(
    kind: str, trusting: Demo, delivered: dict[str, dict[str, Any]], visitor: Visitor
) -> None:
    needs_tesseract()
    page, evidence = visitor.page, delivered[kind]["evidence"]
    sit_down(visitor, trusting.account("evaluator"))
    visitor.open(f"/bukti/{evidence['id']}/laporan")
    expect(page.get_by_text(SAID[kind])).to_be_visible()
    sheet = page.locator(".sheets img")
    expect(sheet).to_have_count(1, timeout=PATIENCE_MS)
    shows(sheet.first)
    card = page.get_by_text("Budi Misalnya")
    expect(card).to_have_count(1 if kind == "digital" else 0)
    assert look_at_every_size(visitor, f"laporan-{kind}") == []


@pytest.mark.parametrize("kind", SAID)
def test_what_the_text_says_arrives_later_as_new_findings(
    kind: str, trusting: Demo, delivered: dict[str, dict[str, Any]], visitor: Visitor
) -> None:
    """Read from the text layer, or from the picture by OCR; the paper names nobody of the office as its signer."""
    needs_tesseract()
    sit_down(visitor, trusting.account("evaluator"))
    visitor.open(f"/kewajiban/{delivered[kind]['cell']['id']}")
    panel = visitor.page.locator("#bacaan")
    expect(panel).to_contain_text("Temuan baru", timeout=2 * PATIENCE_MS)
    assert look_at_every_size(visitor, f"temuan-baru-{kind}") == []
