"""Last stage, its choice: a bundle of one report or of some of its recommendations, instead of a whole year.

Such a bundle opens only those lines of the log that are about its contents and about the offices; of the others it
has the link. So does every bundle that somebody orders whose engagement names years. Whoever may see no other year
is given no bundle that opens all of the log.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from workflows.bundles.models import Bundle
from workflows.core.actors import Actor, Channel
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, Reason
from workflows.evidence.models import Evidence, EvidenceUse
from workflows.organization.models import Agency
from workflows.organization.scope import in_scope
from workflows.plans.links import serving
from workflows.plans.models import Requirement
from workflows.recommendations.models import EvaluationReport, Recommendation, ReportState
from workflows.verification.models import Decision, OfficialPaper, SampleItem

SEVERAL_REPORTS = Reason("report_mixed", "Rekomendasi yang dipilih bukan dari LHE yang sama.")
ANOTHER_PLACE = Reason("report_elsewhere", "LHE itu bukan milik perangkat daerah atau tahun yang disebut.")
NOT_THERE = Reason("recommendation_unknown", "Nomor rekomendasi tidak ada di LHE tahun itu. Periksa ejaannya.")
NO_REPORT = Reason("report_unknown", "LHE tahun itu belum terbit, jadi tidak ada yang dapat dipilih darinya.")
MOST = 500
"""Recommendations that may be chosen at once."""

PAPERS = ("report", "requirement", "recommendation", "evidence", "decision", "sample", "bundle", "paper")
"""Types of subjects of the log that belong to one report; all others are about the offices."""
ORDERS = ("bundle", "paper")
"""Those of them that say what somebody ordered; of the orders of others a bundle has only the links."""


@dataclass(frozen=True)
class Choice:
    """What a bundle is about. Without recommendations it is the whole report."""

    report: EvaluationReport
    recommendations: tuple[Recommendation, ...] = ()

    @property
    def agency(self) -> Agency:
        """Return whose report it is."""
        return self.report.agency

    def require_of(self, agency: Agency | None, year: int | None) -> None:
        """:raises InvalidInputError: another agency or year was named beside it."""
        if (agency is not None and agency.id != self.report.agency_id) or year not in (None, self.report.year):
            raise InvalidInputError(ANOTHER_PLACE)


def choose(
    actor: Actor, *, report_id: uuid.UUID | None = None, recommendation_ids: Collection[uuid.UUID] = ()
) -> Choice | None:
    """Return what was chosen; ``None`` where nothing was.

    :raises NotFoundError: not there, not issued, or not for this actor to know of.
    :raises InvalidInputError: recommendations of several reports, or of another than the named one.
    """
    if report_id is None and not recommendation_ids:
        return None
    rows = _seen(Recommendation, actor, Recommendation.id.in_(set(recommendation_ids)))
    if len(rows) != len(set(recommendation_ids)):
        raise NotFoundError
    reports = {row.report_id for row in rows} | ({report_id} if report_id else set())
    if len(reports) != 1:
        raise InvalidInputError(SEVERAL_REPORTS)
    report = next(iter(_seen(EvaluationReport, actor, EvaluationReport.id.in_(reports))), None)
    if report is None or report.state != ReportState.ISSUED:
        raise NotFoundError
    return Choice(report, _ordered(rows))


def choose_by_number(actor: Actor, agency: Agency, year: int, numbers: Collection[str]) -> Choice:
    """Return the report of that year, and of it the recommendations with these numbers (none: all of it).

    :raises InvalidInputError: it is not issued, or has no recommendation with such a number.
    """
    held = (EvaluationReport.agency_id == agency.id, EvaluationReport.year == year)
    report = next(iter(_seen(EvaluationReport, actor, *held, EvaluationReport.state == ReportState.ISSUED)), None)
    if report is None:
        raise InvalidInputError(NO_REPORT)
    rows = _seen(Recommendation, actor, Recommendation.report_id == report.id)
    wanted = {number.strip().casefold() for number in numbers}
    found = [row for row in rows if row.number.casefold() in wanted]
    if len(found) != len(wanted):
        raise InvalidInputError(NOT_THERE)
    return Choice(report, _ordered(found))


def reports_numbered(actor: Actor, number: str) -> list[EvaluationReport]:
    """Return the issued reports that bear a number, as far as the actor may see them."""
    return _seen(
        EvaluationReport, actor, EvaluationReport.number == number, EvaluationReport.state == ReportState.ISSUED
    )


def _seen(model: Any, actor: Actor, *conditions: sa.ColumnElement[bool]) -> list[Any]:
    inside = sa.true() if actor.channel == Channel.COMMAND else in_scope(model, actor)
    return list(db.session.scalars(sa.select(model).where(inside, *conditions)))


def _ordered(rows: Sequence[Recommendation]) -> tuple[Recommendation, ...]:
    return tuple(sorted(rows, key=lambda row: (row.ordinal, row.id)))


def kept_papers(bundle: Bundle) -> Collection[uuid.UUID] | None:
    """Return the papers whose lines of the log are open in a bundle; ``None`` where the lines of all are."""
    if not bundle.log_limited:
        return None
    report = sa.select(EvaluationReport.id).where(
        EvaluationReport.agency_id == bundle.agency_id, EvaluationReport.year == bundle.year
    )
    asked = sa.select(Recommendation.id).where(Recommendation.report_id.in_(report))
    if bundle.recommendation_ids:
        asked = asked.where(Recommendation.id.in_(bundle.recommendation_ids))
    required = sa.select(Requirement.id).where(sa.or_(Requirement.report_id.in_(report), serving(report)))
    if bundle.recommendation_ids:
        required = required.where(Requirement.recommendations.any(Recommendation.id.in_(asked)))
    used = sa.select(EvidenceUse.evidence_id).where(EvidenceUse.requirement_id.in_(required))
    decided = sa.select(Decision.id).where(Decision.recommendations.any(Recommendation.id.in_(asked)))
    sampled = sa.select(SampleItem.batch_id).where(SampleItem.requirement_id.in_(required))
    beside = sa.select(Evidence.id).where(Evidence.travels_with_id.in_(used))
    named = sa.select(OfficialPaper.id).where(
        sa.exists().where(
            Decision.id.in_(decided),
            sa.or_(Decision.letter_id == OfficialPaper.id, Decision.ground_id == OfficialPaper.id),
        )
    )
    return {bundle.id, *db.session.scalars(sa.union(report, asked, required, used, beside, decided, sampled, named))}


def chosen_numbers(bundle: Bundle) -> list[str]:
    """Return the numbers of the chosen recommendations in the order of the paper; empty where none were chosen."""
    if not bundle.recommendation_ids:
        return []
    query = sa.select(Recommendation).where(Recommendation.id.in_(bundle.recommendation_ids))
    return [row.number for row in _ordered(list(db.session.scalars(query)))]


def in_words(bundle: Bundle) -> dict[str, Any]:
    """Return what was chosen as records and seal spell it: nothing, ``report``, or that and ``recommendations``."""
    if bundle.report_id is None:
        return {}
    report = db.session.get_one(EvaluationReport, bundle.report_id)
    numbers = chosen_numbers(bundle)
    return {"report": report.number, **({"recommendations": numbers} if numbers else {})}


def opens_too_much(bundle: Bundle, actor: Actor) -> bool:
    """Return whether the log of a bundle tells of years that this actor may not see."""
    return not bundle.log_limited and actor.years_in_sight is not None
