"""Anchors: made by day and after a decision, numbered, chained, sealed, and sent to where nobody here can change them."""

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from asn1crypto import pem
from rfc3161_client import decode_timestamp_response
from sqlalchemy.exc import DBAPIError

from tests.support.offices import CONSOLE
from tests.support.official_papers import paper
from tests.support.outside import STAMPED_AT, MailServer, TimeStamper, mail_server, time_stamper
from tests.support.pki import toy
from tests.workers.tasks.site import Site
from webapp.embedded import Addresses
from workers import schedule
from workers.running import Tools
from workers.witnesses import Witnesses
from workflows.bundles import anchoring
from workflows.bundles import operations as bundles
from workflows.bundles.anchor_models import Anchor, AnchorSending
from workflows.bundles.anchor_queries import outside, seal_keys
from workflows.bundles.rotation import put_in_place, rotate
from workflows.bundles.verify import read_anchor, signature_holds, signed_text
from workflows.core.db import db
from workflows.core.models import AuditEvent, Job

ADDRESS = "saksi@uji.example"


@pytest.fixture
def stamper() -> Iterator[TimeStamper]:
    with time_stamper() as service:
        yield service


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def roots(tmp_path: Path) -> str:
    path = tmp_path / "akar.pem"
    path.write_bytes(pem.armor("CERTIFICATE", toy().certificate("root").dump()))
    return str(path)


def tools_for(site: Site, **settings: object) -> Tools:
    return site.with_tools(witnesses=Witnesses(**settings))  # type: ignore[arg-type]


def stamping(site: Site, stamper: TimeStamper, roots: str = "") -> Tools:
    return tools_for(site, tsa_url=stamper.url, tsa_ca_file=roots)


def mailing(site: Site, mailbox: MailServer, *more: str) -> Tools:
    return tools_for(site, addresses=(ADDRESS, *more), smtp_host="127.0.0.1", smtp_port=mailbox.port, smtp_secure=False)


def make(site: Site, tools: Tools) -> Anchor:
    """Make an anchor now."""
    assert site.office
    made = anchoring.make(key=tools.seal_key(), installation="Uji", targets=tools.witnesses.targets)
    assert made is not None
    db.session.commit()
    return made


def sendings(anchor: Anchor) -> list[AnchorSending]:
    db.session.expire_all()
    query = sa.select(AnchorSending).where(AnchorSending.number == anchor.number).order_by(AnchorSending.id)
    return list(db.session.scalars(query))


def send(site: Site, anchor: Anchor, tools: Tools) -> list[AnchorSending]:
    for sending in sendings(anchor):
        site.make_due()
        site.do(sending.id, anchoring.SEND_JOB, tools=tools)  # type: ignore[arg-type]
    return sendings(anchor)


def test_anchors_are_numbered_chained_sealed_and_hold_every_head(site: Site) -> None:
    first, second = make(site, site.tools), make(site, site.tools)
    assert [first.number, second.number] == [1, 2]
    assert (first.previous, second.previous) == (None, hashlib.sha256(first.document.encode()).hexdigest())
    told = read_anchor(second.document.encode())
    assert signature_holds(signed_text(told), int(told["signature"], 16), int(told["key"]["n"], 16), 65537)
    chains = set(db.session.scalars(sa.select(AuditEvent.chain).distinct()))
    assert set(told["heads"]) == chains
    assert {"system", f"region:{site.office.region.id}", f"agency:{site.office.agency.id}"} <= chains


def test_the_log_knows_each_anchor(site: Site) -> None:
    anchor = make(site, site.tools)
    (body,) = db.session.scalars(sa.select(AuditEvent.body).where(AuditEvent.kind == "anchor.made"))
    assert anchor.sha256 in body
    assert site.chains_hold()


def test_nothing_to_anchor_makes_no_anchor(site: Site) -> None:
    assert anchoring.make(key=site.tools.seal_key(), installation="Uji", targets=()) is None


def test_a_day_has_one_anchor_whatever_the_beats(site: Site) -> None:
    assert site.office
    for _ in range(2):
        schedule.order_periodic()
    db.session.execute(sa.delete(Job).where(Job.kind != "periodic.anchor", Job.key.startswith("periodic.")))
    db.session.rollback()
    jobs_ = db.session.scalars(sa.select(Job).where(Job.kind == "periodic.anchor")).all()
    assert len(jobs_) == 1
    site.work_off()
    assert db.session.scalars(sa.select(Anchor.number)).all() == [1]


@pytest.mark.parametrize("trusted", [False, True])
def test_a_time_stamp_is_kept_beside_the_anchor(site: Site, stamper: TimeStamper, roots: str, trusted: bool) -> None:
    tools = stamping(site, stamper, roots if trusted else "")
    anchor = make(site, tools)
    (sending,) = send(site, anchor, tools)
    assert (sending.state, sending.why, sending.attested_at) == ("sent", None, STAMPED_AT)
    token = decode_timestamp_response(sending.proof)
    assert token.tst_info.message_imprint.message == bytes.fromhex(anchor.sha256)
    assert not outside().alarm


def other_digest(query: bytes) -> bytes:
    from asn1crypto import tsp

    asked = tsp.TimeStampReq.load(query)
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}
    changed = tsp.TimeStampReq({**asked.native, "message_imprint": imprint})
    return toy().time_stamp(changed.dump(), STAMPED_AT)


def other_nonce(query: bytes) -> bytes:
    from asn1crypto import tsp

    asked = tsp.TimeStampReq.load(query)
    return toy().time_stamp(tsp.TimeStampReq({**asked.native, "nonce": 1}).dump(), STAMPED_AT)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (other_digest, "bukan untuk sidik jari"),
        (other_nonce, "bukan jawaban atas permintaan"),
        (lambda query: b"<html>", "tidak terbaca"),
        (lambda query: b"0" * (1 << 20), "tidak terbaca"),
    ],
)
def test_a_stamp_that_does_not_answer_what_was_asked_is_not_kept(
    site: Site, stamper: TimeStamper, spoil: object, sentence: str
) -> None:
    tools = stamping(site, stamper)
    anchor = make(site, tools)
    stamper.spoil = spoil  # type: ignore[assignment]
    (sending,) = send(site, anchor, tools)
    assert (sending.state, sending.proof) == ("waiting", None)
    assert sentence in (sending.why or "")
    assert outside().alarm
    stamper.spoil = None
    (sending,) = send(site, anchor, tools)
    assert sending.state == "sent"


def test_a_stamp_of_somebody_else_is_not_trusted(site: Site, stamper: TimeStamper, tmp_path: Path) -> None:
    foreign = tmp_path / "asing.pem"
    foreign.write_bytes(pem.armor("CERTIFICATE", toy().certificate("foreign-root").dump()))
    tools = stamping(site, stamper, str(foreign))
    (sending,) = send(site, make(site, tools), tools)
    assert "dipercaya" in (sending.why or "")


def test_each_witness_gets_digest_and_document(site: Site, mailbox: MailServer) -> None:
    tools = mailing(site, mailbox, "auditor@uji.example")
    anchor = make(site, tools)
    assert [row.state for row in send(site, anchor, tools)] == ["sent", "sent"]
    assert sorted(letter["To"] for letter in mailbox.letters) == ["auditor@uji.example", ADDRESS]
    letter = mailbox.letters[0]
    assert anchor.sha256 in letter.get_body().get_content()
    (attached,) = letter.iter_attachments()
    assert attached.get_content() == anchor.document.encode()
    assert not outside().alarm


def test_a_server_that_is_away_or_refuses_is_asked_again(site: Site, mailbox: MailServer) -> None:
    tools = mailing(site, mailbox)
    anchor = make(site, tools)
    (sending,) = send(site, anchor, tools_for(site, addresses=(ADDRESS,), smtp_host="127.0.0.1", smtp_port=1))
    assert "tidak menjawab" in (sending.why or "")
    mailbox.refuses = True
    (sending,) = send(site, anchor, tools)
    assert (sending.state, "menolak" in (sending.why or "")) == ("waiting", True)
    assert site.job(sending.id, anchoring.SEND_JOB).state == "queued"
    mailbox.refuses = False
    (sending,) = send(site, anchor, tools)
    assert (sending.state, sending.why) == ("sent", None)


def test_an_encrypted_connection_is_not_done_without(site: Site, mailbox: MailServer) -> None:
    tools = mailing(site, mailbox)
    plain = tools_for(site, addresses=(ADDRESS,), smtp_host="127.0.0.1", smtp_port=mailbox.port)
    (sending,) = send(site, make(site, tools), plain)
    assert (sending.state, mailbox.letters) == ("waiting", [])


def test_a_sending_whose_settings_are_gone_or_that_is_old_is_given_up(
    site: Site, mailbox: MailServer, database: Addresses
) -> None:
    tools = mailing(site, mailbox)
    (sending,) = send(site, make(site, tools), site.tools)
    assert (sending.state, "dihapus" in (sending.why or "")) == ("failed", True)
    anchor = make(site, tools)
    db.session.rollback()
    as_owner(database, "UPDATE anchor_sending SET created_at = now() - interval '8 days'")
    (sending,) = send(site, anchor, tools)
    assert (sending.state, "terlalu lama" in (sending.why or "")) == ("failed", True)
    assert mailbox.letters == []


def test_without_an_outside_anchor_of_two_days_people_are_alarmed(
    site: Site, stamper: TimeStamper, database: Addresses
) -> None:
    assert (outside().alarm, outside().ordered) == (True, False)
    make(site, site.tools)
    assert (outside().alarm, outside().ordered) == (True, False)
    tools = stamping(site, stamper)
    send(site, make(site, tools), tools)
    assert (outside().alarm, outside().number) == (False, 2)
    as_owner(database, "UPDATE anchor SET at = at - interval '49 hours'")
    db.session.rollback()
    assert outside().alarm


def as_owner(database: Addresses, statement: str) -> None:
    """Change what nobody may change, as the owner who takes the trigger away first."""
    engine = sa.create_engine(database.database_owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE anchor DISABLE TRIGGER USER")
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize("role", ["database_url", "database_worker_url", "database_owner_url"])
@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE anchor SET previous = NULL", "DELETE FROM anchor", "TRUNCATE anchor CASCADE",
        "UPDATE seal_key SET since = now()", "DELETE FROM seal_key",
    ],
)  # fmt: skip
def test_nobody_changes_an_anchor_or_a_key(site: Site, database: Addresses, role: str, attempt: str) -> None:
    make(site, site.tools)
    engine = sa.create_engine(getattr(database, role), poolclass=sa.NullPool)
    with engine.connect() as connection, pytest.raises(DBAPIError, match=r"denied|only grow"):
        connection.exec_driver_sql(attempt)


def test_the_web_role_makes_no_anchor(site: Site, database: Addresses) -> None:
    engine = sa.create_engine(database.database_url, poolclass=sa.NullPool)
    for table in ("anchor", "anchor_sending", "seal_key"):
        with engine.connect() as connection, pytest.raises(DBAPIError, match="denied"):
            connection.exec_driver_sql(f"INSERT INTO {table} DEFAULT VALUES")


def test_the_next_key_is_signed_by_the_one_before_and_the_old_one_stays_listed(site: Site) -> None:
    old = site.tools.seal_key()
    make(site, site.tools)
    path = site.tools.seal_key_file
    entry = rotate(path, installation="Uji")
    again = rotate(path, installation="Uji")
    assert again.number == entry.number, "a second call goes on where the first was stopped"
    db.session.commit()
    make(site, site.tools)  # a worker in between still seals with the old one
    put_in_place(path)
    new = site.tools.seal_key()
    assert make(site, site.tools).fingerprint == new.fingerprint == entry.fingerprint
    assert [row.fingerprint for row in seal_keys()] == [new.fingerprint, old.fingerprint]
    import json

    told = json.loads(entry.document or "")
    assert (told["fingerprint"], told["next_fingerprint"]) == (old.fingerprint, new.fingerprint)
    assert told["next_key"]["n"] == f"{new.modulus:x}"
    assert signature_holds(signed_text(told), int(told["signature"], 16), old.modulus, 65537)
    kinds = db.session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.kind == "seal.rotated")).all()
    assert len(kinds) == 1
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_was_put_in_place_past_the_command_is_listed_without_a_signature(site: Site) -> None:
    make(site, site.tools)
    site.tools.seal_key_file.unlink()
    make(site, site.tools)
    assert [(row.number, row.document) for row in seal_keys()] == [(2, None), (1, None)]


def test_a_decision_orders_an_anchor(site: Site) -> None:
    from workflows.recommendations.models import OfficialStatus, Recommendation
    from workflows.verification.decisions import decide, propose

    rows = db.session.scalars(
        sa.select(Recommendation).where(Recommendation.agency_id == site.office.agency.id).limit(1)
    ).all()
    decision = propose(rows, official_status=OfficialStatus.PARTIAL, reason="uji", actor=site.office.actor("evaluator"))
    db.session.commit()
    assert not db.session.scalars(sa.select(Job).where(Job.kind == anchoring.MAKE_JOB)).all()
    inspector = site.office.actor("inspector")
    decide([decision], letter=paper(site.office.agency, inspector), actor=inspector)
    db.session.commit()
    site.do(decision.id, anchoring.MAKE_JOB)  # type: ignore[arg-type]
    anchor = db.session.scalars(sa.select(Anchor)).one()
    chain = f"agency:{site.office.agency.id}"
    decided = db.session.scalars(sa.select(AuditEvent.seq).where(AuditEvent.kind == "decision.decided")).one()
    assert read_anchor(anchor.document.encode())["heads"][chain]["seq"] == decided


def bag_info(site: Site) -> str:
    """Order a bundle, build it twice, and return what it says of itself."""
    agency = site.office.agency
    ordered = bundles.order(agency, year=2026, reason="uji", actor=CONSOLE, background=False)
    db.session.commit()
    built = []
    for _ in range(2):
        out = io.BytesIO()
        key = site.tools.seal_key()
        with tempfile.TemporaryFile() as log:
            draft = bundles.gather(ordered.id, log=log, installation="Uji")
            bundles.pack(draft, store=site.store, seal_key=key, out=out)
        built.append(out.getvalue())
    db.session.commit()
    assert built[0] == built[1]
    with zipfile.ZipFile(io.BytesIO(built[0])) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/bag-info.txt"))
        return archive.read(name).decode()


def test_a_bundle_says_which_anchor_was_outside_when_it_was_ordered(
    site: Site, stamper: TimeStamper, database: Addresses
) -> None:
    assert "Outside-Anchor: tanpa jangkar luar\n" in bag_info(site)
    tools = stamping(site, stamper)
    anchor = make(site, tools)
    send(site, anchor, tools)
    assert f"Outside-Anchor: nomor 1, SHA-256 {anchor.sha256}, " in bag_info(site)
    as_owner(database, "UPDATE anchor SET at = at - interval '49 hours'")
    db.session.rollback()
    assert "Outside-Anchor: tanpa jangkar luar sejak nomor 1, " in bag_info(site)
