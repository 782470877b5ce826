"""A neutral source recognised as a report or Rencana Aksi: head, rows of each component, signature, and what is odd."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from workflows.core.sentences import Template, phrase
from workflows.documents.criteria import find_criterion
from workflows.documents.dates import find_deadline, in_words
from workflows.documents.errors import PlanNotFoundError, PlanTooLargeError
from workflows.documents.findings import match_findings, weak_clauses
from workflows.documents.header import Header, agency_lines, paper_of, phone_warning, read_header
from workflows.documents.headings import Column
from workflows.documents.narrative import recommended
from workflows.documents.places import Located, as_lines, locate
from workflows.documents.plan import (
    WHOLE_FILE,
    Evaluation,
    Paper,
    PlanDocument,
    PlanWarning,
    Recommendation,
    Scores,
    WarningCode,
)
from workflows.documents.privacy import without_phones
from workflows.documents.requirements import propose_requirement, sharing
from workflows.documents.review import review
from workflows.documents.rows import Sections, gather
from workflows.documents.scores import read_scores
from workflows.documents.signature import block_start, read_signature
from workflows.documents.source import Line, Source

# No office asks for more in a year; it bounds what a hostile file can make of us.
MAX_RECOMMENDATIONS = 1_200
_LAST_LINES = 5
_LIST_MARK = re.compile(r"(?<!\n)\n(?=[ \t]*(?:[a-z]|\d{1,2})[.)])")
"""Where a sheet breaks a line before ``b.`` or ``2)``, other papers begin a paragraph."""
_SOFT_BREAK = re.compile(r"(?<!\n)\n(?!\n)")
_UNKNOWN_LETTER = "X"
_CELL_CHARACTERS = 4_000
_TOO_MANY = Template("Rencana aksi ini memuat lebih dari %(most)s rekomendasi.")
_NO_FINDING = Template("%(number)s: kelemahan yang mendasari rekomendasi ini tidak ditemukan di hasil evaluasi.")
_TOO_EARLY = Template("%(number)s: tenggat %(due)s mendahului tanggal LHE, %(day)s.")
_UNANSWERED = Template("Komponen %(component)s: %(count)s kelemahan di hasil evaluasi tanpa rekomendasi.")


def recognise(source: Source) -> PlanDocument:
    """Return the report or plan that a source holds.

    :raises PlanNotFoundError: it holds none.
    :raises PlanTooLargeError: it holds more recommendations than any plan.
    """
    source, phones = without_phones(source)
    if not source.parts:
        raise PlanNotFoundError("empty", "Berkas ini kosong; yang dicari adalah tabel rencana aksi.")
    warnings = [phone_warning(where) for where in phones]
    found = locate(source)
    answers = any(Column.ACTION in stretch.columns for stretch in found.stretches)
    paper = paper_of(found.above, answers=answers)
    header = read_header(found.above, paper=paper)
    warnings.extend(header.warnings)
    below: Sequence[Line] = found.below
    sections = _sections(source, found, header.year, warnings)
    if not found.stretches:
        # In a report without a table the block is what its last lines are.
        start = block_start([line.text for line in found.above])
        below = found.above[-_LAST_LINES:] if start is None else found.above[start:]
    recommendations, places = _recommendations(sections, header, paper, warnings)
    signature, signature_warnings = read_signature(below)
    warnings.extend(signature_warnings)
    agency = header.agency_name or (agency_lines(signature.title_lines) if paper == Paper.PLAN else None)
    if agency is None:
        message = phrase("Nama perangkat daerah tidak ditemukan di judul maupun di blok tanda tangan.")
        warnings.append(PlanWarning(where=WHOLE_FILE, code=WarningCode.AGENCY_MISSING, message=message))
    if source.encoding_guessed:
        message = phrase("Berkas tidak memakai UTF-8; periksa huruf khusus pada hasil baca.")
        warnings.append(PlanWarning(where=WHOLE_FILE, code=WarningCode.ENCODING_GUESSED, message=message))
    warnings.extend(source.warnings)
    return PlanDocument(
        paper=paper,
        agency_name=agency,
        year=header.year,
        report_number=header.report_number,
        report_date=header.report_date,
        evaluations=tuple(_evaluations(sections)),
        scores=read_scores(source) if paper == Paper.REPORT else Scores(),
        recommendations=recommendations,
        signature=signature,
        warnings=tuple(warnings),
        places=places,
        cells=_cells(source, {*places.values(), *(warning.where for warning in warnings)}),
    )


def _sections(source: Source, found: Located, year: int | None, warnings: list[PlanWarning]) -> Sections:
    sections = gather(found.stretches, year, warnings)
    if not any(section.asked for section in sections.values()):
        sections = recommended(as_lines(source.parts), warnings)
    total = sum(len(section.asked) for section in sections.values())
    if total > MAX_RECOMMENDATIONS:
        raise PlanTooLargeError("too_many_recommendations", _TOO_MANY(most=MAX_RECOMMENDATIONS))
    if total:
        return sections
    if found.stretches:
        raise PlanNotFoundError(
            "no_recommendation",
            "Tabel rencana aksi ditemukan, tetapi tidak ada rekomendasi di baris komponen Perencanaan, "
            "Pengukuran, Pelaporan, atau Evaluasi Kinerja.",
        )
    raise PlanNotFoundError(
        "no_plan_table",
        "Rencana aksi tidak ditemukan: yang dicari adalah tabel dengan kolom REKOMENDASI dan kolom HASIL "
        "EVALUASI atau RENCANA AKSI TINDAK LANJUT, atau bab REKOMENDASI di laporan hasil evaluasi.",
    )


def _evaluations(sections: Sections) -> Iterator[Evaluation]:
    for component, section in sections.items():
        text = _LIST_MARK.sub("\n\n", "\n\n".join(filter(None, section.findings)))
        text = _SOFT_BREAK.sub(" ", text)
        if text and component is not None:
            yield Evaluation(component=component, text=text)


def _recommendations(
    sections: Sections, header: Header, paper: Paper, warnings: list[PlanWarning]
) -> tuple[tuple[Recommendation, ...], dict[str, str]]:
    """Return the recommendations and where each stands."""
    year, report_date = header.year, header.report_date
    found: list[tuple[Recommendation, str]] = []
    places: dict[str, str] = {}
    for component, section in sections.items():
        letter = component.value if component else _UNKNOWN_LETTER
        clauses = weak_clauses("\n".join(section.findings))
        findings = match_findings(clauses, [asked.text for asked in section.asked])
        for position, (asked, clause) in enumerate(zip(section.asked, findings, strict=True), 1):
            number = f"{letter}-{position}"
            finding = clause or asked.finding
            due = find_deadline(asked.text) or asked.action.due_on
            recommendation = Recommendation(
                number=number,
                component=component,
                criterion=asked.criterion or (find_criterion(component, finding, asked.text) if component else None),
                finding=finding,
                text=asked.text,
                action=asked.action,
                requirements=(propose_requirement(asked.text, due_on=due),),
            )
            found.append((recommendation, asked.where))
            places[number] = asked.place or asked.where
            if finding is None:
                message = _NO_FINDING(number=number)
                warnings.append(PlanWarning(where=section.where, code=WarningCode.FINDING_MISSING, message=message))
        if section.asked and (unanswered := len(set(clauses) - set(findings))):
            message = _UNANSWERED(component=letter, count=unanswered)
            warnings.append(PlanWarning(where=section.where, code=WarningCode.FINDING_UNANSWERED, message=message))
    if paper == Paper.PLAN:
        for recommendation, where in found:
            warnings.extend(review(recommendation, year=year, where=where or WHOLE_FILE))
            due = recommendation.action.due_on
            if report_date and due and due < report_date:
                message = _TOO_EARLY(number=recommendation.number, due=in_words(due), day=in_words(report_date))
                warnings.append(PlanWarning(where=where, code=WarningCode.DUE_BEFORE_REPORT, message=message))
    shared = sharing([(r.number, r.text, requirement) for r, _ in found for requirement in r.requirements])
    return tuple(replace(r, shares_with=shared[r.number]) for r, _ in found), places


def _cells(source: Source, wanted: set[str]) -> dict[str, str]:
    """Return what stands at the places that a person is sent to."""
    found: dict[str, str] = {}
    for part in source.parts:
        for piece in (part,) if isinstance(part, Line) else (cell for row in part.rows for cell in row):
            if piece.where in wanted and piece.text and piece.where not in found:
                found[piece.where] = piece.text[:_CELL_CHARACTERS]
    return found
