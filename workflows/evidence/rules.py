"""Guards that look at what was delivered."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.core.moves import Move
from workflows.evidence.models import CheckState, Evidence
from workflows.plans.models import Requirement
from workflows.plans.rules import RULES

NO_EVIDENCE = Reason("no_evidence", "Belum ada bukti yang diunggah.")


@RULES.fact("evidence")
def _evidence(requirements: Sequence[Requirement], _actor: Actor) -> dict[uuid.UUID, Evidence]:
    ids = [row.newest_evidence_id for row in requirements if row.newest_evidence_id]
    rows = db.session.scalars(sa.select(Evidence).where(Evidence.id.in_(ids))) if ids else ()
    return {row.id: row for row in rows}


def newest(asked: Move) -> Evidence | None:
    """Return the newest delivery of the requirement, whatever its verdict."""
    found: Evidence | None = asked.facts["evidence"].get(asked.subject.newest_evidence_id)
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
    if evidence is not None and evidence.verdict == "reject":
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
