"""Orders of bundles: taken with a reason, shown while they are built, out of other offices' sight."""

from collections.abc import Callable

from tests.support.furnished import Furnished
from workflows.bundles.operations import begin, fail, progress

from .conftest import Desk, words
from .test_inventory import judge

ORDER = {"agency": "dpk", "year": "2026", "reason": "Surat tugas 700/3"}


def test_an_order_is_shown_until_it_is_built(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    seat = desk("auditor")
    address = seat.post("/arsip", ORDER).headers["Location"]
    page = seat.get(address)
    judge(page.text)
    assert "Menunggu giliran" in words(page)
    assert "python verify.py" in words(page)
    htmx = {"HX-Request": "true"}
    assert seat.get(f"{address}?dari=queued-0-0", headers=htmx).status_code == 204
    bundle_id = address.rsplit("/", 1)[1]
    with furnished.behind():
        begin(bundle_id)  # type: ignore[arg-type]
        progress(bundle_id, done=3, total=7)  # type: ignore[arg-type]
    part = seat.get(f"{address}?dari=queued-0-0", headers=htmx)
    assert "3 dari 7" in words(part)
    assert "<html" not in part.text
    assert seat.get(f"{address}/berkas").status_code == 409
    with furnished.behind():
        fail(bundle_id, message="Satu berkas tidak terbaca.")  # type: ignore[arg-type]
    done = seat.get(address)
    assert "Satu berkas tidak terbaca." in words(done)
    assert "hx-trigger" not in done.text
    assert "Surat tugas 700/3" in seat.text("/arsip")


def test_an_order_needs_a_reason(desk: Callable[[str], Desk]) -> None:
    answer = desk("auditor").post("/arsip", {**ORDER, "reason": "  "})
    assert answer.status_code == 422
    assert 'href="#order-reason"' in answer.text


def test_an_order_of_another_office_is_out_of_sight(desk: Callable[[str], Desk]) -> None:
    address = desk("head").post("/arsip", ORDER).headers["Location"]
    stranger = desk("other_head")
    assert [stranger.get(path).status_code for path in (address, f"{address}/berkas")] == [404, 404]
    assert "Surat tugas" not in stranger.text("/arsip")
    assert stranger.post("/arsip", ORDER).status_code == 422


def test_a_part_of_a_year_is_ordered_by_the_numbers_on_paper(desk: Callable[[str], Desk]) -> None:
    seat = desk("auditor")
    page = seat.get(seat.post("/arsip", {**ORDER, "numbers": "a-1, B-1"}).headers["Location"])
    judge(page.text)
    assert "rekomendasi A-1, B-1 dari LHE" in words(page)
    whole = seat.get(seat.post("/arsip", {**ORDER, "part": "report"}).headers["Location"])
    assert "rekomendasi A-1" not in words(whole)
    assert "semua catatan tahun itu" not in words(whole)
    refused = seat.post("/arsip", {**ORDER, "numbers": "Z-9"})
    assert refused.status_code == 422
    assert "Periksa ejaannya" in words(refused)
