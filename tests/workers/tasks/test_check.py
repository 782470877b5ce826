"""The check of a delivery: its ends, and a worker that dies at each step of it."""

import contextlib
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from storage.base import Bucket
from storage.errors import ObjectMissingError
from tests.support.scanners import EICAR, running_clamd
from tests.support.stores import FaultyStore
from tests.workers.tasks.site import Site, die, pdf
from workers import running
from workers.clamd import Scanner
from workers.tasks import evidence as task
from workers.tasks import intake
from workflows.archive.operations import archived_of
from workflows.core.db import db
from workflows.core.models import JobState
from workflows.evidence.inspection import CheckerAwayError, Inspector
from workflows.evidence.models import CheckReport, CheckState


def assert_archived(site: Site, evidence_id: uuid.UUID, content: bytes) -> None:
    """Everything that must hold of an accepted delivery, whatever happened on the way."""
    evidence = site.evidence(evidence_id)
    assert (evidence.check_state, evidence.check_why) == (CheckState.DONE, None)
    assert site.reports(evidence_id) == 1
    assert site.job(evidence_id).state == JobState.DONE
    archived = archived_of(evidence_id)
    assert archived is not None
    with site.store.open(Bucket.ARCHIVE, archived.key, version_id=archived.version_id) as stream:
        assert stream.read() == content
    stored = site.store.stat(Bucket.ARCHIVE, archived.key, version_id=archived.version_id)
    assert stored.retain_until is not None
    assert stored.retain_until >= archived.retain_until
    assert site.chains_hold()


def test_an_accepted_delivery_is_archived_and_its_received_bytes_go(site: Site) -> None:
    content = pdf()
    evidence_id = site.deliver(content)
    site.work_off()
    assert_archived(site, evidence_id, content)
    assert site.evidence(evidence_id).intake_removed_at is not None
    with pytest.raises(ObjectMissingError):
        site.store.stat(Bucket.INTAKE, str(evidence_id))


def test_a_delivery_for_several_cells_is_checked_archived_and_signed_once_for_all(site: Site) -> None:
    content = pdf()
    evidence_id = site.deliver(content, sign=True, others=[("b1", 2), ("b1", 3)])
    site.work_off()
    assert_archived(site, evidence_id, content)
    db.session.expire_all()
    assert {site.requirement("b1", quarter).state for quarter in (1, 2, 3)} == {"signed"}
    assert (
        len(
            [
                found
                for found in site.store.list(Bucket.ARCHIVE, versions=True)
                if found.key == archived_key(evidence_id)
            ]
        )
        == 1
    )


def archived_key(evidence_id: uuid.UUID) -> str:
    """Where a delivery lies in the archive."""
    archived = archived_of(evidence_id)
    assert archived is not None
    return archived.key


def test_a_refused_delivery_sends_back_all_its_cells(site: Site) -> None:
    site.deliver(b"not a paper", who="operator", others=[("b2", 1)])
    site.work_off()
    db.session.expire_all()
    found = [site.requirement(unit, 1) for unit in ("b1", "b2")]
    assert [(row.state, row.return_code) for row in found] == [("drafted", "CHECK_REFUSED")] * 2


def test_a_signature_given_with_the_upload_takes_effect_after_the_check(site: Site) -> None:
    site.deliver(pdf(), sign=True)
    assert site.requirement().state == "evidence_uploaded"
    site.work_off()
    db.session.expire_all()
    assert site.requirement().state == "signed"


def test_a_refused_delivery_goes_back_and_its_bytes_stay(site: Site) -> None:
    evidence_id = site.deliver(b"GIF89a this is not a paper")
    site.work_off()
    evidence = site.evidence(evidence_id)
    assert (evidence.verdict, evidence.check_state) == ("reject", CheckState.DONE)
    assert site.requirement().state == "drafted"
    assert archived_of(evidence_id) is None
    assert evidence.intake_removed_at is None
    assert site.store.stat(Bucket.INTAKE, str(evidence_id)).size == evidence.size


def test_bytes_that_are_not_what_was_received_fail_the_check_loudly(site: Site) -> None:
    evidence_id = site.deliver(pdf("swapped"), claimed=pdf("received"))
    site.work_off()
    evidence, job = site.evidence(evidence_id), site.job(evidence_id)
    assert (evidence.check_state, job.state, job.error_code) == (CheckState.FAILED, JobState.FAILED, "digest_mismatch")
    assert "tidak sama dengan yang diterima" in (evidence.check_why or "")
    assert site.reports(evidence_id) == 0


def test_a_late_report_of_an_older_revision_is_only_recorded(site: Site) -> None:
    older = site.deliver(b"not a paper at all, and late")
    newer = site.deliver(pdf("the right one"))
    site.do(newer)
    site.do(older)
    assert site.evidence(older).verdict == "reject"
    requirement = site.requirement()
    assert (requirement.state, requirement.newest_evidence_id) == ("evidence_uploaded", newer)
    assert requirement.returned_at is None


def test_no_transaction_is_open_while_the_checker_works(site: Site) -> None:
    seen: list[bool] = []

    class Watching:
        def check(self, *arguments: Any, **named: Any) -> Any:
            seen.append(db.session().in_transaction())
            return site.tools.inspector.check(*arguments, **named)

    evidence_id = site.deliver(pdf())
    site.do(evidence_id, tools=site.with_tools(inspector=Watching()))
    assert seen == [False]


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(die(task, "_begin"), id="after the claim"),
        pytest.param(die(task, "_judge", after=True), id="after the check"),
        pytest.param(die(task.operations, "record_report", after=True), id="before the report is committed"),
        pytest.param(die(task, "archive"), id="after the report"),
        pytest.param(die(task, "archive", after=True), id="after the archive put"),
        pytest.param(die(task, "record_archived", after=True), id="before the archive is committed"),
        pytest.param(die(intake, "forget"), id="after the commit"),
    ],
)
def test_a_worker_killed_at_any_step_loses_nothing(site: Site, step: Callable[[], None]) -> None:
    content = pdf()
    evidence_id = site.deliver(content, sign=True)
    site.killed(evidence_id, step)
    site.work_off()
    assert_archived(site, evidence_id, content)
    db.session.expire_all()
    assert site.requirement().state == "signed"
    versions = list(site.store.list(Bucket.ARCHIVE, archived_of(evidence_id).key, versions=True))  # type: ignore[union-attr]
    assert len(versions) == 1


def _wait_for_the_lease(site: Site, evidence_id: uuid.UUID) -> None:
    while True:
        lease, at = site.job(evidence_id).lease_until, db.session.scalars(sa.select(sa.func.clock_timestamp())).one()
        db.session.rollback()
        if lease is None or lease < at:
            return
        time.sleep(0.05)


def test_a_file_that_kills_its_worker_stops_after_three_claims_and_is_shown(site: Site) -> None:
    evidence_id = site.deliver(pdf())
    for _ in range(3):
        _wait_for_the_lease(site, evidence_id)
        site.killed(evidence_id, die(task, "_judge"))
    site.work_off()
    evidence, job = site.evidence(evidence_id), site.job(evidence_id)
    assert (job.state, job.attempt, job.error_code) == (JobState.FAILED, 3, "worker_lost")
    assert evidence.check_state == CheckState.FAILED
    assert "3 kali" in (evidence.check_why or "")
    assert archived_of(evidence_id) is None
    assert site.store.stat(Bucket.INTAKE, str(evidence_id)).size == evidence.size
    assert site.chains_hold()


def test_a_store_that_is_away_is_waited_for_and_the_waiting_is_shown(site: Site) -> None:
    content = pdf()
    evidence_id = site.deliver(content)
    away = FaultyStore(site.store, away=True)
    site.do(evidence_id, tools=site.with_tools(store=away))
    evidence, job = site.evidence(evidence_id), site.job(evidence_id)
    assert (evidence.check_state, job.state, job.attempt) == (CheckState.WAITING, JobState.QUEUED, 0)
    assert "penyimpanan" in (evidence.check_why or "")
    assert job.run_at > job.queued_at
    site.work_off()
    assert_archived(site, evidence_id, content)


@pytest.mark.parametrize("call", range(1, 7))
@pytest.mark.parametrize("after", [False, True])
def test_a_store_that_fails_at_any_call_only_delays_the_archive(site: Site, call: int, after: bool) -> None:
    content = pdf()
    evidence_id = site.deliver(content)
    site.do(evidence_id, tools=site.with_tools(store=FaultyStore(site.store, fail_at=call, after=after)))
    site.make_due()
    site.work_off()
    assert_archived(site, evidence_id, content)


def test_a_checker_that_is_away_is_waited_for(site: Site, tmp_path: Path) -> None:
    evidence_id = site.deliver(pdf())
    nobody = Inspector.connect(tmp_path / "nobody")
    with pytest.raises(CheckerAwayError), open(__file__, "rb") as file:
        nobody.check(file, name="x")
    site.do(evidence_id, tools=site.with_tools(inspector=nobody))
    assert "pemeriksa" in (site.evidence(evidence_id).check_why or "")
    assert site.job(evidence_id).state == JobState.QUEUED


@pytest.mark.parametrize(
    ("meanwhile", "place", "effect"),
    [("_judge", task.operations, "record_report"), ("archive", task, "record_archived")],
    ids=["before its report", "before its archive row"],
)
def test_a_worker_whose_lease_was_lost_writes_nothing(
    site: Site, meanwhile: str, place: Any, effect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_heartbeat", lambda *_: contextlib.nullcontext())
    evidence_id = site.deliver(pdf())
    slow_part, writes = getattr(task, meanwhile), getattr(place, effect)
    late: list[str] = []

    def overtaken(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(task, meanwhile, slow_part)
        result = slow_part(*arguments, **named)
        _wait_for_the_lease(site, evidence_id)
        site.do(evidence_id)  # the other worker
        monkeypatch.setattr(place, effect, lambda *_, **__: late.append(effect))
        return result

    monkeypatch.setattr(task, meanwhile, overtaken)
    site.do(evidence_id)
    monkeypatch.setattr(place, effect, writes)
    assert late == []
    assert site.reports(evidence_id) == 1
    assert (site.job(evidence_id).state, site.job(evidence_id).attempt) == (JobState.DONE, 2)
    assert site.evidence(evidence_id).check_state == CheckState.DONE


def test_a_heartbeat_keeps_long_work_from_being_taken_over(site: Site) -> None:
    class Slow:
        def check(self, *arguments: Any, **named: Any) -> Any:
            time.sleep(3 * site.tools.lease.total_seconds())
            job_id = site.job(evidence_id).id
            assert running.jobs.claim(job_id, lease=site.tools.lease) is None
            db.session.rollback()
            return site.tools.inspector.check(*arguments, **named)

    evidence_id = site.deliver(pdf())
    site.do(evidence_id, tools=site.with_tools(inspector=Slow()))
    assert site.job(evidence_id).state == JobState.DONE
    assert site.job(evidence_id).attempt == 1


def test_a_delivery_with_malware_is_refused_and_never_archived(site: Site) -> None:
    evidence_id = site.deliver(pdf() + EICAR)
    with running_clamd() as (scanner, _):
        site.do(evidence_id, tools=site.with_tools(scanner=scanner))
    evidence = site.evidence(evidence_id)
    assert (evidence.check_state, evidence.verdict) == (CheckState.DONE, "reject")
    assert archived_of(evidence_id) is None


def test_a_delivery_is_judged_and_archived_where_the_scanner_is_away(site: Site, tmp_path: Path) -> None:
    content = pdf()
    evidence_id = site.deliver(content)
    site.do(evidence_id, tools=site.with_tools(scanner=Scanner.at(str(tmp_path / "nobody"))))
    assert_archived(site, evidence_id, content)
    (stored,) = db.session.scalars(sa.select(CheckReport.report).where(CheckReport.evidence_id == evidence_id))
    assert stored["scan"]["result"] == "not-scanned"
    assert "not_scanned" in [finding["code"] for finding in stored["findings"]]
