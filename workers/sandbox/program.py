"""The one program that a child may become: Tesseract, which reads the words of a drawn page.

What it needs is looked up once, when the checker starts: the program, the loader, its libraries, the language. A child
may run the first two, read the others and touch nothing else.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workers.sandbox.landlock import EXECUTE, READ
from workflows.evidence.checks.limits import ReadingLimits

PLACES = "/usr/bin:/usr/local/bin"
"""Where the program may lie: the checker has no environment that could name another."""
LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
LANGUAGE = "ind"
MODELS = ("/usr/share/tesseract-ocr/*/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata")
_LIBRARY = re.compile(r"(?:=>\s*)?(/\S+) \(0x")


@dataclass(frozen=True)
class Program:
    """A program, how it is called, and the files that it needs."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    executable: Sequence[str]
    readable: Sequence[str]

    def paths(self) -> dict[str, int]:
        """The rights on each file."""
        return {**dict.fromkeys(self.readable, READ), **dict.fromkeys(self.executable, READ | EXECUTE)}

    def execute(self) -> None:
        """Become it. :raises OSError: it cannot be started."""
        os.execve(self.argv[0], self.argv, self.environment)  # noqa: S606 - a path of our own, no shell


def find_tesseract() -> Program | None:
    """Tesseract with Indonesian, or `None` where one of them is not installed."""
    binary = shutil.which("tesseract", path=PLACES)
    loader = next((path for path in LOADERS if os.path.exists(path)), None)
    models = sorted(path for pattern in MODELS for path in glob.glob(f"{pattern}/{LANGUAGE}.traineddata"))
    if binary is None or loader is None or not models:
        return None
    listed = subprocess.run([loader, "--list", binary], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        return None
    folder = os.path.dirname(models[-1])
    return Program(
        argv=(binary, "stdin", "stdout", "-l", LANGUAGE, "--dpi", str(ReadingLimits().dots_per_inch)),
        environment={"OMP_THREAD_LIMIT": "1", "TESSDATA_PREFIX": folder},
        executable=(binary, loader),
        readable=("/etc/ld.so.cache", models[-1], *sorted(set(_LIBRARY.findall(listed.stdout)))),
    )
