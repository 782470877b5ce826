"""A bound on the time that a library may take over foreign bytes, inside one process with one thread.

The kernel interrupts the process a few times a second of its work, and each time the clock is looked at. This costs
nothing worth measuring; asking the interpreter to look at every call (`sys.settrace`) more than doubled the time that
signatures take. A single call into C is not interrupted; the child's bound on processor time is there for that.
"""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType, TracebackType

TICK = 0.02
"""Seconds of work between two looks at the clock."""


class OutOfTimeError(BaseException):
    """The time is used up. No `Exception`: libraries catch those to carry on with less."""


class Deadline:
    """A moment after which whatever runs inside `with deadline:` is interrupted, again and again until it is left.

    Signals reach the main thread only, and a checker's child has no other; elsewhere the clock is looked at once.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._inside = False

    def __enter__(self) -> None:
        """Start to watch.

        :raises OutOfTimeError: the time was over before.
        """
        if time.monotonic() > self._end:
            raise OutOfTimeError
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGPROF, self._look)
            self._inside = True
            signal.setitimer(signal.ITIMER_PROF, TICK, TICK)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching."""
        if self._inside:
            self._inside = False
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, self._before or signal.SIG_DFL)

    def _look(self, number: int, frame: FrameType | None) -> None:
        # Never while the watch is being set up or taken down: it would stay behind.
        at_the_door = frame is not None and frame.f_code.co_filename == __file__
        if self._inside and not at_the_door and time.monotonic() > self._end:
            raise OutOfTimeError
