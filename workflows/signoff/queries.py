"""Reads of sign-offs, and of what is ready to be signed off."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.archive.models import ArchivedObject
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.transitions import Action, State
from workflows.evidence.inbox import Turn
from workflows.evidence.models import CheckState, Evidence
from workflows.evidence.reviewed import reviewed_newest
from workflows.organization.scope import in_scope
from workflows.plans.models import Requirement, RequirementKind
from workflows.plans.queries import requirements
from workflows.recommendations.models import EvaluationReport, ReportState
from workflows.signoff.models import SignOff


def sign_offs_of(requirement: Requirement) -> list[SignOff]:
    """Return all sign-offs of a requirement, voided ones too, oldest first."""
    query = sa.select(SignOff).where(SignOff.requirement_id == requirement.id).order_by(SignOff.at, SignOff.id)
    query = query.options(joinedload(SignOff.assignment))
    return list(db.session.scalars(query))


def ready_to_sign_off(actor: Actor, *, limit: int = 50) -> list[Turn]:
    """Return what ``actor`` can sign or acknowledge, by due day: checked, not refused and locked in the archive.

    The rules still have the last word on each; see :func:`workflows.plans.rules.choices`.
    """
    query = (
        requirements(actor)
        .add_columns(Evidence)
        .join(Evidence, Evidence.id == Requirement.newest_evidence_id)
        .where(_ready(actor))
        .order_by(Requirement.due_on.nulls_last(), Requirement.id)
        .limit(limit)
    )
    return [_turn(requirement, evidence, actor) for requirement, evidence in db.session.execute(query).unique()]


def count_ready_to_sign_off(actor: Actor) -> int:
    """Return how many documents :func:`ready_to_sign_off` would find without a limit."""
    query = (
        sa.select(sa.func.count())
        .select_from(Requirement)
        .join(EvaluationReport, EvaluationReport.id == Requirement.report_id)
        .join(Evidence, Evidence.id == Requirement.newest_evidence_id)
        .where(in_scope(Requirement, actor), _ready(actor))
    )
    return db.session.scalars(query).one()


def _ready(actor: Actor) -> sa.ColumnElement[bool]:
    positions = [post.position_id for post in actor.posts]
    return sa.and_(
        EvaluationReport.state == ReportState.ISSUED,
        Requirement.waived_at.is_(None),
        Requirement.kind != RequirementKind.OUTCOME,
        sa.or_(
            sa.and_(Requirement._state == State.EVIDENCE_UPLOADED, Requirement.signing_position_id.in_(positions)),
            sa.and_(Requirement._state == State.SIGNED, Requirement.acknowledging_position_id.in_(positions)),
        ),
        Evidence.check_state == CheckState.DONE,
        sa.or_(Evidence.verdict != "reject", reviewed_newest()),
        sa.exists().where(ArchivedObject.evidence_id == Evidence.id),
    )


def _turn(requirement: Requirement, evidence: Evidence, actor: Actor) -> Turn:
    """Name the step and the post; the row has passed :func:`_ready`, so the post is held."""
    signs = requirement.state == State.EVIDENCE_UPLOADED
    position = requirement.signing_position_id if signs else requirement.acknowledging_position_id
    post = next(post for post in actor.posts if post.position_id == position)
    return Turn(requirement, evidence, Action.SIGN if signs else Action.ACKNOWLEDGE, post, waiting=False)


def sign_offs_by(actor: Actor, *, since: dt.datetime, limit: int = 100) -> list[SignOff]:
    """Return what ``actor`` has signed and acknowledged since a moment and what still stands, newest first."""
    query = (
        sa.select(SignOff)
        .where(in_scope(SignOff, actor), SignOff.person_id == actor.person_id)
        .where(SignOff.at >= since, SignOff.voided_at.is_(None))
        .options(joinedload(SignOff.requirement))
        .order_by(SignOff.at.desc(), SignOff.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))
