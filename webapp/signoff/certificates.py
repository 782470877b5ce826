"""Whose certificate a signature inside a file was made with: shown, confirmed once, released."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.refusals import error_pairs, note
from workflows.core.actors import Actor, Role
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, Reason, WorkflowError
from workflows.evidence.models import CheckReport
from workflows.plans.models import Requirement
from workflows.plans.queries import get_requirement
from workflows.signoff import certificates
from workflows.signoff.certificates import Proposal
from workflows.signoff.models import CertificateBinding

blueprint = Blueprint("certificates", __name__)


@dataclass(frozen=True)
class Known:
    """What is known of the certificates inside the newest delivery, before one person."""

    holders: Mapping[str, CertificateBinding] = field(default_factory=dict)
    """Who is known by each, by its fingerprint."""
    mine: Sequence[Proposal] = ()
    """Those that fit the person himself."""
    others: Sequence[Proposal] = ()
    """Those that fit somebody else, for an evaluator to confirm."""
    releasable: frozenset[str] = frozenset()
    """Those that the person may release."""


def known_of(requirement: Requirement, report: CheckReport | None, person: Actor) -> Known:
    """Return what is known. A file without signatures asks the database nothing."""
    entries = report.report.get("signatures", ()) if report else ()
    prints = [entry["fingerprint"] for entry in entries if entry.get("fingerprint")]
    if not prints:
        return Known()
    holders = certificates.bindings(prints, region_id=requirement.region_id)
    found = certificates.proposals(requirement, report)
    evaluates = person.holds(Role.EVALUATOR)
    return Known(
        holders,
        mine=[one for one in found if one.official.person_id == person.person_id],
        others=[one for one in found if evaluates and one.official.person_id != person.person_id],
        releasable=frozenset(key for key, row in holders.items() if evaluates or row.person_id == person.person_id),
    )


@blueprint.post("/kewajiban/<uuid:requirement_id>/sertifikat")
@access(writes=True)
def confirm(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Keep whose certificate it is, and let it sign what it has signed."""
    from webapp.plans.requirement_page import render, view_of

    requirement = get_requirement(requirement_id, actor())
    try:
        before = requirement.state
        certificates.confirm(
            requirement,
            actor=actor(),
            fingerprint=request.form.get("fingerprint", ""),
            sha256=request.form.get("sha256", ""),
            person_id=_person(request.form.get("person", "")),
        )
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        view = view_of(get_requirement(requirement_id, actor()))
        drawn = render(view, errors=error_pairs(error.reasons, form="certificate"))
        db.session.commit()
        return drawn, status
    signed = requirement.state != before
    words = _("Sertifikat tercatat, dan tanda tangannya berlaku.") if signed else _("Sertifikat tercatat.")
    flash(words, "success")
    return redirect(url_for("requirements.show", requirement_id=requirement_id), code=303)


@blueprint.post("/kewajiban/<uuid:requirement_id>/sertifikat/<uuid:binding_id>/lepas")
@access(writes=True)
def release(requirement_id: uuid.UUID, binding_id: uuid.UUID) -> ResponseReturnValue:
    """Take a certificate from its holder."""
    certificates.release(binding_id, actor=actor())
    flash(_("Sertifikat dilepas; tanda tangan berikutnya tidak lagi berlaku dengan sendirinya."), "success")
    return redirect(url_for("requirements.show", requirement_id=requirement_id), code=303)


def _person(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise InvalidInputError(Reason("person", "Orang ini tidak dikenal.")) from None
