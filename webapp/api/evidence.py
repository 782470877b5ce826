"""What was delivered: received, read, handed out."""

import uuid
from typing import Any

import marshmallow as ma
from flask import Response, request, url_for
from marshmallow import fields

from webapp.api.routes import BINARY, KEY, Routes
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.files import FILE_READERS, send_evidence
from webapp.evidence.intake import MOST, UPLOADERS, receive_upload
from webapp.evidence.supporting import MOST as MOST_FILES
from workflows.archive.operations import archived_of
from workflows.evidence.access.queries import sight_of
from workflows.evidence.media import Media
from workflows.evidence.models import CheckReport, CheckState, Evidence
from workflows.evidence.page_ranges import page_remarks, pages_of
from workflows.evidence.queries import get_evidence, newest_report, received_event, uses_of
from workflows.evidence.review import reviews_of
from workflows.signoff.ink import claims_on
from workflows.signoff.models import ClaimState, SignOffRole
from workflows.verification.operations import read_report

routes = Routes("evidence", about="What was delivered")
_PAGES = {
    "type": "array",
    "items": {"type": "string", "pattern": "^([1-9][0-9]{0,5})?$"},
    "maxItems": MOST - 1,
    "description": "In the order of `also`: the pages of those requirements, empty for the whole paper.",
}
_ALSO = {
    "type": "array",
    "items": {"type": "string", "format": "uuid"},
    "uniqueItems": True,
    "maxItems": MOST - 1,
}
ALSO = {
    "in": "query",
    "name": "also",
    "schema": _ALSO,
    "description": "Further requirements of the same agency that this file is for: all of them take it or none does."
    " Named here they are asked before the body is read, and one refusal tells of all.",
}
INK = {
    name: shape
    for role, words in (("signed", "signed"), ("acknowledged", "acknowledged (*Mengetahui*)"))
    for name, shape in {
        f"ink_{role}": {
            "anyOf": [{"type": "boolean"}, {"type": "string", "format": "uuid"}],
            "description": f"The paper is {words} in ink: by the holder of the post, or by this person where several"
            " hold it. Never required.",
        },
        f"ink_{role}_page": {"type": "integer", "minimum": 1, "maximum": 999999},
        f"ink_{role}_on": {"type": "string", "format": "date", "description": "Else `evidence_date`."},
    }.items()
}
FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {**BINARY, "description": "One PDF."},
                    "evidence_date": {"type": "string", "format": "date", "description": "The date on the paper."},
                    "page_from": {"type": "integer", "minimum": 1, "maximum": 999999},
                    "page_to": {"type": "integer", "minimum": 1, "maximum": 999999},
                    "restricted": {"type": "boolean", "description": "Class the file *terbatas*."},
                    "sign": {"type": "boolean", "description": "Sign in the same act, once the check has passed."},
                    **INK,
                    "also": {**_ALSO, "description": "Further requirements, as in the query and after those."},
                    "also_page_from": _PAGES,
                    "also_page_to": _PAGES,
                    "supporting": {
                        "type": "array",
                        "items": BINARY,
                        "maxItems": MOST_FILES,
                        "description": "Files that travel with it, behind `file` in the body: PDF, JPEG, PNG, and DOCX"
                        " or XLSX without macros, told by their contents. They decide nothing.",
                    },
                },
                "required": ["file"],
                "additionalProperties": False,
            },
            "encoding": {
                "file": {"contentType": "application/pdf"},
                "supporting": {"contentType": ", ".join(Media)},
            },
        }
    },
}


class ReceivedSchema(ma.Schema):
    """The receipt: the file is safe, and its check has begun."""

    id = fields.UUID(required=True)
    sha256 = fields.String(required=True)
    receipt = fields.String(required=True)
    supporting = fields.List(
        fields.String(), required=True, metadata={"description": "SHA-256 of each file that travels with it, in order."}
    )


class SupportingSchema(ma.Schema):
    """A file that travels with a delivery; `GET /evidence/{id}/file` hands it out."""

    id = fields.UUID(required=True)
    sha256 = fields.String(required=True)
    bytes = fields.Integer(required=True, attribute="size")
    media_type = fields.String(required=True)
    check_state = fields.Enum(CheckState, by_value=True, required=True)
    verdict = fields.String(required=True, allow_none=True)


class ReceiptSchema(ma.Schema):
    """The whole receipt, with the link of the log that proves it."""

    number = fields.String(required=True)
    sha256 = fields.String(required=True)
    received_at = fields.DateTime(required=True)
    received_by = fields.String(required=True)
    chain = fields.String(required=True)
    seq = fields.Integer(required=True)
    head = fields.String(required=True, metadata={"description": "Hash of that link, hexadecimal."})


class RemarkSchema(ma.Schema):
    """Something that a person should look at: `pages_beyond`, `pages_overlap`."""

    code = fields.String(required=True)
    message = fields.String(required=True)


class UseSchema(ma.Schema):
    """A delivery in the place of one requirement."""

    requirement = fields.UUID(required=True, attribute="requirement_id")
    revision = fields.Integer(required=True)
    page_from = fields.Integer(required=True, allow_none=True)
    page_to = fields.Integer(required=True, allow_none=True)
    page_remarks = fields.List(
        fields.Nested(RemarkSchema),
        required=True,
        metadata={"description": "What cannot be right about these pages. Advice: nothing waits for it."},
    )


class ReviewSchema(ma.Schema):
    """A request that an evaluator accept this delivery in one place although the checks refused it."""

    requirement = fields.UUID(required=True, attribute="requirement_id")
    text = fields.String(required=True)
    asked_by = fields.String(required=True, attribute="asked_by.name")
    asked_at = fields.DateTime(required=True)
    accepted = fields.Boolean(required=True, allow_none=True, metadata={"description": "Null until it is answered."})
    decided_by = fields.Function(lambda row: row.decided_by.name if row.decided_by else None, required=True,
        metadata={"type": ["string", "null"]})  # fmt: skip
    decided_as = fields.String(required=True, allow_none=True)
    decided_at = fields.DateTime(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class InkSchema(ma.Schema):
    """A signature on the paper, as the uploader names it, and what its holder says."""

    requirement = fields.UUID(required=True, attribute="requirement_id")
    role = fields.Enum(SignOffRole, by_value=True, required=True)
    person = fields.UUID(required=True, attribute="person_id")
    name = fields.String(required=True, attribute="person.name")
    page = fields.Integer(required=True, allow_none=True)
    signed_on = fields.Date(required=True, allow_none=True)
    state = fields.Enum(ClaimState, by_value=True, required=True)


class AccessSchema(ma.Schema):
    """The access class. Where the contents are closed to this token's person, `report` is null and `ink` empty."""

    restricted = fields.Boolean(required=True)
    open = fields.Boolean(required=True)
    needs_reason = fields.Boolean(
        required=True, metadata={"description": "Opened for a while by `POST /evidence/{evidence_id}/opening`."}
    )


class EvidenceSchema(ma.Schema):
    """A delivery, where its check stands, and what the check found."""

    id = fields.UUID(required=True)
    requirement = fields.UUID(required=True, metadata={"description": "The first of `requirements`."})
    requirements = fields.List(fields.UUID(), required=True)
    revision = fields.Integer(required=True)
    uses = fields.List(fields.Nested(UseSchema), required=True)
    supporting = fields.List(fields.Nested(SupportingSchema), required=True)
    sha256 = fields.String(required=True)
    bytes = fields.Integer(required=True)
    evidence_date = fields.Date(required=True, allow_none=True)
    received_at = fields.DateTime(required=True)
    receipt = fields.String(required=True)
    receipt_detail = fields.Nested(ReceiptSchema, required=True)
    check_state = fields.Enum(CheckState, by_value=True, required=True)
    since = fields.DateTime(required=True)
    why = fields.String(required=True, allow_none=True)
    verdict = fields.String(required=True, allow_none=True)
    report = fields.Dict(required=True, allow_none=True)
    ink = fields.List(fields.Nested(InkSchema), required=True)
    archived_at = fields.DateTime(required=True, allow_none=True)
    reviews = fields.List(fields.Nested(ReviewSchema), required=True)
    access = fields.Nested(AccessSchema, required=True)


@routes.post("/requirements/<uuid:requirement_id>/evidence")
@access(*UPLOADERS, writes=True)
@routes.refuses(400, 404, 409, 413, 415, 507)
@routes.doc(requestBody=FORM, parameters=[KEY, ALSO])
@routes.response(202, ReceivedSchema)
def upload(requirement_id: uuid.UUID) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Deliver a PDF. The answer comes once the bytes lie in the store and were read back; the check follows."""
    evidence = receive_upload(requirement_id, actor=actor(), check_csrf=False).evidence
    place = url_for("api_evidence.read_evidence", evidence_id=evidence.id)
    received = {"id": evidence.id, "sha256": evidence.sha256, "receipt": evidence.receipt_number}
    return received | {"supporting": [row.sha256 for row in evidence.supporting]}, 202, {"Location": place}


@routes.get("/evidence/<uuid:evidence_id>")
@access()
@routes.refuses(404)
@routes.response(200, EvidenceSchema)
def read_evidence(evidence_id: uuid.UUID) -> dict[str, Any]:
    """Read a delivery. Where a check report is shown, the log notes that this person has seen it."""
    who = actor()
    evidence = get_evidence(evidence_id, who)
    sight = sight_of(evidence.id, who)
    report = newest_report(evidence.id) if sight.open else None
    if report is not None and request.method != "HEAD":
        read_report(evidence, actor=who)
    archived = archived_of(evidence.id)
    use = evidence.uses[0]
    return {
        "id": evidence.id,
        "requirement": use.requirement_id,
        "requirements": [one.requirement_id for one in evidence.uses],
        "revision": use.revision,
        "uses": _uses(evidence, report),
        "supporting": evidence.supporting,
        "sha256": evidence.sha256,
        "bytes": evidence.size,
        "evidence_date": evidence.evidence_date,
        "received_at": evidence.received_at,
        "receipt": evidence.receipt_number,
        "receipt_detail": _receipt(evidence),
        "check_state": evidence.check_state,
        "since": evidence.check_since,
        "why": evidence.check_why,
        "verdict": evidence.verdict,
        "report": report.report if report else None,
        "ink": claims_on(evidence.id) if sight.open else [],
        "archived_at": archived.archived_at if archived else None,
        "reviews": reviews_of(evidence) if evidence.verdict == "reject" else [],
        "access": sight,
    }


def _uses(evidence: Evidence, report: CheckReport | None) -> list[dict[str, Any]]:
    uses = uses_of(evidence)
    remarks = page_remarks(uses, pages=pages_of(report))
    return [
        {
            "requirement_id": use.requirement_id,
            "revision": use.revision,
            "page_from": use.page_from,
            "page_to": use.page_to,
            "page_remarks": remarks[use.requirement_id],
        }
        for use in uses
    ]


def _receipt(evidence: Evidence) -> dict[str, Any]:
    link = received_event(evidence)
    return {
        "number": evidence.receipt_number,
        "sha256": evidence.sha256,
        "received_at": evidence.received_at,
        "received_by": evidence.received_by.name,
        "chain": link.chain,
        "seq": link.seq,
        "head": bytes(link.hash).hex(),
    }


@routes.get("/evidence/<uuid:evidence_id>/file")
@access(*FILE_READERS)
@routes.refuses(404, 410, 416)
@routes.alt_response(206, schema=BINARY, content_type="application/pdf", success=True)
@routes.response(200, BINARY, content_type="application/pdf")
def evidence_file(evidence_id: uuid.UUID) -> Response:
    """Download the original, byte for byte."""
    return send_evidence(evidence_id, actor())
