"""Is there something on every page, and can it be decoded?"""

from __future__ import annotations

import re
import time

from pypdf import PageObject
from pypdf.errors import LimitReachedError

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.outcome import Outcome, Remark
from workflows.evidence.checks.sentences import BLANK_PAGES, MORE_BLANK_PAGES, PAGE_TOO_LARGE, PAGE_UNREADABLE

PAINTS = re.compile(rb"(?<![^\s\])>])(?:Tj|TJ|'|\"|Do|f\*?|F|B\*?|b\*?|S|s|sh|EI)(?![^\s/\[(<])")
"""Operators that put something on the page (ISO 32000-2, table 50); a page without any is blank."""


def check_content(document: Document) -> Outcome:
    """Decode the content of the pages, as far as the limits allow; annotations also count as something."""
    if document.reader is None or document.reader_pages == 0:
        return Outcome()
    deadline = time.monotonic() + document.limits.content_seconds
    blank: list[int] = []
    remarks: dict[str, Remark] = {}
    for number in range(1, min(document.reader_pages, document.limits.content_pages) + 1):
        if time.monotonic() > deadline:
            break
        try:
            if _is_blank(document.reader.pages[number - 1]):
                blank.append(number)
        except MemoryError:
            raise
        except LimitReachedError:
            _once(remarks, Remark("page_too_large", PAGE_TOO_LARGE(page=number), number))
        except Exception:  # whatever a reader raises on this page, the page cannot be shown whole
            _once(remarks, Remark("page_unreadable", PAGE_UNREADABLE(page=number), number))
    if blank:
        remarks["blank_pages"] = Remark("blank_pages", _listed(blank), blank[0])
    return Outcome(remarks=tuple(remarks.values()))


def _once(remarks: dict[str, Remark], remark: Remark) -> None:
    remarks.setdefault(remark.code, remark)


def _is_blank(page: PageObject) -> bool:
    contents = page.get_contents()
    data = b"" if contents is None else contents.get_data()
    return not PAINTS.search(data) and not page.get("/Annots")


def _listed(numbers: list[int], shown: int = 10) -> str:
    pages, more = ", ".join(map(str, numbers[:shown])), len(numbers) - shown
    return MORE_BLANK_PAGES(pages=pages, more=more) if more > 0 else BLANK_PAGES(pages=pages)
