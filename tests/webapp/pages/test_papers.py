"""Papers: one button for each format, shown while they are made, nobody else's to carry away."""

import hashlib
import io
import uuid
from collections.abc import Callable

import flask
import sqlalchemy as sa

from storage.base import Bucket, ObjectStore
from tests.support.furnished import Furnished
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.papers.models import Paper
from workflows.papers.operations import begin, fail, finish

from .conftest import Desk, words
from .test_inventory import judge

ORDER = {"kind": "follow_up_matrix", "format": "xlsx", "agency": "dpk", "year": "2026", "place": "Uji"}
PAGE = "/dokumen?opd=dpk&tahun=2026"


def newest() -> uuid.UUID:
    return db.session.scalars(sa.select(Paper.id).order_by(Paper.id.desc()).limit(1)).one()


def test_a_paper_is_shown_until_it_is_made_and_then_carried_away(
    desk: Callable[[str], Desk], furnished: Furnished, app: flask.Flask
) -> None:
    seat = desk("operator")
    page = seat.get(PAGE)
    judge(page.text)
    assert [f"Buat {name}" in words(page) for name in ("PDF", "Excel", "Word")] == [True] * 3
    assert seat.post("/dokumen", ORDER).headers["Location"] == PAGE
    with furnished.behind():
        paper_id = newest()
    page = seat.get(PAGE)
    judge(page.text)
    assert "Menunggu giliran" in words(page)
    assert "hx-trigger" in page.text
    htmx = {"HX-Request": "true"}
    mark = page.text.split("dari=")[1].split('"')[0].split("&")[0]
    assert seat.get(f"/dokumen?dari={mark}", headers=htmx).status_code == 204
    assert seat.get(f"/dokumen/{paper_id}/berkas").status_code == 409
    store: ObjectStore = app.extensions["store"]
    with furnished.behind():
        content = begin(paper_id).write()
        version = store.put(Bucket.BUNDLES, f"papers/{paper_id}.xlsx", io.BytesIO(content), length=len(content))
        finish(paper_id, content, key=f"papers/{paper_id}.xlsx", version_id=version)
    part = seat.get(f"/dokumen?dari={mark}", headers=htmx)
    assert "Unduh (" in words(part)
    assert "<html" not in part.text
    assert "hx-trigger" not in part.text
    answer = seat.get(f"/dokumen/{paper_id}/berkas")
    assert hashlib.sha256(answer.data).digest() == hashlib.sha256(content).digest()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="matriks-tindak-lanjut-dpk-2026.xlsx"'
    with furnished.behind():
        told = db.session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.subject_id == paper_id)).all()
    assert set(told) == {"paper.ordered", "paper.made", "paper.downloaded"}
    assert "memesan matriks tindak lanjut tahun 2026 (Excel)" in desk("operator").text("/log?opd=dpk")
    assert page.text.count('value="action_plan"') == 1
    assert seat.post("/dokumen", {**ORDER, "kind": "action_plan"}).status_code == 303
    stranger = desk("head")
    assert stranger.get(f"/dokumen/{paper_id}/berkas").status_code == 404
    assert "Unduh (" not in stranger.text(PAGE)


def test_a_failure_is_told_and_what_cannot_be_ordered_is_refused(
    desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    seat = desk("inspector")
    assert "Semua perangkat daerah" in seat.text("/dokumen")
    assert 'value="action_plan"' not in seat.get("/dokumen").text  # a plan is of one agency
    assert seat.post("/dokumen", {**ORDER, "agency": ""}).status_code == 303
    with furnished.behind():
        fail(newest(), message="Pembuat PDF belum terpasang di peladen.")
    assert "Pembuat PDF belum terpasang di peladen." in seat.text("/dokumen")
    for wrong in ({"format": "exe"}, {"kind": "x"}, {"year": "1"}, {"agency": "zzz"}, {"place": "x" * 61}):
        answer = seat.post("/dokumen", {**ORDER, **wrong})
        assert answer.status_code == 422, wrong
        judge(answer.text)
    assert desk("operator").post("/dokumen", {**ORDER, "agency": ""}).status_code == 403
    assert desk("other_head").post("/dokumen", ORDER).status_code == 422
