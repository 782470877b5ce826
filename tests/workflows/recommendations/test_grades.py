"""Predicates and figures: decimals, edges from data, and nothing that the paper does not say."""

from decimal import Decimal

import pytest

from workflows.core.errors import InvalidInputError
from workflows.recommendations.grades import checked, grade_of, read_scale, remark, scale
from workflows.recommendations.models import Component

ALL = dict(zip(Component, map(Decimal, ("24.00", "21.50", "12.25", "20.25")), strict=True))


@pytest.mark.parametrize(
    ("score", "code"),
    [
        ("100", "AA"), ("90.01", "AA"), ("90", "A"), ("80.01", "A"), ("80.00", "BB"), ("70.01", "BB"), ("70", "B"),
        ("60", "CC"), ("50", "C"), ("30.01", "C"), ("30", "D"), ("0.01", "D"), ("0", "E"),
    ],
)  # fmt: skip
def test_a_predicate_is_given_above_its_edge(score: str, code: str) -> None:
    grade = grade_of(Decimal(score))
    assert grade is not None
    assert grade.code == code


def test_another_region_has_other_edges() -> None:
    text = '[[grade]]\ncode = "LULUS"\nname = "Lulus"\nabove = 59.5\n[[grade]]\ncode = "TIDAK"\nname = "Tidak"\n[weights]\nA = 100\n'
    other = read_scale(text)
    assert [grade_of(Decimal(score), by=other).code for score in ("59.5", "59.51")] == ["TIDAK", "LULUS"]  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="edges"):
        read_scale(text.replace("above = 59.5", ""))
    assert sum(scale().weights.values()) == 100


def test_four_figures_give_the_total_and_none_is_more_than_its_weight() -> None:
    assert checked(None, ALL) == Decimal("78.00")
    assert checked(Decimal("78.05"), ALL) == Decimal("78.05")
    assert checked(None, {Component.PLANNING: Decimal(20)}) is None
    with pytest.raises(InvalidInputError) as error:
        checked(Decimal("100.001"), {Component.REPORTING: Decimal("15.01"), Component.PLANNING: Decimal("1.005")})
    assert [reason.code for reason in error.value.reasons] == ["component_score", "component_score", "score"]


def test_what_does_not_add_up_is_remarked_on() -> None:
    assert remark(Decimal("78.02"), ALL) is None
    found = remark(Decimal("79"), ALL)
    assert found is not None
    assert "78.00" in found.message
