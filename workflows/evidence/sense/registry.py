"""The checks, and to which kind of paper each is put. A new one is one small module and one line in each table."""

import logging
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from workflows.evidence.sense.contents import check_contents
from workflows.evidence.sense.copies import check_same_figures, check_same_file
from workflows.evidence.sense.people import check_acknowledgement, check_signers
from workflows.evidence.sense.period import check_quarter, check_year
from workflows.evidence.sense.places import check_agency, check_unit
from workflows.evidence.sense.subject import Remark, Subject
from workflows.plans.models import RequirementKind

log = logging.getLogger(__name__)

SENSE: Mapping[str, Callable[[Subject], Iterator[Remark]]] = MappingProxyType(
    {
        "agency": check_agency,
        "unit": check_unit,
        "year": check_year,
        "quarter": check_quarter,
        "signers": check_signers,
        "acknowledgement": check_acknowledgement,
        "contents": check_contents,
        "same_file": check_same_file,
        "same_figures": check_same_figures,
    }
)
PROFILES: Mapping[RequirementKind, tuple[str, ...]] = MappingProxyType(
    {
        RequirementKind.QUARTERLY_MONITORING: (
            *("agency", "unit", "year", "quarter", "signers", "acknowledgement"),
            *("same_file", "same_figures"),
        ),
        RequirementKind.PERFORMANCE_REPORT: ("agency", "year", "signers", "contents", "same_file", "same_figures"),
        RequirementKind.DOCUMENT: ("agency", "year", "same_file", "same_figures"),
        RequirementKind.OUTCOME: (),
    }
)


BY_ANOTHER_LOOK = frozenset({"same_file"})
"""Checks that need no text."""


def remarks(subject: Subject) -> list[Remark]:
    """Put every question of the profile; one that fails costs its own answer, not those of the others.

    A paper of which no word could be read is not asked about its words.
    """
    readable = any(page.tokens for page in subject.pages)
    found: list[Remark] = []
    for name in PROFILES[subject.kind]:
        if not readable and name not in BY_ANOTHER_LOOK:
            continue
        try:
            found.extend(SENSE[name](subject))
        except Exception:  # advice is not worth a reading that stays open
            log.exception("sense.check_failed", extra={"check": name})
    return found
