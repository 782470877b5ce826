"""A bound on the time that a library may take over foreign bytes, where neither threads nor timers are to be had.

The walls around a checker's child leave no timer to set, so the clock is read whenever the interpreter enters a
function. A loop without calls is not stopped by this; the child's bound on processor time is, and ends the child.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

EVERY = 64
"""Calls between two looks at the clock."""


class OutOfTimeError(BaseException):
    """The time is used up. No `Exception`: libraries catch those to carry on with less."""


class Deadline:
    """A moment after which whatever runs inside `watching` is interrupted."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._calls = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Interrupt what runs inside when the time is over.

        :raises OutOfTimeError: then, or at once when it was over before.
        """
        before = sys.gettrace()
        self._look()
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, argument: Any) -> None:
        """Called by the interpreter as it enters a function; no answer means that its lines are not followed."""
        self._calls += 1
        if self._calls % EVERY == 0:
            self._look()

    def _look(self) -> None:
        if time.monotonic() > self._end:
            raise OutOfTimeError
