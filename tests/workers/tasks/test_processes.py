"""Workers as they really run: processes of their own, a broker that forgets, a worker that is killed, a warm stop."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import redis
import sqlalchemy as sa

from tests.workers.tasks.site import Site, pdf
from webapp.embedded import Addresses
from workers.main import connect, create_app
from workers.running import EXIT_HUNG, run_job
from workers.schedule import LOST_AFTER
from workers.settings import WorkerSettings
from workflows.core.db import db
from workflows.core.models import Job, JobState
from workflows.evidence.models import CheckState

ROOT = Path(__file__).parents[3]


@contextmanager
def started(part: str, settings: WorkerSettings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker or a beat with an environment of its own; killed with its children if it is still there at the end."""
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_WORKER_URL": settings.database_url,
        "REDIS_URL": settings.broker_url,
        "S3_ENDPOINT": settings.s3_endpoint,
        "S3_ACCESS_KEY": settings.s3_access_key,
        "S3_SECRET_KEY": settings.s3_secret_key,
        "S3_REGION": settings.s3_region,
        "S3_SECURE": "false",
        "CHECKER_SOCKET": settings.checker_socket,
        "SEAL_KEY_FILE": settings.seal_key,
        "WORKER_CONCURRENCY": "2",
        "WORKER_LEASE_SECONDS": str(settings.lease_seconds),
    }
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "workers.main", part], env=environment, cwd=ROOT, stderr=out, start_new_session=True
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children at once, as a machine that loses power does."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for(holds: Callable[[], bool], *, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        db.session.rollback()
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)
    db.session.rollback()


def archived(site: Site, *ids: uuid.UUID) -> bool:
    return all(site.evidence(one).check_state == CheckState.DONE for one in ids)


@pytest.mark.slow
def test_work_survives_a_wiped_broker_and_a_killed_worker(
    site: Site, settings: WorkerSettings, database: Addresses, tmp_path: Path
) -> None:
    first, second = site.deliver(pdf("1"), sign=True), site.deliver(pdf("2"), unit="b2", sign=True)
    with redis.Redis.from_url(database.redis_client_url) as client:
        client.flushall()
    db.session.execute(sa.update(Job).values(sent_at=sa.func.now() - LOST_AFTER))  # spares the test the wait
    db.session.commit()
    log = tmp_path / "log"
    # The checker stands still, so that the worker is in the middle of both jobs when it is killed.
    with started("beat", settings, log), started("beat", settings, log):
        with stopped_checker(settings), started("worker", settings, log) as worker:
            wait_for(lambda: {site.job(one).state for one in (first, second)} == {JobState.RUNNING})
            kill(worker)
        with started("worker", settings, log) as worker:
            wait_for(lambda: archived(site, first, second))
            wait_for(lambda: {site.requirement(unit).state for unit in ("b1", "b2")} == {"signed"})
            worker.terminate()
            assert worker.wait(timeout=10) == 0
    assert (site.reports(first), site.reports(second)) == (1, 1)
    assert site.job(first).attempt == 2
    assert site.chains_hold()
    lines = log.read_text()
    assert f"job.claimed job={site.job(first).id} kind=evidence.check subject={first} attempt=2" in lines
    assert "Traceback" not in lines


def test_work_that_hangs_ends_its_process_and_is_tried_again(site: Site, settings: WorkerSettings) -> None:
    evidence_id = site.deliver(pdf())
    job_id = site.job(evidence_id).id
    db.session.rollback()
    pid = os.fork()
    if pid == 0:
        try:
            tools = connect(settings)
            run_job(create_app(settings), job_id, work=lambda run: time.sleep(60), tools=tools, time_limit=0.2)
        finally:
            os._exit(3)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == EXIT_HUNG
    site.work_off()
    assert archived(site, evidence_id)
    assert site.job(evidence_id).attempt == 2


@contextmanager
def stopped_checker(settings: WorkerSettings) -> Iterator[None]:
    """The checker takes questions and answers none."""
    running = psutil.process_iter(["cmdline"])
    (checker,) = [one for one in running if settings.checker_socket in (one.info["cmdline"] or ())]
    checker.suspend()
    try:
        yield
    finally:
        checker.resume()


@pytest.mark.parametrize("part", ["worker", "beat"])
def test_a_part_without_its_settings_says_which_are_missing(part: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers.main", part], env={}, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "DATABASE_WORKER_URL belum diisi; REDIS_URL belum diisi" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_is_told_how_it_is_called() -> None:
    done = subprocess.run([sys.executable, "-m", "workers.main"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, "worker|beat" in done.stderr) == (2, True)
