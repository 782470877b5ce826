"""Rows that are kept for a time and no longer."""

import datetime as dt

import sqlalchemy as sa

from workers.running import Run
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.models import IdempotencyKey, Job
from workflows.organization.models import SignInFailure

KEPT = dt.timedelta(hours=24)
"""How long the first answer to a key, and a failed sign-in, are remembered (design: contracts)."""
PERIODIC_KEPT = dt.timedelta(days=7)
"""How long periodic work that has ended stays in the ledger: long enough to see what went wrong last weekend."""


def forget_old(run: Run) -> None:
    """Delete old answers, failed sign-ins and ended periodic jobs, whose keys begin with the kind. Safe to run twice.

    The database lets no other job go, least of all one that is about something.
    """
    with run.last_step():
        before, periodic_before = now() - KEPT, now() - PERIODIC_KEPT
        db.session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < before))
        db.session.execute(sa.delete(SignInFailure).where(SignInFailure.at < before))
        db.session.execute(sa.delete(Job).where(Job.key.startswith("periodic."), Job.finished_at < periodic_before))
