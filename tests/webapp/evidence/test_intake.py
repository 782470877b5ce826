"""The way in: nothing lost, nothing halfway, and a clear word for every file that cannot be taken."""

import datetime as dt
import hashlib
import io
import threading
import uuid
from collections.abc import Callable

import flask
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from storage.base import Bucket
from storage.errors import StoreFullError
from tests.support.furnished import MULTIPART, Api, Furnished, filler, multipart
from tests.support.offices import PASSWORD
from tests.support.settings import SMALL
from tests.support.stores import FaultyStore
from workflows.core.db import db
from workflows.core.models import AuditEvent, IdempotencyKey, Job
from workflows.evidence.models import Evidence, EvidenceUse

Of = Callable[..., Api]
Upload = Callable[..., TestResponse]


def rows(furnished: Furnished) -> tuple[int, int, int]:
    """Return how many deliveries, uses and check jobs there are."""
    with furnished.behind():
        counts = [sa.select(sa.func.count()).select_from(model) for model in (Evidence, EvidenceUse, Job)]
        evidence, uses, jobs = (db.session.scalars(query).one() for query in counts)
        return evidence, uses, jobs


@pytest.fixture
def objects(app: flask.Flask) -> Callable[[], set[str]]:
    """What lies in the intake now that did not before the test."""
    store = app.extensions["store"]
    before = {found.key for found in store.list(Bucket.INTAKE)}

    def now() -> set[str]:
        return {found.key for found in store.list(Bucket.INTAKE)} - before

    return now


def refused(answer: TestResponse, status: int, code: str) -> bool:
    """Say whether that is the answer."""
    assert answer.mimetype == "application/problem+json"
    return (answer.status_code, answer.json["code"]) == (status, code)


def test_a_receipt_is_given_and_the_bytes_are_the_ones_that_came(
    api: Of, upload: Upload, furnished: Furnished, app: flask.Flask
) -> None:
    data = filler(size=300_000)
    given = upload("staff_b1", "b1-1", data=data, evidence_date="2026-04-02", page_from="2", page_to="5")
    assert given.status_code == 202
    assert given.json["sha256"] == hashlib.sha256(data).hexdigest()
    assert given.json["receipt"].startswith("TT-")
    found = api("auditor").get(given.headers["Location"].removeprefix("/api/v1")).json
    assert (found["bytes"], found["revision"], found["check_state"]) == (300_000, 1, "waiting")
    assert (found["evidence_date"], found["uses"][0]["page_from"], found["uses"][0]["page_to"]) == ("2026-04-02", 2, 5)
    assert found["requirement"] == furnished.requirements["b1-1"]
    detail = found["receipt_detail"]
    assert (detail["number"], detail["received_by"]) == (given.json["receipt"], "Pegawai staff_b1")
    with furnished.behind():
        link = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "evidence.received")).one()
        assert (detail["chain"], detail["seq"], detail["head"]) == (link.chain, link.seq, bytes(link.hash).hex())
    with app.extensions["store"].open(Bucket.INTAKE, given.json["id"]) as stored:
        assert stored.read() == data
    assert rows(furnished) == (1, 1, 1)


def test_fields_may_come_after_the_file(api: Of, furnished: Furnished) -> None:
    parts = [("file", filler(), "a.pdf"), ("page_from", "3", None), ("page_to", "4", None)]
    answer = send_raw(api("staff_b1"), furnished, multipart(*parts))
    assert answer.status_code == 202
    found = api("staff_b1").get(f"/evidence/{answer.json['id']}").json
    assert found["uses"][0]["page_from"] == 3


def send_raw(sender: Api, furnished: Furnished, body: bytes, **headers: str) -> TestResponse:
    """Send a body as it is."""
    path = f"/requirements/{furnished.requirements['b1-1']}/evidence"
    return sender.post(path, data=body, content_type=MULTIPART, headers=headers)


class TestRefusals:
    """What cannot be taken leaves neither a row nor an object."""

    @pytest.fixture(autouse=True)
    def _nothing_left(self, furnished: Furnished, objects: Callable[[], set[str]]) -> object:
        yield
        assert rows(furnished) == (0, 0, 0)
        assert objects() == set()

    def test_no_empty_foreign_large_or_second_file(self, api: Of, upload: Upload, furnished: Furnished) -> None:
        sender = api("staff_b1")
        path = f"/requirements/{furnished.requirements['b1-1']}/evidence"
        assert refused(sender.post(path), 422, "no_file")
        assert refused(sender.post(path, json={}), 422, "no_file")
        assert refused(send_raw(sender, furnished, multipart(("page_from", "1", None))), 422, "no_file")
        assert refused(send_raw(sender, furnished, multipart(("file", "", ""))), 422, "no_file")
        assert refused(send_raw(sender, furnished, multipart(("file", "teks", None))), 422, "no_file")
        assert refused(upload("staff_b1", "b1-1", data=b""), 422, "empty_file")
        assert refused(upload("staff_b1", "b1-1", data=b"x" * 1020 + b"%PDF-1.7"), 415, "not_pdf")
        assert refused(upload("staff_b1", "b1-1", data=filler(size=SMALL + 1)), 413, "too_large")
        assert refused(upload("staff_b1", "b1-1", data=filler(size=SMALL + 200_000)), 413, "too_large")
        twice = multipart(*[("file", filler(), "a.pdf")] * 2)
        assert refused(send_raw(sender, furnished, twice), 422, "two_files")

    def test_fields_that_make_no_sense(self, api: Of, upload: Upload, furnished: Furnished) -> None:
        assert refused(upload("staff_b1", "b1-1", evidence_date="2 April"), 422, "evidence_date")
        assert refused(upload("staff_b1", "b1-1", page_from="satu", page_to="2"), 422, "page_range")
        assert refused(upload("staff_b1", "b1-1", page_from="3", page_to="2"), 422, "page_range")
        assert refused(upload("staff_b1", "b1-1", page_from="3"), 422, "page_range")
        assert refused(upload("staff_b1", "b1-1", sign="mungkin"), 422, "sign")
        assert refused(upload("staff_b1", "b1-1", nama="x"), 422, "unknown_field")
        assert refused(upload("staff_b1", "b1-1", page_from="x" * 5000), 413, "field_too_long")

    def test_a_body_that_breaks_off(self, api: Of, furnished: Furnished) -> None:
        whole = multipart(("file", filler(size=200_000), "a.pdf"))
        for length in (10, 60, 100, 100_000, len(whole) - 6):
            assert refused(send_raw(api("staff_b1"), furnished, whole[:length]), 400, "broken_upload")
        assert refused(send_raw(api("staff_b1"), furnished, b"--b\r\n" + b"x" * 500_000), 413, "too_large")

    def test_a_store_that_is_full_away_or_lies(self, app: flask.Flask, upload: Upload) -> None:
        store = app.extensions["store"]
        app.extensions["store"] = FaultyStore(store, away=True, error=StoreFullError("made to be full"))
        assert refused(upload("staff_b1", "b1-1"), 507, "store_full")
        app.extensions["store"] = FaultyStore(store, away=True)
        assert refused(upload("staff_b1", "b1-1"), 503, "store_away")
        app.extensions["store"] = FaultyStore(store, fail_at=2)
        assert refused(upload("staff_b1", "b1-1"), 503, "store_away")
        app.extensions["store"] = FaultyStore(store, flip_at=5)
        assert upload("staff_b1", "b1-1").status_code == 500
        app.extensions["store"] = store

    def test_of_the_wrong_person_place_or_time(self, upload: Upload, api: Of, furnished: Furnished) -> None:
        assert refused(upload("staff_b2", "b1-1"), 403, "not_allowed")
        assert refused(upload("head", "b1-1"), 403, "not_allowed")
        assert refused(upload("other_operator", "b1-1"), 404, "not_found")
        assert refused(upload("operator", "outcome"), 422, "outcome")
        assert refused(upload("staff_b1", "b1-1", sign="true"), 422, "not_signer")
        reader = api("staff_b1", read_only=True)
        assert refused(send_raw(reader, furnished, b"--b--"), 403, "read_only_token")


def test_permission_is_asked_before_a_byte_is_read(app: flask.Flask, furnished: Furnished) -> None:
    class Untouchable(io.BytesIO):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("the body was read")

        readinto = readline = read  # type: ignore[assignment]

    environ = {
        "wsgi.input": Untouchable(),
        "CONTENT_LENGTH": "200000",
        "CONTENT_TYPE": MULTIPART,
        "HTTP_AUTHORIZATION": f"Bearer {furnished.tokens['staff_b2']}",
    }
    path = f"/api/v1/requirements/{furnished.requirements['b1-1']}/evidence"
    assert app.test_client().post(path, environ_overrides=environ).status_code == 403


def test_an_upload_after_the_signature_is_a_conflict(api: Of, upload: Upload, furnished: Furnished) -> None:
    given = upload("staff_b1", "b1-1").json
    furnished.judge(given["id"])
    path = f"/requirements/{furnished.requirements['b1-1']}"
    body = {"action": "sign", "version": api("head_b1").get(path).json["version"], "sha256": given["sha256"]}
    assert api("head_b1").post(f"{path}/actions", json=body).status_code == 200
    assert refused(upload("staff_b1", "b1-1", data=filler("lain")), 409, "illegal_move")


def test_the_same_bytes_again_are_the_same_delivery(
    upload: Upload, furnished: Furnished, objects: Callable[[], set[str]]
) -> None:
    first, second = upload("staff_b1", "b1-1"), upload("staff_b1", "b1-1")
    assert second.status_code == 202
    assert first.json == second.json
    assert rows(furnished) == (1, 1, 1)
    assert objects() == {first.json["id"]}


def test_other_bytes_are_the_next_revision(api: Of, upload: Upload, furnished: Furnished) -> None:
    upload("staff_b1", "b1-1")
    second = upload("head_b1", "b1-1", data=filler("lagi"), sign="true").json
    assert api("head_b1").get(f"/evidence/{second['id']}").json["revision"] == 2
    newest = api("head_b1").get(f"/requirements/{furnished.requirements['b1-1']}").json["evidence"]
    assert (newest["id"], newest["revision"]) == (second["id"], 2)


class TestIdempotencyKey:
    """One key, one effect, one answer."""

    def test_a_repeated_upload_gets_the_first_answer_whatever_happened_since(
        self, upload: Upload, furnished: Furnished, objects: Callable[[], set[str]]
    ) -> None:
        key = {"Idempotency-Key": str(uuid.uuid4())}
        first = upload("staff_b1", "b1-1", headers=key, page_from="1", page_to="2")
        upload("staff_b1", "b1-1", data=filler("lain"))
        again = upload("staff_b1", "b1-1", headers=key, page_from="1", page_to="2")
        assert (again.status_code, again.json) == (202, first.json)
        assert rows(furnished)[0] == 2
        assert len(objects()) == 2

    def test_another_body_under_the_same_key_is_refused(self, upload: Upload, furnished: Furnished) -> None:
        key = {"Idempotency-Key": "kunci-1"}
        upload("staff_b1", "b1-1", headers=key)
        assert refused(upload("staff_b1", "b1-1", data=filler("lain"), headers=key), 422, "idempotency_key_reused")
        assert refused(
            upload("staff_b1", "b1-1", evidence_date="2026-04-01", headers=key), 422, "idempotency_key_reused"
        )
        assert rows(furnished)[0] == 1

    def test_a_key_belongs_to_its_account_and_its_route(self, upload: Upload, furnished: Furnished) -> None:
        key = {"Idempotency-Key": "kunci-1"}
        assert upload("staff_b1", "b1-1", headers=key).status_code == 202
        assert upload("staff_b1", "b1-2", data=filler("dua"), headers=key).status_code == 202
        assert upload("head_b1", "b1-1", data=filler("tiga"), headers=key).status_code == 202
        assert rows(furnished)[0] == 3

    def test_a_refusal_is_not_remembered(self, upload: Upload) -> None:
        key = {"Idempotency-Key": "kunci-1"}
        assert refused(upload("staff_b1", "b1-1", data=b"bukan", headers=key), 415, "not_pdf")
        assert upload("staff_b1", "b1-1", headers=key).status_code == 202

    def test_a_key_is_forgotten_after_a_day(self, upload: Upload, furnished: Furnished) -> None:
        key = {"Idempotency-Key": "kunci-1"}
        upload("staff_b1", "b1-1", headers=key)
        with furnished.behind():
            yesterday = sa.func.now() - dt.timedelta(hours=24, seconds=1)
            db.session.execute(sa.update(IdempotencyKey).values(created_at=yesterday))
        assert upload("staff_b1", "b1-1", data=filler("lain"), headers=key).status_code == 202
        assert rows(furnished)[0] == 2

    def test_two_at_once_are_one_delivery(
        self, upload: Upload, furnished: Furnished, objects: Callable[[], set[str]]
    ) -> None:
        key = {"Idempotency-Key": "kunci-1"}
        answers: list[TestResponse] = []
        threads = [
            threading.Thread(target=lambda: answers.append(upload("staff_b1", "b1-1", headers=key))) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.data for answer in answers}) == 1
        assert rows(furnished) == (1, 1, 1)
        assert len(objects()) == 1

    def test_a_malformed_key_is_refused(self, upload: Upload) -> None:
        for key in ("", "x" * 256, "dua kata", "k\u00e9"):
            assert refused(upload("staff_b1", "b1-1", headers={"Idempotency-Key": key}), 422, "idempotency_key")


class TestForm:
    """The page's way in: the same, with the form's token."""

    @pytest.fixture
    def seated(self, client: FlaskClient) -> FlaskClient:
        """Staff of unit b1, signed in."""
        page = client.get("/masuk").get_data(as_text=True)
        form = {"login": "staff_b1", "password": PASSWORD, "csrf_token": token_in(page)}
        assert client.post("/masuk", data=form).status_code == 302
        return client

    def test_is_refused_without_its_token(self, seated: FlaskClient, furnished: Furnished) -> None:
        assert self._send(seated, furnished).status_code == 400
        assert self._send(seated, furnished, token="salah").status_code == 400
        assert rows(furnished) == (0, 0, 0)

    def test_takes_the_token_from_a_field_before_the_file_or_from_the_header(
        self, seated: FlaskClient, furnished: Furnished
    ) -> None:
        page = seated.get(f"/kewajiban/{furnished.requirements['b1-1']}").get_data(as_text=True)
        assert self._send(seated, furnished, token=token_in(page)).status_code == 303
        answer = self._send(seated, furnished, headers={"X-CSRFToken": token_in(page)})
        assert answer.status_code == 303
        assert rows(furnished) == (1, 1, 1)

    def _send(
        self,
        seated: FlaskClient,
        furnished: Furnished,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        field = [("csrf_token", token, None)] if token else []
        body = multipart(*field, ("file", filler(), "a.pdf"))
        path = f"/kewajiban/{furnished.requirements['b1-1']}/bukti"
        return seated.post(path, data=body, content_type=MULTIPART, headers=headers or {})


def token_in(page: str) -> str:
    """Return the form token in a page."""
    return page.split('name="csrf_token" value="')[1].split('"')[0]
