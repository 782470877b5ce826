"""Is the file of a size that archives and readers handle well?"""

from __future__ import annotations

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.outcome import Outcome, Remark
from workflows.evidence.checks.sentences import TOO_LARGE

MIB = 1024 * 1024


def check_size(document: Document) -> Outcome:
    """A very large file is kept, with the advice to scan smaller next time."""
    limit = document.limits.max_bytes
    if document.size <= limit:
        return Outcome()
    message = TOO_LARGE(size=round(document.size / MIB), limit=round(limit / MIB))
    return Outcome(remarks=(Remark("too_large", message),))
