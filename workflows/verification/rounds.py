"""The rounds of a requirement: what was signed off and verified in each. Reopening begins the next; none is lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.signoff.models import SignOff
from workflows.verification.models import Verification


@dataclass(frozen=True)
class Round:
    """One round, the first is 1."""

    number: int
    sign_offs: Sequence[SignOff]
    verifications: Sequence[Verification]


def rounds_of(current: int, sign_offs: Sequence[SignOff], verifications: Sequence[Verification]) -> list[Round]:
    """Return all rounds, the newest first. :param current: the requirement's own round."""
    return [
        Round(
            number,
            [row for row in sign_offs if row.round == number],
            [row for row in verifications if row.round == number],
        )
        for number in range(current, 0, -1)
    ]
