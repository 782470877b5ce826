"""Rows that are kept for a day and no longer."""

import datetime as dt

import sqlalchemy as sa

from workers.running import Run
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.models import IdempotencyKey
from workflows.organization.models import SignInFailure

KEPT = dt.timedelta(hours=24)
"""How long the first answer to a key, and a failed sign-in, are remembered (design: contracts)."""


def forget_old(run: Run) -> None:
    """Delete remembered answers and failed sign-ins that are older than a day. Safe to run twice."""
    with run.last_step():
        before = now() - KEPT
        db.session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
        db.session.execute(sa.delete(SignInFailure).where(SignInFailure.at < before))
