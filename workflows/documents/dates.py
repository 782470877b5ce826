"""Dates and years as Indonesian papers write them: "3 Juni 2026", "03/06/2026", "2026-06-03"."""

import re
from datetime import date

from workflows.documents.words import near, words

_MONTHS = (
    ("januari", "jan"),
    ("februari", "pebruari", "feb"),
    ("maret", "mar"),
    ("april", "apr"),
    ("mei",),
    ("juni", "jun"),
    ("juli", "jul"),
    ("agustus", "agu", "ags"),
    ("september", "sep", "sept"),
    ("oktober", "okt"),
    ("november", "nopember", "nov", "nop"),
    ("desember", "des"),
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_INSIDE = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
# The words that open a deadline; a date before them is about something else.
_DEADLINE = re.compile(
    r"paling lambat|selambat|sebelum tanggal|sampai dengan tanggal|batas waktu|tenggat", re.IGNORECASE
)


def find_date(text: str) -> date | None:
    """Return the first date of the text, None when it has none that exists in the calendar."""
    tokens = words(text)
    for index in range(len(tokens) - 2):
        first, second, third = tokens[index : index + 3]
        if _YEAR.fullmatch(third):
            found = _calendar_date(third, _month(second), first)
        elif _YEAR.fullmatch(first):
            found = _calendar_date(first, _month(second), third)
        else:
            continue
        if found:
            return found
    return None


def find_deadline(text: str) -> date | None:
    """Return the date that follows the words of a deadline, None when there are none."""
    cue = _DEADLINE.search(text)
    return find_date(text[cue.end() :]) if cue else None


def years(text: str) -> list[int]:
    """Return every year written in the text, in order, those of letter numbers (with a slash) left out."""
    return [int(year) for token in text.split() if "/" not in token for year in _YEAR_INSIDE.findall(token)]


def years_of_events(text: str) -> list[int]:
    """Return the years that follow "tahun", except in the name of a law ("Nomor 88 Tahun 2021")."""
    tokens = words(text)
    return [
        int(token)
        for index, token in enumerate(tokens)
        if _YEAR.fullmatch(token)
        and index > 0
        and near(tokens[index - 1], "tahun")
        and not (index > 1 and tokens[index - 2].isdecimal())
    ]


def _month(token: str) -> int | None:
    if token.isdecimal() and len(token) <= 2:
        return int(token)
    for number, names in enumerate(_MONTHS, 1):
        if any(near(token, name) for name in names):
            return number
    return None


def _calendar_date(year: str, month: int | None, day: str) -> date | None:
    if month is None or not day.isdecimal() or len(day) > 2:
        return None
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None
