"""What the product's processes hold at rest, without the three engines: the sum of their PSS.

PSS counts a page that several processes share once, divided among them, so that the sum is what would be free without
them. Measured twice: some seconds after the start, and again after pages, a delivery and its check.
"""

import sys
import time
from pathlib import Path

import psutil

from tests.bench.figures import Row, table
from tests.bench.product import Client, running, scan, senders, settle
from tests.support.demos import Demo

ENGINES = ("weed", "postgres", "valkey-server")
GOAL_MEGABYTES = 250
REST_SECONDS = 8
PAGES = ("/", "/rekomendasi", "/kisi", "/arsip", "/log")


def measure(demo: Demo) -> list[Row]:
    """Return the two rows. The demo must be fresh."""
    time.sleep(REST_SECONDS)
    rows = [_row("at rest after the start", demo)]
    desk = Client.signed_in(demo, demo.account("evaluator", agency=None))
    for _ in range(4):  # both processes of the web answer some of it
        for page in PAGES:
            desk.send("GET", page)
    for who in senders(demo, 4):
        who.client.upload(who.requirement_id, scan(5_000_000))
    settle(demo)
    time.sleep(REST_SECONDS)
    return [*rows, _row("at rest after use", demo)]


def _row(when: str, demo: Demo) -> Row:
    sizes = [pss(process) for process in ours(demo)]
    peers = {"mayan": "1,960 MB, 18 processes", "paperless": "305 to 461 MB"}
    return Row(
        f"memory (PSS) {when}", sum(sizes) / 1e6, "MB", goal=GOAL_MEGABYTES, **peers, note=f"{len(sizes)} processes"
    )


def ours(demo: Demo) -> list[psutil.Process]:
    """Return the processes of the demo that are no engine and no part of one."""
    root = psutil.Process(demo.process.pid)
    found, waiting = [], [root]
    while waiting:
        process = waiting.pop()
        if Path(process.exe()).name in ENGINES:
            continue
        found.append(process)
        waiting += process.children()
    return found


def pss(process: psutil.Process) -> int:
    """Return the proportional set size in bytes."""
    for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text("ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise LookupError(f"no PSS of {process.pid}")


def main() -> None:
    """Measure and print."""
    with running() as demo:
        for process in ours(demo):
            sys.stdout.write(f"{pss(process) / 1e6:6.1f} MB  {process.pid:>7}  {' '.join(process.cmdline())[:90]}\n")
        sys.stdout.write(table(measure(demo)))


if __name__ == "__main__":
    main()
