"""The columns of a plan's table, found by what their headings mean and never by their position."""

from collections.abc import Mapping
from enum import StrEnum

from workflows.documents.source import Row, SourceTable
from workflows.documents.words import says

# A title, a row of column numbers or a first header table may stand above the headings.
_ROWS_SEARCHED = 30


class Column(StrEnum):
    """What a column holds."""

    DUE = "due"
    OWNER = "owner"
    ACTION = "action"
    RECOMMENDATION = "recommendation"
    FINDING = "finding"
    COMPONENT = "component"


# In this order, because a heading such as "batas waktu rencana aksi" names two things and means the first.
_MEANINGS: Mapping[Column, tuple[str, ...]] = {
    Column.DUE: ("batas waktu", "target waktu", "tenggat", "jadwal", "waktu"),
    Column.OWNER: ("penanggung jawab", "pelaksana", "pic"),
    Column.ACTION: ("rencana aksi", "ratl", "tindak lanjut"),
    Column.RECOMMENDATION: ("rekomendasi", "saran"),
    Column.FINDING: ("hasil evaluasi", "catatan", "temuan", "kelemahan", "kondisi", "uraian"),
    Column.COMPONENT: ("komponen", "nomor", "no"),
}


def find_columns(table: SourceTable) -> tuple[int, dict[Column, int]] | None:
    """Return the index of the heading row and the column of each meaning, None when the table is no plan.

    A plan has at least a column of recommendations, and one of findings or of actions beside it.
    """
    for index, row in enumerate(table.rows[:_ROWS_SEARCHED]):
        columns = _columns(row)
        if Column.RECOMMENDATION in columns and (Column.ACTION in columns or Column.FINDING in columns):
            return index, columns
    return None


def _columns(row: Row) -> dict[Column, int]:
    found: dict[Column, int] = {}
    for meaning, phrases in _MEANINGS.items():
        for phrase in phrases:
            taken = found.values()
            matches = (i for i, cell in enumerate(row) if i not in taken and says(cell.text, phrase))
            column = next(matches, None)
            if column is not None:
                found[meaning] = column
                break
    return found
