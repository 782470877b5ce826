"""The letters of a page gathered to runs: what stands on one line without a gap, in the order of the file."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from workflows.documents.pdf.rules import Rules

# A gap wider than this many letters' height parts two runs; justified prose stays below it.
_GAP = 0.9
_EDGE = 0.09
# "Halaman 3 dari 12" has eleven.
_PAGE_NUMBER_LETTERS = 12
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Run:
    """A piece of a line, in points from the lower left corner of the page as people hold it."""

    text: str
    page: int
    left: float
    right: float
    y: float
    """Of the line that the letters stand on."""
    size: float
    blank_after: bool
    """Whether a blank was written behind it, so that the next line begins a word."""

    @property
    def middle(self) -> float:
        """Halfway between its ends."""
        return (self.left + self.right) / 2


@dataclass(frozen=True)
class _Letter:
    sign: str
    left: float
    right: float
    y: float
    size: float


def runs(page: pypdfium2.PdfPage, number: int, rules: Rules) -> list[Run]:
    """Return the runs of a page; a drawn vertical line parts two runs as well."""
    made: list[Run] = []
    kept: list[_Letter] = []
    blank = False

    def close() -> None:
        nonlocal blank
        text = "".join(letter.sign for letter in kept).strip()
        if text:
            sizes = [letter.size for letter in kept]
            right = max(letter.right for letter in kept)
            made.append(Run(text, number, kept[0].left, right, kept[0].y, max(sizes), blank))
        kept.clear()
        blank = False

    for letter in _letters(page):
        if letter is None:
            close()
            continue
        if not letter.sign.strip():
            if kept and abs(letter.y - kept[-1].y) <= kept[-1].size * 0.3:
                kept.append(_Letter(" ", kept[-1].right, max(kept[-1].right, letter.right), kept[-1].y, kept[-1].size))
                blank = True
            continue
        if kept:
            body = next((one for one in reversed(kept) if one.sign != " "), kept[-1])
            size = max(body.size, letter.size, 1.0)
            apart = letter.left - body.right
            same_line = abs(letter.y - body.y) <= size * 0.45
            if (
                not same_line
                or apart > size * _GAP
                or apart < -size * 2
                or rules.part(body.right, letter.left, letter.y)
            ):
                close()
        kept.append(letter)
        blank = False
    close()
    return made


def _letters(page: pypdfium2.PdfPage) -> Iterator[_Letter | None]:
    """Yield the letters in the order of the file, None where the file starts a new line."""
    text = page.get_textpage()
    turn, (width, height) = page.get_rotation(), page.get_size()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, index)
        if code in (10, 13):
            yield None
            continue
        # 2 and 0xFFFE are how PDFium writes a hyphen at the end of a line.
        sign = "-" if code in (2, 0xFFFE) else chr(code) if 0 < code < 0x110000 else ""
        if not sign or 0xD800 <= code < 0xE000:
            continue
        if not pdfium.FPDFText_GetCharBox(text, index, left, right, bottom, top):
            continue
        pdfium.FPDFText_GetCharOrigin(text, index, x, y)
        box = (left.value, right.value, y.value if y.value else bottom.value)
        if turn:
            box = _turned(turn, width, height, left.value, right.value, bottom.value, top.value)
        yield _Letter(sign, *box, max(pdfium.FPDFText_GetFontSize(text, index), 1.0))
    text.close()


def _turned(
    turn: int, width: float, height: float, left: float, right: float, bottom: float, top: float
) -> tuple[float, float, float]:
    """Return left, right and base line as seen on a page that is shown turned; width and height are as shown."""
    if turn == 90:
        return bottom, top, height - right
    if turn == 270:
        return width - top, width - bottom, left
    return width - right, width - left, height - top


def without_furniture(pages: Sequence[Sequence[Run]], heights: Sequence[float]) -> list[list[Run]]:
    """Return the runs without page numbers and running titles: what most pages have at the same edge."""
    if len(pages) < 3:
        return [list(page) for page in pages]

    def mark(run: Run, height: float) -> tuple[str, int] | None:
        if _EDGE * height < run.y < (1 - _EDGE) * height:
            return None
        letters = sum(sign.isalpha() for sign in run.text)
        text = _DIGITS.sub("#", run.text) if letters <= _PAGE_NUMBER_LETTERS else run.text
        return text, round(run.y / 4)

    seen = Counter(
        key
        for page, height in zip(pages, heights, strict=True)
        for key in {mark(run, height) for run in page}
        if key is not None
    )
    most = len(pages) / 2
    return [
        [run for run in page if (key := mark(run, height)) is None or seen[key] <= most]
        for page, height in zip(pages, heights, strict=True)
    ]
