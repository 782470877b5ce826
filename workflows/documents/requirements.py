"""What proof a recommendation asks for, proposed by rules over its words.

The kinds and their usual signers follow practice: the quarterly report of a unit is signed by its head and
acknowledged by the head of the agency; the performance report is handed in by the Sekretariat and
acknowledged by the head of the agency; a score that has to rise is proven by the next evaluation and by no
file.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from workflows.documents.plan import Expectation, Requirement, RequirementKind, Signer
from workflows.documents.positions import acknowledger, of_every_unit, signer
from workflows.documents.words import any_near, fold, holds, words

_QUARTERS: Mapping[str, int] = {
    **{"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4},
    **{"pertama": 1, "kedua": 2, "ketiga": 3, "keempat": 4, "satu": 1, "dua": 2, "tiga": 3, "empat": 4},
}
_JOINERS = frozenset({"dan", "serta", "atau", "triwulan", "tribulan", "tw"})
_RANGE = re.compile(
    r"\b(i{1,3}|[1-3]) ?(?:-|–|s\.? ?d\.?|s/d|sampai(?: dengan)?|hingga) ?"
    r"(?:triwulan |tw )?(i{2,3}|iv|[2-4])\b"
)
# What a report shows, by stems that all have to be there.
EXPECTATION_STEMS: Mapping[Expectation, tuple[str, ...]] = {
    Expectation.ANNUAL_TARGET: ("banding", "target", "tahunan"),
    Expectation.PREVIOUS_YEARS: ("tahun", "sebelumnya|lalu"),
    Expectation.MEDIUM_TERM_TARGET: ("target", "menengah"),
    Expectation.NATIONAL_COMPARISON: ("nasional|benchmark",),
    Expectation.OBSTACLES: ("hambat|kendala",),
    Expectation.EFFICIENCY: ("efisien",),
}
# A report of one agency, or its grid of units and quarters, is one set of documents whatever asks for it.
_SHARED_KINDS = frozenset({RequirementKind.PERFORMANCE_REPORT, RequirementKind.QUARTERLY_MONITORING})


def propose_requirement(text: str, *, due_on: date | None) -> Requirement:
    """Return the proof that the text of a recommendation asks for."""
    tokens = words(text)
    if any_near(tokens, "tw", "triwulan", "tribulan", "triwulanan"):
        return Requirement(
            kind=RequirementKind.QUARTERLY_MONITORING,
            quarters=quarters(text),
            per_unit=of_every_unit(text),
            signed_by=signer(text) or Signer.UNIT_HEAD,
            acknowledged_by=acknowledger(text) or Signer.AGENCY_HEAD,
            due_on=due_on,
        )
    if holds(tokens, "nilai|skor|predikat") and holds(tokens, "peningkatan|meningkat|kenaikan|naik"):
        return Requirement(kind=RequirementKind.OUTCOME, due_on=due_on)
    if (holds(tokens, "laporan") and holds(tokens, "kinerja")) or holds(tokens, "lkjip|lakip|lkip"):
        return Requirement(
            kind=RequirementKind.PERFORMANCE_REPORT,
            signed_by=signer(text) or Signer.UNIT_HEAD,
            acknowledged_by=acknowledger(text) or Signer.AGENCY_HEAD,
            due_on=due_on,
            expects=expectations(text),
        )
    return Requirement(
        kind=RequirementKind.DOCUMENT,
        per_unit=of_every_unit(text),
        signed_by=signer(text),
        acknowledged_by=acknowledger(text),
        due_on=due_on,
    )


def expectations(text: str) -> tuple[Expectation, ...]:
    """Return what the text wants a performance report to show."""
    tokens = words(text)
    return tuple(e for e, stems in EXPECTATION_STEMS.items() if all(holds(tokens, stem) for stem in stems))


def quarters(text: str) -> tuple[int, ...]:
    """Return the quarters that the text names; all four when it names none ("setiap triwulan")."""
    tokens = words(text)
    found: set[int] = set()
    for index, word in enumerate(tokens):
        if any_near([word], "tw", "triwulan", "tribulan"):
            for following in tokens[index + 1 :]:
                if following in _QUARTERS:
                    found.add(_QUARTERS[following])
                elif following not in _JOINERS:
                    break
    stretch = _RANGE.search(text.casefold()) if found else None
    if stretch:
        found.update(range(_QUARTERS[stretch[1]], _QUARTERS[stretch[2]] + 1))
    return tuple(sorted(found)) or (1, 2, 3, 4)


def sharing(proposals: Sequence[tuple[str, str, Requirement]]) -> dict[str, tuple[str, ...]]:
    """Return for each number the other numbers that the very same promises serve.

    A proposal is (number, text, requirement). Reports that have to show different things are different
    promises, even where one file will keep them all. Other documents are the same only when they are asked for
    in the same words.
    """
    keys = {
        number: (requirement, "" if requirement.kind in _SHARED_KINDS else fold(text))
        for number, text, requirement in proposals
    }
    groups: dict[tuple[Requirement, str], list[str]] = {}
    for number, key in keys.items():
        groups.setdefault(key, []).append(number)
    return {number: tuple(other for other in groups[key] if other != number) for number, key in keys.items()}
