"""One file for several requirements by the API: the field ``also``, its refusals, its key, and what is told afterwards."""

import io
import uuid
from collections.abc import Callable

import flask
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from storage.base import Bucket
from tests.support.deliveries import report_of
from tests.support.furnished import MULTIPART, Api, Furnished, filler, multipart
from webapp.evidence.intake import MOST
from workflows.core.db import db
from workflows.core.models import Job
from workflows.evidence.models import Evidence, EvidenceUse
from workflows.evidence.operations import record_report

Of = Callable[..., Api]
Part = tuple[str, bytes | str, str | None]
Send = Callable[..., TestResponse]


@pytest.fixture
def send(api: Of, furnished: Furnished) -> Send:
    """Send a file for requirements by their names in the office, the first in the address."""

    def to(
        who: str,
        first: str,
        *others: str,
        data: bytes | None = None,
        key: str = "",
        more: tuple[Part, ...] = (),
        in_address: bool = False,
    ) -> TestResponse:
        names = [furnished.requirements.get(name, name) for name in others]
        fields = [] if in_address else [("also", name, None) for name in names]
        body = multipart(*fields, *more, ("file", filler() if data is None else data, "monev.pdf"))
        path = f"/requirements/{furnished.requirements[first]}/evidence"
        headers = {"Idempotency-Key": key} if key else {}
        query = {"also": names} if in_address else {}
        return api(who).post(path, data=body, content_type=MULTIPART, headers=headers, query_string=query)

    return to


def rows(furnished: Furnished) -> tuple[int, int, int]:
    """Return how many deliveries, uses and check jobs there are."""
    with furnished.behind():
        counts = [sa.select(sa.func.count()).select_from(model) for model in (Evidence, EvidenceUse, Job)]
        evidence, uses, jobs = (db.session.scalars(query).one() for query in counts)
        return evidence, uses, jobs


def reasons(answer: TestResponse) -> list[tuple[str, str]]:
    """Return code and sentence of every reason."""
    assert answer.mimetype == "application/problem+json"
    return [(reason["code"], reason["message"]) for reason in answer.json["reasons"]]


def test_one_receipt_and_every_requirement_tells_of_it(send: Send, api: Of, furnished: Furnished) -> None:
    names = ("b2-1", "b1-1", "report")
    pages = (("also_page_from", "", None), ("also_page_to", "", None), ("also_page_from", "4", None),
             ("also_page_to", "9", None), ("page_from", "1", None), ("page_to", "3", None))  # fmt: skip
    given = send("operator", *names, more=pages)
    assert given.status_code == 202
    assert rows(furnished) == (1, 3, 1)
    found = api("operator").get(f"/evidence/{given.json['id']}").json
    ids = [furnished.requirements[name] for name in names]
    assert (found["requirement"], found["requirements"]) == (ids[0], ids)
    assert [(use["requirement"], use["revision"], use["page_from"], use["page_to"]) for use in found["uses"]] == [
        (ids[0], 1, 1, 3), (ids[1], 1, None, None), (ids[2], 1, 4, 9),
    ]  # fmt: skip
    assert [use["page_remarks"] for use in found["uses"]] == [[], [], []]
    with furnished.behind():
        report = report_of() | {"pages": 8}
        record_report(uuid.UUID(given.json["id"]), report)
    found = api("operator").get(f"/evidence/{given.json['id']}").json
    assert [[remark["code"] for remark in use["page_remarks"]] for use in found["uses"]] == [[], [], ["pages_beyond"]]
    for key in ids:
        seen = api("operator").get(f"/requirements/{key}").json
        assert (seen["state"], seen["evidence"]["id"]) == ("evidence_uploaded", given.json["id"])


def test_each_requirement_shows_its_own_newest_delivery(send: Send, api: Of, furnished: Furnished) -> None:
    both = send("operator", "b1-1", "b2-1").json["id"]
    newer = send("staff_b1", "b1-1", data=filler("baru")).json["id"]
    listed = api("operator").get("/requirements?limit=100").json["items"]
    newest = {item["id"]: item["evidence"] for item in listed}
    assert newest[furnished.requirements["b1-1"]]["id"] == newer
    assert newest[furnished.requirements["b1-1"]]["revision"] == 2
    assert newest[furnished.requirements["b2-1"]]["id"] == both


def test_others_may_be_named_in_the_address(send: Send, furnished: Furnished) -> None:
    first = send("operator", "b1-1", "b2-1", "sek-1", key="k1", in_address=True)
    assert first.status_code == 202
    assert rows(furnished) == (1, 3, 1)
    assert send("operator", "b1-1", "sek-1", "b2-1", key="k1").json == first.json


def test_others_may_be_named_after_the_file(api: Of, furnished: Furnished) -> None:
    body = multipart(("file", filler(), "a.pdf"), ("also", furnished.requirements["b2-1"], None))
    path = f"/requirements/{furnished.requirements['b1-1']}/evidence"
    assert api("operator").post(path, data=body, content_type=MULTIPART).status_code == 202
    assert rows(furnished) == (1, 2, 1)


class TestRefusals:
    """One that cannot take the file keeps all from it: neither a row nor an object is left."""

    @pytest.fixture(autouse=True)
    def _nothing_left(self, furnished: Furnished, app: flask.Flask) -> object:
        store = app.extensions["store"]
        before = {found.key for found in store.list(Bucket.INTAKE)}
        yield
        assert rows(furnished) == (0, 0, 0)
        assert {found.key for found in store.list(Bucket.INTAKE)} == before

    def test_every_reason_of_every_requirement_by_its_name(self, send: Send) -> None:
        answer = send("staff_b1", "b1-1", "b2-1", "sek-2", "outcome")
        assert answer.status_code == 403
        assert [(code, text.split(":")[0]) for code, text in reasons(answer)] == [
            ("not_allowed", "Untuk Bidang B2, TW I"),
            ("not_allowed", "Untuk Bidang SEK, TW II"),
            ("not_allowed", "Untuk Kenaikan nilai evaluasi AKIP"),
        ]
        answer = send("operator", "b1-1", "outcome")
        assert (answer.status_code, [code for code, _text in reasons(answer)]) == (422, ["outcome"])

    def test_the_first_refused_one_does_not_hide_the_others_where_the_address_names_them(self, send: Send) -> None:
        answer = send("staff_b1", "b2-1", "b1-1", "sek-1", in_address=True)
        assert [text.split(":")[0] for _code, text in reasons(answer)] == [
            "Untuk Bidang B2, TW I", "Untuk Bidang SEK, TW I",
        ]  # fmt: skip

    def test_the_same_whether_named_before_or_after_the_file(self, api: Of, furnished: Furnished) -> None:
        path = f"/requirements/{furnished.requirements['b1-1']}/evidence"
        parts = [("file", filler(), "a.pdf"), ("also", furnished.requirements["b2-1"], None)]
        answers = [
            api("staff_b1").post(path, data=multipart(*order), content_type=MULTIPART)
            for order in (parts, parts[::-1])
        ]  # fmt: skip
        assert [answer.status_code for answer in answers] == [403, 403]
        assert answers[0].json == answers[1].json

    def test_what_is_out_of_sight_is_not_told_from_what_is_not_there(self, send: Send, furnished: Furnished) -> None:
        answers = [send("operator", "b1-1", key) for key in (furnished.other_requirement, str(uuid.uuid4()))]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].json == answers[1].json

    def test_named_twice_nonsense_and_too_many(self, send: Send) -> None:
        assert [code for code, _ in reasons(send("operator", "b1-1", "b1-1"))] == ["also"]
        assert [code for code, _ in reasons(send("operator", "b1-1", "b2-1", "b2-1"))] == ["also"]
        assert [code for code, _ in reasons(send("operator", "b1-1", "bukan nomor"))] == ["also"]
        many = [str(uuid.uuid4()) for _ in range(MOST)]
        assert [code for code, _ in reasons(send("operator", "b1-1", *many))] == ["too_many"]
        assert [code for code, _ in reasons(send("operator", "b1-1", *many, in_address=True))] == ["too_many"]

    def test_pages_that_make_no_sense_are_named(self, send: Send) -> None:
        more = (
            ("page_from", "3", None),
            ("page_to", "2", None),
            ("also_page_from", "x", None),
            ("also_page_to", "1", None),
        )
        answer = send("operator", "b1-1", "b2-1", more=more)
        assert answer.status_code == 422
        assert [(code, text.split(":")[0]) for code, text in reasons(answer)] == [
            ("page_range", "Untuk Bidang B1, TW I"), ("page_range", "Untuk Bidang B2, TW I"),
        ]  # fmt: skip
        assert send("operator", "b1-1", more=(("also_page_from", "1", None),)).status_code == 422

    def test_a_signature_of_several_posts(self, send: Send) -> None:
        answer = send("head_b1", "b1-1", "b1-2", "b2-1", more=(("sign", "true", None),))
        assert (answer.status_code, [code for code, _text in reasons(answer)]) == (403, ["not_allowed", "not_signer"])

    def test_before_the_file_is_read(self, app: flask.Flask, furnished: Furnished) -> None:
        class Untouchable(io.BytesIO):
            """A body whose fields may be read, but not the file after them."""

            def read(self, size: int | None = -1) -> bytes:
                piece = super().read(min(size or 0, 512) if size and size > 0 else 512)
                assert self.tell() < 4096, "the file was read"
                return piece

        body = multipart(("also", furnished.requirements["b2-1"], None), ("file", filler(size=500_000), "a.pdf"))
        environ = {
            "wsgi.input": Untouchable(body),
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": MULTIPART,
            "HTTP_AUTHORIZATION": f"Bearer {furnished.tokens['staff_b1']}",
        }
        path = f"/api/v1/requirements/{furnished.requirements['b1-1']}/evidence"
        assert app.test_client().post(path, environ_overrides=environ).status_code == 403


class TestAgain:
    """The key covers the set of requirements, and the same bytes for the same set are one delivery."""

    def test_the_same_key_gives_the_first_answer(self, send: Send, furnished: Furnished) -> None:
        first = send("operator", "b1-1", "b2-1", "sek-1", key="k1")
        send("operator", "b1-1", data=filler("lain"))
        again = send("operator", "b1-1", "sek-1", "b2-1", key="k1")
        assert (again.status_code, again.json) == (202, first.json)
        assert rows(furnished)[0] == 2

    def test_another_set_or_other_pages_under_the_same_key_are_refused(self, send: Send) -> None:
        send("operator", "b1-1", "b2-1", key="k1")
        for others, more in (
            ((), ()),
            (("sek-1",), ()),
            (("b2-1", "sek-1"), ()),
            (("b2-1",), (("also_page_from", "1", None), ("also_page_to", "2", None))),
        ):
            answer = send("operator", "b1-1", *others, key="k1", more=more)
            assert [code for code, _text in reasons(answer)] == ["idempotency_key_reused"], (others, more)

    def test_without_a_key_the_bytes_tell(self, send: Send, furnished: Furnished, app: flask.Flask) -> None:
        first = send("operator", "b1-1", "b2-1")
        assert send("operator", "b2-1", "b1-1").json == first.json
        assert send("operator", "b2-1").json == first.json
        assert rows(furnished) == (1, 2, 1)
        more = send("operator", "b2-1", "sek-1")
        assert more.json["id"] != first.json["id"]
        assert rows(furnished) == (2, 4, 2)
        store = app.extensions["store"]
        kept = {found.key for found in store.list(Bucket.INTAKE)}
        assert {first.json["id"], more.json["id"]} <= kept

    def test_a_repeat_under_a_new_key_is_remembered_as_the_first_delivery(self, send: Send) -> None:
        first = send("operator", "b1-1", "b2-1", key="k1")
        assert send("operator", "b1-1", "b2-1", key="k2").json == first.json
        assert send("operator", "b1-1", "b2-1", key="k2").json == first.json


def test_a_refused_check_sends_back_all(send: Send, api: Of, furnished: Furnished) -> None:
    furnished.judge(send("operator", "b1-1", "b2-1").json["id"], verdict="reject")
    for name in ("b1-1", "b2-1"):
        found = api("operator").get(f"/requirements/{furnished.requirements[name]}").json
        assert (found["state"], found["returned"]["code"]) == ("drafted", "CHECK_REFUSED")
