"""Signatures that a delivery brings along take effect once the check has passed."""

from workers.running import Run
from workflows.signoff import effects


def take_effect(run: Run) -> None:
    """Sign as the paper and the uploader say. Safe to run twice: a requirement that is signed is not signed again."""
    with run.last_step():
        effects.take_effect(run.subject_id)
