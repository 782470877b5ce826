"""*Rencana Aksi* in the layout of the seed: four columns, a row for each component, one signature block.

What was imported from such a paper comes out as the same table.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import groupby

from workflows.papers.reading import Asked, Told
from workflows.papers.sheet import Block, Column, Line, Sheet, plain
from workflows.recommendations.models import Component

COLUMNS = (
    Column("NO", 34),
    Column("HASIL EVALUASI INSPEKTORAT", 124),
    Column("REKOMENDASI INSPEKTORAT", 70),
    Column("RENCANA AKSI TINDAK LANJUT", 76),
)
COMPONENTS = {
    Component.PLANNING: "Perencanaan Kinerja",
    Component.MEASUREMENT: "Pengukuran Kinerja",
    Component.REPORTING: "Pelaporan Kinerja",
    Component.EVALUATION: "Evaluasi Akuntabilitas Kinerja Internal",
}
UNANSWERED = "Belum ada rencana aksi."
_GAP = "\n\n"
"""Between two statements of a cell: so that a reader, and a program that reads the paper again, tells them apart."""


def plan(
    told: Sequence[Told], *, year: int, agency: str, region: str, operator: str | None, on: dt.date, block: Block
) -> Sheet:
    """Return the paper. The number of a telephone is nobody's to keep, so there is a line to write it on.

    :param operator: who answers for the data, where the post is held.
    """
    office = plain(agency).upper()
    return Sheet(
        title_lines=(
            f"RENCANA AKSI ATAS TINDAK LANJUT HASIL EVALUASI SAKIP TAHUN {year}",
            office,
            plain(region).upper(),
        ),
        facts=(
            (
                "1 Nama Penanggung Jawab Data SAKIP/Unit Kerja",
                f"{plain(operator)} / {office}" if operator else office,
            ),
            ("2 Nomor HP Penanggungjawab Data SAKIP", "...................."),
        ),
        columns=COLUMNS,
        rows=tuple(_rows(told)),
        block=block,
        notes=(),
        author=plain(f"{agency}, {region}"),
        made_on=on.isoformat(),
    )


def _rows(told: Sequence[Told]) -> Iterator[Line]:
    if not any(report.asked for report in told):
        yield Line(("", "", "Belum ada rekomendasi yang diterbitkan untuk tahun ini.", ""))
    for report in told:
        for component, asked in groupby(report.asked, key=lambda row: row.component):
            yield _row(component, list(asked), report.results.get(component))


def _row(component: Component, asked: Sequence[Asked], result: str | None) -> Line:
    findings = dict.fromkeys(row.finding for row in asked if row.finding)
    answers = [_GAP.join(answer.text for answer in row.answers) for row in asked]
    cells = (
        f"{component.value} {COMPONENTS[component]}",
        result or _GAP.join(findings),
        _GAP.join(row.text for row in asked),
        _GAP.join(answer or UNANSWERED for answer in answers) if any(answers) else "",
    )
    return Line(tuple(map(plain, cells)))
