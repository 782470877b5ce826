"""Dates and years as Indonesian papers write them: "3 Juni 2026", "03/06/2026", "2026-06-03"."""

import calendar
import re
from collections.abc import Iterator
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
_NUMBERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_QUARTER_WORDS = ("tw", "triwulan", "tribulan", "twi", "kuartal")
_FEW_WORDS = 4
_RANGE_SIGNS = re.compile(r"[-–/]|s\.?d\.?(?=\s)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SHORT_DATE = re.compile(r"(?<![\w./])(\d{1,2})/(\d{1,2})/([1-4]\d)(?![\w./])")
_YEAR_INSIDE = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
# The words that open a deadline; a date before them is about something else.
_DEADLINE = re.compile(
    r"paling lambat|selambat|sebelum tanggal|sampai dengan tanggal|batas waktu|tenggat", re.IGNORECASE
)


def find_date(text: str) -> date | None:
    """Return the first date of the text, None when it has none that exists in the calendar."""
    return next(iter(_dates(text)), None)


def _dates(text: str) -> Iterator[date]:
    """Yield the dates of the text; "minggu ke-2 Februari" is none."""
    # A year of two digits is one only in a date of its own: letter numbers are full of such pairs.
    tokens = words(_SHORT_DATE.sub(r"\1 \2 20\3", text))
    for index in range(len(tokens) - 2):
        first, second, third = tokens[index : index + 3]
        if index and tokens[index - 1] in {"ke", "minggu"}:
            continue
        found = None
        if _YEAR.fullmatch(third):
            found = _calendar_date(third, _month(second), first)
        elif _YEAR.fullmatch(first):
            found = _calendar_date(first, _month(second), third)
        if found:
            yield found


def find_term(text: str, *, year: int | None = None) -> date | None:
    """Return the day by which something is due: the last date of the text, or the end of its last period.

    Periods are "TW II 2025", "Triwulan IV", "Semester I 2025", "Desember 2025", "Tahun 2025".

    :param year: of the paper, for a period that is written without one.
    """
    days = list(_dates(text))
    if days:
        return max(days)
    tokens = words(_RANGE_SIGNS.sub(" ", text))
    stated = [int(token) for token in tokens if _YEAR.fullmatch(token)]
    months = [month for index, token in enumerate(tokens) for month in _ends(token, tokens[index + 1 : index + 9])]
    if not months and stated and len(tokens) <= _FEW_WORDS:
        months = [12]
    last_year = stated[-1] if stated else year
    if not months or last_year is None:
        return None
    # "Oktober 2025 s.d. Januari 2026" ends with what stands last, "TW I, III dan II" with the latest.
    month = months[-1] if len(set(stated)) > 1 else max(months)
    return date(last_year, month, calendar.monthrange(last_year, month)[1])


def _ends(token: str, after: list[str]) -> list[int]:
    """Return the months in which the periods end that open with a word."""
    if any(near(token, name) for name in _QUARTER_WORDS):
        return [_NUMBERS[word] * 3 for word in _numerals(after)]
    if near(token, "semester"):
        return [_NUMBERS[word] * 6 for word in _numerals(after) if _NUMBERS[word] <= 2]
    month = None if token.isdecimal() else _month(token)
    return [month] if month else []


def _numerals(tokens: list[str]) -> list[str]:
    """Return the numbers of quarters that directly follow, as in "TW I, II dan III"."""
    kept: list[str] = []
    for token in tokens:
        if token in _NUMBERS:
            kept.append(token)
        elif token not in {"dan", "s", "d", "sd", "sampai", "dengan", "ke"}:
            break
    return kept


def in_words(day: date) -> str:
    """Return a date as papers write it: "31 Januari 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1][0].capitalize()} {day.year}"


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
