"""Keeps the product's processes running: forks them, watches them and the engines, stops them in order.

The command line imports everything once, builds the parts and hands over here; the parts share what was
imported. Nothing in this process has a thread, so forking is safe.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from webapp.embedded.engine import Command, guarded
from webapp.embedded.errors import EngineError
from webapp.embedded.guard import die_with_parent
from webapp.embedded.launcher import Engines

MOST_RESTARTS = 5
RESTART_WINDOW_SECONDS = 60.0
FIRST_DELAY_SECONDS = 0.1
"""Doubled with each restart in the window, so that five of them stay inside it."""

STOP_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process of the product: a function run in a fork, or a program with an environment of its own."""

    name: str
    run: Callable[[], None] | None = None
    argv: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment of a program; a forked part keeps this process's."""

    stop_seconds: float = 10.0
    """How long it may finish what it does after SIGTERM."""

    def __post_init__(self) -> None:
        if (self.run is None) == (not self.argv):
            raise ValueError("a part is either a function or a program")


class Supervisor:
    """Runs parts until a signal or until one of them cannot be kept running.

    Parts are stopped in the order given (web, workers, checker) and started in the opposite one, so
    that whoever takes work from outside comes last and goes first. The engines are stopped after all.
    """

    def __init__(self, parts: Sequence[Part], *, log: logging.Logger, engines: Engines | None = None) -> None:
        self._parts = [_Running(part) for part in parts]
        self._engines = engines
        self._log = log
        self._restarts: dict[str, deque[float]] = {}
        self._due: dict[str, float] = {}

    def run(self) -> int:
        """Returns the exit status: 0 after a stop that was asked for, 1 after giving up."""
        watched = STOP_SIGNALS | {signal.SIGCHLD}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
        try:
            try:
                for part in reversed(self._parts):
                    part.start()
                while True:
                    received = signal.sigtimedwait(watched, self._pause())
                    if received and received.si_signo in STOP_SIGNALS:
                        self._log.info("Menghentikan Tuntas ...")
                        return 0
                    self._revive()
            except (EngineError, OSError) as error:
                self._log.error("%s", error)
                return 1
            finally:
                self._stop()
        finally:
            # Signals that came meanwhile have been obeyed.
            while signal.sigtimedwait(watched, 0):
                pass
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _pause(self) -> float:
        soonest = min(self._due.values(), default=float("inf")) - time.monotonic()
        # SIGCHLD ends the wait early; the half second only guards against one that was merged with another.
        return max(0.0, min(0.5, soonest))

    def _revive(self) -> None:
        """Plan a restart for whatever has died, and carry out those that are due."""
        for name in self._engines.dead() if self._engines else ():
            if name not in self._due:
                assert self._engines is not None  # noqa: S101
                self._plan(name, str(self._engines.failure(name)))
        for part in self._parts:
            if part.part.name not in self._due and (status := part.ended()) is not None:
                self._plan(part.part.name, status)
        now = time.monotonic()
        for name in [name for name, due in self._due.items() if due <= now]:
            del self._due[name]
            self._restart(name)

    def _plan(self, name: str, why: str) -> None:
        now = time.monotonic()
        recent = self._restarts.setdefault(name, deque())
        while recent and recent[0] < now - RESTART_WINDOW_SECONDS:
            recent.popleft()
        if len(recent) >= MOST_RESTARTS:
            raise EngineError(
                "part_failed",
                f"Bagian {name} berhenti {len(recent) + 1} kali dalam satu menit ({why}), "
                "jadi semua bagian dihentikan.",
            )
        self._due[name] = now + FIRST_DELAY_SECONDS * 2 ** len(recent)
        recent.append(now)
        self._log.warning("Bagian %s berhenti (%s); dijalankan lagi.", name, why)

    def _restart(self, name: str) -> None:
        for part in self._parts:
            if part.part.name == name:
                part.start()
                return
        if self._engines:
            self._engines.relaunch(name)

    def _stop(self) -> None:
        hurry = False
        for part in self._parts:
            hurry = part.stop(hurry=hurry) or hurry
        if self._engines:
            self._engines.stop()


class _Running:
    """A part and its present process, which leads a session of its own."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._pid: int | None = None
        self._program: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self.part.run is not None:
            self._pid = self._fork(self.part.run)
            return
        command = Command(argv=self.part.argv, cwd=Path.cwd(), env=self.part.env)
        self._program = subprocess.Popen(
            guarded(command, death_signal=signal.SIGKILL),
            cwd=command.cwd,
            env=dict(command.env),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._pid = self._program.pid

    def ended(self) -> str | None:
        """How the process ended, in words, or None while it runs."""
        status = self._reap()
        if status is None:
            return None
        if status < 0:
            return f"sinyal {signal.Signals(-status).name}"
        return f"status {status}"

    def stop(self, *, hurry: bool) -> bool:
        """End the process; returns whether somebody asked again, meaning that nobody wants to wait."""
        if self._pid is None:
            return hurry
        pid = self._pid
        end = time.monotonic() + (0 if hurry else self.part.stop_seconds)
        if self._reap() is None:
            os.kill(pid, signal.SIGTERM)
            while self._reap() is None:
                left = end - time.monotonic()
                if left <= 0:
                    os.kill(pid, signal.SIGKILL)
                    left = 1.0
                received = signal.sigtimedwait(STOP_SIGNALS | {signal.SIGCHLD}, min(left, 0.05))
                if received and received.si_signo in STOP_SIGNALS:
                    hurry, end = True, 0.0
        return hurry

    def _reap(self) -> int | None:
        """The exit status as subprocess counts it, once the process and all it left behind are gone."""
        if self._pid is None:
            return 0
        if self._program is not None:
            status = self._program.poll()
        else:
            pid, raw = os.waitpid(self._pid, os.WNOHANG)
            status = os.waitstatus_to_exitcode(raw) if pid else None
        if status is None:
            return None
        # A pool's children would go on taking work without their master.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        self._pid = self._program = None
        return status

    def _fork(self, run: Callable[[], None]) -> int:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            os.setsid()
            die_with_parent(parent, signal.SIGKILL)
            for number in STOP_SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            run()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        except BaseException:
            logging.getLogger(__name__).exception("part %s failed", self.part.name)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
