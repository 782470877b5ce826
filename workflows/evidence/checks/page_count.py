"""How many pages does the structure declare, when no reader gets them?

A locked file, or one whose page tree bites its own tail, still states a number in clear. It tells which file is
meant; nobody has seen the pages.
"""

from __future__ import annotations

import re

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.graph import catalog, fetch, is_dictionary

PLAUSIBLE = range(1, 1_000_000)
LINEARIZED = re.compile(rb"/Linearized\b[^>]*?/N (\d{1,6})\b")
"""A linearized file says its number of pages at its very start (ISO 32000-2, annex F)."""


def declared_pages(document: Document) -> int | None:
    """The number, or `None` when even the structure says nothing."""
    try:
        tree = fetch(catalog(document), "/Pages")
        count = fetch(tree, "/Count") if is_dictionary(tree) else None
    except MemoryError:
        raise
    except Exception:  # a tree that cannot be read
        count = None
    if not isinstance(count, int) and (stated := LINEARIZED.search(document.head)):
        count = int(stated[1])
    return int(count) if isinstance(count, int) and count in PLAUSIBLE else None
