"""What the file is made of: its version, the sizes of its pages, what is attached, and pictures that cannot be shown.

Only told; nothing here opens an attachment or decodes a picture.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pikepdf

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.graph import catalog, fetch, is_dictionary, survey, text, word
from workflows.evidence.checks.outcome import Facts, Outcome, Remark
from workflows.evidence.checks.report import LIST_LIMIT, Attachment, PageSize
from workflows.evidence.checks.sentences import HUGE_PICTURE

SIZES_SHOWN = 20
ATTACHMENTS_SHOWN = 100
LARGEST_COUNT = 2**53
"""Of a size that the file declares: what every reader of JSON can hold."""
LARGEST_PICTURE = 1_000_000_000
"""Pixels that a picture may declare: an A0 sheet scanned at 600 dpi has half of them."""
MM_PER_UNIT = 25.4 / 72
_HEADER = re.compile(rb"%PDF-(\d\.\d)")
_VERSION = re.compile(r"/?(\d\.\d)")


def check_structure(document: Document) -> Outcome:
    """Facts for the report, and a remark where a declared picture is beyond what any reader can show."""
    facts: Facts = {
        "version": version_of(document),
        "page_sizes": page_sizes(document),
        "attachments": tuple(_attachments(document)),
    }
    largest = max(_declared_pixels(document), default=0)
    if largest <= LARGEST_PICTURE:
        return Outcome(facts=facts)
    message = HUGE_PICTURE(size=largest // 1_000_000, limit=LARGEST_PICTURE // 1_000_000)
    return Outcome(facts=facts, remarks=(Remark("huge_picture", message),))


def version_of(document: Document) -> str | None:
    """The version that the file declares: the later one of header and catalog (ISO 32000-2, 7.5.2)."""
    found = _HEADER.search(document.head)
    versions = [found[1].decode()] if found else []
    try:
        root = catalog(document)
        if root is not None and (later := _VERSION.fullmatch(word(root, "/Version"))):
            versions.append(later[1])
    except MemoryError:
        raise
    except Exception:  # noqa: S110 - a catalog that cannot be read says nothing
        pass
    return max(versions, default=None)


def page_sizes(document: Document) -> tuple[PageSize, ...]:
    """The distinct sizes as they are shown, rotation counted, the most frequent first."""
    sizes: dict[tuple[int, int], list[int]] = {}
    deadline = time.monotonic() + document.limits.pages_seconds
    for number in range(1, min(document.pdf_pages, LIST_LIMIT) + 1):
        if time.monotonic() > deadline:
            break
        try:
            size = _size(document.pdf.pages[number - 1])  # type: ignore[union-attr]
        except MemoryError:
            raise
        except Exception:  # a page without a usable box; other checks say so  # noqa: S112
            continue
        sizes.setdefault(size, []).append(number)
    ordered = sorted(sizes.items(), key=lambda entry: (-len(entry[1]), entry[1][0]))
    return tuple(PageSize(width, height, tuple(pages)) for (width, height), pages in ordered[:SIZES_SHOWN])


def _size(page: pikepdf.Page) -> tuple[int, int]:
    box = [float(Decimal(str(value))) for value in list(page.cropbox)]
    unit = float(page.obj.get("/UserUnit", 1)) * MM_PER_UNIT
    width, height = abs(box[2] - box[0]) * unit, abs(box[3] - box[1]) * unit
    if not (0 < width < LARGEST_COUNT and 0 < height < LARGEST_COUNT):
        raise ValueError("no size")
    turned = _rotation(page.obj) % 180 == 90
    return (round(height), round(width)) if turned else (round(width), round(height))


def _rotation(page: Any) -> int:
    """The rotation of a page, which it may inherit (ISO 32000-2, 7.7.3.4)."""
    node, steps = page, 0
    while is_dictionary(node) and steps < 50:
        if "/Rotate" in node:
            return int(fetch(node, "/Rotate"))
        node, steps = fetch(node, "/Parent"), steps + 1
    return 0


def _attachments(document: Document) -> Iterator[Attachment]:
    """Each attached file once: by its name, with the type and size that the file itself declares."""
    seen: set[tuple[str, str | None, int | None]] = set()
    for dictionary in survey(document).dictionaries:
        try:
            holder = fetch(dictionary, "/EF")
            if not is_dictionary(holder):
                continue
            stream = next((found for key in ("/UF", "/F") if is_dictionary(found := fetch(holder, key))), None)
            name = text(fetch(dictionary, "/UF")) or text(fetch(dictionary, "/F"))
            kind = word(stream, "/Subtype").removeprefix("/")[:120] if stream is not None else ""
            entry = (name, text(kind) or None, _declared_size(stream))
        except MemoryError:
            raise
        except Exception:  # an attachment that cannot be read; that there is one is told elsewhere  # noqa: S112
            continue
        if entry not in seen:
            seen.add(entry)
            yield Attachment(*entry)
        if len(seen) >= ATTACHMENTS_SHOWN:
            return


def _declared_size(stream: Any) -> int | None:
    if stream is None:
        return None
    told = fetch(stream, "/Params")
    size = fetch(told, "/Size") if is_dictionary(told) else None
    size = size if isinstance(size, int) else fetch(stream, "/Length")
    return int(size) if isinstance(size, int) and 0 <= size <= LARGEST_COUNT else None


def _declared_pixels(document: Document) -> Iterator[int]:
    for dictionary in survey(document).dictionaries:
        try:
            if word(dictionary, "/Subtype") != "/Image":
                continue
            width, height = fetch(dictionary, "/Width"), fetch(dictionary, "/Height")
        except MemoryError:
            raise
        except Exception:  # noqa: S112
            continue
        if isinstance(width, int) and isinstance(height, int):
            yield int(width) * int(height)
