"""Where the pictures of a page lie, and how much text is seen over them. No picture is decoded.

The content is read for the few operators that place pictures and paint text (ISO 32000-2, 8.4, 8.9, 9.4); forms are
entered, appearances of stamps and ink are looked at like pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pypdf import PageObject

from workflows.evidence.checks.graph import fetch, is_array, is_dictionary, members, word

OPERATORS = "q Q cm Do Tr Tj TJ ' \" INLINE IMAGE BI ID EI"
DEEPEST = 4
"""Forms within forms that are entered."""
MOST = 2_000
"""Pictures and forms of one page that are looked at."""
LARGEST_CONTENT = 2 * 1024 * 1024
"""Bytes of content of one page that are followed, forms counted each time they are painted."""
INVISIBLE = 3
"""Text rendering mode of the hidden text that recognition puts under or over a scan."""

Matrix = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page as it is shown, rotation counted: fractions of width and height, from the lower left."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def area(self) -> float:
        """The part of the page."""
        return max(0.0, self.right - self.left) * max(0.0, self.top - self.bottom)


@dataclass(slots=True)
class Look:
    """One page."""

    width: float
    """In millimetres, as shown."""
    height: float
    pictures: list[Box] = field(default_factory=list)
    text_over: int = 0
    """Bytes of visible text that are painted after the first picture which covers the page."""
    text: int = 0
    """Bytes of visible text."""
    stamped: bool = False
    """Whether a stamp or ink drawn on the page is among the pictures."""

    @property
    def covered(self) -> float:
        """How much of the page pictures cover; strips and tiles count together."""
        return min(1.0, sum(box.area for box in self.pictures))


class _Reader:
    def __init__(self, page: PageObject) -> None:
        box = page.cropbox
        self._left, self._bottom = float(box.left), float(box.bottom)
        self._wide, self._high = float(box.width), float(box.height)
        if not (self._wide > 0 and self._high > 0):
            raise ValueError("a page without a size")
        self._turns = (int(page.rotation) // 90) % 4
        unit = float(page.get("/UserUnit", 1)) * 25.4 / 72
        width, height = (self._high, self._wide) if self._turns % 2 else (self._wide, self._high)
        self.look = Look(width * unit, height * unit)
        self._left_over = MOST
        self._bytes_left = LARGEST_CONTENT
        self._covered = 0.0

    def content(self, data: bytes, resources: Any, start: Matrix, depth: int) -> None:
        """Follow one content stream."""
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise ValueError("a page with that much content")
        matrix, mode = start, 0
        kept: list[tuple[Matrix, int]] = []
        for instruction in pikepdf.parse_content_stream(_stream(data), OPERATORS):
            operator = str(instruction.operator)
            operands = instruction.operands
            if operator == "q" and len(kept) < MOST:
                kept.append((matrix, mode))
            elif operator == "Q" and kept:
                matrix, mode = kept.pop()
            elif operator == "cm" and len(operands) == 6:
                matrix = _times(_matrix(operands), matrix)
            elif operator == "Tr" and operands:
                mode = int(operands[0])
            elif operator in ("Tj", "TJ", "'", '"') and mode != INVISIBLE:
                self._text(operands)
            elif operator == "INLINE IMAGE":
                self._picture(matrix)
            elif operator == "Do" and operands:
                self._external(str(operands[0]), resources, matrix, depth)

    def _external(self, name: str, resources: Any, matrix: Matrix, depth: int) -> None:
        known: Any = fetch(resources, "/XObject") if is_dictionary(resources) else None
        found: Any = fetch(known, name) if is_dictionary(known) else None
        self._left_over -= 1
        if not is_dictionary(found) or self._left_over < 0:
            return
        kind = word(found, "/Subtype")
        if kind == "/Image":
            self._picture(matrix)
        elif kind == "/Form" and depth < DEEPEST:
            own = fetch(found, "/Matrix")
            inner = _times(_matrix(members(own)), matrix) if is_array(own) else matrix
            self.content(found.get_data(), fetch(found, "/Resources") or resources, inner, depth + 1)

    def _text(self, operands: Any) -> None:
        count = sum(_length(operand) for operand in operands)
        self.look.text += count
        if self._covered > COVERS:
            self.look.text_over += count

    def _picture(self, matrix: Matrix) -> None:
        corners = [_apply(matrix, x, y) for x in (0.0, 1.0) for y in (0.0, 1.0)]
        self.place(corners)

    def place(self, corners: list[tuple[float, float]]) -> Box | None:
        """Note a picture by its corners on the page; `None` when it lies outside of it."""
        shown = [self._shown(x, y) for x, y in corners]
        box = Box(
            max(0.0, min(x for x, _ in shown)), max(0.0, min(y for _, y in shown)),
            min(1.0, max(x for x, _ in shown)), min(1.0, max(y for _, y in shown)),
        )  # fmt: skip
        if box.area <= 0 or len(self.look.pictures) >= MOST:
            return None
        self.look.pictures.append(box)
        self._covered += box.area
        return box

    def _shown(self, x: float, y: float) -> tuple[float, float]:
        x, y = (x - self._left) / self._wide, (y - self._bottom) / self._high
        for _ in range(self._turns):
            x, y = y, 1 - x
        return x, y


COVERS = 0.85
"""From this part of a page on, pictures are the page."""


def look_at(page: PageObject) -> Look:
    """Where the pictures of a page lie.

    :raises Exception: of many classes, when the page cannot be read.
    """
    reader = _Reader(page)
    contents = page.get_contents()
    if contents is not None:
        reader.content(contents.get_data(), fetch(page, "/Resources"), IDENTITY, 0)
    for corners in _stamps(page):
        reader.look.stamped |= reader.place(corners) is not None
    return reader.look


def has_pictures(page: PageObject) -> bool:
    """Whether a page can show a picture at all: most pages of text cannot, and need no further look."""
    return _names_picture(fetch(page, "/Resources"), 0) or any(True for _ in _stamps(page)) or _has_inline(page)


def _names_picture(resources: Any, depth: int) -> bool:
    known: Any = fetch(resources, "/XObject") if is_dictionary(resources) else None
    if not is_dictionary(known):
        return False
    for name in list(known.keys())[:MOST]:
        found = fetch(known, name)
        kind = word(found, "/Subtype") if is_dictionary(found) else ""
        if kind == "/Image":
            return True
        if kind == "/Form" and depth < DEEPEST and _names_picture(fetch(found, "/Resources"), depth + 1):
            return True
    return False


def _has_inline(page: PageObject) -> bool:
    contents = page.get_contents()
    data = b"" if contents is None else contents.get_data()
    return b"BI" in data and b"ID" in data and b"EI" in data


def _stamps(page: PageObject) -> Iterator[list[tuple[float, float]]]:
    """The corners of each stamp and each drawing in ink that somebody put on the page."""
    annotations = fetch(page, "/Annots")
    for entry in members(annotations)[:MOST] if is_array(annotations) else ():
        if not is_dictionary(entry) or word(entry, "/Subtype") not in ("/Stamp", "/Ink"):
            continue
        place = fetch(entry, "/Rect")
        if is_array(place) and len(place) == 4:
            left, bottom, right, top = (float(value) for value in members(place))
            yield [(left, bottom), (right, top)]


_scratch = pikepdf.new()


def _stream(data: bytes) -> pikepdf.Object:
    return pikepdf.Stream(_scratch, data)


def _length(operand: Any) -> int:
    if isinstance(operand, pikepdf.Array):
        return sum(_length(item) for item in list(operand))
    return len(bytes(operand)) if isinstance(operand, pikepdf.String) else 0


def _matrix(values: Any) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in values)
    return a, b, c, d, e, f


def _times(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
