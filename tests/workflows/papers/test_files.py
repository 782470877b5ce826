"""The same sheet in three formats: whole, the same every time, and plain text whatever the text looks like."""

import io
import re
import zipfile
from dataclasses import replace
from xml.etree import ElementTree

import pikepdf
import pypdf
import pytest
from python_calamine import CalamineWorkbook

from workflows.papers import docx, pdf, xlsx
from workflows.papers.sheet import Band, Block, Column, Line, Sheet, plain

HOSTILE = (
    '=HYPERLINK("http://x.example";"klik")',
    "{{ 7 * 7 }}{% for x in () %}",
    "<b>tebal</b> & <w:t>",
    "+62",
    "@SUM(A1)",
)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def sheet(rows: int = 6) -> Sheet:
    long = "Dokumen Laporan Kinerja agar menginfokan tentang hambatan selama pelaksanaan program. " * 3
    lines: list[Line | Band] = [Band("Dinas Sosial, LHE nomor 700/1")]
    for number in range(rows):
        odd = HOSTILE[number % len(HOSTILE)]
        lines.append(Line((f"A-{number + 1}", plain(f"{odd}\n{long}"), plain(odd))))
    block = Block(
        "Uji, 3 Maret 2026",
        ("Plt. KEPALA", "DINAS SOSIAL"),
        "Nama Contoh, S.Sos.",
        ("Pembina / IV/a", "NIP. 19040403 193003 1 015"),
    )
    columns = (Column("NO", 14), Column("REKOMENDASI", 170), Column("BUKTI", 120))
    return Sheet(
        ("MATRIKS UJI", "DINAS SOSIAL"),
        (("Nilai evaluasi", "78,05"),),
        columns,
        tuple(lines),
        block,
        ("Keadaan per 3 Maret 2026.",),
        "Dinas Sosial",
        "2026-03-03",
    )


def docx_rows(content: bytes) -> list[list[str]]:
    """The rows of every table of a document, a paragraph or a line break as a new line."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        body = ElementTree.fromstring(archive.read("word/document.xml"))

    def text(cell: ElementTree.Element) -> str:
        said = []
        for paragraph in cell.iter(f"{W}p"):
            pieces = [
                "\n" if part.tag == f"{W}br" else part.text or ""
                for part in paragraph.iter()
                if part.tag in (f"{W}t", f"{W}br")
            ]
            said.append("".join(pieces))
        return "\n".join(said)

    return [[text(cell) for cell in row.findall(f"{W}tc")] for row in body.iter(f"{W}tr")]


@pytest.mark.parametrize("maker", [pdf, xlsx, docx])
def test_the_same_sheet_gives_the_same_bytes(maker: object) -> None:
    assert maker.render(sheet()) == maker.render(sheet())  # type: ignore[attr-defined]


def test_a_pdf_is_structurally_an_archival_one() -> None:
    with pikepdf.open(io.BytesIO(pdf.render(sheet()))) as document:
        told = document.open_metadata()
        assert (told["pdfaid:part"], told["pdfaid:conformance"]) == ("3", "U")
        assert [intent.S for intent in document.Root.OutputIntents] == ["/GTS_PDFA1"]
        assert "/DestOutputProfile" in document.Root.OutputIntents[0]
        assert len(document.trailer.ID) == 2
        assert not document.is_encrypted
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(document.Root.keys())
        assert "/JavaScript" not in document.Root.get("/Names", {})
        assert str(document.Root.Lang) == "id"
        assert document.docinfo["/Title"] == "MATRIKS UJI DINAS SOSIAL"
        fonts = [font for page in document.pages for font in page.Resources.Font.values()]
        assert fonts
        for font in fonts:
            inner = font.DescendantFonts[0]
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner.FontDescriptor.keys())
            assert "Liberation" in str(inner.BaseFont)


def test_a_hundred_rows_have_their_head_on_every_page_and_break_between_rows() -> None:
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.render(sheet(100)))).pages]
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert "REKOMENDASI" in page
        assert f"Halaman {number} dari {len(pages)}" in page
    # What begins a row stands on the page on which the row ends, and the block is not alone on the last page.
    assert sum(len(re.findall(r"^A-\d+", page, re.M)) for page in pages) == 100
    assert all(page.count("Dokumen Laporan Kinerja") == 3 * len(re.findall(r"^A-\d+", page, re.M)) for page in pages)
    assert "NIP. 19040403 193003 1 015" in pages[-1]
    assert re.search(r"^A-100", pages[-1], re.M)


def test_a_row_taller_than_a_page_goes_on_on_the_next() -> None:
    row = Line(("A-1", " ".join(f"kata{number}" for number in range(3_000)), "x"))
    tall = replace(sheet(1), rows=(row,))
    assert tall.tall
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.render(tall))).pages)
    assert {f"kata{number}" for number in range(3_000)} <= set(re.findall(r"kata\d+", text))


def test_nothing_in_a_workbook_is_a_formula_a_link_or_a_number() -> None:
    content = xlsx.render(replace(sheet(), title_lines=("=1+1",), rows=(Band("=2+2"), *sheet().rows)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        page = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in page
        assert "<hyperlink" not in page
        assert set(re.findall(r'<c [^>]*\bt="(\w+)"', page)) == {"s"}
        assert not re.findall(r"<c (?![^>]*\bt=)[^>]*><v>", page)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    said = {cell for row in rows for cell in row}
    assert {"=1+1", "=2+2", HOSTILE[0], "+62", "Nilai evaluasi: 78,05"} <= said


def test_a_text_too_long_for_one_cell_goes_on_below() -> None:
    text = "kata " * 8_000
    content = xlsx.render(replace(sheet(1), rows=(Line(("A-1", text, "x")),)))
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert "".join(str(row[1]) for row in rows if str(row[1]).startswith(("kata", "ata", " kata"))) == text


def test_a_document_for_word_takes_values_as_text_and_repeats_its_head() -> None:
    content = docx.render(sheet(100))
    rows = docx_rows(content)
    assert [row for row in rows if row and row[0].startswith("A-")] == [
        list(row.cells) for row in sheet(100).rows if isinstance(row, Line)
    ]
    assert ["Dinas Sosial, LHE nomor 700/1"] in rows
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        body = archive.read("word/document.xml").decode()
    assert body.count("<w:tblHeader") == 1
    assert body.count("<w:cantSplit") == 101  # every row, and the block
    assert "NIP. 19040403 193003 1 015" in body


def test_what_no_document_can_hold_is_left_out() -> None:
    assert plain("a\x00b\x0bc\ud800d\ufffee\r\nf") == "abcde\nf"
