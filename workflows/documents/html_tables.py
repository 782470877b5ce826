"""HTML tables inside a Markdown text: found, laid out as a grid, and cut out of the text.

HTML is text here and is never rendered. End tags may be missing, as HTML allows; a table inside a cell is
read as text of the rows around it.
"""

import re
from collections.abc import Iterator

from workflows.documents.cleaning import TAG, plain
from workflows.documents.source import CELL_PLACE, MAX_COLUMNS, Cell, SourceTable, check_shape

_TABLE_TAGS = frozenset({"table", "tr", "td", "th"})
_SPAN = re.compile(r"\b(col|row)span\s{0,3}=\s{0,3}[\"']?(\d{1,4})", re.IGNORECASE)


def split_tables(text: str) -> Iterator[tuple[int, str | SourceTable]]:
    """Yield the text between HTML tables and the tables themselves, each with its first line's number."""
    tags = [tag for tag in TAG.finditer(text) if tag[2].lower() in _TABLE_TAGS]
    position = line = index = 0
    while index < len(tags):
        # A stray cell or end tag in a table of another kind opens nothing.
        if tags[index][1] or tags[index][2].lower() not in {"table", "tr"}:
            index += 1
            continue
        last = _end_of_table(tags, index)
        start, end = tags[index].start(), tags[last].end()
        yield line + 1, text[position:start]
        line += text.count("\n", position, start)
        yield line + 1, _table(text[start:end], line + 1)
        line += text.count("\n", start, end)
        position, index = end, last + 1
    yield line + 1, text[position:]


def _end_of_table(tags: list[re.Match[str]], first: int) -> int:
    """Return the index of the tag that ends the table: its end tag, else the last before the next table."""
    for index in range(first + 1, len(tags)):
        if tags[index][2].lower() == "table":
            return index if tags[index][1] else index - 1
    return len(tags) - 1


def _table(text: str, first_line: int) -> SourceTable:
    grid = _Grid()
    line, counted = first_line, 0
    content: int | None = None
    for tag in TAG.finditer(text):
        name = tag[2].lower()
        if name not in _TABLE_TAGS:
            continue
        if content is not None:
            line += text.count("\n", counted, content)
            counted = content
            grid.fill(plain(text[content : tag.start()]), line)
            content = None
        if name == "tr" and not tag[1]:
            grid.next_row()
        elif name in {"td", "th"} and not tag[1]:
            grid.open_cell(tag[0])
            content = tag.end()
    return SourceTable(tuple(row for row in grid.rows() if row))


class _Grid:
    """Cells at their columns, counting those that a cell further up or left spans."""

    def __init__(self) -> None:
        self._rows: list[dict[int, Cell]] = []
        self._taken: set[tuple[int, int]] = set()
        self._column = 0

    def next_row(self) -> None:
        self._rows.append({})
        self._column = 0
        check_shape(rows=len(self._rows))

    def open_cell(self, tag: str) -> None:
        if not self._rows:
            self.next_row()
        row = len(self._rows) - 1
        while (row, self._column) in self._taken:
            self._column += 1
        check_shape(columns=self._column + 1)
        spans = {kind.lower(): int(count) for kind, count in _SPAN.findall(tag)}
        # No plan spans more than these; a hostile number must not make a grid of its own size.
        for down in range(min(spans.get("row", 1), 50)):
            for right in range(min(spans.get("col", 1), MAX_COLUMNS)):
                self._taken.add((row + down, self._column + right))

    def fill(self, text: str, line: int) -> None:
        self._rows[-1][self._column] = Cell(text, CELL_PLACE(line=line, column=self._column + 1))

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        for row in self._rows:
            yield tuple(row.get(column, Cell("", "")) for column in range(max(row, default=-1) + 1))
