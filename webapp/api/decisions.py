"""Official statuses: proposed by one, decided by another with a numbered letter."""

import uuid
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from flask import Response, url_for
from marshmallow import fields, validate
from sqlalchemy.orm import selectinload

from webapp.api.filters import agency_id
from webapp.api.routes import BINARY, KEY, Routes
from webapp.api.schemas import WITHIN, CursorSchema, PageSchema, Strict, Text
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.files import FILE_READERS
from webapp.idempotency import idempotent
from webapp.verification.official_papers import receive_official_paper, send_official_paper
from workflows.core.actors import INSPECTORATE, Role
from workflows.core.paging import page
from workflows.evidence.models import CheckState
from workflows.organization.scope import in_scope
from workflows.plans.queries import get_requirement
from workflows.recommendations.models import OfficialStatus
from workflows.recommendations.queries import get_recommendation
from workflows.verification.decisions import decide, decline, propose, withdraw
from workflows.verification.models import Decision, DecisionState, OfficialPaper, OfficialPaperKind, ValidReason
from workflows.verification.official_papers import get_official_paper
from workflows.verification.queries import get_decision

routes = Routes("decisions", about="Official statuses of recommendations")
FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "agency": {"type": "string", "description": "The agency's code."},
                    "kind": {"type": "string", "enum": [kind.value for kind in OfficialPaperKind]},
                    "number": {"type": "string", "minLength": 1, "maxLength": 200},
                    "dated_on": {"type": "string", "format": "date"},
                    "file": {**BINARY, "description": "A PDF."},
                },
                "required": ["agency", "kind", "number", "dated_on", "file"],
                "additionalProperties": False,
            }
        }
    },
}
MOST = 50
"""Recommendations of one decision; a report has about ten."""


class ProposalSchema(Strict):
    """What is proposed, for which recommendations of one agency, and why."""

    recommendations = fields.List(
        fields.UUID(), required=True, validate=validate.Length(1, MOST, error=WITHIN(least=1, most=MOST))
    )
    official_status = fields.Enum(OfficialStatus, by_value=True, required=True)
    reason = Text(longest=4000, shortest=1, required=True)
    valid_reason = fields.Enum(
        ValidReason, by_value=True, load_default=None, allow_none=True,
        metadata={"description": "Of `NOT_ACTIONABLE`, with its document."},
    )  # fmt: skip
    ground = fields.UUID(load_default=None, allow_none=True, metadata={"description": "The document, a paper."})
    reopens = fields.List(
        fields.UUID(), load_default=list, validate=validate.Length(0, MOST, error=WITHIN(least=0, most=MOST)),
        metadata={"description": "Of `PARTIAL`: the verified requirements that the decision opens again."},
    )  # fmt: skip


class LetterSchema(Strict):
    """The letter that decides, a paper that was filed before."""

    letter = fields.UUID(required=True)


class SeveralSchema(LetterSchema):
    """Proposals of one agency that one letter decides."""

    decisions = fields.List(
        fields.UUID(), required=True, validate=validate.Length(1, MOST, error=WITHIN(least=1, most=MOST))
    )


class ProposalEndSchema(Strict):
    """Why a proposal is over."""

    reason = Text(longest=4000, shortest=1, required=True)


class OfficialPaperSchema(ma.Schema):
    """A letter or document of the Inspektorat. Only one that is `locked` decides or proves anything."""

    id = fields.UUID(required=True)
    kind = fields.Enum(OfficialPaperKind, by_value=True, required=True)
    number = fields.String(required=True)
    dated_on = fields.Date(required=True)
    sha256 = fields.String(required=True)
    bytes = fields.Integer(required=True)
    check_state = fields.Enum(CheckState, by_value=True, required=True)
    verdict = fields.String(required=True, allow_none=True)
    locked = fields.Boolean(required=True)


class DecisionSchema(ma.Schema):
    """A proposal or, once it has a number, a decision."""

    id = fields.UUID(required=True)
    state = fields.Enum(DecisionState, by_value=True, required=True)
    official_status = fields.Enum(OfficialStatus, by_value=True, required=True)
    reason = fields.String(required=True)
    number = fields.String(required=True, allow_none=True)
    decided_on = fields.Date(required=True, allow_none=True)
    proposed_at = fields.DateTime(required=True)
    decided_at = fields.DateTime(required=True, allow_none=True)
    recommendations = fields.List(fields.UUID(), required=True)
    valid_reason = fields.Enum(ValidReason, by_value=True, required=True, allow_none=True)
    ground = fields.UUID(required=True, allow_none=True)
    letter = fields.UUID(required=True, allow_none=True)
    reopens = fields.List(fields.UUID(), required=True)
    closed_reason = fields.String(required=True, allow_none=True)


class DecisionPageSchema(PageSchema):
    """A page of proposals and decisions."""

    items = fields.List(fields.Nested(DecisionSchema), required=True)


class DecisionFilterSchema(CursorSchema):
    """Which proposals and decisions."""

    agency = Text(longest=50, shortest=1, about="The agency's code.")


def _shown(row: Decision) -> dict[str, Any]:
    plain = (
        "id", "state", "official_status", "reason", "number", "decided_on", "proposed_at", "decided_at", "valid_reason",
        "closed_reason",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in plain},
        "ground": row.ground_id,
        "letter": row.letter_id,
        "reopens": [one.id for one in row.reopens],
        "recommendations": [one.id for one in row.recommendations],
    }


def _paper(row: OfficialPaper) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in ("id", "kind", "number", "dated_on")}
    file = {name: getattr(row.evidence, name) for name in ("sha256", "check_state", "verdict")}
    return {**told, **file, "bytes": row.evidence.size, "locked": row.is_locked}


@routes.get("/decisions")
@access()
@routes.refuses(404)
@routes.arguments(DecisionFilterSchema, location="query")
@routes.response(200, DecisionPageSchema)
def list_decisions(asked: dict[str, Any]) -> dict[str, Any]:
    """List proposals and decisions in scope, newest first."""
    who = actor()
    query = sa.select(Decision).where(in_scope(Decision, who))
    query = query.options(selectinload(Decision.recommendations), selectinload(Decision.reopens))
    if "agency" in asked:
        query = query.where(Decision.agency_id == agency_id(asked["agency"], who))
    found = page(
        query,
        keys=[Decision.id],
        read=[uuid.UUID],
        values=lambda row: [row.id],
        cursor=asked.get("cursor"),
        limit=asked["limit"],
        descending=True,
    )
    return {"items": [_shown(row) for row in found.items], "next": found.next}


@routes.get("/decisions/<uuid:decision_id>")
@access()
@routes.refuses(404)
@routes.response(200, DecisionSchema)
def read_decision(decision_id: uuid.UUID) -> dict[str, Any]:
    """Read one proposal or decision."""
    return _shown(get_decision(decision_id, actor()))


@routes.post("/decisions")
@access(*INSPECTORATE, writes=True)
@routes.refuses(400, 404, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(ProposalSchema)
@routes.response(201, DecisionSchema)
def propose_decision(asked: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Propose an official status; nothing changes before somebody else decides."""
    who = actor()
    chosen = [get_recommendation(one, who) for one in dict.fromkeys(asked["recommendations"])]
    decision = propose(
        chosen,
        official_status=asked["official_status"],
        reason=asked["reason"],
        valid_reason=asked["valid_reason"],
        ground=get_official_paper(asked["ground"], who) if asked["ground"] else None,
        reopens=[get_requirement(one, who) for one in dict.fromkeys(asked["reopens"])],
        actor=who,
    )
    place = url_for("api_decisions.read_decision", decision_id=decision.id)
    return _shown(decision), 201, {"Location": place}


@routes.post("/decisions/<uuid:decision_id>/decide")
@access(Role.INSPECTOR, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(LetterSchema)
@routes.response(200, DecisionSchema)
def decide_proposal(asked: dict[str, Any], decision_id: uuid.UUID) -> dict[str, Any]:
    """Decide a proposal of somebody else by a numbered letter: the official status changes."""
    decision = get_decision(decision_id, actor())
    return _shown(decide([decision], letter=get_official_paper(asked["letter"], actor()), actor=actor())[0])


@routes.post("/decisions/decide")
@access(Role.INSPECTOR, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(SeveralSchema)
@routes.response(200, DecisionPageSchema)
def decide_proposals(asked: dict[str, Any]) -> dict[str, Any]:
    """Decide several proposals of one agency by one letter, all of them or none."""
    decisions = [get_decision(one, actor()) for one in dict.fromkeys(asked["decisions"])]
    decided = decide(decisions, letter=get_official_paper(asked["letter"], actor()), actor=actor())
    return {"items": [_shown(row) for row in decided], "next": None}


@routes.post("/decisions/<uuid:decision_id>/withdraw")
@access(*INSPECTORATE, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(ProposalEndSchema)
@routes.response(200, DecisionSchema)
def withdraw_proposal(asked: dict[str, Any], decision_id: uuid.UUID) -> dict[str, Any]:
    """Take one's own proposal back."""
    decision = get_decision(decision_id, actor())
    withdraw(decision, reason=asked["reason"], actor=actor())
    return _shown(decision)


@routes.post("/decisions/<uuid:decision_id>/decline")
@access(Role.INSPECTOR, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(ProposalEndSchema)
@routes.response(200, DecisionSchema)
def decline_proposal(asked: dict[str, Any], decision_id: uuid.UUID) -> dict[str, Any]:
    """Do not follow somebody else's proposal."""
    decision = get_decision(decision_id, actor())
    decline(decision, reason=asked["reason"], actor=actor())
    return _shown(decision)


@routes.post("/official-papers")
@access(*INSPECTORATE, writes=True)
@routes.refuses(400, 404, 413, 415, 507)
@routes.doc(requestBody=FORM)
@routes.response(202, OfficialPaperSchema)
def file_official_paper() -> tuple[dict[str, Any], int, dict[str, str]]:
    """File a letter or a document for an agency. It is checked and locked like evidence."""
    paper = receive_official_paper(check_csrf=False)
    return _paper(paper), 202, {"Location": url_for("api_decisions.read_official_paper", paper_id=paper.id)}


@routes.get("/official-papers/<uuid:paper_id>")
@access()
@routes.refuses(404)
@routes.response(200, OfficialPaperSchema)
def read_official_paper(paper_id: uuid.UUID) -> dict[str, Any]:
    """Read where a paper stands."""
    return _paper(get_official_paper(paper_id, actor()))


@routes.get("/official-papers/<uuid:paper_id>/file")
@access(*FILE_READERS)
@routes.refuses(404, 410)
@routes.doc(responses={200: {"description": "The original.", "content": {"application/pdf": {"schema": BINARY}}}})
def read_official_paper_file(paper_id: uuid.UUID) -> Response:
    """Download a paper as it was received."""
    return send_official_paper(paper_id, actor())
