"""What speaks against the pages that were named for each place of one delivery: advice, and never a bar.

Nobody knows how many pages a file has before its check, and a paper may be bound in ways that no rule foresees.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence

from workflows.core.errors import Reason
from workflows.core.sentences import Template
from workflows.evidence.cells import name_of
from workflows.evidence.models import CheckReport, EvidenceUse
from workflows.plans.models import RequirementKind

_BEYOND = Template("Disebut sampai halaman %(last)s, padahal berkas ini hanya %(pages)s halaman.")
_OVERLAP = Template("Halaman %(first)s sampai %(last)s disebut juga untuk %(cell)s. Periksa pembagian halamannya.")


def pages_of(report: CheckReport | None) -> int | None:
    """Return how many pages the checks counted; ``None`` while nobody has counted them."""
    pages: int | None = report.report.get("pages") if report else None
    return pages


def page_remarks(uses: Sequence[EvidenceUse], *, pages: int | None) -> Mapping[uuid.UUID, Sequence[Reason]]:
    """Return, per requirement, what cannot be right about its pages.

    :param uses: of one delivery, with their requirements. :param pages: of the file, where they were counted.
    """
    return {use.requirement_id: [*_beyond(use, pages), *_overlaps(use, uses)] for use in uses}


def _beyond(use: EvidenceUse, pages: int | None) -> Iterator[Reason]:
    if pages is not None and use.page_to is not None and use.page_to > pages:
        yield Reason("pages_beyond", _BEYOND(last=use.page_to, pages=pages))


def _overlaps(use: EvidenceUse, uses: Sequence[EvidenceUse]) -> Iterator[Reason]:
    """Only of quarterly reports, each of which is a paper of its own: what a performance report is asked to show may
    stand on the same pages. One page may be shared, where a report ends and the next begins."""
    for other in uses:
        both = (use.requirement, other.requirement)
        if other is use or any(row.kind != RequirementKind.QUARTERLY_MONITORING for row in both):
            continue
        if use.page_from is None or use.page_to is None or other.page_from is None or other.page_to is None:
            continue
        first, last = max(use.page_from, other.page_from), min(use.page_to, other.page_to)
        if first < last or (use.page_from, use.page_to) == (other.page_from, other.page_to):
            yield Reason("pages_overlap", _OVERLAP(first=first, last=last, cell=name_of(other.requirement)))
