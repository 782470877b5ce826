"""Lines that a page wrapped, made text again: a paragraph goes on where the next word had no room left."""

import itertools
import re
from collections.abc import Sequence

from workflows.documents.cleaning import tidy
from workflows.documents.pdf.letters import Run

_LIST_MARK = re.compile(r"(?:\(?\d{1,2}[.)]|[A-Za-z][.)]|[-•·▪‣–*])\s*\S")
# More than the usual distance of two lines parts paragraphs.
_PARAGRAPH = 1.3
_FULL = 3.0
# Letters differ in width, so what a word needs is more than the average says.
_WIDE = 1.15


def unwrapped(lines: Sequence[Run], *, edge: float | None = None) -> str:
    """Return the text of the lines of one cell or column, in order; a paragraph ends with two line feeds.

    :param edge: how far a line may run to the right; the longest line tells where it is not known.
    """
    rows = _rows(lines)
    if not rows:
        return ""
    edge = edge or max(row.right for row in rows)
    pitch = _pitch(rows)
    text = rows[0].text
    listed = bool(_LIST_MARK.match(text))
    for before, row in itertools.pairwise(rows):
        text += _joint(before, row, edge, pitch, listed=listed) + row.text
    return tidy(text)


def _rows(lines: Sequence[Run]) -> list[Run]:
    """Return the lines with the pieces of one line made one."""
    rows: list[Run] = []
    for run in lines:
        last = rows[-1] if rows else None
        if last and last.page == run.page and abs(last.y - run.y) <= max(last.size, run.size) * 0.45:
            pieces = (last, run) if last.left <= run.left else (run, last)
            text = f"{pieces[0].text} {pieces[1].text}"
            rows[-1] = Run(
                text, run.page, pieces[0].left, max(last.right, run.right), last.y, last.size, run.blank_after
            )
        else:
            rows.append(run)
    return rows


def _pitch(rows: Sequence[Run]) -> float:
    """Return the usual distance of two lines: the smallest that several have, or what the letters ask for."""
    steps = sorted(
        one.y - other.y for one, other in itertools.pairwise(rows) if one.page == other.page and one.y > other.y
    )
    size = max(row.size for row in rows)
    usual = steps[len(steps) // 4] if steps else 0.0
    return usual if size * 0.8 <= usual <= size * 2.2 else size * 1.25


def _joint(before: Run, row: Run, edge: float, pitch: float, *, listed: bool) -> str:
    """Return what stands between two lines: nothing, a blank, or the end of a paragraph."""
    turned_page = row.page != before.page
    if not turned_page and before.y - row.y > pitch * _PARAGRAPH:
        return "\n\n"
    word = row.text.split(" ", 1)[0]
    room = edge - before.right
    width = (row.right - row.left) / max(len(row.text), 1)
    # The next word would have fitted: whoever wrote this began a new line here.
    needed = width * (len(word) + 1) * _WIDE + _FULL
    # In the middle of a sentence a new line is rarely meant.
    if row.text[:1].islower() and before.text[-1:] not in ".;:":
        needed *= 1.5
    if room > needed and not (turned_page and row.text[:1].islower()):
        return "\n\n" if _LIST_MARK.match(row.text) or row.text[:1].isupper() else "\n"
    if _LIST_MARK.match(row.text) and (before.text[-1:] in ".;:" or listed):
        return "\n\n"
    if before.blank_after:
        return " "
    if before.text.endswith(("-", "/")) and before.text[-2:-1].isalpha() and row.text[:1].isalpha():
        return ""
    # A chain of words, or a date, longer than its column is broken where the column ends, in the middle of a word.
    chained = " " not in before.text and "/" in before.text and room < width
    if chained and (
        (before.text[-1:].isalpha() and row.text[:1].islower()) or (before.text[-1:].isdigit() and row.text.isdigit())
    ):
        return ""
    return " "
