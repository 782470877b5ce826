"""Files behind a PDF in one request: what is taken, what is refused, who opens them, and what the receipt names."""

import hashlib
from collections.abc import Callable

import flask
import pytest
from werkzeug.test import TestResponse

from storage.base import Bucket
from tests.support.beside import DOCX, JPEG, MACROS, PNG, XLSX
from tests.support.furnished import MULTIPART, Api, Furnished, filler, multipart
from tests.support.settings import SMALL
from webapp.evidence.supporting import MOST

Of = Callable[..., Api]
Send = Callable[..., TestResponse]
FILES = (("foto.jpg", JPEG), ("peta.png", PNG), ("notula.docx", DOCX), ("hadir.xlsx", XLSX), ("sk.pdf", filler("sk")))


@pytest.fixture
def send(api: Of, furnished: Furnished) -> Send:
    """Send a PDF and what travels with it."""

    def to(*files: tuple[str, bytes], who: str = "staff_b1", key: str = "", **fields: str) -> TestResponse:
        parts = [(name, text, None) for name, text in fields.items()]
        parts += [("file", filler(), "monev.pdf"), *(("supporting", data, name) for name, data in files)]
        headers = {"Idempotency-Key": key} if key else {}
        path = f"/requirements/{furnished.requirements['b1-1']}/evidence"
        return api(who).post(path, data=multipart(*parts), content_type=MULTIPART, headers=headers)

    return to


@pytest.fixture
def objects(app: flask.Flask) -> Callable[[], int]:
    """How many objects lie in the intake that did not before the test."""
    store = app.extensions["store"]
    before = {found.key for found in store.list(Bucket.INTAKE)}
    return lambda: len({found.key for found in store.list(Bucket.INTAKE)} - before)


def test_each_is_told_by_its_contents_and_named_on_the_receipt(send: Send, api: Of, objects: Callable[[], int]) -> None:
    given = send(*FILES)
    assert given.status_code == 202, given.json
    assert given.json["supporting"] == [hashlib.sha256(data).hexdigest() for _name, data in FILES]
    assert objects() == 6
    found = api("head_b1").get(f"/evidence/{given.json['id']}").json
    endings = ["jpeg", "png", "wordprocessingml.document", "spreadsheetml.sheet", "pdf"]
    assert all(one["media_type"].endswith(ending) for one, ending in zip(found["supporting"], endings, strict=True))
    for one, (_name, data), ending in zip(
        found["supporting"], FILES, ("jpg", "png", "docx", "xlsx", "pdf"), strict=True
    ):
        file = api("head").get(f"/evidence/{one['id']}/file")
        assert (file.status_code, file.data) == (200, data)
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert file.headers["Content-Disposition"].startswith('attachment; filename="TT-')
        assert file.headers["Content-Disposition"].endswith(f'.{ending}"')
    assert api("head").get(f"/evidence/{found['supporting'][0]['id']}").status_code == 404  # no delivery of its own


def test_nobody_outside_opens_them_and_the_class_of_the_delivery_is_theirs(send: Send, api: Of) -> None:
    given = send(("foto.jpg", JPEG), restricted="true")
    (file,) = api("staff_b1").get(f"/evidence/{given.json['id']}").json["supporting"]
    path = f"/evidence/{file['id']}/file"
    assert api("staff_b1").get(path).status_code == 200
    assert api("staff_b2").get(path).status_code == 403
    assert api("inspector").get(path).status_code == 403
    told = {"reason": "Reviu"}
    assert api("inspector").post(f"/evidence/{given.json['id']}/opening", json=told).status_code == 200
    assert api("inspector").get(path).status_code == 200
    assert api("other_head").get(path).status_code == 404


@pytest.mark.parametrize(
    ("files", "status", "code"),
    [
        ([("virus.exe", b"MZ" + b"x" * 100)], 415, "supporting_kind"),
        ([("foto.jpg", JPEG), ("makro.docx", MACROS)], 415, "supporting_kind"),
        ([("foto.jpg", b"<html>")], 415, "supporting_kind"),
        ([("kosong.jpg", b"")], 422, "empty_file"),
        ([(f"{n}.jpg", JPEG) for n in range(MOST + 1)], 422, "too_many_files"),
        ([("besar.jpg", JPEG + b"x" * (SMALL - 20))], 413, "too_large"),
    ],
)
def test_what_cannot_be_taken_leaves_nothing_behind(
    send: Send, objects: Callable[[], int], files: list[tuple[str, bytes]], status: int, code: str
) -> None:
    answer = send(*files)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert objects() == 0


def test_an_empty_box_of_a_form_is_no_file(send: Send) -> None:
    given = send(("", b""))
    assert (given.status_code, given.json["supporting"]) == (202, [])


def test_the_same_request_again_is_the_same_delivery_and_other_files_another(
    send: Send, objects: Callable[[], int]
) -> None:
    first = send(("foto.jpg", JPEG), key="a")
    assert send(("foto.jpg", JPEG), key="a").json == first.json
    assert send(("foto.jpg", PNG), key="a").status_code == 422
    assert send(("lagi.jpg", JPEG)).json["id"] == first.json["id"]
    assert objects() == 2
    assert send(("peta.png", PNG)).json["id"] != first.json["id"]
