"""A cell cut into its statements: one for each recommendation or action that it holds.

Paragraphs, list marks and numbering always part two statements. A wrapped line does unless it goes on in the
middle of a sentence. Sentences part statements only where every one of them asks for something.
"""

import re

from workflows.documents.words import any_near, fold, words

# "agar", "supaya", "hendaknya" make a sentence a request of its own.
REQUEST_WORDS = ("agar", "supaya", "hendaknya")
LIST_MARK = re.compile(r"(?:\(?\d{1,2}[.)](?=\s|[A-Z])|[A-Za-z][.)](?=\s)|[-*+•·▪‣–—](?=\s))\s*")
_NUMBER_INSIDE = re.compile(r"(?<=\s)\(?(\d{1,2}|[a-z])[.)]\s")
_SENTENCE_END = re.compile(r"(?<=\w{3}[.;])\s*(?=[A-Z])")
_ACTIVE_VERB = re.compile(r"(?<=\w)\s+(?=Me[a-z]{4})")
_NOTHING = frozenset({"", "nihil", "tidak ada", "kosong"})


def statements(text: str) -> list[str]:
    """Return the statements of a cell, without their list marks; none for an empty cell or a "Nihil"."""
    found = [piece for paragraph in text.split("\n\n") for line in _lines(paragraph) for piece in _numbered(line)]
    kept = [piece for piece in found if fold(piece) not in _NOTHING]
    if len(kept) == 1:
        return _requests(kept[0])
    return kept


def in_as_many(pieces: list[str], wanted: int) -> list[str]:
    """Cut actions that lost their paragraphs into as many as wanted, if there is exactly one way to do so.

    A new action opens with a sentence or with a capital verb ("Melampirkan"). Any other count is left alone.
    """
    if not 0 < len(pieces) < wanted:
        return pieces
    cut = [part for piece in pieces for sentence in _SENTENCE_END.split(piece) for part in _ACTIVE_VERB.split(sentence)]
    cut = [part.strip() for part in cut if part.strip()]
    return cut if len(cut) == wanted else pieces


def _lines(paragraph: str) -> list[str]:
    """Return the lines of a paragraph, those joined that the paper only wrapped."""
    has_capitals = paragraph != paragraph.lower()
    lines: list[str] = []
    for line in filter(None, paragraph.split("\n")):
        goes_on = has_capitals and line[0].islower() and not LIST_MARK.match(line)
        if lines and goes_on and lines[-1][-1] not in ".;":
            lines[-1] += " " + line
        else:
            lines.append(line)
    return lines


def _numbered(line: str) -> list[str]:
    """Return the items of a line that starts with a list mark, cut where the numbering goes on."""
    mark = LIST_MARK.match(line)
    if not mark:
        return [line]
    items: list[str] = []
    start, last = mark.end(), fold(mark[0])
    for inside in _NUMBER_INSIDE.finditer(line, mark.end()):
        if inside[1] == _next(last):
            items.append(line[start : inside.start()].strip())
            start, last = inside.end(), inside[1]
    items.append(line[start:].strip())
    return items


def _next(mark: str) -> str:
    if mark.isdecimal():
        return str(int(mark) + 1)
    return chr(ord(mark) + 1) if len(mark) == 1 else ""


def _requests(text: str) -> list[str]:
    sentences = [sentence.strip() for sentence in _SENTENCE_END.split(text)]
    if all(any_near(words(sentence), *REQUEST_WORDS) for sentence in sentences):
        return sentences
    return [text]
