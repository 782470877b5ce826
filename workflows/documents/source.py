"""The neutral form between readers and recogniser: lines and tables in reading order, plain text only.

In a text, one line feed is a soft break (the paper wrapped the line) and two are a hard one (a paragraph
ended). A reader of another format joins by giving a `Source`; nothing behind it changes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workflows.core.sentences import Template
from workflows.documents.errors import PlanTooLargeError
from workflows.documents.plan import PlanWarning

MAX_BYTES = 5_000_000
MAX_LINES = 5_000
MAX_ROWS = 1_500
MAX_COLUMNS = 40
MAX_CELLS = 30_000
# The longest cell of a real plan has about 2,500 characters.
MAX_CELL_CHARACTERS = 60_000
LINE_PLACE = Template("baris %(line)s")
CELL_PLACE = Template("baris %(line)s, kolom %(column)s")
TABLE_PLACE = Template("tabel %(table)s, baris %(line)s, kolom %(column)s")
SHEET_PLACE = Template("lembar %(sheet)s, sel %(cell)s")
PAGE_PLACE = Template("halaman %(page)s, baris %(line)s")
PAGE_CELL_PLACE = Template("halaman %(page)s, baris %(line)s, kolom %(column)s")
_TOO_MANY_LINES = Template("Berkas ini berisi lebih dari %(most)s baris teks.")
_TOO_MANY_ROWS = Template("Tabel di berkas ini melebihi %(most)s baris.")
_TOO_MANY_COLUMNS = Template("Tabel di berkas ini melebihi %(most)s kolom.")
_TOO_LONG = Template("Ada sel atau baris yang lebih panjang dari %(most)s karakter.")


@dataclass(frozen=True)
class Line:
    """One line of text outside the tables; `where` names the place for a person: "baris 3"."""

    text: str
    where: str


@dataclass(frozen=True)
class Cell:
    """One cell of a table; `where` names the place for a person: "baris 3, kolom 2"."""

    text: str
    where: str


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class SourceTable:
    """The rows of one table; rows may be shorter than the heading."""

    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Source:
    """A whole file in reading order."""

    parts: tuple[Line | SourceTable, ...]
    encoding_guessed: bool = False
    warnings: tuple[PlanWarning, ...] = ()
    """What only the reader of the format could notice."""


def checked_source(
    parts: Iterable[Line | SourceTable], *, encoding_guessed: bool = False, warnings: Sequence[PlanWarning] = ()
) -> Source:
    """Collect the parts of a file and stop at the first limit it passes.

    :raises PlanTooLargeError: more lines, rows or characters in a cell than any plan has.
    """
    kept: list[Line | SourceTable] = []
    rows = 0
    for part in parts:
        kept.append(part)
        if len(kept) > MAX_LINES:
            raise PlanTooLargeError("too_many_lines", _TOO_MANY_LINES(most=MAX_LINES))
        if isinstance(part, Line):
            _check_length(part.text)
            continue
        rows += len(part.rows)
        check_shape(rows=rows)
        for row in part.rows:
            for cell in row:
                _check_length(cell.text)
    return Source(tuple(kept), encoding_guessed, tuple(warnings))


def check_shape(*, rows: int = 0, columns: int = 0) -> None:
    """Stop a reader while its table grows, before it spends time on more cells than any plan has.

    :raises PlanTooLargeError: too many rows or columns.
    """
    if rows > MAX_ROWS or rows * columns > MAX_CELLS:
        raise PlanTooLargeError("too_many_rows", _TOO_MANY_ROWS(most=MAX_ROWS))
    if columns > MAX_COLUMNS:
        raise PlanTooLargeError("too_many_columns", _TOO_MANY_COLUMNS(most=MAX_COLUMNS))


def _check_length(text: str) -> None:
    if len(text) > MAX_CELL_CHARACTERS:
        raise PlanTooLargeError("text_too_long", _TOO_LONG(most=MAX_CELL_CHARACTERS))
