"""A signature that was given with the upload takes effect once the check has passed."""

from workers.running import Run
from workflows.signoff import operations


def take_effect(run: Run) -> None:
    """Sign for the uploader. Safe to run twice: a requirement that is signed is not signed again."""
    with run.last_step():
        operations.take_effect(run.subject_id)
