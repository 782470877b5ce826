"""What the three engines have in common: starting, watching, stopping, clearing what a crash left."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from webapp.embedded.errors import EngineError
from webapp.embedded.folder import Folder, disk_full

GUARD = Path(__file__).with_name("guard.py")
LONGEST_LOG_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Account:
    """The system user that a program runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Command:
    """A program to start: its whole environment is named here, nothing is inherited."""

    argv: Sequence[str | Path]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    pass_fds: tuple[int, ...] = ()


def guarded(command: Command, *, death_signal: signal.Signals) -> list[str]:
    """The command line that starts the program so that it dies with this process."""
    account = f"{command.account.uid}:{command.account.gid}" if command.account else "-"
    words = [sys.executable, "-I", "-S", GUARD, os.getpid(), int(death_signal), account, *command.argv]
    return [str(word) for word in words]


class Engine(ABC):
    """One server as a child of this process, in a session of its own so that Ctrl-C does not reach it.

    ``launch`` may be called again after the process died; ports, sockets and passwords stay.
    """

    name: ClassVar[str]
    program: ClassVar[str]
    """File name of the server's binary, by which its processes are known again."""

    stop_signal: ClassVar[signal.Signals]
    stop_seconds: ClassVar[float]
    death_signal: ClassVar[signal.Signals]
    """Sent by the kernel when the launcher is killed."""

    def __init__(self, folder: Folder, *, durable: bool) -> None:
        self.folder = folder
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    @abstractmethod
    def home(self) -> Path:
        """The working directory of the server's processes, by which they are known to be this folder's."""

    @property
    def log(self) -> Path:
        return self.folder.log / f"{self.name}.log"

    @abstractmethod
    def prepare(self) -> None:
        """Make what the server needs on disk; quick and harmless when it is there."""

    @abstractmethod
    def command(self) -> Command: ...

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server serves requests now."""

    def choose_ports(self, *, anew: bool = False) -> None:  # noqa: B027 (an engine may have none)
        """Choose the ports to listen on."""

    def settle(self) -> None:  # noqa: B027 (an engine may need nothing)
        """What is done once after each first answer (roles, settings)."""

    def clear_remains(self) -> None:  # noqa: B027 (an engine may leave nothing)
        """Remove what a killed server left outside its own folder."""

    def clear(self) -> None:
        """End what a killed launcher or server left running or lying about."""
        end_processes(self.home, self.program)
        self.clear_remains()

    def launch(self) -> None:
        """Start the process; returns before it answers.

        :raises EngineError: when its place on disk is not usable
        """
        self.clear()
        self.prepare()
        self.spawn()

    def spawn(self) -> None:
        command = self.command()
        with self.open_log() as log:
            self.process = subprocess.Popen(
                guarded(command, death_signal=self.death_signal),
                cwd=command.cwd,
                env=dict(command.env),
                pass_fds=command.pass_fds,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @contextlib.contextmanager
    def open_log(self) -> Iterator[int]:
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._log_start = os.fstat(descriptor).st_size
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        """End the process, politely first; every process of the engine is gone afterwards."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(self.stop_seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
        self.clear()

    def failure(self, returncode: int | None = None) -> EngineError:
        """The sentence for a server that ended by itself, judged by what it wrote last."""
        if returncode is None and self.process is not None:
            returncode = self.process.poll()
        with self.log.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(self._log_start, end - 64 * 1024))
            text = file.read().decode(errors="replace")
        lowered = text.lower()
        # PostgreSQL's words, then SeaweedFS's.
        if "address already in use" in lowered or "port allocation failed" in lowered:
            return EngineError("port_taken", f"Port untuk {self.name} dipakai program lain. Jalankan lagi.")
        if "no space left on device" in lowered or "disk quota exceeded" in lowered:
            return disk_full(self.folder.root)
        if returncode == -signal.SIGSYS or any(
            words in lowered for words in ("function not implemented", "operation not permitted")
        ):
            return EngineError(
                "system_refused",
                f"Sistem menolak menjalankan {self.name} (aturan seccomp atau kontainer). "
                "Longgarkan aturan itu, atau pakai server luar lewat pengaturan.",
            )
        last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "tanpa pesan")
        return EngineError("start_failed", f"{self.name} gagal berjalan: {last[:200]} (lihat {self.log}).")


def mark_of(home: Path) -> str:
    """A name for a server that shows on its command line which folder it belongs to."""
    return f"tuntas-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"


def processes_of(home: Path, program: str) -> list[int]:
    """The processes that are surely a server of this folder: that binary, working in that directory.

    Read from /proc rather than from a remembered number, which may by now be somebody else's. In a container
    even root may not look where another user's process works; then the mark on its command line decides.
    """
    found = []
    mark = mark_of(home).encode()
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            try:
                binary = os.readlink(f"/proc/{entry}/exe").removesuffix(" (deleted)")
                ours = os.path.basename(binary) == program and os.readlink(f"/proc/{entry}/cwd") == str(home)
            except PermissionError:
                words = Path(f"/proc/{entry}/cmdline").read_bytes()
                ours = mark in words and program.encode() in words
        except OSError:
            continue
        if ours:
            found.append(int(entry))
    return found


def end_processes(home: Path, program: str, *, patience: float = 3.0) -> None:
    """Wait a moment for a server that is already dying with its launcher, then kill what remains of it.

    :raises EngineError: ``already_running`` when something survives even that
    """
    started = time.monotonic()
    while remaining := processes_of(home, program):
        waited = time.monotonic() - started
        if waited > patience:
            for pid in remaining:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if waited > patience + 5:
            raise EngineError(
                "already_running",
                f"Proses {program} yang lama (nomor {remaining[0]}) masih memakai {home} dan tidak dapat dihentikan.",
            )
        time.sleep(0.02)
