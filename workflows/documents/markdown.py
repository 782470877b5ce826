"""Reader of Markdown and of what people call so: pipe tables, tab-separated rows, HTML tables, stray tags.

Line based and linear. Gives a `Source`, and knows nothing of what a plan means.
"""

import re
from collections.abc import Iterable, Iterator

from workflows.documents.cleaning import decode, plain, without_comments
from workflows.documents.html_tables import split_tables
from workflows.documents.source import (
    CELL_PLACE,
    LINE_PLACE,
    Cell,
    Line,
    Row,
    Source,
    SourceTable,
    check_shape,
    checked_source,
)

_PIPE = re.compile(r"(?<!\\)\|")
_RULE_CELL = re.compile(r"\s*:?-+:?\s*")


def read_markdown(data: bytes) -> Source:
    """Return the lines and tables of a Markdown file.

    :raises UnsupportedPlanError: the bytes are no text.
    :raises PlanTooLargeError: a limit of `source` is passed.
    """
    text, guessed = decode(data)
    text = without_comments(text.replace("\r\n", "\n").replace("\r", "\n"))
    return checked_source(_parts(text), encoding_guessed=guessed)


def _parts(text: str) -> Iterator[Line | SourceTable]:
    for first_line, part in split_tables(text):
        if isinstance(part, SourceTable):
            yield part
        else:
            yield from _lines_and_tables(enumerate(part.split("\n"), first_line))


def _lines_and_tables(lines: Iterable[tuple[int, str]]) -> Iterator[Line | SourceTable]:
    table: _OpenTable | None = None
    for number, line in lines:
        pieces = _pieces(line)
        if table is not None:
            if table.takes(number, line, pieces):
                continue
            yield from table.close()
            table = None
        if pieces is not None:
            table = _OpenTable(number, pieces)
        else:
            yield from _text_line(number, line)
    if table is not None:
        yield from table.close()


def _pieces(line: str) -> list[str] | None:
    """Return the raw cells of a table row, None when the line is no row. In a pipe row a tab is a blank."""
    stripped = line.strip()
    if stripped.startswith("|") or ("\t" not in line and len(_PIPE.findall(line)) >= 2):
        cells = _PIPE.split(stripped.removeprefix("|"))
        return cells[:-1] if len(cells) > 1 and not cells[-1].strip() else cells
    if "\t" in line.strip(" \n"):
        # Only blanks are stripped: a leading tab is an empty first cell, one at the end adds nothing.
        cells = line.strip(" \n").split("\t")
        return cells[:-1] if len(cells) > 2 and not cells[-1].strip() else cells
    return None


def _text_line(number: int, line: str) -> Iterator[Line]:
    for text in plain(line).split("\n"):
        if text:
            yield Line(text, LINE_PLACE(line=number))


class _OpenTable:
    """A table that still grows: its rows so far, and the lines after them that its last cell may hold."""

    def __init__(self, number: int, pieces: list[str]) -> None:
        check_shape(columns=len(pieces))
        self._width = len(pieces)
        self._rows: list[tuple[int, list[str]]] = [(number, pieces)]
        self._pending: list[tuple[int, str]] = []

    def takes(self, number: int, line: str, pieces: list[str] | None) -> bool:
        """Take the line into the table, or say that the table ended before it.

        A cell may hold line feeds, so a row can go on in the next line: it does while it has fewer cells than
        the first row and the pieces fit. Lines without a cell wait until a later row shows that they were
        inside.
        """
        if pieces is None:
            self._pending.append((number, line))
            return True
        row = self._rows[-1][1]
        gap = any(not text.strip() for _, text in self._pending)
        joined = len(row) + len(pieces) - 1
        if len(row) < self._width and (joined == self._width or (joined < self._width and not gap)):
            self._extend_last_cell(pieces[0])
            row.extend(pieces[1:])
        elif len(pieces) == self._width or not gap:
            self._extend_last_cell()
            self._rows.append((number, pieces))
            check_shape(rows=len(self._rows), columns=len(pieces))
        else:
            return False
        return True

    def close(self) -> Iterator[Line | SourceTable]:
        self._close_quotes()
        rows = [_row(number, pieces) for number, pieces in self._rows if not _is_rule(pieces)]
        yield SourceTable(tuple(rows))
        for number, line in self._pending:
            yield from _text_line(number, line)

    def _close_quotes(self) -> None:
        """Give the last cell of the table the lines up to its closing quote, if a spreadsheet quoted it."""
        last = self._rows[-1][1][-1].strip()
        if last.startswith('"') and not last.endswith('"'):
            ends = (index for index, (_, text) in enumerate(self._pending) if text.rstrip().endswith('"'))
            after = self._pending[next(ends, -1) + 1 :]
            del self._pending[len(self._pending) - len(after) :]
            self._extend_last_cell()
            self._pending = after

    def _extend_last_cell(self, *more: str) -> None:
        row = self._rows[-1][1]
        row[-1] = "\n".join([row[-1], *(text for _, text in self._pending), *more])
        self._pending.clear()


def _is_rule(pieces: list[str]) -> bool:
    return all(_RULE_CELL.fullmatch(piece) for piece in pieces)


def _row(number: int, pieces: list[str]) -> Row:
    return tuple(
        Cell(_cell_text(piece), CELL_PLACE(line=number, column=column)) for column, piece in enumerate(pieces, 1)
    )


def _cell_text(piece: str) -> str:
    piece = piece.strip()
    # A spreadsheet quotes a cell that holds line feeds when it is copied.
    if len(piece) > 1 and piece[0] == piece[-1] == '"':
        piece = piece[1:-1].replace('""', '"')
    return plain(piece)
