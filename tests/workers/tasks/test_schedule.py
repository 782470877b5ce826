"""The beat: lost messages, two beats, a broker that is away, and the delays of retries."""

import datetime as dt
import uuid

import pytest
import redis
import sqlalchemy as sa
from celery import Celery

from tests.workers.tasks.site import Site, pdf
from webapp.embedded import Addresses
from workers import retry, schedule
from workers.app import LONGEST, ORDERS, Queue, TaskName
from workflows.core import jobs
from workflows.core.db import db
from workflows.core.models import Job


def waiting(addresses: Addresses, queue: str = Queue.CHECKS) -> int:
    with redis.Redis.from_url(addresses.redis_client_url) as client:
        return client.llen(queue)


def sent_long_ago(seconds: float) -> None:
    then = sa.func.now() - dt.timedelta(seconds=seconds)
    db.session.execute(sa.update(Job).values(run_at=then, sent_at=then))
    db.session.commit()


def test_two_beats_make_one_job_and_one_message_of_a_slot(site: Site, database: Addresses) -> None:
    for _ in range(2):
        schedule.order_periodic()
    kinds = sorted(db.session.scalars(sa.select(Job.kind)))
    assert kinds == sorted(entry.name for entry in schedule.PERIODIC)
    assert waiting(database, Queue.SHORT) + waiting(database, Queue.LATER) == len(kinds)


def test_a_message_follows_the_commit_into_the_queue_of_its_kind(site: Site, database: Addresses) -> None:
    site.deliver(pdf())
    assert waiting(database) == 1


def test_a_lost_message_is_sent_again_and_one_under_way_is_not(site: Site, database: Addresses) -> None:
    site.deliver(pdf())
    with redis.Redis.from_url(database.redis_client_url) as client:
        client.flushall()
    schedule.send_unheld(site.celery)
    assert waiting(database) == 0, "sent a moment ago"
    sent_long_ago(schedule.LOST_AFTER.total_seconds() + 1)
    schedule.send_unheld(site.celery)
    schedule.send_unheld(site.celery)
    assert waiting(database) == 1


def test_a_message_that_stands_in_line_is_not_sent_again(site: Site, database: Addresses) -> None:
    site.deliver(pdf())
    sent_long_ago(schedule.LOST_AFTER.total_seconds() + 1)
    schedule.send_unheld(site.celery)
    assert waiting(database) == 1


def test_a_broker_that_is_away_stops_neither_a_commit_nor_the_beat(site: Site) -> None:
    away = Celery("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    away.conf.update(broker_connection_timeout=0.2, redis_socket_connect_timeout=0.2)
    schedule.tick(away)
    jobs.register_sender(lambda job_id, kind: away.send_task(kind, [str(job_id)], retry=False) and None)
    evidence_id = site.deliver(pdf())
    assert site.job(evidence_id).state == "queued"
    away.close()


def test_a_job_that_cannot_be_failed_does_not_keep_others_from_it(site: Site) -> None:
    first, second = site.deliver(pdf("1")), site.deliver(pdf("2"), unit="b2")
    lost = {
        "state": "running",
        "attempt": 3,
        "lease_token": uuid.uuid4(),
        "lease_until": sa.func.now() - dt.timedelta(1),
    }
    db.session.execute(sa.update(Job).where(Job.subject_id == first).values(subject_id=uuid.uuid4(), **lost))
    db.session.execute(sa.update(Job).where(Job.subject_id == second).values(**lost))
    db.session.commit()
    schedule.fail_poisoned()
    assert set(db.session.scalars(sa.select(Job.state))) == {"failed"}
    assert site.evidence(second).check_state == "failed"


@pytest.mark.parametrize(("waited", "expected"), [(0, 2), (10, 5), (60, 30), (100_000, 60)])
def test_tries_grow_apart_up_to_a_limit(waited: float, expected: float) -> None:
    away = next(entry for entry in retry.TRANSIENT if entry.code == "store_away")
    assert retry.delay(dt.timedelta(seconds=waited), away) == expected


def test_a_full_store_is_tried_less_often_than_one_that_is_away() -> None:
    full, away = (
        next(entry for entry in retry.TRANSIENT if entry.code == code) for code in ("store_full", "store_away")
    )
    assert full.shortest > away.shortest


def test_every_kind_of_job_has_a_task_and_a_queue_that_is_served(site: Site) -> None:
    assert {str(name) for name in ORDERS} == {name for name in site.celery.tasks if not name.startswith("celery.")}
    assert set(jobs.QUEUES) <= set(ORDERS)
    assert {jobs.queue_of(name) for name in TaskName} == set(Queue)
    assert {*retry.FAIL, *retry.HOLD} <= set(ORDERS)


def test_redelivery_waits_longer_than_the_longest_task(site: Site) -> None:
    assert site.celery.conf.broker_transport_options["visibility_timeout"] > LONGEST
    assert site.celery.conf.accept_content == ["json"]
