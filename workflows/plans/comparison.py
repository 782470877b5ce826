"""The plan held against what was asked: what is still open in each action, and what to do about it.

The rules are those that look at an imported plan (``workflows.documents``); here they read what is stored now. A flag
never blocks: it is shown, counted at the submission, and judged by the evaluator.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.core.sentences import phrase
from workflows.documents import plan as read
from workflows.documents.commitment import judge
from workflows.plans.models import Action, Requirement
from workflows.recommendations.models import Recommendation

ADVICE: Mapping[str, str] = {
    read.WarningCode.ACTION_MISSING: phrase("Tulis tindakan yang akan dilakukan."),
    read.WarningCode.ACTION_REPEATS_RECOMMENDATION: phrase(
        "Tulis tindakannya dengan kata kerja sendiri: siapa membuat apa, untuk apa."
    ),
    read.WarningCode.PLAN_SIGNER_DIFFERS: phrase(
        "Sebutkan semua yang harus menandatangani dan mengetahui, seperti diminta rekomendasi."
    ),
    read.WarningCode.ACTION_INCOMPLETE: phrase("Tambahkan isi yang diminta rekomendasi ke dalam tindakannya."),
    read.WarningCode.YEAR_DIFFERS: phrase("Periksa tahunnya; perbaiki bila salah tulis."),
    read.WarningCode.QUARTERS_MISSING: phrase("Sebutkan semua triwulan yang diminta."),
    read.WarningCode.UNITS_MISSING: phrase("Sebutkan unit yang tertinggal, atau tulis setiap bidang."),
    read.WarningCode.OWNER_MISSING: phrase("Isi penanggung jawab: nama jabatan, bukan nama dinas."),
    read.WarningCode.DUE_DATE_MISSING: phrase("Isi batas waktu."),
}
"""What to do, by code."""


@dataclass(frozen=True)
class Flag:
    """One thing that is open in the answer to one recommendation."""

    number: str
    code: str
    message: str

    @property
    def advice(self) -> str:
        """Return what to do about it."""
        return ADVICE[self.code]

    def to_json(self) -> dict[str, str]:
        """Return it as it is kept with a submission."""
        return {"number": self.number, "code": self.code, "message": str(self.message)}


def flags(
    recommendations: Sequence[Recommendation],
    actions: Mapping[uuid.UUID, Action],
    requirements: Iterable[Requirement],
    *,
    year: int,
) -> dict[uuid.UUID, list[Flag]]:
    """Return what is open, by recommendation; those without anything open have an empty list.

    :param requirements: of the same report, with positions, units and recommendations at hand.
    """
    serving: dict[uuid.UUID, list[Requirement]] = defaultdict(list)
    for requirement in requirements:
        if requirement.in_force:
            for served in requirement.recommendations:
                serving[served.id].append(requirement)
    return {row.id: _flags(row, actions.get(row.id), serving[row.id], year) for row in recommendations}


def _flags(row: Recommendation, action: Action | None, asked: Sequence[Requirement], year: int) -> list[Flag]:
    units = {requirement.unit.name: None for requirement in asked}
    promise = read.Action(text=action.text, due_on=action.due_on, owner=action.owner) if action else read.Action()
    value = read.Recommendation(
        number=row.number,
        component=read.Component(row.component),
        criterion=row.criterion,
        finding=row.finding,
        text=row.text,
        action=promise,
        requirements=tuple(_as_read(asked)),
    )
    found = judge(value, year=year, units=list(units), where=row.number)
    seen: dict[tuple[str, str], Flag] = {}
    for warning in found:
        seen.setdefault((warning.code, warning.message), Flag(row.number, warning.code.value, warning.message))
    return list(seen.values())


def _as_read(asked: Sequence[Requirement]) -> Iterable[read.Requirement]:
    """Fold the cells of a grid into the one promise that they were made from."""
    groups: dict[tuple[Any, ...], list[Requirement]] = defaultdict(list)
    for row in asked:
        signers = _signer(row.signing_position), _signer(row.acknowledging_position)
        groups[row.kind, *signers, tuple(row.expects)].append(row)
    for (kind, signed_by, acknowledged_by, expects), rows in groups.items():
        yield read.Requirement(
            kind=read.RequirementKind(kind),
            quarters=tuple(sorted({row.quarter for row in rows if row.quarter})),
            per_unit=len({row.unit_id for row in rows}) > 1,
            signed_by=signed_by,
            acknowledged_by=acknowledged_by,
            expects=tuple(read.Expectation(code) for code in expects if code in list(read.Expectation)),
        )


def _signer(position: Any) -> read.Signer | None:
    role = position.role if position else None
    return read.Signer(role) if role in list(read.Signer) else None
