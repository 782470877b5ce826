"""The public pages: anchors with their digests, keys and verifiers; whether a receipt and a file are known."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from tests.support.furnished import Furnished, filler
from tests.support.offices import database_app
from webapp.evidence import receipt_check
from workflows.archive.models import ArchivedObject, Disposal, DisposalKind, DisposalState
from workflows.bundles import anchoring
from workflows.bundles.anchor_models import Anchor, AnchorSending, Way
from workflows.bundles.operations import VERIFIERS
from workflows.bundles.seal import SealKey, load_or_create_key
from workflows.bundles.verify import parse_receipt
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.ids import new_id
from workflows.core.models import AuditEvent
from workflows.evidence.models import Evidence
from workflows.organization.models import Person

from .conftest import Desk, Story, words

PAGE = "/tanda-terima/periksa"
PROOF = b"\x30\x03\x02\x01\x00"
WITNESS = "saksi@uji.example"


@pytest.fixture
def key(tmp_path: Path) -> SealKey:
    return load_or_create_key(tmp_path / "seal.pem")


def anchor(furnished: Furnished, key: SealKey, *, outside: bool) -> str:
    """Make an anchor as the worker does, and let it arrive; return its document."""
    targets = (anchoring.Target(Way.TIME_STAMP, "http://cap.example"), anchoring.Target(Way.MAIL, WITNESS))
    with furnished.behind():
        made = anchoring.make(key=key, installation="Uji", targets=targets)
        assert made
        document = made.document
        db.session.commit()
        if outside:
            for row in db.session.scalars(sa.select(AnchorSending).where(AnchorSending.number == made.number)):
                proof = PROOF if row.way == Way.TIME_STAMP else None
                anchoring.sent(row.id, proof=proof, attested_at=dt.datetime.now(dt.UTC) if proof else None)
    return document


def test_everybody_may_see_and_keep_the_anchors(client: FlaskClient, furnished: Furnished, key: SealKey) -> None:
    assert "belum ada jangkar" in words(client.get("/jangkar"))
    document = anchor(furnished, key, outside=True)
    answer = client.get("/jangkar")
    page = words(answer)
    assert hashlib.sha256(document.encode()).hexdigest() in page
    assert key.fingerprint in page
    assert "1 saksi" in page
    assert "Jangkar nomor 1 sampai di luar" in page
    assert WITNESS not in answer.text
    assert client.get("/jangkar/1.json").data == document.encode()
    assert client.get("/jangkar/1.tsr").data == PROOF
    for path in ("/jangkar/2.json", "/jangkar/2.tsr", "/jangkar/kunci/1.json", "/jangkar/kunci/9.json"):
        assert client.get(path).status_code == 404


def test_the_verifiers_of_this_release_stand_there(client: FlaskClient) -> None:
    page = words(client.get("/jangkar"))
    for path in VERIFIERS:
        assert f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" in page


@pytest.mark.parametrize("who", ["inspector", "admin"])
def test_who_can_do_something_is_told_that_no_anchor_gets_outside(
    desk: Callable[[str], Desk], furnished: Furnished, key: SealKey, who: str
) -> None:
    assert "belum diatur" in desk(who).text("/")
    anchor(furnished, key, outside=False)
    assert "belum ada jangkar yang sampai" in desk(who).text("/log")
    assert "Belum sampai di luar" in desk(who).text("/jangkar")
    anchor(furnished, key, outside=True)
    assert "Tanpa jangkar luar" not in desk(who).text("/")


def test_others_are_left_alone(desk: Callable[[str], Desk], furnished: Furnished, key: SealKey) -> None:
    anchor(furnished, key, outside=False)
    assert "jangkar luar" not in desk("head_b1").text("/").lower()
    assert "Belum sampai di luar" not in desk("head_b1").text("/jangkar")


def test_the_metrics_tell_it_too(client: FlaskClient, furnished: Furnished, key: SealKey) -> None:
    text = client.get("/metrics").text
    assert "tuntas_outside_anchor_alarm 1" in text
    assert "age" not in text
    anchor(furnished, key, outside=True)
    text = client.get("/metrics").text
    assert "tuntas_outside_anchor_alarm 0" in text
    assert re.search(r"tuntas_outside_anchor_age_seconds \d+\n", text)


def test_a_receipt_says_what_proves_it(
    story: Story, desk: Callable[[str], Desk], furnished: Furnished, key: SealKey
) -> None:
    number = story.deliver()
    page = desk("staff_b1").text(f"/tanda-terima/{number}")
    assert "tanpa jangkar luar" in page
    line = parse_receipt(re.search(rf"{number}:\d+:[0-9a-f]{{64}}", page)[0])  # type: ignore[index]
    with furnished.behind():
        event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.hash == bytes.fromhex(line.hash))).one()
        assert (event.kind, event.seq) == ("evidence.received", line.seq)
        assert event.chain in page
    document = anchor(furnished, key, outside=True)
    page = desk("staff_b1").text(f"/tanda-terima/{number}")
    assert "nomor 1 membuktikan penerimaan ini" in page
    assert key.fingerprint in page
    assert document
    story.deliver(data=filler("lain"))
    with furnished.behind():
        later = db.session.scalars(sa.select(Evidence.receipt_number).order_by(Evidence.id.desc()).limit(1)).one()
    assert "menunggu jangkar berikutnya" in desk("staff_b1").text(f"/tanda-terima/{later}")


class Asking:
    """A stranger with a browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def ask(self, **typed: str):
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(PAGE).text)
        assert found
        return self.client.post(PAGE, data={"csrf_token": found[1], **typed})


@pytest.fixture
def delivered(story: Story, furnished: Furnished, desk: Callable[[str], Desk]) -> dict[str, str]:
    """What the receipt of a delivery tells a stranger, read from the printed address."""
    number = story.deliver()
    html = desk("staff_b1").get(f"/tanda-terima/{number}").text
    address = re.search(r'href="([^"]+periksa\?[^"]+)"', html)
    assert address
    query = parse_qs(urlsplit(address[1].replace("&amp;", "&")).query)
    return {
        "nomor": query["nomor"][0],
        "kode": query["kode"][0],
        "sha256": hashlib.sha256(filler()).hexdigest(),
    }


def test_a_stranger_with_receipt_and_file_is_told_the_state_and_no_more(
    client: FlaskClient, delivered: dict[str, str]
) -> None:
    answer = Asking(client).ask(**delivered)
    page = words(answer)
    assert answer.status_code == 200
    assert "Dikenal. Berkas ini sudah diterima, diperiksa, dan tersimpan di arsip." in page
    assert "Bidang" not in page
    assert "monev" not in page
    filled = client.get(f"{PAGE}?nomor={delivered['nomor']}&kode={delivered['kode']}").text
    assert f'value="{delivered["nomor"]}"' in filled
    assert f'value="{delivered["kode"]}"' in filled


def test_the_state_is_what_became_of_the_bytes(
    client: FlaskClient, delivered: dict[str, str], furnished: Furnished
) -> None:
    asking = Asking(client)

    def told(*changes: sa.Update | sa.Delete) -> str:
        with database_app(furnished.addresses.database_owner_url):
            for change in changes:
                db.session.execute(change)
            db.session.commit()
        found = re.search(r"Dikenal\. ([^.]+)\.", words(asking.ask(**delivered)))
        assert found
        return found[1]

    assert "tersimpan di arsip" in told(sa.update(Evidence).values(verdict="reject"))  # accepted after a look
    with furnished.behind():
        row = db.session.scalars(sa.select(Evidence)).one()
        who = db.session.scalars(sa.select(Person.id).limit(2)).all()
        erased = Disposal(
            id=new_id(), region_id=row.region_id, agency_id=row.agency_id, evidence_id=row.id, number="BAP-1",
            kind=DisposalKind.WRONG_DELIVERY, state=DisposalState.DONE, sha256=row.sha256, letter="1", reason="Salah",
            proposed_by_id=who[0], confirmed_by_id=who[1], proposed_at=now(), confirmed_at=now(), done_at=now(),
        )  # fmt: skip
        erased_id = erased.id
    with database_app(furnished.addresses.database_owner_url):
        db.session.add(erased)
        db.session.commit()
    assert "lalu dimusnahkan" in told(sa.update(ArchivedObject).values(disposal_id=erased_id))
    assert "lalu ditolak" in told(sa.delete(ArchivedObject))
    assert "belum selesai" in told(sa.update(Evidence).values(verdict="accept"))


def test_how_it_is_copied_does_not_matter(client: FlaskClient, delivered: dict[str, str]) -> None:
    code = delivered["kode"].lower()
    copied = {
        "nomor": f" {delivered['nomor'].lower()} ",
        "kode": f"{code[:4]} {code[4:13]}-{code[13:]}",
        "sha256": delivered["sha256"].upper(),
    }
    assert "Dikenal." in words(Asking(client).ask(**copied))


@pytest.mark.parametrize("wrong", ["nomor", "kode", "sha256"])
def test_whatever_does_not_fit_gets_the_same_answer(client: FlaskClient, delivered: dict[str, str], wrong: str) -> None:
    other = {"nomor": "TT-2026-999999", "kode": "A" * 26, "sha256": "0" * 64}
    nothing = Asking(client).ask(**other)
    answer = Asking(client).ask(**{**delivered, wrong: other[wrong]})
    assert (answer.status_code, nothing.status_code) == (200, 200)
    verdict = re.compile(r'<div role="status">.*?</div>\s*</div>', re.S)
    assert verdict.findall(answer.text) == verdict.findall(nothing.text)
    assert "Tidak dikenal." in words(answer)


@pytest.mark.parametrize("junk", ["", "\0", "x" * 5000, "' OR 1=1 --", "日本"])
def test_junk_is_not_known(client: FlaskClient, delivered: dict[str, str], junk: str) -> None:
    answer = Asking(client).ask(**{**delivered, "kode": junk})
    assert (answer.status_code, "Tidak dikenal." in words(answer)) == (200, True)


def test_guessing_is_slowed_down_for_the_one_who_guesses(
    client: FlaskClient, delivered: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt_check, "PER_ADDRESS", 3)
    wrong = {**delivered, "kode": "A" * 26}
    asking = Asking(client)
    assert [asking.ask(**wrong).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert asking.ask(**delivered).status_code == 429
    client.environ_base["REMOTE_ADDR"] = "10.0.0.9"
    assert "Dikenal." in words(asking.ask(**delivered))


def test_one_query_looks_whatever_was_asked(app: flask.Flask, delivered: dict[str, str]) -> None:
    from tests.support.statements import counted

    asking = Asking(app.test_client())
    with counted(app) as statements:
        asking.ask(**delivered)
        known = [text for text in statements if "receipt_state" in text]
        asking.ask(**{**delivered, "nomor": "TT-1"})
        unknown = [text for text in statements if "receipt_state" in text][len(known) :]
    assert len(known) == 1
    assert known == unknown


def test_the_web_role_learns_no_code_without_an_office(furnished: Furnished, delivered: dict[str, str]) -> None:
    engine = sa.create_engine(furnished.addresses.database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT receipt_code FROM evidence")).all() == []


def test_codes_are_long_and_all_different(story: Story, furnished: Furnished) -> None:
    story.deliver()
    story.deliver(data=filler("lain"))
    with furnished.behind():
        codes = db.session.scalars(sa.select(Evidence.receipt_code)).all()
        assert db.session.scalars(sa.select(sa.func.count()).select_from(Anchor)).one() == 0
    assert len(set(codes)) == len(codes) == 2
    assert {len(code) for code in codes} == {26}
