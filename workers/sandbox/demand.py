"""Which walls can stand on this machine, found out before the first file comes."""

from __future__ import annotations

import os
import selectors

from workers.sandbox.limits import ChildLimits
from workers.sandbox.spawn import Child
from workflows.evidence.checks.report import Isolation

STRENGTH = (Isolation.LIMITS, Isolation.PARTIAL, Isolation.FULL)
"""The weakest first."""


class WallsMissingError(Exception):
    """This machine cannot confine a child as far as its operator demands."""


def demand(least: Isolation) -> Isolation:
    """Confine a child that does nothing, and say how far that went.

    :raises WallsMissingError: it went less far than `least`.
    """
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    try:
        child = Child(lambda _file: b"{}", file=nothing, limits=ChildLimits())
    finally:
        os.close(nothing)
    with selectors.DefaultSelector() as waiting:
        waiting.register(child.process, selectors.EVENT_READ)
        waiting.select(ChildLimits().wall_seconds)
    reached = Isolation(child.result()["isolation"])
    if STRENGTH.index(reached) < STRENGTH.index(least):
        raise WallsMissingError(
            f"tembok pelindung di mesin ini hanya '{reached}', sedangkan yang diminta '{least}'. Jalankan di kernel "
            "Linux 5.13 ke atas dengan seccomp dan Landlock aktif."
        )
    return reached
