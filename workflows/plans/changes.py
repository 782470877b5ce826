"""Second stage: what an inspector still changes once a report is issued. Each has a reason and a numbered letter.

Corrected: another wording. Cancelled: asked for no longer. Moved: it was sent to the wrong agency, and another
recommendation there takes it over. Nothing is rewritten and nothing goes: what ended stays readable where it was.
"""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import Actor, Role
from workflows.core.clock import now
from workflows.core.db import db, lock_rows
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.core.sentences import Template
from workflows.core.transitions import State
from workflows.organization.models import Agency, Position, Region
from workflows.organization.queries import units_of
from workflows.plans.deadlines import region_day, require_open, subject_of
from workflows.plans.models import Requirement, requirement_recommendation
from workflows.plans.operations import told_requirement, write_requirements
from workflows.plans.rules import lock_requirements, settle
from workflows.plans.terms import due
from workflows.recommendations.deadlines import term_for
from workflows.recommendations.models import Ending, EvaluationReport, Objection, Recommendation, ReportState
from workflows.recommendations.versions import Wording, required, write_version

_NO_REPORT = Template("%(agency)s belum mempunyai LHE %(year)s yang terbit; terbitkan lebih dahulu.")
_TAKEN = Template("Nomor %(number)s sudah dipakai di LHE perangkat daerah itu.")


def correct(row: Recommendation, wording: Wording, *, reason: str, letter: str, actor: Actor) -> None:
    """Give an issued recommendation another wording, component or criterion.

    :raises PermissionDeniedError: not an inspector. :raises ConflictError: a draft, ended, settled, or an objection
        waits for its answer. :raises InvalidInputError: no reason, no letter, or nothing that differs.
    """
    reason, letter = grounds(reason, letter)
    row = _begin(row, actor)
    put_wording(row, wording, reason=reason, letter=letter, actor=actor)


def cancel(row: Recommendation, *, reason: str, letter: str, actor: Actor) -> None:
    """Ask for a recommendation no longer. It stays readable and leaves every count and inbox.

    :raises PermissionDeniedError, ConflictError, InvalidInputError: as :func:`correct` does.
    """
    reason, letter = grounds(reason, letter)
    row = _begin(row, actor)
    put_cancellation(row, reason=reason, letter=letter, actor=actor)


def move_to(
    row: Recommendation, agency: Agency, *, reason: str, letter: str, actor: Actor, number: str | None = None
) -> Recommendation:
    """Hand a recommendation on to the agency it should have gone to, while nothing of it is verified.

    The other agency's report of that year gets a recommendation that names this one as its origin, with requirements of
    the same kinds for its own units, and its clock starts today. This one ends as *dialihkan*.

    :param number: on the paper there; the next free one of the component if none is given.
    :raises PermissionDeniedError: not an inspector of both agencies.
    :raises ConflictError: as :func:`correct` does; something is verified; the other agency has no issued report.
    :raises InvalidInputError: no reason, no letter, the same agency.
    """
    reason, letter = grounds(reason, letter)
    if not actor.holds(Role.INSPECTOR, agency_id=agency.id):
        raise PermissionDeniedError
    if agency.id == row.agency_id or agency.region_id != row.region_id:
        raise InvalidInputError(Reason("agency", "Pilih perangkat daerah lain sebagai tujuan."))
    row = _begin(row, actor)
    serving = _serving(row)
    if any(one.state == State.VERIFIED for one in serving):
        raise ConflictError(
            Reason(
                "already_verified",
                "Sudah ada bukti yang diverifikasi, jadi rekomendasi ini tidak dapat dialihkan lagi.",
            )
        )
    taken = _take_over(row, agency, serving, number=number, reason=reason, letter=letter, actor=actor)
    row.moved_to = _place(taken, agency)
    _end(row, Ending.MOVED, "recommendation.transferred", serving, reason=reason, letter=letter, actor=actor)
    return taken


def grounds(reason: str, letter: str) -> tuple[str, str]:
    """Return reason and letter. :raises InvalidInputError: one is missing."""
    reason = required(reason, "reason_missing", "Tulis alasannya.")
    return reason, required(letter, "letter_missing", "Tulis nomor suratnya.")


def _begin(row: Recommendation, actor: Actor) -> Recommendation:
    """Lock a recommendation that may be changed, its requirements first. :raises WorkflowError: it may not."""
    if not actor.holds(Role.INSPECTOR, agency_id=row.agency_id):
        raise PermissionDeniedError
    row = locked(row)
    waits = sa.exists().where(Objection.recommendation_id == row.id, Objection.outcome.is_(None))
    if db.session.scalar(sa.select(waits)):
        raise ConflictError(
            Reason(
                "objection_open", "Ada keberatan yang belum dijawab; jawablah lebih dahulu di halaman rekomendasi ini."
            )
        )
    return row


def locked(row: Recommendation) -> Recommendation:
    """Lock a recommendation in the order of all moves: its requirements first.

    :raises ConflictError: a draft, ended, or settled.
    """
    lock_requirements(_serving(row))
    (row,) = lock_rows(Recommendation, [row.id])
    if row.report.state != ReportState.ISSUED:
        raise ConflictError(Reason("report_not_issued", "LHE ini masih konsep; tunggu sampai diterbitkan Inspektur."))
    require_open(row)
    return row


def _serving(row: Recommendation) -> list[Requirement]:
    link = requirement_recommendation.c
    query = sa.select(Requirement).join(requirement_recommendation, link.requirement_id == Requirement.id)
    query = query.where(link.recommendation_id == row.id).order_by(Requirement.id)
    return list(db.session.scalars(query).unique())


def put_wording(row: Recommendation, wording: Wording, *, reason: str, letter: str, actor: Actor) -> None:
    told = write_version(row, wording, reason=reason, letter=letter, actor=actor)
    details = {"number": row.number, "year": row.report.year, **told, "reason": reason, "letter": letter}
    audit.record("recommendation.corrected", subject_of(row), actor=actor, details=details)


def put_cancellation(row: Recommendation, *, reason: str, letter: str, actor: Actor) -> None:
    _end(row, Ending.CANCELLED, "recommendation.cancelled", _serving(row), reason=reason, letter=letter, actor=actor)


def _end(
    row: Recommendation,
    ending: Ending,
    kind: str,
    serving: Sequence[Requirement],
    *,
    reason: str,
    letter: str,
    actor: Actor,
) -> None:
    """End a locked recommendation; what served it alone is asked for no longer."""
    row.ended_as, row.ended_at, row.ended_by_id = ending, now(), actor.person_id
    row.ended_reason, row.ended_letter = reason, letter
    row.version += 1
    details = {"number": row.number, "year": row.report.year, "reason": reason, "letter": letter}
    target = {"target": row.moved_to} if row.moved_to else {}
    audit.record(kind, subject_of(row), actor=actor, details={**details, **target})
    db.session.flush()
    drop([one for one in serving if one.in_force and not _still_asked(one)], reason=reason, actor=actor)


def _still_asked(requirement: Requirement) -> bool:
    link = requirement_recommendation.c
    other = (
        sa.exists()
        .where(link.requirement_id == requirement.id, Recommendation.id == link.recommendation_id)
        .where(Recommendation.ended_as.is_(None))
    )
    return bool(db.session.scalar(sa.select(other)))


def drop(requirements: Sequence[Requirement], *, reason: str, actor: Actor) -> None:
    """Take locked requirements out of force, each with its event, and let what they serve follow."""
    for requirement in requirements:
        requirement.waived_at, requirement.waived_reason = now(), reason
        subject = audit.Subject("requirement", requirement.id, requirement.region_id, requirement.agency_id)
        audit.record("requirement.waived", subject, actor=actor, details={"reason": reason})
    db.session.flush()
    link = requirement_recommendation.c
    served = sa.select(link.recommendation_id).where(link.requirement_id.in_([one.id for one in requirements]))
    settle(lock_rows(Recommendation, list(db.session.scalars(served.distinct()))) if requirements else [], cause=actor)


def _place(row: Recommendation, agency: Agency) -> dict[str, Any]:
    """Tell where a recommendation is, for whoever cannot see it there."""
    return {
        "recommendation": str(row.id), "number": row.number, "year": row.report.year, "agency": agency.code,
        "agency_name": agency.name,
    }  # fmt: skip


def _take_over(
    row: Recommendation,
    agency: Agency,
    serving: Sequence[Requirement],
    *,
    number: str | None,
    reason: str,
    letter: str,
    actor: Actor,
) -> Recommendation:
    """Write the recommendation of the other agency, and what is asked there."""
    report = db.session.scalars(
        sa.select(EvaluationReport)
        .where(EvaluationReport.agency_id == agency.id, EvaluationReport.year == row.report.year)
        .where(EvaluationReport.state == ReportState.ISSUED)
        .with_for_update()
    ).one_or_none()
    if report is None:
        raise ConflictError(Reason("report_unknown", _NO_REPORT(agency=agency.name, year=row.report.year)))
    there = list(db.session.scalars(sa.select(Recommendation).where(Recommendation.report_id == report.id)))
    chosen = (number or "").strip() or _free_number(row, there)
    if chosen in {one.number for one in there}:
        raise ConflictError(Reason("number_taken", _TAKEN(number=chosen)))
    source = db.session.get_one(Agency, row.agency_id)
    days = term_for(report.region_id, report.source).follow_up
    taken = Recommendation(
        id=new_id(), region_id=agency.region_id, agency_id=agency.id, report_id=report.id, number=chosen,
        component=row.component, ordinal=max((one.ordinal for one in there), default=-1) + 1, criterion=row.criterion,
        finding=row.finding, text=row.text, state_since=now(), moved_from=_place(row, source), taken_over_at=now(),
        due_on=region_day(db.session.get_one(Region, row.region_id)) + dt.timedelta(days=days),
    )  # fmt: skip
    db.session.add(taken)
    db.session.flush()
    made = write_requirements(report, agency, taken, _asked(row, serving))
    details = {
        "number": taken.number, "year": report.year, "origin": taken.moved_from, "reason": reason, "letter": letter,
        "due_on": taken.due_on, **Wording.of(taken).told,
        "requirements": [told_requirement(one, [taken.number]) for one in made],
    }  # fmt: skip
    audit.record("recommendation.taken_over", subject_of(taken), actor=actor, details=details)
    return taken


def _free_number(row: Recommendation, there: Sequence[Recommendation]) -> str:
    """Return the first number of the component that is free on the other paper."""
    used = {int(found[1]) for one in there if (found := re.fullmatch(rf"{row.component}-?(\d+)", one.number))}
    bare = {one.number for one in there} & {row.component.value}
    start = 2 if bare else 1
    return f"{row.component.value}-{next(n for n in range(start, len(there) + 3) if n not in used)}"


def _asked(row: Recommendation, serving: Sequence[Requirement]) -> list[dict[str, Any]]:
    """Return what was asked for, apart from units: as a read plan tells it."""
    secretariats = {unit.id for unit in units_of(row.agency_id) if unit.is_secretariat}
    groups: dict[tuple[Any, ...], list[Requirement]] = {}
    for one in serving:
        if one.in_force:
            own = one.due_on if one.due_on != due(one.kind, one.year, one.quarter) else None
            key = (
                one.kind,
                tuple(one.expects),
                own,
                _role(one.signing_position_id),
                _role(one.acknowledging_position_id),
            )
            groups.setdefault(key, []).append(one)
    return [
        {
            "kind": kind, "expects": list(expects), "due_on": own.isoformat() if own else None, "signed_by": signer,
            "acknowledged_by": acknowledger, "quarters": sorted({one.quarter for one in rows if one.quarter}),
            "per_unit": bool({one.unit_id for one in rows} - secretariats),
        }
        for (kind, expects, own, signer, acknowledger), rows in groups.items()
    ]  # fmt: skip


def _role(position_id: uuid.UUID | None) -> Role | None:
    """Return the role of the post, where it is one that every agency has."""
    role = db.session.get_one(Position, position_id).role if position_id else None
    return role if role in (Role.UNIT_HEAD, Role.AGENCY_HEAD) else None
