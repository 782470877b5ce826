"""Runs every check over one file and lets the policy weigh what they say."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import BinaryIO

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.limits import Limits
from workflows.evidence.checks.outcome import Facts, Outcome, Remark
from workflows.evidence.checks.policy import Policy, policy
from workflows.evidence.checks.registry import CHECKS, Check
from workflows.evidence.checks.report import (
    CheckReport,
    Encryption,
    Finding,
    Isolation,
    Opens,
    SignatureVerdict,
    TextLayer,
    verdict_of,
)
from workflows.evidence.checks.sentences import CHECK_FAILED
from workflows.evidence.checks.trust_list import NO_TRUST, TrustList

DEFAULT_LIMITS = Limits()
UNKNOWN: Mapping[str, Facts] = MappingProxyType({"signatures": {"signature_verdict": SignatureVerdict.UNVERIFIABLE}})
"""What the report says where a check broke and has a word for what nobody could tell."""


def check_file(
    file: BinaryIO,
    *,
    name: str,
    profile: str = "document",
    limits: Limits = DEFAULT_LIMITS,
    checks: Sequence[Check] = CHECKS,
    trust: TrustList = NO_TRUST,
) -> CheckReport:
    """Judge a seekable file. It is read, never changed; `name` is only repeated in the report.

    Foreign bytes belong in the sandbox (`workers.sandbox`): the readers may crash or eat memory, and only
    there it does not matter. The report says `isolation: limits` until the sandbox puts in what it reached.

    :raises UnknownProfileError: when there is no policy of that name.
    :raises MemoryError: when the file asks for more than the process may have.
    """
    weights = policy(profile)
    started = time.monotonic()
    digest, size = _digest(file)
    document = Document(file, size=size, limits=limits, trust=trust)
    facts: Facts = {}
    findings: list[Finding] = []
    unfinished: list[str] = []
    for check in checks:
        try:
            outcome = check.run(document)
        except MemoryError:
            raise
        except Exception as error:  # it costs its own answer, not those of the others
            unfinished.append(check.name)
            outcome = _broken(check, error)
        facts.update(outcome.facts)
        findings.extend(_weigh(outcome.remarks, weights))
        if outcome.final:
            break
    return CheckReport(
        path=name,
        sha256=digest,
        bytes=size,
        verdict=verdict_of(findings),
        opens=facts.get("opens", Opens.NO),
        pages=facts.get("pages"),
        encrypted=facts.get("encrypted", Encryption.NONE),
        active_content=facts.get("active_content", ()),
        signature_verdict=facts.get("signature_verdict", SignatureVerdict.NONE),
        signatures=facts.get("signatures", ()),
        text_layer=facts.get("text_layer", TextLayer.NONE),
        findings=tuple(findings),
        isolation=Isolation.LIMITS,
        elapsed_ms=round((time.monotonic() - started) * 1000),
        signatures_judged=facts.get("signatures_judged"),
        version=facts.get("version"),
        page_sizes=facts.get("page_sizes", ()),
        attachments=facts.get("attachments", ()),
        kind=facts.get("kind"),
        scanned_pages=facts.get("scanned_pages", ()),
        created=facts.get("created"),
        unfinished=tuple(unfinished),
    )


def _digest(file: BinaryIO) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    file.seek(0)
    while block := file.read(1024 * 1024):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def _broken(check: Check, error: Exception) -> Outcome:
    message = CHECK_FAILED(name=check.name, error=type(error).__name__)
    return Outcome(facts=UNKNOWN.get(check.name, Facts()), remarks=(Remark("check_failed", message),))


def _weigh(remarks: Sequence[Remark], weights: Policy) -> list[Finding]:
    return [Finding(remark.code, weights.severity(remark.code), remark.message, remark.page) for remark in remarks]
