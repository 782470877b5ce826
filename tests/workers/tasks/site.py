"""A working site for tests of the workers: real engines, a real checker, an office, workers that can be killed."""

import hashlib
import io
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import pypdf
import sqlalchemy as sa
from celery import Celery
from flask import Flask

from storage.base import Bucket, ObjectStore
from storage.keys import intake_key
from tests.support.offices import Office, build_office, issue_plan
from workers import schedule
from workers.app import ORDERS, TaskName, create_celery, sender_of
from workers.main import connect, create_app
from workers.running import Tools, run_job
from workers.settings import WorkerSettings
from workflows.core import audit, jobs
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.models import Job, JobState
from workflows.evidence.media import Media
from workflows.evidence.models import CheckReport, Evidence
from workflows.evidence.operations import Intake, Pages, Placement, new_evidence_id, receive
from workflows.plans.models import Requirement
from workflows.verification.models import OfficialPaper, OfficialPaperKind
from workflows.verification.official_papers import file_official_paper


def pdf(text: str = "monev") -> bytes:
    """A whole one-page PDF, different for each text."""
    writer = pypdf.PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.add_metadata({"/Title": text})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@dataclass
class Site:
    """What a test works with. Its methods commit."""

    settings: WorkerSettings
    app: Flask
    celery: Celery
    tools: Tools
    office_: Office | None = None

    @property
    def store(self) -> ObjectStore:
        return self.tools.store

    @property
    def office(self) -> Office:
        """The office, with rows of the session at hand."""
        if self.office_ is None:
            self.office_ = build_office()
            issue_plan(self.office_)
            db.session.commit()
        return self.office_

    def requirement(self, unit: str = "b1", quarter: int = 1) -> Requirement:
        """A cell of the grid."""
        units = {row.code: row.id for row in self.office.units["dpk"]}
        query = sa.select(Requirement).where(Requirement.unit_id == units[unit], Requirement.quarter == quarter)
        return db.session.scalars(query).unique().one()

    def deliver(
        self,
        content: bytes,
        *,
        unit: str = "b1",
        quarter: int = 1,
        sign: bool = False,
        claimed: bytes | None = None,
        others: Sequence[tuple[str, int]] = (),
        who: str = "",
        pages: Mapping[uuid.UUID, Pages] = MappingProxyType({}),
        supporting: Sequence[tuple[str, bytes, Media]] = (),
    ) -> uuid.UUID:
        """Receive a file as the web process does: bytes first, rows second.

        :param claimed: what the row says it is. :param others: units and quarters of further cells that it is for.
        :param supporting: what travels with it: name, contents and kind of each.
        """
        requirements = [self.requirement(*place) for place in ((unit, quarter), *others)]
        taken = self._put(content, "monev.pdf", claimed=claimed)
        files = [replace(self._put(data, name), media=media) for name, data, media in supporting]
        actor = self.office.actor(who or f"head_{unit}")
        receive(requirements, actor=actor, intake=taken, placement=Placement(pages=pages, sign=sign), supporting=files)
        db.session.commit()
        return taken.evidence_id

    def _put(self, content: bytes, name: str, *, claimed: bytes | None = None) -> Intake:
        evidence_id = new_evidence_id()
        key = intake_key(evidence_id)
        self.store.put(Bucket.INTAKE, key, io.BytesIO(content), length=len(content))
        told = claimed or content
        return Intake(evidence_id, key, hashlib.sha256(told).hexdigest(), len(told), name)

    def letter(
        self, number: str, *, kind: OfficialPaperKind = OfficialPaperKind.LETTER, content: bytes | None = None
    ) -> OfficialPaper:
        """File a letter as the web process does, and have it checked and locked by the worker."""
        content = content or pdf(number)
        paper_id = new_evidence_id()
        key = intake_key(paper_id)
        self.store.put(Bucket.INTAKE, key, io.BytesIO(content), length=len(content))
        intake = Intake(paper_id, key, hashlib.sha256(content).hexdigest(), len(content), "surat.pdf")
        inspector = self.office.actor("inspector")
        file_official_paper(
            self.office.agency, kind=kind, number=number, dated_on=now().date(), intake=intake, actor=inspector
        )
        db.session.commit()
        self.do(paper_id)
        db.session.expire_all()
        return db.session.get_one(OfficialPaper, paper_id)

    def job(self, subject_id: uuid.UUID, kind: str = TaskName.CHECK_EVIDENCE) -> Job:
        """The job of that kind about something, as the database has it now."""
        db.session.expire_all()
        return db.session.scalars(sa.select(Job).where(Job.subject_id == subject_id, Job.kind == kind)).one()

    def evidence(self, evidence_id: uuid.UUID) -> Evidence:
        db.session.expire_all()
        return db.session.get_one(Evidence, evidence_id)

    def reports(self, evidence_id: uuid.UUID) -> int:
        return db.session.scalars(
            sa.select(sa.func.count()).select_from(CheckReport).where(CheckReport.evidence_id == evidence_id)
        ).one()

    def do(
        self, subject_id: uuid.UUID, kind: TaskName = TaskName.CHECK_EVIDENCE, *, tools: Tools | None = None
    ) -> None:
        """Run one job here, as a worker would."""
        job_id = self.job(subject_id, kind).id
        db.session.commit()
        run_job(self.app, job_id, work=ORDERS[kind].work, tools=tools or self.tools)

    def work_off(self, *, seconds: float = 10.0, reading: bool = False) -> None:
        """Run whatever is due until all jobs are at an end, waiting for leases to run out where that is needed.

        :param reading: files too, which nothing waits for and which takes seconds a page.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            db.session.rollback()
            open_jobs = sa.select(Job.id, Job.kind).where(Job.state.in_([JobState.QUEUED, JobState.RUNNING]))
            if not reading:
                open_jobs = open_jobs.where(Job.kind != TaskName.READ_EVIDENCE)
            rows = db.session.execute(open_jobs.order_by(Job.queued_at)).all()
            db.session.rollback()
            if not rows:
                return
            for job_id, kind in rows:
                run_job(self.app, job_id, work=ORDERS[TaskName(kind)].work, tools=self.tools)
            schedule.fail_poisoned()
            time.sleep(0.05)
        raise AssertionError("jobs are left over")

    def make_due(self) -> None:
        """Spare a test the wait for the next try."""
        db.session.execute(sa.update(Job).values(run_at=sa.func.now()))
        db.session.commit()

    def killed(
        self, subject_id: uuid.UUID, prepare: Callable[[], None], kind: TaskName = TaskName.CHECK_EVIDENCE
    ) -> None:
        """Run a job in a process of its own that kills itself on the way; ``prepare`` says where, and runs there."""
        job_id = self.job(subject_id, kind).id
        db.session.rollback()
        pid = os.fork()
        if pid == 0:
            try:
                app = create_app(self.settings)  # nothing that the parent connected is touched
                prepare()
                run_job(app, job_id, work=ORDERS[kind].work, tools=connect(self.settings))
            finally:
                os._exit(3)
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status), "the worker was not killed"
        assert os.WTERMSIG(status) == signal.SIGKILL

    def with_tools(self, **changes: Any) -> Tools:
        return replace(self.tools, **changes)

    def chains_hold(self) -> bool:
        return all(report.problem is None for report in audit.verify_all())


def die(module: Any, name: str, *, after: bool = False) -> Callable[[], None]:
    """Return what makes a process kill itself when it comes to that function, before or after what it does."""

    def prepare() -> None:
        real = getattr(module, name)

        def last_act(*arguments: Any, **named: Any) -> None:
            if after:
                real(*arguments, **named)
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(module, name, last_act)

    return prepare


@contextmanager
def open_site(settings: WorkerSettings) -> Iterator[Site]:
    """A site on those engines, inside its application's context."""
    app = create_app(settings)
    tools = connect(settings)
    celery = create_celery(settings, app, tools)
    jobs.register_sender(sender_of(celery))
    with app.app_context():
        try:
            yield Site(settings, app, celery, tools)
        finally:
            jobs.register_sender(lambda job_id, kind: None)
            celery.close()
            db.session.remove()
            db.engine.dispose()
            tools.store.close()  # type: ignore[attr-defined]
