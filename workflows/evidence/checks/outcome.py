"""What one check hands back: facts for the report's fixed keys, and remarks that the policy will weigh."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict

from workflows.evidence.checks.report import (
    ActiveContent,
    Attachment,
    Encryption,
    Opens,
    PageSize,
    Signature,
    SignatureJudgement,
    SignatureVerdict,
    SigningKind,
    TextLayer,
)


class Facts(TypedDict, total=False):
    """The part of the report that one check knows."""

    opens: Opens
    pages: int | None
    encrypted: Encryption
    active_content: tuple[ActiveContent, ...]
    signature_verdict: SignatureVerdict
    signatures: tuple[Signature, ...]
    signatures_judged: SignatureJudgement
    text_layer: TextLayer
    version: str | None
    page_sizes: tuple[PageSize, ...]
    attachments: tuple[Attachment, ...]
    kind: SigningKind
    scanned_pages: tuple[int, ...]
    created: str | None


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding before the policy has given it a weight."""

    code: str
    message: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Facts and remarks; `final` when the checks after this one have nothing left to look at."""

    facts: Facts = field(default_factory=Facts)
    remarks: tuple[Remark, ...] = ()
    final: bool = False
