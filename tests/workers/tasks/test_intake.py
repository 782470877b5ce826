"""The sweep of the intake, and the rows that are kept for a time."""

import datetime as dt
import io
import uuid
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from storage.base import Bucket, StoredObject
from storage.errors import ObjectMissingError
from tests.workers.tasks.site import Site, pdf
from workers import schedule
from workers.app import TaskName
from workers.tasks import intake as task
from workers.tasks.tidy import PERIODIC_KEPT
from workflows.archive import intake
from workflows.core import jobs
from workflows.core.db import db
from workflows.core.models import AuditEvent, IdempotencyKey, Job
from workflows.organization.models import SignInFailure


class Aged:
    """A store whose intake says that everything in it is older than it is: nobody can back-date an S3 object."""

    def __init__(self, inner: Any, age: dt.timedelta) -> None:
        self._inner, self._age = inner, age

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def list(self, bucket: Bucket, prefix: str = "", *, versions: bool = False) -> Any:
        for found in self._inner.list(bucket, prefix, versions=versions):
            yield replace(found, modified_at=found.modified_at - self._age)


def run(site: Site, kind: TaskName, *, age: dt.timedelta | None = None) -> None:
    """Do one piece of periodic work."""
    key = f"{kind}:{uuid.uuid4()}"
    jobs.enqueue(kind, key=key, subject_id=uuid.uuid4())
    db.session.commit()
    subject_id = db.session.scalars(sa.select(Job.subject_id).where(Job.key == key)).one()
    assert subject_id is not None
    tools = site.with_tools(store=Aged(site.store, age)) if age else site.tools
    site.do(subject_id, kind, tools=tools)
    assert site.job(subject_id, kind).state == "done"


def there(site: Site, key: str) -> StoredObject | None:
    try:
        return site.store.stat(Bucket.INTAKE, key)
    except ObjectMissingError:
        return None


def test_bytes_that_no_row_knows_go_after_a_day_and_not_before(site: Site) -> None:
    kept = site.deliver(pdf())
    orphan, strange = str(uuid.uuid4()), f"strange-{uuid.uuid4().hex}"
    for key in (orphan, strange):
        site.store.put(Bucket.INTAKE, key, io.BytesIO(b"left behind"))
    run(site, TaskName.SWEEP_INTAKE)
    assert there(site, orphan) is not None
    run(site, TaskName.SWEEP_INTAKE, age=intake.ORPHAN_AGE)
    assert there(site, orphan) is None
    assert there(site, str(kept)) is not None
    assert there(site, strange) is not None, "what no upload made is nobody's to remove"
    site.store.remove(Bucket.INTAKE, strange)


def test_archived_bytes_that_a_dead_worker_left_go_with_the_sweep(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence_id = site.deliver(pdf())
    monkeypatch.setattr(task, "forget", lambda *_: None)
    site.do(evidence_id)
    assert there(site, str(evidence_id)) is not None
    monkeypatch.undo()
    run(site, TaskName.SWEEP_INTAKE)
    assert there(site, str(evidence_id)) is None
    assert site.evidence(evidence_id).intake_removed_at is not None


def test_refused_bytes_go_after_ninety_days_and_the_log_tells(site: Site) -> None:
    evidence_id = site.deliver(b"not a paper")
    site.do(evidence_id)
    run(site, TaskName.SWEEP_INTAKE)
    assert there(site, str(evidence_id)) is not None
    site.evidence(evidence_id).check_since -= intake.REFUSED_TERM
    db.session.commit()
    for _ in range(2):
        run(site, TaskName.SWEEP_INTAKE)
    assert there(site, str(evidence_id)) is None
    evidence = site.evidence(evidence_id)
    assert (evidence.verdict, evidence.intake_removed_at is not None) == ("reject", True)
    told = sa.select(AuditEvent).where(
        AuditEvent.kind == "evidence.bytes_removed", AuditEvent.subject_id == evidence_id
    )
    assert len(list(db.session.scalars(told))) == 1


def test_answers_and_failed_sign_ins_are_kept_for_a_day(site: Site) -> None:
    account_id = site.office.accounts["head"].id
    now = db.session.scalars(sa.select(sa.func.now())).one()
    for hours in (1, 25):
        at = now - dt.timedelta(hours=hours)
        known = {"fingerprint": "x", "status": 200, "response": {}, "created_at": at}
        db.session.add(IdempotencyKey(account_id=account_id, route="r", key=str(hours), **known))
        db.session.add(SignInFailure(identity=str(hours), address="a", at=at))
    db.session.commit()
    run(site, TaskName.TIDY)
    assert list(db.session.scalars(sa.select(IdempotencyKey.key))) == ["1"]
    assert list(db.session.scalars(sa.select(SignInFailure.identity))) == ["1"]


def test_ended_periodic_work_goes_after_its_days_and_nothing_else_does(site: Site) -> None:
    """The schedule orders work in every hour: its rows would pile up for ever."""
    delivery = site.deliver(pdf())
    schedule.order_periodic()
    site.work_off()
    jobs.enqueue(TaskName.TIDY, key="periodic.tidy:open")
    keys = set(db.session.scalars(sa.select(Job.key)))
    ended = {key for key in keys if key.startswith("periodic.")}
    longer = sa.func.now() - PERIODIC_KEPT - dt.timedelta(hours=1)
    db.session.execute(sa.update(Job).where(Job.finished_at.is_not(None)).values(finished_at=longer))
    young = next(key for key in ended if key.startswith(TaskName.SWEEP_INTAKE))
    db.session.execute(sa.update(Job).where(Job.key == young).values(finished_at=sa.func.now() - PERIODIC_KEPT / 2))
    db.session.commit()
    run(site, TaskName.TIDY)
    left = set(db.session.scalars(sa.select(Job.key))) & keys
    assert left == keys - ended | {young, "periodic.tidy:open"}
    assert site.job(delivery).state == "done"


def test_the_database_lets_no_other_job_go(site: Site) -> None:
    delivery = site.deliver(pdf())
    site.work_off()
    db.session.execute(sa.delete(Job))
    db.session.commit()
    assert site.job(delivery).state == "done"
