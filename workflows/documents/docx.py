"""Reader of Word files: paragraphs and tables in the order of the page, merged cells at their columns.

Reads the document part alone; styles, pictures, comments, fields and deleted text are passed over. A table inside a
cell is read as text of that cell, one line a row.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from workflows.documents.cleaning import tidy
from workflows.documents.package import Package
from workflows.documents.source import (
    LINE_PLACE,
    MAX_COLUMNS,
    TABLE_PLACE,
    Cell,
    Line,
    Row,
    Source,
    SourceTable,
    check_shape,
    checked_source,
)

DOCUMENT = "word/document.xml"
_BREAKS = frozenset({"br", "cr"})
# What Word keeps beside the text that people see: old revisions, and the second form of a drawing.
_HIDDEN = frozenset({"del", "moveFrom", "Fallback", "instrText", "delText", "rPr", "pPr", "tcPr", "trPr"})
_WRAPPERS = frozenset({"sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"})


@dataclass
class _Counter:
    """Where the reader stands, as a person counts: paragraphs outside tables, and tables."""

    lines: int = 0
    tables: int = 0


def read_docx(package: Package) -> Source:
    """Return the lines and tables of a Word file.

    :raises UnsupportedPlanError: the document part is no clean XML.
    :raises PlanTooLargeError: a limit of `source` is passed.
    """
    root = package.xml(DOCUMENT)
    body = None if root is None else next((child for child in root if _name(child) == "body"), None)
    return checked_source(() if body is None else _parts(body, _Counter()))


def _parts(parent: etree._Element, counter: _Counter) -> Iterator[Line | SourceTable]:
    for child in parent:
        name = _name(child)
        if name == "p":
            counter.lines += 1
            for boxed in _boxes(child):
                yield from _parts(boxed, counter)
            for text in tidy(_text(child)).split("\n"):
                if text:
                    yield Line(text, LINE_PLACE(line=counter.lines))
        elif name == "tbl":
            counter.tables += 1
            yield SourceTable(tuple(row for row in _rows(child, counter.tables) if row))
        elif name in _WRAPPERS:
            yield from _parts(child, counter)


def _boxes(paragraph: etree._Element) -> Iterator[etree._Element]:
    """Yield the text boxes that hang on a paragraph, each once."""
    for box in paragraph.iter("{*}txbxContent"):
        if not any(_name(above) == "Fallback" for above in box.iterancestors()):
            yield box


def _rows(table: etree._Element, number: int) -> Iterator[Row]:
    for index, row in enumerate(_children(table, "tr"), 1):
        check_shape(rows=index)
        cells: list[Cell] = []
        column = _grid(row, "gridBefore")
        cells.extend(Cell("", "") for _ in range(column))
        for cell in _children(row, "tc"):
            check_shape(columns=len(cells) + 1)
            place = TABLE_PLACE(table=number, line=index, column=len(cells) + 1)
            # The lower part of a merged cell holds an empty paragraph at most.
            cells.append(Cell("" if _continues(cell) else _cell_text(cell), place))
            cells.extend(Cell("", "") for _ in range(_grid(cell, "gridSpan") - 1))
        yield tuple(cells)


def _children(parent: etree._Element, wanted: str) -> Iterator[etree._Element]:
    for child in parent:
        if _name(child) == wanted:
            yield child
        elif _name(child) in _WRAPPERS:
            yield from _children(child, wanted)


def _cell_text(cell: etree._Element) -> str:
    return tidy("\n\n".join(_blocks(cell)))


def _blocks(parent: etree._Element) -> Iterator[str]:
    for child in parent:
        name = _name(child)
        if name == "p":
            yield _text(child)
        elif name == "tbl":
            for row in _children(child, "tr"):
                yield " ".join(filter(None, (" ".join(_blocks(cell)) for cell in _children(row, "tc"))))
        elif name in _WRAPPERS:
            yield from _blocks(child)


def _text(element: etree._Element) -> str:
    pieces: list[str] = []
    _collect(element, pieces)
    return "".join(pieces)


def _collect(element: etree._Element, pieces: list[str]) -> None:
    for child in element:
        name = _name(child)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "tab":
            pieces.append(" ")
        elif name in _BREAKS:
            pieces.append("\n")
        elif name == "noBreakHyphen":
            pieces.append("-")
        elif name not in _HIDDEN and name != "txbxContent":
            _collect(child, pieces)


def _continues(cell: etree._Element) -> bool:
    merge = cell.find("./{*}tcPr/{*}vMerge")
    return merge is not None and _value(merge) != "restart"


def _grid(element: etree._Element, what: str) -> int:
    """Return how many columns a cell spans or a row leaves out; a hostile number makes no grid of its own size."""
    properties = "trPr" if what == "gridBefore" else "tcPr"
    found = element.find(f"./{{*}}{properties}/{{*}}{what}")
    value = "" if found is None else _value(found)
    least = 0 if what == "gridBefore" else 1
    return min(int(value), MAX_COLUMNS) if value.isdecimal() and len(value) < 6 else least


def _value(element: etree._Element) -> str:
    return next((value for key, value in element.attrib.items() if etree.QName(key).localname == "val"), "")


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
