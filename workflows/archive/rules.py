"""The guard that asks for the locked original."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from workflows.archive.models import ArchivedObject
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.core.moves import Move
from workflows.evidence.rules import newest
from workflows.plans.models import Requirement
from workflows.plans.rules import RULES


@RULES.fact("archived")
def _archived(requirements: Sequence[Requirement], _actor: Actor) -> set[uuid.UUID]:
    ids = [row.newest_evidence_id for row in requirements if row.newest_evidence_id]
    query = sa.select(ArchivedObject.evidence_id).where(ArchivedObject.evidence_id.in_(ids))
    return set(db.session.scalars(query)) if ids else set()


@RULES.guard("evidence_archived")
def _evidence_archived(asked: Move) -> Reason | None:
    evidence = newest(asked)
    if evidence is None or evidence.verdict == "reject" or evidence.id in asked.facts["archived"]:
        return None
    return Reason("not_archived", "Berkas belum tersimpan di arsip terkunci; tunggu beberapa saat.")
