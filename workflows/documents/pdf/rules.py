"""The lines that are drawn on a page, and the grids of cells that they make."""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

_STRAIGHT = 1.5
_LEAST = 6.0
_SNAP = 4.0
_TOUCH = 4.0
_MOST = 20_000


@dataclass(frozen=True)
class Stroke:
    """A straight line: where it stands across its direction, and from where to where it runs along it."""

    at: float
    start: float
    end: float

    def covers(self, where: float) -> bool:
        """Tell whether it passes a place."""
        return self.start - 2 <= where <= self.end + 2


@dataclass(frozen=True)
class Grid:
    """The cells of one table: edges from left to right and from top to bottom."""

    columns: tuple[float, ...]
    rows: tuple[float, ...]
    regions: tuple[tuple[int, ...], ...]
    """For each row and column the number of the cell there; merged ones share a number."""

    def place(self, x: float, y: float) -> tuple[int, int] | None:
        """Return row and column of a point, None outside."""
        column = _between(self.columns, x)
        row = _between(tuple(-edge for edge in self.rows), -y)
        return None if column is None or row is None else (row, column)


@dataclass(frozen=True)
class Rules:
    """What is drawn on one page."""

    vertical: tuple[Stroke, ...] = ()
    horizontal: tuple[Stroke, ...] = ()

    def part(self, left: float, right: float, y: float) -> bool:
        """Tell whether a vertical line stands between two places of a text line."""
        return any(left - 1 <= line.at <= right + 1 and line.start < y + 2 < line.end for line in self.vertical)

    def grids(self) -> Iterator[Grid]:
        """Yield the tables, from top to bottom."""
        found = [grid for group in self._groups() if (grid := _grid(*group))]
        yield from sorted(found, key=lambda grid: -grid.rows[0])

    def _groups(self) -> Iterator[tuple[list[Stroke], list[Stroke]]]:
        """Yield the lines that touch each other."""
        open_columns, open_rows = list(self.vertical), list(self.horizontal)
        while open_columns:
            columns, rows = [open_columns.pop()], list[Stroke]()
            grown = True
            while grown:
                more_rows = [row for row in open_rows if any(_touch(column, row) for column in columns)]
                open_rows = [row for row in open_rows if row not in more_rows]
                rows.extend(more_rows)
                more = [column for column in open_columns if any(_touch(column, row) for row in rows)]
                open_columns = [column for column in open_columns if column not in more]
                columns.extend(more)
                grown = bool(more or more_rows)
            yield columns, rows


def _touch(column: Stroke, row: Stroke) -> bool:
    return (
        row.start - _TOUCH <= column.at <= row.end + _TOUCH and column.start - _TOUCH <= row.at <= column.end + _TOUCH
    )


def _grid(columns: Sequence[Stroke], rows: Sequence[Stroke]) -> Grid | None:
    # A row that goes on over the end of a page is often left open there.
    ends = [max(line.end for line in columns), min(line.start for line in columns)]
    xs, ys = _snapped([line.at for line in columns]), _snapped([*(line.at for line in rows), *ends])[::-1]
    if len(xs) < 3 or len(ys) < 2:
        return None
    regions = [[row * (len(xs) - 1) + column for column in range(len(xs) - 1)] for row in range(len(ys) - 1)]

    def join(one: int, other: int) -> None:
        for line in regions:
            for index, number in enumerate(line):
                if number == other:
                    line[index] = one

    for row in range(len(ys) - 1):
        middle = (ys[row] + ys[row + 1]) / 2
        for column in range(len(xs) - 1):
            centre = (xs[column] + xs[column + 1]) / 2
            if column and not any(abs(line.at - xs[column]) <= _SNAP and line.covers(middle) for line in columns):
                join(regions[row][column - 1], regions[row][column])
            if row and not any(abs(line.at - ys[row]) <= _SNAP and line.covers(centre) for line in rows):
                join(regions[row - 1][column], regions[row][column])
    return Grid(tuple(xs), tuple(ys), tuple(map(tuple, regions)))


def _snapped(values: Sequence[float]) -> list[float]:
    """Return the distinct places, those together that are the two edges of one drawn line."""
    places: list[float] = []
    for value in sorted(values):
        if not places or value - places[-1] > _SNAP:
            places.append(value)
    return places


def _between(edges: Sequence[float], value: float) -> int | None:
    for index in range(len(edges) - 1):
        if edges[index] - 1 <= value < edges[index + 1] + (1 if index == len(edges) - 2 else 0):
            return index
    return None


def read_rules(page: pypdfium2.PdfPage) -> Rules:
    """Return the straight lines of a page; a page with more than any table has counts as drawing."""
    if page.get_rotation():
        return Rules()
    vertical: list[Stroke] = []
    horizontal: list[Stroke] = []
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=3):
        for (x0, y0), (x1, y1) in _segments(item):
            if abs(x0 - x1) <= _STRAIGHT and abs(y0 - y1) >= _LEAST:
                vertical.append(Stroke((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
            elif abs(y0 - y1) <= _STRAIGHT and abs(x0 - x1) >= _LEAST:
                horizontal.append(Stroke((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        if len(vertical) + len(horizontal) > _MOST:
            return Rules()
    return Rules(tuple(_joined(vertical)), tuple(_joined(horizontal)))


def _joined(lines: Sequence[Stroke]) -> list[Stroke]:
    """Return the lines with those that go on in each other made one, as a border is drawn cell by cell."""
    made: list[Stroke] = []
    for place in _snapped([line.at for line in lines]):
        here = sorted((line for line in lines if place <= line.at <= place + _SNAP), key=lambda line: line.start)
        for line in here:
            if made and made[-1].at == place and line.start <= made[-1].end + 2:
                made[-1] = Stroke(place, made[-1].start, max(made[-1].end, line.end))
            else:
                made.append(Stroke(place, line.start, line.end))
    return made


def _segments(item: pypdfium2.PdfObject) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    matrix = item.get_matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    first = last = None
    for index in range(min(pdfium.FPDFPath_CountSegments(item), _MOST)):
        segment = pdfium.FPDFPath_GetPathSegment(item, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = matrix.on_point(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO or last is None:
            first = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield last, point
        if pdfium.FPDFPathSegment_GetClose(segment) and first is not None:
            yield point, first
        last = point
