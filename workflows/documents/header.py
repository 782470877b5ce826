"""The head of a plan: title with its year, agency, the report it answers, and two fields about a person.

The fields come in two layouts: "label : value" in one line, or all labels first and the values after them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from workflows.core.sentences import Template, phrase
from workflows.documents.components import titled_component
from workflows.documents.dates import find_date, years, years_of_events
from workflows.documents.plan import WHOLE_FILE, Paper, PlanWarning, WarningCode
from workflows.documents.privacy import names_phone
from workflows.documents.source import Line
from workflows.documents.words import any_near, fold, near, says, words

_AGENCY_WORDS = frozenset(
    {"badan", "dinas", "sekretariat", "inspektorat", "kecamatan", "kelurahan", "kantor", "satuan", "bagian"}
    | {"rumah", "rsud"}
)
_REGION_WORDS = frozenset({"kabupaten", "kota", "provinsi", "pemerintah", "pemkab", "pemkot"})
_REPORT_WORDS = frozenset({"lhe", "lhp", "laporan", "evaluasi"})
# Where an agency named inside the title ends.
_AGENCY_END = re.compile(r"\b(?:kabupaten|kota|provinsi|tahun|atas|pada)\b|[,;(]", re.IGNORECASE)
_TITLE_LINES = 12
_TITLE_WORDS = 25
_FIELD_WORDS = 14
# A report has its number on the cover or in the letter that carries it.
_PAPER_LINES = 60
_PLAN_TITLES = (
    "rencana aksi",
    "rencana tindak lanjut",
    "matriks tindak lanjut",
    "tindak lanjut hasil evaluasi",
    "tindak lanjut",
)
_REPORT_TITLES = ("laporan hasil evaluasi", "hasil evaluasi", "evaluasi akuntabilitas", "evaluasi")
_BEFORE_AGENCY = re.compile(r"^(?:pada|atas|di|terhadap|untuk|kepada|yth\.?|sdr\.?|kepala)\s+", re.IGNORECASE)
_HEAD_OF = re.compile(r"\b(?:kepala|pimpinan|direktur|camat)\s+(.{3,120})", re.IGNORECASE)
_SEVERAL_YEARS = Template("Judul menyebut lebih dari satu tahun; yang terbaru (%(year)s) dipakai.")


@dataclass(frozen=True, kw_only=True)
class Header:
    """What stands above the table; None where the paper says nothing."""

    agency_name: str | None
    year: int | None
    report_number: str | None
    report_date: date | None
    warnings: tuple[PlanWarning, ...]


def paper_of(lines: Sequence[Line], *, answers: bool) -> Paper:
    """Return what a paper is: its title says so, else whether its table has a column of answers."""
    for line in lines[:_PAPER_LINES]:
        if len(words(line.text)) > _TITLE_WORDS:
            continue
        if any(says(line.text, title) for title in _PLAN_TITLES):
            return Paper.PLAN
        if says(line.text, "laporan hasil evaluasi") and not answers:
            return Paper.REPORT
    return Paper.PLAN if answers else Paper.REPORT


def read_header(lines: Sequence[Line], *, paper: Paper = Paper.PLAN) -> Header:
    """Read the lines above the table of a plan, or a whole report that has none."""
    title = _title(lines, paper)
    warnings: list[PlanWarning] = []
    year = _year(title, warnings, also=lines if paper == Paper.REPORT else ())
    agency = _agency(title, skip_inspectorate=paper == Paper.REPORT)
    if agency is None and paper == Paper.REPORT:
        agency = _addressee(lines)
    number, day = _report(lines, warnings, paper)
    warnings.extend(_field_warnings(lines, agency))
    return Header(agency_name=agency, year=year, report_number=number, report_date=day, warnings=tuple(warnings))


def opens_agency(text: str) -> bool:
    """Tell whether a line begins with the kind of an agency: "DINAS ..."."""
    return any_near(words(text)[:1], *_AGENCY_WORDS)


def opens_region(text: str) -> bool:
    """Tell whether a line begins with the kind of a region: "KABUPATEN ..."."""
    return any_near(words(text)[:1], *_REGION_WORDS)


def agency_lines(lines: Sequence[str]) -> str | None:
    """Return the name of the agency, which may run over lines until that of the region."""
    first = next((index for index, text in enumerate(lines) if opens_agency(text)), None)
    if first is None:
        return None
    name = [lines[first]]
    for text in lines[first + 1 :]:
        if opens_region(text) or not text[:1].isalpha() or ":" in text or any_near(words(text), "tahun", "nama"):
            break
        if titled_component(text) or words(text)[:1] == ["no"] or says(text, "rekomendasi"):
            break
        name.append(text)
    return " ".join(name)


def _title(lines: Sequence[Line], paper: Paper) -> list[Line]:
    """Return the lines from the title to the first field; the first lines when no title can be told."""
    wanted = _PLAN_TITLES if paper == Paper.PLAN else _REPORT_TITLES
    starts = (i for wish in wanted for i, line in enumerate(lines) if says(line.text, wish))
    start = next(starts, 0)
    title: list[Line] = []
    for line in lines[start : start + _TITLE_LINES]:
        if names_phone(line.text) or ":" in line.text or says(line.text, "nama penanggung"):
            break
        title.append(line)
    return title


def _year(title: Sequence[Line], warnings: list[PlanWarning], *, also: Sequence[Line] = ()) -> int | None:
    """Return the year of the title; of a letter, that of the line that says what it is about."""
    where = title[0].where if title else WHOLE_FILE
    found = [year for line in title for year in years_of_events(line.text)]
    found = found or [year for line in title if not find_date(line.text) for year in years(line.text)]
    about = (line.text for line in also[:_PAPER_LINES] if any(says(line.text, title) for title in _REPORT_TITLES[:2]))
    found = found or next((stated for text in about if (stated := years_of_events(text))), [])
    if not found:
        message = phrase("Tahun tidak ditemukan di judul rencana aksi.")
        warnings.append(PlanWarning(where=where, code=WarningCode.YEAR_MISSING, message=message))
        return None
    # A title may also name the year that was evaluated, which lies before the year of the follow-up.
    year = max(found)
    if year != min(found):
        message = _SEVERAL_YEARS(year=year)
        warnings.append(PlanWarning(where=where, code=WarningCode.YEAR_AMBIGUOUS, message=message))
    return year


def _agency(title: Sequence[Line], *, skip_inspectorate: bool = False) -> str | None:
    texts = [line.text for line in title]
    kinds = _AGENCY_WORDS - {"inspektorat"} if skip_inspectorate else _AGENCY_WORDS
    if skip_inspectorate:
        texts = [_BEFORE_AGENCY.sub("", text) for text in texts if not any_near(words(text)[:1], "inspektorat")]
    name = agency_lines(texts)
    if name:
        end = _AGENCY_END.search(name)
        return (name[: end.start()] if end and skip_inspectorate else name).strip() or None
    for text in texts:
        for start, word in ((m.start(), m[0]) for m in re.finditer(r"\w+", text)):
            if any(near(fold(word), kind) for kind in kinds):
                end = _AGENCY_END.search(text, start)
                return text[start : end.start() if end else None].strip() or None
    return None


def _addressee(lines: Sequence[Line]) -> str | None:
    """Return the agency to whose head a report is sent: "Kepala Dinas Perikanan"."""
    for line in lines[:_PAPER_LINES]:
        found = _HEAD_OF.search(line.text)
        if found and (name := _agency([Line(found[1], line.where)], skip_inspectorate=True)):
            return name
    return None


def _report(lines: Sequence[Line], warnings: list[PlanWarning], paper: Paper) -> tuple[str | None, date | None]:
    """Return number and date of the report: the one that a plan answers, or of the paper itself."""
    if paper == Paper.REPORT:
        about = [line.text for line in lines[:_PAPER_LINES] if _is_own_field(line.text)]
    else:
        about = [
            line.text for line in lines if any_near(words(line.text), *_REPORT_WORDS) and not names_phone(line.text)
        ]
    number = next((n for text in about if any_near(words(text), "nomor", "no") and (n := _letter_number(text))), None)
    dates = (find_date(text.replace(number, "") if number else text) for text in about)
    day = next(filter(None, dates), None)
    if number is None:
        message = phrase("Nomor laporan hasil evaluasi (LHE) tidak ditemukan di atas tabel.")
        warnings.append(PlanWarning(where=WHOLE_FILE, code=WarningCode.REPORT_NUMBER_MISSING, message=message))
    if day is None:
        message = phrase("Tanggal laporan hasil evaluasi (LHE) tidak ditemukan di atas tabel.")
        warnings.append(PlanWarning(where=WHOLE_FILE, code=WarningCode.REPORT_DATE_MISSING, message=message))
    return number, day


def _is_own_field(text: str) -> bool:
    """Tell whether a line at the head of a report gives its number or date; a rule it rests on has them as well."""
    said = words(text)
    if names_phone(text) or any_near(said, "peraturan", "undang", "permenpan", "perbup", "perwali", "keputusan"):
        return False
    if any_near(said[:1], "nomor", "no", "tanggal", "tgl"):
        return True
    return len(said) <= _FIELD_WORDS and (any_near(said, "nomor", "tanggal") or bool(find_date(text)))


def _letter_number(text: str) -> str | None:
    for token in text.split():
        candidate = token.strip(".,;:()")
        if "/" in candidate and any(c.isdigit() for c in candidate) and not find_date(candidate):
            return candidate
    return None


def _field_warnings(lines: Sequence[Line], agency: str | None) -> list[PlanWarning]:
    warnings: list[PlanWarning] = []
    for label, value in _fields(lines):
        if names_phone(label.text) and sum(c.isdigit() for c in value.text) >= 5:
            warnings.append(phone_warning(value.where))
        elif says(label.text, "nama penanggung") and agency and fold(agency) in fold(value.text):
            message = phrase("Kolom nama penanggung jawab berisi nama perangkat daerah, bukan nama orang.")
            warnings.append(PlanWarning(where=value.where, code=WarningCode.OWNER_IS_AGENCY, message=message))
    return warnings


def phone_warning(where: str) -> PlanWarning:
    """Say that a telephone number was left out, and where it stood."""
    message = phrase("Nomor telepon pribadi tidak disimpan dan dihapus dari hasil baca.")
    return PlanWarning(where=where, code=WarningCode.PHONE_DROPPED, message=message)


def _fields(lines: Sequence[Line]) -> list[tuple[Line, Line]]:
    labels: list[Line] = []
    values: list[Line] = []
    pairs: list[tuple[Line, Line]] = []
    for line in lines:
        label, colon, value = line.text.partition(":")
        if names_phone(label) or says(label, "nama penanggung"):
            if value.strip():
                pairs.append((Line(label, line.where), Line(value, line.where)))
            else:
                labels.append(line)
        elif colon and not label.strip():
            values.append(Line(value, line.where))
    return pairs + list(zip(labels, values, strict=False))
