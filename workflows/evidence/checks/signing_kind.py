"""How could this document be signed: by a certificate, in ink on paper that was scanned, or by a pasted picture?

Decided from the structure alone. A signature that is there cryptographically is `DIGITAL`; a picture of one, or a QR
code, never is. Pages that are pictures of paper can only be attested by a person who knows the ink. A small picture
where a signature would be, on a page that was born as text, proves nothing, and the report says so; whether it *is*
meant as a signature a person must judge, because a logo or a photograph is a picture, too.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.images import COVERS, Box, Look, has_pictures, look_at
from workflows.evidence.checks.outcome import Outcome, Remark
from workflows.evidence.checks.report import SigningKind
from workflows.evidence.checks.sentences import PASTED_SIGNATURE

A_FEW_WORDS = 300
"""Bytes of visible text that a scan may carry on top: a page number, the footer of an electronic signature."""
LETTERHEAD = 0.8
"""Pictures that lie wholly above this part of the height are a letterhead's."""
WIDTHS, HEIGHTS = (8.0, 95.0), (6.0, 60.0)
"""Millimetres of a pasted signature, a stamp or a QR code, from the smallest to the largest."""
PAGES_WITH_WORDS = 10
"""Pages on which words that go with a signature are looked for."""
WORDS = re.compile(
    r"\bNIP\b|\bmengetahui\b|\bmenyetujui\b|tanda\s*tangan|ditandatangani|sertifikat\s+elektronik|\bBS[rR]E\b|\bPembina\b",
    re.IGNORECASE,
)
"""Words that stand beside a signature in this field; without one of them a picture is no more than a picture."""


@dataclass(frozen=True, slots=True)
class _Seen:
    number: int
    look: Look

    @property
    def is_scan(self) -> bool:
        return self.look.covered >= COVERS and self.look.text_over <= A_FEW_WORDS


def check_signing_kind(document: Document) -> Outcome:
    """The kind as a fact; a remark with the page where a picture stands in a signature's place."""
    if document.signed is None:
        return Outcome()
    if document.signed:
        return Outcome(facts={"kind": SigningKind.DIGITAL})
    seen, looked_at = _look(document)
    if looked_at == 0:
        return Outcome()
    scans = [page.number for page in seen if page.is_scan]
    pasted = _pasted(document, [page for page in seen if not page.is_scan])
    remarks = tuple(Remark("pasted_signature", PASTED_SIGNATURE(page=number), number) for number in pasted[:1])
    if pasted and 2 * len(scans) < looked_at:
        return Outcome(facts={"kind": SigningKind.IMAGE_ONLY}, remarks=remarks)
    if scans:
        return Outcome(facts={"kind": SigningKind.WET_SCAN, "scanned_pages": tuple(scans)}, remarks=remarks)
    return Outcome(facts={"kind": SigningKind.NONE}, remarks=remarks)


def _look(document: Document) -> tuple[list[_Seen], int]:
    """The pages that show pictures, the last ones first because signatures stand there; and how many were asked."""
    reader, pages = document.reader, document.reader_pages
    deadline = time.monotonic() + document.limits.pictures_seconds
    numbers = list(range(pages, 0, -1))[: document.limits.pictures_pages]
    seen: list[_Seen] = []
    asked = 0
    for number in numbers if reader is not None else ():
        if time.monotonic() > deadline:
            break
        asked += 1
        try:
            page = reader.pages[number - 1]  # type: ignore[union-attr]
            if has_pictures(page):
                seen.append(_Seen(number, look_at(page)))
        except MemoryError:
            raise
        except Exception:  # whatever a reader raises on this page; the content check tells of it  # noqa: S112
            continue
    return sorted(seen, key=lambda page: page.number), asked


def _pasted(document: Document, pages: Sequence[_Seen]) -> list[int]:
    """The pages on which a picture of a signature's size stands where one would be, with words that go with it."""
    places = Counter(_place(box) for page in pages for box in {_place(b): b for b in page.look.pictures}.values())
    candidates = [page for page in pages if any(_like_signature(page.look, box, places) for box in page.look.pictures)]
    # The last ones, where signatures stand; told in the order of the pages.
    return [
        page.number
        for page in candidates[-PAGES_WITH_WORDS:]
        if page.look.stamped or WORDS.search(_words(document, page.number))
    ]


def _like_signature(look: Look, box: Box, places: Counter[tuple[int, ...]]) -> bool:
    width, height = (box.right - box.left) * look.width, (box.top - box.bottom) * look.height
    fits = WIDTHS[0] <= width <= WIDTHS[1] and HEIGHTS[0] <= height <= HEIGHTS[1]
    # What stands in the same place on three pages belongs to the paper's head or foot.
    return fits and box.bottom < LETTERHEAD and places[_place(box)] < 3


def _place(box: Box) -> tuple[int, ...]:
    return tuple(round(value * 50) for value in (box.left, box.bottom, box.right, box.top))


def _words(document: Document, number: int) -> str:
    try:
        return document.reader.pages[number - 1].extract_text() if document.reader is not None else ""
    except MemoryError:
        raise
    except Exception:  # what cannot be read holds no words
        return ""
