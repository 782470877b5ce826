"""What a check report says of a file's structure, in words: how it could be signed, its pages, what is attached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask_babel import gettext as _

_PAPER = {
    "A4": (210, 297), "A3": (297, 420), "A5": (148, 210), "F4": (215, 330), "Folio": (210, 330), "Letter": (216, 279),
}  # fmt: skip
_TOLERANCE = 2
"""Millimetres by which scanners and printers miss a size."""
RANGES_SHOWN = 6


@dataclass(frozen=True)
class AttachmentShown:
    """One file inside the file."""

    name: str
    media_type: str
    bytes: int | None


@dataclass(frozen=True)
class StructureShown:
    """What is told of a report; empty words where it knows nothing."""

    kind: str
    version: str
    sizes: Sequence[str]
    attachments: Sequence[AttachmentShown]


def structure_of(report: Mapping[str, Any] | None) -> StructureShown:
    """Return what a stored report knows; reports of earlier releases know nothing of it."""
    known = report or {}
    return StructureShown(
        kind=kind_sentence(known),
        version=known.get("version") or "",
        sizes=[_size_words(entry) for entry in known.get("page_sizes", ())],
        attachments=[
            AttachmentShown(entry["name"] or _("tanpa nama"), entry["media_type"] or "", entry["bytes"])
            for entry in known.get("attachments", ())
        ],
    )


def kind_sentence(report: Mapping[str, Any] | None) -> str:
    """Return in one sentence how the document could be signed; empty where nobody looked."""
    pages = page_ranges((report or {}).get("scanned_pages", ()))
    return {
        "DIGITAL": _("Berkas ini memuat tanda tangan elektronik."),
        "WET_SCAN": _(
            "Halaman %(pages)s adalah hasil pindai kertas: tanda tangan basah di sana hanya dapat dipastikan oleh "
            "orang yang mengenalnya.",
            pages=pages or "-",
        ),
        "IMAGE_ONLY": _(
            "Di tempat tanda tangan hanya ada gambar (tempelan atau kode QR). Gambar tidak membuktikan siapa yang "
            "menandatangani; Anda yang menilai."
        ),
        "NONE": _("Di berkas ini tidak ditemukan tanda tangan elektronik, hasil pindai, atau gambar tanda tangan."),
    }.get((report or {}).get("kind") or "", "")


def page_ranges(pages: Sequence[int]) -> str:
    """Return page numbers as people write them: ``1–4, 7``; the first few ranges of very many."""
    runs = [
        [number for _index, number in run]
        for _key, run in groupby(enumerate(sorted(set(pages))), key=lambda entry: entry[1] - entry[0])
    ]
    words = [f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs[:RANGES_SHOWN]]
    return ", ".join([*words, *(["…"] if len(runs) > RANGES_SHOWN else [])])


def _size_words(entry: Mapping[str, Any]) -> str:
    width, height = entry["width_mm"], entry["height_mm"]
    short, long = sorted((width, height))
    near = {name: max(abs(short - size[0]), abs(long - size[1])) for name, size in _PAPER.items()}
    best = min(near, key=lambda name: near[name])
    name = f"{best}, " if near[best] <= _TOLERANCE else ""
    return _("%(name)s%(width)s × %(height)s mm (halaman %(pages)s)", name=name, width=width, height=height,
             pages=page_ranges(entry["pages"]))  # fmt: skip
