"""What must be delivered, and what is done to it."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from webapp.api.filters import agency_id
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import CodeNameSchema, PageSchema, StateFilterSchema, Strict, Text, Truth, WholeNumber, between
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import idempotent
from workflows.core.actors import Actor
from workflows.core.moves import Facts
from workflows.core.sentences import Template, phrase
from workflows.core.transitions import Action, State
from workflows.evidence.models import CheckState
from workflows.evidence.rules import Newest
from workflows.plans import queries
from workflows.plans.models import Requirement, RequirementKind
from workflows.plans.rules import RULES, UNNAMED, act, allowed_actions
from workflows.signoff.operations import RETURN_CHIPS

routes = Routes("requirements", about="What must be delivered, and what is done to it")
MOVES = tuple(action for action in Action if action != Action.UPLOAD and action not in UNNAMED)
"""What is done by naming it: a file comes by its own route, and the system does the rest."""
_CHECKING = (CheckState.WAITING, CheckState.RUNNING)
_MOVES = Template("harus salah satu dari: %(names)s; berkas dikirim ke /evidence")
_CODES = Template("harus salah satu dari: %(names)s")
_SHA256 = validate.Regexp(r"\A[0-9a-fA-F]{64}\Z", error=phrase("harus 64 angka heksadesimal"))


class HolderSchema(ma.Schema):
    """Whose turn it is: a role, ``system`` while a check runs, null at the end."""

    role = fields.String(required=True, allow_none=True)
    since = fields.DateTime(required=True)


class NewestEvidenceSchema(ma.Schema):
    """The newest delivery, whatever its verdict."""

    id = fields.UUID(required=True)
    revision = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    bytes = fields.Integer(required=True)
    check_state = fields.Enum(CheckState, by_value=True, required=True)
    verdict = fields.String(required=True, allow_none=True)
    reviewed = fields.Boolean(
        required=True, metadata={"description": "Accepted here by an evaluator although the checks refused it."}
    )


class ReturnedSchema(ma.Schema):
    """Why the newest delivery was sent back, while nothing newer came."""

    code = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    at = fields.DateTime(required=True)


class RequirementSchema(ma.Schema):
    """A promise, where it stands, and what this token's person may do now."""

    id = fields.UUID(required=True)
    state = fields.Enum(State, by_value=True, required=True)
    version = fields.Integer(required=True)
    round = fields.Integer(required=True, metadata={"description": "The first is 1; reopening begins the next."})
    kind = fields.Enum(RequirementKind, by_value=True, required=True)
    title = fields.String(required=True)
    year = fields.Integer(required=True)
    quarter = fields.Integer(required=True, allow_none=True)
    agency = fields.Nested(CodeNameSchema, required=True)
    unit = fields.Nested(CodeNameSchema, required=True)
    successor = fields.Nested(
        CodeNameSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The unit that carries it on since the one that was asked was merged."},
    )
    due_on = fields.Date(required=True, allow_none=True)
    opens_on = fields.Date(required=True, allow_none=True)
    expects = fields.List(fields.String(), required=True)
    waived = fields.Boolean(required=True)
    returned = fields.Nested(ReturnedSchema, required=True, allow_none=True)
    holder = fields.Nested(HolderSchema, required=True)
    recommendations = fields.List(fields.UUID(), required=True)
    evidence = fields.Nested(NewestEvidenceSchema, required=True, allow_none=True)
    allowed_actions = fields.List(fields.Enum(Action, by_value=True), required=True)


class RequirementPageSchema(PageSchema):
    """A page of requirements."""

    items = fields.List(fields.Nested(RequirementSchema), required=True)


class MoveSchema(Strict):
    """One act. ``version`` is the one that was looked at; what is signed off names the digest that was looked at."""

    action = fields.String(
        required=True,
        validate=validate.OneOf(MOVES, error=_MOVES(names=", ".join(MOVES))),
    )
    version = WholeNumber(required=True, validate=between(1, 2**31 - 1))
    sha256 = fields.String(load_default=None, allow_none=True, validate=_SHA256)
    ink_seen = Truth(load_default=False, about="For `verify`: the signatures on paper, where a sign-off rests on one.")
    reason = Text(longest=4000, load_default=None, allow_none=True)
    reason_code = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(tuple(RETURN_CHIPS), error=_CODES(names=", ".join(RETURN_CHIPS))),
    )


def shown(rows: Sequence[Requirement], who: Actor, facts: Facts | None = None) -> list[dict[str, Any]]:
    """Return requirements as they are answered, in a number of queries that does not depend on theirs."""
    facts = facts or RULES.facts(rows, who)
    allowed = allowed_actions(rows, who, facts)
    return [_shown(row, facts["newest"].get(row.id), allowed[row.id]) for row in rows]


def _shown(row: Requirement, evidence: Newest | None, allowed: list[Action]) -> dict[str, Any]:
    since: dt.datetime | None = evidence.check_since if evidence and evidence.check_state in _CHECKING else None
    return {
        "id": row.id,
        "state": row.state,
        "version": row.version,
        "round": row.round,
        "kind": row.kind,
        "title": row.title,
        "year": row.year,
        "quarter": row.quarter,
        "agency": row.agency,
        "unit": row.unit,
        "successor": row.duty_unit if row.heir_unit_id else None,
        "due_on": row.due_on,
        "opens_on": row.opens_on,
        "expects": row.expects,
        "waived": not row.in_force,
        "returned": _returned(row) if row.returned_at else None,
        "holder": queries.holder(row, checking_since=since),
        "recommendations": [recommendation.id for recommendation in row.recommendations],
        "evidence": _newest(evidence) if evidence else None,
        "allowed_actions": allowed,
    }


def _returned(row: Requirement) -> dict[str, Any]:
    return {"code": row.return_code, "text": row.return_text, "at": row.returned_at}


def _newest(evidence: Newest) -> dict[str, Any]:
    return {
        "id": evidence.id,
        "revision": evidence.revision,
        "sha256": evidence.sha256,
        "bytes": evidence.size,
        "check_state": evidence.check_state,
        "verdict": evidence.verdict,
        "reviewed": evidence.reviewed,
    }


@routes.get("/requirements")
@access()
@routes.refuses(404)
@routes.arguments(StateFilterSchema, location="query")
@routes.response(200, RequirementPageSchema)
def list_requirements(asked: dict[str, Any]) -> dict[str, Any]:
    """List what must be delivered by the agencies in scope."""
    who = actor()
    found = queries.list_requirements(
        who,
        year=asked.get("year"),
        agency_id=agency_id(asked.get("agency"), who),
        state=asked.get("state"),
        cursor=asked.get("cursor"),
        limit=asked["limit"],
    )
    return {"items": shown(found.items, who), "next": found.next}


@routes.get("/requirements/<uuid:requirement_id>")
@access()
@routes.refuses(404)
@routes.response(200, RequirementSchema)
def get_requirement(requirement_id: uuid.UUID) -> dict[str, Any]:
    """Read one requirement."""
    who = actor()
    return shown([queries.get_requirement(requirement_id, who)], who)[0]


@routes.post("/requirements/<uuid:requirement_id>/actions")
@access(writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(MoveSchema)
@routes.response(200, RequirementSchema)
def act_on_requirement(asked: dict[str, Any], requirement_id: uuid.UUID) -> dict[str, Any]:
    """Sign, acknowledge, verify, return, withdraw, reopen, or ask for and answer the review of a refused file.

    Answers with the requirement as it is now.
    """
    who = actor()
    requirement = queries.requirement_to_move(requirement_id, who)
    given = {name: asked[name] for name in ("version", "sha256", "reason", "reason_code", "ink_seen")}
    facts = RULES.facts([requirement], who)
    facts["newest"]  # for the answer too, and asked before others wait for the recommendations
    action = Action(asked["action"])
    act(requirement, action, actor=who, facts=facts, **given)
    # Of all that is done by name, only this changes how the delivery itself stands.
    known = None if action == Action.REVIEW_ACCEPT else facts.after_move()
    return shown([requirement], who, known)[0]
