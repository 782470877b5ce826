"""One monev in the three ways in which it can be signed: by a certificate, in ink on a scan, by a pasted picture."""

import datetime as dt
import io

import pikepdf
from PIL import Image, ImageDraw

from tests.support.reading import scanned_pdf, text_pdf
from tests.support.signed_pdfs import sign

SIGNING_PLACE = ("Kepala Bidang,", "", "", "", "NIP 19050101 192901 1 001")


def lines(unit: str, *, year: int) -> list[str]:
    """What the paper says of a unit's first quarter."""
    return [
        f"LAPORAN MONITORING DAN EVALUASI TRIWULAN I TAHUN {year}",
        unit,
        "",
        *(f"{number}. Kegiatan ke-{number} terlaksana {61 + 7 * number} persen dari target triwulan." for number in (1, 2, 3)),
        "",
        *SIGNING_PLACE,
    ]  # fmt: skip


def digital(unit: str, *, year: int) -> bytes:
    """Signed with a certificate whose root is in the toy trust list, and time-stamped."""
    moment = dt.datetime(2026, 4, 7, 3, 0, tzinfo=dt.UTC)
    return sign(text_pdf(lines(unit, year=year)), "budi", field="Kepala", moment=moment, stamped=moment)


def scanned(unit: str, *, year: int) -> bytes:
    """Printed, signed with a pen and scanned."""
    return scanned_pdf(lines(unit, year=year))


def pasted(unit: str, *, year: int) -> bytes:
    """A picture of a signature, put where the pen should have been."""
    picture = Image.new("L", (400, 160), 255)
    ImageDraw.Draw(picture).line([(20, 120), (90, 30), (150, 130), (230, 40), (380, 90)], fill=30, width=6)
    with pikepdf.open(io.BytesIO(text_pdf(lines(unit, year=year)))) as pdf:
        page = pdf.pages[0]
        image = pdf.make_stream(
            picture.tobytes(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=400, Height=160,
            ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8,
        )  # fmt: skip
        page.obj.Resources.XObject = pikepdf.Dictionary(Im=image)
        before = page.obj.Contents.read_bytes()
        page.obj.Contents = pdf.make_stream(before + b"\nq 120 0 0 48 50 600 cm /Im Do Q")
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()
