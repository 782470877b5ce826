"""The rules of a requirement's life that come from the plan: who stands how to it, what is in force, the minimum.

Later stages register their own guards and effects on :data:`RULES` beside their operations.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from workflows.core import audit
from workflows.core.actors import INSPECTORATE, SYSTEM, Actor, Post, Role
from workflows.core.clock import now
from workflows.core.db import among, db, lock_found, lock_rows, locking
from workflows.core.errors import Reason
from workflows.core.moves import Facts, Move, Rules, attempt, move, move_together, put_state
from workflows.core.transitions import Action, Party, Refusal, State
from workflows.lifecycle import LIFECYCLE
from workflows.plans.models import Requirement, RequirementKind, requirement_recommendation
from workflows.recommendations.models import Recommendation, ReportState

_link = requirement_recommendation.c
_SERVED = locking(
    Recommendation,
    sa.select(Recommendation)
    .where(
        Recommendation.id.in_(sa.select(_link.recommendation_id).where(among(_link.requirement_id, "requirement_ids")))
    )
    .order_by(Recommendation.id),
)


def lock(requirements: Sequence[Requirement]) -> list[Recommendation]:
    """Lock requirements by id, then the recommendations they serve by id, and return these: the only order there is."""
    lock_requirements(requirements)
    return _lock_served(requirements)


def lock_requirements(requirements: Sequence[Requirement]) -> None:
    """Lock requirements by id."""
    lock_rows(Requirement, [row.id for row in requirements])


def _lock_served(requirements: Sequence[Requirement]) -> list[Recommendation]:
    served = lock_found(Recommendation, _SERVED, requirement_ids=[row.id for row in requirements])
    if len(requirements) == 1:  # then it is known which it serves, and nobody need ask again
        set_committed_value(requirements[0], "recommendations", sorted(served, key=lambda row: row.ordinal))
    return served


def parties(requirement: Requirement, actor: Actor) -> frozenset[Party]:
    """Return in which qualities ``actor`` stands before this requirement today."""
    if actor.is_system:
        return frozenset({Party.SYSTEM})
    agency, unit = requirement.duty_agency_id, requirement.duty_unit_id
    held = {
        Party.UNIT_STAFF: actor.holds(Role.UNIT_STAFF, agency_id=agency, unit_id=unit),
        Party.UNIT_HEAD: actor.holds(Role.UNIT_HEAD, agency_id=agency, unit_id=unit),
        Party.AGENCY_OPERATOR: actor.holds(Role.AGENCY_OPERATOR, agency_id=agency),
        Party.SIGNER: actor.post_at(requirement.signing_position_id) is not None,
        Party.ACKNOWLEDGER: actor.post_at(requirement.acknowledging_position_id) is not None,
        Party.EVALUATOR: actor.holds(Role.EVALUATOR, agency_id=requirement.agency_id),
        Party.INSPECTOR: actor.holds(Role.INSPECTOR, agency_id=requirement.agency_id),
    }
    return frozenset(party for party, holds in held.items() if holds)


def post_for(requirement: Requirement, action: Action, actor: Actor) -> Post | None:
    """Return the post in which ``actor`` would do this: every act says in which one."""
    signer = actor.post_at(requirement.signing_position_id)
    acknowledger = actor.post_at(requirement.acknowledging_position_id)
    agency = requirement.agency_id
    inspecting = next((p for p in actor.posts if p.role in INSPECTORATE and p.agency_id in (None, agency)), None)
    own = next((p for p in actor.posts if p.unit_id == requirement.duty_unit_id), None)
    order: dict[Action, Sequence[Post | None]] = {
        Action.SIGN: [signer],
        Action.ACKNOWLEDGE: [acknowledger],
        Action.VERIFY: [inspecting],
        Action.VERIFY_REST: [next((p for p in actor.posts if p.role == Role.INSPECTOR), None)],
        Action.REOPEN: [inspecting],
        Action.UPLOAD: [own, *actor.posts],
        Action.REVIEW_ASK: [own, *actor.posts],
        Action.REVIEW_ACCEPT: [inspecting],
        Action.REVIEW_DECLINE: [inspecting],
    }
    choices = order.get(action, [signer, acknowledger, inspecting, own, *actor.posts])
    return next((post for post in choices if post is not None), None)


def settle(
    recommendations: Sequence[Recommendation], *, cause: Actor, steps: Sequence[tuple[State, State]] | None = None
) -> None:
    """Bring locked recommendations along, with an event each for those that moved.

    Each stands where its least advanced requirement in force stands.

    :param steps: from where to where requirements went, if nothing else has changed. Those that were and are further
        than a recommendation leave it where another one holds it.
    """
    db.session.flush()
    if steps is not None:
        recommendations = [row for row in recommendations if any(_concerns(row, *step) for step in steps)]
    recommendations = [row for row in recommendations if row.ended_as is None]  # what ended stands where it stood
    if not recommendations:
        return
    link = requirement_recommendation
    query = (
        sa.select(link.c.recommendation_id, Requirement._state)
        .join(Requirement, Requirement.id == link.c.requirement_id)
        .where(link.c.recommendation_id.in_([row.id for row in recommendations]), Requirement.waived_at.is_(None))
    )
    standing: dict[uuid.UUID, list[State]] = {}
    for recommendation_id, state in db.session.execute(query):
        standing.setdefault(recommendation_id, []).append(state)
    at: dt.datetime = now()
    for recommendation in recommendations:
        state = min(standing.get(recommendation.id, [State.DRAFTED]), key=lambda s: s.rank)
        if state == recommendation._state:
            continue
        details = {"from": recommendation._state, "to": state, "number": recommendation.number}
        put_state(recommendation, state, at=at)
        recommendation.version += 1
        subject = audit.Subject("recommendation", recommendation.id, recommendation.region_id, recommendation.agency_id)
        audit.record("recommendation.moved", subject, actor=cause, details=details)


def _concerns(recommendation: Recommendation, before: State, after: State) -> bool:
    """Return whether a requirement's step can change where the recommendation stands."""
    stands = recommendation.state.rank
    return before.rank <= stands or after.rank < stands


def follow(requirements: Sequence[Requirement], *, cause: Actor, steps: Sequence[tuple[State, State]]) -> None:
    """Bring along the recommendations that these requirements serve, now that they have taken these steps."""
    db.session.flush()
    settle(_lock_served(requirements), cause=cause, steps=steps)


RULES = Rules(LIFECYCLE, lock=lock_requirements, parties=parties, post_for=post_for, follow=follow)


@RULES.guard("report_issued")
def _report_issued(asked: Move) -> Reason | None:
    if asked.subject.report.state == ReportState.ISSUED:
        return None
    return Reason("report_not_issued", "LHE ini masih konsep; tunggu sampai diterbitkan Inspektur.")


@RULES.guard("in_force")
def _in_force(asked: Move) -> Reason | None:
    return None if asked.subject.in_force else Reason("waived", "Kewajiban ini sudah dihapuskan oleh Inspektorat.")


@RULES.guard("not_outcome")
def _not_outcome(asked: Move) -> Reason | None:
    if asked.subject.kind != RequirementKind.OUTCOME:
        return None
    return Reason("outcome", "Ini capaian, bukan berkas: ditutup oleh LHE berikutnya.")


@RULES.guard("is_outcome")
def _is_outcome(asked: Move) -> Reason | None:
    if asked.subject.kind == RequirementKind.OUTCOME:
        return None
    return Reason("not_outcome", "Hanya capaian yang ditutup oleh LHE berikutnya.")


def act(
    requirement: Requirement,
    action: Action,
    *,
    actor: Actor,
    version: int | None = None,
    sha256: str | None = None,
    reason: str | None = None,
    reason_code: str | None = None,
    facts: Facts | None = None,
    **given: object,
) -> Requirement:
    """Do one thing to a requirement; see :func:`workflows.core.moves.move` for what is raised.

    :param sha256: the digest the person looked at; whatever is signed off must name it.
    :param facts: about this requirement, where the caller goes on with what was looked up.
    """
    asked = Move(
        requirement,
        action,
        actor,
        sha256=sha256,
        reason=(reason or "").strip() or None,
        reason_code=reason_code,
        given=given,
        facts=facts or {},
    )
    move(RULES, asked, version=version)
    return requirement


def act_together(
    requirements: Sequence[Requirement], action: Action, *, actor: Actor, sha256: str | None = None, **given: object
) -> None:
    """Do one thing to several requirements, to all or to none; see :func:`workflows.core.moves.move_together`."""
    facts = RULES.facts(requirements, actor)
    move_together(RULES, [Move(row, action, actor, sha256=sha256, given=given, facts=facts) for row in requirements])


UNNAMED = (Action.REFUSE, Action.CLOSE, Action.VERIFY_REST)
"""What nobody asks for by its name: the system does it, or it follows from the confirmation of a batch."""


def choices(
    requirements: Sequence[Requirement], actor: Actor, facts: Facts | None = None
) -> dict[uuid.UUID, dict[Action, Refusal | None]]:
    """Return, per requirement, every action a person can name: ``None`` when it may be done now, else why not.

    :param requirements: any number; the number of queries does not depend on it.
    :param facts: about all of them, where the caller needs them too.
    """
    facts = facts or RULES.facts(requirements, actor)
    answers: dict[uuid.UUID, dict[Action, Refusal | None]] = {}
    for requirement in requirements:
        answers[requirement.id] = {}
        standing = parties(requirement, actor)
        for action in Action:
            if action in UNNAMED:
                continue
            outcome = attempt(RULES, Move(requirement, action, actor, hypothetical=True, parties=standing, facts=facts))
            answers[requirement.id][action] = outcome if isinstance(outcome, Refusal) else None
    return answers


def allowed_actions(
    requirements: Sequence[Requirement], actor: Actor, facts: Facts | None = None
) -> dict[uuid.UUID, list[Action]]:
    """Return, per requirement, what ``actor`` may do now; nothing for a token that only reads."""
    if actor.read_only:
        return {requirement.id: [] for requirement in requirements}
    return {
        requirement_id: [action for action, refusal in answers.items() if refusal is None]
        for requirement_id, answers in choices(requirements, actor, facts).items()
    }


def close_outcome(requirement: Requirement, *, cause: str) -> Requirement:
    """Move an outcome to ``verified`` because a later report settles it. The system's act."""
    return act(requirement, Action.CLOSE, actor=SYSTEM, reason=cause)
