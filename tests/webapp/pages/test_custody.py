"""The pages of the archive's keeping: what is whole, what is held, and how a file ends by two people."""

import datetime as dt
import io
import re
import uuid
from collections.abc import Callable

import flask
import pytest
from flask.testing import FlaskClient

from storage.archive import archive
from storage.base import Bucket
from storage.keys import archive_key
from tests.support.deliveries import report_of
from tests.support.furnished import Furnished
from tests.support.offices import CONSOLE
from workflows.archive import custody, disposals
from workflows.archive.locks import WINDOW_LOW
from workflows.archive.models import ArchivedObject
from workflows.archive.operations import archived_of, record_archived
from workflows.core.db import db
from workflows.evidence.models import Evidence

from .conftest import Desk, words
from .test_inventory import judge


@pytest.fixture
def receipt(desk: Callable[[str], Desk], app: flask.Flask, furnished: Furnished) -> str:
    """A delivery in the archive. Return the number of its receipt."""
    desk("staff_b1").upload(furnished.requirements["b1-1"], data=b"%PDF-1.7 " + uuid.uuid4().bytes)
    store, until = app.extensions["store"], dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5)
    with furnished.behind():
        evidence = db.session.scalars(db.select(Evidence)).one()
        key = archive_key("uji", "dpk", evidence.sha256)
        kept = archive(
            store, source=(Bucket.INTAKE, evidence.intake_key), target_key=key, sha256=evidence.sha256,
            size=evidence.size, retain_until=until,
        )  # fmt: skip
        record_report(evidence)
        record_archived(
            evidence, bucket=Bucket.ARCHIVE, key=key, version_id=str(kept.version_id), sha256=evidence.sha256,
            size=evidence.size, retain_until=until,
        )  # fmt: skip
        return evidence.receipt_number


def record_report(evidence: Evidence) -> None:
    from workflows.evidence.operations import record_report as record

    record(evidence.id, report_of())


def file_of(receipt: str, furnished: Furnished) -> str:
    with furnished.behind():
        evidence = db.session.scalars(db.select(Evidence).where(Evidence.receipt_number == receipt)).one()
        return f"/bukti/{evidence.id}/berkas"


def test_the_keepers_see_what_was_read_again_and_what_was_found(
    receipt: str, desk: Callable[[str], Desk], app: flask.Flask, furnished: Furnished
) -> None:
    for name in ("inspector", "admin"):
        page = desk(name).get("/arsip/keutuhan").text
        judge(page)
        assert "ada yang belum pernah" in page
        assert ('href="/arsip/penahanan"' in page) is (name == "inspector")
    assert desk("head").get("/arsip/keutuhan").status_code == 403
    with furnished.behind():
        seen, failure = custody.look(app.extensions["store"], custody.due(before=dt.datetime.now(dt.UTC)))
        assert failure is None
        custody.record(seen)
    text = desk("inspector").text("/arsip/keutuhan")
    assert "1 dari 1" in text
    assert "tidak seperti semestinya" not in text


def test_a_newer_version_over_a_file_is_seen_by_the_next_read(
    receipt: str, desk: Callable[[str], Desk], app: flask.Flask, furnished: Furnished
) -> None:
    path = file_of(receipt, furnished)
    with furnished.behind():
        row = archived_of(uuid.UUID(path.split("/")[2]))
        assert row is not None
        key, until = row.key, row.retain_until
    whole = desk("head").get(path)
    assert whole.status_code == 200
    assert "tidak seperti semestinya" not in desk("inspector").text("/arsip/keutuhan")
    app.extensions["store"].put(Bucket.ARCHIVE, key, io.BytesIO(b"palsu"), retain_until=until)
    for _ in range(2):
        again = desk("head").get(path)
        assert again.data == whole.data, "the recorded version is what is read"
    text = desk("inspector").text("/arsip/keutuhan")
    assert text.count("Ada versi lain di atas berkas ini") == 1
    assert receipt in text
    assert "tidak lagi seperti yang dijanjikan" in desk("inspector").text("/log?opd=dpk")


def test_a_held_file_does_not_go_until_the_hold_is_ended(receipt: str, desk: Callable[[str], Desk]) -> None:
    seat = desk("inspector")
    judge(seat.get("/arsip/penahanan").text)
    assert desk("evaluator").get("/arsip/penahanan").status_code == 403
    unknown = seat.post("/arsip/penahanan", {"receipt": "TT-1", "letter": "700/1", "reason": "x"})
    assert (unknown.status_code, "tidak ditemukan" in words(unknown)) == (422, True)
    asked = {"receipt": receipt, "letter": "700/1", "reason": "Pemeriksaan khusus"}
    assert seat.post("/arsip/penahanan", {**asked, "letter": ""}).status_code == 422
    assert seat.post("/arsip/penahanan", asked).status_code == 303
    page = seat.get("/arsip/penahanan").text
    judge(page)
    proposal = {"receipt": receipt, "kind": "wrong_delivery", "letter": "700/2", "reason": "Salah kirim"}
    refused = desk("evaluator").post("/arsip/pemusnahan", proposal)
    assert (refused.status_code, "sedang ditahan" in words(refused)) == (422, True)
    action = re.search(r'action="(/arsip/penahanan/[0-9a-f-]{36}/akhiri)"', page)
    assert action
    assert seat.post(action[1], {"letter": "700/3"}).status_code == 303
    assert seat.post(action[1], {"letter": "700/3"}).status_code == 409
    log = seat.text("/log?opd=dpk")
    assert "menahan berkas" in log
    assert "mengakhiri penahanan" in log


def test_a_wrong_delivery_ends_by_two_people_and_its_place_answers_410(
    receipt: str, desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    evaluator, inspector, path = desk("evaluator"), desk("inspector"), file_of(receipt, furnished)
    proposal = {"receipt": receipt.lower(), "kind": "wrong_delivery", "letter": "700/2", "reason": "Salah kirim"}
    standing = evaluator.post("/arsip/pemusnahan", proposal)
    assert (standing.status_code, "masih menjadi bukti" in words(standing)) == (422, True)
    requirement = furnished.requirements["b1-1"]
    back = desk("head_b1").form(
        f"/kewajiban/{requirement}", f"/kewajiban/{requirement}/kembalikan", reason_code="OTHER", reason="Salah kirim"
    )
    assert back.status_code == 303
    assert evaluator.post("/arsip/pemusnahan", proposal).status_code == 303
    assert evaluator.post("/arsip/pemusnahan", proposal).status_code == 409
    assert "Kukuhkan" not in evaluator.text("/arsip/pemusnahan")
    page = inspector.get("/arsip/pemusnahan").text
    judge(page)
    address = re.search(r'action="(/arsip/pemusnahan/[0-9a-f-]{36}/kukuhkan)"', page)
    number = re.search(r"BAP-\d{4}-\d{6}", page)
    assert address
    assert number
    assert evaluator.post(address[1]).status_code == 403
    assert inspector.post(address[1]).status_code == 303
    assert inspector.post(address[1]).status_code == 409
    assert desk("head").get(path).status_code == 200, "nothing is erased before the operator did it"
    with furnished.behind():
        disposals.record_done(disposals.ordered(number[0]), versions=["x"], actor=CONSOLE)
    gone = desk("head").get(path)
    assert gone.status_code == 410
    assert f"berita acara {number[0]} (surat 700/2): Salah kirim" in words(gone)
    assert "dimusnahkan menurut berita acara" in inspector.text("/log?opd=dpk")
    page = inspector.get("/arsip/pemusnahan").text
    judge(page)
    assert "Sudah selesai" in page


def test_nobody_confirms_his_own_proposal(receipt: str, desk: Callable[[str], Desk], furnished: Furnished) -> None:
    requirement, seat = furnished.requirements["b1-1"], desk("inspector")
    desk("head_b1").form(
        f"/kewajiban/{requirement}", f"/kewajiban/{requirement}/kembalikan", reason_code="OTHER", reason="Salah kirim"
    )
    proposal = {"receipt": receipt, "kind": "wrong_delivery", "letter": "700/2", "reason": "Salah kirim"}
    assert seat.post("/arsip/pemusnahan", proposal).status_code == 303
    page = seat.get("/arsip/pemusnahan").text
    assert "/kukuhkan" not in page
    address = re.search(r'action="(/arsip/pemusnahan/[0-9a-f-]{36})/batalkan"', page)
    assert address
    assert seat.post(f"{address[1]}/kukuhkan").status_code == 403
    assert seat.post(f"{address[1]}/batalkan").status_code == 303


def test_a_window_that_ran_down_is_counted_for_people_and_for_machines(
    desk: Callable[[str], Desk], furnished: Furnished, client: FlaskClient, receipt: str
) -> None:
    assert "tuntas_lock_window_alarm 0\n" in client.get("/metrics").text
    before = _badge(desk("inspector").get("/").text)
    with furnished.behind():
        archived = db.session.scalars(db.select(ArchivedObject)).one()
        custody.raise_or_settle(archived, WINDOW_LOW, bad=True)
    text = client.get("/metrics").text
    assert "tuntas_archive_findings 1\n" in text
    assert "tuntas_lock_window_alarm 1\n" in text
    assert _badge(desk("inspector").get("/").text) == before + 1


def _badge(page: str) -> int:
    entry = page[page.index('href="/arsip/keutuhan"') :]
    found = re.search(r">\s*(\d+)\s*<", entry[: entry.index("</a>")])
    return int(found[1]) if found else 0
