"""Tables whose cells are drawn. A table that goes on over pages is one table."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflows.documents.headings import find_columns
from workflows.documents.pdf.cells import OpenRow, table
from workflows.documents.pdf.letters import Run
from workflows.documents.pdf.pages import Page
from workflows.documents.pdf.rules import Grid
from workflows.documents.source import SourceTable
from workflows.documents.words import fold

_SAME_EDGE = 6.0


@dataclass
class _Drawn:
    columns: tuple[float, ...]
    rows: list[OpenRow]


def holds_plan(pages: Sequence[Page]) -> bool:
    """Tell whether any drawn table has the columns of a plan."""
    return any(isinstance(part, SourceTable) and find_columns(part) is not None for part in parts(pages))


def parts(pages: Sequence[Page]) -> Iterator[SourceTable | list[Run]]:
    """Yield the drawn tables and the runs between them, from top to bottom."""
    open_table: _Drawn | None = None
    for page in pages:
        grids = list(page.rules.grids())
        inside, between = _sorted(page.runs, grids)
        for index, grid in enumerate(grids):
            loose = between[index]
            if loose:
                if open_table:
                    yield table(open_table.rows)
                    open_table = None
                yield loose
            rows = _rows(grid, inside[index])
            if open_table and index == 0 and _same(open_table.columns, grid.columns):
                _go_on(open_table.rows, rows)
                continue
            if open_table:
                yield table(open_table.rows)
            open_table = _Drawn(grid.columns, rows)
        if between[-1]:
            if open_table:
                yield table(open_table.rows)
                open_table = None
            yield between[-1]
    if open_table:
        yield table(open_table.rows)


def _sorted(found: Sequence[Run], grids: Sequence[Grid]) -> tuple[list[list[Run]], list[list[Run]]]:
    """Return the runs inside each table, and those before each and after the last."""
    inside: list[list[Run]] = [[] for _ in grids]
    between: list[list[Run]] = [[] for _ in range(len(grids) + 1)]
    for run in found:
        middle = run.y + run.size * 0.3
        home = next((i for i, grid in enumerate(grids) if grid.place(run.middle, middle)), None)
        if home is not None:
            inside[home].append(run)
        else:
            between[sum(grid.rows[0] > middle for grid in grids)].append(run)
    return inside, between


def _rows(grid: Grid, found: Sequence[Run]) -> list[OpenRow]:
    rows = [OpenRow() for _ in grid.regions]
    first: dict[int, tuple[int, int]] = {}
    for row, line in enumerate(grid.regions):
        for column, region in enumerate(line):
            first.setdefault(region, (row, column))
    for run in sorted(found, key=lambda run: -round(run.y)) if _jumps(found) else found:
        place = grid.place(run.middle, run.y + run.size * 0.3)
        if place is not None:
            row, column = first[grid.regions[place[0]][place[1]]]
            rows[row].add(column, run)
    return [row for row in rows if row.columns]


def _jumps(found: Sequence[Run]) -> bool:
    """Tell whether the order of the file is of no use: lines of one place do not follow each other downwards."""
    ups = sum(
        later.y > before.y + 1 and abs(later.left - before.left) < 20 for before, later in itertools.pairwise(found)
    )
    return ups > len(found) / 4


def _same(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= _SAME_EDGE for a, b in zip(one, other, strict=True))


def _go_on(rows: list[OpenRow], more: list[OpenRow]) -> None:
    """Append the rows of the next page: without the heading printed again, the first one joined if it goes on."""
    headings = {_print(row) for row in rows[:3]}
    while more and _print(more[0]) in headings:
        more = more[1:]
    if rows and more and rows[-1].goes_on(more[0]):
        rows[-1].take(more[0])
        more = more[1:]
    rows.extend(more)


def _print(row: OpenRow) -> str:
    return fold(" ".join(row.text(column) for column in sorted(row.columns)))
