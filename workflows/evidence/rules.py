"""Guards that look at what was delivered."""

import datetime as dt
import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

import sqlalchemy as sa

from workflows.core.actors import Actor
from workflows.core.db import among, db
from workflows.core.errors import Reason
from workflows.core.moves import Move
from workflows.evidence.models import CheckState, Evidence, EvidenceUse
from workflows.evidence.reviewed import accepted_here
from workflows.plans.models import Requirement
from workflows.plans.rules import RULES

NO_EVIDENCE = Reason("no_evidence", "Belum ada bukti yang diunggah.")


class Newest(Protocol):
    """What is known of the newest delivery in the place of one requirement: columns of both, and of :data:`BESIDE`."""

    id: uuid.UUID
    revision: int
    sha256: str
    size: int
    check_state: CheckState
    check_since: dt.datetime
    verdict: str | None
    reviewed: bool
    """Accepted here by an evaluator although the checks refused it; the verdict stays as it was observed."""


BESIDE: dict[str, sa.ColumnElement[Any]] = {}
"""What later stages want to know of a delivery, by name: it comes with it, in the same statement."""


@cache
def _newest_deliveries() -> sa.Select[Any]:
    return (
        sa.select(
            EvidenceUse.requirement_id, EvidenceUse.revision, Evidence.id, Evidence.sha256, Evidence.size,
            Evidence.check_state, Evidence.check_since, Evidence.verdict, accepted_here().label("reviewed"),
            *(column.label(name) for name, column in BESIDE.items()),
        )
        .join(Evidence, Evidence.id == EvidenceUse.evidence_id)
        .where(among(EvidenceUse.requirement_id, "requirement_ids"), among(EvidenceUse.evidence_id, "evidence_ids"))
    )  # fmt: skip


@RULES.fact("newest", lasting=True)
def _newest(requirements: Sequence[Requirement], _actor: Actor) -> dict[uuid.UUID, Newest]:
    named = {row.id: row.newest_evidence_id for row in requirements if row.newest_evidence_id}
    if not named:
        return {}
    ids = {"requirement_ids": list(named), "evidence_ids": list(set(named.values()))}
    rows: Any = db.session.execute(_newest_deliveries(), ids)
    return {row.requirement_id: row for row in rows if row.id == named[row.requirement_id]}


def newest(asked: Move) -> Newest | None:
    """Return the newest delivery of the requirement, whatever its verdict."""
    found: Newest | None = asked.facts["newest"].get(asked.subject.id)
    return found


@RULES.guard("bytes_stored")
def _bytes_stored(asked: Move) -> Reason | None:
    if asked.hypothetical or asked.given.get("stored"):
        return None
    return Reason("no_file", "Unggah berkas PDF; status tidak dapat diubah tanpa berkas.")


@RULES.guard("evidence_is_newest")
def _evidence_is_newest(asked: Move) -> Reason | None:
    if asked.given.get("evidence_id") == asked.subject.newest_evidence_id:
        return None
    return Reason("newer_evidence", "Sudah ada unggahan yang lebih baru.")


@RULES.guard("evidence_checked")
def _evidence_checked(asked: Move) -> Reason | None:
    evidence = newest(asked)
    if evidence is None:
        return NO_EVIDENCE
    if evidence.check_state == CheckState.DONE:
        return None
    if evidence.check_state == CheckState.FAILED and asked.action.value == "return":
        return None
    if evidence.check_state == CheckState.FAILED:
        return Reason("check_failed", "Pemeriksaan berkas gagal; unggah ulang atau hubungi admin.")
    return Reason("check_pending", "Berkas masih diperiksa; tunggu beberapa saat.")


@RULES.guard("evidence_not_refused")
def _evidence_not_refused(asked: Move) -> Reason | None:
    evidence = newest(asked)
    if evidence is not None and evidence.verdict == "reject" and not evidence.reviewed:
        return Reason("evidence_refused", "Berkas ini ditolak pemeriksaan; unggah berkas yang benar.")
    return None


@RULES.guard("digest_agrees")
def _digest_agrees(asked: Move) -> Reason | None:
    evidence = newest(asked)
    if asked.hypothetical or evidence is None:
        return None
    if not asked.sha256:
        return Reason("digest_missing", "Sebutkan sidik jari (sha256) berkas yang Anda lihat.")
    if asked.sha256.lower() != evidence.sha256:
        return Reason("digest_differs", "Berkas yang Anda lihat bukan berkas terbaru. Muat ulang dan periksa lagi.")
    return None
