"""What an evaluation's figures are called: predicates by their edges, components by their weights, all of it data.

Nothing here scores: figures are taken from the paper, kept as decimals, and never computed from criteria.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from workflows.core.errors import InvalidInputError, Reason
from workflows.core.sentences import Template
from workflows.recommendations.models import Component

SOURCE = Path(__file__).with_name("grades.toml")
CENT = Decimal("0.01")
_OVER = Template("Nilai komponen %(component)s paling besar %(weight)s.")
_TOTAL = Reason("score", "Nilai LHE berupa angka 0 sampai 100 dengan paling banyak dua angka di belakang koma.")
_SUM = Template("Jumlah keempat komponen %(sum)s, sedangkan nilai LHE %(score)s. Periksa angkanya di surat.")


@dataclass(frozen=True)
class Grade:
    """A predicate: it is given above its edge, and not at it."""

    code: str
    name: str
    above: Decimal | None
    """``None`` for the last one, which is what is left."""


@dataclass(frozen=True)
class Scale:
    """The predicates from the best down, and what each component's figure is out of."""

    grades: Sequence[Grade]
    weights: Mapping[Component, Decimal]


def read_scale(text: str) -> Scale:
    """Return a scale. :raises ValueError: it cannot be used, and why."""
    document: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)
    grades = [
        Grade(row["code"], row["name"], Decimal(row["above"]) if "above" in row else None) for row in document["grade"]
    ]
    edges = [grade.above for grade in grades[:-1]]
    if grades[-1].above is not None or None in edges or edges != sorted(edges, key=lambda edge: -(edge or 0)):
        raise ValueError("edges fall from the first grade to the last, which has none")
    return Scale(grades, {Component(code): Decimal(weight) for code, weight in document["weights"].items()})


@cache
def scale() -> Scale:
    """Return the site's scale."""
    return read_scale(SOURCE.read_text("utf-8"))


def grade_of(score: Decimal | None, *, by: Scale | None = None) -> Grade | None:
    """Return the predicate of a total, to two places; ``None`` where there is no total."""
    if score is None:
        return None
    exact = score.quantize(CENT)
    return next(grade for grade in (by or scale()).grades if grade.above is None or exact > grade.above)


def checked(score: Decimal | None, figures: Mapping[Component, Decimal]) -> Decimal | None:
    """Return the total: as it was told, else the sum of all four figures.

    :raises InvalidInputError: with every figure that is more than its component's weight, or not to two places.
    """
    reasons = [
        Reason("component_score", _OVER(component=component.value, weight=scale().weights[component]))
        for component, figure in figures.items()
        if not (0 <= figure <= scale().weights[component] and figure == figure.quantize(CENT))
    ]
    if score is not None and not (0 <= score <= 100 and score == score.quantize(CENT)):
        reasons.append(_TOTAL)
    if reasons:
        raise InvalidInputError(*reasons)
    if score is None and figures.keys() == set(Component):
        return sum(figures.values(), Decimal(0))
    return score


def remark(score: Decimal | None, figures: Mapping[Component, Decimal]) -> Reason | None:
    """Return what does not add up; the paper counts all the same."""
    total = sum(figures.values(), Decimal(0))
    if score is None or figures.keys() != set(Component) or abs(total - score) <= 2 * CENT:
        return None
    return Reason("score_sum", _SUM(sum=total, score=score))
