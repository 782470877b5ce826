"""What a check is given: the pages as they were read, and what the requirement says that they should be."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from workflows.evidence.sense.words import tokens
from workflows.plans.models import RequirementKind

INFO, WARN = "info", "warn"


@dataclass(frozen=True)
class Page:
    """One page and what was read of it."""

    number: int
    text: str

    @cached_property
    def tokens(self) -> list[str]:
        """Its words, in their order."""
        return tokens(self.text)


@dataclass(frozen=True)
class Holder:
    """Somebody who held a post in the time of the paper."""

    name: str
    nip: str | None


@dataclass(frozen=True)
class Signer:
    """A post that the paper should bear the name of."""

    post: str
    holders: Sequence[Holder]


@dataclass(frozen=True)
class Twin:
    """Another delivery that is this file, or holds its figures."""

    title: str
    """Of the requirement in whose place it stands."""
    agency: str
    foreign: bool
    """Of another agency, whose papers this one's people do not see."""


@dataclass(frozen=True)
class Subject:
    """A paper in the place of one requirement."""

    pages: Sequence[Page]
    kind: RequirementKind
    agency: str
    agency_code: str
    unit: str
    other_units: Sequence[str]
    of_whole_agency: bool
    """The unit stands for the whole agency, and its name need not be in the paper."""
    year: int
    quarter: int | None
    expects: Sequence[str] = ()
    signer: Signer | None = None
    acknowledger: Signer | None = None
    same_file: Sequence[Twin] = ()
    same_figures: Sequence[Twin] = ()
    requirement_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Remark:
    """One thing that was seen. What is only for the Inspektorat, or only for the agency, is marked."""

    code: str
    severity: str
    message: str
    page: int | None = None
    audience: str = field(default="all")
