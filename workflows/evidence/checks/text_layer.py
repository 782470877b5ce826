"""Do the pages hold text, or only pictures of it? A sample decides: the answer is about the whole file."""

from __future__ import annotations

import time

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.outcome import Outcome, Remark
from workflows.evidence.checks.report import TextLayer

ENOUGH_PER_PAGE = 50
"""Visible characters a page, on average, from which a file counts as text; below lie stamps and captions."""
ENOUGH_PAGES = 3


def check_text_layer(document: Document) -> Outcome:
    """Look at pages spread over the file until the answer is clear or a limit is reached."""
    if document.reader_pages == 0:
        # A file that only the other reader opens may well hold text.
        unread = (Remark("text_unread", "Teks PDF ini belum dapat dibaca pemeriksa."),)
        return Outcome(facts={"text_layer": TextLayer.NONE}, remarks=unread if document.pdf_pages else ())
    characters = looked_at = 0
    deadline = time.monotonic() + document.limits.text_seconds
    for number in _sample(document.reader_pages, document.limits.text_pages):
        if time.monotonic() > deadline:
            break
        characters += _visible_characters(document, number)
        looked_at += 1
        if looked_at >= ENOUGH_PAGES and characters >= ENOUGH_PER_PAGE * looked_at:
            break
    if characters == 0:
        return Outcome(
            facts={"text_layer": TextLayer.NONE},
            remarks=(Remark("no_text", "PDF tidak memuat teks: hasil pindaian atau gambar saja."),),
        )
    if characters < ENOUGH_PER_PAGE * looked_at:
        return Outcome(
            facts={"text_layer": TextLayer.FEW},
            remarks=(Remark("little_text", "PDF hanya memuat sedikit teks; selebihnya gambar atau kosong."),),
        )
    return Outcome(facts={"text_layer": TextLayer.YES})


def _visible_characters(document: Document, number: int) -> int:
    try:
        assert document.reader is not None  # noqa: S101 - its pages were counted
        return len("".join(document.reader.pages[number].extract_text().split()))
    except MemoryError:
        raise
    except Exception:  # a page that yields no text has none, whatever the reason
        return 0


def _sample(pages: int, count: int) -> list[int]:
    """At most `count` page indexes: the first, the last, then evenly between, without repeating."""
    if pages <= count:
        return list(range(pages))
    step = (pages - 1) / (count - 1)
    spread = [round(index * step) for index in range(count)]
    return [spread[0], spread[-1], *spread[1:-1]]
