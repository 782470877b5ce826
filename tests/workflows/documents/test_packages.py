"""Office files and PDFs that mean harm: named clearly, in time, and nothing of them parsed."""

import io
import time
import zipfile

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.support.papers import Block, Grid, docx, pdf, xlsx, zipped
from workflows.documents.errors import PlanError, PlanTooLargeError, UnsupportedPlanError
from workflows.documents.package import MAX_ENTRIES, MAX_UNPACKED
from workflows.documents.reader import read_plan
from workflows.documents.source import MAX_ROWS

HEADING = ["KOMPONEN", "REKOMENDASI", "RENCANA AKSI"]
SHEET = "xl/worksheets/sheet1.xml"


def refused(data: bytes) -> PlanError:
    started = time.process_time()
    with pytest.raises(PlanError) as refusal:
        read_plan(data, filename="rencana.xlsx")
    assert time.process_time() - started < 3
    return refusal.value


def swapped(data: bytes, name: str, content: bytes) -> bytes:
    """The same office file with another part."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped({entry: content if entry == name else archive.read(entry) for entry in archive.namelist()})


@pytest.fixture
def plain() -> list[Block]:
    return [Grid([HEADING, ["Perencanaan", "Menyusun pohon kinerja", "Menyusun"]])]


@pytest.mark.parametrize("make", [docx, xlsx])
def test_a_bomb_in_office_clothes_is_never_unpacked(make, plain) -> None:
    name = SHEET if make is xlsx else "word/document.xml"
    bomb = swapped(make(plain), name, b"<a>" + b" " * (MAX_UNPACKED + 1))
    assert len(bomb) < 200_000
    assert refused(bomb).code == "unpacks_too_large"
    assert refused(swapped(make(plain), name, b" " * 20_000_000)).code == "packed_too_tightly"


def test_a_bomb_that_lies_about_its_size_is_found_while_it_unpacks(plain) -> None:
    data = bytearray(swapped(docx(plain), "word/document.xml", b" " * 30_000_000))
    # The sizes stand in the list at the end of the archive; this says that everything is small.
    place = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[place + 24 : place + 28] = (100).to_bytes(4, "little")
    assert refused(bytes(data)).code in {"damaged", "packed_too_tightly"}


def test_too_many_parts(plain) -> None:
    parts = {f"word/part{number}.xml": "<a/>" for number in range(MAX_ENTRIES + 1)}
    assert refused(zipped(parts)).code == "too_many_entries"


def test_entities_are_neither_resolved_nor_fetched(plain) -> None:
    attack = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "haha">]><w:document xmlns:w="u"><w:body>&x;&y;</w:body></w:document>'
    assert refused(swapped(docx(plain), "word/document.xml", attack)).code == "damaged"


def test_a_sheet_of_five_thousand_rows_is_named_with_its_rows() -> None:
    rows = [HEADING, *(["Perencanaan", f"Menyusun dokumen {number}", "Menyusun"] for number in range(5_000))]
    error = refused(xlsx([Grid(rows)]))
    assert isinstance(error, PlanTooLargeError)
    assert error.message == f"Lembar Rencana Aksi berisi 5001 baris; yang dapat dibaca paling banyak {MAX_ROWS} baris."


def test_a_sheet_of_formulas_without_values_names_its_cells() -> None:
    rows = [HEADING, *(["Perencanaan", f"#formula Sheet2!B{number}", "#formula Sheet2!C1"] for number in range(2, 9))]
    error = refused(xlsx([Grid(rows)]))
    assert error.code == "formulas_without_values"
    assert "B2, C2, B3, C3, B4" in error.message


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04...", "damaged"),
        (b"%PDF-1.7 ...", "damaged"),
        (zipped({"content.xml": "<a/>"}), "unsupported_format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "old_office"),
        (zipped({"word/document.xml": "<w:document"}), "damaged"),
        (zipped({"word/document.xml": "<document><body/></document>"}), "empty"),
        (zipped({"xl/workbook.xml": "<workbook/>"}), "damaged"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(data: bytes, code: str) -> None:
    assert refused(data).code == code


def test_a_scan_without_text_asks_for_the_original() -> None:
    made = io.BytesIO()
    canvas = Canvas(made)
    canvas.rect(10, 10, 100, 100)
    canvas.showPage()
    canvas.save()
    assert refused(made.getvalue()).code == "no_text"


def test_a_locked_pdf_asks_for_one_without_a_password() -> None:
    made = io.BytesIO()
    canvas = Canvas(made, encrypt="rahasia")
    canvas.drawString(10, 10, "Rekomendasi")
    canvas.showPage()
    canvas.save()
    assert refused(made.getvalue()).code == "damaged"


def test_the_name_does_not_decide(plain) -> None:
    for make in (docx, xlsx, pdf):
        for name in ("a.md", "a.exe", ""):
            assert len(read_plan(make(plain), filename=name).recommendations) == 1


def test_many_pages_and_many_letters_end_in_time() -> None:
    made = io.BytesIO()
    canvas = Canvas(made)
    for _ in range(201):
        canvas.drawString(10, 10, "x")
        canvas.showPage()
    canvas.save()
    error = refused(made.getvalue())
    assert isinstance(error, PlanTooLargeError)
    assert error.code == "too_many_pages"


def test_a_page_full_of_drawn_lines_ends_in_time() -> None:
    made = io.BytesIO()
    canvas = Canvas(made)
    for number in range(1_500):
        canvas.line(number % 500, 0, number % 500, 800)
        canvas.line(0, number % 800, 500, number % 800)
    canvas.drawString(100, 100, "Rekomendasi")
    canvas.showPage()
    canvas.save()
    assert isinstance(refused(made.getvalue()), PlanError)


def test_a_workbook_that_no_reader_opens(plain) -> None:
    assert isinstance(refused(swapped(xlsx(plain), SHEET, b"<worksheet><sheetData><row")), UnsupportedPlanError)
