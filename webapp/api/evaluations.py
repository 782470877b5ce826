"""Reports of the Inspektorat: delivered, read in the sandbox, confirmed by a person, issued by an inspector."""

import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import marshmallow as ma
import sqlalchemy as sa
from flask import current_app, url_for
from marshmallow import fields, validate
from sqlalchemy.orm import joinedload

from storage import keys
from storage.reading import Digest
from webapp.api.filters import agency_id, agency_in_sight
from webapp.api.routes import BINARY, KEY, Routes
from webapp.api.schemas import CodeNameSchema, PageSchema, ReasonSchema, Strict, Text, YearAgencySchema
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.receiving import digest_of, discard, shown_name, stored
from webapp.idempotency import Key, fingerprint, idempotent
from webapp.multipart import Form
from workflows.core.actors import INSPECTORATE, Role
from workflows.core.errors import InvalidInputError, Reason
from workflows.core.ids import new_id
from workflows.core.paging import page
from workflows.core.sentences import phrase
from workflows.documents.plan import Paper
from workflows.organization.scope import in_scope
from workflows.plans import deadlines, operations
from workflows.plans.deadlines import RECEIVERS
from workflows.plans.models import ImportState
from workflows.plans.queries import get_import, recommendations_of
from workflows.recommendations.grades import grade_of
from workflows.recommendations.models import Component, EvaluationReport, ReportSource, ReportState
from workflows.recommendations.queries import get_report, visible_report

routes = Routes("evaluations", about="Reports of the Inspektorat")
IMPORTERS = (*sorted(INSPECTORATE), Role.AGENCY_OPERATOR)
BAD_FIELDS = Reason("import_fields", "Isi agency dengan kode perangkat daerah dan year dengan tahun, misalnya 2026.")
_YEAR = re.compile(r"20[0-9]{2}|2100")
_FIGURE = r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$"
_CODE = re.compile(r"[A-Za-z0-9._-]{1,50}")
FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {**BINARY, "description": "md, docx, xlsx or pdf."},
                    "agency": {
                        "type": "string",
                        "pattern": "^[A-Za-z0-9._-]{1,50}$",
                        "description": "The agency's code.",
                    },
                    "year": {"type": "integer", "minimum": 2000, "maximum": 2100},
                },
                "required": ["file", "agency", "year"],
                "additionalProperties": False,
            }
        }
    },
}


class ImportStartedSchema(ma.Schema):
    """A file that waits to be read."""

    id = fields.UUID(required=True)
    state = fields.Enum(ImportState, by_value=True, required=True)


class AskedSchema(ma.Schema):
    """What the sender said the file is."""

    agency = fields.String(
        required=True, allow_none=True, metadata={"description": "Null while nobody knows whose paper it is."}
    )
    year = fields.Integer(required=True)


class ImportSchema(ma.Schema):
    """What was read: the document of ``tuntas import --dry-run --json``, as people corrected it since; null until the
    reading is over."""

    id = fields.UUID(required=True)
    state = fields.Enum(ImportState, by_value=True, required=True)
    asked = fields.Nested(AskedSchema, required=True)
    version = fields.Integer(required=True)
    paper = fields.Enum(
        Paper,
        by_value=True,
        required=True,
        allow_none=True,
        metadata={
            "description": "An LHE (report) or a Rencana Aksi (plan), which only adds actions once the LHE is in."
        },
    )
    filename = fields.String(required=True)
    sha256 = fields.String(required=True)
    error = fields.Nested(ReasonSchema, required=True, allow_none=True)
    report = fields.UUID(required=True, allow_none=True, metadata={"description": "The draft, once confirmed."})
    agency_name = fields.String(required=True, allow_none=True)
    year = fields.Integer(required=True, allow_none=True)
    report_number = fields.String(required=True, allow_none=True)
    report_date = fields.String(required=True, allow_none=True)
    recommendations = fields.List(fields.Dict(), required=True, allow_none=True)
    warnings = fields.List(fields.Dict(), required=True, allow_none=True)


DOCUMENT = ("agency_name", "year", "report_number", "report_date", "recommendations", "warnings")


class ConfirmedSchema(ma.Schema):
    """The draft report that was written."""

    report = fields.UUID(required=True)
    recommendations = fields.List(fields.UUID(), required=True)


class ReportSchema(ma.Schema):
    """A report; a draft is seen by the Inspektorat alone."""

    id = fields.UUID(required=True)
    state = fields.Enum(ReportState, by_value=True, required=True)
    number = fields.String(required=True, allow_none=True)
    report_date = fields.Date(required=True, allow_none=True)
    year = fields.Integer(required=True)
    agency = fields.Nested(CodeNameSchema, required=True)
    issued_at = fields.DateTime(required=True, allow_none=True)
    score = fields.String(required=True, allow_none=True)
    confirmed = fields.Boolean(
        required=True,
        metadata={"description": "Whether the LHE itself stands behind it; false while only a Rencana Aksi told it."},
    )
    grade = fields.Function(
        lambda row: getattr(grade_of(row.score), "code", None),
        required=True,
        metadata={"type": ["string", "null"], "description": "AA, A, BB, B, CC, C, D or E, by the site's edges."},
    )
    figures = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "Points of each component (A to D), as decimals in text."},
    )
    source = fields.Enum(ReportSource, by_value=True, required=True)
    received_on = fields.Date(required=True, allow_none=True)
    plan_due_on = fields.Date(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)


class ReportPageSchema(PageSchema):
    """A page of reports."""

    items = fields.List(fields.Nested(ReportSchema), required=True)


class IssueSchema(Strict):
    """What the paper says, where the file did not."""

    number = Text(longest=200, load_default=None, allow_none=True)
    report_date = fields.Date(load_default=None, allow_none=True)
    score = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(_FIGURE, error=phrase("harus 0 sampai 100, misalnya 78.05")),
        metadata={"description": "The evaluation's total, 0 to 100, at most two decimals."},
    )
    figures = fields.Dict(
        keys=fields.String(validate=validate.OneOf([one.value for one in Component])),
        values=fields.String(validate=validate.Regexp(_FIGURE, error=phrase("harus 0 sampai 100, misalnya 78.05"))),
        load_default=dict,
        metadata={"description": "Points of each component; all four give the total where `score` is left out."},
    )
    source = fields.Enum(ReportSource, by_value=True, load_default=None, allow_none=True)


class ReportReceiptSchema(Strict):
    """When the agency received the report."""

    received_on = fields.Date(required=True)


@routes.post("/evaluations/import")
@access(*IMPORTERS, writes=True)
@routes.refuses(400, 404, 413, 507)
@routes.doc(requestBody=FORM, parameters=[KEY])
@routes.response(202, ImportStartedSchema)
def import_evaluation() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Deliver a report or plan. It is read in the sandbox; nothing is written before a person confirms."""
    key = Key.of_request()
    first = key.recall() if key else None
    form = Form(names={"agency", "year"}, max_bytes=current_app.config["SETTINGS"].max_plan_bytes)
    part = form.open_file()
    if first is not None:
        digest = digest_of(part)
        first.of(fingerprint(digest.sha256, *sorted(form.finish().items())))
        return _started(uuid.UUID(first.content["import"]))
    import_id = new_id()
    with stored(part, object_id=import_id, content_type="application/octet-stream") as digest:
        asked = form.finish()
        first = key.claim(fingerprint(digest.sha256, *sorted(asked.items()))) if key else None
        if first is None:
            _request(import_id, digest, name=shown_name(part.name), asked=asked)
            if key:
                key.keep(status=202, content={"import": str(import_id)})
    if first is not None:
        discard(import_id)
        import_id = uuid.UUID(first.content["import"])
    return _started(import_id)


def _request(import_id: uuid.UUID, digest: Digest, *, name: str, asked: Mapping[str, str]) -> None:
    code, year = asked.get("agency", "").strip(), asked.get("year", "").strip()
    if not _CODE.fullmatch(code) or not _YEAR.fullmatch(year):
        raise InvalidInputError(BAD_FIELDS)
    operations.request_import(
        agency_in_sight(code, actor()),
        year=int(year),
        filename=name,
        sha256=digest.sha256,
        size=digest.size,
        intake_key=keys.intake_key(import_id),
        import_id=import_id,
        actor=actor(),
    )


def _started(import_id: uuid.UUID) -> tuple[dict[str, Any], int, dict[str, str]]:
    place = url_for("api_evaluations.read_import", import_id=import_id)
    return {"id": import_id, "state": ImportState.WAITING}, 202, {"Location": place}


@routes.get("/evaluations/imports/<uuid:import_id>")
@access(*IMPORTERS)
@routes.refuses(404)
@routes.response(200, ImportSchema)
def read_import(import_id: uuid.UUID) -> dict[str, Any]:
    """Read what the sandbox made of a file."""
    row = get_import(import_id, actor())
    document = row.corrected or row.document or {}
    return {
        "id": row.id,
        "state": row.state,
        "asked": {"agency": row.agency.code if row.agency else None, "year": row.year},
        "version": row.version,
        "paper": operations.paper_of(row) if row.document else None,
        "filename": row.filename,
        "sha256": row.sha256,
        "error": {"code": row.error_code, "message": row.error_message} if row.error_code else None,
        "report": row.report_id,
        **{name: document.get(name) for name in DOCUMENT},
        "recommendations": _without_origins(document.get("recommendations")),
    }


def _without_origins(entries: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """Return recommendations without the numbers as which they were read, which the page alone needs."""
    return entries and [{key: value for key, value in entry.items() if key != "read_as"} for entry in entries]


@routes.post("/evaluations/imports/<uuid:import_id>/confirm")
@access(*INSPECTORATE, writes=True)
@routes.refuses(404, 409)
@routes.doc(parameters=[KEY])
@idempotent
@routes.response(201, ConfirmedSchema)
def confirm_import(import_id: uuid.UUID) -> dict[str, Any]:
    """Write what was read as a draft report; confirming twice changes nothing."""
    report = operations.confirm_import(get_import(import_id, actor()), actor=actor()).report
    return {"report": report.id, "recommendations": [row.id for row in recommendations_of(report)]}


def _reports() -> sa.Select[tuple[EvaluationReport]]:
    who = actor()
    query = sa.select(EvaluationReport).where(in_scope(EvaluationReport, who), visible_report(who))
    return query.options(joinedload(EvaluationReport.agency))


@routes.get("/evaluations")
@access()
@routes.refuses(404)
@routes.arguments(YearAgencySchema, location="query")
@routes.response(200, ReportPageSchema)
def list_reports(asked: dict[str, Any]) -> dict[str, Any]:
    """List the reports in scope."""
    query = _reports()
    if "year" in asked:
        query = query.where(EvaluationReport.year == asked["year"])
    if "agency" in asked:
        query = query.where(EvaluationReport.agency_id == agency_id(asked["agency"], actor()))
    found = page(
        query,
        keys=[EvaluationReport.id],
        read=[uuid.UUID],
        values=lambda row: [row.id],
        cursor=asked.get("cursor"),
        limit=asked["limit"],
    )
    return {"items": found.items, "next": found.next}


@routes.post("/evaluations/<uuid:report_id>/issue")
@access(Role.INSPECTOR, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(IssueSchema, required=False)
@routes.response(200, ReportSchema)
def issue_report(asked: dict[str, Any], report_id: uuid.UUID) -> EvaluationReport:
    """Issue a draft: from now on its agency sees it and may answer."""
    report = get_report(report_id, actor())
    operations.issue(
        report,
        actor=actor(),
        number=asked["number"],
        report_date=asked["report_date"],
        score=Decimal(asked["score"]) if asked["score"] else None,
        figures={Component(one): Decimal(figure) for one, figure in asked["figures"].items()},
        source=asked["source"],
    )
    return report


@routes.post("/evaluations/<uuid:report_id>/receive")
@access(*RECEIVERS, writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(ReportReceiptSchema)
@routes.response(200, ReportSchema)
def receive_report(asked: dict[str, Any], report_id: uuid.UUID) -> EvaluationReport:
    """Record the day on which the agency received an issued report: the clock of the follow-up starts."""
    report = get_report(report_id, actor())
    deadlines.receive_report(report, received_on=asked["received_on"], actor=actor())
    return report
