"""What a printed paper consists of, whatever it is written as: a heading, facts, one table, a signature block.

Plain text in frozen values, so that each format says the same, and the same values give the same file.
"""

import re
from dataclasses import dataclass

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_PAGEFUL = 15
"""Characters for each millimetre of a column's width that fill about half a page."""


def plain(text: str) -> str:
    """Return text without what no document can hold: control characters, and halves of characters."""
    return _NOT_IN_XML.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True)
class Column:
    """One column of the table."""

    head: str
    width: int
    """Millimetres on paper; all together are as wide as :attr:`Sheet.width`."""


@dataclass(frozen=True)
class Line:
    """One row: a text for each column, with a line break between two paragraphs."""

    cells: tuple[str, ...]


@dataclass(frozen=True)
class Band:
    """A row across the whole table that names what follows."""

    text: str


@dataclass(frozen=True)
class Block:
    """Who signs on paper: the printed block of the day."""

    place_and_date: str
    title_lines: tuple[str, ...]
    name: str
    """Empty where the post is vacant: then there is a line to write on."""
    below: tuple[str, ...]
    """Rank and grade, then the NIP."""


@dataclass(frozen=True)
class Sheet:
    """A whole paper, F4 across."""

    title_lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    rows: tuple[Line | Band, ...]
    block: Block
    notes: tuple[str, ...]
    author: str
    """The office that made it."""
    made_on: str
    """The day of its data as ``2026-01-31``, which is the only date inside the file."""

    @property
    def title(self) -> str:
        """Return the heading in one line."""
        return " ".join(self.title_lines)

    @property
    def width(self) -> int:
        """Return how many millimetres the columns take."""
        return sum(column.width for column in self.columns)

    @property
    def tall(self) -> bool:
        """Return whether some row may be taller than a page: then rows are cut where a page ends."""
        return any(
            len(text) > _PAGEFUL * column.width
            for row in self.rows
            if isinstance(row, Line)
            for text, column in zip(row.cells, self.columns, strict=True)
        )

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """Return the rows of the table as text; a band is a row of one."""
        return tuple(row.cells if isinstance(row, Line) else (row.text,) for row in self.rows)
