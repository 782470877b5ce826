"""What an evaluation came to: the points of each component, the total and its grade, from a table or a sentence."""

import re
from collections.abc import Iterator
from decimal import Decimal

from workflows.documents.components import titled_component
from workflows.documents.dates import years
from workflows.documents.plan import Component, Scores
from workflows.documents.source import Line, Row, Source, SourceTable
from workflows.documents.words import any_near, fold, says, words

_NUMBER = re.compile(r"(?<![\d.,/])(\d{1,3}(?:[.,]\d{1,2})?)(?![\d.,/]*\d)")
_GRADES = ("AA", "A", "BB", "B", "CC", "C", "D", "E")
_GRADE = re.compile(
    r"(?:predikat|kategori|kriteria|peringkat)\W{0,6}(?:\w+\W{1,4}){0,2}?[\"“'(]?(AA|BB|CC|[A-E])\b[\"”')]?"
)
_GRADE_BESIDE = re.compile(r"\d[.,]\d{1,2}\W{1,4}(AA|BB|CC|[A-E])\b")
_TOTAL = re.compile(
    r"(?:memperoleh|mendapat(?:kan)?|dengan|sebesar|adalah|yaitu)?\s{0,3}nilai[^.;\d]{0,90}?(\d{1,3}[.,]\d{1,2})(?!\d)",
    re.IGNORECASE,
)
_HEADING_ROWS = 30


def read_scores(source: Source) -> Scores:
    """Return the scores of a report, empty where it has none."""
    total = grade = None
    components: dict[Component, str] = {}
    for part in source.parts:
        if isinstance(part, SourceTable) and not components and (column := _column(part)) is not None:
            for row in part.rows:
                value = _value(row, column)
                if value is None:
                    continue
                label = " ".join(cell.text for cell in row[:column] if cell.text)
                component = None if _sums_up(label) else titled_component(label)
                if component and component not in components:
                    components[component] = value
                elif _sums_up(label):
                    total = value
    for line in _sentences(source):
        if total is None and (found := _TOTAL.search(line)) and not any_near(words(line), "sebelumnya", "lalu"):
            total = _decimal(found[1])
        if grade is None and (found := _GRADE.search(line)) and found[1] in _GRADES:
            grade = found[1]
        if grade is None and total and (found := _GRADE_BESIDE.search(line)):
            grade = found[1]
        if total and grade:
            break
    return Scores(total=total, grade=grade, components=components)


def _column(table: SourceTable) -> int | None:
    """Return the column of the newest points in a table of components and weights."""
    for row in table.rows[:_HEADING_ROWS]:
        texts = [cell.text if len(cell.text) < 80 else "" for cell in row]
        if not any(says(text, "komponen") or says(text, "bobot") or says(text, "uraian") for text in texts):
            continue
        fits = [i for i, text in enumerate(texts) if says(text, "nilai") and not says(text, "bobot")]
        fits = fits or [i for i, text in enumerate(texts) if says(text, "skor") or says(text, "capaian")]
        if fits:
            return max(fits, key=lambda index: (max(years(texts[index]), default=0), index))
    return None


def _value(row: Row, column: int) -> str | None:
    if column >= len(row):
        return None
    found = _NUMBER.search(row[column].text)
    return _decimal(found[1]) if found else None


def _sums_up(label: str) -> bool:
    tokens = [token for token in fold(label).split() if not token.isdecimal()]
    return any_near(tokens[:2], "nilai", "jumlah", "total")


def _decimal(text: str) -> str | None:
    value = Decimal(text.replace(",", "."))
    return str(value.quantize(Decimal("0.01"))) if value <= 100 else None


def _sentences(source: Source) -> Iterator[str]:
    for part in source.parts:
        if isinstance(part, Line):
            yield part.text[:2_000]
        else:
            for row in part.rows:
                yield " ".join(cell.text for cell in row)[:2_000]
