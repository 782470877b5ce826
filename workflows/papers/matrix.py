"""*Matriks Tindak Lanjut*: recommendation, plan, person in charge, status and progress, evidence.

The accepted proof that recommendations were followed up (criterion 4.c.1).
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence

from workflows.core.transitions import State
from workflows.papers import words
from workflows.papers.reading import Answer, Asked, Proof, Told
from workflows.papers.sheet import Band, Block, Column, Line, Sheet, plain
from workflows.plans.models import RequirementKind
from workflows.recommendations.models import OfficialStatus

COLUMNS = (
    Column("NO", 10),
    Column("REKOMENDASI", 72),
    Column("RENCANA AKSI", 66),
    Column("PENANGGUNG JAWAB", 32),
    Column("STATUS DAN PROGRES", 50),
    Column("BUKTI", 74),
)
_RECEIPTS = 3
"""Of one group of documents that are named; more are counted."""
_ROMAN = ("I", "II", "III", "IV")
_WHERE = (
    (State.ACKNOWLEDGED, "diketahui"),
    (State.SIGNED, "ditandatangani"),
    (State.EVIDENCE_UPLOADED, "diunggah"),
    (State.DRAFTED, "menunggu bukti"),
)


def matrix(
    told: Sequence[Told], *, year: int, agency: str | None, region: str, as_of: str, on: dt.date, block: Block
) -> Sheet:
    """Return the paper of one agency, or of several with a row that names each.

    :param agency: ``None`` for all. :param as_of: the moment of the data, in words.
    """
    office = agency or "Seluruh Perangkat Daerah"
    return Sheet(
        title_lines=(
            f"MATRIKS TINDAK LANJUT REKOMENDASI HASIL EVALUASI AKIP TAHUN {year}",
            plain(office).upper(),
            plain(region).upper(),
        ),
        facts=_facts(told[0]) if agency and told else (),
        columns=COLUMNS,
        rows=tuple(_rows(told, bands=agency is None)),
        block=block,
        notes=(
            f"Keadaan per {as_of}. Status hanya berubah dengan surat penetapan Inspektur yang bernomor.",
            "Nomor pada kolom bukti adalah nomor tanda terima berkas di arsip.",
        ),
        author=plain(f"{agency}, {region}" if agency else region),
        made_on=on.isoformat(),
    )


def _facts(report: Told) -> tuple[tuple[str, str], ...]:
    said = (
        ("Nomor LHE", plain(report.number or "")), ("Tanggal LHE", words.day(report.on)),
        ("Nilai evaluasi", words.score(report.score)),
    )  # fmt: skip
    return tuple((name, value or "-") for name, value in said)


def _rows(told: Sequence[Told], *, bands: bool) -> Iterator[Line | Band]:
    if not any(report.asked for report in told):
        yield Line(("", "Belum ada rekomendasi yang diterbitkan untuk tahun ini.", "", "", "", ""))
    for report in told:
        if bands:
            number = f", LHE nomor {report.number}" if report.number else ""
            yield Band(plain(report.agency + number))
        yield from map(_row, report.asked)


def _row(asked: Asked) -> Line:
    cells = (
        asked.number,
        asked.text,
        "\n".join(answer.text for answer in asked.answers) or "Belum ada rencana aksi.",
        "\n".join(dict.fromkeys(_owner(answer) for answer in asked.answers)) or "-",
        "\n".join((_status(asked), *_progress(asked.proofs))),
        "\n".join(_evidence(asked.proofs)) or "-",
    )
    return Line(tuple(map(plain, cells)))


def _owner(answer: Answer) -> str:
    due = f"sampai {words.day(answer.due_on)}" if answer.due_on else ""
    return ", ".join(filter(None, (answer.owner, due))) or "-"


def _status(asked: Asked) -> str:
    said = words.STATUSES[asked.official_status]
    if asked.decided is None or asked.official_status == OfficialStatus.NOT_ASSESSED:
        return said
    letter = ", ".join(filter(None, (asked.decided.number, words.day(asked.decided.on))))
    return f"{said} ({letter})" if letter else said


def _progress(proofs: Sequence[Proof]) -> Iterator[str]:
    """Say how many are verified, then where the others stand; an outcome waits for the next report."""
    counted = [proof for proof in proofs if proof.kind != RequirementKind.OUTCOME or proof.state == State.VERIFIED]
    if counted:
        done = sum(proof.state == State.VERIFIED for proof in counted)
        yield f"{done} dari {len(counted)} dokumen diverifikasi"
    returned = sum(proof.returned and proof.state == State.DRAFTED for proof in counted)
    standing = Counter(proof.state for proof in counted)
    standing[State.DRAFTED] -= returned
    others = [f"{standing[state]} {said}" for state, said in _WHERE if standing[state]]
    others += [f"{returned} perlu diperbaiki"] if returned else []
    if others:
        yield ", ".join(others)
    if len(counted) < len(proofs):
        yield "Menunggu LHE berikutnya"


def _evidence(proofs: Sequence[Proof]) -> Iterator[str]:
    """Say for each kind of document, and for each quarter, how far it is and under which receipts it is kept."""
    groups: dict[str, list[Proof]] = {}
    for proof in proofs:
        groups.setdefault(_group(proof), []).append(proof)
    for name, members in groups.items():
        receipts = list(dict.fromkeys(proof.receipt for proof in members if proof.receipt))
        done = sum(proof.state == State.VERIFIED for proof in members)
        many = f": {done} dari {len(members)} unit diverifikasi" if len(members) > 1 else ""
        kept = ", ".join(receipts) if len(receipts) <= _RECEIPTS else f"{len(receipts)} berkas"
        if receipts or members[0].kind != RequirementKind.OUTCOME:
            yield f"{name}{many} ({kept})" if receipts else f"{name}{many or ': belum ada'}"


def _group(proof: Proof) -> str:
    if proof.kind == RequirementKind.QUARTERLY_MONITORING and proof.quarter:
        return f"Monev Triwulan {_ROMAN[proof.quarter - 1]}"
    return proof.title
