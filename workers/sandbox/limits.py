"""What one child may use before it is ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from workflows.evidence.checks.wire import ANSWER_LIMIT, BITMAP_LIMIT, PLAN_LIMIT


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """Bounds that the kernel or the parent enforces, whatever runs inside."""

    address_space: int = 1024**3
    """Bytes of address space, the readers' own 200 MB included."""
    cpu_seconds: int = 20
    wall_seconds: float = 25.0
    """Enforced by the parent, so a child that sleeps or is stopped ends as well."""
    answer: int = ANSWER_LIMIT
    """Bytes that it may write."""


LIMITS: Mapping[str, ChildLimits] = MappingProxyType(
    {
        "text": ChildLimits(),
        "bitmap": ChildLimits(answer=BITMAP_LIMIT),
        # A page full of small print takes ten seconds of a slow core.
        "ocr": ChildLimits(cpu_seconds=60, wall_seconds=75.0, answer=256 * 1024),
    }
)
"""By kind of question, where the reading of pages needs other bounds than a check."""


def limits_of(kind: str, usual: ChildLimits) -> ChildLimits:
    """Return the bounds of one kind of question; a plan may say more than a check, and is otherwise bound like one."""
    if kind == "plan":
        return replace(usual, answer=PLAN_LIMIT)
    return LIMITS.get(kind, usual)
