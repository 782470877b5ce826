"""A plan from its file to an issued report."""

import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.support.furnished import MULTIPART, Api, Furnished, multipart
from tests.support.offices import plan_document
from tests.support.settings import SMALL
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.core.models import Job
from workflows.plans.operations import record_reading
from workflows.recommendations.models import EvaluationReport

Of = Callable[..., Api]


@pytest.fixture
def send(api: Of) -> Callable[..., TestResponse]:
    """Deliver a plan of agency ``dpk`` for 2027."""

    def deliver(
        who: str = "evaluator", *, data: bytes = b"# Rencana Aksi", key: str | None = None, **fields: str
    ) -> TestResponse:
        said = {"agency": "dpk", "year": "2027", **fields}
        body = multipart(*[(name, text, None) for name, text in said.items()], ("file", data, "map/rencana aksi.md"))
        headers = {"Idempotency-Key": key} if key else {}
        return api(who).post("/evaluations/import", data=body, content_type=MULTIPART, headers=headers)

    return deliver


def read(furnished: Furnished, import_id: str) -> None:
    """Let the worker have read it."""
    with furnished.behind():
        record_reading(uuid.UUID(import_id), document=plan_document(quarters=(1,)) | {"year": 2027})


def test_a_plan_is_read_confirmed_and_issued(api: Of, send: Callable[..., TestResponse], furnished: Furnished) -> None:
    started = send()
    assert started.status_code == 202
    path = f"/evaluations/imports/{started.json['id']}"
    assert started.headers["Location"] == f"/api/v1{path}"
    waiting = api("evaluator").get(path).json
    assert (waiting["state"], waiting["recommendations"], waiting["filename"]) == ("waiting", None, "rencana aksi.md")
    assert api("evaluator").post(f"{path}/confirm").status_code == 409
    read(furnished, started.json["id"])
    found = api("evaluator").get(path).json
    assert (found["state"], found["agency_name"], found["year"]) == ("read", "Dinas Perpustakaan", 2027)
    assert [row["number"] for row in found["recommendations"]] == ["A-1", "B-1", "C-1", "D-1"]
    confirmed = api("evaluator").post(f"{path}/confirm")
    assert (confirmed.status_code, len(confirmed.json["recommendations"])) == (201, 4)
    assert api("evaluator").post(f"{path}/confirm").json == confirmed.json
    report = confirmed.json["report"]
    assert api("evaluator").get(path).json["report"] == report
    assert api("head").get("/evaluations?year=2027").json["items"] == []
    issued = api("inspector").post(
        f"/evaluations/{report}/issue", json={"number": "700/1/2027", "report_date": "2027-01-05"}
    )
    assert (issued.status_code, issued.json["state"], issued.json["number"]) == (200, "issued", "700/1/2027")
    assert [row["id"] for row in api("head").get("/evaluations?year=2027").json["items"]] == [report]
    assert api("inspector").post(f"/evaluations/{report}/issue").status_code == 409


def test_a_plan_that_cannot_be_read_says_why(api: Of, send: Callable[..., TestResponse], furnished: Furnished) -> None:
    import_id = send().json["id"]
    with furnished.behind():
        record_reading(uuid.UUID(import_id), document=None, error=Reason("no_plan", "Tidak ada rencana aksi."))
    found = api("evaluator").get(f"/evaluations/imports/{import_id}").json
    assert (found["state"], found["error"]) == ("failed", {"code": "no_plan", "message": "Tidak ada rencana aksi."})
    assert api("evaluator").post(f"/evaluations/imports/{import_id}/confirm").status_code == 409


def test_the_same_file_under_the_same_key_is_one_import(
    send: Callable[..., TestResponse], furnished: Furnished
) -> None:
    first, second = send(key="k"), send(key="k")
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert send(key="k", data=b"lain").json["code"] == "idempotency_key_reused"
    assert send(key="k", year="2026").json["code"] == "idempotency_key_reused"
    with furnished.behind():
        assert db.session.scalars(sa.select(sa.func.count()).select_from(Job)).one() == 1


def test_what_cannot_be_a_plan_is_refused(api: Of, send: Callable[..., TestResponse]) -> None:
    assert api("evaluator").post("/evaluations/import").json["code"] == "no_file"
    assert send(data=b"").json["code"] == "empty_file"
    assert send(data=b"x" * SMALL).status_code == 413
    for wrong in ({"year": "dua ribu"}, {"year": "1"}, {"agency": ""}, {"agency": "a\x00"}):
        assert send(**wrong).json["code"] == "import_fields"
    assert send(agency="zzz").status_code == 404
    assert send("operator", agency="dsp").status_code == 404
    assert send("head_b1").status_code == 403


def test_an_agency_confirms_nothing_and_an_evaluator_issues_nothing(
    api: Of, send: Callable[..., TestResponse], furnished: Furnished
) -> None:
    import_id = send("operator").json["id"]
    read(furnished, import_id)
    assert api("operator").get(f"/evaluations/imports/{import_id}").json["state"] == "read"
    assert api("other_operator").get(f"/evaluations/imports/{import_id}").status_code == 404
    assert api("operator").post(f"/evaluations/imports/{import_id}/confirm").status_code == 403
    report = api("evaluator").post(f"/evaluations/imports/{import_id}/confirm").json["report"]
    assert api("evaluator").post(f"/evaluations/{report}/issue").status_code == 403
    with furnished.behind():
        assert db.session.get_one(EvaluationReport, uuid.UUID(report)).issued_at is None
