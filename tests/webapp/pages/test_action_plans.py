"""The plan of a report, by the pages: written, submitted, sent back, accepted, and nothing typed is lost."""

import re
from collections.abc import Callable

import pytest

from tests.support.furnished import Api, Furnished

from .conftest import Desk, words
from .test_inventory import judge

PROMISE = {
    "text": "Menyusun monev setiap triwulan", "owner": "Sekretaris", "due_on": "2026-04-30", "output": "Empat laporan",
}  # fmt: skip


@pytest.fixture
def page(furnished: Furnished) -> str:
    return f"/rencana-aksi/{furnished.report_id}"


@pytest.fixture
def first(api: Callable[..., Api], page: str) -> str:
    """Where the answer to A-1 is sent."""
    rows = api("operator").get("/recommendations").json["items"]
    return f"{page}/{next(row['id'] for row in rows if row['number'] == 'A-1')}"


def test_a_plan_is_written_submitted_sent_back_and_accepted(page: str, first: str, desk: Callable[[str], Desk]) -> None:
    operator, head, evaluator = desk("operator"), desk("head"), desk("evaluator")
    assert "Lengkapi, lalu kepala" in operator.text("/")
    assert f'action="{page}/ajukan"' not in operator.get(page).text
    saved = operator.form(page, first, **PROMISE)
    assert (saved.status_code, saved.headers["Location"]) == (303, f"{page}#aksi-A-1")
    shown = operator.get(page)
    judge(shown.text)
    assert "Menyusun monev setiap triwulan" in shown.text
    assert "B-1: penanggung jawabnya belum disebut." in words(shown)
    assert "A-1: penanggung jawabnya belum disebut." not in words(shown)
    assert "Isi penanggung jawab" in words(shown)
    assert head.form(page, f"{page}/ajukan").status_code == 303
    asked = evaluator.text("/")
    assert "Diajukan kepala perangkat daerah; terima atau kembalikan." in asked
    assert "Rencana aksi Dinas Perpustakaan 2026" in asked
    empty = evaluator.form(page, f"{page}/kembalikan", reason=" ")
    assert empty.status_code == 422
    assert 'href="#return-reason"' in empty.text
    assert evaluator.form(page, f"{page}/kembalikan", reason="Sebutkan target B-1.").status_code == 303
    back = operator.text(page)
    assert "Sebutkan target B-1." in back
    assert "Pegawai evaluator" in back
    assert "Perlu diperbaiki" in operator.text("/")
    assert head.form(page, f"{page}/ajukan").status_code == 303
    assert evaluator.form(page, f"{page}/terima").status_code == 303
    done = operator.get(page)
    judge(done.text)
    said = words(done)
    assert "Pengajuan ke-1" in said
    assert "Pengajuan ke-2" in said
    assert "Pegawai head mengajukan rencana aksi 2026 sebagai" in said
    assert "catatan masih terbuka." in said
    assert "<textarea" not in done.text
    assert "Rencana aksi Dinas" not in operator.text("/")
    judge(evaluator.get("/rencana-aksi").text)
    assert "Diterima" in evaluator.text("/rencana-aksi?opd=dpk")


@pytest.mark.parametrize(("typed", "said", "field"), [
    ({**PROMISE, "text": " ", "owner": "Kepala Bidang"}, "Tulis rencana aksinya.", "A-1-text"),
    ({**PROMISE, "due_on": "2026-02-31", "owner": "Kepala Bidang"}, "Batas waktu tidak dikenal", "A-1-due_on"),
    ({**PROMISE, "owner": "<b>" + "x" * 300}, "terlalu panjang", None),
])  # fmt: skip
def test_nothing_typed_is_lost_on_an_error(
    page: str, first: str, desk: Callable[[str], Desk], typed: dict[str, str], said: str, field: str | None
) -> None:
    answer = desk("operator").form(page, first, **typed)
    assert answer.status_code == 422
    judge(answer.text)
    assert said in words(answer)
    assert field is None or f'href="#{field}"' in answer.text
    assert typed["owner"].replace("<", "&lt;").replace(">", "&gt;") in answer.text
    assert typed["output"] in answer.text
    assert "<b>x" not in answer.text


def test_who_writes_second_keeps_what_he_typed_and_sees_what_is_there(
    page: str, first: str, desk: Callable[[str], Desk]
) -> None:
    head = desk("head")
    html = head.get(page).text
    hidden = re.search(rf'action="{re.escape(first)}".*?name="version" value="(\d+)"', html, re.S)
    assert hidden
    assert desk("operator").form(page, first, **PROMISE).status_code == 303
    late = head.post(first, {"version": hidden[1], **PROMISE, "text": "Menyusun cara lain"})
    assert late.status_code == 409
    assert "Menyusun cara lain</textarea>" in late.text
    assert "Yang tersimpan sekarang: Menyusun monev setiap triwulan" in words(late)
    again = re.search(rf'action="{re.escape(first)}".*?name="version" value="(\d+)"', late.text, re.S)
    assert again
    assert head.post(first, {"version": again[1], **PROMISE, "text": "Menyusun cara lain"}).status_code == 303


def test_doors_that_stay_closed(page: str, first: str, desk: Callable[[str], Desk]) -> None:
    assert desk("other_operator").get(page).status_code == 404
    assert desk("other_operator").post(first, {"version": "1", **PROMISE}).status_code == 404
    assert desk("staff_b1").post(first, {"version": "1", **PROMISE}).status_code == 403
    assert desk("operator").post(f"{page}/ajukan", {"version": "1"}).status_code == 403
    assert desk("head").post(f"{page}/terima", {"version": "1"}).status_code == 403
    assert desk("evaluator").post(f"{page}/terima", {"version": "1"}).status_code == 409
    assert desk("head").post(f"{page}/ajukan", {"version": "satu"}).status_code == 422
    assert desk("head").client.post(f"{page}/ajukan", data={"version": "1"}).status_code == 400
    other = first.rsplit("/", 1)[0] + "/00000000-0000-0000-0000-000000000000"
    assert desk("operator").post(other, {"version": "1", **PROMISE}).status_code == 404


def test_everybody_in_scope_reads_it(page: str, desk: Callable[[str], Desk]) -> None:
    for name in ("staff_b1", "head_b1", "inspector", "auditor", "admin"):
        answer = desk(name).get(page)
        assert (name, answer.status_code, "<textarea" in answer.text) == (name, 200, False)
        judge(answer.text)


def test_evidence_does_not_wait_for_the_plan(furnished: Furnished, desk: Callable[[str], Desk]) -> None:
    assert desk("staff_b1").upload(furnished.requirements["b1-1"]).status_code == 303
