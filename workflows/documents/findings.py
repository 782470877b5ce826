"""The weaknesses in the prose of an evaluation: only its clauses with "belum"; all else is praise."""

import re
from collections import Counter
from collections.abc import Sequence

from workflows.documents.splitting import LIST_MARK
from workflows.documents.words import any_near, fold, words

# More weaknesses than any component has criteria; it bounds the matching below.
_CLAUSES_KEPT = 40

_CLAUSE_END = re.compile(r"[,;](?=\s|$)|(?<=\w{3})\.(?=\s|$)|\n")
# "a.Keberadaan;" opens the prose of a dimension and is no part of its first clause.
_DIMENSION = re.compile(
    r"^(?:[a-d]\s?[.)]\s?)?(?:keberadaan|pemenuhan|kualitas|pemanfaatan|capaian)\s?[:;.\-]\s?", re.IGNORECASE
)
_PRAISE = re.compile(r"\s(?:dan|serta)\s(?=[^,;]{0,200}?\b(?:telah|terdapat|sudah)\b)", re.IGNORECASE)
# A clause that cannot stand alone: "..., secara berjenjang".
_DEPENDENT = ("secara", "terutama", "khususnya", "termasuk", "baik", "sehingga")


def weak_clauses(text: str) -> list[str]:
    """Return the clauses that name a weakness, in order."""
    clauses: list[str] = []
    for raw in _CLAUSE_END.split(text):
        clause = LIST_MARK.sub("", _DIMENSION.sub("", raw.strip()), count=1)
        if clauses and (fold(clause).split() or [""])[0] in _DEPENDENT:
            clauses[-1] += ", " + clause
        elif clause:
            clauses.append(clause)
    return [_without_praise(clause) for clause in clauses if _names_weakness(clause)][:_CLAUSES_KEPT]


def match_findings(clauses: Sequence[str], recommendations: Sequence[str]) -> list[str | None]:
    """Return for each recommendation the clause it answers, matched by the words they share.

    A word that many texts use says little and weighs little. A clause is given twice only when there are too
    few, and where the counts differ a pair without a shared word is left open. Equal pairs are given in their
    order on paper.
    """
    bags = [frozenset(words(clause)) for clause in clauses]
    wanted = [frozenset(words(text)) for text in recommendations]
    uses = Counter(word for bag in (*bags, *wanted) for word in bag)
    pairs = [
        (-sum(1 / uses[word] for word in bag & want), abs(i - j), i, j)
        for i, bag in enumerate(bags)
        for j, want in enumerate(wanted)
    ]
    found: list[str | None] = [None] * len(recommendations)
    used: set[int] = set()
    for score, _, i, j in sorted(pairs):
        matches = score < 0 or len(clauses) == len(recommendations)
        if found[j] is None and matches and (i not in used or len(used) == len(clauses)):
            found[j] = clauses[i]
            used.add(i)
    return found


def _names_weakness(clause: str) -> bool:
    return any_near(words(clause), "belum") or "blm" in words(clause)


def _without_praise(clause: str) -> str:
    """Cut off what is joined to the weakness and is none: "... belum berkala dan telah diformalkan"."""
    weak = [part for part in _PRAISE.split(clause) if _names_weakness(part)]
    return weak[0] if len(weak) == 1 else clause
