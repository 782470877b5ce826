"""Words as a tolerant reader sees them: without case and accents, and with what scanners and typists do to letters."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_SEPARATOR = re.compile(r"[^a-z0-9|]+")
# Signs that a scanner takes for each other come to one; `rn` looks like `m`.
_ALIKE = str.maketrans({"0": "o", "1": "i", "l": "i", "|": "i", "5": "s", "8": "b"})
GAP = 2
"""Words that may stand between two of a name: a line break brings a word of the next column along."""


def tokens(text: str) -> list[str]:
    """Return the words in lower case, in their order."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return _SEPARATOR.sub(" ", "".join(sign for sign in decomposed if not unicodedata.combining(sign))).split()


@lru_cache(maxsize=20_000)
def shape(word: str) -> str:
    """Return a word with the signs that look alike made one."""
    return word.translate(_ALIKE).replace("rn", "m")


def near(word: str, target: str) -> bool:
    """Tell whether a word is the target, seen through a scanner: one wrong letter from five on, two from nine on."""
    return word == target or _close(shape(word), shape(target))


@lru_cache(maxsize=50_000)
def _close(word: str, target: str) -> bool:
    if word == target:
        return True
    allowed = 0 if len(target) < 5 else 1 if len(target) < 9 else 2
    if not allowed or abs(len(word) - len(target)) > allowed or len(set(target) - set(word)) > allowed:
        return False
    row = list(range(len(target) + 1))
    for i, letter in enumerate(word, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(target, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (letter != other))
    return row[-1] <= allowed


def find(page: Sequence[str], wanted: Sequence[str]) -> int | None:
    """Return where these words stand in this order, close together; of five words one may be missing.

    :returns: the place of the first of them, or ``None``.
    """
    if not wanted:
        return None
    spare = len(wanted) // 5
    for start, word in enumerate(page):
        lead = next((skip for skip in range(spare + 1) if near(word, wanted[skip])), None)
        if lead is None:
            continue
        missed, at = lead, start + 1
        for target in wanted[lead + 1 :]:
            place = next((n for n in range(at, min(at + GAP + 1, len(page))) if near(page[n], target)), None)
            if place is None:
                missed += 1
                if missed > spare:
                    break
            else:
                at = place + 1
        else:
            return start
    return None
