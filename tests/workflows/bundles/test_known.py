"""The log against what is known from elsewhere: a forger with the whole database, who recomputes every hash, is seen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.databases import Databases
from tests.support.offices import CONSOLE, database_app
from webapp.embedded import Addresses
from workflows.bundles import anchoring
from workflows.bundles.anchor_models import Anchor
from workflows.bundles.known import Knowledge, gather
from workflows.bundles.seal import SealKey, load_or_create_key
from workflows.bundles.verify import Head, Receipt
from workflows.core import audit
from workflows.core.db import db
from workflows.core.errors import InvalidInputError
from workflows.core.models import AuditEvent

CHAIN = "system"
KEPT = 6
"""Events that the anchor knows; the one that tells of the anchor is the next."""
EVENTS = 10

REWRITE = """
DO $$
DECLARE
    row audit_event%ROWTYPE;
    before bytea := decode(repeat('00', 32), 'hex');
    number bigint := 0;
BEGIN
    CREATE TEMP TABLE kept AS SELECT * FROM audit_event WHERE chain = 'system' ORDER BY {order};
    DELETE FROM audit_event WHERE chain = 'system';
    FOR row IN SELECT * FROM kept LOOP
        number := number + 1;
        row.seq := number;
        row.previous := before;
        row.body_digest := sha256(row.salt || convert_to(row.body, 'UTF8'));
        row.hash := sha256(before || sha256(convert_to('system', 'UTF8')) || int8send(number)
            || int8send((extract(epoch FROM row.at) * 1000000)::bigint) || sha256(convert_to(row.about, 'UTF8'))
            || row.body_digest);
        before := row.hash;
        INSERT INTO audit_event VALUES (row.*);
    END LOOP;
    UPDATE audit_head SET seq = number, hash = before WHERE chain = 'system';
END
$$
"""
"""Puts a chain in another order and makes every number, link and head fit again."""


def write(count: int) -> None:
    for number in range(count):
        audit.record("thing.done", audit.Subject("thing", None), actor=CONSOLE, details={"n": number})
        db.session.commit()


@pytest.fixture
def key(tmp_path: Path) -> SealKey:
    return load_or_create_key(tmp_path / "seal.pem")


@pytest.fixture
def log(database: Addresses, key: SealKey, tmp_path: Path) -> Iterator[Addresses]:
    """Six events, an anchor kept outside, and four more events: the first of them tells of the anchor."""
    with database_app(database.database_worker_url):
        write(KEPT)
        made = anchoring.make(key=key, installation="Uji", targets=())
        assert made
        (tmp_path / "jangkar.json").write_text(made.document, "ascii")
        db.session.commit()
        write(EVENTS - KEPT - 1)
        yield database


@pytest.fixture
def forge(log: Addresses, databases: Databases) -> Callable[..., None]:
    """Do what somebody with the whole server can: change, then make every hash fit again, and remove the anchors."""

    def do(*statements: str, order: str = "seq", anchors: bool = False) -> None:
        db.session.rollback()  # rows that were read keep their table locked until then
        name = sa.make_url(log.database_url).database
        engine = sa.create_engine(databases.superuser_url(name), poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("SET session_replication_role = replica")
            connection.exec_driver_sql("ALTER TABLE audit_event DROP CONSTRAINT uq_audit_event_id")
            for statement in (*statements, REWRITE.format(order=order)):
                connection.connection.cursor().execute(statement)
            if not anchors:
                connection.exec_driver_sql("DELETE FROM anchor")
        db.session.rollback()

    return do


def judged(*anchors: Path, heads: tuple[Head, ...] = (), receipts: tuple[Receipt, ...] = ()) -> audit.ChainReport:
    known = gather(anchors=anchors, receipts=receipts, heads=heads)
    (report,) = [report for report in audit.verify_all(known.links) if report.chain == CHAIN]
    return report


def knowledge(*anchors: Path) -> Knowledge:
    return gather(anchors=anchors, receipts=(), heads=())


def test_an_anchor_proves_the_log_up_to_its_heads_and_no_further(log: Addresses, tmp_path: Path) -> None:
    report = judged(tmp_path / "jangkar.json")
    assert (report.problem, report.events, report.proven) == (None, EVENTS, KEPT)
    assert knowledge(tmp_path / "jangkar.json").problems == []
    assert (judged().problem, judged().proven) == (None, 0), "stored anchors prove nothing from outside"


def head(seq: int) -> Head:
    row = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.chain == CHAIN, AuditEvent.seq == seq)).one()
    return Head(CHAIN, seq, bytes(row.hash).hex())


FRAUDS = {
    "edit": ("UPDATE audit_event SET body = replace(body, '\"n\":3', '\"n\":9') WHERE seq = 4",),
    "insertion": (
        "INSERT INTO audit_event SELECT chain, 1000, gen_random_uuid(), at, kind, region_id, agency_id, person_id,"
        " subject_type, subject_id, body, salt, about, body_digest, previous, hash FROM audit_event WHERE seq = 4",
        "UPDATE audit_event SET body = replace(body, (body::jsonb->>'id'), id::text) WHERE seq = 1000",
    ),
    "deletion": ("DELETE FROM audit_event WHERE seq = 4",),
    "back-dating": ("UPDATE audit_event a SET at = b.at FROM audit_event b WHERE (a.seq, b.seq) = (4, 3)",),
}


@pytest.mark.parametrize("fraud", FRAUDS)
def test_a_rewritten_log_is_refused_and_the_first_bad_event_is_bounded(
    log: Addresses, forge: Callable[..., None], tmp_path: Path, fraud: str
) -> None:
    third, fourth = head(3), head(4)
    forge(*FRAUDS[fraud], order="at, seq" if fraud == "insertion" else "seq")
    assert judged().problem is None, "in itself it holds"
    problem = judged(tmp_path / "jangkar.json").problem
    assert problem
    assert (problem.code, problem.seq, problem.until) == ("rewritten", 1, KEPT)
    # Whoever holds more heads finds the very event.
    problem = judged(tmp_path / "jangkar.json", heads=(third, fourth)).problem
    assert problem
    first = 5 if fraud == "insertion" else 4  # the inserted event stands behind the fourth
    assert (problem.code, problem.seq) == ("rewritten", first)


def test_reordered_events_are_refused(log: Addresses, forge: Callable[..., None], tmp_path: Path) -> None:
    third = head(3)
    forge(
        "UPDATE audit_event a SET body = b.body, salt = b.salt, id = b.id"
        " FROM audit_event b WHERE (a.seq, b.seq) IN ((4, 5), (5, 4))"
    )
    assert judged().problem is None
    problem = judged(tmp_path / "jangkar.json", heads=(third,)).problem
    assert problem
    assert (problem.code, problem.seq, problem.until) == ("rewritten", 4, KEPT)


def test_a_cut_tail_is_named_with_the_first_missing_event(
    log: Addresses, forge: Callable[..., None], tmp_path: Path
) -> None:
    forge("DELETE FROM audit_event WHERE seq > 4")
    assert judged().problem is None
    problem = judged(tmp_path / "jangkar.json").problem
    assert problem
    assert (problem.code, problem.seq, problem.until) == ("cut_off", 5, KEPT)


def test_a_chain_that_is_gone_altogether_is_missed(log: Addresses, forge: Callable[..., None], tmp_path: Path) -> None:
    forge("DELETE FROM audit_event", "DELETE FROM audit_head")
    assert list(audit.verify_all(knowledge().links)) == []
    problem = judged(tmp_path / "jangkar.json").problem
    assert problem
    assert (problem.code, problem.seq) == ("cut_off", 1)


def test_the_stored_anchors_alone_see_a_forger_without_the_seal_key(log: Addresses, forge: Callable[..., None]) -> None:
    forge(*FRAUDS["edit"], anchors=True)
    problem = judged().problem
    assert problem
    assert (problem.code, problem.seq, problem.until) == ("rewritten", 1, KEPT)


@pytest.mark.parametrize(
    "fraud",
    [
        "DELETE FROM anchor WHERE number = 1",
        "UPDATE anchor SET document = replace(document, '\"number\":2', '\"number\":3') WHERE number = 2",
        "UPDATE anchor SET document = replace(document, '\"seq\":10', '\"seq\":9') WHERE number = 2",
        "DELETE FROM seal_key",
    ],
)
def test_a_removed_or_changed_stored_anchor_is_named(
    log: Addresses, forge: Callable[..., None], key: SealKey, fraud: str
) -> None:
    anchoring.make(key=key, installation="Uji", targets=())
    db.session.commit()
    assert knowledge().anchors == 2
    forge(fraud, anchors=True)
    (problem,) = knowledge().problems
    assert problem.code == "anchor_changed"
    assert problem.seq == (1 if "DELETE" in fraud else 2)


def test_a_kept_anchor_that_is_not_the_stored_one_is_told(log: Addresses, tmp_path: Path, key: SealKey) -> None:
    anchoring.make(key=key, installation="Lain", targets=())
    other = db.session.scalars(sa.select(Anchor.document).where(Anchor.number == 2)).one()
    db.session.rollback()
    (tmp_path / "lain.json").write_text(other, "ascii")
    (problem,) = knowledge(tmp_path / "lain.json").problems
    assert (problem.code, problem.seq) == ("anchor_differs", 2)


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:-2] + "\n", lambda text: text.replace('"number":1', '"number":2')]
)
def test_a_file_that_is_no_anchor_is_refused(log: Addresses, tmp_path: Path, spoil: Callable[[str], str]) -> None:
    path = tmp_path / "jangkar.json"
    path.write_text(spoil(path.read_text("ascii")), "ascii")
    with pytest.raises(InvalidInputError, match="bukan jangkar"):
        judged(path)


def test_a_receipt_of_a_delivery_that_is_gone_is_told(log: Addresses) -> None:
    found = gather(anchors=(), receipts=(Receipt("TT-2026-000009", 3, "ab" * 32),), heads=())
    assert [(problem.code, problem.seq) for problem in found.problems] == [("receipt_missing", 3)]


def test_an_event_must_be_what_its_receipt_says(log: Addresses) -> None:
    third = head(3)
    known = audit.Known("tanda terima", third.seq, bytes.fromhex(third.hash), receipt="TT-2026-000001")
    (report,) = audit.verify_all({CHAIN: [known]})
    assert report.problem
    assert (report.problem.code, report.problem.seq) == ("other_receipt", 3)
