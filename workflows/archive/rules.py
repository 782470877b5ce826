"""The guard that asks for the locked original."""

from typing import Any

import sqlalchemy as sa

from workflows.archive.models import ArchivedObject
from workflows.core.errors import Reason
from workflows.core.moves import Move
from workflows.evidence.models import Evidence
from workflows.evidence.rules import BESIDE, newest
from workflows.plans.rules import RULES

BESIDE["archived"] = sa.exists().where(ArchivedObject.evidence_id == Evidence.id)


@RULES.guard("evidence_archived")
def _evidence_archived(asked: Move) -> Reason | None:
    evidence: Any = newest(asked)
    refused = evidence is None or (evidence.verdict == "reject" and not evidence.reviewed)
    if refused or evidence.archived:
        return None
    return Reason("not_archived", "Berkas belum tersimpan di arsip terkunci; tunggu beberapa saat.")
