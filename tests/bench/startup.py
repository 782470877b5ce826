"""From the start of the process to the first page answered, on an empty folder and on one that is there.

The port is taken before anything else starts, so one request waits until somebody serves it. The floor is the three
engines alone, started on the same kind of folder.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.bench.figures import Row, table
from tests.support.demos import free_port
from webapp.embedded import Engines

GOAL_SECONDS = 4
PATIENCE_SECONDS = 60


def measure() -> list[Row]:
    """Return a row for each command and kind of folder."""
    with tempfile.TemporaryDirectory(prefix="tuntas-bench-") as folder:
        place = Path(folder)
        floor = [_engines(place / "engines") for _ in range(2)]
        rows = []
        for command in ("demo", "serve"):
            for kind, least in zip(("an empty folder", "a folder with data"), floor, strict=True):
                seconds = first_page(command, place / command)
                peers = {"mayan": "22.5 s", "paperless": "3 to 5.5 s"} if kind == "an empty folder" else {}
                rows.append(
                    Row(f"tuntas {command} to the first page, {kind}", seconds, "s", least, goal=GOAL_SECONDS, **peers)
                )
    return rows


def _engines(data: Path) -> float:
    started = time.perf_counter()
    with Engines.start(data):
        return time.perf_counter() - started


def first_page(command: str, data: Path) -> float:
    """Start the product, wait for its first page, stop it; return the seconds until the page was there."""
    port = free_port()
    argv = [sys.executable, "-m", "webapp", command, "--port", str(port), "--data", str(data)]
    log = data.parent / f"{data.name}.log"
    started = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(argv, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=dict(os.environ))
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/masuk", timeout=PATIENCE_SECONDS) as page:
                    page.read()
                return time.perf_counter() - started
            except OSError:
                if process.poll() is not None or time.perf_counter() - started > PATIENCE_SECONDS:
                    raise AssertionError(log.read_text("utf-8")[-2000:]) from None
                time.sleep(0.01)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def main() -> None:
    """Measure and print."""
    sys.stdout.write(table(measure()))


if __name__ == "__main__":
    main()
