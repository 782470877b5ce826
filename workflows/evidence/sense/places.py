"""Is it this agency's paper, and this unit's?"""

from collections.abc import Iterator, Sequence

from workflows.evidence.sense import sentences as say
from workflows.evidence.sense.subject import INFO, WARN, Page, Remark, Subject
from workflows.evidence.sense.words import find, near, tokens

SMALL = frozenset({"dan", "di", "ke", "yang", "serta", "untuk", "pada", "kabupaten", "kota", "provinsi"})
"""Left out of names, as people leave them out."""
PREFIXED = 2
"""Letters of a word that an abbreviation like *Kesbangpol* takes at least."""


def check_agency(subject: Subject) -> Iterator[Remark]:
    """Look for the agency's name, its code, or an abbreviation of the name."""
    page = _page_of(subject.pages, subject.agency, code=subject.agency_code)
    if page is None:
        yield Remark("agency_absent", WARN, say.PLACE_ABSENT(place=subject.agency))
    else:
        yield Remark("agency_found", INFO, say.PLACE_FOUND(place=subject.agency, page=page), page)


def check_unit(subject: Subject) -> Iterator[Remark]:
    """Look for the unit's name; where only another unit of the agency is named, say which."""
    if subject.of_whole_agency:
        return
    page = _page_of(subject.pages, subject.unit)
    if page is not None:
        yield Remark("unit_found", INFO, say.PLACE_FOUND(place=subject.unit, page=page), page)
        return
    for other in subject.other_units:
        page = _page_of(subject.pages, other)
        if page is not None:
            yield Remark("unit_differs", WARN, say.UNIT_DIFFERS(other=other, unit=subject.unit), page)
            return
    yield Remark("unit_absent", WARN, say.PLACE_ABSENT(place=subject.unit))


def _page_of(pages: Sequence[Page], name: str, *, code: str = "") -> int | None:
    wanted = [word for word in tokens(name) if word not in SMALL]
    code = code.casefold()
    for page in pages:
        # Small words are left out of the page as well, so that none stands between two of the name.
        seen = [word for word in page.tokens if word not in SMALL]
        if find(seen, wanted) is not None:
            return page.number
        if len(code) >= 3 and any(near(word, code) for word in seen):
            return page.number
        if len(wanted) >= 3 and any(_abbreviates(word, wanted) for word in set(seen)):
            return page.number
    return None


def _abbreviates(word: str, name: Sequence[str]) -> bool:
    """Tell whether a word is the initials of a name, or the beginnings of all of its words but the first."""
    if word == "".join(part[0] for part in name) and len(word) >= 4:
        return True
    return len(word) >= 6 and (_made_of(word, name) or _made_of(word, name[1:]))


def _made_of(word: str, parts: Sequence[str]) -> bool:
    if not parts or not word:
        return not parts and not word
    lengths = range(PREFIXED, min(5, len(parts[0]), len(word)) + 1)
    return any(word.startswith(parts[0][:n]) and _made_of(word[n:], parts[1:]) for n in lengths)
