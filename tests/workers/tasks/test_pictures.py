"""The pictures of an archived original: drawn once, drawn again when lost, and no step waits for them."""

import hashlib
import io
import uuid
from collections.abc import Sequence
from typing import BinaryIO

import pytest
import sqlalchemy as sa

from storage.base import Bucket
from storage.errors import ObjectMissingError
from tests.support.pdfs import plain_pdf
from tests.support.stores import FaultyStore
from tests.workers.tasks.site import Site, die
from workers.app import ORDERS, TaskName
from workers.running import run_job
from workers.tasks import pictures as task
from workflows.archive.models import PagePicture
from workflows.archive.operations import archived_of
from workflows.archive.pictures import draw_again
from workflows.core.db import db
from workflows.core.jobs import queue_of
from workflows.core.models import Job, JobState
from workflows.evidence.checks.pictures import LIMITS, NoPicture, Picture, PictureSize
from workflows.evidence.inspection import Inspector, NotDrawnError
from workflows.evidence.models import CheckState

KIND = TaskName.DRAW_PAGES


def rows(evidence_id: uuid.UUID, size: PictureSize = PictureSize.PAGE) -> list[PagePicture]:
    db.session.rollback()
    query = sa.select(PagePicture).where(PagePicture.evidence_id == evidence_id, PagePicture.size == size)
    return list(db.session.scalars(query.order_by(PagePicture.page)))


def archived(site: Site, content: bytes) -> uuid.UUID:
    """A delivery whose pictures are still to be drawn."""
    evidence_id = site.deliver(content)
    site.do(evidence_id)
    assert site.job(evidence_id, KIND).state == JobState.QUEUED
    return evidence_id


class Spy:
    """Asks the real checker and remembers which pages, or fails for some of them."""

    def __init__(self, inner: Inspector, *, deadly: Sequence[int] = ()) -> None:
        self.inner = inner
        self.deadly = set(deadly)
        self.asked: list[list[int]] = []

    def draw(self, file: BinaryIO, *, pages: Sequence[int], size: PictureSize) -> list[Picture]:
        self.asked.append(list(pages))
        if self.deadly & set(pages):
            raise NotDrawnError("checker_crashed")
        return self.inner.draw(file, pages=pages, size=size)


def test_every_page_is_drawn_after_the_archiving_and_lies_beside_the_bundles(site: Site) -> None:
    evidence_id = archived(site, plain_pdf("Monev", pages=3))
    assert site.evidence(evidence_id).check_state == CheckState.DONE
    assert queue_of(KIND) == "later"
    site.work_off()
    assert site.job(evidence_id, KIND).state == JobState.DONE
    assert [row.page for row in rows(evidence_id)] == [1, 2, 3]
    assert [row.page for row in rows(evidence_id, PictureSize.SMALL)] == [1, 3]
    for row in rows(evidence_id):
        with site.store.open(Bucket.BUNDLES, row.key or "") as stream:
            data = stream.read()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (row.sha256, row.bytes)
        assert data.startswith(b"RIFF")
        assert row.width > 900


def test_a_refused_file_gets_no_pictures(site: Site) -> None:
    evidence_id = site.deliver(b"bukan PDF")
    site.work_off()
    assert db.session.scalars(sa.select(Job).where(Job.kind == KIND)).all() == []
    assert rows(evidence_id) == []


def test_a_second_run_draws_nothing_and_a_lost_picture_is_drawn_again(site: Site) -> None:
    evidence_id = archived(site, plain_pdf("Monev", pages=2))
    site.work_off()
    first, second = rows(evidence_id)
    spy = Spy(site.tools.inspector)

    def again() -> list[list[int]]:
        spy.asked.clear()
        lost = rows(evidence_id)[1]
        assert draw_again(lost)
        assert not draw_again(lost), "asked for twice, ordered once"
        db.session.commit()
        query = sa.select(Job.id).where(Job.kind == KIND, Job.state == JobState.QUEUED)
        job_id = db.session.scalars(query).one()
        db.session.commit()
        task_of = site.with_tools(inspector=spy)
        run_job(site.app, job_id, work=ORDERS[KIND].work, tools=task_of)
        assert db.session.get_one(Job, job_id, populate_existing=True).state == JobState.DONE
        return spy.asked

    assert again() == []
    site.store.remove(Bucket.BUNDLES, second.key or "")
    db.session.execute(sa.update(PagePicture).values(drawn_at=sa.func.clock_timestamp()))
    db.session.commit()
    assert again() == [[2]]
    assert [row.sha256 for row in rows(evidence_id)] == [first.sha256, second.sha256]
    site.store.put(Bucket.BUNDLES, first.key or "", io.BytesIO(b"lain"), length=4)
    assert again() == [[1]]
    with site.store.open(Bucket.BUNDLES, first.key or "") as stream:
        assert hashlib.sha256(stream.read()).hexdigest() == first.sha256


@pytest.mark.parametrize("where", ["_keep", "_original"])
def test_a_worker_that_dies_leaves_what_the_next_one_finishes(site: Site, where: str) -> None:
    evidence_id = archived(site, plain_pdf("Monev", pages=2))
    site.killed(evidence_id, die(task, where, after=where == "_keep"), KIND)
    site.work_off()
    assert site.job(evidence_id, KIND).attempt == 2
    assert [row.page for row in rows(evidence_id)] == [1, 2]


def test_a_store_that_is_away_is_waited_for(site: Site) -> None:
    evidence_id = archived(site, plain_pdf())
    away = FaultyStore(site.store, away=True)
    site.do(evidence_id, KIND, tools=site.with_tools(store=away))
    job = site.job(evidence_id, KIND)
    assert (job.state, job.error_code, job.attempt) == (JobState.QUEUED, "store_away", 0)
    assert site.evidence(evidence_id).check_state == CheckState.DONE
    site.make_due()
    site.work_off()
    assert len(rows(evidence_id)) == 1


def test_an_original_that_is_gone_fails_the_job_and_nothing_else(site: Site) -> None:
    evidence_id = archived(site, plain_pdf())
    found = archived_of(evidence_id)
    assert found is not None
    db.session.commit()
    gone = FaultyStore(site.store, fail_at=1, error=ObjectMissingError("made to fail", key=found.key))
    site.do(evidence_id, KIND, tools=site.with_tools(store=gone))
    assert site.job(evidence_id, KIND).state == JobState.FAILED
    assert site.evidence(evidence_id).check_state == CheckState.DONE


def test_pages_that_end_their_child_are_told_and_the_others_drawn(site: Site) -> None:
    evidence_id = archived(site, plain_pdf("Monev", pages=6))
    spy = Spy(site.tools.inspector, deadly=[2, 4])
    site.do(evidence_id, KIND, tools=site.with_tools(inspector=spy))
    assert site.job(evidence_id, KIND).state == JobState.DONE
    reasons = {row.page: row.reason for row in rows(evidence_id)}
    assert reasons == {1: None, 2: NoPicture.STOPPED, 3: None, 4: NoPicture.STOPPED, 5: None, 6: None}
    assert len(spy.asked) < 12


def test_a_file_that_ends_every_child_is_left_alone_soon(site: Site) -> None:
    evidence_id = archived(site, plain_pdf("Monev", pages=30))
    spy = Spy(site.tools.inspector, deadly=range(1, 31))
    site.do(evidence_id, KIND, tools=site.with_tools(inspector=spy))
    assert len(spy.asked) <= LIMITS.strikes + 2
    assert {row.reason for row in rows(evidence_id)} == {NoPicture.STOPPED}
    assert len(rows(evidence_id)) == 30
    assert site.job(evidence_id, KIND).state == JobState.DONE


def test_a_long_file_has_its_first_pages_and_the_last_one(site: Site) -> None:
    evidence_id = archived(site, plain_pdf("Monev", pages=60))
    site.do(evidence_id, KIND)
    assert [row.page for row in rows(evidence_id)] == [*range(1, LIMITS.first_pages + 1), 60]
