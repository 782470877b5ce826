"""Draws pages. Only for the sandbox: the library ends its process on some files, and is loaded before the fork.

Fonts that a file does not bring along are replaced by those inside the library: a child opens no file.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import PIL.Image
import PIL.WebPImagePlugin  # a child cannot load the plugin when it first needs it
import pypdfium2

from workflows.evidence.checks.pictures import DRAWINGS, LIMITS, Drawing, NoPicture, Picture, PictureLimits, PictureSize

PIECE = 1024 * 1024
LOWEST_QUALITY = 20
METHOD = 2
"""Of the encoder, 0 (fast) to 6 (small): above 2 a page takes twice as long for a tenth less."""


def draw_pages(
    file: BinaryIO, pages: Sequence[int], *, size: PictureSize, limits: PictureLimits = LIMITS
) -> list[Picture]:
    """Pictures of those pages, in the order asked for: at least one, and as many as time and answer allow.

    :raises MemoryError: when a page asks for more than the process may have.
    """
    end = time.monotonic() + limits.seconds
    done: list[Picture] = []
    weight = 0
    for picture in _each(file, pages, DRAWINGS[size], limits):
        done.append(picture)
        weight += len(picture.webp)
        if time.monotonic() > end or weight > limits.answer_bytes:
            break
    return done


def _each(file: BinaryIO, pages: Sequence[int], drawing: Drawing, limits: PictureLimits) -> Iterator[Picture]:
    content = _read(file, limits.file_bytes)
    if content is None:
        yield from (Picture(page, reason=NoPicture.TOO_LARGE) for page in pages)
        return
    try:
        pdf = pypdfium2.PdfDocument(content)
        count = len(pdf)
    except pypdfium2.PdfiumError:
        yield from (Picture(page, reason=NoPicture.MISSING) for page in pages)
        return
    for page in pages:
        if not 1 <= page <= count:
            yield Picture(page, reason=NoPicture.MISSING)
            continue
        try:
            yield _draw(pdf, page, drawing, limits)
        except MemoryError:
            raise
        except Exception:  # the library's own errors and, of odd pages, those of arithmetic
            yield Picture(page, reason=NoPicture.UNREADABLE)


def _draw(pdf: pypdfium2.PdfDocument, page: int, drawing: Drawing, limits: PictureLimits) -> Picture:
    sheet = pdf[page - 1]
    try:
        width, height = sheet.get_size()
        scale = min((drawing.pixels / (width * height)) ** 0.5, limits.side / (max(width, height) + 1))
        # Forms stay as the file shows them; what is written on top of a page (annotations) is drawn.
        bitmap = sheet.render(scale=scale, may_draw_forms=False, rev_byteorder=True)
        try:
            image = PIL.Image.frombuffer(
                "RGB", (bitmap.width, bitmap.height), bitmap.buffer, "raw", bitmap.mode, bitmap.stride, 1
            )
            webp = _encode(image, drawing.quality, limits.picture_bytes)
            return Picture(page, webp, bitmap.width, bitmap.height)
        finally:
            bitmap.close()
    finally:
        sheet.close()


def _encode(image: PIL.Image.Image, quality: int, most: int) -> bytes:
    while True:
        out = io.BytesIO()
        image.save(out, "WEBP", quality=quality, method=METHOD)
        if out.tell() <= most or quality <= LOWEST_QUALITY:
            return out.getvalue()
        quality = max(LOWEST_QUALITY, quality // 2)


def _read(file: BinaryIO, most: int) -> bytes | None:
    """The file from its start, `None` when it is larger. In pieces: the walls leave no way to ask for its size."""
    file.seek(0)
    content = bytearray()
    while piece := file.read(PIECE):
        content += piece
        if len(content) > most:
            return None
    return bytes(content)
