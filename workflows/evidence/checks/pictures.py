"""Pictures of pages as values: what is asked for, what comes back, and what of it may be kept.

A picture is derived, never evidence. It comes out of the sandbox, so `read_pictures` trusts nothing: what is not a
plain WebP picture of the size it claims is refused.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class PictureSize(StrEnum):
    """How large a picture is: to be read, or to be recognised in a list."""

    PAGE = "page"
    SMALL = "small"


class NoPicture(StrEnum):
    """Why a page has no picture. A fact about the page, never an error."""

    MISSING = "missing"
    """The file has no such page, or does not open at all."""
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    """The file is larger than what is held in memory for drawing."""
    STOPPED = "stopped"
    """Drawing it took too long, too much memory, or ended the process."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """How one size is drawn. Whatever the page measures, the picture has at most so many pixels."""

    pixels: int
    quality: int
    """Of WebP, 0 to 100; a page of text at 50 has 30 to 110 kB."""


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """Bounds on the pictures of one file; reaching one is told, never an error."""

    first_pages: int = 40
    """Pages that are drawn from the front; beyond them only those that matter."""
    further_pages: int = 20
    """At most so many pages beyond the first ones: with a signature, the last one, ends of a page range."""
    batch: int = 8
    """Pages asked for at once; an answer may hold fewer."""
    strikes: int = 3
    """Pages that may end the process that draws them before the rest of the file is left alone."""
    file_bytes: int = 200 * 1024 * 1024
    seconds: float = 6.0
    """After so long no further page is begun in one answer."""
    answer_bytes: int = 2 * 1024 * 1024
    """After so much no further page is begun; the answer has base64 and room for one more picture on top."""
    picture_bytes: int = 512 * 1024
    """One picture; a heavier one is drawn again in lower quality."""
    side: int = 4000
    """Pixels of the longer side: a page may be a long strip."""


LIMITS = PictureLimits()
DRAWINGS = {
    PictureSize.PAGE: Drawing(pixels=1000 * 1414, quality=50),
    PictureSize.SMALL: Drawing(pixels=320 * 452, quality=60),
}


class PictureFormatError(ValueError):
    """What came is no list of pictures as agreed."""

    code = "picture_format"


@dataclass(frozen=True, slots=True)
class Picture:
    """One page as a picture, or why it has none."""

    page: int
    webp: bytes = b""
    width: int = 0
    height: int = 0
    reason: NoPicture | None = None

    def to_json(self) -> dict[str, Any]:
        """As it travels out of the sandbox."""
        if self.reason is not None:
            return {"page": self.page, "reason": self.reason.value}
        return {
            "page": self.page,
            "width": self.width,
            "height": self.height,
            "webp": base64.b64encode(self.webp).decode("ascii"),
        }


def pages_to_draw(
    pages: int | None, *, important: Collection[int] = (), limits: PictureLimits = LIMITS
) -> Sequence[int]:
    """The numbers of the pages that get a picture, those that are looked at first in front.

    :param pages: how many the file has; `None` when nobody could count them.
    :param important: pages with a signature, or named by the uploader; what the file does not have is left out.
    """
    last = limits.first_pages if pages is None else pages
    wanted = dict.fromkeys(page for page in (1, *sorted(important), last) if 1 <= page <= last)
    first = list(wanted)[: limits.further_pages]
    return [*first, *(page for page in range(1, min(last, limits.first_pages) + 1) if page not in first)]


def read_pictures(document: object, *, asked: Collection[int]) -> list[Picture]:
    """Read what the sandbox answered.

    :raises PictureFormatError: when anything is not as agreed, was not asked for, or is no picture.
    """
    if not isinstance(document, list) or not 0 < len(document) <= len(asked):
        raise PictureFormatError("not a list of as many pictures as were asked for")
    found = [_picture(entry) for entry in document]
    numbers = [picture.page for picture in found]
    if len(set(numbers)) < len(numbers) or not set(numbers) <= set(asked):
        raise PictureFormatError("pages that were not asked for")
    return found


def _picture(entry: object) -> Picture:
    if not isinstance(entry, dict) or not isinstance(entry.get("page"), int):
        raise PictureFormatError("not a picture")
    if set(entry) == {"page", "reason"}:
        reason = next((known for known in NoPicture if known == entry["reason"]), None)
        if reason is None:
            raise PictureFormatError("unknown reason")
        return Picture(entry["page"], reason=reason)
    if set(entry) != {"page", "width", "height", "webp"} or not isinstance(entry["webp"], str):
        raise PictureFormatError("a picture with other keys than agreed")
    try:
        webp = base64.b64decode(entry["webp"], validate=True)
    except (binascii.Error, ValueError):
        raise PictureFormatError("not base64") from None
    if len(webp) > LIMITS.picture_bytes:
        raise PictureFormatError("a picture too heavy")
    size = webp_size(webp)
    if size is None or size != (entry["width"], entry["height"]) or not 0 < max(size) <= LIMITS.side:
        raise PictureFormatError("not a WebP picture of the size that it claims")
    return Picture(entry["page"], webp, *size)


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a plain lossy WebP file; `None` for whatever else, animations and metadata included.

    RFC 9649: one RIFF file with one `VP8 ` chunk, whose frame header (RFC 6386, 9.1) names the size. Only these 30
    bytes are looked at.
    """
    if len(data) < 30 or data[:4] != b"RIFF" or data[8:16] != b"WEBPVP8 ":
        return None
    file_size, chunk = (int.from_bytes(data[at : at + 4], "little") for at in (4, 16))
    if file_size != len(data) - 8 or chunk + chunk % 2 != len(data) - 20:
        return None
    is_key_frame = data[20] & 1 == 0
    if not is_key_frame or data[23:26] != b"\x9d\x01\x2a":
        return None
    width, height = (int.from_bytes(data[at : at + 2], "little") for at in (26, 28))
    return (width, height) if width >> 14 == height >> 14 == 0 and width and height else None
