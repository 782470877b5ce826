"""The text of pages, and pages drawn in grey for a program that reads pictures. Runs in the sandbox only.

PDFium reads both: it orders words as they are shown, takes a third of the time of the other readers, and draws. What
it does to a hostile file ends with the child.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pypdfium2

from workflows.evidence.checks.limits import ReadingLimits

LIMITS = ReadingLimits()
POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class PageTexts:
    """The text of the pages that were asked for, by number; those that are not there or cannot be read are left out."""

    pages: int
    """Of the whole file."""
    texts: dict[int, str]

    def to_json(self) -> dict[str, Any]:
        """The answer on the wire."""
        return {"pages": self.pages, "texts": [[number, text] for number, text in self.texts.items()]}


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A drawn page: one byte a pixel, 0 black to 255 white, row after row."""

    width: int
    height: int
    pixels: bytes

    def to_json(self) -> dict[str, Any]:
        """The answer on the wire."""
        return {"width": self.width, "height": self.height, "pixels": base64.b64encode(self.pixels).decode()}


def read_pages(file: BinaryIO, numbers: Sequence[int], *, limits: ReadingLimits = LIMITS) -> PageTexts:
    """The text that stands in the file, each page cut at the limit.

    :raises pypdfium2.PdfiumError: when it does not open.
    """
    document = pypdfium2.PdfDocument(file)
    count = len(document)
    texts = {}
    for number in sorted(set(numbers))[: limits.pages_at_once]:
        if number > count:
            break
        try:
            texts[number] = document[number - 1].get_textpage().get_text_bounded()[: limits.characters]
        except pypdfium2.PdfiumError:
            continue
    return PageTexts(count, texts)


def draw_page(file: BinaryIO, number: int, *, limits: ReadingLimits = LIMITS) -> Bitmap:
    """The page as people see it, comments included, as large as the limits let it be.

    :raises pypdfium2.PdfiumError: when it does not open. :raises IndexError: when there is no such page.
    """
    page = pypdfium2.PdfDocument(file)[number - 1]
    width, height = page.get_size()
    scale = min(limits.dots_per_inch / POINTS_PER_INCH, math.sqrt(limits.pixels / max(1.0, width * height)))
    drawn = page.render(scale=scale, grayscale=True)
    rows = bytes(drawn.buffer)
    if drawn.stride != drawn.width:
        rows = b"".join(rows[start : start + drawn.width] for start in range(0, len(rows), drawn.stride))
    return Bitmap(drawn.width, drawn.height, rows)
