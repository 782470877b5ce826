"""The Celery application: its settings, and one task for each kind of job.

A message carries a job's id and nothing else; what is to be done, and whether it still is, stands in the ledger.
A message that comes twice, late, or never therefore costs time only.
"""

import enum
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from celery import Celery, Task
from flask import Flask

from workers.running import Tools, Work, run_job
from workers.settings import WorkerSettings
from workers.tasks import anchors, bundles, custody, evidence, intake, papers, pictures, plans, reading, signoff, tidy
from workflows.core import jobs

PATIENCE_SECONDS = 1.0
"""How long sending a message may wait for a broker that is away; the sweep sends it again."""


class Queue(enum.StrEnum):
    """Where messages wait; ``workflows.core.jobs`` says which kind of job goes into which."""

    CHECKS = "checks"
    BUNDLES = "bundles"
    SHORT = "short"
    READING = "reading"
    """Scans, page by page, some pages a job: what else waits beside it waits for one job at the most."""
    LATER = "later"
    """What nobody waits for before the next step."""


class TaskName(enum.StrEnum):
    """The tasks; each has the name of the kind of job that it does."""

    CHECK_EVIDENCE = "evidence.check"
    READ_EVIDENCE = "evidence.read"
    TAKE_EFFECT = "signoff.take_effect"
    READ_PLAN = "plan.read"
    BUILD_BUNDLE = "bundle.build"
    MAKE_PAPER = "paper.make"
    DRAW_PAGES = "evidence.picture"
    SWEEP_INTAKE = "periodic.intake_sweep"
    TIDY = "periodic.tidy"
    OVERDUE = "periodic.overdue"
    MAKE_ANCHOR = "anchor.make"
    ANCHOR_DAILY = "periodic.anchor"
    SEND_ANCHOR = "anchor.send"
    LOCK = "archive.lock"
    RENEW_LOCKS = "periodic.locks"
    FIXITY = "periodic.fixity"


@dataclass(frozen=True)
class Order:
    """How a kind of job is done."""

    work: Work
    time_limit: int
    """Seconds after which it counts as hanging, and ends its process."""


ORDERS: Mapping[TaskName, Order] = {
    TaskName.CHECK_EVIDENCE: Order(evidence.check, 15 * 60),
    TaskName.READ_EVIDENCE: Order(reading.read, 10 * 60),
    TaskName.TAKE_EFFECT: Order(signoff.take_effect, 60),
    TaskName.READ_PLAN: Order(plans.read, 5 * 60),
    TaskName.BUILD_BUNDLE: Order(bundles.build, 2 * 3600),
    TaskName.MAKE_PAPER: Order(papers.make, 10 * 60),
    TaskName.DRAW_PAGES: Order(pictures.draw, 15 * 60),
    TaskName.SWEEP_INTAKE: Order(intake.sweep, 3600),
    TaskName.TIDY: Order(tidy.forget_old, 5 * 60),
    TaskName.OVERDUE: Order(plans.mark_overdue, 5 * 60),
    TaskName.MAKE_ANCHOR: Order(anchors.make, 5 * 60),
    TaskName.ANCHOR_DAILY: Order(anchors.make, 5 * 60),
    TaskName.SEND_ANCHOR: Order(anchors.send, 5 * 60),
    TaskName.LOCK: Order(custody.lock, 5 * 60),
    TaskName.RENEW_LOCKS: Order(custody.renew, 3600),
    TaskName.FIXITY: Order(custody.fixity, 3600),
}
LONGEST = max(order.time_limit for order in ORDERS.values())


class JobTask(Task):
    """Does the job that a message names, inside the application's context."""

    ignore_result = True

    def __init__(self, app: Flask, name: TaskName, order: Order, tools: Tools) -> None:
        self.flask_app = app
        self.name = name
        self.order = order
        self.tools = tools

    def run(self, job_id: str) -> None:
        """Do one job, or nothing when it is not free."""
        order = self.order
        run_job(self.flask_app, uuid.UUID(job_id), work=order.work, tools=self.tools, time_limit=order.time_limit)


def create_celery(settings: WorkerSettings, app: Flask, tools: Tools) -> Celery:
    """Return the Celery application with every task."""
    celery = Celery("tuntas", broker=settings.broker_url, set_as_current=False)
    celery.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        task_default_queue=Queue.SHORT,
        enable_utc=True,
        timezone="UTC",
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=PATIENCE_SECONDS,
        redis_socket_connect_timeout=PATIENCE_SECONDS,
        broker_transport_options={
            # Above the longest task: redelivery is the ledger's business, and an early one would only find the job
            # taken. The two sweep options keep kombu from adding a minute and a half of its own.
            "visibility_timeout": LONGEST + 600,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            # For sending only: the consumer's own reconnecting goes on for ever.
            "max_retries": 0,
        },
    )
    for name, order in ORDERS.items():
        celery.register_task(JobTask(app, name, order, tools))
    return celery


def sender_of(celery: Celery) -> jobs.Sender:
    """Return what sends a job's message; a broker that is away raises at once."""

    def send(job_id: uuid.UUID, kind: str) -> None:
        celery.send_task(kind, args=[str(job_id)], queue=jobs.queue_of(kind), retry=False, ignore_result=True)

    return send
