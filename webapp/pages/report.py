"""A delivery's check report as ``components/report.html`` shows it, whatever page it stands on."""

from collections.abc import Sequence
from typing import Any

from webapp.pages.signatures import Shown, shown
from webapp.pages.structure import StructureShown, structure_of
from workflows.evidence.checks.policy import BEYOND_REVIEW, MALWARE
from workflows.evidence.models import CheckReport, EvidenceReview
from workflows.evidence.reading.models import SenseFinding

SEVERITIES = ("reject", "warn", "info")


class ShownReport:
    """What a page that has a report, a review and new findings can tell of them."""

    report: CheckReport | None
    """The newest report on the delivery."""
    review: EvidenceReview | None
    """What was asked and answered about the delivery, where the checks refused it."""
    sense: Sequence[SenseFinding]
    """What the look at its text found."""

    @property
    def reviewed(self) -> bool:
        """Whether an evaluator accepted the delivery although the checks refused it, and it still counts."""
        found = {finding["code"] for finding in self.report.report["findings"]} if self.report else set()
        return self.review is not None and bool(self.review.accepted) and not found & BEYOND_REVIEW

    @property
    def harmful(self) -> bool:
        """Whether it is known to harm whoever opens it; then nobody is given it."""
        return self.report is not None and any(row["code"] == MALWARE for row in self.report.report["findings"])

    @property
    def findings(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The findings by severity, the heaviest first."""
        found = self.report.report["findings"] if self.report else []
        grouped = [(level, [row for row in found if row["severity"] == level]) for level in SEVERITIES]
        return [(level, rows) for level, rows in grouped if rows]

    @property
    def sense_by_weight(self) -> list[tuple[str, list[SenseFinding]]]:
        """What the look at the text found, by severity, the heavier first."""
        return by_weight(self.sense)

    @property
    def signatures(self) -> list[Shown]:
        """The signatures inside the delivery, in the order of signing."""
        return [shown(entry) for entry in self.report.report.get("signatures", ())] if self.report else []

    @property
    def structure(self) -> StructureShown:
        """How the delivery could be signed, its pages and what is attached."""
        return structure_of(self.report.report if self.report else None)


def by_weight(findings: Sequence[SenseFinding]) -> list[tuple[str, list[SenseFinding]]]:
    """Group findings by severity, the heavier first."""
    grouped = [(level, [row for row in findings if row.severity == level]) for level in SEVERITIES]
    return [(level, rows) for level, rows in grouped if rows]
