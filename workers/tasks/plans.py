"""A delivered report or plan: read by the checker, shown to whoever sent it; and the clock of the follow-up."""

import sqlalchemy as sa

from workers.running import Run
from workers.tasks import intake
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.organization.models import Region
from workflows.plans import deadlines, operations
from workflows.plans.models import PlanImport


def read(run: Run) -> None:
    """Read a plan and keep what was read, or why it cannot be. Safe to run twice: only the answer is written."""
    with run.step():
        row = db.session.get_one(PlanImport, run.subject_id)
        key, sha256, size, name = row.intake_key, row.sha256, row.size, row.filename
    with intake.fetched(run.tools.store, key, sha256=sha256, size=size) as file:
        answer = run.tools.inspector.read_plan(file, filename=name)
    error = answer.get("error")
    with run.last_step():
        operations.record_reading(
            run.subject_id,
            document=answer.get("ok"),
            beside=answer.get("beside"),
            error=Reason(**error) if error else None,
        )


def mark_overdue(run: Run) -> None:
    """Mark what has missed its deadline, region by region, each on its own day. Safe to run twice."""
    with run.step():
        regions = list(db.session.scalars(sa.select(Region.id).order_by(Region.id)))
    for region_id in regions:
        with run.step():
            deadlines.mark_overdue(db.session.get_one(Region, region_id))
    with run.last_step():
        pass
