"""An LHE that is typed in by a form becomes a paper like any other: kept as received, read, shown, confirmed."""

import datetime as dt
import html
import io
import re
from collections.abc import Mapping
from decimal import Decimal

from werkzeug.datastructures import MultiDict

from workflows.core.errors import InvalidInputError, Reason
from workflows.documents.dates import in_words

COMPONENTS: Mapping[str, str] = {
    "a": "A Perencanaan Kinerja",
    "b": "B Pengukuran Kinerja",
    "c": "C Pelaporan Kinerja",
    "d": "D Evaluasi Akuntabilitas Kinerja Internal",
}
_SCORE = re.compile(r"(100([.,]0{1,2})?|\d{1,2}([.,]\d{1,2})?)")
_LONGEST = 50_000


def paper_of_form(form: MultiDict[str, str], *, agency_name: str, year: int) -> bytes:
    """Return what was typed as the text of a report: a head, and a table of recommendations by component.

    :raises InvalidInputError: number, date or all recommendations are missing, or a value is none; all reasons at once.
    """
    reasons: list[Reason] = []
    number, score = form.get("number", "").strip(), form.get("score", "").strip()
    if not number:
        reasons.append(Reason("number_missing", "Tulis nomor LHE seperti pada surat."))
    day = _day(form.get("report_date", ""))
    if day is None:
        reasons.append(Reason("date", "Isi tanggal LHE seperti pada surat."))
    if score and not _SCORE.fullmatch(score):
        reasons.append(Reason("score", "Nilai LHE berupa angka 0 sampai 100, misalnya 78,05."))
    texts = {key: form.get(key, "").replace("\r\n", "\n").strip()[:_LONGEST] for key in COMPONENTS}
    if not any(texts.values()):
        reasons.append(Reason("no_recommendation", "Tulis sedikitnya satu rekomendasi."))
    if reasons or day is None:
        raise InvalidInputError(*reasons)
    out = io.StringIO()
    out.write(f"LAPORAN HASIL EVALUASI AKIP TAHUN {year}\n\n{_plain(agency_name)}\n\n")
    out.write(f"Nomor: {_plain(number)}\n\nTanggal: {in_words(day)}\n\n")
    if score:
        value = Decimal(score.replace(",", ".")).quantize(Decimal("0.01"))
        out.write(f"Memperoleh nilai {str(value).replace('.', ',')}\n\n")
    out.write("<table>\n<tr><td>KOMPONEN</td><td>REKOMENDASI</td></tr>\n")
    for key, text in texts.items():
        if text:
            paragraphs = "".join(f"<p>{_plain(line)}</p>" for line in text.split("\n") if line.strip())
            out.write(f"<tr><td>{COMPONENTS[key]}</td><td>{paragraphs}</td></tr>\n")
    out.write("</table>\n")
    return out.getvalue().encode()


def _plain(text: str) -> str:
    return html.escape(" ".join(text.replace("\0", "").split()), quote=False)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None
