"""Why deliveries were sent back, counted from the log: how often with which reason, and by whom on their way."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from workflows.core.actors import INSPECTORATE, Actor
from workflows.core.db import db
from workflows.core.errors import PermissionDeniedError
from workflows.core.models import AuditEvent
from workflows.core.transitions import State
from workflows.organization.scope import in_scope
from workflows.plans.models import Requirement
from workflows.signoff.operations import RETURN_CODES

BY = {State.EVIDENCE_UPLOADED: "signer", State.SIGNED: "acknowledger", State.ACKNOWLEDGED: "evaluator"}
"""Who sends back from which state."""


@dataclass(frozen=True)
class ReturnCount:
    """How often one reason was given."""

    code: str
    by: Mapping[str, int]
    """By ``signer``, ``acknowledger`` and ``evaluator``."""

    @property
    def count(self) -> int:
        """Return how often in all."""
        return sum(self.by.values())


def count_returns(actor: Actor, *, year: int, agency_id: uuid.UUID | None = None) -> list[ReturnCount]:
    """Return every reason with how often it was given for what is due in that year, the most frequent first. One query.

    :raises PermissionDeniedError: not of the Inspektorat.
    """
    if not actor.roles & INSPECTORATE:
        raise PermissionDeniedError
    details = sa.cast(AuditEvent.body, JSONB)["details"]
    code, state = details["reason_code"].astext, details["from"].astext
    query = (
        sa.select(code, state, sa.func.count())
        .join(Requirement, Requirement.id == AuditEvent.subject_id)
        .where(in_scope(Requirement, actor), Requirement.year == year)
        .where(AuditEvent.kind == "requirement.returned", AuditEvent.body.is_not(None))
        .group_by(code, state)
    )
    if agency_id is not None:
        query = query.where(Requirement.agency_id == agency_id)
    counted = {known: dict.fromkeys(BY.values(), 0) for known in RETURN_CODES}
    for given, stood, times in db.session.execute(query):
        counted.setdefault(given, dict.fromkeys(BY.values(), 0))[BY[State(stood)]] += times
    order = list(counted)
    found = [ReturnCount(known, by) for known, by in counted.items()]
    return sorted(found, key=lambda row: (-row.count, order.index(row.code)))
