"""The archive looked after by the workers: locks, holds, fixity; and the end of a file, from proposal to tombstone."""

import datetime as dt
import io
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from storage.base import Bucket, RetentionMode, StoredObject
from storage.disposal import dispose
from storage.errors import ObjectLockedError, ObjectMissingError
from storage.minio_store import MinioStore
from tests.support.killing import killed_before_each_step
from tests.support.offices import CONSOLE
from tests.support.stores import FaultyStore
from tests.workers.tasks.site import Site, pdf
from webapp.embedded import Addresses
from workers.app import ORDERS, TaskName
from workers.main import connect, create_app
from workers.running import run_job
from workflows.archive import custody, disposals, holds, locks
from workflows.archive.models import ArchivedObject, ArchiveFinding, Disposal, DisposalKind, LegalHold, PagePicture
from workflows.archive.operations import archived_of
from workflows.archive.terms import months_after
from workflows.core import jobs
from workflows.core.db import db
from workflows.core.errors import GuardFailedError, PermissionDeniedError
from workflows.core.models import AuditEvent, Job, JobState
from workflows.core.transitions import Action
from workflows.evidence.reading.models import PageText, SenseFinding
from workflows.plans.rules import act
from workflows.verification.operations import read_report

DAY = dt.timedelta(days=1)


@pytest.fixture
def admin(database: Addresses) -> Iterator[MinioStore]:
    store = connect_as_admin(database)
    yield store
    store.close()


def connect_as_admin(database: Addresses) -> MinioStore:
    return MinioStore.connect(
        database.s3_endpoint, database.s3_admin_access_key, database.s3_admin_secret_key, region=database.s3_region
    )


@pytest.fixture
def archived(site: Site) -> ArchivedObject:
    """A delivery in the archive. Its bytes are new: the store is shared by all tests."""
    evidence_id = site.deliver(pdf(str(uuid.uuid4())))
    site.work_off()
    return row_of(evidence_id)


def row_of(evidence_id: uuid.UUID) -> ArchivedObject:
    db.session.expire_all()
    found = archived_of(evidence_id)
    assert found is not None
    return found


def stored(site: Site, row: ArchivedObject) -> StoredObject:
    return site.store.stat(Bucket.ARCHIVE, row.key, version_id=row.version_id)


def periodic(site: Site, kind: TaskName, **tools: object) -> JobState:
    """Do one piece of periodic work; return how its job ended."""
    key, subject_id = f"{kind}:{uuid.uuid4()}", uuid.uuid4()
    jobs.enqueue(kind, key=key, subject_id=subject_id)
    db.session.commit()
    site.do(subject_id, kind, tools=site.with_tools(fixity_rate=0, **tools))
    return site.job(subject_id, kind).state


def findings(row: ArchivedObject) -> set[str]:
    db.session.expire_all()
    query = sa.select(ArchiveFinding.code).where(
        ArchiveFinding.archived_object_id == row.id, ArchiveFinding.resolved_at.is_(None)
    )
    return set(db.session.scalars(query))


def events(evidence_id: uuid.UUID) -> list[str]:
    query = sa.select(AuditEvent.kind).where(AuditEvent.subject_id == evidence_id).order_by(AuditEvent.seq)
    return list(db.session.scalars(query))


def verified(site: Site, row: ArchivedObject) -> None:
    """Bring the first cell to its last state."""
    requirement = site.requirement()
    for action, who in ((Action.SIGN, "head_b1"), (Action.ACKNOWLEDGE, "head"), (Action.VERIFY, "evaluator")):
        actor = site.office.actor(who)
        if action is Action.VERIFY:
            read_report(row.evidence, actor=actor)
            db.session.commit()
        act(requirement, action, actor=actor, sha256=row.sha256)
        db.session.commit()


def forget_term(row: ArchivedObject, **values: object) -> None:
    db.session.execute(sa.update(ArchivedObject).where(ArchivedObject.id == row.id).values(**values))
    db.session.commit()


def test_verification_extends_the_lock_to_the_end_of_the_term(site: Site, archived: ArchivedObject) -> None:
    first = stored(site, archived).retain_until
    assert first is not None
    verified(site, archived)
    site.work_off()
    row = row_of(archived.evidence_id)
    assert row.retention_rule == "monev-triwulan"
    assert row.keep_until is not None
    assert row.keep_until > first + 4 * 365 * DAY
    now_stored = stored(site, row)
    assert now_stored.retain_until == row.retain_until
    assert row.retain_until >= row.keep_until
    assert "evidence.retention_set" in events(row.evidence_id)
    assert site.chains_hold()


def test_the_nightly_job_renews_short_locks_and_catches_up_with_what_a_dead_worker_missed(
    site: Site, archived: ArchivedObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = archived.retain_until
    assert periodic(site, TaskName.RENEW_LOCKS) == JobState.DONE
    assert row_of(archived.evidence_id).retain_until == before, "nothing was due"
    monkeypatch.setattr("workflows.verification.operations.enqueue_lock", lambda *_, **__: None)
    verified(site, archived)
    assert periodic(site, TaskName.RENEW_LOCKS) == JobState.DONE
    assert row_of(archived.evidence_id).keep_until is not None
    assert stored(site, archived).retain_until == row_of(archived.evidence_id).retain_until


def test_compliance_goes_in_windows_and_a_window_that_ran_down_is_an_alarm(site: Site) -> None:
    strict = MinioStore.connect(
        site.settings.s3_endpoint, site.settings.s3_access_key, site.settings.s3_secret_key,
        region=site.settings.s3_region, mode=RetentionMode.COMPLIANCE,
    )  # fmt: skip
    evidence_id = site.deliver(pdf(str(uuid.uuid4())))
    site.do(evidence_id, tools=site.with_tools(store=strict))
    row = row_of(evidence_id)
    assert row.lock_mode == RetentionMode.COMPLIANCE
    low, far = row.retain_until, months_after(row.archived_at, 60)
    forget_term(row, keep_until=far)
    away = FaultyStore(strict, away=True)
    assert periodic(site, TaskName.RENEW_LOCKS, store=away) == JobState.QUEUED
    assert findings(row) == {locks.WINDOW_LOW}, "whoever cannot renew says so"
    assert periodic(site, TaskName.RENEW_LOCKS, store=strict) == JobState.DONE
    assert findings(row) == set()
    renewed = stored(site, row_of(evidence_id))
    assert renewed.retain_until is not None
    assert low < renewed.retain_until < far
    assert renewed.retain_until > months_after(row.archived_at, 13) - DAY
    strict.close()


def test_a_hold_puts_the_flag_on_until_the_last_one_is_closed(site: Site, archived: ArchivedObject) -> None:
    evidence = archived.evidence
    inspector = site.office.actor("inspector")
    with pytest.raises(PermissionDeniedError):
        holds.open_hold(evidence, letter="1", reason="x", actor=site.office.actor("evaluator"))
    first, second = (
        holds.open_hold(evidence, letter=f"700/{n}", reason="Pemeriksaan khusus", actor=inspector) for n in (1, 2)
    )
    db.session.commit()
    site.work_off()
    assert stored(site, archived).legal_hold
    holds.close_hold(first, letter="700/3", actor=inspector)
    db.session.commit()
    site.work_off()
    assert stored(site, archived).legal_hold
    with pytest.raises(GuardFailedError, match="held"):
        disposals.propose(evidence, kind=DisposalKind.WRONG_DELIVERY, letter="1", reason="x", actor=inspector)
    holds.close_hold(second, letter="700/4", actor=inspector)
    db.session.commit()
    site.work_off()
    assert not stored(site, archived).legal_hold
    assert [kind for kind in events(evidence.id) if "hold" in kind] == ["evidence.hold_opened"] * 2 + [
        "evidence.hold_closed"
    ] * 2


@pytest.mark.slow
def test_a_worker_killed_at_any_step_of_a_change_of_locks_leaves_it_to_the_next(
    site: Site, archived: ArchivedObject
) -> None:
    evidence, inspector = archived.evidence, site.office.actor("inspector")
    key, version, evidence_id = archived.key, archived.version_id, evidence.id
    opened: list[LegalHold] = []

    def turn() -> None:
        """Have the hold opened, or closed again: either way one job is to tell the store."""
        if opened:
            holds.close_hold(opened.pop(), letter="700/2", actor=inspector)
        else:
            opened.append(holds.open_hold(evidence, letter="700/1", reason="Pemeriksaan khusus", actor=inspector))
        db.session.commit()

    def run(_: int) -> None:
        own = create_app(site.settings)
        with own.app_context():
            queued = sa.select(Job.id).where(Job.kind == TaskName.LOCK, Job.state == JobState.QUEUED)
            job_id = db.session.scalars(queued.where(Job.subject_id == evidence_id)).one()
            db.session.rollback()
            run_job(own, job_id, work=ORDERS[TaskName.LOCK].work, tools=connect(site.settings))

    for number in killed_before_each_step(run, prepare=turn):
        site.work_off()
        found = site.store.stat(Bucket.ARCHIVE, key, version_id=version)
        assert found.legal_hold == bool(opened), f"killed before step {number}"
    assert site.chains_hold()


def test_fixity_reads_what_is_due_and_names_what_was_put_over_it(
    site: Site, admin: MinioStore, archived: ArchivedObject
) -> None:
    assert periodic(site, TaskName.FIXITY) == JobState.DONE
    examined = row_of(archived.evidence_id).examined_at
    assert examined is not None
    assert periodic(site, TaskName.FIXITY) == JobState.DONE
    assert row_of(archived.evidence_id).examined_at == examined, "it is not due for a month"
    site.store.put(Bucket.ARCHIVE, archived.key, io.BytesIO(b"forged"), retain_until=archived.retain_until)
    forget_term(archived, examined_at=examined - custody.EVERY)
    assert periodic(site, TaskName.FIXITY) == JobState.DONE
    assert findings(archived) == {"newer_version"}
    newer = next(found for found in admin.list(Bucket.ARCHIVE, archived.key, versions=True) if found.size == 6)
    admin.erase(archived.key, version_id=str(newer.version_id))
    forget_term(archived, examined_at=examined - custody.AGAIN)
    assert periodic(site, TaskName.FIXITY) == JobState.DONE
    assert findings(archived) == set()
    assert [kind for kind in events(archived.evidence_id) if "fixity" in kind] == [
        "evidence.fixity_failed", "evidence.fixity_mended",
    ]  # fmt: skip


def test_a_store_that_is_away_or_breaks_off_is_waited_for_and_is_no_finding(
    site: Site, archived: ArchivedObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert periodic(site, TaskName.FIXITY, store=FaultyStore(site.store, away=True)) == JobState.QUEUED
    assert row_of(archived.evidence_id).examined_at is None
    monkeypatch.setattr(custody, "ASKED_AGAIN_SECONDS", 0.0)
    assert periodic(site, TaskName.FIXITY, store=FaultyStore(site.store, fail_at=2)) == JobState.DONE
    assert findings(archived) == set()
    forget_term(archived, examined_at=None)
    assert periodic(site, TaskName.FIXITY, store=FaultyStore(site.store, flip_at=10)) == JobState.DONE
    assert findings(archived) == {"differs"}


class Leaving(FaultyStore):
    """Goes away at its sixth call."""

    def stat(self, bucket: Bucket, key: str, *, version_id: str | None = None) -> StoredObject:
        self.away = self.away or len(self.calls) >= 5
        return super().stat(bucket, key, version_id=version_id)


def test_a_round_that_broke_off_goes_on_where_it_stopped(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [site.deliver(pdf(str(uuid.uuid4())), quarter=quarter) for quarter in (1, 2, 3)]
    site.work_off()
    monkeypatch.setattr(custody, "BATCH_OBJECTS", 2)
    assert periodic(site, TaskName.FIXITY, store=Leaving(site.store)) == JobState.QUEUED
    assert sum(row_of(evidence_id).examined_at is not None for evidence_id in ids) == 2
    again = FaultyStore(site.store)
    assert periodic(site, TaskName.FIXITY, store=again) == JobState.DONE
    assert again.calls == ["open", "stat"], "only the third was left"


def propose(site: Site, row: ArchivedObject, who: str = "evaluator", **given: object) -> Disposal:
    values = {"kind": DisposalKind.WRONG_DELIVERY, "letter": "700/9", "reason": "Salah kirim", **given}
    return disposals.propose(row.evidence, actor=site.office.actor(who), **values)  # type: ignore[arg-type]


def made_of(row: ArchivedObject, kind: type[PagePicture | PageText | SenseFinding]) -> int:
    """How many rows of that kind were made of a delivery."""
    query = sa.select(sa.func.count()).select_from(kind).where(kind.evidence_id == row.evidence_id)
    return db.session.scalars(query).one()


def test_a_wrong_delivery_goes_by_two_people_and_the_operator_and_leaves_a_tombstone(
    site: Site, admin: MinioStore, archived: ArchivedObject
) -> None:
    site.work_off(reading=True)
    with pytest.raises(GuardFailedError, match="still_standing"):
        propose(site, archived)
    act(site.requirement(), Action.RETURN, actor=site.office.actor("head_b1"), sha256=archived.sha256,
        reason="Salah kirim", reason_code="OTHER")  # fmt: skip
    db.session.commit()
    with pytest.raises(PermissionDeniedError):
        propose(site, archived, who="head_b1")
    row = propose(site, archived, who="inspector")
    with pytest.raises(PermissionDeniedError, match="own_proposal"):
        disposals.confirm(row, actor=site.office.actor("inspector"))
    with pytest.raises(PermissionDeniedError):
        disposals.confirm(row, actor=site.office.actor("evaluator"))
    disposals.withdraw(row, actor=site.office.actor("inspector"))
    row = propose(site, archived)
    disposals.confirm(row, actor=site.office.actor("inspector"))
    db.session.commit()
    order = disposals.ordered(row.number)
    assert order.receipts == (archived.evidence.receipt_number,)
    derived = (PagePicture, PageText, SenseFinding)
    assert order.pictures, "pages were drawn"
    assert made_of(archived, PagePicture) + made_of(archived, PageText) > len(order.pictures), "and read"
    versions = dispose(admin, order.key)
    assert dispose(admin, order.key) == [], "a command that was cut short may run again"
    disposals.record_done(order, versions=versions, actor=CONSOLE)
    db.session.commit()
    with pytest.raises(ObjectMissingError):
        stored(site, archived)
    left = row_of(archived.evidence_id)
    assert left.disposal is not None
    assert (left.sha256, left.disposal.number) == (row.sha256, row.number)
    assert periodic(site, TaskName.FIXITY) == JobState.DONE
    assert periodic(site, TaskName.RENEW_LOCKS) == JobState.DONE
    assert findings(left) == set(), "a tombstone is no gap"
    assert not any(made_of(archived, kind) for kind in derived)
    assert "evidence.disposed" in events(archived.evidence_id)
    assert site.chains_hold()


@pytest.mark.slow
def test_an_operator_killed_at_any_step_of_a_disposal_runs_it_again(
    site: Site, database: Addresses, admin: MinioStore
) -> None:
    evidence_id = site.deliver(pdf(str(uuid.uuid4())))
    site.work_off()
    row = row_of(evidence_id)
    act(site.requirement(), Action.RETURN, actor=site.office.actor("head_b1"), sha256=row.sha256,
        reason="Salah kirim", reason_code="OTHER")  # fmt: skip
    disposal = propose(site, row)
    disposals.confirm(disposal, actor=site.office.actor("inspector"))
    number, version, bucket = disposal.number, row.version_id, admin.bucket_name(Bucket.ARCHIVE)
    policy = admin.client.get_bucket_policy(bucket)
    db.session.commit()

    def carry_out(_: int) -> None:
        own = connect_as_admin(database)

        def clean(order: disposals.Order) -> None:
            for key in order.pictures:
                own.remove(Bucket.BUNDLES, key)

        with create_app(site.settings).app_context():
            disposals.carry_out(
                number,
                erase=lambda key: dispose(own, key),
                clean=clean,
                actor=CONSOLE,
            )
            db.session.commit()

    for _ in killed_before_each_step(carry_out):
        left = row_of(evidence_id)
        if left.disposal is None:
            assert disposals.ordered(number).key == left.key, "to be run again with the same number"
        db.session.rollback()
    assert left.disposal is not None
    told = db.session.scalars(sa.select(AuditEvent.body).where(AuditEvent.kind == "evidence.disposed")).one()
    assert version in str(told), "whichever run erased it"
    with pytest.raises(ObjectMissingError):
        stored(site, left)
    assert not list(admin.list(Bucket.ARCHIVE, left.key, versions=True))
    assert admin.client.get_bucket_policy(bucket) == policy, "nobody may delete again"
    assert site.chains_hold()


def test_what_the_schedule_keeps_does_not_go_before_its_term(site: Site, archived: ArchivedObject) -> None:
    over = {"kind": DisposalKind.TERM_OVER}
    with pytest.raises(GuardFailedError, match="term_not_over"):
        propose(site, archived, **over)
    yesterday = archived.archived_at - DAY
    forget_term(archived, keep_until=yesterday, retention_rule="laporan-kinerja")
    with pytest.raises(GuardFailedError, match="permanent"):
        propose(site, row_of(archived.evidence_id), **over)
    forget_term(archived, keep_until=yesterday, retention_rule="monev-triwulan")
    assert propose(site, row_of(archived.evidence_id), **over).number.startswith("BAP-")
    db.session.rollback()


def test_a_lock_that_yields_to_nobody_makes_a_disposal_late_and_not_impossible(site: Site, admin: MinioStore) -> None:
    strict = MinioStore.connect(
        site.settings.s3_endpoint, site.settings.s3_access_key, site.settings.s3_secret_key,
        region=site.settings.s3_region, mode=RetentionMode.COMPLIANCE,
    )  # fmt: skip
    evidence_id = site.deliver(pdf(str(uuid.uuid4())))
    site.do(evidence_id, tools=site.with_tools(store=strict))
    row = row_of(evidence_id)
    act(site.requirement(), Action.RETURN, actor=site.office.actor("head_b1"), sha256=row.sha256,
        reason="Salah kirim", reason_code="OTHER")  # fmt: skip
    disposal = propose(site, row)
    disposals.confirm(disposal, actor=site.office.actor("inspector"))
    db.session.commit()
    with pytest.raises(ObjectLockedError):
        dispose(admin, disposals.ordered(disposal.number).key)
    assert stored(site, row).size == row.size
    assert row.id not in {lock.id for lock in locks.locks_to_look_at()}, "the lock is left to run out"
    strict.close()


def test_reconcile_names_gaps_orphans_and_markers_both_ways(
    site: Site, admin: MinioStore, archived: ArchivedObject
) -> None:
    agency = site.office.agency

    def codes() -> set[str]:
        mine = {f"archive/{archived.key}", f"archive/uji/dpk/{stray}"}
        found = custody.reconcile(site.store, agency=agency).troubles
        return {trouble.code for trouble in found if trouble.where.partition("@")[0] in mine}

    stray = f"sha256/{uuid.uuid4()}.pdf"
    assert codes() == set()
    site.store.put(Bucket.ARCHIVE, f"uji/dpk/{stray}", io.BytesIO(b"x"), retain_until=archived.retain_until)
    assert codes() == {"orphan"}
    site.store.put(Bucket.ARCHIVE, archived.key, io.BytesIO(b"forged"), retain_until=archived.retain_until)
    assert codes() == {"orphan", "newer_version"}
    dispose(admin, f"uji/dpk/{stray}")
    dispose(admin, archived.key)
    assert codes() == {"missing"}


def test_the_database_itself_asks_for_two_people(site: Site, archived: ArchivedObject) -> None:
    forget_term(archived, keep_until=archived.archived_at - DAY, retention_rule="monev-triwulan")
    row = propose(site, row_of(archived.evidence_id), kind=DisposalKind.TERM_OVER)
    db.session.commit()
    for change in ("confirmed_by = proposed_by", "state = 'confirmed'", "state = 'done'"):
        with pytest.raises(DBAPIError, match="ck_disposal"):
            db.session.execute(sa.text(f"UPDATE disposal SET {change} WHERE id = '{row.id}'"))  # noqa: S608
        db.session.rollback()
