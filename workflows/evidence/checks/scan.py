"""What a virus scanner said becomes part of the report, before anybody sees it.

The scan is not one of the checks: the checker has no network, so the worker asks and adds the answer. Without a
scanner a report has no word about it; with one it says what was scanned by which version, or why it was not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from workflows.core.sentences import phrase
from workflows.evidence.checks.policy import policy
from workflows.evidence.checks.report import CheckReport, Finding, Scan, ScanResult, verdict_of
from workflows.evidence.checks.sentences import MALWARE


class NotScanned(StrEnum):
    """Why there is no answer about the file. It is never taken for a clean one."""

    TOO_LARGE = "too-large"
    AWAY = "away"
    ERROR = "error"


WHY: Mapping[str, str] = MappingProxyType(
    {
        NotScanned.TOO_LARGE: phrase("Berkas ini belum dipindai virus karena terlalu besar bagi pemindai."),
        NotScanned.AWAY: phrase("Berkas ini belum dipindai virus karena pemindai tidak dapat dihubungi."),
        NotScanned.ERROR: phrase("Berkas ini belum dipindai virus karena pemindai gagal membacanya."),
    }
)


def with_scan(report: CheckReport, scan: Scan, *, profile: str = "document") -> CheckReport:
    """The report with the scanner's answer; the verdict follows from the findings, as ever."""
    findings = (*findings_of(scan, profile=profile), *report.findings)
    return replace(report, findings=findings, verdict=verdict_of(findings), scan=scan)


def findings_of(scan: Scan, *, profile: str = "document") -> list[Finding]:
    """What follows from the scanner's answer."""
    found: list[Finding] = []
    if scan.result is ScanResult.MALWARE:
        found.append(Finding("malware", policy(profile).severity("malware"), MALWARE(name=scan.name)))
    elif scan.result is ScanResult.NOT_SCANNED:
        message = WHY.get(scan.name or "", WHY[NotScanned.ERROR])
        found.append(Finding("not_scanned", policy(profile).severity("not_scanned"), message))
    return found
