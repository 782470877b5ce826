"""Signatures on the paper: what was claimed of the newest delivery, and the two answers of the holder."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.refusals import error_pairs, note
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, Reason, WorkflowError
from workflows.core.transitions import Action
from workflows.evidence.models import CheckReport
from workflows.plans.models import Requirement
from workflows.plans.queries import get_requirement
from workflows.signoff import ink
from workflows.signoff.models import ClaimState, InkClaim, SignOffRole

blueprint = Blueprint("ink", __name__)
_INCOMPLETE = Reason("version", "Formulir ini tidak lengkap. Muat ulang halaman lalu coba lagi.")


@dataclass(frozen=True)
class Claimed:
    """A signature on the paper, before one person."""

    row: InkClaim
    made: dt.date | None
    """When the PDF was made, where that is after the date on the paper."""
    mine: bool
    """Whether the person can answer it."""
    signs: bool
    """Whether saying yes takes a step."""


def claims_of(
    requirement: Requirement, report: CheckReport | None, person: Actor, allowed: frozenset[Action]
) -> list[Claimed]:
    """Return what was claimed of the newest delivery."""
    if requirement.newest_evidence_id is None:
        return []
    found = []
    for row in ink.claims_of(requirement):
        open_ = row.state in (ClaimState.CLAIMED, ClaimState.ACCEPTED)
        signs = row.state == ClaimState.CLAIMED and ink.ACTIONS[row.role] in allowed
        found.append(
            Claimed(
                row,
                made=ink.made_after(row, report.report, zone=formats.zone()) if report else None,
                mine=open_ and row.person_id == person.person_id,
                signs=signs,
            )
        )
    return found


@blueprint.post("/kewajiban/<uuid:requirement_id>/tinta")
@access(writes=True)
def confirm(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Say that it is one's own signature."""
    return _answer(requirement_id, ink.confirm, done=_("Tanda tangan Anda di kertas tercatat."))


@blueprint.post("/kewajiban/<uuid:requirement_id>/tinta/sangkal")
@access(writes=True)
def dispute(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Say that it is not."""
    return _answer(
        requirement_id, ink.dispute, done=_("Tercatat: itu bukan tanda tangan Anda. Berkas ini tidak berlaku.")
    )


def _answer(requirement_id: uuid.UUID, answer: Callable[..., Requirement], *, done: str) -> ResponseReturnValue:
    from webapp.plans.requirement_page import render, view_of

    requirement = get_requirement(requirement_id, actor())
    try:
        role, version = request.form.get("role", ""), request.form.get("version", "")
        if role not in list(SignOffRole) or not (version.isascii() and version.isdigit()) or len(version) > 9:
            raise InvalidInputError(_INCOMPLETE)
        sha256 = request.form.get("sha256", "")
        answer(requirement, SignOffRole(role), actor=actor(), sha256=sha256, version=int(version))
    except NotFoundError:
        raise
    except WorkflowError as error:
        status = note(error)
        view = view_of(get_requirement(requirement_id, actor()))
        drawn = render(view, errors=error_pairs(error.reasons, form="ink"))
        db.session.commit()
        return drawn, status
    flash(done, "success")
    return redirect(url_for("requirements.show", requirement_id=requirement_id), code=303)
