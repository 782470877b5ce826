"""A Rencana Aksi held against the report that it answers: whose recommendation each of its rows means.

Agencies copy recommendations by hand, shorten them and correct their words, so they are told by meaning. The report's
own text stands; that of the plan is only shown beside it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import INSPECTORATE, Actor
from workflows.core.clock import now
from workflows.core.db import db, lock_rows
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError, Reason
from workflows.core.sentences import phrase
from workflows.documents.words import fold, words
from workflows.plans.action_plans import open_for_paper
from workflows.plans.models import Action, PlanImport
from workflows.recommendations.models import EvaluationReport, Recommendation

# Of the weight of the words that two texts use, this share has to be in both.
_ALIKE = 0.35
_SAME_COMPONENT = 0.15


@dataclass(frozen=True)
class Answer:
    """One row of a plan and the recommendation that it answers, None where the report has none like it."""

    entry: Mapping[str, Any]
    recommendation: Recommendation | None

    @property
    def differs(self) -> bool:
        """Whether the plan words the recommendation differently."""
        return self.recommendation is not None and fold(self.entry["text"]) != fold(self.recommendation.text)


def pair(entries: Sequence[Mapping[str, Any]], recommendations: Sequence[Recommendation]) -> list[Answer]:
    """Return each row of a plan with the recommendation it means; the surest pairs first, none given twice."""
    wanted = [frozenset(words(entry["text"])) for entry in entries]
    known = [frozenset(words(row.text)) for row in recommendations]
    uses: dict[str, int] = defaultdict(int)
    for bag in (*wanted, *known):
        for word in bag:
            uses[word] += 1
    holding: dict[str, list[int]] = {}
    for index, bag in enumerate(known):
        for word in bag:
            holding.setdefault(word, []).append(index)
    scores: list[tuple[float, int, int]] = []
    for i, bag in enumerate(wanted):
        shared: dict[int, float] = defaultdict(float)
        for word in bag:
            for j in holding.get(word, ()):
                shared[j] += 1 / uses[word]
        for j, weight in shared.items():
            whole = sum(1 / uses[word] for word in bag | known[j])
            same = entries[i]["component"] == recommendations[j].component
            scores.append((weight / whole + (_SAME_COMPONENT if same else 0.0), i, j))
    found: dict[int, int] = {}
    for score, i, j in sorted(scores, key=lambda one: (-one[0], abs(one[1] - one[2]))):
        if score >= _ALIKE and i not in found and j not in found.values():
            found[i] = j
    return [
        Answer(entry, recommendations[found[index]] if index in found else None) for index, entry in enumerate(entries)
    ]


def report_answered(row: PlanImport) -> EvaluationReport | None:
    """Return the report that a delivered plan only answers, None where the plan itself tells the recommendations."""
    query = sa.select(EvaluationReport).where(
        EvaluationReport.agency_id == row.agency_id,
        EvaluationReport.year == row.year,
        EvaluationReport.confirmed_at.is_not(None),
    )
    return db.session.scalars(query).one_or_none()


def answers_of(document: Mapping[str, Any], report: EvaluationReport) -> list[Answer]:
    """Return the rows of a plan, each with the recommendation of the report that it answers."""
    query = sa.select(Recommendation).where(Recommendation.report_id == report.id).order_by(Recommendation.ordinal)
    return pair(document["recommendations"], list(db.session.scalars(query)))


def add_actions(document: Mapping[str, Any], report: EvaluationReport, *, actor: Actor) -> int:
    """Add the actions of a plan to the recommendations of the report; one that has an action keeps it.

    :raises InvalidInputError: no row of the plan answers any of them. :raises ConflictError: it is submitted already.
    """
    open_for_paper(report)
    found = answers_of(document, report)
    meant = [answer for answer in found if answer.recommendation is not None]
    if not meant:
        raise InvalidInputError(
            Reason("answers_nothing", phrase("Tidak ada rekomendasi di rencana aksi ini yang cocok dengan LHE-nya."))
        )
    ids = [answer.recommendation.id for answer in meant if answer.recommendation]
    answered = set(db.session.scalars(sa.select(Action.recommendation_id).where(Action.recommendation_id.in_(ids))))
    added: list[str] = []
    for answer in meant:
        row, action = answer.recommendation, answer.entry["action"]
        if row is None or row.id in answered or not (action and action["text"]):
            continue
        db.session.add(
            Action(
                region_id=report.region_id,
                agency_id=report.agency_id,
                recommendation_id=row.id,
                text=action["text"],
                owner=action["owner"],
                due_on=dt.date.fromisoformat(action["due_on"]) if action["due_on"] else None,
            )
        )
        added.append(row.number)
    subject = audit.Subject("report", report.id, report.region_id, report.agency_id)
    details = {
        "year": report.year,
        "actions": added,
        "kept": sorted(row.number for answer in meant if (row := answer.recommendation) and row.id in answered),
        "unmatched": [answer.entry["number"] for answer in found if answer.recommendation is None],
    }
    audit.record("report.answered", subject, actor=actor, details=details)
    db.session.flush()
    return len(added)


def confirm_report(report: EvaluationReport, *, actor: Actor) -> None:
    """Say that the recommendations that a Rencana Aksi told are those of the LHE.

    :raises PermissionDeniedError: not of the Inspektorat. :raises ConflictError: confirmed already.
    """
    if not actor.holds(*INSPECTORATE, agency_id=report.agency_id):
        raise PermissionDeniedError
    (report,) = lock_rows(EvaluationReport, [report.id])
    if report.confirmed:
        raise ConflictError(Reason("confirmed", phrase("Rekomendasi ini sudah dikonfirmasi.")))
    report.confirmed_at, report.confirmed_by = now(), actor.person_id
    subject = audit.Subject("report", report.id, report.region_id, report.agency_id)
    audit.record("report.confirmed", subject, actor=actor, details={"year": report.year})
