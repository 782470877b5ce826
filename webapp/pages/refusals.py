"""A refused form comes back in its place, with every reason above it, instead of a bare page."""

from collections.abc import Sequence
from http import HTTPStatus

from webapp.errors import STATUS, note_refusal
from webapp.language import say
from workflows.core.db import db
from workflows.core.errors import Reason, WorkflowError

FIELDS = {"reason_missing": "reason", "reason_code_missing": "reason_code"}
"""The part of a field's id that a reason belongs to; the form's own name stands before it."""

Errors = list[tuple[str | None, str]]


def note(error: WorkflowError) -> HTTPStatus:
    """Roll back, keep the refusal in the access chain, and return its status."""
    db.session.rollback()
    note_refusal(error)
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), HTTPStatus.CONFLICT)


def error_pairs(reasons: Sequence[Reason], *, form: str) -> Errors:
    """Return what ``error_summary`` shows: a field's id, where one is to blame, and the sentence."""

    def field(reason: Reason) -> str | None:
        return f"{form}-{FIELDS[reason.code]}" if reason.code in FIELDS else None

    return [(field(reason), say(reason.message)) for reason in reasons]
