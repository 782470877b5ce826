"""Runs all benches and prints one table: ``python -m tests.bench [--write docs/bench.md]``."""

import argparse
import inspect
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from tests.bench import downloads, lists, log_chain, memory, moves, startup, uploads, verdicts
from tests.bench.figures import Row, machine, table
from tests.bench.product import running

ON_A_DEMO = (memory, moves, uploads, verdicts, downloads, lists)
"""In this order on one demo: memory wants it fresh, the lists fill it with strangers."""
ALONE = (startup, log_chain)

PREFACE = """\
# What things cost

Measured by `make bench` on durable settings: {machine}

The *floor* is the least that the same work costs, measured in the same run; the *ratio* says how much of the floor's
speed is left (1 is as fast as the floor). Figures of one machine say little about another, ratios more. The columns of
Mayan EDMS and Paperless-ngx were measured on a machine like this one (two cores, everything on loopback), not by this run.
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
    return f"{PREFACE.format(machine=machine())}\n{table(found)}\n## How\n{methods}\n"


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
