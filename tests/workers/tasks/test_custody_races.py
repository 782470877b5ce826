"""The archive's keeping when something goes wrong with one object, or two people decide at once."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from storage.base import Bucket, RetentionMode, StoredObject
from storage.disposal import dispose
from storage.errors import ObjectLockedError, ObjectMissingError, StoreRefusedError, StoreUnavailableError
from storage.minio_store import MinioStore
from tests.support.offices import CONSOLE
from tests.support.stores import FaultyStore
from tests.workers.tasks.site import Site, pdf
from tests.workers.tasks.test_custody import (
    DAY,
    admin,
    archived,
    findings,
    forget_term,
    periodic,
    propose,
    row_of,
    stored,
)
from workers.app import TaskName
from workers.main import create_app
from workers.tasks import custody as tasks
from workflows.archive import custody, disposals, holds, locks
from workflows.archive.models import ArchivedObject, DisposalKind
from workflows.archive.operations import archived_of
from workflows.archive.terms import months_after
from workflows.bundles import operations as bundles
from workflows.bundles.models import Bundle, BundleState
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import ConflictError, GuardFailedError
from workflows.core.models import JobState
from workflows.core.transitions import Action
from workflows.evidence.models import Evidence
from workflows.plans.rules import act

__all__ = ["admin", "archived"]  # fixtures


@pytest.fixture(autouse=True)
def _asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custody, "ASKED_AGAIN_SECONDS", 0.0)


class Sick(FaultyStore):
    """Serves every object but one."""

    def __init__(self, inner: MinioStore, key: str) -> None:
        super().__init__(inner)
        self.key = key

    def open(self, bucket: Bucket, key: str, **more: object) -> object:  # type: ignore[override]
        if key == self.key:
            raise StoreUnavailableError("HTTP 500", bucket=bucket, key=key)
        return super().open(bucket, key, **more)  # type: ignore[arg-type]


def two_archived(site: Site) -> tuple[ArchivedObject, ArchivedObject]:
    """Two deliveries; the one that the nightly job comes to first stands first."""
    ids = [site.deliver(pdf(str(uuid.uuid4())), quarter=quarter) for quarter in (1, 2)]
    site.work_off()
    first, second = sorted((row_of(evidence_id) for evidence_id in ids), key=lambda row: row.id)
    return first, second


def test_an_object_that_is_gone_keeps_no_other_from_its_lock_and_no_alarm_from_sounding(
    site: Site, admin: MinioStore
) -> None:
    gone, other = two_archived(site)
    dispose(admin, gone.key)
    for row in (gone, other):
        forget_term(row, retain_until=now() + DAY)
    assert periodic(site, TaskName.RENEW_LOCKS) == JobState.DONE
    assert findings(gone) == {"missing"}
    assert row_of(other.evidence_id).retain_until > now() + 60 * DAY


class Lost(FaultyStore):
    """Knows every object but one."""

    def __init__(self, inner: MinioStore, key: str) -> None:
        super().__init__(inner)
        self.key = key

    def stat(self, bucket: Bucket, key: str, *, version_id: str | None = None) -> StoredObject:
        if key == self.key:
            raise ObjectMissingError("NoSuchVersion", bucket=bucket, key=key)
        return super().stat(bucket, key, version_id=version_id)


def test_a_window_of_what_cannot_be_made_longer_is_an_alarm_all_the_same(site: Site) -> None:
    strict = MinioStore.connect(
        site.settings.s3_endpoint, site.settings.s3_access_key, site.settings.s3_secret_key,
        region=site.settings.s3_region, mode=RetentionMode.COMPLIANCE,
    )  # fmt: skip
    evidence_id = site.deliver(pdf(str(uuid.uuid4())))
    site.do(evidence_id, tools=site.with_tools(store=strict))
    row = row_of(evidence_id)
    forget_term(row, keep_until=months_after(row.archived_at, 60))
    assert periodic(site, TaskName.RENEW_LOCKS, store=Lost(strict, row.key)) == JobState.DONE
    assert findings(row) == {locks.WINDOW_LOW, "missing"}
    strict.close()


@pytest.mark.parametrize("error", [ObjectLockedError("no"), StoreRefusedError("no")])
def test_a_store_that_refuses_a_lock_is_told_of_until_it_does_not(
    site: Site, archived: ArchivedObject, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_term(archived, retain_until=now() + DAY)

    def refuse(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(locks, "record_lock", refuse)
        assert periodic(site, TaskName.RENEW_LOCKS) == JobState.DONE
    assert findings(archived) == {locks.LOCK_REFUSED}
    assert periodic(site, TaskName.RENEW_LOCKS) == JobState.DONE
    assert findings(archived) == set()


def test_a_disposal_under_way_is_no_gap_for_another_delivery_of_the_same_bytes(site: Site, admin: MinioStore) -> None:
    content = pdf(str(uuid.uuid4()))
    ids = [site.deliver(content, quarter=quarter) for quarter in (1, 2)]
    site.work_off()
    rows = [row_of(evidence_id) for evidence_id in ids]
    for number, row in zip((1, 2), rows, strict=True):
        act(site.requirement(quarter=number), Action.RETURN, actor=site.office.actor("head_b1"), sha256=row.sha256,
            reason="Salah kirim", reason_code="OTHER")  # fmt: skip
    disposal = propose(site, rows[0])
    disposals.confirm(disposal, actor=site.office.actor("inspector"))
    db.session.commit()
    dispose(admin, rows[0].key)  # and the operator's process dies here
    for row in rows:
        forget_term(row, retain_until=now() + DAY)
    assert periodic(site, TaskName.RENEW_LOCKS) == JobState.DONE
    assert [findings(row) for row in rows] == [set(), set()]


def test_a_hold_opened_while_the_nightly_job_looks_stays_on(site: Site, archived: ArchivedObject) -> None:
    stale = locks.locks_of(archived.evidence_id)
    db.session.commit()
    holds.open_hold(archived.evidence, letter="700/1", reason="Pemeriksaan", actor=site.office.actor("inspector"))
    db.session.commit()
    site.work_off()
    assert stored(site, archived).legal_hold

    class Held:
        """Runs what the nightly job does with what it read before the hold was opened."""

        tools = site.tools

        @staticmethod
        def step() -> object:
            return db.session.begin_nested()

    for one in stale:
        assert not one.hold
        tasks._apply(Held(), one)  # type: ignore[arg-type]
    db.session.commit()
    assert stored(site, archived).legal_hold


@pytest.mark.parametrize("held", [True, False])
def test_fixity_has_a_flag_put_right_that_is_not_as_the_ledger_says(
    site: Site, archived: ArchivedObject, held: bool
) -> None:
    if held:
        holds.open_hold(archived.evidence, letter="700/1", reason="Pemeriksaan", actor=site.office.actor("inspector"))
        db.session.commit()
        site.work_off()
    site.store.set_hold(archived.key, version_id=archived.version_id, on=not held)
    assert periodic(site, TaskName.FIXITY) == JobState.DONE
    assert findings(archived) == {"hold_missing" if held else "hold_stray"}
    site.work_off()
    assert stored(site, archived).legal_hold == held


def test_a_lock_that_ran_out_because_nothing_renewed_it_is_found(site: Site, archived: ArchivedObject) -> None:
    over = now() - DAY
    forget_term(archived, retain_until=over)
    (due,) = [one for one in custody.due(before=now()) if one.id == archived.id]
    assert due.promise.retain_until > over
    seen, _ = custody.look(FaultyStore(site.store, told={"retain_until": over}), [due])
    assert [sorted(one.findings) for one in seen] == [["lock_short"]]


def test_one_object_that_the_store_does_not_serve_is_found_and_keeps_no_other_from_being_read(site: Site) -> None:
    sick, other = two_archived(site)
    store = Sick(site.store, sick.key)  # type: ignore[arg-type]
    assert periodic(site, TaskName.FIXITY, store=store) == JobState.DONE
    assert (findings(sick), findings(other)) == ({"unreadable"}, set())
    assert row_of(other.evidence_id).examined_at is not None


def test_the_last_one_left_is_told_apart_from_a_store_that_is_away(site: Site) -> None:
    sick, other = two_archived(site)
    alone = [one for one in custody.due(before=now()) if one.id == sick.id]
    proof = replace(
        alone[0], id=other.id, promise=replace(alone[0].promise, key=other.key, version_id=other.version_id)
    )
    store = Sick(site.store, sick.key)  # type: ignore[arg-type]
    seen, failure = custody.look(store, alone, proof=proof)
    assert ([one.findings for one in seen], failure) == ([{"unreadable"}], None)
    seen, failure = custody.look(store, alone)
    assert (seen, isinstance(failure, StoreUnavailableError)) == ([], True)
    store.away = True
    seen, failure = custody.look(store, alone, proof=proof)
    assert (seen, isinstance(failure, StoreUnavailableError)) == ([], True)


def confirmed(site: Site, row: ArchivedObject, quarter: int = 1) -> str:
    """A disposal that two people stand for; return its number."""
    act(site.requirement(quarter=quarter), Action.RETURN, actor=site.office.actor("head_b1"), sha256=row.sha256,
        reason="Salah kirim", reason_code="OTHER")  # fmt: skip
    disposal = propose(site, row)
    disposals.confirm(disposal, actor=site.office.actor("inspector"))
    db.session.commit()
    return disposal.number


def beside(site: Site, work: Callable[[], None]) -> threading.Thread:
    """Do something in another transaction, as another process would."""

    def run() -> None:
        with create_app(site.settings).app_context():
            try:
                work()
                db.session.commit()
            finally:
                db.session.remove()
                db.engine.dispose()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_hold_that_comes_while_bytes_are_erased_is_told_that_they_are_gone(
    site: Site, admin: MinioStore, archived: ArchivedObject
) -> None:
    number, evidence_id, inspector = confirmed(site, archived), archived.evidence_id, site.office.actor("inspector")
    told: list[BaseException] = []

    def hold() -> None:
        try:
            evidence = db.session.get_one(Evidence, evidence_id)
            holds.open_hold(evidence, letter="700/1", reason="Pemeriksaan", actor=inspector)
        except ConflictError as error:
            told.append(error)

    threads: list[threading.Thread] = []

    def erase(key: str) -> list[str]:
        threads.append(beside(site, hold))
        time.sleep(0.5)  # it has come to its lock by now, and waits
        assert threads[0].is_alive()
        return list(dispose(admin, key))

    disposals.carry_out(number, erase=erase, clean=lambda _: None, actor=CONSOLE)
    db.session.commit()
    threads[0].join(20)
    assert [str(error) for error in told] != []
    with pytest.raises(ObjectMissingError):
        stored(site, archived)


def test_the_same_bytes_delivered_while_they_are_erased_are_archived_anew(
    site: Site, admin: MinioStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = pdf(str(uuid.uuid4()))
    first = site.deliver(content)
    site.work_off()
    row = row_of(first)
    number = confirmed(site, row)
    second = site.deliver(content, quarter=2)
    began = tasks_archive()

    def archive_then_erase(*given: object, **named: object) -> object:
        found = began(*given, **named)  # takes the version that is there, and then it goes
        if archived_of(first) is not None and row_of(first).disposal_id is None:
            disposals.carry_out(number, erase=lambda key: dispose(admin, key), clean=lambda _: None, actor=CONSOLE)
            db.session.commit()
        return found

    monkeypatch.setattr("workers.tasks.evidence.archive", archive_then_erase)
    site.work_off()
    again = row_of(second)
    assert again.disposal_id is None
    assert again.version_id != row.version_id
    assert stored(site, again).size == len(content)
    assert row_of(first).disposal_id is not None


def tasks_archive() -> Callable[..., object]:
    """What the task calls."""
    from storage.archive import archive

    return archive


def test_a_bundle_that_was_packed_while_its_file_was_erased_fails_and_does_not_stay(
    site: Site, admin: MinioStore, archived: ArchivedObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = confirmed(site, archived)
    bundle = bundles.order(site.office.agency, year=2026, reason="uji", actor=site.office.actor("auditor"))
    db.session.commit()
    pack = bundles.pack

    def pack_then_erase(*given: object, **named: object) -> object:
        packed = pack(*given, **named)  # type: ignore[arg-type]
        beside(
            site,
            lambda: disposals.carry_out(  # type: ignore[func-returns-value]
                number, erase=lambda key: dispose(admin, key), clean=lambda _: None, actor=CONSOLE
            ),
        ).join(30)
        return packed

    monkeypatch.setattr(bundles, "pack", pack_then_erase)
    site.work_off()
    db.session.expire_all()
    bundle = db.session.get_one(Bundle, bundle.id)
    assert (bundle.state, bundle.key) == (BundleState.FAILED, None)
    left = [found.key for found in site.store.list(Bucket.BUNDLES) if str(bundle.id) in found.key]
    assert left == []


def test_a_file_whose_rule_left_the_schedule_does_not_go(site: Site, archived: ArchivedObject) -> None:
    forget_term(archived, keep_until=now() - DAY, retention_rule="yang-lama")
    with pytest.raises(GuardFailedError, match="rule_unknown"):
        propose(site, archived, kind=DisposalKind.TERM_OVER)


def test_what_is_wrong_with_a_file_ends_with_the_file(site: Site, admin: MinioStore, archived: ArchivedObject) -> None:
    number = confirmed(site, archived)
    custody.note_seen(archived, "differs", actor=site.office.actor("inspector"))
    db.session.commit()
    disposals.carry_out(number, erase=lambda key: dispose(admin, key), clean=lambda _: None, actor=CONSOLE)
    db.session.commit()
    assert findings(archived) == set()
    assert sa.inspect(row_of(archived.evidence_id)).persistent
