"""Last stage, its cover: ``data/index.html``, for any browser and without the product.

No script, no address outside the bundle; the page says nothing that ``data/records.json`` and the open lines of
``data/audit.jsonl`` do not say. The former, format ``tuntas-records/1``, is the canonical JSON text (see
``verify.canonical``) of::

    format, installation, year, agency {code, name}, ordered {at, by, reason}
    scope            {}, or where less than a year was ordered {report: number} and maybe {recommendations: [numbers]}
    report           {number, report_date, confirmed, received {received_on, due_on, plan_due_on, received_by} or
                      null} or null
    recommendations  [number, component, criterion, text, finding, state, official_status, requirements [ids],
                      action {text, owner, due_on} or null, due_on, overdue_on, reconsidered_at, versions [revision,
                      component, criterion, text, reason, letter, by, at], ended {as (moved, cancelled), reason,
                      letter, by, at, target} or null, origin {place, reason, letter, by, at} or null]: versions are
                      all wordings, the issued one first, of one that was corrected; target and place are
                      {recommendation, number, year, agency, agency_name} at the other agency
    objections       [id, number, revision, reason, by, position, at, outcome (corrected, cancelled, declined) or null,
                      answer, letter, answered_by, answered_at, stopped_days]
    requirements     [id, kind, quarter, unit {code, name}, successor {code, name, letter, at} or null, state,
                      due_on, waived, recommendations [numbers], evidence [ids]]: the unit that it was asked of, and
                      the one that carries it on since then; of another agency also with its name, agency
    evidence         [id, requirement, revision, page_from, page_to, sha256, bytes, received_at, received_by,
                      original_name, path, verdict, withheld, disposed {number, kind, letter, reason, at} or
                      null, restricted, supporting [id, sha256, bytes, original_name, path, verdict, withheld,
                      disposed, restricted, media_type]: what travels with it]: one row for each requirement
                      that a delivery serves, with its pages (null for all) and a name of its own; a withheld file
                      has no path, only its digest; one that is restricted has no original name either
    reviews          [id, requirement, evidence, sha256, text, asked_by, asked_at, outcome (open, accepted,
                      declined), reason, person, position, at]: what an evaluator answered about a refused file
    messages         [id, requirement, person, position, text, at]: the conversation about each requirement, in order
    sign_offs        [id, requirement, evidence, sha256, role (signed, acknowledged, verified), basis, method (full,
                      sample; of verifications), person, position, at, voided_at]
    decisions        [id, number, decided_on, official_status, reason, recommendations [numbers], proposed_by,
                      decided_by, letter, valid_reason, ground, reopens [requirement ids], closed {as (declined,
                      withdrawn), by, at, reason} or null]: letter and ground are ids of official papers
    official_papers  [id, kind (letter, ground), number, dated_on] and the fields of a file as evidence has them from
                      sha256 to restricted

Unknown values are null, keys are always there; times are UTC as ``2026-01-02T03:04:05.678901Z``.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from workflows.papers.timeline import Entry, Happening, Names, by_year, tell

STATES = {
    "drafted": "Menunggu bukti",
    "evidence_uploaded": "Diunggah",
    "signed": "Ditandatangani",
    "acknowledged": "Diketahui",
    "verified": "Diverifikasi",
}
OFFICIAL_STATUSES = {
    "NOT_ASSESSED": "Belum dinilai",
    "COMPLIANT": "Sesuai",
    "PARTIAL": "Belum sesuai",
    "NOT_STARTED": "Belum ditindaklanjuti",
    "NOT_ACTIONABLE": "Tidak dapat ditindaklanjuti",
}
KINDS = {
    "quarterly_monitoring": "Monev triwulan",
    "performance_report": "Laporan kinerja",
    "document": "Dokumen",
    "outcome": "Hasil (menunggu LHE berikutnya)",
}
_ROMAN = ("I", "II", "III", "IV")
ROLES = {"signed": "Menandatangani", "acknowledged": "Mengetahui", "verified": "Memverifikasi"}
BASES = {
    "in_app": "dikukuhkan dalam aplikasi",
    "certificate": "tanda tangan elektronik tersertifikasi di dalam berkas",
    "ink": "tanda tangan basah pada kertas",
}
VERDICTS = {"accept": "Lolos pemeriksaan", "warn": "Lolos dengan catatan", "reject": "Ditolak pemeriksaan"}
OUTCOMES = {
    "open": "Diminta ditinjau, belum dijawab",
    "accepted": "Diterima setelah ditinjau",
    "declined": "Tidak diterima setelah ditinjau",
}
ENDINGS = {"moved": "Dialihkan", "cancelled": "Dibatalkan"}
VALID_REASONS = {
    "force_majeure": "keadaan kahar (force majeure)",
    "in_court": "subjek atau objeknya dalam proses peradilan",
    "not_worthwhile": "tidak lagi efektif, efisien, atau ekonomis",
}
CLOSINGS = {"declined": "tidak diterima", "withdrawn": "ditarik"}
ANSWERS = {
    "corrected": "diterima, bunyinya diperbaiki",
    "cancelled": "diterima, rekomendasinya dibatalkan",
    "declined": "tidak diterima",
}
MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)


def render_index(records: Mapping[str, Any], *, log: Iterable[bytes] = (), zone: str = "Asia/Jakarta") -> bytes:
    """The page as UTF-8. The same records and log give the same bytes; ``zone`` is the region's time zone.

    :param log: the lines of ``data/audit.jsonl``.
    """
    region = ZoneInfo(zone)

    def moment(text: str | None) -> str:
        if text is None:
            return "–"
        at = datetime.fromisoformat(text).astimezone(region)
        return f"{at.day} {MONTHS[at.month - 1]} {at.year} pukul {at:%H.%M} {at.tzname()}"

    def day(text: str | None) -> str:
        if text is None:
            return "–"
        year, month, number = text.split("-")
        return f"{int(number)} {MONTHS[int(month) - 1]} {year}"

    environment = Environment(
        loader=PackageLoader("workflows.bundles", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"moment": moment, "day": day, "size": _size}
    page = environment.get_template("index_page.html.j2").render(
        records=records,
        counts={state: _count(records, state) for state in STATES},
        evidence=_grouped(records["evidence"]),
        stories=_stories(records, log, region),
        shared=Counter(row["id"] for row in records["evidence"]),
        reviews={(row["requirement"], row["evidence"]): row for row in records.get("reviews", [])},
        messages=_grouped(records.get("messages", [])),
        sign_offs=_grouped(records["sign_offs"]),
        states=STATES,
        official_statuses=OFFICIAL_STATUSES,
        kinds=KINDS,
        roles=ROLES,
        bases=BASES,
        verdicts=VERDICTS,
        outcomes=OUTCOMES,
        endings=ENDINGS,
        answers=ANSWERS,
        valid_reasons=VALID_REASONS,
        closings=CLOSINGS,
        papers={row["id"]: row for row in records.get("official_papers", [])},
    )
    return page.encode()


def _count(records: Mapping[str, Any], state: str) -> int:
    """Requirements in force that stand in one state."""
    return sum(row["state"] == state and not row["waived"] for row in records["requirements"])


Shown = tuple[str, str, str | None]
"""An event on the page: its hour, its sentence, a reason in its writer's words."""


def _stories(
    records: Mapping[str, Any], log: Iterable[bytes], region: ZoneInfo
) -> dict[str, dict[int, list[tuple[str, list[Shown]]]]]:
    """What happened to each recommendation, by its number: years, in them days with their events."""
    titles = {row["id"]: _title(row) for row in records["requirements"]}
    told: dict[str, list[Happening]] = {row["number"]: [] for row in records["recommendations"]}
    receipts: dict[str, str] = {}
    concerned = _concerned(records)
    for one in _open(log):
        if one.kind == "evidence.received":
            receipts[one.subject] = one.get("receipt")
        if one.kind == "report.issued" and one.details.get("year") == records["year"]:
            for row in one.details.get("recommendations") or ():
                concerned.setdefault(row["id"], set()).add(row["number"])
            numbers = set(told)
        elif one.kind == "report.received" and one.details.get("year") == records["year"]:
            numbers = set(told)
        elif one.kind == "recommendation.taken_over" and one.details.get("year") == records["year"]:
            numbers = concerned.setdefault(one.subject, {one.get("number")})
        elif one.kind.startswith("decision.") and one.details.get("year") == records["year"]:
            numbers = set(one.details.get("recommendations") or ())
        else:
            numbers = concerned.get(one.subject, set())
        for number in numbers & told.keys():
            told[number].append(one)

    def shown(entry: Entry) -> Shown:
        at = entry.at.astimezone(region)
        sentence = entry.sentence or f"{entry.happening.who}: {entry.kind}."
        return f"{at:%H.%M} {at.tzname()}", sentence[:1].upper() + sentence[1:], entry.quote

    stories = {}
    for row in records["recommendations"]:
        names = Names({identity: titles.get(identity, "-") for identity in row["requirements"]}, receipts)
        years = by_year(tell(told[row["number"]], names), lambda at: at.astimezone(region).date())
        stories[row["number"]] = {
            year: [(f"{day.on.day} {MONTHS[day.on.month - 1]} {year}", list(map(shown, day.entries))) for day in days]
            for year, days in years.items()
        }
    return stories


def _open(log: Iterable[bytes]) -> Iterator[Happening]:
    """The events whose contents the log tells."""
    for line in log:
        link = json.loads(line)
        if link.get("body") is not None:
            yield Happening.read(link["seq"], datetime.fromisoformat(link["at"]), link["body"])


def _concerned(records: Mapping[str, Any]) -> dict[str, set[str]]:
    """The numbers of the recommendations that a requirement or a delivery serves, by its id."""
    found = {row["id"]: set(row["recommendations"]) for row in records["requirements"]}
    for row in records["evidence"]:
        found.setdefault(row["id"], set()).update(found.get(row["requirement"], ()))
    return found


def _title(row: Mapping[str, Any]) -> str:
    quarter = f" {_ROMAN[row['quarter'] - 1]}" if row["quarter"] else ""
    return f"{KINDS[row['kind']]}{quarter} - {row['unit']['name']}"


def _grouped(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Rows by requirement, in the order of the records."""

    def requirement(row: dict[str, Any]) -> str:
        return str(row["requirement"])

    return {key: list(group) for key, group in groupby(sorted(rows, key=requirement), key=requirement)}


def _size(count: int) -> str:
    """Bytes as people read them, with the Indonesian decimal comma."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= step:
            return f"{count / step:.1f} {unit}".replace(".", ",")
    return f"{count} byte"
