"""The life of a plan: the agency writes it, its head submits it, an evaluator accepts it or sends it back.

No other stage waits for it: evidence comes, is signed and verified whether or not a plan was accepted. What is open
when the plan is held against the recommendations (:mod:`workflows.plans.comparison`) does not block either; a
submission keeps it.
"""

import datetime as dt
import enum
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import Actor, Post, Role
from workflows.core.clock import now
from workflows.core.db import db, lock_rows
from workflows.core.errors import (
    ConflictError,
    GuardFailedError,
    InvalidInputError,
    PermissionDeniedError,
    Reason,
    StaleStateError,
    TransitionNotAllowedError,
    WorkflowError,
)
from workflows.core.ids import new_id
from workflows.plans.models import Action
from workflows.plans.plan_models import ActionPlan, PlanState, PlanSubmission
from workflows.plans.plan_queries import Contents, contents_of, waiting_submission
from workflows.recommendations.models import EvaluationReport, Recommendation

WRITERS = (Role.AGENCY_OPERATOR, Role.AGENCY_HEAD)
"""Those who write in a plan."""
LONGEST_TEXT, LONGEST_LINE = 4_000, 300
NOT_INDEPENDENT = Reason("not_independent", "Anda pernah menjabat di sini; evaluator lain yang memeriksa rencana ini.")
NO_TEXT = Reason("text_missing", "Tulis rencana aksinya.")
NO_REASON = Reason("reason_missing", "Tulis apa yang perlu diperbaiki.")
EMPTY = Reason("plan_empty", "Rencana aksi ini masih kosong; isi sedikitnya satu rekomendasi.")
CLOSED = Reason(
    "plan_closed",
    "Rencana aksi ini sudah diajukan atau diterima. Kembalikan dulu kepada perangkat daerah bila masih perlu ditambah.",
)
_TOO_LONG = Reason("too_long", "Isian ini terlalu panjang; ringkaskan.")
_UNKEPT = Reason("bad_text", "Isian ini memuat huruf yang tidak dapat disimpan; hapus, lalu ketik ulang.")
_BAD_TEXT = re.compile(r"[\x00\ud800-\udfff]")
"""What a database cannot hold."""


class Step(enum.StrEnum):
    """What can be done to a plan."""

    WRITE = "write"
    SUBMIT = "submit"
    ACCEPT = "accept"
    RETURN = "return"


_FROM: Mapping[Step, frozenset[PlanState]] = {
    Step.WRITE: frozenset({PlanState.DRAFT, PlanState.RETURNED}),
    Step.SUBMIT: frozenset({PlanState.DRAFT, PlanState.RETURNED}),
    Step.ACCEPT: frozenset({PlanState.SUBMITTED}),
    Step.RETURN: frozenset({PlanState.SUBMITTED}),
}
_WHO: Mapping[Step, tuple[Role, ...]] = {
    Step.WRITE: WRITERS,
    Step.SUBMIT: (Role.AGENCY_HEAD,),
    Step.ACCEPT: (Role.EVALUATOR,),
    Step.RETURN: (Role.EVALUATOR,),
}


@dataclass(frozen=True)
class Promise:
    """What is written about one recommendation."""

    text: str
    owner: str | None = None
    due_on: dt.date | None = None
    output: str | None = None


def begin(report: EvaluationReport) -> ActionPlan:
    """Open the plan of a report that is being issued; what the report's event tells includes it."""
    plan = ActionPlan(
        id=new_id(), region_id=report.region_id, agency_id=report.agency_id, report_id=report.id, state_since=now()
    )
    db.session.add(plan)
    return plan


def open_for_paper(report: EvaluationReport) -> None:
    """Let actions come from a paper into a report's plan: only while the agency itself may write in it.

    :raises ConflictError: it is submitted or accepted.
    """
    found = db.session.scalars(sa.select(ActionPlan.id).where(ActionPlan.report_id == report.id)).one_or_none()
    if found is None:  # a draft: its plan opens with its issue
        return
    (plan,) = lock_rows(ActionPlan, [found])
    if not plan.state.is_open:
        raise ConflictError(CLOSED)
    plan.version += 1


def refusal(plan: ActionPlan, step: Step, actor: Actor) -> WorkflowError | None:
    """Return why this person may not do this now, or ``None``."""
    if not actor.holds(*_WHO[step], agency_id=plan.agency_id):
        return PermissionDeniedError()
    if step in (Step.ACCEPT, Step.RETURN) and served_there(plan, actor):
        return PermissionDeniedError(NOT_INDEPENDENT)
    if plan.state not in _FROM[step]:
        return TransitionNotAllowedError()
    return None


def steps(plan: ActionPlan, actor: Actor) -> list[Step]:
    """Return what this person may do now; nothing for a token that only reads."""
    return [] if actor.read_only else [step for step in Step if refusal(plan, step, actor) is None]


def served_there(plan: ActionPlan, actor: Actor) -> bool:
    """Return whether a person held a post in that agency from when the plan could first be written."""
    report = plan.report
    first = dt.date(report.year, 1, 1)
    if report.issued_at is not None:
        first = min(first, report.issued_at.date())
    return any(
        post.serves and post.agency_id == plan.agency_id and post.overlaps(first, now().date())
        for post in actor.history
    )


def write(plan: ActionPlan, recommendation: Recommendation, promise: Promise, *, version: int, actor: Actor) -> Action:
    """Write or rewrite the answer to one recommendation of the plan's report.

    :param version: of the action that was looked at, 0 where there was none; others may write elsewhere meanwhile.
    :raises StaleStateError: somebody else wrote this one since.
    :raises InvalidInputError: nothing is written, or too much.
    """
    plan = _locked(plan, Step.WRITE, actor)
    action = db.session.scalars(
        sa.select(Action).where(Action.recommendation_id == recommendation.id).execution_options(populate_existing=True)
    ).one_or_none()
    if version != (action.version if action else 0):
        raise StaleStateError
    promise = _clean(promise)
    before = _told(action) if action else {}
    if action is None:
        action = Action(
            id=new_id(), region_id=plan.region_id, agency_id=plan.agency_id, recommendation_id=recommendation.id,
            version=0,
        )  # fmt: skip
        db.session.add(action)
    action.text, action.owner, action.due_on, action.output = (
        promise.text, promise.owner, promise.due_on, promise.output,
    )  # fmt: skip
    after = _told(action)
    changed = [name for name, value in after.items() if before.get(name) != value]
    if not changed:
        return action
    action.version += 1
    plan.version += 1
    db.session.flush()
    _tell("plan.written", plan, actor, number=recommendation.number, changed=changed, digest=_digest(after))
    return action


def submit(plan: ActionPlan, *, version: int, actor: Actor) -> PlanSubmission:
    """Submit the plan as it stands, with what is still open in it. The head's act, and one act alone.

    :param version: of the plan that was looked at.
    :raises GuardFailedError: nothing is written in it.
    """
    plan = _locked(plan, Step.SUBMIT, actor, version)
    held = contents_of(plan)
    if not held.actions:
        raise GuardFailedError(EMPTY)
    content = _content(held)
    post = _post(plan, Step.SUBMIT, actor)
    submission = PlanSubmission(
        id=new_id(),
        region_id=plan.region_id,
        agency_id=plan.agency_id,
        plan_id=plan.id,
        round=held.rounds + 1,
        content=content,
        sha256=_digest(content),
        submitted_by=actor.person_id,
        submitted_as=_printed(actor, post),
        submitted_at=now(),
    )
    db.session.add(submission)
    _put(plan, PlanState.SUBMITTED)
    open_flags = [{"number": flag["number"], "code": flag["code"]} for flag in content["flags"]]
    _tell(
        "plan.submitted", plan, actor, post,
        round=submission.round, actions=len(content["actions"]), open=open_flags, digest=submission.sha256,
    )  # fmt: skip
    return submission


def accept(plan: ActionPlan, *, version: int, actor: Actor) -> PlanSubmission:
    """Accept what was submitted, flags and all. :raises PermissionDeniedError: a person who held a post there."""
    plan = _locked(plan, Step.ACCEPT, actor, version)
    return _answer(plan, PlanState.ACCEPTED, None, actor)


def send_back(plan: ActionPlan, *, reason: str, version: int, actor: Actor) -> PlanSubmission:
    """Send it back with a reason; the agency writes again. :raises InvalidInputError: without a reason."""
    plan = _locked(plan, Step.RETURN, actor, version)
    reason = reason.strip()
    if not reason:
        raise InvalidInputError(NO_REASON)
    _require_fitting(reason, LONGEST_TEXT)
    return _answer(plan, PlanState.RETURNED, reason, actor)


def _locked(plan: ActionPlan, step: Step, actor: Actor, version: int | None = None) -> ActionPlan:
    (plan,) = lock_rows(ActionPlan, [plan.id])
    if version is not None and version != plan.version:
        raise StaleStateError
    refused = refusal(plan, step, actor)
    if refused is not None:
        raise refused
    return plan


def _answer(plan: ActionPlan, state: PlanState, reason: str | None, actor: Actor) -> PlanSubmission:
    submission = waiting_submission(plan)
    post = _post(plan, Step.ACCEPT, actor)
    submission.accepted = state is PlanState.ACCEPTED
    submission.decided_by, submission.decided_as = actor.person_id, _printed(actor, post)
    submission.decided_at, submission.reason = now(), reason
    _put(plan, state)
    _tell(
        f"plan.{state}", plan, actor, post,
        round=submission.round, digest=submission.sha256, **({"reason": reason} if reason else {}),
    )  # fmt: skip
    return submission


def _put(plan: ActionPlan, state: PlanState) -> None:
    plan.state, plan.state_since = state, now()
    plan.version += 1
    db.session.flush()


def _clean(promise: Promise) -> Promise:
    text = promise.text.strip()
    owner, output = ((value or "").strip() or None for value in (promise.owner, promise.output))
    if not text:
        raise InvalidInputError(NO_TEXT)
    for value, longest in ((text, LONGEST_TEXT), (output, LONGEST_TEXT), (owner, LONGEST_LINE)):
        _require_fitting(value or "", longest)
    return Promise(text, owner, promise.due_on, output)


def _require_fitting(text: str, longest: int) -> None:
    if len(text) > longest:
        raise InvalidInputError(_TOO_LONG)
    if _BAD_TEXT.search(text):
        raise InvalidInputError(_UNKEPT)


def _told(action: Action) -> dict[str, Any]:
    return {"text": action.text, "owner": action.owner, "due_on": action.due_on, "output": action.output}


def _content(held: Contents) -> dict[str, Any]:
    actions = [
        {"number": row.number, **_told(action), "due_on": action.due_on.isoformat() if action.due_on else None}
        for row in held.recommendations
        if (action := held.actions.get(row.id)) is not None
    ]
    return {"actions": actions, "flags": [flag.to_json() for flag in held.open_flags]}


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(audit.canonical(content).encode()).hexdigest()


def _post(plan: ActionPlan, step: Step, actor: Actor) -> Post | None:
    return next(
        (post for post in actor.posts if post.role in _WHO[step] and post.agency_id in (None, plan.agency_id)), None
    )


def _printed(actor: Actor, post: Post | None) -> str:
    return f"{actor.name}, {post.printed}" if post else actor.name


def _tell(kind: str, plan: ActionPlan, actor: Actor, post: Post | None = None, **details: Any) -> None:
    """Tell it of the report: whoever may know of the report, its year and its bundle, knows of its plan."""
    subject = audit.Subject("report", plan.report_id, plan.region_id, plan.agency_id)
    year = {"year": plan.report.year, **({"post": post.printed} if post else {})}
    audit.record(kind, subject, actor=actor, details={**year, **details})
