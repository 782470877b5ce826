"""From a delivered file to an issued report, by the pages."""

import hashlib
from collections.abc import Callable
from typing import Any

import flask
import pytest
from werkzeug.test import TestResponse

from storage.base import Bucket
from tests.support.furnished import Furnished, multipart
from tests.support.offices import plan_document
from workflows.core.db import db
from workflows.core.errors import Reason
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
        "ditandatangani kepala unit",
        "Laporan monev triwulan I",
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
