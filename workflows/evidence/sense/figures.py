"""The figures and dates of a paper as one digest, which two papers share only when all of them are the same.

A template brings its own numbers along: targets, laws, the numbers of its rows. They are in every paper made from it,
so that they neither make two of them alike nor keep them apart: what a unit fills in does. Papers with too little of it
to tell have no digest: an empty form is like every other.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

from workflows.evidence.sense.subject import Page

TELLING = 3
"""Different figures with a fraction or of three digits and more, from which a paper can be told from others."""
_MONTHS = {
    name: number
    for number, name in enumerate(
        (
            *("januari", "februari", "maret", "april", "mei", "juni"),
            *("juli", "agustus", "september", "oktober", "november", "desember"),
        ),
        1,
    )
}
_LAW = re.compile(r"\b(?:nomor|no\.?)\s{0,3}:?\s{0,3}[\w./\-]{1,40}(?:\s{1,3}tahun\s{1,3}\d{4})?", re.I)
_QUARTER = re.compile(r"\b(?:tri\s?wulan|tri\s?bulan|kuartal|tw)[\s.:\-]{0,4}(?:ke[\s\-]?)?[\divl|]{1,4}\b", re.I)
_PAGE = re.compile(r"\bhal(?:aman|\.)?\s{0,3}\d{1,4}(?:\s{0,3}(?:dari|/)\s{0,3}\d{1,4})?", re.I)
_LONG = re.compile(r"(?<!\d)(?:\d[ .\-]{0,2}){17}\d(?!\d)|\b\d{9,}\b")
_DATE = re.compile(r"\b(\d{1,2})\s{1,3}(" + "|".join(_MONTHS) + r")\s{1,3}(\d{4})\b", re.I)
_SHORT_DATE = re.compile(r"\b(\d{1,2})[/\-](\d{1,2})[/\-](\d{4})\b")
_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d{2}(?![\d]|[.,]\d)")
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?")


def digest_of(pages: Iterable[Page]) -> str | None:
    """Return the digest of all figures and dates, or ``None`` where there are too few to tell papers apart."""
    numbers: Counter[str] = Counter()
    dates: Counter[str] = Counter()
    for page in pages:
        text = page.text
        for pattern in (_LAW, _QUARTER, _PAGE, _LONG):
            text = pattern.sub(" ", text)
        dates.update(f"{m[3]}-{_MONTHS[m[2].casefold()]:02}-{int(m[1]):02}" for m in _DATE.finditer(text))
        text = _DATE.sub(" ", text)
        dates.update(f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}" for m in _SHORT_DATE.finditer(text))
        text = _YEAR.sub(" ", _SHORT_DATE.sub(" ", text))
        numbers.update(map(_plain, _NUMBER.findall(text)))
    telling = [number for number in numbers if "," in number or len(number) >= 3]
    if len(telling) < TELLING or not dates:
        return None
    written = "\n".join([*sorted(numbers.elements()), "", *sorted(dates.elements())])
    return hashlib.sha256(written.encode()).hexdigest()


def _plain(written: str) -> str:
    """Return a number without dots between thousands and with a comma before the fraction, as it is written here."""
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?", written):
        written = written.replace(".", "")
    whole, _, fraction = written.replace(".", ",").partition(",")
    fraction = fraction.rstrip("0")
    return f"{int(whole)},{fraction}" if fraction else str(int(whole))
