"""Backup and restore on real engines: out while people work, back into an empty place, and what is said of the loss."""

import datetime as dt
import io
import os
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import backup_file
from storage.base import Bucket
from storage.minio_store import MinioStore
from storage.provision import prepare_buckets
from storage.reading import read_digest
from tests.support.databases import Databases
from tests.support.offices import CONSOLE, database_app
from tests.workers.tasks.site import Site, open_site, pdf
from webapp.embedded import Addresses
from workers.app import ORDERS, TaskName
from workers.running import run_job
from workers.settings import WorkerSettings
from workflows import migrations
from workflows.archive import custody
from workflows.archive.models import ArchivedObject
from workflows.bundles import anchoring, links
from workflows.bundles import operations as bundles
from workflows.bundles.handover_models import HandoverLink
from workflows.bundles.known import gather
from workflows.bundles.verify import Head, Receipt
from workflows.core import audit, jobs
from workflows.core.db import db
from workflows.core.errors import ConflictError
from workflows.core.models import AuditEvent, Job, JobState
from workflows.evidence.models import CheckState, Evidence
from workflows.organization.models import Account, ApiToken
from workflows.recovery import restore as work
from workflows.recovery import tables
from workflows.recovery.backup import Made, pieces
from workflows.recovery.models import Restoration

SECRET, PUBLIC = backup_file.new_key()


def quiet(_: str) -> None:
    """Nobody looks."""


@dataclass
class Place:
    """A database and buckets of their own."""

    addresses: Addresses
    store: MinioStore


def store_at(addresses: Addresses, prefix: str) -> MinioStore:
    """Prepare buckets under that prefix and open them as the application."""
    keys = {"region": addresses.s3_region, "bucket_prefix": prefix}
    admin = MinioStore.connect(
        addresses.s3_endpoint, addresses.s3_admin_access_key, addresses.s3_admin_secret_key, **keys
    )
    prepare_buckets(admin)
    return admin


@contextmanager
def place(databases: Databases) -> Iterator[Place]:
    """An empty one."""
    with databases.clone() as addresses:
        store = store_at(addresses, f"r{uuid.uuid4().hex[:8]}-")
        yield Place(addresses, store)
        store.close()


@pytest.fixture
def empty(databases: Databases) -> Iterator[Place]:
    with place(databases) as made:
        yield made


@pytest.fixture
def site(settings: WorkerSettings, addresses: Addresses) -> Iterator[Site]:
    """A site with buckets of its own: what other tests leave behind is none of its."""
    store = store_at(addresses, f"s{uuid.uuid4().hex[:8]}-")
    with open_site(replace(settings, bucket_prefix=store.bucket_prefix)) as opened:
        opened.tools = replace(opened.tools, store=store)
        yield opened
    store.close()


def backup(addresses: Addresses, store: MinioStore, path: Path) -> Made:
    made = Made()
    engine = sa.create_engine(addresses.database_owner_url, poolclass=sa.NullPool, isolation_level="REPEATABLE READ")
    with engine.connect() as snapshot:
        content = pieces(snapshot, store, made, installation="Uji", schema=migrations.NEWEST, progress=quiet)
        backup_file.write(path, content, recipients=[PUBLIC])
    return made


def restore(to: Place, path: Path, *, outside: dict[str, Head] | None = None, survived: bool = False) -> work.Restored:
    """Restore as the command does."""
    with backup_file.opened(path, identities=[SECRET]) as members:
        header = work.inspect(members, progress=quiet)
    with database_app(to.addresses.database_owner_url):
        work.begin(header, to.store, survived=survived, schema=migrations.NEWEST)
        db.session.commit()
        with backup_file.opened(path, identities=[SECRET]) as members:
            found = work.fill(members, to.store, actor=CONSOLE, outside=outside or {}, progress=quiet)
        db.session.commit()
    return found


def rows(addresses: Addresses) -> dict[str, int]:
    engine = sa.create_engine(addresses.database_owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) for name in tables.names(connection)}  # noqa: S608


def worked_off(site: Site, *contents: bytes) -> list[uuid.UUID]:
    made = [site.deliver(content, quarter=number + 1) for number, content in enumerate(contents)]
    for one in made:
        site.do(one)
    return made


def heads(addresses: Addresses) -> dict[str, Head]:
    engine = sa.create_engine(addresses.database_owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT chain, seq, hash FROM audit_head WHERE seq > 0")).all()
    return {row.chain: Head(row.chain, row.seq, bytes(row.hash).hex()) for row in found}


def test_everything_comes_back_in_an_empty_place(site: Site, database: Addresses, empty: Place, tmp_path: Path) -> None:
    done = worked_off(site, pdf("satu"), pdf("dua"))
    waiting = site.deliver(pdf("tiga"), quarter=3)
    before, path = rows(database), tmp_path / "c.age"
    made = backup(database, site.store, path)
    assert (made.troubles, path.stat().st_mode & 0o777) == ([], 0o600)
    assert SECRET.encode() not in path.read_bytes()
    found = restore(empty, path)
    assert (found.troubles, found.adopted.orphans, found.adopted.receipts) == ([], [], [])
    after = rows(empty.addresses)
    chains = {*heads(database), "system"}
    grown = {"audit_event": before["audit_event"] + len(chains) + 2, "audit_head": len(chains)}
    assert {**before, **grown} == after
    with database_app(empty.addresses.database_worker_url):
        reports = list(audit.verify_all())
        assert [report.problem for report in reports] == [None] * len(reports)
        assert all(len(report.restored) == 1 for report in reports)
        for one in done:
            archived = db.session.scalars(sa.select(ArchivedObject).where(ArchivedObject.evidence_id == one)).one()
            assert (
                read_digest(empty.store, Bucket.ARCHIVE, archived.key, version_id=archived.version_id).sha256
                == archived.sha256
            )
            told = empty.store.stat(Bucket.ARCHIVE, archived.key, version_id=archived.version_id)
            assert told.retain_until == archived.retain_until
            assert told.retain_until > dt.datetime.now(dt.UTC) + dt.timedelta(days=80)
        seen, failure = custody.look(empty.store, custody.due(before=dt.datetime.now(dt.UTC)))
        assert (failure, {code for one in seen for code in one.findings}) == (None, set())
        received = db.session.get_one(Evidence, waiting)
        assert received.check_state is CheckState.WAITING
        assert read_digest(empty.store, Bucket.INTAKE, received.intake_key).sha256 == received.sha256
    engine = sa.create_engine(empty.addresses.database_owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert migrations.drift(connection) == []
        migrations.check(connection)
        with pytest.raises(sa.exc.DBAPIError, match="the log only grows"):
            connection.execute(sa.text("DELETE FROM audit_event"))


def test_sessions_tokens_and_letters_do_not_live_on(
    site: Site, database: Addresses, empty: Place, tmp_path: Path
) -> None:
    worked_off(site, pdf())
    account = site.office.accounts["head_b1"]
    db.session.add(
        ApiToken(
            account_id=account.id,
            name="uji",
            prefix="x",
            digest="0" * 64,
            scope="act",
            expires_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
        )
    )
    bundle = bundles.order(site.office.agency, year=2026, reason="uji", actor=CONSOLE, background=False)
    moment = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
    db.session.add(
        HandoverLink(
            bundle_id=bundle.id,
            region_id=bundle.region_id,
            agency_id=bundle.agency_id,
            digest="0" * 64,
            receiver="Pemeriksa",
            institution="BPK",
            letter="1/2026",
            made_at=bundle.ordered_at,
            expires_at=moment,
        )
    )
    key, target = site.tools.seal_key(), anchoring.Target(anchoring.Way.MAIL, "saksi@uji.example")
    assert anchoring.make(key=key, installation="Uji", targets=[target])
    running = site.deliver(pdf("jalan"), quarter=2)
    db.session.commit()
    assert jobs.claim(site.job(running).id, lease=dt.timedelta(hours=1))
    db.session.commit()
    session_key = account.session_key
    backup(database, site.store, tmp_path / "c.age")
    found = restore(empty, tmp_path / "c.age")
    assert found.voided
    assert (found.voided.tokens, found.voided.links, found.voided.sendings) == (1, 1, 1)
    with database_app(empty.addresses.database_worker_url):
        assert db.session.scalars(sa.select(Account.session_key).where(Account.id == account.id)).one() != session_key
        assert db.session.scalars(sa.select(ApiToken.revoked_at)).one() is not None
        assert links.state_of(db.session.scalars(sa.select(HandoverLink)).one()) == "void"
        states = dict(
            db.session.execute(sa.select(Job.kind, Job.state).where(Job.kind.in_([anchoring.SEND_JOB]))).all()
        )
        assert states == {anchoring.SEND_JOB: JobState.FAILED}
        again = db.session.scalars(sa.select(Job).where(Job.subject_id == running)).one()
        assert (again.state, again.attempt, again.lease_token) == (JobState.QUEUED, 0, None)
        assert jobs.claim(again.id, lease=dt.timedelta(hours=1))
        number = db.session.scalar(sa.text("SELECT nextval('receipt_number_seq')"))
        assert number > 10_000  # no number on a lost receipt is given a second time


def test_a_backup_is_made_while_files_come_and_move(
    site: Site, database: Addresses, empty: Place, tmp_path: Path
) -> None:
    worked_off(site, pdf("satu"))
    stop, made, failures = threading.Event(), [], []
    cells = [(unit, quarter) for unit in ("b1", "b2") for quarter in (1, 2, 3, 4) if (unit, quarter) != ("b1", 1)]
    db.session.commit()

    def busy() -> None:
        try:
            with site.app.app_context():
                for unit, quarter in cells:
                    office_unit, content = unit, pdf(f"{unit} {quarter}")
                    made.append(site.deliver(content, unit=office_unit, quarter=quarter))
                    job_id = site.job(made[-1]).id
                    db.session.commit()
                    run_job(site.app, job_id, work=ORDERS[TaskName.CHECK_EVIDENCE].work, tools=site.tools)
                    if stop.is_set():
                        break
                db.session.remove()
        except Exception as error:  # told by the test
            failures.append(error)

    site.office  # noqa: B018 - made before there are two threads
    worker = threading.Thread(target=busy)
    worker.start()
    while not made and worker.is_alive():
        stop.wait(0.01)
    backup(database, site.store, tmp_path / "c.age")
    stop.set()
    worker.join()
    assert failures == []
    found = restore(empty, tmp_path / "c.age")
    assert found.troubles == []
    with database_app(empty.addresses.database_worker_url):
        assert all(report.problem is None for report in audit.verify_all())
        for row in db.session.scalars(sa.select(ArchivedObject)):
            assert read_digest(empty.store, Bucket.ARCHIVE, row.key, version_id=row.version_id).sha256 == row.sha256
        archived = set(db.session.scalars(sa.select(ArchivedObject.evidence_id)))
        for row in db.session.scalars(sa.select(Evidence).where(Evidence.id.not_in(archived))):
            assert read_digest(empty.store, Bucket.INTAKE, row.intake_key).sha256 == row.sha256


def test_received_bytes_that_went_into_the_archive_meanwhile_are_there_for_the_check(
    site: Site, database: Addresses, empty: Place, tmp_path: Path
) -> None:
    waiting = site.deliver(pdf("satu"))
    made = Made()
    engine = sa.create_engine(database.database_owner_url, poolclass=sa.NullPool, isolation_level="REPEATABLE READ")

    def rows_first(text: str) -> None:
        if text == "basis data: verification":  # the last table
            site.do(waiting)

    with engine.connect() as snapshot:
        content = pieces(snapshot, site.store, made, installation="Uji", schema=migrations.NEWEST, progress=rows_first)
        backup_file.write(tmp_path / "c.age", content, recipients=[PUBLIC])
    assert site.evidence(waiting).intake_removed_at is not None
    assert restore(empty, tmp_path / "c.age").troubles == []
    with database_app(empty.addresses.database_worker_url):
        row = db.session.get_one(Evidence, waiting)
        assert row.check_state is CheckState.WAITING
        assert read_digest(empty.store, Bucket.INTAKE, row.intake_key).sha256 == row.sha256


def test_what_was_lost_is_named_and_never_called_clean_nor_fraud(
    site: Site, database: Addresses, empty: Place, tmp_path: Path
) -> None:
    worked_off(site, pdf("satu"))
    early = heads(database)
    first = site.evidence(db.session.scalars(sa.select(Evidence.id)).one())
    backup(database, site.store, tmp_path / "c.age")
    lost = site.deliver(pdf("dua"), quarter=2)
    late = heads(database)
    receipt = site.evidence(lost)
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.id == receipt.received_event_id)).one()
    chain = event.chain
    held = Receipt(receipt.receipt_number, event.seq, bytes(event.hash).hex())
    good = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.id == first.received_event_id)).one()
    kept = Receipt(first.receipt_number, good.seq, bytes(good.hash).hex())
    restore(empty, tmp_path / "c.age", outside={chain: late[chain]})
    with database_app(empty.addresses.database_worker_url):
        for _ in range(5):  # the new epoch goes on over the lost numbers
            audit.record("thing.done", audit.Subject("thing", None, event.region_id, event.agency_id), actor=CONSOLE)
        db.session.commit()

        def verdict(
            *known: Head, receipts: tuple[Receipt, ...] = ()
        ) -> tuple[list[audit.ChainReport], list[audit.Loss]]:
            told = gather(anchors=(), receipts=receipts, heads=known)
            assert told.problems == []
            reports = list(audit.verify_all(told.links))
            return reports, [loss for report in reports for loss in report.lost] + told.lost

        reports, losses = verdict(late[chain], receipts=(held, kept))
        assert [report.problem for report in reports] == [None] * len(reports)
        assert {(loss.seq, loss.until) for loss in losses} == {
            (early[chain].seq + 1, late[chain].seq), (held.seq, held.seq),
        }  # fmt: skip
        assert any(held.number in loss.message for loss in losses)
        proven = next(report for report in reports if report.chain == chain)
        assert (proven.proven, proven.restored[0].until) == (good.seq, late[chain].seq)
        unheard_of = Receipt("TT-2026-019999", held.seq, held.hash)  # of a number that was given since
        told = gather(anchors=(), receipts=(unheard_of,), heads=())
        assert ([problem.code for problem in told.problems], told.lost) == (["receipt_missing"], [])
        # What stands before the restore is held to what is known as strictly as ever.
        forged = replace_head(early[chain])
        reports, losses = verdict(forged, late[chain])
        assert next(report for report in reports if report.chain == chain).problem.code == "rewritten"
        # So is what comes after it.
        known = audit.Known("jangkar", late[chain].seq, bytes(32), at=dt.datetime.now(dt.UTC))
        report = next(r for r in audit.verify_all({chain: [known]}) if r.chain == chain)
        assert (report.problem.code, report.lost) == ("rewritten", ())
        gone = audit.Known("jangkar", 10_000, bytes(32), at=dt.datetime.now(dt.UTC))
        report = next(r for r in audit.verify_all({chain: [gone]}) if r.chain == chain)
        assert (report.problem.code, report.lost) == ("cut_off", ())


def replace_head(head: Head) -> Head:
    return Head(head.chain, head.seq, "0" * 64)


def test_an_event_of_a_restore_that_the_system_does_not_know_explains_nothing(site: Site, database: Addresses) -> None:
    worked_off(site, pdf("satu"))
    chain, head = next((name, head) for name, head in heads(database).items() if name.startswith("agency:"))
    first = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.chain == chain, AuditEvent.seq == 1)).one()
    details = {"backup": str(uuid.uuid4()), "seq": head.seq, "hash": head.hash, "outside": None}
    audit.record(
        audit.RESTORED, audit.Subject("log", None, first.region_id, first.agency_id), actor=CONSOLE, details=details
    )
    db.session.commit()
    told = gather(anchors=(), receipts=(), heads=[Head(chain, head.seq + 9, "0" * 64)])
    report = next(report for report in audit.verify_all(told.links) if report.chain == chain)
    assert (report.problem.code, report.restored, report.lost) == ("cut_off", (), ())


def test_deliveries_whose_rows_were_lost_are_taken_in_again(
    site: Site, database: Addresses, empty: Place, tmp_path: Path
) -> None:
    worked_off(site, pdf("satu"))
    backup(database, site.store, tmp_path / "c.age")
    lost = site.deliver(pdf("dua"), quarter=2)
    site.do(lost)
    number, code = site.evidence(lost).receipt_number, site.evidence(lost).receipt_code
    stray = uuid.uuid4()
    site.store.put(Bucket.INTAKE, str(stray), io.BytesIO(pdf("entah")))
    survivor = Place(empty.addresses, site.store)
    found = restore(survivor, tmp_path / "c.age", survived=True)
    assert (found.adopted.receipts, len(found.adopted.orphans)) == ([number], 1)
    assert str(stray) in found.adopted.orphans[0]
    with database_app(empty.addresses.database_worker_url):
        again = db.session.get_one(Evidence, lost)
        assert (again.receipt_code, again.check_state) == (code, CheckState.WAITING)
        told = db.session.scalars(sa.select(AuditEvent.body).where(AuditEvent.id == again.received_event_id)).one()
        assert "first_received_at" in told
        versions = list(site.store.list(Bucket.ARCHIVE, versions=True))
    assert len(versions) == 2  # nothing was put twice, nothing removed
    site.store.stat(Bucket.INTAKE, str(stray))


def test_a_place_that_is_not_empty_is_refused(site: Site, database: Addresses, empty: Place, tmp_path: Path) -> None:
    worked_off(site, pdf())
    path = tmp_path / "c.age"
    backup(database, site.store, path)
    with pytest.raises(ConflictError, match="sudah berisi"):
        restore(Place(database, empty.store), path)
    with pytest.raises(ConflictError, match="sudah berisi objek"):
        restore(Place(empty.addresses, site.store), path)
    assert rows(empty.addresses)["region"] == 0
    restore(empty, path)
    with pytest.raises(ConflictError, match="sudah berisi"):
        restore(empty, path)


STEPS = ("filled", "write", "set_sequences", "refill", "adopt", "put_back", "void")


@pytest.mark.parametrize("step", STEPS)
def test_a_restore_that_is_killed_serves_nothing_and_ends_when_run_again(
    site: Site, database: Addresses, empty: Place, tmp_path: Path, step: str
) -> None:
    worked_off(site, pdf("satu"), pdf("dua"))
    path = tmp_path / "c.age"
    backup(database, site.store, path)
    site.store.close()
    db.session.remove()
    db.engine.dispose()
    pid = os.fork()
    if pid == 0:
        module = tables if hasattr(tables, step) else work
        real, calls = getattr(module, step), []

        def last_act(*arguments: object, **named: object) -> object:
            calls.append(step)
            found = real(*arguments, **named)
            if step not in ("filled", "put_back") or len(calls) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return found

        setattr(module, step, last_act)
        try:
            restore(empty, path)
        finally:
            os._exit(3)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)
    assert {name: count for name, count in rows(empty.addresses).items() if count} == {}
    engine = sa.create_engine(empty.addresses.database_url, poolclass=sa.NullPool)
    with engine.connect() as connection, pytest.raises(migrations.SchemaError, match="belum selesai"):
        migrations.check(connection)
    assert restore(empty, path).troubles == []
    with engine.connect() as connection:
        migrations.check(connection)
    with database_app(empty.addresses.database_worker_url):
        assert all(report.problem is None for report in audit.verify_all())
        assert db.session.scalars(sa.select(Restoration.done_at)).one() is not None
        for row in db.session.scalars(sa.select(ArchivedObject)):
            assert read_digest(empty.store, Bucket.ARCHIVE, row.key, version_id=row.version_id).sha256 == row.sha256
    assert len(list(empty.store.list(Bucket.ARCHIVE, versions=True))) == 2


def test_a_damaged_or_foreign_backup_changes_nothing(
    site: Site, database: Addresses, empty: Place, tmp_path: Path
) -> None:
    worked_off(site, pdf())
    path = tmp_path / "c.age"
    backup(database, site.store, path)
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for content in (whole[:-1], whole[: len(whole) // 2], bytes(flipped), b"", b"bukan cadangan"):
        path.write_bytes(content)
        with pytest.raises(backup_file.BackupDamagedError):
            restore(empty, path)
    path.write_bytes(whole)
    with (
        pytest.raises(backup_file.BackupKeyError),
        backup_file.opened(path, identities=[backup_file.new_key()[0]]) as members,
    ):
        work.inspect(members, progress=quiet)
    assert not any(rows(empty.addresses).values())
    with database_app(empty.addresses.database_worker_url):
        assert db.session.scalars(sa.select(Restoration)).all() == []


def test_what_the_store_lost_or_changed_is_told_and_the_rest_is_in_the_backup(
    site: Site, database: Addresses, empty: Place, tmp_path: Path
) -> None:
    one, other = worked_off(site, pdf("satu"), pdf("dua"))
    row = db.session.scalars(sa.select(ArchivedObject).where(ArchivedObject.evidence_id == one)).one()
    engine = sa.create_engine(database.database_owner_url)
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE archived_object SET sha256 = :other WHERE id = :id"), {"other": "0" * 64, "id": row.id}
        )
        connection.execute(
            sa.text("UPDATE archived_object SET version_id = 'hilang' WHERE evidence_id = :id"), {"id": other}
        )
    engine.dispose()
    made = backup(database, site.store, tmp_path / "c.age")
    assert len(made.troubles) == 2
    assert "isinya bukan yang dijanjikan" in str(made.troubles)
    assert "tidak ada di penyimpanan" in str(made.troubles)
    found = restore(empty, tmp_path / "c.age")
    assert len(found.troubles) == 1
