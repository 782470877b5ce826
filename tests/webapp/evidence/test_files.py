"""The way out: the very bytes, by version, or a connection that breaks."""

import datetime as dt
import hashlib
import io
import uuid
from collections.abc import Callable

import flask
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from storage.archive import archive
from storage.base import Bucket
from storage.errors import DigestMismatchError
from storage.keys import archive_key, bundle_key
from storage.reading import CHUNK
from tests.support.deliveries import report_of
from tests.support.furnished import Api, Furnished, filler
from tests.support.stores import FaultyStore
from workflows.archive.models import ArchivedObject
from workflows.archive.operations import record_archived
from workflows.bundles.models import Bundle, BundleState
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.evidence.models import Evidence
from workflows.evidence.operations import record_report

Of = Callable[..., Api]
Upload = Callable[..., TestResponse]
DATA = filler(size=2 * CHUNK + 1000)
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def delivered(upload: Upload) -> str:
    """A delivery of :data:`DATA`. Return its id."""
    found: str = upload("staff_b1", "b1-1", data=DATA).json["id"]
    return found


@pytest.fixture
def archived(delivered: str, app: flask.Flask, furnished: Furnished) -> str:
    """The same, locked in the archive, and a newer version over it; its intake object is gone."""
    store = app.extensions["store"]
    key = archive_key("uji", "dpk", SHA256)
    until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=5)
    source = (Bucket.INTAKE, delivered)
    kept = archive(store, source=source, target_key=key, sha256=SHA256, size=len(DATA), retain_until=until)
    store.put(Bucket.ARCHIVE, key, io.BytesIO(b"palsu"), retain_until=until)
    store.remove(Bucket.INTAKE, delivered)
    with furnished.behind():
        evidence = db.session.get_one(Evidence, uuid.UUID(delivered))
        record_report(evidence.id, report_of())
        record_archived(
            evidence,
            bucket=Bucket.ARCHIVE,
            key=key,
            version_id=kept.version_id or "",
            sha256=SHA256,
            size=len(DATA),
            retain_until=until,
        )
    return delivered


def test_the_original_comes_under_its_receipt_number(api: Of, delivered: str) -> None:
    receipt = api("staff_b1").get(f"/evidence/{delivered}").json["receipt"]
    answer = api("auditor").get(f"/evidence/{delivered}/file")
    assert (answer.status_code, answer.data) == (200, DATA)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{receipt}.pdf"'
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["ETag"] == f'"{SHA256}"'
    assert answer.headers["Content-Length"] == str(len(DATA))


def test_an_archived_original_is_read_by_its_version(api: Of, archived: str) -> None:
    assert api("auditor").get(f"/evidence/{archived}/file").data == DATA


def test_a_file_that_moves_into_the_archive_meanwhile_is_found_there(
    api: Of, archived: str, app: flask.Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.evidence import files

    look, archives = files.original_of, iter([False, True])

    def seen(evidence_id: uuid.UUID, actor: Actor) -> tuple[Evidence, ArchivedObject | None]:
        evidence, there = look(evidence_id, actor)
        return evidence, there if next(archives) else None

    monkeypatch.setattr(files, "original_of", seen)
    assert api("auditor").get(f"/evidence/{archived}/file").data == DATA
    assert list(archives) == []


def test_a_part_is_given_when_one_part_is_asked(api: Of, delivered: str) -> None:
    def get(asked: str, **headers: str) -> TestResponse:
        return api("auditor").get(f"/evidence/{delivered}/file", headers={"Range": asked, **headers})

    size = len(DATA)
    middle = get("bytes=5-9")
    assert (middle.status_code, middle.data) == (206, DATA[5:10])
    assert middle.headers["Content-Range"] == f"bytes 5-9/{size}"
    assert get("bytes=-3").data == DATA[-3:]
    assert get(f"bytes={CHUNK - 2}-").data == DATA[CHUNK - 2 :]
    assert get(f"bytes=10-{size * 2}").data == DATA[10:]
    beyond = get(f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert beyond.mimetype == "application/problem+json"
    for whole in ("bytes=0-1,4-5", "pages=1-2", "bytes=x", ""):
        assert get(whole).status_code == 200
    assert get("bytes=5-9", **{"If-Range": f'"{SHA256}"'}).status_code == 206
    assert get("bytes=5-9", **{"If-Range": '"lain"'}).status_code == 200


def test_head_and_a_known_tag_move_no_bytes_and_are_no_download(api: Of, delivered: str, app: flask.Flask) -> None:
    app.extensions["store"] = FaultyStore(app.extensions["store"], away=True)
    head = api("auditor").send("HEAD", f"/evidence/{delivered}/file")
    assert (head.status_code, head.headers["Content-Length"], head.data) == (200, str(len(DATA)), b"")
    known = api("auditor").get(f"/evidence/{delivered}/file", headers={"If-None-Match": f'"{SHA256}"'})
    assert (known.status_code, known.data) == (304, b"")
    events = api("privacy_officer").get(f"/audit-events?subject={delivered}").json["items"]
    assert [event["kind"] for event in events] == ["evidence.received"]
    app.extensions["store"] = app.extensions["store"].inner


@pytest.mark.parametrize("wrong_at", [10, CHUNK, len(DATA) - 1])
def test_bytes_that_differ_break_the_connection_before_the_end(
    api: Of, delivered: str, app: flask.Flask, wrong_at: int, caplog: pytest.LogCaptureFixture
) -> None:
    app.extensions["store"] = FaultyStore(app.extensions["store"], flip_at=wrong_at)
    answer = api("auditor").get(f"/evidence/{delivered}/file", buffered=False)
    received: list[bytes] = []
    with pytest.raises(DigestMismatchError):
        received.extend(answer.response)
    answer.close()
    assert sum(map(len, received)) < len(DATA)
    assert "evidence.file_differs" in caplog.messages
    app.extensions["store"] = app.extensions["store"].inner


def test_a_longer_object_is_not_given_out_whole(api: Of, delivered: str, app: flask.Flask) -> None:
    store = app.extensions["store"]
    store.remove(Bucket.INTAKE, delivered)
    store.put(Bucket.INTAKE, delivered, io.BytesIO(DATA[: 2 * CHUNK] + b"y" * (2 * CHUNK)))
    answer = api("auditor").get(f"/evidence/{delivered}/file", buffered=False)
    received: list[bytes] = []
    with pytest.raises(DigestMismatchError):
        received.extend(answer.response)
    answer.close()
    assert sum(map(len, received)) < len(DATA)


def test_bytes_removed_by_rule_are_gone(api: Of, delivered: str, furnished: Furnished) -> None:
    with furnished.behind():
        db.session.execute(sa.update(Evidence).values(intake_removed_at=sa.func.now()))
    gone = api("auditor").get(f"/evidence/{delivered}/file")
    assert (gone.status_code, gone.json["code"]) == (410, "gone")


def test_the_privacy_officer_opens_no_file(api: Of, delivered: str) -> None:
    assert api("privacy_officer").get(f"/evidence/{delivered}/file").status_code == 403
    assert api("other_head").get(f"/evidence/{delivered}/file").status_code == 404


def test_a_bundle_is_ordered_with_a_reason_and_waits_until_it_is_built(
    api: Of, app: flask.Flask, furnished: Furnished
) -> None:
    order = {"agency": "dpk", "year": 2026, "reason": "Pemeriksaan"}
    ordered = api("auditor").post("/bundles", json=order)
    assert (ordered.status_code, ordered.json["state"]) == (202, "queued")
    path = f"/bundles/{ordered.json['id']}"
    assert ordered.headers["Location"] == f"/api/v1{path}"
    early = api("auditor").get(f"{path}/file")
    assert (early.status_code, early.json["code"]) == (409, "not_ready")
    key = bundle_key(ordered.json["id"])
    app.extensions["store"].put(Bucket.BUNDLES, key, io.BytesIO(DATA), content_type="application/zip")
    with furnished.behind():
        ready = sa.update(Bundle).values(state=BundleState.READY, key=key, sha256=SHA256, size=len(DATA))
        db.session.execute(ready)
    found = api("auditor").get(path).json
    assert (found["state"], found["sha256"], found["agency"]["code"]) == ("ready", SHA256, "dpk")
    answer = api("auditor").get(f"{path}/file")
    assert (answer.data, answer.headers["Content-Type"]) == (DATA, "application/zip")
    assert api("other_head").get(path).status_code == 404


def test_a_bundle_without_a_reason_or_of_an_unseen_agency_is_refused(api: Of) -> None:
    blank = api("auditor").post("/bundles", json={"agency": "dpk", "year": 2026, "reason": "  "})
    assert blank.status_code == 422
    assert api("head").post("/bundles", json={"agency": "dsp", "year": 2026, "reason": "x"}).status_code == 404


def test_the_same_order_under_the_same_key_is_one_bundle(api: Of, furnished: Furnished) -> None:
    order = {"agency": "dpk", "year": 2026, "reason": "Pemeriksaan"}
    key = {"Idempotency-Key": "pesanan-1"}
    first, second = (api("auditor").post("/bundles", json=order, headers=key) for _ in range(2))
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert first.headers["Location"] == second.headers["Location"]
    other = api("auditor").post("/bundles", json=order | {"year": 2025}, headers=key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    with furnished.behind():
        assert db.session.scalars(sa.select(sa.func.count()).select_from(Bundle)).one() == 1
