"""Runs one claimed job: the claim, a heartbeat while it is worked on, steps that are a transaction each, and its end.

A task is a function of one :class:`Run`. Whatever it writes is written in ``run.step()`` or ``run.last_step()``; both
begin by naming the lease, so that a worker that was taken for dead writes nothing, and between them no transaction is
open.
"""

import contextlib
import datetime as dt
import logging
import math
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from storage.base import ObjectStore
from workers import logs, retry
from workers.clamd import Scanner
from workers.witnesses import NOWHERE, Witnesses
from workflows.bundles.seal import SealKey, load_or_create_key
from workflows.core import jobs
from workflows.core.db import db
from workflows.evidence.inspection import Inspector

log = logging.getLogger(__name__)

EXIT_HUNG = 75
"""Status of a process that ended itself because its work would not end."""


@dataclass(frozen=True)
class Tools:
    """What tasks work with. Safe to use from several threads."""

    store: ObjectStore
    inspector: Inspector
    seal_key_file: Path
    installation: str
    lease: dt.timedelta
    """How long after its last sign of life a worker counts as dead."""
    scanner: Scanner | None = None
    """`None` where no virus scanner is set up."""
    witnesses: Witnesses = NOWHERE
    fixity_rate: float = 20.0
    """MiB a second at which the archive is read again; 0: as fast as it goes."""

    def seal_key(self) -> SealKey:
        """Return the key that seals bundles. :raises SealKeyError: it may not be used."""
        return load_or_create_key(self.seal_key_file)


@dataclass(frozen=True)
class Run:
    """One claimed job and what it is done with."""

    held: jobs.Claim
    tools: Tools

    @property
    def subject_id(self) -> uuid.UUID:
        """Return what the job is about."""
        if self.held.subject_id is None:
            raise LookupError(f"a job of kind {self.held.kind} without a subject")
        return self.held.subject_id

    @contextlib.contextmanager
    def step(self) -> Iterator[None]:
        """One transaction in the middle of the work. :raises LeaseLostError: another worker has the job."""
        with _transaction():
            jobs.renew(self.held, lease=self.tools.lease)
            yield

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """A transaction that holds true whoever has the job, such as that bytes are gone."""
        with _transaction():
            yield

    @contextlib.contextmanager
    def last_step(self) -> Iterator[None]:
        """The transaction of the effect, which ends the job. :raises LeaseLostError: another worker has the job."""
        with _transaction():
            jobs.finish(self.held)
            yield


Work = Callable[[Run], None]


@contextlib.contextmanager
def _transaction() -> Iterator[None]:
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise


def run_job(app: Flask, job_id: uuid.UUID, *, work: Work, tools: Tools, time_limit: float = math.inf) -> None:
    """Do a job if it is free. How it ended is in the ledger.

    Safe to be called any number of times for one job: only the holder of the lease works, and every task is safe to
    run twice.

    :param time_limit: seconds after which this whole process ends: a thread that hangs cannot be ended by itself, and
        must not keep its lease alive for ever. The job is then tried again like any whose worker died.
    """
    with app.app_context(), logs.bound(job=job_id):
        with _transaction():
            held = jobs.claim(job_id, lease=tools.lease)
        if held is None:
            log.info("job.not_free")
            return
        with logs.bound(kind=held.kind, subject=held.subject_id, attempt=held.attempt):
            log.info("job.claimed")
            with _heartbeat(app, held, tools.lease, time_limit):
                _do(work, Run(held, tools))


def _do(work: Work, run: Run) -> None:
    try:
        work(run)
        log.info("job.done")
    except jobs.LeaseLostError:
        log.warning("job.lease_lost")
    except Exception as error:  # whatever it is, people are told once and the ledger keeps it
        db.session.rollback()
        retry.settle(run.held, error)


@contextlib.contextmanager
def _heartbeat(app: Flask, held: jobs.Claim, lease: dt.timedelta, time_limit: float) -> Iterator[None]:
    """Prolong the lease from a thread while the work goes on, so that a short lease fits long work."""
    over = threading.Event()
    end = time.monotonic() + time_limit

    def beat() -> None:
        while not over.wait(min(lease.total_seconds() / 3, max(0.0, end - time.monotonic()))):
            if time.monotonic() >= end:
                log.critical("job.hung", extra={"job": held.job_id, "kind": held.kind, "subject": held.subject_id})
                os._exit(EXIT_HUNG)
            try:
                with app.app_context(), _transaction():
                    jobs.renew(held, lease=lease)
            except jobs.LeaseLostError:
                return  # done, or another's: the work finds out at its next step
            except Exception:  # the next beat may fare better, and a lost lease costs only time
                log.exception("job.heartbeat_failed")

    thread = threading.Thread(target=beat, name=f"heartbeat-{held.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
