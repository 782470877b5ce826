"""Every object of the file, reachable or not: the dictionaries in which something active or signed could hide.

Each indirect object is visited once and its direct members with it, so object streams, annotations, fields, names
trees and page actions need no path of their own and a loop in the file is no loop here. pikepdf's view is used when
it opens the file, pypdf's sealed view otherwise.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from workflows.evidence.checks.document import Document

INTERESTING = frozenset(
    {"/AA", "/ByteRange", "/EF", "/EmbeddedFiles", "/JS", "/OpenAction", "/S", "/Subtype", "/Type", "/UR3", "/XFA"}
)
"""A dictionary without any of these keys is no action, attachment, annotation or signature."""

_DICTIONARIES = (pikepdf.Dictionary, pikepdf.Stream, DictionaryObject)
_ARRAYS = (pikepdf.Array, ArrayObject)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


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


def fetch(dictionary: Any, key: str) -> Any:
    """The value of a key with references followed; `None` when there is none or it cannot be read."""
    value = dictionary.get(key)
    return value.get_object() if isinstance(value, PdfObject) else value


def word(dictionary: Any, key: str) -> str:
    """The name under a key, as `/Name`; empty when there is none."""
    value = fetch(dictionary, key)
    return str(value) if isinstance(value, (pikepdf.Name, str)) else ""


def text(value: object, *, limit: int = 120) -> str:
    """A string of the file made fit to be shown: no control or direction characters, cut to a length."""
    if isinstance(value, (pikepdf.String, pikepdf.Name, str)):
        return _CONTROL.sub(" ", str(value)).strip()[:limit]
    return ""


def identity(value: Any) -> object:
    """What tells two objects apart, whichever way they were reached."""
    if isinstance(value, pikepdf.Object):
        return value.objgen if value.is_indirect else id(value)
    reference = getattr(value, "indirect_reference", None)
    return (reference.idnum, reference.generation) if reference is not None else id(value)


def catalog(document: Document) -> Any:
    """The catalog, or `None` when neither reader finds one."""
    try:
        if document.pdf is not None:
            root = document.pdf.trailer.get("/Root")
        else:
            root = None if document.sealed is None else document.sealed.root_object
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
        roots: Iterator[Any] = _pdf_roots(document.pdf)
    elif document.sealed is not None:
        roots = _sealed_roots(document.sealed)
    else:
        return Survey((), complete=False)
    deadline = time.monotonic() + document.limits.graph_seconds
    left = document.limits.graph_values
    found = []
    try:
        for root in roots:
            stack = [root]
            while stack:
                value = stack.pop()
                if is_dictionary(value):
                    keys = set(value.keys())
                    if keys & INTERESTING:
                        found.append(value)
                    members = [value.get_raw(key) if isinstance(value, DictionaryObject) else value.get(key) for key in keys]
                else:
                    members = list(value)
                left -= len(members) + 1
                stack.extend(member for member in members if _is_direct_container(member))
            if left < 0 or time.monotonic() > deadline:
                return Survey(tuple(found), complete=False)
    except MemoryError:
        raise
    except Exception:  # an object that a reader cannot even name ends the search, and the report says so
        return Survey(tuple(found), complete=False)
    return Survey(tuple(found), complete=True)


def _is_direct_container(value: object) -> bool:
    if isinstance(value, pikepdf.Object):
        return (is_dictionary(value) or is_array(value)) and not value.is_indirect
    return is_dictionary(value) or is_array(value)


def _pdf_roots(pdf: pikepdf.Pdf) -> Iterator[Any]:
    yield pdf.trailer
    for value in pdf.objects:
        if is_dictionary(value) or is_array(value):
            yield value


def _sealed_roots(reader: PdfReader) -> Iterator[Any]:
    yield reader.trailer
    numbers = {(number, generation) for generation, table in reader.xref.items() for number in table}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    for number, generation in sorted(numbers):
        try:
            value = reader.get_object(IndirectObject(number, generation, reader))
        except MemoryError:
            raise
        except Exception:  # a packed object whose stream is encrypted, or a damaged one  # noqa: S112
            continue
        if is_dictionary(value) or is_array(value):
            yield value
