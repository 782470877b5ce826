"""A process that dies on its way, right before a chosen one of the steps that others can see.

The steps are counted, not named: each statement to the database, each commit and each request to the store is one.
To die before a step is to die after the one before it, so that going through all of them leaves no moment out.
"""

import os
import signal
from collections.abc import Callable, Iterator

import sqlalchemy as sa
import urllib3
from sqlalchemy.engine import Engine

WENT_WRONG = 255


class Steps:
    """Counts the steps of this process and ends it before the chosen one."""

    def __init__(self, last: int) -> None:
        self.done = 0
        self._last = last

    def watch(self) -> None:
        """Begin; for good, so only in a process that ends with what it does."""
        for name in ("before_cursor_execute", "commit"):
            sa.event.listen(Engine, name, self._step)
        real = urllib3.PoolManager.urlopen

        def urlopen(*arguments: object, **named: object) -> object:
            self._step()
            return real(*arguments, **named)  # type: ignore[arg-type]

        urllib3.PoolManager.urlopen = urlopen  # type: ignore[assignment,method-assign]

    def _step(self, *_: object) -> None:
        self.done += 1
        if self.done == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def killed_before_each_step(
    act: Callable[[int], object], *, prepare: Callable[[], object] = lambda: None
) -> Iterator[int]:
    """Do ``act(1)`` in a fork that dies before its first step, ``act(2)`` in one that dies before its second, and so on.

    The number of the step is handed on after each death; the last time nobody dies and the end is reached. What the
    parent has connected must not be used by ``act``.

    :param prepare: what the parent does before each of them
    """
    for number in range(1, WENT_WRONG):
        prepare()
        pid = os.fork()
        if pid == 0:
            status = WENT_WRONG
            try:
                Steps(number).watch()
                act(number)
                status = 0
            finally:
                os._exit(status)
        ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if ended not in (0, -signal.SIGKILL):
            raise AssertionError(f"the process ended with {ended} before step {number}")
        yield number
        if ended == 0:
            return
    raise AssertionError("no end in sight")
