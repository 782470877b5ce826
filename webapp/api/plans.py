"""What the agency answers: the plan of a report, what is open in it, and its way to being accepted."""

import uuid
from typing import Any

import marshmallow as ma
from marshmallow import fields

from webapp.api.filters import agency_id
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import CodeNameSchema, PageSchema, Strict, Text, WholeNumber, YearAgencySchema, between
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import idempotent
from webapp.language import say
from workflows.core.actors import Actor
from workflows.core.errors import InvalidInputError, Reason
from workflows.plans import plan_queries
from workflows.plans.action_plans import (
    LONGEST_LINE,
    LONGEST_TEXT,
    Promise,
    Step,
    accept,
    refusal,
    send_back,
    steps,
    submit,
    write,
)
from workflows.plans.models import Action
from workflows.plans.plan_models import ActionPlan, PlanState, PlanSubmission

routes = Routes("plans", about="What the agency answers to a report")
NO_RECOMMENDATION = Reason("recommendation_missing", "Sebutkan rekomendasi yang dijawab.")


class FlagSchema(ma.Schema):
    """What is open in an answer. It blocks nothing."""

    code = fields.String(required=True, metadata={"description": "Stable; for programs."})
    message = fields.String(required=True)
    advice = fields.String(required=True, metadata={"description": "What to do about it."})


class PlanActionSchema(ma.Schema):
    """The answer to one recommendation; version 0 and no text where nothing was written."""

    recommendation = fields.UUID(required=True)
    number = fields.String(required=True)
    text = fields.String(required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    output = fields.String(required=True, allow_none=True)
    version = fields.Integer(required=True)
    flags = fields.List(fields.Nested(FlagSchema), required=True)


class SubmissionSchema(ma.Schema):
    """The plan as it was submitted, and how that was answered."""

    round = fields.Integer(required=True)
    submitted_at = fields.DateTime(required=True)
    submitted_as = fields.String(required=True)
    sha256 = fields.String(required=True)
    content = fields.Dict(required=True)
    accepted = fields.Boolean(required=True, allow_none=True)
    decided_at = fields.DateTime(required=True, allow_none=True)
    decided_as = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class PlanSchema(ma.Schema):
    """A plan, whose turn it is, and what this token's person may do now."""

    id = fields.UUID(required=True)
    report = fields.UUID(required=True)
    year = fields.Integer(required=True)
    agency = fields.Nested(CodeNameSchema, required=True)
    state = fields.Enum(PlanState, by_value=True, required=True)
    since = fields.DateTime(required=True)
    version = fields.Integer(required=True)
    holder = fields.String(required=True, allow_none=True)
    allowed_actions = fields.List(fields.Enum(Step, by_value=True), required=True)


class WholePlanSchema(PlanSchema):
    """A plan with what stands in it and what was submitted, the newest submission first."""

    actions = fields.List(fields.Nested(PlanActionSchema), required=True)
    submissions = fields.List(fields.Nested(SubmissionSchema), required=True)


class PlanPageSchema(PageSchema):
    """A page of plans."""

    items = fields.List(fields.Nested(PlanSchema), required=True)


class PlanFilterSchema(YearAgencySchema):
    """Which year, agency and state."""

    state = fields.Enum(PlanState, by_value=True)


class PlanStepSchema(Strict):
    """One act. ``version`` is the one that was looked at: of the answer for ``write``, else of the plan."""

    action = fields.Enum(Step, by_value=True, required=True)
    version = WholeNumber(required=True, validate=between(0, 2**31 - 1))
    recommendation = fields.UUID(load_default=None, allow_none=True)
    text = Text(longest=LONGEST_TEXT, load_default="")
    owner = Text(longest=LONGEST_LINE, load_default=None, allow_none=True)
    due_on = fields.Date(load_default=None, allow_none=True)
    output = Text(longest=LONGEST_TEXT, load_default=None, allow_none=True)
    reason = Text(longest=LONGEST_TEXT, load_default="", about="For `return`.")


def _shown(row: ActionPlan, who: Actor) -> dict[str, Any]:
    return {
        "id": row.id,
        "report": row.report_id,
        "year": row.report.year,
        "agency": row.agency,
        "state": row.state,
        "since": row.state_since,
        "version": row.version,
        "holder": plan_queries.holder_of(row),
        "allowed_actions": steps(row, who),
    }


def _whole(row: ActionPlan, who: Actor) -> dict[str, Any]:
    held = plan_queries.contents_of(row)
    actions = [
        {
            "recommendation": one.id,
            "number": one.number,
            **_answer(held.actions.get(one.id)),
            "flags": [
                {"code": flag.code, "message": say(flag.message), "advice": say(flag.advice)}
                for flag in held.flags[one.id]
            ],
        }
        for one in held.recommendations
    ]
    return {**_shown(row, who), "actions": actions, "submissions": [_submission(one) for one in held.submissions]}


def _answer(action: Action | None) -> dict[str, Any]:
    names = ("text", "owner", "due_on", "output")
    return {**{name: getattr(action, name, None) for name in names}, "version": action.version if action else 0}


def _submission(row: PlanSubmission) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SubmissionSchema().fields}


@routes.get("/plans")
@access()
@routes.refuses(404)
@routes.arguments(PlanFilterSchema, location="query")
@routes.response(200, PlanPageSchema)
def list_plans(asked: dict[str, Any]) -> dict[str, Any]:
    """List the plans of the agencies in scope, newest first."""
    who = actor()
    found = plan_queries.list_plans(
        who,
        year=asked.get("year"),
        agency_id=agency_id(asked.get("agency"), who),
        state=asked.get("state"),
        cursor=asked.get("cursor"),
        limit=asked["limit"],
    )
    return {"items": [_shown(row, who) for row in found.items], "next": found.next}


@routes.get("/plans/<uuid:plan_id>")
@access()
@routes.refuses(404)
@routes.response(200, WholePlanSchema)
def get_plan(plan_id: uuid.UUID) -> dict[str, Any]:
    """Read one plan."""
    who = actor()
    return _whole(plan_queries.get_plan(plan_id, who), who)


@routes.post("/plans/<uuid:plan_id>/actions")
@access(writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(PlanStepSchema)
@routes.response(200, WholePlanSchema)
def act_on_plan(asked: dict[str, Any], plan_id: uuid.UUID) -> dict[str, Any]:
    """Write an answer, submit the plan, accept it or send it back. Answers with the plan as it is now."""
    who = actor()
    plan = plan_queries.get_plan(plan_id, who)
    version: int = asked["version"]
    if asked["action"] is Step.WRITE:
        if asked["recommendation"] is None:
            raise refusal(plan, Step.WRITE, who) or InvalidInputError(NO_RECOMMENDATION)
        row = plan_queries.recommendation_in(plan, asked["recommendation"])
        promise = Promise(asked["text"], asked["owner"], asked["due_on"], asked["output"])
        write(plan, row, promise, version=version, actor=who)
    elif asked["action"] is Step.SUBMIT:
        submit(plan, version=version, actor=who)
    elif asked["action"] is Step.ACCEPT:
        accept(plan, version=version, actor=who)
    else:
        send_back(plan, reason=asked["reason"], version=version, actor=who)
    return _whole(plan, who)
