"""A page as it was read: its runs in the order of the file, and what is drawn on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.documents.pdf.letters import Run
from workflows.documents.pdf.rules import Rules


@dataclass(frozen=True)
class Page:
    """One page."""

    number: int
    runs: Sequence[Run]
    rules: Rules
