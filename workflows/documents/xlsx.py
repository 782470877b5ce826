"""Reader of Excel files: the sheets that hold a plan, each as lines, a table and lines again.

A workbook often carries other sheets (lists to choose from, last year's copy, instructions); they are passed over where
one holds a plan. Dates become dates as papers write them, and a formula counts by the value that was saved with it.
"""

import datetime as dt
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from workflows.core.sentences import phrase
from workflows.documents.cleaning import tidy
from workflows.documents.dates import in_words
from workflows.documents.errors import PlanTooLargeError, UnsupportedPlanError
from workflows.documents.headings import find_columns
from workflows.documents.package import Package
from workflows.documents.plan import PlanWarning, WarningCode
from workflows.documents.sentences import FORMULAS, NO_VALUES, TOO_MANY_ROWS
from workflows.documents.source import (
    MAX_COLUMNS,
    MAX_ROWS,
    SHEET_PLACE,
    Cell,
    Line,
    Row,
    Source,
    SourceTable,
    checked_source,
)

WORKBOOK = "xl/workbook.xml"
_ROW = re.compile(rb"<(?:\w{1,9}:)?row[\s>/]")
# Formatted but empty rows are common; this many are no office's sheet.
_RAW_ROWS = 50_000
_CELLS_NAMED = 5


@dataclass(frozen=True)
class _Sheet:
    name: str
    rows: tuple[Row, ...]
    height: int

    @property
    def holds_plan(self) -> bool:
        return find_columns(SourceTable(self.rows)) is not None


def read_xlsx(data: bytes, package: Package) -> Source:
    """Return the lines and tables of an Excel file.

    :raises UnsupportedPlanError: it cannot be opened, or its cells are formulas that nobody calculated.
    :raises PlanTooLargeError: a sheet that may hold a plan has more rows than any plan.
    """
    # Counted in the raw sheet, because the reader below takes the whole of it into memory first.
    for name in package.names("xl/worksheets/"):
        if len(_ROW.findall(package.parts[name])) > _RAW_ROWS:
            raise PlanTooLargeError("too_many_rows", TOO_MANY_ROWS(sheet=name, rows=f"> {_RAW_ROWS}", most=MAX_ROWS))
    try:
        sheets = list(_sheets(data))
    except (CalamineError, ValueError, OverflowError) as error:
        raise UnsupportedPlanError(
            "damaged", "Berkas Excel ini tidak dapat dibuka; simpan ulang sebagai .xlsx lalu kirim lagi."
        ) from error
    chosen = [sheet for sheet in sheets if sheet.holds_plan]
    # A sheet too long to be read is only in the way where it is the one that was meant.
    if not chosen and (long := next((sheet for sheet in sheets if sheet.height > MAX_ROWS), None)):
        raise PlanTooLargeError("too_many_rows", TOO_MANY_ROWS(sheet=long.name, rows=long.height, most=MAX_ROWS))
    for sheet in chosen:
        if sheet.height > MAX_ROWS:
            raise PlanTooLargeError("too_many_rows", TOO_MANY_ROWS(sheet=sheet.name, rows=sheet.height, most=MAX_ROWS))
    formulas = _formulas(package)
    warnings: list[PlanWarning] = []
    for sheet in chosen or sheets:
        warnings.extend(_judged(sheet, formulas.get(sheet.name, frozenset())))
    parts = (part for sheet in chosen or sheets for part in _parts(sheet.rows))
    return checked_source(parts, warnings=warnings)


def _sheets(data: bytes) -> Iterator[_Sheet]:
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        for index, about in enumerate(book.sheets_metadata):
            if about.visible != SheetVisibleEnum.Visible:
                continue
            sheet = book.get_sheet_by_index(index)
            if sheet.start is None or sheet.end is None:
                continue
            top, left = sheet.start
            rows = []
            for number, values in enumerate(sheet.iter_rows(), 0):
                if number > MAX_ROWS:
                    break
                rows.append(_row(about.name, top + number, left, values))
            yield _Sheet(about.name, tuple(rows), top + sheet.height)


def _row(sheet: str, number: int, left: int, values: Sequence[object]) -> Row:
    empty = [Cell("", "")] * min(left, MAX_COLUMNS)
    cells = [
        Cell(text, SHEET_PLACE(sheet=sheet, cell=_name(number, left + index)))
        if (text := _text(value))
        else Cell("", "")
        for index, value in enumerate(values[:MAX_COLUMNS])
    ]
    kept = [*empty, *cells]
    while kept and not kept[-1].text:
        kept.pop()
    return tuple(kept)


def _text(value: object) -> str:
    match value:
        case str():
            return tidy(value)
        case dt.datetime():
            return in_words(value.date())
        case dt.date():
            return in_words(value)
        case bool() | None:
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return f"{value:.10g}".replace(".", ",")
        case _:
            return tidy(str(value))


def _name(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _parts(rows: Sequence[Row]) -> Iterator[Line | SourceTable]:
    """Yield what stands between empty rows: as a table where rows have several cells, else as lines."""
    for filled, group in itertools.groupby(rows, key=bool):
        block = tuple(group)
        if not filled:
            continue
        if sum(len([cell for cell in row if cell.text]) > 1 for row in block) > 1:
            yield SourceTable(block)
        else:
            for row in block:
                yield from _line(row)


def _line(row: Row) -> Iterator[Line]:
    filled = [cell for cell in row if cell.text]
    if filled:
        for text in " ".join(cell.text for cell in filled).split("\n"):
            if text:
                yield Line(text, filled[0].where)


def _formulas(package: Package) -> dict[str, frozenset[str]]:
    """Return for each sheet the cells that hold a formula."""
    book, relations = package.xml(WORKBOOK), package.xml("xl/_rels/workbook.xml.rels")
    if book is None or relations is None:
        return {}
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    found: dict[str, frozenset[str]] = {}
    for sheet in book.iter("{*}sheet"):
        key = next((value for name, value in sheet.attrib.items() if etree.QName(name).localname == "id"), "")
        part = "xl/" + targets.get(key, "").removeprefix("/xl/")
        data = package.parts.get(part)
        if data is None or (b"<f" not in data and b":f>" not in data and b":f " not in data):
            continue
        root = package.xml(part)
        cells = () if root is None else (f.getparent() for f in root.iter("{*}f"))
        found[sheet.get("name", "")] = frozenset(
            cell.get("r", "") for cell in cells if cell is not None and etree.QName(cell).localname == "c"
        )
    return found


def _judged(sheet: _Sheet, formulas: frozenset[str]) -> Iterator[PlanWarning]:
    """Yield what to say of the formulas of a sheet.

    :raises UnsupportedPlanError: none of them has a value, so what the sheet says is not in the file.
    """
    if not formulas:
        return
    filled = {str(cell.where).rpartition(" ")[2] for row in sheet.rows for cell in row if cell.text}
    without = formulas - filled
    # A single formula may well come to nothing; most of them do not.
    if len(without) > len(formulas) / 2:
        named = ", ".join(sorted(without, key=_place)[:_CELLS_NAMED])
        raise UnsupportedPlanError("formulas_without_values", NO_VALUES(sheet=sheet.name, cells=named))
    shown = sorted(formulas & filled, key=_place)
    cells = ", ".join(shown[:_CELLS_NAMED]) + (", ..." if len(shown) > _CELLS_NAMED else "")
    where = phrase("dokumen") if not shown else SHEET_PLACE(sheet=sheet.name, cell=shown[0])
    yield PlanWarning(where=where, code=WarningCode.FORMULA, message=FORMULAS(cells=cells))


def _place(name: str) -> tuple[int, str]:
    letters = name.rstrip("0123456789")
    digits = name[len(letters) :]
    return int(digits) if digits else 0, letters
