"""The rows of a plan's tables gathered to recommendations, each with its component, answer, term and owner."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workflows.core.sentences import Template, phrase
from workflows.documents.components import find_component, guess_component, named_component, titled_component
from workflows.documents.dates import find_deadline, find_term
from workflows.documents.findings import weak_clauses
from workflows.documents.headings import Column
from workflows.documents.places import Stretch, row_text
from workflows.documents.plan import Action, Component, PlanWarning, WarningCode
from workflows.documents.source import Cell, Row
from workflows.documents.splitting import in_as_many, statements
from workflows.documents.words import fold

# What stands beside a recommendation and is no longer than this is about it as a whole.
_SHORT_FINDING = 600
_ALIKE = 0.75
_BARE = re.compile(r"\W*(?:\d{1,3}|[A-Za-z]|[IVX]{1,4})\W*")
_CODE = re.compile(r"(?<![\d.])([1-4])\s?\.\s?([a-d])\s?\.\s?(\d{1,2})(?!\d)", re.IGNORECASE)
_COUNTS_DIFFER = Template("Ada %(asked)s rekomendasi tetapi %(answered)s rencana aksi; periksa pasangannya.")


@dataclass
class Asked:
    """One recommendation and its answer; `where` is the place of the answer, `place` that of the recommendation."""

    text: str
    action: Action
    where: str
    place: str
    finding: str | None = None
    criterion: str | None = None


@dataclass
class Section:
    """The rows of one component."""

    where: str
    findings: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)


Sections = dict[Component | None, Section]


def gather(stretches: Sequence[Stretch], year: int | None, warnings: list[PlanWarning]) -> Sections:
    """Return the sections of all components in the order of the paper; None holds what belongs to none of them."""
    sections: Sections = {}
    component: Component | None = None
    for stretch in stretches:
        reading = _Reading(stretch, year, warnings, sections)
        component = reading.read(stretch.component or component)
    return sections


class _Reading:
    """Goes through the rows of one table."""

    def __init__(self, stretch: Stretch, year: int | None, warnings: list[PlanWarning], sections: Sections) -> None:
        self._stretch = stretch
        self._year = year
        self._warnings = warnings
        self._sections = sections
        self._last: Asked | None = None
        marks = [self._mark(row) for row in stretch.rows]
        # Where components are named, a bare number counts recommendations.
        self._named = stretch.component is not None or any(
            named_component(mark) or self._title(row) for mark, row in zip(marks, stretch.rows, strict=True)
        )

    def read(self, component: Component | None) -> Component | None:
        """Read all rows; :param component: of the table before. Return that of the last row."""
        for row in self._stretch.rows:
            if self._is_furniture(row):
                continue
            title = self._title(row)
            if title is not None:
                component = title
                continue
            named = self._component(row)
            # An empty cell is the lower part of a merged one; a bare number opens a row of its own.
            component = named or (component if self._named or not self._mark(row) else None)
            self._take(row, component)
        return component

    def _take(self, row: Row, component: Component | None) -> None:
        asked_for = self._cell(row, Column.RECOMMENDATION)
        texts = statements(asked_for.text)
        where = next((cell.where for cell in row if cell.text), "")
        finding = self._cell(row, Column.FINDING).text
        if not texts:
            if component is not None and finding:
                self._section(component, where).findings.append(finding)
            self._go_on(row)
            return
        entries = list(self._asked(row, texts, asked_for.where))
        code = _CODE.search(" ".join(cell.text for cell in (self._cell(row, Column.CRITERION), *self._marks(row))))
        own = component
        for entry in entries:
            if own is None:
                component = guess_component(f"{entry.text} {finding}"[:1_000])
            if component is None:
                message = phrase("Komponen rekomendasi ini tidak tertulis dan tidak dapat diduga; pilih komponennya.")
                self._warnings.append(PlanWarning(where=where, code=WarningCode.COMPONENT_UNKNOWN, message=message))
            elif own is None:
                message = phrase("Komponen rekomendasi ini tidak tertulis; diduga dari isinya.")
                self._warnings.append(PlanWarning(where=where, code=WarningCode.COMPONENT_GUESSED, message=message))
            entry.criterion = ".".join(code.groups()).lower() if code else None
            self._section(component, where).asked.append(entry)
        if finding:
            self._find(finding, entries, self._section(component, where))
        self._last = entries[-1]

    def _find(self, finding: str, entries: Sequence[Asked], section: Section) -> None:
        """Keep a finding for its component; one in few words that names no weakness belongs to its row."""
        section.findings.append(finding)
        if weak_clauses(finding):
            return
        pieces = statements(finding)
        if len(pieces) == len(entries) and len(pieces) > 1:
            for entry, piece in zip(entries, pieces, strict=True):
                entry.finding = piece
        elif len(finding) <= _SHORT_FINDING:
            for entry in entries:
                entry.finding = " ".join(finding.split())

    def _asked(self, row: Row, texts: Sequence[str], place: str) -> Iterator[Asked]:
        """Pair the recommendations of a row with its actions, terms and owners, by order."""
        answer = self._cell(row, Column.ACTION)
        actions = in_as_many(statements(answer.text), len(texts))
        if actions and len(actions) != len(texts):
            message = _COUNTS_DIFFER(asked=len(texts), answered=len(actions))
            self._warnings.append(
                PlanWarning(where=answer.where, code=WarningCode.ACTION_COUNT_DIFFERS, message=message)
            )
            # Nothing is lost: actions without a partner of their own stay with the last recommendation.
            actions, rest = actions[: len(texts)], actions[len(texts) :]
            actions[-1] = "\n".join([actions[-1], *rest])
        terms = _for_each(self._cell(row, Column.DUE), len(texts))
        owners = _for_each(self._cell(row, Column.OWNER), len(texts))
        for index, text in enumerate(texts):
            action = actions[index] if index < len(actions) else None
            due = find_term(terms[index], year=self._year) or find_deadline(action or "")
            yield Asked(
                text, Action(text=action, due_on=due, owner=owners[index] or None), answer.where or place, place
            )

    def _go_on(self, row: Row) -> None:
        """Give a row without a recommendation to the one above it, whose cell spans both."""
        answer = self._cell(row, Column.ACTION)
        more = statements(answer.text)
        if not more:
            return
        if self._last is None:
            message = phrase("Baris ini berisi rencana aksi tanpa rekomendasi dan tidak dibaca.")
            self._warnings.append(
                PlanWarning(where=answer.where, code=WarningCode.ACTION_WITHOUT_RECOMMENDATION, message=message)
            )
            return
        before = self._last.action
        due = find_term(self._cell(row, Column.DUE).text, year=self._year)
        owner = " ".join(self._cell(row, Column.OWNER).text.split())
        owners = before.owner.split("; ") if before.owner else []
        if owner and owner not in owners:
            owners.append(owner)
        self._last.action = Action(
            text="\n".join(filter(None, [before.text, *more])),
            due_on=max(filter(None, [before.due_on, due]), default=None),
            owner="; ".join(owners) or None,
        )

    def _section(self, component: Component | None, where: str) -> Section:
        return self._sections.setdefault(component, Section(where))

    def _cell(self, row: Row, meaning: Column) -> Cell:
        index = self._stretch.columns.get(meaning)
        return row[index] if index is not None and index < len(row) else Cell("", "")

    def _marks(self, row: Row) -> list[Cell]:
        """Return what may name the component: its column, and those without a meaning left of the plan's own."""
        columns: Mapping[Column, int] = self._stretch.columns
        plan = [columns[c] for c in (Column.FINDING, Column.RECOMMENDATION, Column.ACTION) if c in columns]
        own = {columns[c] for c in (Column.COMPONENT, Column.CRITERION) if c in columns}
        others = set(columns.values()) - own
        first = min(plan)
        return [
            cell
            for index, cell in enumerate(row)
            if cell.text and (index in own or (index not in others and index < first))
        ]

    def _is_furniture(self, row: Row) -> bool:
        """Tell a row of column numbers, or a heading printed again on a new page, from a row of the plan."""
        numbers = [cell.text.strip("() ") for cell in row if cell.text]
        if len(numbers) > 1 and all(number.isdecimal() for number in numbers):
            return True
        said = set(row_text(row).split())
        headings = (set(heading.split()) for heading in self._stretch.headings)
        return bool(said) and any(len(said & heading) >= _ALIKE * len(said | heading) for heading in headings)

    def _mark(self, row: Row) -> str:
        return " ".join(cell.text for cell in self._marks(row))

    def _title(self, row: Row) -> Component | None:
        """Return the component that a row is the title of, over all columns."""
        asked, answer = self._cell(row, Column.RECOMMENDATION).text, self._cell(row, Column.ACTION).text
        filled = [cell.text for cell in row if cell.text]
        if not filled or len(filled) > 4 or (len(filled) > 2 and (asked or answer)):
            return None
        long = [text for text in filled if not _BARE.fullmatch(text) and not text[:1].isdigit()]
        return titled_component(" ".join(long)) if len(long) == 1 and (not answer or answer == long[0]) else None

    def _component(self, row: Row) -> Component | None:
        mark = self._mark(row)
        named = named_component(mark) if mark else None
        if named is not None:
            return named
        code = _CODE.search(mark)
        if code:
            return list(Component)[int(code[1]) - 1]
        if self._named or not mark:
            return None
        tokens = fold(mark).split()
        # A bare number may count rows as well as components, so what the row says comes first.
        if tokens and tokens[0].isdecimal():
            asked = self._cell(row, Column.RECOMMENDATION).text
            return None if guess_component(asked[:1_000]) else find_component(mark)
        return find_component(mark)


def _for_each(cell: Cell, wanted: int) -> list[str]:
    """Return the text of a cell for each recommendation: a piece each when they are as many, else all."""
    pieces = statements(cell.text)
    return pieces if len(pieces) == wanted else [cell.text.replace("\n", " ")] * wanted
