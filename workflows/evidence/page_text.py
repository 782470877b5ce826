"""Third stage: has the pages of a foreign file read by the checker, and doubts what comes back.

A page that holds text gives it; a page that is only a picture is drawn by one child and read by another, which sees
nothing of the file but grey dots: the header of the picture is written on this side.
"""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from workflows.evidence.checks import wire
from workflows.evidence.checks.limits import ReadingLimits
from workflows.evidence.inspection import Inspector

LIMITS = ReadingLimits()


class UnreadError(Exception):
    """These pages could not be read, and another try would not change that."""

    code = "unread"


class NoOcrError(Exception):
    """Nothing that reads pictures is installed."""

    code = "no_ocr"


@dataclass(frozen=True)
class Texts:
    """How many pages a file has, and the text of those that were asked for, by number."""

    pages: int
    texts: dict[int, str]


def read_layer(inspector: Inspector, file: BinaryIO, numbers: Sequence[int]) -> Texts:
    """The text that stands in the file.

    :raises UnreadError: the reader gave up. :raises CheckerAwayError: ask again later.
    """
    found = inspector.ask("text", file, pages=numbers).get("ok")
    try:
        pages, texts = found["pages"], dict(found["texts"])  # type: ignore[index]
    except (TypeError, KeyError, ValueError):
        raise UnreadError from None
    sound = type(pages) is int and pages >= 0
    if not sound or not all(number in numbers and isinstance(text, str) for number, text in texts.items()):
        raise UnreadError
    return Texts(pages, {number: _clean(text) for number, text in texts.items()})


def read_layer_patiently(inspector: Inspector, file: BinaryIO, numbers: Sequence[int]) -> Texts:
    """The same, page by page where together they ended the reader; a page that ends it alone is told without text.

    :raises UnreadError: not one of the first pages could be read alone. :raises CheckerAwayError: ask again later.
    """
    try:
        return read_layer(inspector, file, numbers)
    except UnreadError:
        if len(numbers) == 1:
            raise
    pages: int | None = None
    texts: dict[int, str] = {}
    strikes = 0
    for number in numbers:
        if strikes >= LIMITS.strikes or (pages is not None and number > pages):
            break
        try:
            found = read_layer(inspector, file, [number])
        except UnreadError:
            strikes += 1
            continue
        pages = found.pages
        texts |= found.texts
    if pages is None:
        raise UnreadError
    return Texts(pages, texts)


def read_scan(inspector: Inspector, file: BinaryIO, number: int) -> str:
    """The words on the picture of a page.

    :raises NoOcrError: nobody can. :raises UnreadError: not drawn or not read. :raises CheckerAwayError: as above.
    """
    drawn = inspector.ask("bitmap", file, pages=[number], limit=wire.BITMAP_LIMIT).get("ok")
    with tempfile.TemporaryFile() as picture:
        picture.write(_portable(drawn))
        picture.flush()
        answer = inspector.ask("ocr", picture)
    if (answer.get("error") or {}).get("code") == NoOcrError.code:
        raise NoOcrError
    text = answer.get("text")
    if not isinstance(text, str):
        raise UnreadError
    return _clean(text)


def is_text(text: str) -> bool:
    """Whether a page holds text, and not only a stamp on a scan."""
    return len("".join(text.split())) >= LIMITS.enough


def _portable(drawn: Any) -> bytes:
    """A portable graymap of the dots, whose number must be what the sizes say."""
    try:
        width, height = drawn["width"], drawn["height"]
        pixels = base64.b64decode(drawn["pixels"], validate=True)
    except (TypeError, KeyError, ValueError, binascii.Error):
        raise UnreadError from None
    if type(width) is not int or type(height) is not int or min(width, height) < 1 or len(pixels) != width * height:
        raise UnreadError
    return b"P5\n%d %d\n255\n" % (width, height) + pixels


def _clean(text: str) -> str:
    """Text that a database takes: no NUL, no half of a pair, no more than a page's worth."""
    return text[: LIMITS.characters].replace("\x00", "").encode("utf-8", "replace").decode()
