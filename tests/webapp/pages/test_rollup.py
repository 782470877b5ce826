"""*Rekap semester* and what earlier years left open, as pages, tables and answers of the API."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable
from xml.etree import ElementTree

import sqlalchemy as sa

from tests.support.furnished import Api, Furnished
from webapp.tables import as_csv, as_xlsx
from workflows.core.db import db
from workflows.organization.models import Agency
from workflows.plans.models import Requirement
from workflows.recommendations.models import EvaluationReport

from .conftest import Desk
from .test_inventory import judge

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = '=HYPERLINK("http://x";"Dinas")'


def older(furnished: Furnished) -> None:
    """Let the report of ``dpk`` be one of the year before."""
    with furnished.behind():
        row = db.session.get_one(EvaluationReport, furnished.report_id)
        row.year, row.issued_at = 2025, dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
        db.session.execute(sa.update(Requirement).where(Requirement.report_id == row.id).values(year=2025))


def test_the_page_counts_the_classes_of_those_in_sight(desk: Callable[[str], Desk]) -> None:
    inspector = desk("inspector")
    judge(inspector.get("/rekap").text)
    said = inspector.text("/rekap?tahun=2026&semester=2")
    for words in ("Rekap semester II 2026", "Dinas Perpustakaan", "Dinas Sosial", "Seluruhnya", "Unduh xlsx"):
        assert words in said
    assert "Dinas Sosial" not in desk("head").text("/rekap?tahun=2026&semester=2")
    assert inspector.get("/rekap?tahun=lalu").status_code == 422
    assert inspector.get("/rekap?semester=3").status_code == 422
    assert "Belum ada rekomendasi yang terbit" in inspector.text("/rekap?tahun=2024&semester=1")


def test_the_tables_open_and_no_text_in_them_is_a_formula(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    with furnished.behind():
        db.session.execute(sa.update(Agency).where(Agency.code == "dsp").values(name=HOSTILE))
    inspector = desk("inspector")
    text = inspector.get("/rekap.csv?tahun=2026&semester=2")
    assert text.headers["Content-Disposition"] == 'attachment; filename="rekap-2026-semester-2.csv"'
    rows = list(csv.reader(io.StringIO(text.data.decode("utf-8-sig")), delimiter=";"))
    assert f"'{HOSTILE}" in {row[0] for row in rows}
    assert next(row for row in rows if row[0] == "Seluruhnya")[-2:] == ["8", "0"]
    sheet = inspector.get("/rekap.xlsx?tahun=2026&semester=2")
    with zipfile.ZipFile(io.BytesIO(sheet.data)) as archive:
        rows = [
            list(row) for row in ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml")).iter(f"{MAIN}row")
        ]
    named = [row[0] for row in rows if "".join(row[0].itertext()) == HOSTILE]
    assert [(cell.get("t"), cell.find(f"{MAIN}f")) for cell in named] == [("inlineStr", None)]
    assert ["".join(cell.itertext()) for cell in rows[-1]][-2:] == ["8", "0"]


def test_the_same_rows_give_the_same_bytes_and_odd_letters_break_nothing() -> None:
    rows = [["a\x00b", "<&>", "+62"], ["", 3]]
    assert as_xlsx(rows, sheet="x") == as_xlsx(rows, sheet="x")
    with zipfile.ZipFile(io.BytesIO(as_xlsx(rows, sheet="<x>"))) as archive:
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))
    assert as_csv([["+62", "-1", "@x", "\tx", "aman"], ["", 3]]).decode("utf-8-sig") == (
        "'+62;'-1;'@x;'\tx;aman\r\n;3\r\n"
    )


def test_what_an_earlier_year_left_open_is_shown_in_the_next(
    desk: Callable[[str], Desk], api: Callable[..., Api], furnished: Furnished
) -> None:
    older(furnished)
    head = desk("head")
    page = head.get("/rekomendasi?tahun=2026")
    judge(page.text)
    assert "Rekomendasi A-1 tahun 2025" in page.text
    assert "Bawaan tahun sebelumnya" not in head.text("/rekomendasi?tahun=2025")
    found = api("head").get("/recommendations/carried?year=2026").json["items"]
    assert [(row["number"], row["year"]) for row in found] == [(n, 2025) for n in ("A-1", "B-1", "C-1", "D-1")]
    assert api("other_head").get("/recommendations/carried?year=2026").json["items"] == []
    told = api("inspector").get("/official-statuses?year=2026&half=2").json
    assert (told["whole"]["total"], told["whole"]["carried"]) == (8, 4)
    assert {row["agency"]["code"]: row["counts"]["NOT_ASSESSED"] for row in told["agencies"]} == {"dpk": 4, "dsp": 4}
