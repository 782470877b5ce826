"""The checks in the order in which they run. A new check is one small module and one line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workflows.evidence.checks.active_content import check_active_content
from workflows.evidence.checks.content import check_content
from workflows.evidence.checks.document import Document
from workflows.evidence.checks.encryption import check_encryption
from workflows.evidence.checks.file_type import check_file_type
from workflows.evidence.checks.made import check_made
from workflows.evidence.checks.opening import check_opening
from workflows.evidence.checks.outcome import Outcome
from workflows.evidence.checks.signatures import check_signatures
from workflows.evidence.checks.signing_kind import check_signing_kind
from workflows.evidence.checks.size import check_size
from workflows.evidence.checks.structure import check_structure
from workflows.evidence.checks.text_layer import check_text_layer


@dataclass(frozen=True, slots=True)
class Check:
    """One question to the file."""

    name: str
    run: Callable[[Document], Outcome]


CHECKS: tuple[Check, ...] = (
    Check("file_type", check_file_type),
    Check("size", check_size),
    Check("encryption", check_encryption),
    Check("opening", check_opening),
    Check("active_content", check_active_content),
    Check("signatures", check_signatures),
    Check("content", check_content),
    Check("text_layer", check_text_layer),
    Check("structure", check_structure),
    Check("signing_kind", check_signing_kind),
    Check("made", check_made),
)
