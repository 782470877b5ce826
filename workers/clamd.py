"""Asks clamd, the scanner of ClamAV, about a file that is streamed to it (INSTREAM). Nothing here reads what is sent.

Whatever is not a plain answer about the whole file is `not-scanned`: too large, nobody there, a limit inside, an
error. Only "OK" to every byte is clean.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import struct
import time
from dataclasses import dataclass
from typing import BinaryIO

from workflows.evidence.checks.report import Scan, ScanResult
from workflows.evidence.checks.scan import NotScanned

LARGEST = 100 * 1024 * 1024
"""Bytes that are sent at most. clamd as it comes lets larger files pass unread (MaxFileSize) and calls them clean."""
PORT = 3310
BLOCK = 256 * 1024
CONNECT_SECONDS = 2.0
WHOLE_SECONDS = 60.0
"""Until the last answer: a scanner that hangs costs a delivery this much and no more."""
ANSWER_BYTES = 4096
LIMITS = "Heuristics.Limits.Exceeded"
"""What clamd calls a file that it did not read to the end, where its setting AlertExceedsMax is on."""


class ScannerError(Exception):
    """The scanner gave no answer about the file."""

    code = "not_scanned"

    def __init__(self, why: NotScanned) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Scanner:
    """One clamd, by TCP or by its Unix socket."""

    address: tuple[str, int] | str

    @classmethod
    def at(cls, text: str) -> Scanner:
        """Read `host`, `host:port` or the path of a Unix socket.

        :raises ValueError: it is neither.
        """
        if text.startswith("/"):
            return cls(text)
        host, colon, port = text.rpartition(":")
        if not colon:
            host, port = text, str(PORT)
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(text)
        return cls((host.strip("[]"), int(port)))

    def scan(self, file: BinaryIO, *, size: int) -> Scan:
        """What the scanner says about a file; never an exception, whatever the scanner does."""
        version = None
        try:
            end = time.monotonic() + WHOLE_SECONDS
            version = self._ask(end)
            if size > LARGEST:
                raise ScannerError(NotScanned.TOO_LARGE)
            found = _reading(self._ask(end, file=file))
        except ScannerError as error:
            return Scan(ScanResult.NOT_SCANNED, scanner=version, name=error.why, at=_now())
        return Scan(ScanResult.MALWARE if found else ScanResult.CLEAN, scanner=version, name=found, at=_now())

    def _ask(self, end: float, *, file: BinaryIO | None = None) -> str:
        """One command on a connection of its own: the version, or the verdict on a file."""
        try:
            with self._connected() as connection:
                connection.settimeout(_left(end))
                if file is None:
                    connection.sendall(b"zVERSION\0")
                else:
                    _send(connection, file, end)
                return _answer(connection, end)
        except OSError:
            raise ScannerError(NotScanned.AWAY) from None

    def _connected(self) -> socket.socket:
        if not isinstance(self.address, str):
            return socket.create_connection(self.address, timeout=CONNECT_SECONDS)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(CONNECT_SECONDS)
            connection.connect(self.address)
        except OSError:
            connection.close()
            raise
        return connection


def _send(connection: socket.socket, file: BinaryIO, end: float) -> None:
    """The file in blocks, each with its length. A scanner that has had enough closes; its answer says why."""
    sent = 0
    try:
        connection.sendall(b"zINSTREAM\0")
        while block := os.pread(file.fileno(), BLOCK, sent):
            connection.settimeout(_left(end))
            connection.sendall(struct.pack("!L", len(block)) + block)
            sent += len(block)
        connection.sendall(struct.pack("!L", 0))
    except (BrokenPipeError, ConnectionResetError):
        return


def _answer(connection: socket.socket, end: float) -> str:
    data = b""
    while not data.endswith(b"\0") and len(data) < ANSWER_BYTES:
        connection.settimeout(_left(end))
        if not (more := connection.recv(ANSWER_BYTES)):
            break
        data += more
    # Cut short it is no answer: the first letters of a name of malware may well read "OK".
    if not data.endswith(b"\0"):
        raise ScannerError(NotScanned.ERROR)
    return data[:-1].decode("ascii", "replace")


def _reading(answer: str) -> str | None:
    """The name of what was found, `None` for a clean file.

    :raises ScannerError: for everything else.
    """
    if answer == "stream: OK":
        return None
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        name = answer.removeprefix("stream: ").removesuffix(" FOUND")
        if name.startswith(LIMITS):
            raise ScannerError(NotScanned.TOO_LARGE)
        return name
    raise ScannerError(NotScanned.TOO_LARGE if "size limit exceeded" in answer else NotScanned.ERROR)


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
