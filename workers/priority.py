"""Background work steps back: a page or an upload that somebody waits for goes first, on the same processors."""

import contextlib
import os
from pathlib import Path

STEP_BACK = 5
"""Of 19 steps: about a third of what others get while the processors are busy, everything while they are not."""


def step_back() -> None:
    """Lower this process's share, and that of what it forks, while others want the processors as well.

    Linux may weigh whole sessions against each other (autogroup) and processes only inside one, so both are told.
    """
    os.nice(STEP_BACK)
    with contextlib.suppress(OSError):  # a kernel without it weighs processes
        Path("/proc/self/autogroup").write_text(str(STEP_BACK))
