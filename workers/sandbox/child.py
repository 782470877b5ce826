"""The inside of a child: from the fork to its exit, with foreign bytes only after the walls stand."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import BinaryIO, NoReturn

from workers.sandbox.confinement import ANSWER, FILE, confine, keep_only
from workers.sandbox.limits import ChildLimits
from workers.sandbox.program import Program
from workflows.evidence.checks.report import Isolation

EXIT_MEMORY = 75
EXIT_FAILED = 70

Work = Callable[[BinaryIO], bytes]


def run(work: Work, *, file: int, answer: int, limits: ChildLimits) -> NoReturn:
    """Confine this process, do the work, write the answer, leave. Never returns into the parent's code.

    The first line of the answer is the isolation reached, written before the file is read: nothing in the file can
    change it.
    """
    status = EXIT_FAILED
    try:
        _forget_handlers()
        keep_only(file, answer)
        # Opened now: the walls leave no way to ask about a descriptor, let alone to open one.
        with open(FILE, "rb", closefd=False) as readable:
            _write(f"{confine(limits)}\n".encode())
            _write(work(readable))
        status = 0
    except MemoryError:
        status = EXIT_MEMORY
    finally:
        os._exit(status)


def become(program: Program, *, file: int, answer: int, limits: ChildLimits) -> NoReturn:
    """Confine this process, then replace it by the program, which reads the file and writes the answer.

    Landlock is what keeps it from becoming any other program, seccomp what keeps it from every socket: where one of
    them is missing, it becomes nothing at all.
    """
    status = EXIT_FAILED
    try:
        _forget_handlers()
        keep_only(file, answer)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor, number in ((nowhere, 2), (FILE, 0), (ANSWER, 1)):
            os.dup2(descriptor, number)
        os.lseek(0, 0, os.SEEK_SET)
        isolation = confine(limits, program=program)
        if isolation is not Isolation.LIMITS:
            _write(f"{isolation}\n".encode())
            program.execute()
    finally:
        os._exit(status)


def _forget_handlers() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(ANSWER, data) :]
