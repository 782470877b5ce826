"""Starts a child for one file, collects what it writes and says how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from typing import Any

from workers.sandbox import child
from workers.sandbox.limits import ChildLimits
from workers.sandbox.program import Program
from workflows.evidence.checks.failure import Failure
from workflows.evidence.checks.report import CheckReport, Isolation

ENDING = (signal.SIGTERM, signal.SIGINT)


class Child:
    """One confined process. `pipe` is readable when it writes, `process` when it has ended."""

    def __init__(self, work: child.Work | Program, *, file: int, limits: ChildLimits) -> None:
        """Fork. The caller has no threads, so the copy is whole."""
        self._limits = limits
        self._is_program = isinstance(work, Program)
        self.pipe, writing = os.pipe()
        # A handler of the parent must not run in the copy before it is forgotten there.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                if isinstance(work, Program):
                    child.become(work, file=file, answer=writing, limits=limits)
                child.run(work, file=file, answer=writing, limits=limits)
        except OSError:
            os.close(self.pipe)
            raise
        finally:
            os.close(writing)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        os.set_blocking(self.pipe, False)
        self.process = os.pidfd_open(self.pid)
        self.deadline = time.monotonic() + limits.wall_seconds
        self._written = bytearray()
        self._ended_for: Failure | None = None

    def read(self) -> bool:
        """Take what has been written; False when the child has closed its end."""
        while True:
            try:
                data = os.read(self.pipe, 256 * 1024)
            except BlockingIOError:
                return True
            if not data:
                return False
            if len(self._written) <= self._limits.answer:
                self._written += data
            if len(self._written) > self._limits.answer:
                self.end(Failure.ANSWER)
                return False

    def end(self, failure: Failure) -> None:
        """Kill the child; the first reason counts."""
        self._ended_for = self._ended_for or failure
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.process, signal.SIGKILL)

    def result(self) -> dict[str, Any]:
        """The answer to send on, after the child has ended: its own when it is sound, else the failure."""
        _, status, used = os.wait4(self.pid, 0)
        self.read()
        os.close(self.pipe)
        os.close(self.process)
        level, _, body = bytes(self._written).partition(b"\n")
        isolation = next((known for known in Isolation if known.value.encode() == level), Isolation.LIMITS)
        failure = self._ended_for or _failure(status)
        # Whoever ignores the signal that comes first is killed at the hard limit.
        if failure is Failure.CRASHED and used.ru_utime + used.ru_stime >= self._limits.cpu_seconds:
            failure = Failure.TIMEOUT
        if failure is None:
            answer = _text(body) if self._is_program else _sound(body, isolation)
            if answer is not None:
                return {**answer, "isolation": isolation.value}
            failure = Failure.ANSWER
        return {"failure": failure.value, "isolation": isolation.value}


def _failure(status: int) -> Failure | None:
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return None
    if code == child.EXIT_MEMORY:
        return Failure.MEMORY
    return Failure.TIMEOUT if code == -signal.SIGXCPU else Failure.CRASHED


def _text(body: bytes) -> dict[str, Any]:
    """What a program wrote: no words of its own can pass for anything but text."""
    return {"text": body.decode("utf-8", "replace").replace("\x00", "")}


def _sound(body: bytes, isolation: Isolation) -> dict[str, Any] | None:
    """The child's answer if it has the agreed shape, with the isolation that the parent knows of."""
    try:
        document = json.loads(body)
        if set(document) == {"report"}:
            report = CheckReport.from_json(document["report"])
            return {"report": {**report.to_json(), "isolation": isolation.value}}
    except (ValueError, TypeError, RecursionError):  # ReportFormatError is a ValueError
        return None
    pictures = document.get("pictures")
    if set(document) == {"pictures"} and isinstance(pictures, list):
        return {"pictures": pictures}
    plan = document.get("ok")
    error = document.get("error")
    if set(document) == {"ok"} and isinstance(plan, dict):
        return {"ok": plan}
    if (
        set(document) == {"error"}
        and isinstance(error, dict)
        and set(error) == {"code", "message"}
        and all(isinstance(value, str) for value in error.values())
    ):
        return {"error": error}
    return None
