"""Starts a worker or the beat: ``python -m workers.main worker|beat``, or called in a fork of the supervisor.

A worker is one process that does each job in a thread: the work is waiting for database, store and checker, which share
one interpreter well, and an interpreter more costs 30 MB.
"""

import datetime as dt
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import celery.app.amqp
import celery.app.control
import celery.app.events
import celery.app.log
import celery.apps.worker
import celery.concurrency.thread
import celery.events.receiver
import celery.worker.autoscale
import celery.worker.components
import celery.worker.consumer
import celery.worker.control
import celery.worker.loops
import celery.worker.strategy  # noqa: F401
import kombu.transport.redis  # noqa: F401
from celery import Celery, signals
from celery.exceptions import CPendingDeprecationWarning, SecurityWarning
from flask import Flask

import workflows.stages  # noqa: F401 - the whole engine is known before the first job
from storage.minio_store import MinioStore
from workers import logs, schedule
from workers.app import Queue, create_celery, sender_of
from workers.clamd import Scanner
from workers.priority import step_back
from workers.running import Tools
from workers.settings import MissingSettingError, WorkerSettings
from workflows.core import heap, jobs
from workflows.core.db import KEEP_ALIVE, db
from workflows.evidence.inspection import Inspector


def create_app(settings: WorkerSettings) -> Flask:
    """Return an application with the database and nothing else. Nothing is connected yet."""
    app = Flask("workers")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            # Each job's work and its heartbeat, and the beat.
            "pool_size": 2 * settings.concurrency + 1,
            "max_overflow": 0,
            "connect_args": KEEP_ALIVE,
        },
    )
    db.init_app(app)
    return app


def connect(settings: WorkerSettings) -> Tools:
    """Return the tools of this process; a socket is first opened when it is needed."""
    store = MinioStore.connect(
        settings.s3_endpoint,
        settings.s3_access_key,
        settings.s3_secret_key,
        region=settings.s3_region,
        secure=settings.s3_secure,
        bucket_prefix=settings.bucket_prefix,
        mode=settings.lock_mode,
    )
    return Tools(
        store=store,
        inspector=Inspector.connect(settings.checker_socket),
        seal_key_file=Path(settings.seal_key),
        installation=settings.installation,
        lease=dt.timedelta(seconds=settings.lease_seconds),
        scanner=Scanner.at(settings.clamd) if settings.clamd else None,
        witnesses=settings.witnesses,
        fixity_rate=settings.fixity_rate,
    )


@dataclass(frozen=True)
class Worker:
    """What works jobs off, or only ticks. Made before a fork it is shared by all that run it: nothing is connected."""

    settings: WorkerSettings
    app: Flask
    celery: Celery

    @classmethod
    def create(cls) -> "Worker":
        """Return a worker with the settings of the environment. :raises MissingSettingError: some are missing."""
        settings = WorkerSettings.from_environment()
        app = create_app(settings)
        return cls(settings, app, create_celery(settings, app, connect(settings)))

    def run(self, *, queues: Sequence[str] = (), concurrency: int = 0, beat: bool = False) -> None:
        """Serve the queues (else those of the settings, else all) until SIGTERM; then finish what is in hand.

        :param beat: tick too, in a thread.
        :raises SystemExit: always, with the worker's exit status.
        """
        step_back()
        self._begin()
        signals.setup_logging.connect(lambda **_: logs.configure(), weak=False)
        # It warns of root, but foreign bytes are touched by the checker alone, which gives root up; and of what it
        # does after a lost connection, which the ledger settles.
        for category in (SecurityWarning, CPendingDeprecationWarning):
            warnings.filterwarnings("ignore", category=category)
        worker = self.celery.Worker(
            pool="threads",
            concurrency=concurrency or self.settings.concurrency,
            queues=",".join(queues or self.settings.queues or tuple(Queue)),
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            quiet=True,
        )
        with self._ticking() if beat else nullcontext():
            worker.start()
        raise SystemExit(worker.exitcode)

    def run_beat(self) -> None:
        """Tick until SIGTERM or SIGINT."""
        self._begin()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        schedule.run(self.app, self.celery, stop)

    def _begin(self) -> None:
        logs.configure()
        jobs.register_sender(sender_of(self.celery))

    @contextmanager
    def _ticking(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=schedule.run, args=(self.app, self.celery, stop), name="beat")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def main(arguments: Sequence[str]) -> int:
    """Return the exit status: 2 for wrong use or a missing setting."""
    parts = {"worker": Worker.run, "beat": Worker.run_beat}
    if len(arguments) != 1 or arguments[0] not in parts:
        print("Pemakaian: python -m workers.main worker|beat", file=sys.stderr)  # noqa: T201
        return 2
    heap.keep_small()
    try:
        parts[arguments[0]](Worker.create())
    except MissingSettingError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
