"""The log: only grows, links itself, and shows every fraud."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, scoped_session

from tests.support.databases import Databases
from tests.support.offices import CONSOLE, database_app
from webapp.embedded import Addresses
from workflows.core import audit
from workflows.core.db import db
from workflows.core.models import AuditEvent

REGION = audit.Subject("thing", None)


def write(count: int, *, chain: str = "system") -> None:
    """Commit ``count`` events, one transaction each."""
    for number in range(count):
        audit.record("thing.done", REGION, actor=CONSOLE, details={"n": number})
        db.session.commit()


def report() -> audit.ChainReport:
    """Return the verdict on the only chain."""
    (found,) = audit.verify_all()
    return found


@pytest.fixture
def log(database: Addresses):
    """A database of its own with ten events, opened as the worker role."""
    with database_app(database.database_worker_url):
        write(10)
        yield database


def as_superuser(databases: Databases, database: Addresses, *statements: str) -> None:
    """Commit a fraud past every right and trigger, as somebody with the whole server would."""
    name = sa.make_url(database.database_url).database
    engine = sa.create_engine(databases.superuser_url(name), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET session_replication_role = replica")
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_events_are_linked_by_the_last_statement_and_the_chain_holds(log: Addresses) -> None:
    assert (report().events, report().problem) == (10, None)
    rows = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.seq)).all()
    assert [row.seq for row in rows] == list(range(1, 11))
    assert all(
        row.hash == audit.link_hash(row.previous, row.chain, row.seq, row.at, row.about, row.body_digest)
        for row in rows
    )


@pytest.mark.parametrize(
    ("fraud", "code", "seq"),
    [
        ("UPDATE audit_event SET body = replace(body, '\"n\":4', '\"n\":5') WHERE seq = 5", "body_changed", 5),
        ("UPDATE audit_event SET kind = 'thing.undone' WHERE seq = 5", "columns_changed", 5),
        ("UPDATE audit_event SET about = 'import:' WHERE seq = 5", "hash_differs", 5),
        ("UPDATE audit_event SET at = at - interval '1 day' WHERE seq = 5", "hash_differs", 5),
        ("DELETE FROM audit_event WHERE seq = 5", "gap", 6),
        ("DELETE FROM audit_event WHERE seq = 10", "head_differs", 9),
        (
            "INSERT INTO audit_event SELECT chain, 11, gen_random_uuid(), at, kind, region_id, agency_id, person_id, "
            "subject_type, subject_id, body, salt, about, body_digest, hash, hash FROM audit_event WHERE seq = 10",
            "hash_differs", 11,
        ),
        (
            "UPDATE audit_event a SET body = b.body, salt = b.salt, body_digest = b.body_digest, id = b.id "
            "FROM audit_event b WHERE (a.seq, b.seq) IN ((3, 4), (4, 3))",
            "hash_differs", 3,
        ),
    ],
    ids=["edit", "edited column", "edited class", "back-dated", "deletion", "cut tail", "insertion", "reordering"],
)  # fmt: skip
def test_every_fraud_is_named_with_its_first_bad_event(
    log: Addresses, databases: Databases, fraud: str, code: str, seq: int
) -> None:
    statements = [fraud]
    if "(3, 4)" in fraud:  # two unique ids change places at once
        statements.insert(0, "ALTER TABLE audit_event DROP CONSTRAINT uq_audit_event_id")
    as_superuser(databases, log, *statements)
    problem = report().problem
    assert problem is not None
    assert (problem.code, problem.seq) == (code, seq)


@pytest.mark.parametrize("role", ["database_url", "database_worker_url"])
@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE audit_event SET kind = 'x'",
        "DELETE FROM audit_event",
        "TRUNCATE audit_event",
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "ALTER TABLE audit_event DISABLE TRIGGER audit_only_grows",
        "SET session_replication_role = replica",
        "COPY audit_event TO PROGRAM 'cat'",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "UPDATE audit_head SET seq = 0",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
        "INSERT INTO audit_head (chain, seq, hash, at) VALUES ('x', 0, '', now())",
        "DROP TABLE audit_event",
        "DROP TRIGGER audit_link ON audit_event",
        "CREATE OR REPLACE FUNCTION audit_link() RETURNS trigger LANGUAGE sql AS ''",
        "ALTER TABLE requirement DISABLE ROW LEVEL SECURITY",
        "SET ROLE tuntas_owner",
        "CREATE TABLE mine (a int)",
    ],
)
def test_neither_web_nor_worker_can_touch_what_is_written(shared_log: Addresses, role: str, attempt: str) -> None:
    engine = sa.create_engine(getattr(shared_log, role), poolclass=sa.NullPool)
    with (
        engine.connect() as connection,
        pytest.raises(DBAPIError, match=r"denied|must be owner|only grows|does not exist"),
    ):
        connection.exec_driver_sql(attempt)


@pytest.fixture(scope="module")
def shared_log(databases: Databases):
    """A database with a few events for attempts that all fail."""
    with databases.clone() as addresses, database_app(addresses.database_worker_url):
        write(3)
        yield addresses


def test_even_the_owner_may_only_erase_body_and_salt_together(log: Addresses) -> None:
    engine = sa.create_engine(log.database_owner_url, poolclass=sa.NullPool)
    for refused in (
        "UPDATE audit_event SET kind = 'x'",
        "DELETE FROM audit_event",
        "UPDATE audit_event SET body = NULL",
    ):
        with engine.connect() as connection, pytest.raises(DBAPIError, match="only grows"):
            connection.exec_driver_sql(refused)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_event SET body = NULL, salt = NULL WHERE seq = 4")
    db.session.rollback()
    assert report().problem is None


def test_a_writer_cannot_choose_number_time_or_hash(log: Addresses) -> None:
    engine = sa.create_engine(log.database_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO audit_event"
            " (chain, seq, at, id, kind, subject_type, body, salt, hash, previous, body_digest) VALUES ('system', 999,"
            " '1999-01-01', gen_random_uuid(), 'x', 'thing', '{}', decode(repeat('00', 16), 'hex'), '', '', '')"
        )
    newest = db.session.scalars(sa.select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1)).one()
    assert newest.seq == 11
    assert newest.at > dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert newest.hash == audit.link_hash(newest.previous, "system", 11, newest.at, newest.about, newest.body_digest)


def test_an_event_of_a_rolled_back_transaction_or_savepoint_vanishes(log: Addresses) -> None:
    audit.record("thing.lost", REGION, actor=CONSOLE)
    db.session.rollback()
    audit.record("thing.kept", REGION, actor=CONSOLE)
    savepoint = db.session.begin_nested()
    audit.record("thing.dropped", REGION, actor=CONSOLE)
    savepoint.rollback()
    db.session.commit()
    kinds = db.session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.seq > 10)).all()
    assert kinds == ["thing.kept"]


def test_events_of_several_chains_are_linked_in_the_order_of_their_names(session: scoped_session[Session]) -> None:
    import uuid

    region, agency = uuid.uuid4(), uuid.uuid4()
    seen: list[str] = []

    def listen(_conn: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if statement.startswith("INSERT INTO audit_event"):
            rows = parameters if isinstance(parameters, list) else [parameters]
            seen.extend(row["chain"] for row in rows)

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        audit.record("a", audit.Subject("x", None), actor=CONSOLE)
        audit.record("a", audit.Subject("x", None, region), actor=CONSOLE)
        audit.record("a", audit.Subject("x", None, region, agency), actor=CONSOLE, access=True)
        audit.record("a", audit.Subject("x", None, region, agency), actor=CONSOLE)
        session.commit()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    assert len(seen) == 4
    assert seen == sorted(seen)
