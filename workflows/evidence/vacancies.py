"""What waits for a post that nobody holds: papers whose next step is to sign or acknowledge, and no one can."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa

from workflows.core.actors import Actor
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.paging import at_most
from workflows.core.transitions import State
from workflows.evidence.models import CheckState, Evidence
from workflows.organization.models import Agency, Position
from workflows.organization.posts import vacant, watched
from workflows.organization.scope import in_scope
from workflows.plans.models import Requirement, RequirementKind
from workflows.recommendations.models import EvaluationReport, ReportState


class Vacancy(NamedTuple):
    """A vacant post and how many papers wait for somebody in it."""

    position_id: uuid.UUID
    title: str
    agency: str
    waiting: int


def vacancies(
    actor: Actor, *, today: dt.date, position_ids: Collection[uuid.UUID] | None = None, limit: int = 20
) -> list[Vacancy]:
    """Return the vacant posts for which papers wait, most first, where the person looks after the agency. One query.

    :param position_ids: only these posts.
    """
    row = Requirement
    turn = sa.case(
        (row._state == State.EVIDENCE_UPLOADED, row.signing_position_id), else_=row.acknowledging_position_id
    )
    checked = sa.exists().where(Evidence.id == row.newest_evidence_id, Evidence.check_state == CheckState.DONE)
    waiting = sa.func.count().label("waiting")
    query = (
        sa.select(Position.id, Position.title, Agency.name, waiting)
        .select_from(row)
        .join(EvaluationReport, EvaluationReport.id == row.report_id)
        .join(Position, Position.id == turn)
        .join(Agency, Agency.id == Position.agency_id)
        .where(
            in_scope(row, actor),
            watched(Position, actor),
            sa.or_(row._state == State.SIGNED, sa.and_(row._state == State.EVIDENCE_UPLOADED, checked)),
            row.waived_at.is_(None),
            row.kind != RequirementKind.OUTCOME,
            EvaluationReport.state == ReportState.ISSUED,
            vacant(at=now(), today=today),
        )
        .group_by(Position.id, Position.title, Agency.name)
        .order_by(waiting.desc(), Position.title, Position.id)
        .limit(at_most(limit))
    )
    if position_ids is not None:
        query = query.where(Position.id.in_(position_ids))
    return [Vacancy._make(found) for found in db.session.execute(query)]
