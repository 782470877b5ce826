"""Does an action open a document, or start a program? (ISO 32000-2, 12.6.4.6 and 7.11)

A file may name its target in several places, and each reader goes by another one, so each of them must be a document.
"""

from __future__ import annotations

import re
from typing import Any

from workflows.evidence.checks.graph import CONTROL, fetch, is_dictionary, is_string, spelled, word

PARAMETERS = ("/Win", "/Mac", "/Unix")
"""Of an action: how a program is started on each system."""
NAMES = ("/F", "/UF", "/DOS", "/Unix", "/Mac")
"""Of a file specification: the same file, as each system names it."""
DOCUMENT_SUFFIXES = (
    *(".pdf", ".txt", ".jpg", ".jpeg", ".png"),
    *(".doc", ".docx", ".xls", ".xlsx", ".ppt", ".pptx", ".odt", ".ods", ".odp"),
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
"""Of an address: a drive has one letter."""


def opens_document(action: Any) -> bool:
    """Whether all that is known of a launch action's target is a document on the reader's own machine."""
    try:
        if any(key in action for key in PARAMETERS):
            return False
        target = fetch(action, "/F")
        if not is_dictionary(target):
            return _is_document(target)
        if word(target, "/FS"):
            return False
        named = [fetch(target, key) for key in NAMES if key in target]
        return bool(named) and all(_is_document(name) for name in named)
    except MemoryError:
        raise
    except Exception:  # whatever a reader raises: a target that nobody can read is no document
        return False


def _is_document(name: Any) -> bool:
    """By the whole name, as it is written; a character that shows nothing may end the name for another reader."""
    if not is_string(name):
        return False
    whole = spelled(name).strip(" ").lower()
    # A network share or an address would hand the reader's credentials to a stranger.
    outside = whole.replace("/", "\\").startswith("\\\\") or _SCHEME.match(whole)
    return whole.endswith(DOCUMENT_SUFFIXES) and not outside and not CONTROL.search(whole)
