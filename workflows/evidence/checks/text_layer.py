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
    characters = looked_at = unread = 0
    deadline = time.monotonic() + document.limits.text_seconds
    for number in _sample(document.reader_pages, document.limits.text_pages):
        if time.monotonic() > deadline:
            break
        found = _visible_characters(document, number)
        unread += found is None
        characters += found or 0
        looked_at += 1
        if looked_at >= ENOUGH_PAGES and characters >= ENOUGH_PER_PAGE * looked_at:
            break
    if looked_at == unread:
        # A file that only the other reader opens may well hold text.
        remark = Remark("text_unread", "Teks PDF ini belum dapat dibaca pemeriksa.")
        return _answer(TextLayer.NONE, remark if document.pdf_pages else None)
    if characters == 0:
        return _answer(TextLayer.NONE, Remark("no_text", "PDF tidak memuat teks: hasil pindaian atau gambar saja."))
    if characters < ENOUGH_PER_PAGE * looked_at:
        return _answer(
            TextLayer.FEW, Remark("little_text", "PDF hanya memuat sedikit teks; selebihnya gambar atau kosong.")
        )
    return _answer(TextLayer.YES)


def _answer(layer: TextLayer, remark: Remark | None = None) -> Outcome:
    return Outcome(facts={"text_layer": layer}, remarks=() if remark is None else (remark,))


def _visible_characters(document: Document, number: int) -> int | None:
    """Characters that are not space; `None` when the page cannot be read."""
    if document.reader is None:
        return None
    try:
        page = document.reader.pages[number]
        contents = page.get_contents()
        if contents is not None:
            # The extraction takes content beyond the reader's limits for no content; asked directly, it says so.
            contents.get_data()
        return len("".join(page.extract_text().split()))
    except MemoryError:
        raise
    except Exception:  # a reader raises many classes on broken pages; the content check says which page it is
        return None


def _sample(pages: int, count: int) -> list[int]:
    """At most `count` page indexes: the first, the last, then evenly between, without repeating."""
    if pages <= count:
        return list(range(pages))
    step = (pages - 1) / (count - 1)
    spread = [round(index * step) for index in range(count)]
    return [spread[0], spread[-1], *spread[1:-1]]
