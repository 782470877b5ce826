"""Every object of the file, reachable or not: the dictionaries that could hide something active or signed.

Each indirect object is visited once and its direct members with it, so object streams, annotations, fields,
names trees and page actions need no path of their own and a loop in the file is no loop here. pikepdf's view
is used when it opens the file, pypdf's sealed view otherwise.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pikepdf
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from workflows.evidence.checks.document import Document

INTERESTING = frozenset({"/AA", "/ByteRange", "/EF", "/JS", "/OpenAction", "/S", "/Subtype", "/Type", "/XFA"})
"""A dictionary without any of these keys is no action, attachment, annotation or signature."""

BYTES_PER_OBJECT = 4
"""Fewer than any object takes, and more than what pikepdf asks for: it believes in three."""
FOUND_LIMIT = 100_000
"""Annotations and actions beyond this number are no document for people."""

_DICTIONARIES = (pikepdf.Dictionary, pikepdf.Stream, DictionaryObject)
_ARRAYS = (pikepdf.Array, ArrayObject)
_NO_MORE = object()
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
"""Characters that show nothing, turn the direction of what follows, or are none."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The dictionaries worth a look."""

    dictionaries: tuple[Any, ...]
    complete: bool
    """False when a limit or an unreadable object ended the search early."""


def is_dictionary(value: object) -> bool:
    """A dictionary or a stream, of either reader."""
    return isinstance(value, _DICTIONARIES)


def is_array(value: object) -> bool:
    """An array of either reader."""
    return isinstance(value, _ARRAYS)


def is_string(value: object) -> bool:
    """A string of either reader; one of them gives bytes where it knows no encoding."""
    return isinstance(value, (pikepdf.String, str, bytes))


def fetch(dictionary: Any, key: str) -> Any:
    """The value of a key with references followed; `None` when there is none or it cannot be read."""
    return resolved(dictionary.get(key))


def resolved(value: Any) -> Any:
    """What a reference leads to; anything else as it is."""
    return value.get_object() if isinstance(value, PdfObject) else value


def values(dictionary: Any) -> list[Any]:
    """Every value with references followed, whatever bytes its key is made of."""
    if isinstance(dictionary, pikepdf.Object):
        # Not `get`: it takes no key that is no UTF-8.
        return [dictionary[key] for key in dictionary.keys()]  # noqa: SIM118 - a stream is iterated otherwise
    return [fetch(dictionary, key) for key in list(dictionary.keys())]


def word(dictionary: Any, key: str) -> str:
    """The name under a key, as `/Name`; empty when there is none."""
    value = fetch(dictionary, key)
    return spelled(value) if isinstance(value, (pikepdf.Name, str)) else ""


def text(value: object, *, limit: int = 120) -> str:
    """A string of the file made fit to be shown: no control or direction characters, cut to a length."""
    return CONTROL.sub(" ", spelled(value)).strip()[:limit]


def spelled(value: object) -> str:
    """A string or name as it is written, uncut; one whose bytes are no text is read byte by byte.

    Empty for one that is empty, and for anything else. Never an error: a file may write any bytes anywhere.
    """
    if not is_string(value) and not isinstance(value, pikepdf.Name):
        return ""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    try:
        found = str(value)
    except UnicodeError:
        found = ""
    # Half a character of UTF-16 makes the reader give nothing at all.
    return found if found or isinstance(value, str) else bytes(value).decode("latin-1")  # type: ignore[call-overload]


def number(value: Any) -> tuple[int, int] | None:
    """Object and generation number of an indirect object; `None` for one written in place."""
    if isinstance(value, pikepdf.Object):
        return value.objgen if value.is_indirect else None
    reference = getattr(value, "indirect_reference", None)
    return None if reference is None else (reference.idnum, reference.generation)


def members(array: Any) -> list[Any]:
    """The items of an array with references followed."""
    return [resolved(item) for item in list(array)]


def catalog(document: Document) -> Any:
    """The catalog, or `None` when neither reader finds one."""
    root: Any = None
    try:
        if document.pdf is not None:
            root = document.pdf.trailer.get("/Root")
        elif document.sealed is not None:
            root = document.sealed.root_object
    except MemoryError:
        raise
    except Exception:
        return None
    return root if is_dictionary(root) else None


def survey(document: Document) -> Survey:
    """Search the whole file within its limits. The answer is kept: several checks ask."""
    known = document.__dict__.get("_survey")
    if isinstance(known, Survey):
        return known
    found = _search(document)
    document.__dict__["_survey"] = found
    return found


def _search(document: Document) -> Survey:
    if document.pdf is not None:
        roots: Iterator[Any] = chain(_pdf_roots(document.pdf), _overlooked(document, document.pdf))
    elif document.sealed is not None:
        roots = _sealed_roots(document.sealed)
    else:
        return Survey((), complete=False)
    deadline = time.monotonic() + document.limits.graph_seconds
    left = document.limits.graph_values
    found: list[Any] = []
    complete = True
    while True:
        try:
            root = next(roots, _NO_MORE)
            if root is _NO_MORE:
                break
            left -= _visit(root, found, left)
        except MemoryError:
            raise
        except Exception:  # an object that a reader cannot even name; the others are still worth a look
            complete = False
        if left < 0 or len(found) > FOUND_LIMIT or time.monotonic() > deadline:
            return Survey(tuple(found), complete=False)
    return Survey(tuple(found), complete=complete)


def _visit(root: Any, found: list[Any], left: int) -> int:
    """Collect the interesting dictionaries of an object and its direct members.

    Gives the number of values seen, which is above `left` when there were too many to look at all of them.
    """
    visited = 0
    stack = [root] if is_dictionary(root) or is_array(root) else []
    while stack:
        value = stack.pop()
        keys = list(value.keys()) if is_dictionary(value) else []
        visited += 1 + (len(keys) if is_dictionary(value) else len(value))
        if visited > left:
            break
        if keys and not INTERESTING.isdisjoint(keys):
            found.append(value)
        stack.extend(item for item in _direct_members(value, keys) if _is_direct_container(item))
    return visited


def _direct_members(value: Any, keys: list[str]) -> list[Any]:
    if not is_dictionary(value):
        return list(value)
    if isinstance(value, DictionaryObject):
        return [value.raw_get(key) for key in keys]
    return values(value)


def _is_direct_container(value: object) -> bool:
    if isinstance(value, pikepdf.Object):
        return (is_dictionary(value) or is_array(value)) and not value.is_indirect
    return is_dictionary(value) or is_array(value)


def _pdf_roots(pdf: pikepdf.Pdf) -> Iterator[Any]:
    yield pdf.trailer
    yield from pdf.objects


def _overlooked(document: Document, pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Objects that pikepdf leaves out because their numbers seem too high for so small a file; other readers do not."""
    if document.sealed is not None:
        high = (where for where in _numbers(document.sealed) if where[0] > document.size // BYTES_PER_OBJECT)
        yield from _objects_of(document.sealed, (where for where in high if pdf.get_object(where) is None))


def _sealed_roots(reader: PdfReader) -> Iterator[Any]:
    yield reader.trailer
    yield from _objects_of(reader, _numbers(reader))


def _numbers(reader: PdfReader) -> list[tuple[int, int]]:
    numbers = {(index, generation) for generation, table in reader.xref.items() for index in table}
    return sorted(numbers | {(index, 0) for index in reader.xref_objStm})


def _objects_of(reader: PdfReader, numbers: Iterable[tuple[int, int]]) -> Iterator[Any]:
    for index, generation in numbers:
        try:
            value = reader.get_object(IndirectObject(index, generation, reader))
        except MemoryError:
            raise
        except Exception:  # a packed object whose stream is encrypted, or a damaged one  # noqa: S112
            continue
        yield value
