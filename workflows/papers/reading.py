"""What papers say, read from the database: the one place that knows where each of it stands.

Everything inside the reader's scope and of issued reports only; the number of queries does not depend on how much
there is.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from workflows.core.actors import Actor, AssignmentKind, Role
from workflows.core.db import among, db
from workflows.core.transitions import State
from workflows.evidence.models import Evidence
from workflows.organization.models import Agency, Person, Position, PositionAssignment, Region, Unit
from workflows.organization.queries import empowers
from workflows.organization.scope import in_scope
from workflows.plans.models import Action, Requirement, RequirementKind, requirement_recommendation
from workflows.recommendations.models import (
    Component,
    EvaluationReport,
    OfficialStatus,
    Recommendation,
    ReportState,
)
from workflows.verification.models import Decision, DecisionState, decision_recommendation


@dataclass(frozen=True)
class Answer:
    """An action of the plan."""

    text: str
    owner: str | None
    due_on: dt.date | None


@dataclass(frozen=True)
class Proof:
    """A requirement in force, and the newest delivery for it."""

    kind: RequirementKind
    title: str
    quarter: int | None
    unit: str
    state: State
    returned: bool
    due_on: dt.date | None
    receipt: str | None


@dataclass(frozen=True)
class Decided:
    """The decision that the official status rests on."""

    number: str | None
    on: dt.date | None


@dataclass(frozen=True)
class Asked:
    """A recommendation with everything that stands on it."""

    number: str
    component: Component
    finding: str | None
    text: str
    official_status: OfficialStatus
    decided: Decided | None
    answers: tuple[Answer, ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True)
class Told:
    """An issued report and what became of it."""

    agency_id: uuid.UUID
    agency: str
    number: str | None
    on: dt.date | None
    score: Decimal | None
    results: Mapping[str, str]
    """What the evaluation says of each component, by its letter."""
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class Signer:
    """Who holds a post on a day, as printed; ``name`` is ``None`` where nobody does."""

    title: str
    """With *Plt.*, *Plh.* or *Pj.* before it."""
    name: str | None = None
    rank_name: str | None = None
    rank_grade: str | None = None
    nip: str | None = None


def reports(actor: Actor, *, year: int, agency_id: uuid.UUID | None = None) -> list[Told]:
    """Return the issued reports of a year in scope by agency, each recommendation in the order of the paper.

    None that was cancelled or moved elsewhere. Six queries, whatever their number.

    :param agency_id: of one agency alone.
    """
    query = (
        sa.select(EvaluationReport, Agency.name)
        .join(Agency, Agency.id == EvaluationReport.agency_id)
        .where(in_scope(EvaluationReport, actor), EvaluationReport.year == year)
        .where(EvaluationReport.state == ReportState.ISSUED)
    )
    if agency_id is not None:
        query = query.where(EvaluationReport.agency_id == agency_id)
    found = db.session.execute(query.order_by(Agency.name, EvaluationReport.id)).all()
    asked = _asked([report.id for report, _ in found])
    return [
        Told(
            report.agency_id,
            agency,
            report.number,
            report.report_date,
            report.score,
            report.results,
            tuple(asked.get(report.id, ())),
        )
        for report, agency in found
    ]


def _asked(report_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Asked]]:
    query = sa.select(Recommendation).where(among(Recommendation.report_id, "ids"), Recommendation.ended_as.is_(None))
    query = query.order_by(Recommendation.report_id, Recommendation.ordinal, Recommendation.id)
    rows = list(db.session.scalars(query, {"ids": list(report_ids)}))
    ids = [row.id for row in rows]
    answers, proofs, decided = _answers(ids), _proofs(ids), _decided(ids)
    found: dict[uuid.UUID, list[Asked]] = {}
    for row in rows:
        found.setdefault(row.report_id, []).append(
            Asked(
                row.number, row.component, row.finding, row.text, row.official_status, decided.get(row.id),
                tuple(answers.get(row.id, ())), tuple(proofs.get(row.id, ())),
            )
        )  # fmt: skip
    return found


def _answers(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Answer]]:
    found: dict[uuid.UUID, list[Answer]] = {}
    query = sa.select(Action).where(among(Action.recommendation_id, "ids")).order_by(Action.id)
    for row in db.session.scalars(query, {"ids": list(ids)}):
        found.setdefault(row.recommendation_id, []).append(Answer(row.text, row.owner, row.due_on))
    return found


def _proofs(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Proof]]:
    link = requirement_recommendation.c
    query = (
        sa.select(
            link.recommendation_id, Requirement.kind, Requirement.title, Requirement.quarter, Unit.name,
            Requirement._state, Requirement.returned_at.is_not(None), Requirement.due_on, Evidence.receipt_number,
        )
        .join(Requirement, Requirement.id == link.requirement_id)
        .join(Unit, Unit.id == Requirement.unit_id)
        .outerjoin(Evidence, Evidence.id == Requirement.newest_evidence_id)
        .where(among(link.recommendation_id, "ids"), Requirement.waived_at.is_(None))
        .order_by(Requirement.quarter.nulls_first(), Unit.is_secretariat.desc(), Unit.code, Requirement.id)
    )  # fmt: skip
    found: dict[uuid.UUID, list[Proof]] = {}
    for recommendation_id, *values in db.session.execute(query, {"ids": list(ids)}):
        found.setdefault(recommendation_id, []).append(Proof(*values))
    return found


def _decided(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Decided]:
    """Return the newest decision about each."""
    link = decision_recommendation.c
    query = (
        sa.select(link.recommendation_id, Decision.number, Decision.decided_on)
        .join(Decision, Decision.id == link.decision_id)
        .where(among(link.recommendation_id, "ids"), Decision.state == DecisionState.DECIDED)
        .order_by(Decision.decided_at, Decision.id)
    )
    return {key: Decided(number, on) for key, number, on in db.session.execute(query, {"ids": list(ids)})}


def signer(role: Role, *, region_id: uuid.UUID, agency_id: uuid.UUID | None, at: dt.datetime, day: dt.date) -> Signer:
    """Return who holds the post of that role on a day. Whoever stands in for its holder comes before him."""
    place = sa.select(Position.id, Position.title).where(Position.role == role, Position.region_id == region_id)
    place = place.where(Position.agency_id.is_not_distinct_from(agency_id), Position.unit_id.is_(None))
    post = db.session.execute(place.order_by(Position.id)).first()
    if post is None:
        return Signer("")
    entry = PositionAssignment
    acting = entry.kind.in_([AssignmentKind.ACTING_VACANT, AssignmentKind.ACTING_DAILY])
    query = (
        sa.select(entry.kind, Person)
        .join(Person, Person.id == entry.person_id)
        .where(entry.position_id == post.id, empowers(at, day))
        .order_by(acting.desc(), entry.valid_from.desc(), entry.id.desc())
    )
    held = db.session.execute(query).first()
    if held is None:
        return Signer(post.title)
    kind, person = held
    return Signer(kind.prefix + post.title, person.name, person.rank_name, person.rank_grade, person.nip)


def region_and_agency(region_id: uuid.UUID, agency_id: uuid.UUID | None) -> tuple[Region, Agency | None]:
    """Return where a paper is made."""
    region = db.session.get_one(Region, region_id)
    return region, db.session.get_one(Agency, agency_id) if agency_id else None
