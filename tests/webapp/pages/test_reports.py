"""From a delivered file to an issued report, by the pages."""

import hashlib
from collections.abc import Callable
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from storage.base import Bucket
from tests.support.furnished import Furnished, multipart
from tests.support.offices import plan_document
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.documents.reader import read_plan
from workflows.plans.models import PlanImport
from workflows.plans.operations import record_reading

from .conftest import Desk, words
from .test_inventory import judge

PLAN = b"**RENCANA AKSI**\n"
YEAR = 2027


def deliver(
    seat: Desk, *, data: bytes = PLAN, agency: str = "dpk", year: str = str(YEAR), token: str = ""
) -> TestResponse:
    """Send a plan as the form does."""
    fields = {"csrf_token": token or seat.token, "agency": agency, "year": year}
    body = multipart(*[(name, text, None) for name, text in fields.items()], ("file", data, "rencana.md"))
    return seat.client.post("/lhe", data=body, content_type="multipart/form-data; boundary=b")


def read(furnished: Furnished, address: str, document: dict[str, Any] | None, error: Reason | None = None) -> None:
    """Let the reading of an import end."""
    with furnished.behind():
        record_reading(address.rsplit("/", 1)[1], document=document, error=error)  # type: ignore[arg-type]


@pytest.fixture
def document() -> dict[str, Any]:
    """What was read, for a year that has no report yet."""
    warning = {"where": "Judul", "code": "year_ambiguous", "message": "Tahun tertulis dua kali."}
    return {**plan_document(quarters=(1,)), "year": YEAR, "agency_name": "Dinas Perpustakaan", "warnings": [warning]}


def test_a_plan_goes_from_the_file_to_the_agency(
    app: flask.Flask, desk: Callable[[str], Desk], furnished: Furnished, document: dict[str, Any]
) -> None:
    evaluator = desk("evaluator")
    address = deliver(evaluator).headers["Location"]
    waiting = evaluator.get(address)
    judge(waiting.text)
    assert "sedang dibaca" in words(waiting)
    assert evaluator.get(address, headers={"HX-Request": "true"}).status_code == 204
    with furnished.behind():
        row = db.session.get_one(PlanImport, address.rsplit("/", 1)[1])
        assert row.sha256 == hashlib.sha256(PLAN).hexdigest()
        with app.extensions["store"].open(Bucket.INTAKE, row.intake_key) as kept:
            assert kept.read() == PLAN
    read(furnished, address, document)
    shown = evaluator.get(address)
    judge(shown.text)
    for text in (
        "Rekomendasi A-1",
        "Tahun tertulis dua kali.",
        "Laporan monev triwulan",
        "Kepala unit",
    ):
        assert text in words(shown)
    draft = evaluator.form(address, address).headers["Location"]
    judge(evaluator.get(draft).text)
    assert "Konsep" in evaluator.text(draft)
    assert "2027" not in desk("head").get("/rekomendasi").text
    inspector = desk("inspector")
    assert "1 konsep LHE menunggu diterbitkan" in inspector.text("/")
    assert inspector.form(draft, f"{draft}/terbitkan", number="").status_code == 422
    assert inspector.form(draft, f"{draft}/terbitkan", number="700/1/2027", report_date="2027-01-05").status_code == 303
    assert "Rekomendasi 2027" in desk("head").text("/rekomendasi")


def test_only_an_inspector_issues(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    assert desk("evaluator").post(f"/lhe/{furnished.report_id}/terbitkan", {"number": "1"}).status_code == 403


def test_an_operator_delivers_but_does_not_confirm(
    desk: Callable[[str], Desk], furnished: Furnished, document: dict[str, Any]
) -> None:
    seat = desk("operator")
    address = deliver(seat).headers["Location"]
    read(furnished, address, document)
    assert "Simpan konsep" not in seat.text(address)
    assert seat.post(address).status_code == 403
    assert desk("other_operator").get(address).status_code == 404


def test_a_file_that_holds_no_plan_says_so(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    seat = desk("evaluator")
    address = deliver(seat).headers["Location"]
    read(furnished, address, None, Reason("no_plan", "Tidak ada tabel rekomendasi di dalam berkas ini."))
    assert "Tidak ada tabel rekomendasi" in seat.text(address)


def test_a_paper_of_another_agency_is_pointed_out(
    desk: Callable[[str], Desk], furnished: Furnished, document: dict[str, Any]
) -> None:
    seat = desk("evaluator")
    address = deliver(seat).headers["Location"]
    read(furnished, address, {**document, "agency_name": "DINAS LAIN"})
    assert "berbeda dari perangkat daerah yang dipilih" in seat.text(address)
    draft = seat.form(address, address, do="confirm", agency="dsp").headers["Location"]
    assert "Dinas Sosial" in seat.text(draft)


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"data": b""}, 422, "kosong"),
        ({"agency": "tidak-ada"}, 422, "Pilih perangkat daerahnya."),
        ({"year": "dua ribu"}, 422, "Isi tahun dengan empat angka"),
        ({"data": b"x" * 1_200_000}, 413, "lebih besar dari batas"),
    ],
)
def test_what_is_wrong_comes_back_with_the_form(
    change: dict[str, Any], status: int, sentence: str, desk: Callable[[str], Desk]
) -> None:
    answer = deliver(desk("evaluator"), **change)
    assert answer.status_code == status
    assert "data-error-summary" in answer.text
    assert sentence in words(answer)
    judge(answer.text)


def test_a_wrong_form_token_is_refused(desk: Callable[[str], Desk]) -> None:
    assert deliver(desk("evaluator"), token="palsu").status_code == 400


def deliver_many(seat: Desk, names: list[str], *, agency: str = "") -> TestResponse:
    """Send several papers at once, whose agency they have to tell themselves."""
    fields = [("csrf_token", seat.token, None), ("agency", agency, None), ("year", str(YEAR), None)]
    body = multipart(*fields, *[("file", f"isi {name}".encode(), name) for name in names])
    return seat.client.post("/lhe", data=body, content_type="multipart/form-data; boundary=b")


def test_forty_papers_at_once_tell_themselves_whose_they_are(
    desk: Callable[[str], Desk], furnished: Furnished, document: dict[str, Any]
) -> None:
    seat = desk("evaluator")
    answer = deliver_many(seat, [f"rencana {number}.docx" for number in range(40)])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/lhe")
    with furnished.behind():
        rows = list(db.session.scalars(sa.select(PlanImport).where(PlanImport.agency_id.is_(None))))
        assert len(rows) == 40
        ids = [str(row.id) for row in rows[:2]]
    assert "Belum dikenali" in seat.text("/lhe")
    read(furnished, f"/{ids[0]}", {**document, "agency_name": "DINAS PERPUSTAKAN KABUPATEN UJI"})
    read(furnished, f"/{ids[1]}", {**document, "agency_name": "DINAS LAIN"})
    assert "Kertasnya tidak menyebut" not in seat.text(f"/lhe/impor/{ids[0]}")
    address = f"/lhe/impor/{ids[1]}"
    shown = seat.get(address)
    judge(shown.text)
    assert "Kertasnya tidak menyebut nama yang dikenal" in words(shown)
    refused = seat.form(address, address, do="confirm")
    assert refused.status_code == 422
    assert "Pilih perangkat daerahnya" in words(refused)
    assert desk("operator").get(address).status_code == 404
    assert seat.form(address, address, do="confirm", agency="dpk").status_code == 303


def test_of_several_papers_all_come_in_or_none(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    seat = desk("evaluator")
    assert deliver_many(seat, [f"{number}.docx" for number in range(41)]).status_code == 422
    files = [("file", b"a", "a.md"), ("file", b"", "b.md")]
    body = multipart(("csrf_token", seat.token, None), ("year", str(YEAR), None), *files)
    assert seat.client.post("/lhe", data=body, content_type="multipart/form-data; boundary=b").status_code == 422
    with furnished.behind():
        assert not list(db.session.scalars(sa.select(PlanImport).where(PlanImport.agency_id.is_(None))))
    assert deliver_many(desk("operator"), ["a.md", "b.md"]).status_code == 422


def test_an_lhe_on_paper_alone_is_typed_in_and_goes_the_same_way(
    app: flask.Flask, desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    seat = desk("evaluator")
    judge(seat.get("/lhe/ketik").text)
    typed = {
        "agency": "dpk", "year": str(YEAR), "number": "700/8/LHE/2027", "report_date": "2027-06-03", "score": "72,35",
        "a": "Menyusun pohon kinerja <b>baru</b>\nMenetapkan IKU", "b": "", "c": "Menyajikan hambatan dalam LKjIP", "d": "",
    }  # fmt: skip
    empty = seat.form("/lhe/ketik", "/lhe/ketik", **{**typed, "number": "", "a": "", "c": "", "score": "seratus"})
    assert empty.status_code == 422
    for sentence in ("Tulis nomor LHE", "angka 0 sampai 100", "sedikitnya satu rekomendasi"):
        assert sentence in words(empty)
    assert "2027-06-03" in empty.text
    judge(empty.text)
    address = seat.form("/lhe/ketik", "/lhe/ketik", **typed).headers["Location"]
    with furnished.behind():
        row = db.session.get_one(PlanImport, address.rsplit("/", 1)[1])
        with app.extensions["store"].open(Bucket.INTAKE, row.intake_key) as kept:
            plan = read_plan(kept.read(), filename=row.filename)
        record_reading(row.id, document=plan.to_json(), beside=plan.beside())
    assert (plan.report_number, str(plan.report_date), plan.scores.total) == ("700/8/LHE/2027", "2027-06-03", "72.35")
    assert [item.number for item in plan.recommendations] == ["A-1", "A-2", "C-1"]
    assert plan.recommendations[0].text == "Menyusun pohon kinerja baru", "tags are no text"
    draft = seat.form(address, address, do="confirm").headers["Location"]
    assert "Belum dikonfirmasi" not in seat.text(draft)
    assert desk("operator").get("/lhe/ketik").status_code == 403


def test_a_plan_without_its_lhe_waits_for_somebody_to_confirm_it(
    desk: Callable[[str], Desk], furnished: Furnished, document: dict[str, Any]
) -> None:
    seat = desk("evaluator")
    address = deliver(seat).headers["Location"]
    with furnished.behind():
        record_reading(address.rsplit("/", 1)[1], document=document, beside={"paper": "plan"})  # type: ignore[arg-type]
    assert "LHE tahun ini belum dimasukkan" in seat.text(address)
    draft = seat.form(address, address, do="confirm").headers["Location"]
    shown = seat.get(draft)
    judge(shown.text)
    assert "Belum dikonfirmasi." in words(shown)
    assert desk("operator").post(f"{draft}/cocok").status_code == 403
    assert seat.form(draft, f"{draft}/cocok").status_code == 303
    assert "Belum dikonfirmasi." not in seat.text(draft)
    again = deliver(seat).headers["Location"]
    other = {
        **document,
        "recommendations": [
            {**entry, "text": f"{entry['text']} agar ditingkatkan"} for entry in document["recommendations"]
        ],
    }
    with furnished.behind():
        record_reading(again.rsplit("/", 1)[1], document=other, beside={"paper": "plan"})  # type: ignore[arg-type]
    beside = seat.get(again)
    judge(beside.text)
    assert "menjawab LHE yang sudah ada" in words(beside)
    assert "Menurut LHE (A-1)" in words(beside)
    assert seat.form(again, again, do="confirm").headers["Location"] == draft
    assert "agar ditingkatkan" not in seat.text(draft)
