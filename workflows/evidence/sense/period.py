"""Is it about this year, and this quarter?"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from workflows.evidence.sense import sentences as say
from workflows.evidence.sense.subject import INFO, WARN, Page, Remark, Subject
from workflows.plans.models import RequirementKind

ROMAN = ("I", "II", "III", "IV")
EARLIER = {RequirementKind.PERFORMANCE_REPORT: 1, RequirementKind.DOCUMENT: 1}
"""Years before the follow-up year that the title may name instead: a report is about the year that has ended."""
_YEAR = re.compile(r"(?<![\d.,/])([2z][0oO][0-9oOlISB]{2})(?![\d,]|\.\d)", re.I)
_DIGITS = str.maketrans({"z": "2", "Z": "2", "o": "0", "O": "0", "l": "1", "I": "1", "S": "5", "B": "8", "i": "1"})
_NUMBER = r"(?:[ivl1|!]{1,4}\b|[1-4]\b|kesatu|pertama|kedua|ketiga|keempat|satu|dua|tiga|empat)"
_QUARTER = re.compile(
    r"\b(?:tri\s?wulan|tri\s?bulan|kuartal|triw|trw|tw)[\s.:\-–]{0,4}(?:ke[\s\-]?)?"
    rf"({_NUMBER}(?:\s{{0,3}}(?:,|dan|s\.?/?d\.?|-|–|&|/)\s{{0,3}}{_NUMBER}){{0,4}})",
    re.I,
)
_EACH = re.compile(_NUMBER, re.I)
_SPOKEN = {
    **{"satu": 1, "kesatu": 1, "pertama": 1, "dua": 2, "kedua": 2},
    **{"tiga": 3, "ketiga": 3, "empat": 4, "keempat": 4},
}
_MONTHS = re.compile(
    r"\b(januari|april|juli|oktober)\s{0,3}(?:s\.?\s?/?d\.?|sampai(?:\s+dengan)?|hingga|-|–)\s{0,3}"
    r"(?:bulan\s+)?(maret|juni|september|desember)\b",
    re.I,
)
_SPANS = {("januari", "maret"): 1, ("april", "juni"): 2, ("juli", "september"): 3, ("oktober", "desember"): 4}


def check_year(subject: Subject) -> Iterator[Remark]:
    """Look for the year; where only others are named, say the one that is named most."""
    named: Counter[int] = Counter()
    wanted = {subject.year - n for n in range(EARLIER.get(subject.kind, 0) + 1)}
    for page in subject.pages:
        years = [int(found.translate(_DIGITS)) for found in _YEAR.findall(page.text) if _is_year(found)]
        hit = next((year for year in years if year in wanted), None)
        if hit is not None:
            yield Remark("year_found", INFO, say.YEAR_FOUND(year=hit, page=page.number), page.number)
            return
        named.update(years)
    if named:
        other = named.most_common(1)[0][0]
        yield Remark("year_differs", WARN, say.YEAR_DIFFERS(other=other, year=subject.year))
    else:
        yield Remark("year_absent", WARN, say.YEAR_ABSENT(year=subject.year))


def check_quarter(subject: Subject) -> Iterator[Remark]:
    """Look for the quarter, however it is written; a paper that is first and mostly about another one is told."""
    if subject.quarter is None:
        return
    wanted = ROMAN[subject.quarter - 1]
    found = _quarters(subject.pages)
    if not found:
        yield Remark("quarter_absent", WARN, say.QUARTER_ABSENT(quarter=wanted))
        return
    count = Counter(quarter for quarter, _ in found)
    first, page = found[0]
    if subject.quarter in count and (first == subject.quarter or count[subject.quarter] >= count[first]):
        page = next(page for quarter, page in found if quarter == subject.quarter)
        yield Remark("quarter_found", INFO, say.QUARTER_FOUND(quarter=wanted, page=page), page)
    else:
        yield Remark("quarter_differs", WARN, say.QUARTER_DIFFERS(other=ROMAN[first - 1], quarter=wanted), page)


def _is_year(found: str) -> bool:
    return 2000 <= int(found.translate(_DIGITS)) <= 2099


def _quarters(pages: Sequence[Page]) -> list[tuple[int, int]]:
    """Every mention of one or two quarters with its page, in order; a list of more names none of them."""
    found = []
    for page in pages:
        on_page: list[tuple[int, int]] = []
        for match in _QUARTER.finditer(page.text):
            named = [number for number in map(_number, _EACH.findall(match[1])) if number]
            if 1 <= len(named) <= 2:
                on_page += [(match.start(), number) for number in named]
        for match in _MONTHS.finditer(page.text):
            number = _SPANS.get((match[1].casefold(), match[2].casefold()))
            if number:
                on_page.append((match.start(), number))
        found += [(number, page.number) for _, number in sorted(on_page)]
    return found


def _number(written: str) -> int | None:
    word = written.casefold()
    if word in _SPOKEN:
        return _SPOKEN[word]
    if word in ("2", "3", "4"):
        return int(word)
    # A scanner takes one stroke for another.
    strokes = re.sub(r"[l1|!]", "i", word)
    return {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(strokes)
