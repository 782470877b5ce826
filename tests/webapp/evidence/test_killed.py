"""The web process dies on the way of an upload, at each of its steps in turn: nothing is lost, nothing stands twice."""

import hashlib
import uuid

import flask
import pytest
import sqlalchemy as sa

from storage.base import Bucket
from storage.reading import read_digest
from tests.support.furnished import MULTIPART, Furnished, filler, multipart
from tests.support.killing import killed_before_each_step
from tests.support.settings import make_settings
from webapp.factory import create_app
from workflows.archive import custody, intake
from workflows.core import audit
from workflows.core.db import db
from workflows.core.models import Job
from workflows.evidence.models import Evidence

IN_PARTS = 5 * 1024 * 1024 + 1
"""Bytes of a file that the store gets in several requests."""


@pytest.mark.slow
def test_a_web_process_killed_at_any_step_of_an_upload_loses_nothing(app: flask.Flask, furnished: Furnished) -> None:
    settings = make_settings(furnished.addresses, max_upload_bytes=2 * IN_PARTS)
    dying, living = create_app(settings), create_app(settings)  # forks share the first: nothing is connected in it
    path = f"/api/v1/requirements/{furnished.requirements['b1-1']}/evidence"
    headers = {"Authorization": f"Bearer {furnished.tokens['staff_b1']}"}

    def send(to: flask.Flask, number: int) -> str:
        body = multipart(("file", filler(f"berkas {number}", size=IN_PARTS), "monev.pdf"))
        answer = to.test_client().post(path, data=body, content_type=MULTIPART, headers=headers)
        assert answer.status_code == 202
        return str(answer.json["id"])

    before, receipts = kept(app), 0
    for number in killed_before_each_step(lambda number: send(dying, number)):
        digest = hashlib.sha256(filler(f"berkas {number}", size=IN_PARTS)).hexdigest()
        with furnished.behind():
            found = rows_of(digest)
        receipts += len(found)
        again = send(living, number)  # whoever heard nothing sends once more
        assert found in ([], [uuid.UUID(again)])
        with furnished.behind():
            assert rows_of(digest) == [uuid.UUID(again)]
            assert db.session.scalars(sa.select(Job.id).where(Job.subject_id == uuid.UUID(again))).one()
        assert read_digest(app.extensions["store"], Bucket.INTAKE, again).sha256 == digest
    living.extensions["store"].close()
    with living.app_context():
        db.engine.dispose()
    assert number > 20
    assert 0 < receipts < number  # it was killed on both sides of the commit
    with furnished.behind():
        assert {trouble.code for trouble in custody.reconcile(app.extensions["store"]).troubles} <= {"orphan"}
        assert all(report.problem is None for report in audit.verify_all())
        left = {uuid.UUID(key) for key in kept(app) - before}
        nobodys = intake.unknown(left)  # what the sweep removes
        assert len(left - nobodys) == number
    assert nobodys


def rows_of(sha256: str) -> list[uuid.UUID]:
    return list(db.session.scalars(sa.select(Evidence.id).where(Evidence.sha256 == sha256)))


def kept(app: flask.Flask) -> set[str]:
    return {found.key for found in app.extensions["store"].list(Bucket.INTAKE)}
