"""A matrix of 500 recommendations as PDF/A, from the gathered sheet to the bytes, in a process of its own.

The texts are as long as those of the sample; half of the rows stand on a grid of 28 documents. There is no floor: what
draws it is the library alone.
"""

import datetime as dt
import multiprocessing
import sys
import time
from decimal import Decimal

from tests.bench.figures import Row, percentile, table
from webapp.demo.sample import SAMPLE_NAME, sample_plan
from workflows.core.transitions import State
from workflows.documents.reader import read_plan
from workflows.papers import matrix, pdf, words
from workflows.papers.reading import Answer, Asked, Proof, Signer, Told
from workflows.papers.sheet import Sheet
from workflows.plans.models import RequirementKind
from workflows.recommendations.models import Component, OfficialStatus

ROWS, ROUNDS, SECONDS = 500, 3, 5.0
_DAY = dt.date(2026, 3, 3)


def measure() -> list[Row]:
    """Return one row."""
    with multiprocessing.get_context("spawn").Pool(1) as process:
        taken = process.apply(_times)
    return [Row(f"matrix of {ROWS} rows as PDF", percentile(taken), "s", goal=SECONDS)]


def _times() -> list[float]:
    sheet = sheet_of(ROWS)
    pdf.render(sheet_of(1))
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        pdf.render(sheet)
        taken.append(time.perf_counter() - began)
    return taken


def sheet_of(rows: int) -> Sheet:
    """Return the matrix of a region whose agencies all have the sample's recommendations."""
    plan = read_plan(sample_plan(), filename=SAMPLE_NAME)
    asked = [
        Asked(
            row.number, Component(row.component), row.finding, row.text, OfficialStatus.NOT_ASSESSED, None,
            (Answer(row.action.text or "", "Sekretaris", _DAY),),
            tuple(_grid() if row.number[0] in "AB" else _grid()[:1]),
        )
        for row in plan.recommendations
    ]  # fmt: skip
    told = []
    for start in range(0, rows, len(asked)):
        some = tuple(asked[: min(len(asked), rows - start)])
        told.append(Told(None, f"Dinas Contoh {start}", f"700/{start}", _DAY, Decimal("78.05"), {}, some))  # type: ignore[arg-type]
    block = words.block(Signer("Inspektur"), agency="", region="Kabupaten Contoh", place="Contoh", on=_DAY)
    return matrix.matrix(
        told, year=2026, agency=None, region="Kabupaten Contoh", as_of=words.day(_DAY), on=_DAY, block=block
    )


def _grid() -> list[Proof]:
    return [
        Proof(
            RequirementKind.QUARTERLY_MONITORING, "Monev", quarter, f"Bidang {unit}", State.VERIFIED, False, None,
            f"TT-2026-{quarter * 10 + unit:06d}",
        )
        for quarter in range(1, 5)
        for unit in range(7)
    ]  # fmt: skip


def main() -> None:
    """Measure and print."""
    sys.stdout.write(table(measure()))


if __name__ == "__main__":
    main()
