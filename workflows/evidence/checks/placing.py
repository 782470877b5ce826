"""On which page does a signature show? A signature without a visible place has none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.graph import fetch, is_array, is_dictionary, members, number, word

PAGES = 2_000
"""Pages looked through; a signature further back counts as not placed."""
ANNOTATIONS = 2_000
"""Per page."""
SECONDS = 1.0
"""Of work, so that a busy machine finds the same."""

Number = tuple[int, int]


def pages_of_signatures(document: Document) -> dict[Number, int]:
    """The first page, from 1, that shows each signature, by the object number of the signature."""
    found: dict[Number, int] = {}
    end = time.process_time() + SECONDS
    try:
        for page, sheet in enumerate(_sheets(document), start=1):
            for widget in _widgets(sheet):
                where = number(_signed(widget))
                if where is not None and _is_visible(widget):
                    found.setdefault(where, page)
            if page >= PAGES or time.process_time() > end:
                break
    except MemoryError:
        raise
    except Exception:  # a page tree that breaks off: what was found until then holds
        return found
    return found


def _sheets(document: Document) -> Iterator[Any]:
    if document.pdf is not None:
        yield from (page.obj for page in document.pdf.pages)
    elif document.reader is not None:
        yield from document.reader.pages


def _widgets(sheet: Any) -> Iterator[Any]:
    annotations = fetch(sheet, "/Annots")
    if is_array(annotations):
        for entry in members(annotations)[:ANNOTATIONS]:
            if is_dictionary(entry) and word(entry, "/Subtype") == "/Widget":
                yield entry


def _signed(widget: Any) -> Any:
    """The signature of the widget's field: the widget itself or, where the two are apart, its parent holds it."""
    value = fetch(widget, "/V")
    if value is None and is_dictionary(parent := fetch(widget, "/Parent")):
        value = fetch(parent, "/V")
    return value if is_dictionary(value) else None


def _is_visible(widget: Any) -> bool:
    box = fetch(widget, "/Rect")
    if not is_array(box) or len(box) != 4:
        return False
    left, low, right, high = (float(side) for side in members(box))
    return left != right and low != high
