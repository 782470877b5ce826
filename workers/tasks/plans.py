"""A delivered report or plan: read by the checker, shown to whoever sent it."""

from workers.running import Run
from workers.tasks import intake
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.plans import operations
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
