"""A real clamd with a small database of its own, and the harmless text that every scanner is tried with."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.demos import free_port
from workers.clamd import Scanner

CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS" + b"-TEST-FILE!$H+H*"
"""Joined at run time, so that no scanner takes this file away."""
NAME = "Tuntas.Eicar"


def need_clamd() -> str:
    """Return its path. Absent it is a skip, but a failure where everything is to be run."""
    if CLAMD is None and os.environ.get("CI") == "true":
        pytest.fail("Debian's clamav-daemon is not installed")
    if CLAMD is None:
        pytest.skip("Debian's clamav-daemon is not installed")
    return CLAMD


@contextmanager
def running_clamd(*, stream: int = 2_000_000, file: int = 1_000_000) -> Iterator[tuple[Scanner, Scanner]]:
    """Start one; yield it by TCP and by its socket.

    :param stream: bytes after which it stops listening. :param file: bytes up to which it looks into a file.
    """
    program, port = need_clamd(), free_port()
    with tempfile.TemporaryDirectory(prefix="tuntas-") as name:
        folder = Path(name)
        (folder / "db").mkdir()
        (folder / "db" / "one.ndb").write_text(f"{NAME}:0:0:{EICAR.hex()}\n{NAME}.Inside:0:*:{EICAR.hex()}\n")
        settings = {
            "DatabaseDirectory": folder / "db", "LocalSocket": folder / "s", "TCPSocket": port, "TCPAddr": "127.0.0.1",
            "Foreground": "yes", "StreamMaxLength": stream, "MaxFileSize": file, "AlertExceedsMax": "yes",
            "TemporaryDirectory": folder,
        }  # fmt: skip
        conf = folder / "clamd.conf"
        conf.write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
        process = subprocess.Popen(
            [program, "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        try:
            deadline = time.monotonic() + 30
            while not (folder / "s").exists():
                assert process.poll() is None, "clamd ended at once"
                assert time.monotonic() < deadline, "clamd does not listen"
                time.sleep(0.02)
            yield Scanner.at(f"127.0.0.1:{port}"), Scanner.at(str(folder / "s"))
        finally:
            process.terminate()
            process.wait(10)
