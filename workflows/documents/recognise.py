"""A neutral source recognised as a Rencana Aksi: its table, the rows of each component, the document."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from workflows.core.sentences import Template, phrase
from workflows.documents.components import find_component
from workflows.documents.criteria import find_criterion
from workflows.documents.dates import find_date, find_deadline
from workflows.documents.errors import PlanNotFoundError, PlanTooLargeError
from workflows.documents.findings import match_findings, weak_clauses
from workflows.documents.header import agency_lines, phone_warning, read_header
from workflows.documents.headings import Column, find_columns
from workflows.documents.plan import (
    WHOLE_FILE,
    Action,
    Component,
    Evaluation,
    PlanDocument,
    PlanWarning,
    Recommendation,
    WarningCode,
)
from workflows.documents.privacy import without_phones
from workflows.documents.requirements import propose_requirement, sharing
from workflows.documents.review import review
from workflows.documents.signature import read_signature
from workflows.documents.source import Cell, Line, Row, Source, SourceTable
from workflows.documents.splitting import in_as_many, statements

# A whole worksheet has 80 criteria, so a plan with more recommendations than this is none.
_RECOMMENDATIONS_ALLOWED = 200
_TOO_MANY = Template("Rencana aksi ini memuat lebih dari %(most)s rekomendasi.")
_COUNTS_DIFFER = Template("Ada %(asked)s rekomendasi tetapi %(answered)s rencana aksi; periksa pasangannya.")
_NO_FINDING = Template("%(number)s: kelemahan yang mendasari rekomendasi ini tidak ditemukan di hasil evaluasi.")
_UNANSWERED = Template("Komponen %(component)s: %(count)s kelemahan di hasil evaluasi tanpa rekomendasi.")


@dataclass
class _Asked:
    """One recommendation and its answer while the rows are read; `where` is the place of the answer."""

    text: str
    action: Action
    where: str


@dataclass
class _Section:
    """The rows of one component."""

    where: str
    findings: list[str] = field(default_factory=list)
    asked: list[_Asked] = field(default_factory=list)


def recognise(source: Source) -> PlanDocument:
    """Return the plan that a source holds.

    :raises PlanNotFoundError: it holds none.
    :raises PlanTooLargeError: it holds more recommendations than any plan.
    """
    source, phones = without_phones(source)
    above, rows, columns, below = _locate(source)
    warnings = [phone_warning(where) for where in phones]
    header = read_header(above)
    warnings.extend(header.warnings)
    sections = _sections(rows, columns, warnings)
    recommendations = _recommendations(sections, header.year, warnings)
    signature, signature_warnings = read_signature(below)
    warnings.extend(signature_warnings)
    agency = header.agency_name or agency_lines(signature.title_lines)
    if agency is None:
        message = phrase("Nama perangkat daerah tidak ditemukan di judul maupun di blok tanda tangan.")
        warnings.append(PlanWarning(where=WHOLE_FILE, code=WarningCode.AGENCY_MISSING, message=message))
    if source.encoding_guessed:
        message = phrase("Berkas tidak memakai UTF-8; periksa huruf khusus pada hasil baca.")
        warnings.append(PlanWarning(where=WHOLE_FILE, code=WarningCode.ENCODING_GUESSED, message=message))
    return PlanDocument(
        agency_name=agency,
        year=header.year,
        report_number=header.report_number,
        report_date=header.report_date,
        evaluations=tuple(_evaluations(sections)),
        recommendations=recommendations,
        signature=signature,
        warnings=tuple(warnings),
    )


def _locate(source: Source) -> tuple[list[Line], Sequence[Row], dict[Column, int], list[Line]]:
    """Return the lines above the plan's rows, the rows, their columns, and the lines below.

    Any other table is read as lines: in office files the head and the signature block often stand in one.
    """
    if not source.parts:
        raise PlanNotFoundError("empty", "Berkas ini kosong; yang dicari adalah tabel rencana aksi.")
    for index, part in enumerate(source.parts):
        found = find_columns(part) if isinstance(part, SourceTable) else None
        if isinstance(part, SourceTable) and found:
            heading, columns = found
            above = [*_as_lines(source.parts[:index]), *_as_lines([SourceTable(part.rows[:heading])])]
            return above, part.rows[heading + 1 :], columns, _as_lines(source.parts[index + 1 :])
    raise PlanNotFoundError(
        "no_plan_table",
        "Rencana aksi tidak ditemukan: yang dicari adalah tabel dengan kolom REKOMENDASI dan kolom HASIL "
        "EVALUASI atau RENCANA AKSI TINDAK LANJUT.",
    )


def _as_lines(parts: Sequence[Line | SourceTable]) -> list[Line]:
    lines: list[Line] = []
    for part in parts:
        if isinstance(part, Line):
            lines.append(part)
            continue
        for row in part.rows:
            texts = [cell.text.replace("\n", " ") for cell in row if cell.text]
            if texts:
                lines.append(Line(" ".join(texts), next(cell.where for cell in row if cell.text)))
    return lines


def _sections(
    rows: Sequence[Row], columns: dict[Column, int], warnings: list[PlanWarning]
) -> dict[Component, _Section]:
    sections: dict[Component, _Section] = {}
    component: Component | None = None
    for row in rows:
        named = _component_text(row, columns)
        known = find_component(named) if named else component
        if _is_furniture(row, known):
            continue
        component = known
        texts = statements(_cell(row, columns, Column.RECOMMENDATION).text)
        where = next((cell.where for cell in row if cell.text), "")
        if component is None:
            if texts:
                message = phrase("Baris ini berisi rekomendasi tanpa nama komponen yang dikenal dan tidak dibaca.")
                warnings.append(PlanWarning(where=where, code=WarningCode.COMPONENT_UNKNOWN, message=message))
            continue
        section = sections.setdefault(component, _Section(where))
        section.findings.append(_cell(row, columns, Column.FINDING).text)
        section.asked.extend(_asked(row, columns, texts, warnings))
    total = sum(len(section.asked) for section in sections.values())
    if not total:
        raise PlanNotFoundError(
            "no_recommendation",
            "Tabel rencana aksi ditemukan, tetapi tidak ada rekomendasi di baris komponen Perencanaan, "
            "Pengukuran, Pelaporan, atau Evaluasi Kinerja.",
        )
    if total > _RECOMMENDATIONS_ALLOWED:
        raise PlanTooLargeError(
            "too_many_recommendations",
            _TOO_MANY(most=_RECOMMENDATIONS_ALLOWED),
        )
    return sections


def _asked(row: Row, columns: dict[Column, int], texts: list[str], warnings: list[PlanWarning]) -> list[_Asked]:
    """Pair the recommendations of a row with its actions, deadlines and owners, by order."""
    answer = _cell(row, columns, Column.ACTION)
    actions = in_as_many(statements(answer.text), len(texts))
    if actions and texts and len(actions) != len(texts):
        message = _COUNTS_DIFFER(asked=len(texts), answered=len(actions))
        warnings.append(PlanWarning(where=answer.where, code=WarningCode.ACTION_COUNT_DIFFERS, message=message))
        # Nothing is lost: actions without a partner of their own stay with the last recommendation.
        actions, rest = actions[: len(texts)], actions[len(texts) :]
        actions[-1] = "\n".join([actions[-1], *rest])
    deadlines = _for_each(_cell(row, columns, Column.DUE), len(texts))
    owners = _for_each(_cell(row, columns, Column.OWNER), len(texts))
    asked: list[_Asked] = []
    for index, text in enumerate(texts):
        action = actions[index] if index < len(actions) else None
        due = find_date(deadlines[index]) or find_deadline(action or "")
        asked.append(_Asked(text, Action(text=action, due_on=due, owner=owners[index] or None), answer.where))
    return asked


def _evaluations(sections: dict[Component, _Section]) -> Iterator[Evaluation]:
    for component, section in sections.items():
        text = "\n\n".join(filter(None, section.findings))
        if text:
            yield Evaluation(component=component, text=text)


def _recommendations(
    sections: dict[Component, _Section], year: int | None, warnings: list[PlanWarning]
) -> tuple[Recommendation, ...]:
    found: list[tuple[Recommendation, str]] = []
    for component, section in sections.items():
        clauses = weak_clauses("\n".join(section.findings))
        findings = match_findings(clauses, [asked.text for asked in section.asked])
        for position, (asked, finding) in enumerate(zip(section.asked, findings, strict=True), 1):
            number = f"{component.value}-{position}"
            due = find_deadline(asked.text) or asked.action.due_on
            recommendation = Recommendation(
                number=number,
                component=component,
                criterion=find_criterion(component, finding, asked.text),
                finding=finding,
                text=asked.text,
                action=asked.action,
                requirements=(propose_requirement(asked.text, due_on=due),),
            )
            found.append((recommendation, asked.where))
            if finding is None:
                message = _NO_FINDING(number=number)
                warnings.append(PlanWarning(where=section.where, code=WarningCode.FINDING_MISSING, message=message))
        if unanswered := len(set(clauses) - set(findings)):
            message = _UNANSWERED(component=component.value, count=unanswered)
            warnings.append(PlanWarning(where=section.where, code=WarningCode.FINDING_UNANSWERED, message=message))
    for recommendation, where in found:
        warnings.extend(review(recommendation, year=year, where=where or WHOLE_FILE))
    shared = sharing([(r.number, r.text, requirement) for r, _ in found for requirement in r.requirements])
    return tuple(replace(r, shares_with=shared[r.number]) for r, _ in found)


def _component_text(row: Row, columns: dict[Column, int]) -> str:
    """Return what names the component: its column, and any without a meaning (NO and KOMPONEN apart)."""
    others = {column for meaning, column in columns.items() if meaning is not Column.COMPONENT}
    return " ".join(cell.text for index, cell in enumerate(row) if index not in others and cell.text)


def _is_furniture(row: Row, component: Component | None) -> bool:
    """Tell a row of column numbers, or a heading printed again on a new page, from a row of the plan."""
    numbers = [cell.text.strip("() ") for cell in row if cell.text]
    if len(numbers) > 1 and all(number.isdecimal() for number in numbers):
        return True
    return component is None and find_columns(SourceTable((row,))) is not None


def _cell(row: Row, columns: dict[Column, int], meaning: Column) -> Cell:
    index = columns.get(meaning)
    return row[index] if index is not None and index < len(row) else Cell("", "")


def _for_each(cell: Cell, wanted: int) -> list[str]:
    """Return the text of a cell for each recommendation: a piece each when they are as many, else all."""
    pieces = statements(cell.text)
    return pieces if len(pieces) == wanted else [cell.text.replace("\n", " ")] * wanted
