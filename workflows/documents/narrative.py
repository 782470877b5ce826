"""Recommendations that a report lists in its text, under a heading, by component, instead of in a table."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workflows.core.sentences import phrase
from workflows.documents.components import guess_component, titled_component
from workflows.documents.plan import Action, Component, PlanWarning, WarningCode
from workflows.documents.rows import Asked, Section, Sections
from workflows.documents.source import Line
from workflows.documents.splitting import LIST_MARK, statements
from workflows.documents.words import any_near, fold, words

_HEADING_WORDS = 8
_ITEM_WORDS = 3
_ITEM_CHARACTERS = 3_000
_HEADINGS = ("rekomendasi", "saran")
_INTRODUCES = ("rekomendasi", "merekomendasikan", "direkomendasikan", "menyarankan", "disarankan", "saran")
# Exactly these, because "laporan" is near "lampiran".
_ENDS = frozenset({"penutup", "demikian", "tembusan", "mengetahui", "inspektur", "lampiran"})
_OTHER_HEADINGS = frozenset(
    {"catatan", "kondisi", "temuan", "hasil", "simpulan", "kesimpulan", "gambaran", "kelemahan"}
)
_CLOSING = re.compile(r"rekomendasi (?:tersebut|di atas|diatas|dimaksud)|paling lambat \d+ |hal hal tersebut|perhatian")


@dataclass
class _State:
    sections: Sections
    component: Component | None = None
    collects: bool = False
    marked: bool = False
    last: Asked | None = None


def recommended(lines: Sequence[Line], warnings: list[PlanWarning]) -> Sections:
    """Return the recommendations that stand in the text, empty when it has no heading of recommendations.

    A report has one chapter of recommendations with the components in it, or such a heading inside the chapter of each
    component. What stands under a component elsewhere is what was found there.
    """
    starts = [index for index, line in enumerate(lines) if _opens(line.text)]
    if not starts:
        return {}
    by_component = sum(_leads_to_item(lines, index) for index in starts) > 1
    state = _State({})
    for index, line in enumerate(lines):
        _read(line, state, opens=index in starts, by_component=by_component, warnings=warnings)
    found = {component: section for component, section in state.sections.items() if section.asked}
    return dict(sorted(found.items(), key=lambda pair: pair[0].value if pair[0] else "X"))


def _read(line: Line, state: _State, *, opens: bool, by_component: bool, warnings: list[PlanWarning]) -> None:
    if opens:
        state.collects, state.marked, state.last = True, False, None
        state.component = state.component if by_component else None
        rest = line.text.partition(":")[2].strip()
        if _is_heading(line.text.partition(":")[0]) and len(words(rest)) > _ITEM_WORDS:
            _items(Line(rest, line.where), state, warnings)
        return
    title = titled_component(line.text)
    if title is not None:
        state.component, state.last = title, None
        state.collects = state.collects and not by_component
        return
    first = words(_bare(line.text))[:1]
    if (
        not _ENDS.isdisjoint(first)
        or (state.collects and _CLOSING.search(fold(line.text[:200])) and state.last)
        or (not _OTHER_HEADINGS.isdisjoint(first) and len(words(line.text)) <= _HEADING_WORDS)
    ):
        state.collects, state.last = False, None
    elif state.collects:
        _items(line, state, warnings)
    elif state.component is not None:
        state.sections.setdefault(state.component, Section(line.where)).findings.append(line.text)


def _items(line: Line, state: _State, warnings: list[PlanWarning]) -> None:
    text = line.text
    if text.endswith(":") and not state.last:
        return
    mark = LIST_MARK.match(text)
    if state.last and not mark and text[:1].islower():
        state.last.text = f"{state.last.text} {text}"[:_ITEM_CHARACTERS]
        return
    for piece in statements(text):
        if len(words(piece)) < _ITEM_WORDS:
            continue
        component = state.component
        if component is None:
            component = guess_component(piece[:1_000])
            code = WarningCode.COMPONENT_GUESSED if component else WarningCode.COMPONENT_UNKNOWN
            message = (
                phrase("Komponen rekomendasi ini tidak tertulis; diduga dari isinya.")
                if component
                else phrase("Komponen rekomendasi ini tidak tertulis dan tidak dapat diduga; pilih komponennya.")
            )
            warnings.append(PlanWarning(where=line.where, code=code, message=message))
        state.last = Asked(piece, Action(), line.where, line.where)
        state.sections.setdefault(component, Section(line.where)).asked.append(state.last)


def _leads_to_item(lines: Sequence[Line], index: int) -> bool:
    following = next(iter(lines[index + 1 : index + 2]), None)
    return following is not None and titled_component(following.text) is None and not following.text.endswith(":")


def _opens(text: str) -> bool:
    """Tell whether recommendations follow a line: their heading, or the sentence that introduces them."""
    said = words(text)
    if any_near(said, "sebelumnya", "lalu", "ditindaklanjuti") or ("tindak" in said and "lanjut" in said):
        return False
    if _is_heading(text.partition(":")[0]):
        return True
    introduces = text.rstrip().endswith(":") or fold(text[-60:]).endswith("berikut")
    return introduces and any_near(said, *_INTRODUCES)


def _is_heading(text: str) -> bool:
    said = words(_bare(text))
    return 0 < len(said) <= _HEADING_WORDS and any_near([said[0]], *_HEADINGS) and not text.rstrip().endswith(".")


def _bare(text: str) -> str:
    mark = LIST_MARK.match(text)
    return text[mark.end() :] if mark else re.sub(r"^[IVX]{1,5}[.)]?\s+", "", text)
