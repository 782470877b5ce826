"""Receipt, deadlines, corrections, moves, cancellations and objections, by their forms."""

import re
from collections.abc import Callable

from tests.support.furnished import Furnished

from .conftest import Desk, words
from .test_inventory import judge

GROUNDS = {"reason": "Salah ketik.", "letter": "700/88/2026"}


def place(seat: Desk, number: str, agency: str = "dpk") -> str:
    """Return the address of a recommendation."""
    html = seat.get(f"/rekomendasi?opd={agency}").text
    found = re.search(rf'href="(/rekomendasi/[0-9a-f-]+)">Rekomendasi {number}</a>', html)
    assert found, number
    return found[1]


def receive(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    """Record the receipt as the first page asks."""
    operator = desk("operator")
    page = f"/lhe/{furnished.report_id}"
    assert f'href="{page}"' in operator.get("/").text
    html = operator.get(page).text
    judge(html)
    today = re.search(r'name="received_on" value="([^"]+)"', html)
    assert today
    wrong = operator.post(f"{page}/terima", {"received_on": "2199-01-01"})
    assert wrong.status_code == 422
    assert 'value="2199-01-01"' in wrong.text, "nothing that was typed is lost"
    assert operator.post(f"{page}/terima", {"received_on": today[1]}).status_code == 303
    assert f'href="{page}"' not in operator.get("/").text


def test_the_receipt_shows_the_days_left_on_report_and_recommendation(
    desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    head = desk("head")
    assert "belum berjalan: LHE belum dicatat diterima" in head.text(place(head, "C-1"))
    receive(desk, furnished)
    for path in (f"/lhe/{furnished.report_id}", place(head, "C-1"), "/rekomendasi"):
        assert "tinggal 60 hari" in head.text(path)
    inspector = desk("inspector")
    form = f"/lhe/{furnished.report_id}/perpanjang"
    assert inspector.post(form, {"due_on": "", "reason": "Bencana."}).status_code == 422
    year = int(re.search(r"Batas tindak lanjut \d+ \w+ (\d{4})", head.text("/rekomendasi"))[1]) + 1  # type: ignore[index]
    assert inspector.post(form, {"due_on": f"{year}-12-31", "reason": "Bencana."}).status_code == 303
    assert f"31 Desember {year}" in head.text(place(head, "C-1"))
    assert desk("head").post(form, {"due_on": "2099-12-31", "reason": "x"}).status_code == 403


def test_a_correction_shows_the_old_wording_and_a_refusal_keeps_what_was_typed(desk: Callable[[str], Desk]) -> None:
    inspector = desk("inspector")
    path = place(inspector, "C-1")
    judge(inspector.get(f"{path}/perbaiki").text)
    typed = {"text": "Bunyi kedua <b>", "component": "B", "criterion": "2.b.5", "reason": "Salah ketik.", "letter": ""}
    refused = inspector.post(f"{path}/perbaiki", typed)
    assert refused.status_code == 422
    assert "Bunyi kedua &lt;b&gt;" in refused.text
    assert "Tulis nomor suratnya." in words(refused)
    assert inspector.post(f"{path}/perbaiki", typed | {"letter": "700/88"}).status_code == 303
    page = desk("head").get(path)
    judge(page.text)
    for said in ("Bunyi terdahulu (1)", "Rekomendasi C-1", "Bunyi kedua <b>", "ini bunyi ke-2"):
        assert said in words(page)
    assert desk("head").get(f"{path}/perbaiki").status_code == 403


def test_a_move_and_a_cancellation_are_readable_for_ever(desk: Callable[[str], Desk]) -> None:
    inspector, head = desk("inspector"), desk("head")
    moved, cancelled = place(inspector, "A-1"), place(inspector, "C-1")
    judge(inspector.get(f"{moved}/alihkan").text)
    assert inspector.post(f"{moved}/alihkan", {"agency": "", **GROUNDS}).status_code == 422
    assert inspector.post(f"{moved}/alihkan", {"agency": "dsp", **GROUNDS}).status_code == 303
    assert "Dialihkan ke Dinas Sosial sebagai rekomendasi A-2" in head.text(moved)
    other = desk("other_head")
    assert "Berasal dari rekomendasi A-1 Dinas Perpustakaan" in other.text(place(other, "A-2", "dsp"))
    judge(inspector.get(f"{cancelled}/batalkan").text)
    assert inspector.post(f"{cancelled}/batalkan", GROUNDS).status_code == 303
    assert "Dibatalkan" in head.text("/rekomendasi")
    page = head.get(cancelled)
    judge(page.text)
    assert "membatalkan rekomendasi ini dengan surat 700/88/2026" in words(page)
    assert inspector.post(f"{cancelled}/batalkan", GROUNDS).status_code == 409
    assert "Laporan Kinerja 2026" not in desk("operator").text("/")


def test_the_head_objects_and_the_inspector_answers(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    receive(desk, furnished)
    head, inspector = desk("head"), desk("inspector")
    path = place(head, "C-1")
    judge(head.get(f"{path}/keberatan").text)
    assert head.post(f"{path}/keberatan", {"reason": " "}).status_code == 422
    assert head.post(f"{path}/keberatan", {"reason": "Bukan kewenangan kami."}).status_code == 303
    assert "Waktu berhenti: ada keberatan" in head.text(path)
    assert f'href="{path}/jawab"' in inspector.get("/").text
    judge(inspector.get(f"{path}/jawab").text)
    assert inspector.post(f"{path}/jawab", {"component": "C", "text": "x", **GROUNDS}).status_code == 422
    answer = {"outcome": "declined", "component": "C", "text": "x", **GROUNDS}
    assert inspector.post(f"{path}/jawab", answer).status_code == 303
    said = head.text(path)
    assert "Tidak diterima : Salah ketik." in said or "Tidak diterima: Salah ketik." in said
    assert "tidak menerima keberatan (surat" in said
    assert f'href="{path}/jawab"' not in inspector.get("/").text
