"""Runs all benches and prints one table: ``python -m tests.bench [--write docs/bench.md]``."""

import argparse
import inspect
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from tests.bench import (
    bundles,
    checks,
    downloads,
    fixity,
    grids,
    imports,
    lists,
    log_chain,
    log_verify,
    memory,
    moves,
    papers,
    startup,
    uploads,
    verdicts,
)  # fmt: skip
from tests.bench.figures import Row, machine, table
from tests.bench.product import running

ON_A_DEMO = (memory, moves, uploads, verdicts, downloads, fixity, lists)
"""In this order on one demo: memory wants it fresh, the lists fill it with strangers."""
ALONE = (startup, grids, log_chain, log_verify, checks, imports, bundles, papers)

PREFACE = """\
# What things cost

Measured by `make bench` on durable settings: {machine}

The *floor* is the least that the same work costs, measured in the same run; the *ratio* says how much of the floor's
speed is left (1 is as fast as the floor). Figures of one machine say little about another, ratios more. The columns of
Mayan EDMS and Paperless-ngx were measured on a machine like this one (two cores, everything on loopback), not by this run.
"""

REASONS = """
## What misses, and why

- **Transitions, lists, small uploads** cost the CPU of Python: about 7 ms for a move, of which half is SQLAlchemy and the driver, the
  rest the framework, the rules and the answer. Two cores also carry PostgreSQL, the store, the workers and the client that measures.
  A move is 8 statements, a list of any length 5; what could be told apart by a profile has been removed, what is left is spread thin.
- **Uploads of 100 kB with four clients** share the two cores with the checks of what came before.
- **Uploads of 5 MB**: the store's own put is most of it; ours also parses the form, hashes, and reads every byte back before the receipt.
- **Downloads of 5 MB**: who asks, what he may see, and the event in the log with its durable commit come before the first byte.
- **The first page of a demo in an empty folder** waits for the sample to be delivered, checked and archived like any other file.
- **Memory after use**: what a process touches for the first time becomes its own; the goal is for a product at rest.
- Two runs on the same machine differ by half where its host is busy: then the floors differ as well, and only the ratios compare.
"""


def rows() -> Iterator[Row]:
    """Measure everything; what is done is told on standard error."""
    for bench in ALONE:
        yield from _told(bench, bench.measure())
    with running() as demo:
        for bench in ON_A_DEMO:
            yield from _told(bench, bench.measure(demo))


def _told(bench: ModuleType, found: list[Row]) -> list[Row]:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {bench.__name__}\n{table(found)}")
    return found


def document(found: list[Row]) -> str:
    """Return the page with the table and, for each bench, how it is measured."""
    methods = "".join(f"\n- {' '.join(_method(bench).split())}" for bench in (*ALONE, *ON_A_DEMO))
    return f"{PREFACE.format(machine=machine())}\n{table(found)}{REASONS}\n## How\n{methods}\n"


def _method(bench: ModuleType) -> str:
    return f"**{bench.__name__.rsplit('.')[-1]}**: {inspect.getdoc(bench)}".replace("``", "`")


def main() -> None:
    """Measure, print, and write the page where that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="also write the page there")
    asked = parser.parse_args()
    found = list(rows())
    sys.stdout.write(table(found))
    if asked.write:
        asked.write.write_text(document(found), "utf-8")


if __name__ == "__main__":
    main()
