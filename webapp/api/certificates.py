"""Whose certificate a signature inside a file was made with."""

import uuid
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from webapp.api.requirements import RequirementSchema, shown
from webapp.api.routes import KEY, Routes
from webapp.api.schemas import PageSchema, Strict
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.idempotency import idempotent
from workflows.core.sentences import phrase
from workflows.plans import queries
from workflows.signoff import certificates

routes = Routes("certificates", about="Whose certificate a signature inside a file was made with")
_HEX = validate.Regexp(r"\A[0-9a-f]{64}\Z", error=phrase("harus 64 angka heksadesimal"))


class CertificateSchema(ma.Schema):
    """A certificate that a person is known by."""

    id = fields.UUID(required=True)
    fingerprint = fields.String(required=True, metadata={"description": "SHA-256, hexadecimal."})
    holder = fields.String(required=True, metadata={"description": "The name in the certificate."})
    issuer = fields.String(required=True, allow_none=True)
    person = fields.UUID(required=True, attribute="person_id")
    bound_at = fields.DateTime(required=True)
    withdrawn_at = fields.DateTime(required=True, allow_none=True)


class CertificatePageSchema(PageSchema):
    """The certificates of one person; there is no second page."""

    items = fields.List(fields.Nested(CertificateSchema), required=True)


class ConfirmSchema(Strict):
    """*Ini sertifikat saya*, or, for an evaluator, whose it is."""

    fingerprint = fields.String(required=True, validate=_HEX, metadata={"description": "As the report names it."})
    sha256 = fields.String(required=True, validate=_HEX, metadata={"description": "Of the file that was looked at."})
    person = fields.UUID(load_default=None, allow_none=True)


@routes.get("/certificates")
@access()
@routes.refuses()
@routes.response(200, CertificatePageSchema)
def list_certificates() -> dict[str, Any]:
    """List the certificates that this token's person is known by."""
    return {"items": certificates.bindings_of(actor()), "next": None}


@routes.post("/requirements/<uuid:requirement_id>/certificate")
@access(writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.arguments(ConfirmSchema)
@routes.response(200, RequirementSchema)
def confirm_certificate(asked: dict[str, Any], requirement_id: uuid.UUID) -> dict[str, Any]:
    """Keep whose certificate it is and let its valid signatures count; answers with the requirement as it is now."""
    who = actor()
    requirement = queries.get_requirement(requirement_id, who)
    certificates.confirm(
        requirement, actor=who, fingerprint=asked["fingerprint"], sha256=asked["sha256"], person_id=asked["person"]
    )
    return shown([requirement], who)[0]


@routes.post("/certificates/<uuid:certificate_id>/release")
@access(writes=True)
@routes.refuses(400, 404, 409, 413, 415)
@routes.doc(parameters=[KEY])
@idempotent
@routes.response(200, CertificateSchema)
def release_certificate(certificate_id: uuid.UUID) -> Any:
    """Take a certificate from its holder; what it has signed off stands until that is withdrawn."""
    return certificates.release(certificate_id, actor=actor())
