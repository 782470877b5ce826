"""Cells that still grow: the lines of each, over the end of a page where a row goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from workflows.documents.pdf.letters import Run
from workflows.documents.pdf.wrapping import unwrapped
from workflows.documents.source import PAGE_CELL_PLACE, Cell, Row, SourceTable, check_shape

_SENTENCE_ENDS = (".", ";", ":", "!", "?")


@dataclass
class OpenRow:
    """One row: the runs of each column."""

    columns: dict[int, list[Run]] = field(default_factory=dict)

    def add(self, column: int, run: Run) -> None:
        """Put a run into a column."""
        self.columns.setdefault(column, []).append(run)

    def text(self, column: int) -> str:
        """Return what stands in a column so far."""
        return unwrapped(self.columns.get(column, ()))

    def goes_on(self, other: "OpenRow") -> bool:
        """Tell whether a row at the head of the next page is the rest of this one.

        Its first column is empty, and what stands elsewhere goes on in the middle of a sentence.
        """
        if not other.columns or 0 in other.columns or not set(other.columns) <= set(self.columns):
            return False
        return any(_unfinished(self.text(column), other.text(column)) for column in other.columns)

    def take(self, other: "OpenRow") -> None:
        """Append the rest of a row."""
        for column, found in other.columns.items():
            self.columns.setdefault(column, []).extend(found)


def _unfinished(text: str, more: str) -> bool:
    return bool(text and more) and (not text.endswith(_SENTENCE_ENDS) or more[0].islower() or more[0] == "(")


def table(rows: Sequence[OpenRow]) -> SourceTable:
    """Return the finished table."""
    return SourceTable(tuple(row for number, one in enumerate(rows, 1) if (row := _row(number, one))))


def _row(number: int, row: OpenRow) -> Row:
    check_shape(rows=number, columns=max(row.columns, default=0) + 1)
    cells = []
    for column in range(max(row.columns, default=-1) + 1):
        found = row.columns.get(column)
        place = PAGE_CELL_PLACE(page=found[0].page, line=number, column=column + 1) if found else ""
        cells.append(Cell(unwrapped(found), place) if found else Cell("", ""))
    return tuple(cells)
