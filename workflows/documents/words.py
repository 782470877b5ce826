"""Words compared the way a tolerant reader does: without case, accents, punctuation, and with a typo or two.

Plans are typed by hand ("terget", "rekomenadasi"), so nothing may depend on exact text.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# A heading or a label is short; what is longer is prose and is cut before it is compared.
LABEL_CHARACTERS = 200
# A statement says what it is about early on; the rest of an endless one is not compared.
STATEMENT_CHARACTERS = 3_000
_SEPARATOR = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Return the text in lower case, without accents, every run of other signs as one blank."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return _SEPARATOR.sub(" ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()


def words(text: str) -> list[str]:
    """Return the folded words of a statement, in order."""
    return fold(text[:STATEMENT_CHARACTERS]).split()


def near(word: str, target: str) -> bool:
    """Tell whether a folded word is the target with at most one typo (two from eight letters on)."""
    if word == target:
        return True
    allowed = 0 if len(target) < 5 else 1 if len(target) < 8 else 2
    # Each edit explains one missing letter; this cheap count spares nearly all words the full comparison.
    if not allowed or abs(len(word) - len(target)) > allowed or len(set(target) - set(word)) > allowed:
        return False
    return _distance(word, target) <= allowed


def any_near(candidates: Iterable[str], *targets: str) -> bool:
    """Tell whether any of the folded words is near any of the targets."""
    return any(near(word, target) for word in candidates for target in targets)


def says(text: str, phrase: str) -> bool:
    """Tell whether a heading or label holds a phrase, whatever its case, blanks and small typos.

    All words of the phrase have to be there in any order, or their letters in one piece: stray blanks inside
    a word and missing ones between words do not matter.
    """
    label = fold(text[:LABEL_CHARACTERS])
    tokens = label.split()
    wanted = phrase.split()
    if all(any_near(tokens, word) for word in wanted):
        return True
    piece = "".join(wanted)
    return len(piece) >= 6 and piece in label.replace(" ", "")


def holds(tokens: list[str], stems: str) -> bool:
    """Tell whether any word holds one of the stems, given as "pantau|monev".

    A stem of four letters or more counts inside a word, because Indonesian verbs grow at both ends; a shorter
    one has to be the word.
    """
    return any((len(stem) >= 4 and stem in token) or near(token, stem) for stem in stems.split("|") for token in tokens)


@lru_cache(maxsize=16_384)
def _distance(one: str, two: str) -> int:
    """Count the edits (insert, delete, change, swap of neighbours) between two words."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, left in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, right in enumerate(two, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == two[j - 2] and one[i - 2] == right:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
