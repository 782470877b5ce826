"""The Rencana Aksi: what comes in from the seed goes out as the same table, and is read again as the same."""

import datetime as dt
import io
import os
import re
from pathlib import Path
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from tests.support.offices import Office
from workflows.core.db import db
from workflows.core.errors import InvalidInputError
from workflows.documents.reader import read_plan
from workflows.organization.models import Person, Position, PositionAssignment
from workflows.papers import docx, operations, pdf, xlsx
from workflows.papers.models import PaperFormat, PaperKind
from workflows.papers.sheet import Sheet
from workflows.plans.operations import issue, write_plan

from .test_files import docx_rows

YEAR = 2024
SEED = Path(os.environ.get("TUNTAS_SEED", Path(__file__).resolve().parents[3].parent / "shared" / "seed"))


def squeezed(text: str) -> str:
    return " ".join(text.split())


def seed_table(seed: str) -> list[list[str]]:
    """The seed's table by a reading of its own: rows of four cells, the first one bold."""
    start, end = seed.index("NO\tHASIL"), seed.index("**KEPALA**")
    rows = [line.split("\t") for line in seed[start:end].strip().splitlines() if line.strip()]
    return [[squeezed(re.sub(r"</?\w+>", " ", cell)) for cell in row] for row in rows]


@pytest.fixture
def document(seed: str) -> dict[str, Any]:
    return read_plan(seed.encode(), filename="rencana-aksi.md").to_json()


@pytest.fixture
def sheet(office: Office, document: dict[str, Any]) -> Sheet:
    """The paper of an agency that imported the seed, and whose head is the one who signed it."""
    agency, signature = office.agency, document["signature"]
    agency.name, office.region.name = document["agency_name"].title().replace(" Dan ", " dan "), "Kabupaten Balangan"
    head = db.session.get_one(Person, office.accounts["head"].person_id)
    head.name, head.nip = signature["name"], signature["nip"]
    head.rank_name, head.rank_grade = signature["rank_name"], signature["rank_grade"]
    db.session.execute(sa.update(Position).where(Position.role == "agency_head").values(title=f"Kepala {agency.name}"))
    written = write_plan(document, agency=agency, year=YEAR, actor=office.actor("evaluator"))
    issue(written.report, actor=office.actor("inspector"))
    db.session.flush()
    return of(office)


def of(office: Office, year: int = YEAR) -> Sheet:
    paper = operations.order(
        office.agency, kind=PaperKind.PLAN, as_format=PaperFormat.PDF, year=year, actor=office.actor("operator")
    )
    return operations.begin(paper.id).sheet


def test_the_seed_goes_out_as_the_same_table_cell_by_cell(sheet: Sheet, seed: str) -> None:
    expected = seed_table(seed)
    assert len(expected) == 5
    assert [column.head for column in sheet.columns] == expected[0]
    assert [[squeezed(cell) for cell in row] for row in sheet.texts] == expected[1:]


def test_each_format_holds_the_seeds_table_and_heading(sheet: Sheet, seed: str) -> None:
    expected = seed_table(seed)
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx.render(sheet))).get_sheet_by_index(0).to_python()
    rows = [[squeezed(str(cell)) for cell in row] for row in book]
    at = rows.index(expected[0])
    assert rows[at : at + 5] == expected
    words = [[squeezed(cell) for cell in row] for row in docx_rows(docx.render(sheet))]
    at = words.index(expected[0])
    assert words[at : at + 5] == expected
    drawn = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.render(sheet))).pages)
    printed = set(re.findall(r"\w+", drawn))
    for row in expected:
        for cell in row:
            assert set(re.findall(r"\w+", cell)) <= printed, cell[:60]
    for text in (
        "RENCANA AKSI ATAS TINDAK LANJUT HASIL EVALUASI SAKIP TAHUN 2024",
        "BADAN KESATUAN BANGSA DAN POLITIK",
        "KABUPATEN BALANGAN",
    ):
        assert [text] in [[cell for cell in row if cell] for row in rows]
    assert "0000000" not in drawn + str(rows) + str(words)


def test_the_seeds_formats_hold_the_same_table(sheet: Sheet) -> None:
    """The office files of the seed say what its Markdown says, so that the paper goes out as they came in."""
    path = SEED / "rencana-aksi-kesbangpol-2024.docx"
    if not path.is_file():
        pytest.skip(f"the seed is not at {path}")
    rows = [[squeezed(cell) for cell in row] for row in docx_rows(path.read_bytes()) if len(row) == 4]
    assert [[squeezed(cell) for cell in row] for row in sheet.texts] == rows[-4:]


def test_the_paper_that_went_out_is_read_as_the_same_recommendations(sheet: Sheet, document: dict[str, Any]) -> None:
    lines = [f"**{line}**\n" for line in sheet.title_lines]
    lines += [f"- {name} : {value}\n" for name, value in sheet.facts]
    lines.append("\t".join(column.head for column in sheet.columns))
    for row in sheet.texts:
        lines.append("\t".join("".join(f"<p>{part}</p>" for part in cell.split("\n\n")) for cell in row))
    lines += ["", *(f"**{line}**  " for line in (*sheet.block.title_lines, sheet.block.name)), *sheet.block.below]
    again = read_plan("\n".join(lines).encode(), filename="keluar.md").to_json()
    for key in ("year", "agency_name", "recommendations", "evaluations", "signature"):
        assert again[key] == document[key], key


def test_the_block_is_the_one_of_the_seed_with_place_and_day(sheet: Sheet) -> None:
    block = sheet.block
    assert block.title_lines == ("KEPALA", "BADAN KESATUAN BANGSA DAN POLITIK", "KABUPATEN BALANGAN")
    assert block.name == "H. NAMA PEJABAT CONTOH, S.Pd., MM"
    assert block.below == ("Pembina Utama Muda / IV/c", "NIP. 19040403 193003 1 015")
    assert re.fullmatch(r"\.{20}, \d{1,2} [A-Z][a-z]+ \d{4}", block.place_and_date)
    assert sheet.facts[0] == (
        "1 Nama Penanggung Jawab Data SAKIP/Unit Kerja", "Pegawai operator / BADAN KESATUAN BANGSA DAN POLITIK"
    )  # fmt: skip


def test_a_vacant_post_leaves_a_line_and_a_year_without_report_says_so(office: Office) -> None:
    db.session.execute(sa.update(PositionAssignment).values(valid_to=dt.date(2020, 1, 2)))
    db.session.execute(
        sa.update(PositionAssignment)
        .where(PositionAssignment.person_id == office.accounts["operator"].person_id)
        .values(valid_to=None)
    )
    found = of(office)
    assert (found.block.name, found.block.below) == ("", ("NIP. ....................",))
    assert found.texts == (("", "", "Belum ada rekomendasi yang diterbitkan untuk tahun ini.", ""),)


def test_a_plan_is_of_one_agency(office: Office) -> None:
    with pytest.raises(InvalidInputError):
        operations.order(
            None, kind=PaperKind.PLAN, as_format=PaperFormat.PDF, year=YEAR, actor=office.actor("inspector")
        )
