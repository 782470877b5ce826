"""A paper as a workbook. Every cell is text, whatever it looks like: never a formula, a link or a number."""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

from workflows.papers.sheet import Band, Line, Sheet

_LONGEST = 32_000
"""Characters that one cell can hold, a little less; the rest goes on in a row below."""
_FOLIO = 14
_MM_PER_CHARACTER = 1.9
_LINE, _HIGHEST = 12.5, 409
"""Points of one line, and of the highest row there is."""
_NARROWER = 1.05
"""Characters of our font in one unit of a column's width, words that do not fit a line any more allowed for."""
_TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def render(sheet: Sheet) -> bytes:
    """Return the paper. The same sheet gives the same bytes."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **_TEXT_ONLY}) as book:
        made = dt.datetime.fromisoformat(sheet.made_on)
        book.set_properties({"title": sheet.title, "author": sheet.author, "created": made})
        _fill(book, book.add_worksheet(), sheet)
    return out.getvalue()


def _fill(book: Any, page: Any, sheet: Sheet) -> None:
    last = len(sheet.columns) - 1
    looks = _looks(book)
    page.set_landscape()
    page.set_paper(_FOLIO)
    page.fit_to_pages(1, 0)
    page.set_margins(0.5, 0.5, 0.55, 0.65)
    page.set_footer("&RHalaman &P dari &N")
    widths = _widths(sheet)
    for number, width in enumerate(widths):
        page.set_column(number, number, width)
    at = 0
    for line in sheet.title_lines:
        _across(page, at, last, line, looks["title"])
        at += 1
    at += 1
    for name, value in sheet.facts:
        page.write_string(at, 0, f"{name}: {value}", looks["plain"])
        at += 1
    at += 1
    for number, column in enumerate(sheet.columns):
        page.write_string(at, number, column.head, looks["head"])
    page.repeat_rows(at)
    page.freeze_panes(at + 1, 0)
    at += 1
    for row in sheet.rows:
        if isinstance(row, Band):
            _across(page, at, last, row.text, looks["band"])
            at += 1
            continue
        for start in range(0, max(1, *map(len, row.cells)), _LONGEST):
            texts = [text[start : start + _LONGEST] for text in row.cells]
            page.set_row(at, min(_HIGHEST, _height(texts, widths)))
            for number, text in enumerate(texts):
                page.write_string(at, number, text, looks["middle" if number == 0 else "cell"])
            at += 1
    page.ignore_errors({"number_stored_as_text": f"A1:A{at}"})
    _close(page, at + 1, last, sheet, looks)


def _widths(sheet: Sheet) -> list[float]:
    """Return how broad the columns are: as on paper, or in that relation so broad that no row is too high to show.

    Print is scaled to the page in any case.
    """
    rows = [row.cells for row in sheet.rows if isinstance(row, Line)]
    for times in (1, 1.5, 2, 3):
        widths = [column.width / _MM_PER_CHARACTER * times for column in sheet.columns]
        if all(_height(cells, widths) <= _HIGHEST for cells in rows):
            break
    return widths


def _height(texts: Sequence[str], widths: Sequence[float]) -> float:
    """Return the points that a row needs: programs differ in whether they find out for themselves."""
    return _LINE * max(
        sum(1 + len(paragraph) // max(1, int(width * _NARROWER)) for paragraph in text.split("\n"))
        for text, width in zip(texts, widths, strict=True)
    )


def _close(page: Any, at: int, last: int, sheet: Sheet, looks: Mapping[str, Any]) -> None:
    """Write the notes and, to the right below them, the block."""
    for note in sheet.notes:
        page.write_string(at, 0, note, looks["plain"])
        at += 1
    block, left = sheet.block, last - 1
    lines = [(text, "centre") for text in (block.place_and_date, *block.title_lines) if text]
    lines += [("", "centre")] * 4
    lines += [(block.name or "." * 40, "name"), *((text, "centre") for text in block.below)]
    for text, look in lines:
        page.merge_range(at, left, at, last, "", looks[look])
        page.write_string(at, left, text, looks[look])
        at += 1


def _across(page: Any, at: int, last: int, text: str, look: Any) -> None:
    """Write over the whole width: as text, over merged cells, because merging itself would read a formula."""
    page.merge_range(at, 0, at, last, "", look)
    page.write_string(at, 0, text, look)


def _looks(book: Any) -> dict[str, Any]:
    font = {"font_name": "Arial", "font_size": 9}
    boxed = {**font, "border": 1, "valign": "top", "text_wrap": True, "num_format": "@"}
    kinds = {
        "title": {**font, "font_size": 12, "bold": True, "align": "center"},
        "plain": font,
        "head": {**boxed, "bold": True, "align": "center", "valign": "vcenter"},
        "cell": boxed,
        "middle": {**boxed, "align": "center"},
        "band": {**boxed, "bold": True, "bg_color": "#EEEEEE"},
        "centre": {**font, "align": "center"},
        "name": {**font, "align": "center", "bold": True, "underline": 1},
    }
    return {name: book.add_format(look) for name, look in kinds.items()}
