"""The columns of a plan's table, found by what their headings mean and never by their position."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from workflows.documents.source import Cell, Row, SourceTable
from workflows.documents.words import fold, says

# A title, a row of column numbers or a first header table may stand above the headings.
_ROWS_SEARCHED = 30
# What is longer is prose that happens to speak of recommendations.
_HEADING_CHARACTERS = 100
_LONGEST_BESIDE = 200


class Column(StrEnum):
    """What a column holds."""

    DUE = "due"
    OWNER = "owner"
    ACTION = "action"
    RECOMMENDATION = "recommendation"
    FINDING = "finding"
    CRITERION = "criterion"
    COMPONENT = "component"
    STATUS = "status"
    OTHER = "other"


# In this order, because a heading such as "batas waktu rencana aksi" names two things and means the first.
_MEANINGS: Mapping[Column, tuple[str, ...]] = {
    Column.STATUS: ("status", "sudah belum", "progres"),
    Column.DUE: ("batas waktu", "target waktu", "tenggat", "jadwal", "target penyelesaian", "waktu", "tanggal"),
    Column.OWNER: ("penanggung jawab", "pelaksana", "pic", "pj"),
    Column.OTHER: ("output", "keluaran", "bukti", "eviden", "keterangan", "anggaran", "indikator"),
    Column.ACTION: ("rencana aksi", "rencana tindak lanjut", "ratl", "rtl", "tindak lanjut", "aksi"),
    Column.RECOMMENDATION: ("rekomendasi", "saran"),
    Column.FINDING: ("hasil evaluasi", "catatan", "temuan", "kelemahan", "permasalahan", "kondisi", "uraian"),
    Column.CRITERION: ("sub komponen", "kriteria"),
    Column.COMPONENT: ("komponen", "aspek", "nomor", "no"),
}
# What a heading is about although it also speaks of another thing: "rekomendasi yang harus ditindaklanjuti".
_OPENERS: Mapping[str, Column] = {
    "rekomendasi": Column.RECOMMENDATION,
    "catatan": Column.FINDING,
    "rencana aksi": Column.ACTION,
    "rencana tindak": Column.ACTION,
}


def find_columns(table: SourceTable) -> tuple[int, dict[Column, int]] | None:
    """Return the index of the last heading row and the column of each meaning, None when the table is no plan.

    A plan has at least a column of recommendations, and one more of its columns beside it. A heading may take two
    rows, the upper one over several columns.
    """
    rows = table.rows[:_ROWS_SEARCHED]
    for index, row in enumerate(rows):
        columns = _columns(row)
        if not _is_plan(columns):
            continue
        lower = rows[index + 1] if index + 1 < len(rows) else ()
        if _is_second_row(lower):
            both = _columns(_together(row, lower))
            if _is_plan(both) and len(both) > len(columns):
                return index + 1, both
        return index, columns
    return None


def _is_plan(columns: Mapping[Column, int]) -> bool:
    return Column.RECOMMENDATION in columns and bool(
        columns.keys() & {Column.ACTION, Column.FINDING, Column.COMPONENT, Column.CRITERION}
    )


def _is_second_row(row: Row) -> bool:
    filled = [cell.text for cell in row if cell.text]
    meant = [text for text in filled if len(text) <= _HEADING_CHARACTERS and _meaning(text)]
    return bool(filled) and len(meant) >= max(1, len(filled) - 1) and not any(len(text) > 60 for text in filled)


def _together(upper: Row, lower: Row) -> Row:
    """Return one row of both: what stands above goes for every column below it that has a heading of its own."""
    merged: list[Cell] = []
    over = ""
    for index in range(max(len(upper), len(lower))):
        top = upper[index].text if index < len(upper) else ""
        bottom = lower[index].text if index < len(lower) else ""
        over = top or (over if bottom else "")
        merged.append(Cell(f"{bottom} {over}".strip() if bottom else top, ""))
    return tuple(merged)


def _meaning(text: str) -> bool:
    return any(says(text, phrase) for phrases in _MEANINGS.values() for phrase in phrases)


def _columns(row: Sequence[Cell]) -> dict[Column, int]:
    found: dict[Column, int] = {}
    if any(len(cell.text) > _LONGEST_BESIDE for cell in row):
        return found
    texts = {i: cell.text for i, cell in enumerate(row) if cell.text and len(cell.text) <= _HEADING_CHARACTERS}
    opened: dict[int, Column] = {}
    for index, text in texts.items():
        meaning = next((column for word, column in _OPENERS.items() if fold(text).startswith(word)), None)
        if meaning and meaning not in opened.values():
            opened[index] = meaning
    for meaning, phrases in _MEANINGS.items():
        for phrase in phrases:
            taken = found.values()
            fits = [i for i, text in texts.items() if i not in taken and says(text, phrase)]
            # A column whose heading opens with another meaning is left to that one.
            column = next((i for i in fits if opened.get(i, meaning) == meaning), None)
            if column is not None:
                found[meaning] = column
                break
    return found
