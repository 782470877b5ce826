"""Many acts in one request, each for itself."""

import hashlib
from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from flask import request
from marshmallow import fields, validate

from webapp.api.requirements import MoveSchema
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import ReasonSchema, Strict
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import Key
from webapp.language import say
from webapp.many import Outcome, Step, take_each
from workflows.core.sentences import Template
from workflows.core.transitions import Action, State

routes = Routes("many", about="Many acts in one request")
MOST = 100
"""Acts in one request."""
_COUNT = Template("isinya %(least)s sampai %(most)s")


class ManyMoveSchema(MoveSchema):
    """One of many acts: what it is done to, and the rest as on the requirement's own route."""

    requirement = fields.UUID(required=True)


class ManyMovesSchema(Strict):
    """What is to be done, in this order."""

    items = fields.List(
        fields.Nested(ManyMoveSchema),
        required=True,
        validate=validate.Length(1, MOST, error=_COUNT(least=1, most=MOST)),
    )


class OutcomeSchema(ma.Schema):
    """What became of one act."""

    requirement = fields.UUID(required=True)
    action = fields.Enum(Action, by_value=True, required=True)
    done = fields.Boolean(required=True)
    status = fields.Integer(
        required=True, metadata={"description": "What the act would be answered with if it were asked for alone."}
    )
    state = fields.Enum(
        State, by_value=True, required=True, allow_none=True, metadata={"description": "Where it stands then."}
    )
    version = fields.Integer(required=True, allow_none=True)
    reasons = fields.List(
        fields.Nested(ReasonSchema), required=True, metadata={"description": "Every reason why not; empty when done."}
    )


class OutcomesSchema(ma.Schema):
    """What became of each, in the order in which they were asked for."""

    done = fields.Integer(required=True)
    refused = fields.Integer(required=True)
    items = fields.List(fields.Nested(OutcomeSchema), required=True)


@routes.post("/requirements/actions")
@access(writes=True)
@routes.refuses(400, 413, 415)
@routes.doc(parameters=[KEY])
@routes.arguments(ManyMovesSchema)
@routes.response(200, OutcomesSchema)
def act_on_many(asked: dict[str, Any]) -> dict[str, Any]:
    """Act on up to 100 requirements, each in a transaction of its own.

    One that is refused takes nothing from the others. Sent again with the same `Idempotency-Key`, what was done is
    not done twice and what was refused is asked for anew.
    """
    steps = [_step(item) for item in asked["items"]]
    fingerprint = hashlib.sha256(request.get_data()).hexdigest()
    return told_outcomes(take_each(steps, actor(), key=Key.of_request(), asked=fingerprint))


def told_outcomes(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return what became of each as it is answered."""
    done = sum(outcome.done for outcome in outcomes)
    return {"done": done, "refused": len(outcomes) - done, "items": [_told(outcome) for outcome in outcomes]}


def _step(item: dict[str, Any]) -> Step:
    more = {name: item[name] for name in ("version", "sha256", "reason", "reason_code", "ink_seen")}
    return Step(item["requirement"], Action(item["action"]), **more)


def _told(outcome: Outcome) -> dict[str, Any]:
    return {
        "requirement": outcome.step.requirement_id,
        "action": outcome.step.action,
        "done": outcome.done,
        "status": int(outcome.status),
        "state": State(outcome.state) if outcome.state else None,
        "version": outcome.version,
        "reasons": [{"code": reason.code, "message": say(reason.message)} for reason in outcome.reasons],
    }
