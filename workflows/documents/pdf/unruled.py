"""A plan without drawn lines: columns from the heading and from where lines begin, rows from the order of the file.

Word processors write a table cell by cell and row by row. So a run further left than the one before opens the next row,
and at the head of a page the row goes on unless its first column has something new.
"""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.documents.headings import Column, find_columns
from workflows.documents.pdf.cells import OpenRow, table
from workflows.documents.pdf.letters import Run
from workflows.documents.pdf.wrapping import unwrapped
from workflows.documents.signature import block_start
from workflows.documents.source import Cell, SourceTable
from workflows.documents.words import says

_HEADING_CHARACTERS = 80
_AROUND = 40
_SLACK = 3.0


@dataclass(frozen=True)
class Found:
    """The table, and which of the runs it takes."""

    content: SourceTable
    first: int
    last: int


@dataclass(frozen=True)
class _Heading:
    first: int
    after: int
    cells: tuple[tuple[Run, ...], ...]
    has_status: bool

    @property
    def middles(self) -> list[float]:
        return [(min(r.left for r in cell) + max(r.right for r in cell)) / 2 for cell in self.cells]


def find(runs: Sequence[Run]) -> Found | None:
    """Return the plan's table among the runs of all pages, None when no heading of one is there."""
    headings = [found for index, run in enumerate(runs) if (found := _heading(runs, index, run))]
    if not headings:
        return None
    # Reports also list what became of last year's recommendations.
    heading = next((one for one in headings if not one.has_status), headings[0])
    body = runs[heading.after :]
    starts = _starts(heading, body)
    end = _end(body, starts)
    rows = _by_lines(body[:end], starts) if _line_by_line(body[:end], starts) else _by_order(body[:end], starts)
    first = OpenRow({column: list(cell) for column, cell in enumerate(heading.cells)})
    rows = [row for row in rows if not _is_heading(row)]
    return Found(table([first, *rows]), heading.first, heading.after + end)


def _heading(runs: Sequence[Run], index: int, run: Run) -> _Heading | None:
    """Return the heading that a run is part of: cells side by side that name the columns of a plan."""
    if len(run.text) > _HEADING_CHARACTERS or not says(run.text, "rekomendasi"):
        return None
    first = max(0, index - _AROUND)
    near = [
        (place, other)
        for place, other in enumerate(runs[first : index + _AROUND], first)
        if other.page == run.page and abs(other.y - run.y) <= run.size and len(other.text) <= _HEADING_CHARACTERS
    ]
    cells: list[list[int]] = []
    for place, other in sorted(near, key=lambda pair: pair[1].left):
        home = next((cell for cell in cells if any(_overlap(other, runs[one]) for one in cell)), None)
        if home is None:
            cells.append([place])
        else:
            home.append(place)
    if len(cells) < 2:
        return None
    _grow(runs, cells)
    texts = [" ".join(runs[place].text for place in sorted(cell)) for cell in cells]
    columns = find_columns(SourceTable((tuple(Cell(text, "") for text in texts),)))
    if columns is None:
        return None
    places = [place for cell in cells for place in cell]
    return _Heading(
        min(places),
        max(places) + 1,
        tuple(tuple(runs[place] for place in sorted(cell)) for cell in cells),
        Column.STATUS in columns[1],
    )


def _grow(runs: Sequence[Run], cells: list[list[int]]) -> None:
    """Add the other lines of the heading: what stands between its cells in the file, and after the last of them."""
    place = min(place for cell in cells for place in cell)
    last = max(place for cell in cells for place in cell)
    while place < len(runs) and (place <= last or _continues(runs, cells, place)):
        if not any(place in cell for cell in cells):
            home = next((cell for cell in cells if any(_overlap(runs[place], runs[one]) for one in cell)), None)
            if home is not None:
                home.append(place)
        place += 1


def _continues(runs: Sequence[Run], cells: list[list[int]], place: int) -> bool:
    above, run = runs[place - 1], runs[place]
    return (
        above.page == run.page
        and 0 < above.y - run.y < run.size * 1.5
        and any(place - 1 in cell and any(_overlap(run, runs[one]) for one in cell) for cell in cells)
    )


def _overlap(one: Run, other: Run) -> bool:
    return min(one.right, other.right) - max(one.left, other.left) > 1


def _starts(heading: _Heading, body: Sequence[Run]) -> list[float]:
    """Return where the columns begin: left of the middle of its heading, where most of its lines begin."""
    starts = []
    before = float("-inf")
    for middle, cell in zip(heading.middles, heading.cells, strict=True):
        edges = Counter(round(run.left / 2) for run in body if before < run.left <= middle)
        head = min(run.left for run in cell)
        starts.append(min(edges.most_common(1)[0][0] * 2.0, head) if edges else head)
        before = middle
    return starts


def _column(run: Run, starts: Sequence[float]) -> int:
    return max((index for index, start in enumerate(starts) if start <= run.left + _SLACK), default=0)


def _end(body: Sequence[Run], starts: Sequence[float]) -> int:
    """Return where the table ends: before the signature block, or where lines run over the edges of columns."""
    signed = block_start([run.text for run in body])
    end = len(body) if signed is None else signed
    for index, run in enumerate(body[:end]):
        column = _column(run, starts)
        if column + 1 < len(starts) and run.right > starts[column + 1] + run.size * 1.5:
            return index
    return end


def _line_by_line(body: Sequence[Run], starts: Sequence[float]) -> bool:
    """Tell whether the file holds line after line across all columns instead of cell after cell."""
    columns = [_column(run, starts) for run in body]
    back = sum(later < before for before, later in itertools.pairwise(columns))
    stays = sum(later == before for before, later in itertools.pairwise(columns))
    return back > 4 and stays < back / 2


def _by_order(body: Sequence[Run], starts: Sequence[float]) -> list[OpenRow]:
    rows: list[OpenRow] = []
    column, page = len(starts), 0
    for run in body:
        here = _column(run, starts)
        if rows and run.page != page and here > 0:
            pass  # the row goes on over the end of the page
        elif not rows or here < column or (run.page != page and here == 0):
            rows.append(OpenRow())
        rows[-1].add(here, run)
        column, page = here, run.page
    return rows


def _by_lines(body: Sequence[Run], starts: Sequence[float]) -> list[OpenRow]:
    """Return the rows of a file written line after line: one opens where the first column does, or after a gap."""
    rows: list[OpenRow] = []
    before: Run | None = None
    for run in sorted(body, key=lambda run: (run.page, -round(run.y), run.left)):
        new_line = before is None or before.page != run.page or before.y - run.y > run.size * 0.45
        gap = before is not None and before.page == run.page and before.y - run.y > run.size * 2
        here = _column(run, starts)
        if not rows or gap or (new_line and here == 0 and _opens(rows[-1], run)):
            rows.append(OpenRow())
        rows[-1].add(here, run)
        before = run
    return rows


def _opens(row: OpenRow, run: Run) -> bool:
    """A line in the first column opens a row, unless it is the next line of what stands there already."""
    first = row.columns.get(0)
    return not first or first[-1].page != run.page or first[-1].y - run.y > run.size * 1.9


def _is_heading(row: OpenRow) -> bool:
    cells = tuple(Cell(unwrapped(row.columns.get(column, ())), "") for column in range(max(row.columns) + 1))
    return find_columns(SourceTable((cells,))) is not None and all(
        len(cell.text) < _HEADING_CHARACTERS for cell in cells
    )
