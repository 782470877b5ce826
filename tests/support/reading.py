"""Made papers for the reading of pages: monevs with text, and the same as pictures, as a scanner leaves them."""

import io
import os
import random
import textwrap
from collections.abc import Sequence

import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFont

from workers.sandbox.program import find_tesseract

PAGE = (1240, 1754)
"""A4 at 150 dots an inch."""


def needs_tesseract() -> None:
    """Skip where Tesseract with Indonesian is not installed, with the reason; where CI is set, that is a failure."""
    if find_tesseract() is None:
        message = "Debian's tesseract-ocr and tesseract-ocr-ind are not installed"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)


def text_pdf(*pages: Sequence[str]) -> bytes:
    """A PDF whose pages hold these lines as text."""
    with pikepdf.new() as pdf:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        for lines in pages:
            page = pdf.add_blank_page(page_size=(595, 842))
            page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            shown = [line for text in lines for line in (textwrap.wrap(text, 90) or [""])]
            words = [line.replace("\\", "").replace("(", "\\(").replace(")", "\\)") for line in shown]
            body = "BT /F1 11 Tf 14 TL 50 790 Td " + " ".join(f"({line}) Tj T*" for line in words) + " ET"
            page.obj.Contents = pdf.make_stream(body.encode("latin-1", "replace"))
        return _saved(pdf)


def scanned_pdf(*pages: Sequence[str], seed: int = 1) -> bytes:
    """The same lines as a slightly turned, noisy picture, without any text."""
    random.seed(seed)
    with pikepdf.new() as pdf:
        for lines in pages:
            picture = Image.new("L", PAGE, 255)
            draw, font, y = ImageDraw.Draw(picture), ImageFont.load_default(size=24), 110
            for text in lines:
                for line in textwrap.wrap(text, 80) or [""]:
                    draw.text((110, y), line, font=font, fill=20)
                    y += 38
            picture = picture.rotate(0.4, fillcolor=255)
            noise = Image.effect_noise(PAGE, 24)
            picture = Image.blend(picture, noise, 0.08)
            jpeg = io.BytesIO()
            picture.save(jpeg, "JPEG", quality=80)
            page = pdf.add_blank_page(page_size=(595, 842))
            image = pdf.make_stream(
                jpeg.getvalue(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=PAGE[0], Height=PAGE[1],
                ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
            )  # fmt: skip
            page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
            page.obj.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /Im Do Q")
        return _saved(pdf)


def _saved(pdf: pikepdf.Pdf) -> bytes:
    written = io.BytesIO()
    pdf.save(written)
    return written.getvalue()
