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
from dataclasses import replace
from pathlib import Path

import celery.apps.worker  # noqa: F401 - what a fork loads by itself, it does not share
import kombu.transport.redis  # noqa: F401
from celery import Celery, signals
from celery.exceptions import CPendingDeprecationWarning, SecurityWarning
from flask import Flask

import workflows.stages  # noqa: F401 - the whole engine is known before the first job
from storage.minio_store import MinioStore
from workers import logs, schedule
from workers.app import Queue, create_celery
from workers.priority import step_back
from workers.running import Tools
from workers.settings import MissingSettingError, WorkerSettings
from workflows.core.db import db
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
            "pool_pre_ping": True,
            "connect_args": {"connect_timeout": 3},
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
    )
    return Tools(
        store=store,
        inspector=Inspector.connect(settings.checker_socket),
        seal_key_file=Path(settings.seal_key),
        installation=settings.installation,
        lease=dt.timedelta(seconds=settings.lease_seconds),
    )


def create_worker(settings: WorkerSettings) -> tuple[Flask, Celery]:
    """Return the two applications of a worker process, bound to each other."""
    app = create_app(settings)
    return app, create_celery(settings, app, connect(settings))


def run_worker(
    settings: WorkerSettings | None = None, *, queues: Sequence[str] = (), concurrency: int = 0, beat: bool = False
) -> None:
    """Serve the queues (``queues``, else those of the settings, else all) until SIGTERM; then finish what is in hand.

    :param beat: tick too, in a thread.
    :raises SystemExit: always, with the worker's exit status.
    """
    settings = settings or WorkerSettings.from_environment()
    settings = replace(settings, concurrency=concurrency or settings.concurrency)
    step_back()
    logs.configure()
    app, celery = create_worker(settings)
    signals.setup_logging.connect(lambda **_: logs.configure(), weak=False)
    # It warns of root, but foreign bytes are touched by the checker alone, which gives root up; and of what it does
    # after a lost connection, which the ledger settles.
    for category in (SecurityWarning, CPendingDeprecationWarning):
        warnings.filterwarnings("ignore", category=category)
    worker = celery.Worker(
        pool="threads",
        concurrency=settings.concurrency,
        queues=",".join(queues or settings.queues or tuple(Queue)),
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    with _ticking(app, celery) if beat else nullcontext():
        worker.start()
    raise SystemExit(worker.exitcode)


@contextmanager
def _ticking(app: Flask, celery: Celery) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=schedule.run, args=(app, celery, stop), name="beat")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def run_beat(settings: WorkerSettings | None = None) -> None:
    """Tick until SIGTERM or SIGINT."""
    settings = settings or WorkerSettings.from_environment()
    logs.configure()
    app, celery = create_worker(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    schedule.run(app, celery, stop)


def main(arguments: Sequence[str]) -> int:
    """Return the exit status: 2 for wrong use or a missing setting."""
    parts = {"worker": run_worker, "beat": run_beat}
    if len(arguments) != 1 or arguments[0] not in parts:
        print("Pemakaian: python -m workers.main worker|beat", file=sys.stderr)  # noqa: T201
        return 2
    try:
        parts[arguments[0]]()
    except MissingSettingError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
