"""Is the name in a certificate the name of this official? Pure: two names in, a score out.

Titles, capitals, word order, initials, punctuation and old spellings differ between a certificate, a letter and the
office's own list; two people who share a first name do not become one. The score only proposes: a certificate works
for a person once a person has confirmed it.
"""

import enum
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

THRESHOLD = 0.85
"""From this score on a name counts as the same."""

EXACT = 1.0
JOINED = 0.95
"""The same letters, with other spaces: *Nur Hidayah*, *Nurhidayah*."""
SHORTENED = 0.95
"""A usual short form: *Moh.* for *Muhammad*, *Abd.* for *Abdul*."""
SPELLED = 0.9
"""The same sound in another spelling: *Soeharto*, *Suharto*; *Rizky*, *Rizki*."""
INITIAL = 0.8
"""One letter for a word."""
CLOSE = 0.6
"""One letter differs in a long word: a slip, or another person (*Yuliana*, *Yuliani*)."""
EXTRA = 0.5
"""What a word costs that only the longer name has."""

_BEFORE = "prof dr drg drh drs dra ir h hj kh haji hajjah bapak bpk ibu sdr sdri apt ns rd raden pdt ust ustaz tgk"
_AFTER = """
    se sh sip sos ssos skom ssi st sst sstp sstpi stp spd spdi spdsd sag sikom skm sked skep skeb sfarm sgz spt sp spi
    shut sptk spsi sab sap sak ssn sthi shi sei sebud shum stt spn spog spa spb spok spm sprad mm msi mh mkn mkom msc
    ma map mt mpd mpdi mak mkes mkm mars mph mba mp mpi mhum mag msos mikom mec mds meng phd ak ca cpa cfra cgcae crmp
    cgrm qia qgia ners amd amdkeb amdkep amk aifo cn bsc ba dipl dess dea ipm ipp iai
"""
BEFORE = frozenset(_BEFORE.split())
"""Words that stand before a name and are none."""
AFTER = frozenset(_AFTER.split())
"""Words that stand after a name and are none, without their dots."""
_SHORT_FORMS = {
    "muhammad": "moh muh mohd muhd mohammad mohamad mohammed mochamad mochammad muhamad muchamad muchammad moch mhd",
    "abdul": "abd abdoel",
    "ahmad": "ahmat achmad akhmad achmat",
    "siti": "st sitti",
}
SHORT_FORMS = {short: long for long, shorts in _SHORT_FORMS.items() for short in shorts.split()}
"""Usual short forms and spellings of one first name."""
_SOUNDS = (("oe", "u"), ("dj", "j"), ("tj", "c"), ("sj", "sy"), ("ch", "kh"), ("y", "i"), ("ie", "i"))
_DOUBLED = re.compile(r"(.)\1+")
_LONG_WORD = 5


class Number(enum.StrEnum):
    """What the NIP in a certificate says."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    SILENT = "silent"
    """One of the two has none."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a certificate's holder compares with a person."""

    score: float
    """0 to 1."""
    number: Number

    @property
    def matches(self) -> bool:
        """Whether this may be the person: an equal NIP proves it, another one disproves it, else the name decides."""
        if self.number is not Number.SILENT:
            return self.number is Number.AGREES
        return self.score >= THRESHOLD


def compare(certificate: str | None, person: str, *, number: str | None = None, nip: str | None = None) -> Likeness:
    """Compare the holder of a certificate with a person.

    :param number: the NIP that the certificate names. :param nip: the person's.
    """
    return Likeness(name_score(certificate or "", person), _numbers(number, nip))


def _numbers(number: str | None, nip: str | None) -> Number:
    if not number or not nip:
        return Number.SILENT
    return Number.AGREES if number == nip else Number.CONTRADICTS


def name_score(one: str, other: str) -> float:
    """Return how far two names are the same, from 0 to 1; the order of the two does not matter."""
    first, second = words_of(one), words_of(other)
    if not first or not second:
        return 0.0
    if sorted(first) == sorted(second):
        return EXACT
    joined = JOINED if "".join(first) == "".join(second) else 0.0
    return max(joined, _paired(first, second))


def _paired(first: Sequence[str], second: Sequence[str]) -> float:
    """Pair the words that are most alike; what is left over counts against them."""
    ways = sorted(
        ((_alike(a, b), i, j) for i, a in enumerate(first) for j, b in enumerate(second)), key=lambda way: -way[0]
    )
    left, right = set(range(len(first))), set(range(len(second)))
    total, pairs, whole = 0.0, 0, False
    for likeness, i, j in ways:
        if likeness and i in left and j in right:
            left.remove(i)
            right.remove(j)
            total, pairs = total + likeness, pairs + 1
            whole = whole or likeness > INITIAL
    if not whole:  # initials alone are anybody's
        return 0.0
    shorter, longer = sorted((len(left), len(right)))
    # A word that has no partner although one is left on the other side says that this is somebody else.
    return total / (pairs + shorter * 2 + (longer - shorter) * EXTRA)


def _alike(one: str, other: str) -> float:
    if one == other:
        # One letter in both names is a weak sign, like any initial.
        return EXACT if len(one) > 1 else INITIAL
    if len(one) == 1 or len(other) == 1:
        return INITIAL if one[0] == other[0] else 0.0
    if SHORT_FORMS.get(one, one) == SHORT_FORMS.get(other, other):
        return SHORTENED
    if _sound(one) == _sound(other):
        return SPELLED
    return CLOSE if min(len(one), len(other)) >= _LONG_WORD and _one_apart(one, other) else 0.0


def _sound(word: str) -> str:
    for written, spoken in _SOUNDS:
        word = word.replace(written, spoken)
    return _DOUBLED.sub(r"\1", word)


def _one_apart(one: str, other: str) -> bool:
    """Return whether one letter more, less or other makes the words equal."""
    if abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    at = next((n for n, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    rest = shorter[at + (len(one) == len(other)) :]
    return rest == longer[at + 1 :]


def words_of(name: str) -> list[str]:
    """Return the words of a name in lower case, without accents, punctuation and titles."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    head, comma, tail = plain.partition(",")
    words = _strip(_split(head, titled=False))
    # Behind a comma stand titles, or the first name of somebody who is listed by the last one.
    behind = [word for word in _split(tail, titled=True) if word not in AFTER and word not in BEFORE] if comma else []
    return words + behind


def _split(text: str, *, titled: bool) -> Iterable[str]:
    for piece in re.split(r"[\s,;/()]+", text):
        bare = piece.strip(".'`-\"")
        whole = re.sub(r"[^a-z]", "", bare)
        if not whole:
            continue
        if "." not in bare or whole in AFTER or whole in BEFORE:
            yield whole
        elif not titled:
            # M.Yusuf and A.M. are written together; behind a comma it would be a title that is not listed.
            yield from (word for part in bare.split(".") if (word := re.sub(r"[^a-z]", "", part)))


def _strip(words: Iterable[str]) -> list[str]:
    """Leave out titles at either end, as long as a name remains."""
    left = list(words)
    while len(left) > 1 and left[0] in BEFORE:
        del left[0]
    while len(left) > 1 and left[-1] in AFTER:
        del left[-1]
    return left
