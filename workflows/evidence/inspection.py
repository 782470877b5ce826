"""Third stage: has a foreign file judged by the checker, a separate program that only sees the file.

Used by the worker and by the command line. Nothing here parses the file: it travels as a descriptor, and what comes
back is held against the report's schema and against the digest that is computed on this side.
"""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Literal

from workflows.evidence.checks import wire
from workflows.evidence.checks.failure import MESSAGES, Failure, unjudged_report
from workflows.evidence.checks.pictures import Picture, PictureFormatError, PictureSize, read_pictures
from workflows.evidence.checks.policy import policy
from workflows.evidence.checks.report import CheckReport, Isolation, ReportFormatError

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
"""Seconds until the client gives up waiting. The checker ends a child after far less; the rest is its queue."""


NAME_LIMIT = 255
"""Characters of a name that travel: enough to know a file by, whatever the path."""

Kind = Literal["check", "plan", "pictures", "text", "bitmap", "ocr"]


class CheckerAwayError(Exception):
    """The checker is not there or went away before it answered. Transient: ask again later."""

    code = "checker_away"


class NotDrawnError(Exception):
    """The checker could not finish the pictures: what drew them crashed, was ended, or gave no sound answer."""

    code = "not_drawn"


class Inspector:
    """Asks the checker. Safe to use from several threads: every question has its own connection."""

    def __init__(self, *, socket_path: str | None = None, program: _Program | None = None) -> None:
        self._socket_path = socket_path
        self._program = program

    @classmethod
    def connect(cls, socket_path: str | os.PathLike[str]) -> Inspector:
        """Ask the checker that listens there; whether it does shows at the first question."""
        return cls(socket_path=os.fspath(socket_path))

    @classmethod
    def private(cls, *, concurrency: int = 1, trust: Path | None = None) -> Inspector:
        """Start a checker of one's own, with an empty environment; it ends with `close`.

        :param trust: folder of the trust list.
        """
        return cls(program=_Program(concurrency, trust))

    def __enter__(self) -> Inspector:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End a private checker; a shared one keeps running."""
        if self._program is not None:
            self._program.close()

    def check(self, file: BinaryIO, *, name: str, profile: str = "document") -> CheckReport:
        """The report on a file with a descriptor. A crash or timeout inside is a finding of the report.

        :raises CheckerAwayError: when there is no checker to ask.
        :raises UnknownProfileError: when no policy has this name.
        """
        policy(profile)
        started = time.monotonic()
        with _reading(file) as descriptor, self._asked("check", name, profile, descriptor) as connection:
            # The digest is taken while the checker works.
            digest, size = _digest(descriptor)
            answer = _answer(connection)
        failure = _failure(answer)
        if failure is None:
            try:
                report = CheckReport.from_json(answer.get("report"))
            except ReportFormatError:
                failure = Failure.ANSWER
            else:
                if (report.sha256, report.bytes) == (digest, size):
                    return replace(report, path=name)
                failure = Failure.ANSWER
        return unjudged_report(
            failure,
            path=name,
            sha256=digest,
            size=size,
            profile=profile,
            isolation=_isolation(answer),
            elapsed_ms=round((time.monotonic() - started) * 1000),
        )

    def read_plan(self, file: BinaryIO, *, filename: str) -> dict[str, Any]:
        """`{"ok": document, "beside": to compare it with}`, or `{"error": {"code", "message"}}` for the sender.

        :raises CheckerAwayError: when there is no checker to ask.
        """
        with _reading(file) as descriptor, self._asked("plan", filename, "", descriptor) as connection:
            answer = _answer(connection, wire.PLAN_LIMIT)
        failure = _failure(answer)
        if failure is None and not {"ok", "error"}.isdisjoint(answer):
            if "ok" not in answer:
                return {"error": answer["error"]}
            document = dict(answer["ok"])
            return {"beside": document.pop("beside", {}), "ok": document}
        failure = failure or Failure.ANSWER
        return {"error": {"code": failure.value, "message": MESSAGES[failure]}}

    def draw(self, file: BinaryIO, *, pages: Sequence[int], size: PictureSize) -> list[Picture]:
        """Pictures of some of these pages, at least one; ask again for the rest.

        :raises NotDrawnError: when there is no answer to use; each page alone may fare better.
        :raises CheckerAwayError: when there is no checker to ask.
        """
        with _reading(file) as descriptor, self._asked("pictures", "", size, descriptor, pages) as connection:
            answer = _answer(connection)
        failure = _failure(answer)
        if failure is not None:
            raise NotDrawnError(failure.value)
        try:
            return read_pictures(answer.get("pictures"), asked=pages)
        except PictureFormatError as error:
            raise NotDrawnError(str(error)) from error

    def ask(
        self, kind: Kind, file: BinaryIO, *, pages: Sequence[int] = (), limit: int = wire.ANSWER_LIMIT
    ) -> dict[str, Any]:
        """The bare answer to a question about pages; what it holds is for the asker to doubt.

        :param limit: bytes of the longest answer.
        :raises CheckerAwayError: when there is no checker to ask.
        """
        with _reading(file) as descriptor, self._asked(kind, "", "", descriptor, pages) as connection:
            return _answer(connection, limit)

    @contextmanager
    def _asked(
        self, kind: Kind, name: str, profile: str, descriptor: int, pages: Sequence[int] = ()
    ) -> Iterator[socket.socket]:
        request = wire.Request(kind=kind, name=name[-NAME_LIMIT:], profile=profile, pages=list(pages))
        try:
            connection = self._open()
        except OSError as error:
            raise CheckerAwayError(f"Pemeriksa berkas tidak dapat dihubungi: {error}") from error
        with connection:
            connection.settimeout(PATIENCE)
            try:
                wire.send_request(connection, request, descriptor=descriptor)
                yield connection
            except OSError as error:
                raise CheckerAwayError(f"Pemeriksa berkas terputus: {error}") from error

    def _open(self) -> socket.socket:
        if self._program is not None:
            return self._program.open()
        assert self._socket_path is not None  # noqa: S101 - one of the two is always given
        return wire.connect(self._socket_path)


class _Program:
    """A checker started for this process alone, reached by a socket that nobody else has."""

    def __init__(self, concurrency: int, trust: Path | None) -> None:
        self._ours, theirs = socket.socketpair(wire.FAMILY, wire.KIND)
        self._sending = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "workers.sandbox"),
                    *("--fd", str(theirs.fileno()), "--concurrency", str(concurrency)),
                    *(() if trust is None else ("--trust", os.fspath(trust.absolute()))),
                ],
                env={},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def open(self) -> socket.socket:
        """A new connection: one end stays here, the other is handed over."""
        ours, theirs = socket.socketpair(wire.FAMILY, wire.KIND)
        with theirs, self._sending:
            try:
                wire.send_descriptor(self._ours, b"c", theirs.fileno())
            except OSError:
                ours.close()
                raise
        return ours

    def close(self) -> None:
        """The end of the socket tells the checker to go; it is not waited for longer than ten seconds."""
        self._ours.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def _reading(file: BinaryIO) -> Iterator[int]:
    """The file opened anew, for reading only and with a position of its own."""
    descriptor = os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _digest(descriptor: int) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    while block := os.pread(descriptor, 1024 * 1024, size):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def _answer(connection: socket.socket, limit: int = wire.ANSWER_LIMIT) -> dict[str, Any]:
    try:
        answer = wire.receive_answer(connection, limit=limit)
    except wire.WireError:
        return {"failure": Failure.ANSWER.value}
    if answer is None:
        raise CheckerAwayError("Pemeriksa berkas berhenti sebelum menjawab.")
    return answer


def _failure(answer: dict[str, Any]) -> Failure | None:
    if "failure" not in answer:
        return None
    return next((failure for failure in Failure if failure == answer["failure"]), Failure.ANSWER)


def _isolation(answer: dict[str, Any]) -> Isolation:
    return next((level for level in Isolation if level == answer.get("isolation")), Isolation.LIMITS)
