"""Draws the *berita acara serah terima*: a page or two of A4, text that can be selected, its fonts inside.

Nothing of anybody's files goes into it, only what the record says; the same record gives the same bytes.
"""

import datetime as dt
import io
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import reportlab
import segno
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.colors import black
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
_ONES = (
    "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas",
)  # fmt: skip
_REGULAR, _BOLD = "Tuntas", "Tuntas-Bold"


@dataclass(frozen=True)
class Party:
    """Who hands over or receives."""

    name: str
    position: str
    institution: str


@dataclass(frozen=True)
class Told:
    """Everything that the paper says."""

    number: str
    on: dt.date
    giver: Party
    receiver: Party
    letter: str
    bundle: str
    scope: str
    files: int
    size: int
    """Bytes of the ZIP."""
    sha256: str
    tagmanifest_sha256: str
    fingerprint: str
    seq: int
    head: str
    address: str
    issued_at: dt.datetime


def in_words(number: int) -> str:
    """Return a number from 0 to 9999 in Indonesian words."""
    if number < 12:
        return _ONES[number]
    if number < 20:
        return f"{_ONES[number - 10]} belas"
    for size, word, single in ((1000, "ribu", "seribu"), (100, "ratus", "seratus"), (10, "puluh", "sepuluh")):
        if number >= size:
            many, rest = divmod(number, size)
            head = single if many == 1 else f"{in_words(many)} {word}"
            return f"{head} {in_words(rest)}" if rest else head
    raise ValueError(number)


def day_in_words(on: dt.date) -> str:
    """Return a day as official papers write it out."""
    return (
        f"{DAYS[on.weekday()]} tanggal {in_words(on.day)} bulan {MONTHS[on.month - 1]} tahun {in_words(on.year)} "
        f"({on:%d-%m-%Y})"
    )


def draw(told: Told) -> bytes:
    """Return the paper as PDF."""
    _fonts()
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=25 * mm, rightMargin=20 * mm, topMargin=18 * mm, bottomMargin=15 * mm,
        title=f"Berita Acara Serah Terima {told.number}", author=told.giver.institution, subject=told.scope,
        lang="id-ID", invariant=1, initialFontName=_REGULAR,
    )  # fmt: skip
    document.build(_story(told))
    return out.getvalue()


def _story(told: Told) -> list[Any]:
    body = _style(leading=14, alignment=TA_JUSTIFY, spaceAfter=5)
    middle = _style(alignment=TA_CENTER, leading=14)
    verify = [
        "1. Hitung SHA-256 berkas ZIP yang diterima; hasilnya harus sama dengan yang tertulis di atas.",
        "2. Jalankan verify.py (atau buka periksa.html) yang diperoleh dari tempat lain, bukan dari dalam arsip: "
        f"python verify.py --key {told.fingerprint} arsip.zip",
        "3. Putusannya harus TERSEGEL dengan sidik jari di atas; dengan jangkar yang disimpan sendiri, BERJANGKAR.",
    ]
    return [
        Paragraph(escape(told.giver.institution.upper()), _style(_BOLD, 12, alignment=TA_CENTER, leading=16)),
        Spacer(1, 3 * mm),
        Paragraph("BERITA ACARA SERAH TERIMA ARSIP", _style(_BOLD, 12, alignment=TA_CENTER, leading=16)),
        Paragraph(f"Nomor: {escape(told.number)}", middle),
        Spacer(1, 4 * mm),
        Paragraph(f"Pada hari ini, {day_in_words(told.on)}, kami yang bertanda tangan di bawah ini:", body),
        _party("I", "PIHAK PERTAMA", told.giver),
        _party("II", "PIHAK KEDUA", told.receiver),
        Paragraph(
            f"PIHAK PERTAMA menyerahkan kepada PIHAK KEDUA, sesuai surat tugas nomor {escape(told.letter)}, dan PIHAK "
            "KEDUA menerima dari PIHAK PERTAMA, satu berkas arsip elektronik (ZIP) sebagai berikut:",
            body,
        ),
        _facts(told),
        Spacer(1, 3 * mm),
        Paragraph("Cara membuktikan arsip ini:", _style(_BOLD, leading=14)),
        *(Paragraph(escape(line), _style(leading=12.5, leftIndent=10, firstLineIndent=-10)) for line in verify),
        Spacer(1, 3 * mm),
        KeepTogether(
            [
                Paragraph(
                    "Demikian berita acara ini dibuat dengan sebenarnya dalam dua rangkap untuk dipergunakan "
                    "sebagaimana mestinya.",
                    body,
                ),
                _signatures(told),
            ]
        ),
    ]


def _party(number: str, word: str, party: Party) -> Table:
    rows = [
        [number, "Nama", ":", party.name], ["", "Jabatan", ":", party.position],
        ["", "Instansi", ":", f"{party.institution}, selanjutnya disebut {word}."],
    ]  # fmt: skip
    return _table(rows, [8 * mm, 20 * mm, 4 * mm, 133 * mm])


def _facts(told: Told) -> Table:
    rows = [
        ["Nomor arsip", told.bundle],
        ["Cakupan", told.scope],
        ["Jumlah berkas bukti", f"{told.files}"],
        ["Ukuran", f"{told.size:,} byte".replace(",", ".")],
        ["SHA-256 berkas ZIP", told.sha256],
        ["SHA-256 manifes tag", told.tagmanifest_sha256],
        ["Sidik jari kunci segel", told.fingerprint],
        ["Log sampai peristiwa", f"{told.seq}, sidik jari {told.head}"],
    ]
    table = _table(rows, [44 * mm, 121 * mm], size=8)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, black)]))
    return table


def _signatures(told: Told) -> Table:
    def block(word: str, party: Party) -> list[Any]:
        middle = _style(alignment=TA_CENTER, leading=13)
        return [
            Paragraph(f"{word},", middle), Paragraph(escape(party.position), middle), Spacer(1, 20 * mm),
            Paragraph(f"<u>{escape(party.name)}</u>", _style(_BOLD, alignment=TA_CENTER, leading=13)),
            Paragraph(escape(party.institution), middle),
        ]  # fmt: skip

    small = _style(size=7, alignment=TA_CENTER, leading=9)
    public = [_qr(told.address), Paragraph("Jangkar log dan alat pembukti:", small), Paragraph(told.address, small)]
    table = Table(
        [[block("PIHAK KEDUA", told.receiver), public, block("PIHAK PERTAMA", told.giver)]],
        colWidths=[62 * mm, 41 * mm, 62 * mm],
    )
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("ALIGN", (0, 0), (-1, -1), "CENTER")]))
    return table


def _qr(address: str) -> Drawing:
    matrix = list(segno.make(address, error="m").matrix_iter(border=2))
    step = 26 * mm / len(matrix)
    picture = Drawing(26 * mm, 26 * mm, hAlign="CENTER")
    for row, line in enumerate(matrix):
        for column, dark in enumerate(line):
            if dark:
                square = Rect(column * step, 26 * mm - (row + 1) * step, step, step)
                square.fillColor, square.strokeColor = black, None
                picture.add(square)
    return picture


def _table(rows: list[list[str]], widths: list[float], *, size: float = 10) -> Table:
    style = _style(size=size, leading=size + 3, splitLongWords=1)
    table = Table([[Paragraph(escape(text), style) for text in row] for row in rows], colWidths=widths)
    padding = [(f"{side}PADDING", (0, 0), (-1, -1), 2) for side in ("TOP", "BOTTOM", "LEFT", "RIGHT")]
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *padding]))
    return table


def _style(font: str = _REGULAR, size: float = 10, **more: Any) -> ParagraphStyle:
    return ParagraphStyle("tuntas", fontName=font, fontSize=size, **more)


@cache
def _fonts() -> None:
    folder = Path(reportlab.__file__).parent / "fonts"
    for name, file in ((_REGULAR, "Vera.ttf"), (_BOLD, "VeraBd.ttf")):
        pdfmetrics.registerFont(TTFont(name, str(folder / file)))
