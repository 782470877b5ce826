"""Where in a source the plan stands: the tables with its columns, what is above them and what is below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workflows.documents.components import named_component, titled_component
from workflows.documents.headings import Column, find_columns
from workflows.documents.plan import Component
from workflows.documents.signature import block_start
from workflows.documents.source import Cell, Line, Row, Source, SourceTable
from workflows.documents.words import LABEL_CHARACTERS, any_near, fold, words

_LINES_BEFORE = 3


@dataclass(frozen=True)
class Stretch:
    """The rows of one table of the plan, and the component that a title above it names."""

    rows: tuple[Row, ...]
    columns: dict[Column, int]
    component: Component | None = None
    headings: tuple[str, ...] = ()
    """The heading rows as folded text, by which one that is printed again is known."""


@dataclass
class Located:
    """The plan in its source; no stretch where no table has the columns of one."""

    above: list[Line] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    below: list[Line] = field(default_factory=list)


def locate(source: Source) -> Located:
    """Return the tables of the plan with the lines around them.

    Any other table is read as lines: in office files the head and the signature block often stand in one. A table that
    goes on after a page break without a heading of its own is part of the one before. Reports also list what became of
    last year's recommendations; such a table counts only where there is no other.
    """
    found = Located()
    old: list[Stretch] = []
    between: list[Line] = []
    before: list[Line] = []
    for part in source.parts:
        if isinstance(part, Line):
            between.append(part)
            before.append(part)
            continue
        near, before = before[-_LINES_BEFORE:], []
        columns = find_columns(part)
        body, signature = (part.rows, ()) if columns is None else _without_signature(part.rows)
        if columns is not None:
            heading, meanings = columns
            top = as_lines([SourceTable(tuple(body[:heading]))])
            headings = tuple(filter(None, (row_text(row) for row in body[max(0, heading - 1) : heading + 1])))
            stretch = Stretch(
                tuple(body[heading + 1 :]),
                meanings,
                _titled([*near, *as_lines([SourceTable(tuple(body[:heading]))])]),
                headings,
            )
            head = [*between, *top]
            if _tells_of_last_year(meanings, near):
                old.append(stretch)
                between = head
                continue
            _close(found, head)
            between = block_lines([SourceTable(tuple(signature))])
            found.stretches.append(stretch)
        elif found.stretches and _goes_on(part, found.stretches[-1], between):
            rows, signature = _without_signature(part.rows)
            last = found.stretches[-1]
            title = _titled(between)
            if title is None:
                found.stretches[-1] = Stretch((*last.rows, *rows), last.columns, last.component, last.headings)
            else:
                found.stretches.append(Stretch(tuple(rows), last.columns, title, last.headings))
            between = block_lines([SourceTable(tuple(signature))])
        else:
            between.extend(block_lines([part]) if found.stretches else as_lines([part]))
    if not found.stretches and old:
        found.stretches = old
    _close(found, between)
    return found


def _close(found: Located, lines: list[Line]) -> None:
    """Put lines where they belong: above the first table, else below the newest one."""
    if found.above or found.stretches:
        found.below = lines
    else:
        found.above = lines


def as_lines(parts: Sequence[Line | SourceTable]) -> list[Line]:
    """Return parts as lines, a row of a table each."""
    lines: list[Line] = []
    for part in parts:
        if isinstance(part, Line):
            lines.append(part)
            continue
        for row in part.rows:
            texts = [cell.text.replace("\n", " ") for cell in row if cell.text]
            if texts:
                lines.append(Line(" ".join(texts), next(cell.where for cell in row if cell.text)))
    return lines


def block_lines(parts: Sequence[Line | SourceTable]) -> list[Line]:
    """Return parts as lines, column by column: signature blocks stand side by side in tables."""
    lines: list[Line] = []
    for part in parts:
        if isinstance(part, Line):
            lines.append(part)
            continue
        width = max((len(row) for row in part.rows), default=0)
        for column in range(width):
            for row in part.rows:
                if column < len(row):
                    lines.extend(_split(row[column]))
    return lines


def row_text(row: Row) -> str:
    """Return the words of a row, for a comparison with another one."""
    return fold(" ".join(cell.text[:LABEL_CHARACTERS] for cell in row))


def _split(cell: Cell) -> Iterator[Line]:
    for text in cell.text.split("\n"):
        if text:
            yield Line(text, cell.where)


def _without_signature(rows: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row]]:
    """Return the rows before and from the signature block, which a sheet has in the same grid as the plan."""
    texts = [next((cell.text for cell in row if cell.text), "") for row in rows]
    start = block_start(texts)
    return (rows, ()) if start is None else (rows[:start], rows[start:])


def _titled(lines: Sequence[Line]) -> Component | None:
    return next((found for line in reversed(lines) if (found := titled_component(line.text))), None)


def _tells_of_last_year(columns: dict[Column, int], before: Sequence[Line]) -> bool:
    """Tell whether a table lists how recommendations of the year before were followed up."""
    if Column.STATUS in columns and not columns.keys() & {Column.FINDING, Column.OWNER, Column.DUE}:
        return True
    said = words(" ".join(line.text for line in before))
    return any_near(said, "sebelumnya", "lalu") and any_near(said, "tindaklanjut", "ditindaklanjuti", "lanjut")


def _goes_on(table: SourceTable, before: Stretch, between: Sequence[Line]) -> bool:
    """Tell whether a table without a heading holds more rows of the plan before it."""
    if len(between) > 1 and _titled(between) is None:
        return False
    asked = before.columns[Column.RECOMMENDATION]
    width = max((len(row) for row in before.rows), default=0)
    filled = [row for row in table.rows if len(row) > asked and row[asked].text]
    signed = block_start([cell.text.split("\n")[-1] for row in table.rows for cell in row]) is not None
    named = any(named_component(cell.text) for row in table.rows for cell in row[:asked])
    alike = all(abs(len(row) - width) <= 1 for row in table.rows)
    return bool(filled) and alike and width > 2 and (named or not signed) and len(table.rows[0]) > 2
