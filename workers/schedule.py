"""The beat: every two seconds it sends again what nobody holds and fails what killed its worker too often.

It orders periodic work too, and keeps nothing in memory or on disk: periodic work is a job whose key names the hour,
so any number of beats make one job of it.
"""

import datetime as dt
import logging
import threading
from dataclasses import dataclass

import sqlalchemy as sa
from celery import Celery
from flask import Flask

from workers import retry
from workers.app import Queue, TaskName
from workflows.core import jobs
from workflows.core.db import db

log = logging.getLogger(__name__)

TICK_SECONDS = 2.0
LOST_AFTER = dt.timedelta(seconds=10)
"""How long after it was sent a message counts as lost while the queues are empty."""
LOST_IN_A_CROWD_AFTER = dt.timedelta(minutes=10)
"""The same while messages wait: they probably stand in line, and sending them again would only make it longer."""


@dataclass(frozen=True)
class Periodic:
    """Work that is to be done once in every slot of time."""

    name: TaskName
    every: dt.timedelta


PERIODIC = (
    Periodic(TaskName.SWEEP_INTAKE, dt.timedelta(hours=1)),
    Periodic(TaskName.TIDY, dt.timedelta(hours=1)),
    Periodic(TaskName.OVERDUE, dt.timedelta(hours=1)),
    Periodic(TaskName.ANCHOR_DAILY, dt.timedelta(days=1)),
    Periodic(TaskName.RENEW_LOCKS, dt.timedelta(days=1)),
    Periodic(TaskName.FIXITY, dt.timedelta(hours=1)),
)


def run(app: Flask, celery: Celery, stop: threading.Event) -> None:
    """Tick until told to stop; whatever is away is waited for."""
    while not stop.is_set():
        try:
            with app.app_context():
                tick(celery)
        except Exception:  # a beat that dies of a hiccup helps nobody; the next tick sees everything again
            log.exception("beat.tick_failed")
        stop.wait(TICK_SECONDS)


def tick(celery: Celery) -> None:
    """Do everything that is due now."""
    fail_poisoned()
    order_periodic()
    send_unheld(celery)


def fail_poisoned() -> None:
    """Fail the jobs whose every attempt ended with a lost worker, and show it where people look."""
    for held in jobs.poisoned():
        log.error("job.poisoned", extra={"job": held.job_id, "kind": held.kind, "subject": held.subject_id})
        try:
            with db.session.begin_nested():
                retry.give_up(held, retry.LOST)
        except Exception:
            # What it was about cannot be told; the ledger says so at least, and the others get their turn.
            log.exception("job.failure_not_shown", extra={"job": held.job_id})
            jobs.fail(held, code=retry.LOST.code, message=retry.LOST.message)
    db.session.commit()


def order_periodic() -> None:
    """Write the job of the present slot of each periodic work, unless it was written."""
    seconds = float(db.session.scalars(sa.select(sa.extract("epoch", sa.func.clock_timestamp()))).one())
    for entry in PERIODIC:
        slot = int(seconds // entry.every.total_seconds())
        jobs.enqueue(entry.name, key=f"{entry.name}:{slot}")
    db.session.commit()


def send_unheld(celery: Celery) -> None:
    """Send again what is due and held by nobody."""
    try:
        waiting = _waiting(celery)
    except Exception as error:  # whatever the broker's client raises, there is nothing to send by
        log.warning("beat.broker_away", extra={"error": repr(error)})
        return
    again = jobs.unheld(quiet=LOST_IN_A_CROWD_AFTER if waiting else LOST_AFTER)
    db.session.commit()
    for job_id, kind in again:
        jobs.send(job_id, kind)
    if again:
        log.info("beat.sent_again", extra={"jobs": len(again)})


def _waiting(celery: Celery) -> int:
    """Return how many messages stand in the queues."""
    with celery.connection_for_read() as connection:
        connection.ensure_connection(max_retries=0)
        client = connection.default_channel.client
        return sum(client.llen(queue) for queue in Queue)
