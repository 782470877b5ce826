"""The report on a file that is no PDF and travels with a delivery, and what such files do to the delivery's own report.

There is no check of their contents: that they are what they seem was told while they came in, and a virus scanner may
have looked at them. Both forms are those of a stored report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from workflows.evidence.checks.policy import policy
from workflows.evidence.checks.report import Scan, verdict_of
from workflows.evidence.checks.scan import findings_of
from workflows.evidence.checks.sentences import SUPPORTING_MALWARE

CODE = "supporting_malware"


def plain_report(*, name: str, sha256: str, size: int, media_type: str, scan: Scan | None) -> dict[str, Any]:
    """The report on a file whose contents no check reads."""
    findings = findings_of(scan) if scan is not None else []
    return {
        "path": name,
        "sha256": sha256,
        "bytes": size,
        "media_type": media_type,
        "verdict": verdict_of(findings).value,
        "findings": [asdict(found) for found in findings],
        "scan": asdict(scan) if scan is not None else None,
    }


def bears_malware(report: Mapping[str, Any]) -> bool:
    """Whether the scanner found something in it."""
    return any(found["code"] == "malware" for found in report["findings"])


def with_infected(report: Mapping[str, Any], numbers: Sequence[int], *, profile: str) -> dict[str, Any]:
    """The delivery's own report: malware in what travels with it refuses the delivery; nothing else there does.

    :param numbers: which of those files bear malware, from 1
    """
    if not numbers:
        return dict(report)
    message = SUPPORTING_MALWARE(numbers=", ".join(map(str, numbers)))
    found = {"code": CODE, "severity": policy(profile).severity(CODE).value, "message": message, "page": None}
    return {**report, "verdict": "reject", "findings": [found, *report["findings"]]}
