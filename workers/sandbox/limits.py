"""What one child may use before it is ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """Bounds that the kernel or the parent enforces, whatever runs inside."""

    address_space: int = 1024**3
    """Bytes of address space, the readers' own 200 MB included."""
    cpu_seconds: int = 20
    wall_seconds: float = 25.0
    """Enforced by the parent, so a child that sleeps or is stopped ends as well."""
