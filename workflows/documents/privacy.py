"""Private telephone numbers taken out of a source before anything else reads it.

The header of a plan asks for the mobile number of a person. The product has no use for it (UU 27/2022:
collect the least), so it leaves neither in the document nor in a warning.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from workflows.documents.source import Cell, Line, Source, SourceTable
from workflows.documents.words import any_near, words

DROPPED = "[nomor telepon dihapus]"
# Nine digits or more from 0, (0, 62 8 or +62 on, with blanks, dots, dashes and brackets between them.
_PHONE = re.compile(r"(?<![\d.,/\-])(?:\+ ?62|\( ?0|62(?=[ \-]?8)|0)(?:[ ().\-]{0,3}\d){8,13}(?![\d/])")
_DATE = re.compile(r"\d{1,2}[-. ]\d{1,2}[-. ]\d{4}")


def without_phones(source: Source) -> tuple[Source, tuple[str, ...]]:
    """Return the source without telephone numbers, and the places where there were any."""
    places: list[str] = []
    parts = tuple(_clean_parts(source, places))
    return replace(source, parts=parts), tuple(dict.fromkeys(places))


def names_phone(text: str) -> bool:
    """Tell whether a label asks for a telephone number."""
    return any_near(words(text), "hp", "handphone", "telepon", "telp", "tlp", "ponsel", "wa", "whatsapp", "nohp")


def _clean_parts(source: Source, places: list[str]) -> Iterator[Line | SourceTable]:
    for part in source.parts:
        if isinstance(part, Line):
            yield Line(_clean(part.text, part.where, places), part.where)
        else:
            rows = (tuple(Cell(_clean(c.text, c.where, places), c.where) for c in row) for row in part.rows)
            yield SourceTable(tuple(rows))


def _clean(text: str, where: str, places: list[str]) -> str:
    def drop(match: re.Match[str]) -> str:
        before = words(text[max(match.start() - 12, 0) : match.start()])
        if _DATE.match(match[0]) or "nip" in before:
            return match[0]
        places.append(where)
        return DROPPED

    return _PHONE.sub(drop, text)
