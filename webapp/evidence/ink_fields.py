"""What an upload says of the signatures on its paper: at most one line for each of the two, and none is asked for."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workflows.core.errors import InvalidInputError, Reason
from workflows.evidence.operations import Placement
from workflows.plans.models import Requirement
from workflows.signoff.certificates import position_of
from workflows.signoff.ink import Named, Signer, signers_of
from workflows.signoff.models import SignOffRole

BAD_SIGNER: Final = Reason("ink_signer", "Penanda tangan di kertas: true, atau nomor orangnya.")
NAMES = frozenset(f"ink_{role}{part}" for role in SignOffRole for part in ("", "_page", "_on"))
SHOWN = 4
"""Names that a line tells where one file goes to several posts."""
YES, NO = ("1", "true", "on", "yes"), ("", "0", "false", "off", "no")


@dataclass(frozen=True)
class Line:
    """One line of the form: whose signature may stand on the paper."""

    role: SignOffRole
    title: str
    """Of the post; empty where the file goes to several posts."""
    signers: Sequence[Signer]
    """Who may have signed; one of them is to be chosen where there are several for one post."""
    each: bool = False
    """Whether every one of them signed, each for his own post."""

    @property
    def names(self) -> str:
        """Return their names, not all of many."""
        names = [one.name for one in self.signers]
        return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")


def lines_of(requirements: Sequence[Requirement]) -> list[Line]:
    """Return the lines for a file that goes to these requirements; a post that is vacant has none. One query."""
    signers = signers_of(requirements)
    found = []
    for role in SignOffRole:
        positions = list(dict.fromkeys(position_of(row, role) for row in requirements))
        held = [signers.get(key, []) if key else [] for key in positions]
        if len(positions) == 1 and held[0]:
            post = requirements[0].signing_position if role == SignOffRole.SIGNED else None
            post = post or requirements[0].acknowledging_position
            found.append(Line(role, post.title if post else "", held[0]))
        elif len(positions) > 1 and all(len(people) == 1 for people in held):
            found.append(Line(role, "", [people[0] for people in held], each=True))
    return found


def read(
    fields: Mapping[str, str], placement: Placement, *, page: Callable[[str], int], day: Callable[[str], dt.date | None]
) -> list[Named]:
    """Return the signatures that were named. One without a date of its own has the paper's.

    :raises InvalidInputError: what was typed is no person, page or day.
    """
    found = []
    for role in SignOffRole:
        signer, number, on = (fields.get(f"ink_{role}{part}", "").strip() for part in ("", "_page", "_on"))
        if signer.lower() in NO:
            continue
        found.append(Named(role, _person(signer), page(number) if number else None, day(on) or placement.evidence_date))
    return found


def _person(text: str) -> uuid.UUID | None:
    try:
        return None if text.lower() in YES else uuid.UUID(text)
    except ValueError:
        raise InvalidInputError(BAD_SIGNER) from None
