"""How days, posts and numbers are written on papers. Papers are official and Indonesian, whoever orders them."""

import datetime as dt
import re
from decimal import Decimal

from workflows.papers.reading import Signer
from workflows.papers.sheet import Block, plain
from workflows.recommendations.models import OfficialStatus

MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
STATUSES = {
    OfficialStatus.NOT_ASSESSED: "Belum dinilai",
    OfficialStatus.COMPLIANT: "Sesuai",
    OfficialStatus.PARTIAL: "Belum sesuai",
    OfficialStatus.NOT_STARTED: "Belum ditindaklanjuti",
    OfficialStatus.NOT_ACTIONABLE: "Tidak dapat ditindaklanjuti",
}
_ACTING = re.compile(r"(Plt\.|Plh\.|Pj\.)\s+")
_NIP = re.compile(r"(\d{8})(\d{6})(\d)(\d{3})")
_TO_WRITE_ON = "...................."


def day(on: dt.date | None) -> str:
    """Write a day: ``2 Januari 2026``; empty where there is none."""
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}" if on else ""


def score(value: Decimal | None) -> str:
    """Write a score with two places and a decimal comma."""
    return f"{value:.2f}".replace(".", ",") if value is not None else ""


def nip(digits: str) -> str:
    """Write a NIP as it is printed, ``19040403 193003 1 015``; any other number as it stands."""
    found = _NIP.fullmatch(digits)
    return " ".join(found.groups()) if found else digits


def block(signer: Signer, *, agency: str, region: str, place: str, on: dt.date) -> Block:
    """Return the printed block of the day: post, name with titles, rank and grade, NIP."""
    rank = " / ".join(filter(None, (signer.rank_name, signer.rank_grade)))
    number = f"NIP. {nip(signer.nip)}" if signer.nip else "" if signer.name else "NIP. " + _TO_WRITE_ON
    return Block(
        place_and_date=f"{plain(place) or _TO_WRITE_ON}, {day(on)}",
        title_lines=title_lines(signer.title, agency=agency, region=region),
        name=plain(signer.name or ""),
        below=tuple(map(plain, filter(None, (rank, number)))),
    )


def title_lines(title: str, *, agency: str, region: str) -> tuple[str, ...]:
    """Return a post as it stands above a signature: ``Plt. KEPALA``, ``DINAS SOSIAL``, ``KABUPATEN UJI``.

    What the post's title says of its office already is not said twice: *Kepala Dinas Sosial*, *Kepala Dinas*.
    """
    acting = _ACTING.match(title)
    words, office = plain(title[acting.end() if acting else 0 :]).upper().split(), plain(agency).upper().split()
    known = next((n for n in range(len(office), 0, -1) if words[-n:] == office[:n]), 0)
    post = [*([acting[1]] if acting else []), *words[: len(words) - known]]
    lines = [post, office, plain(region).upper().split()]
    return tuple(" ".join(line) for line in lines if line)
