"""Fixity: every archived object of the demo read again, compared and recorded, against raw gets of the same versions."""

import datetime as dt
import sys
import time

import psycopg

from storage.base import Bucket
from tests.bench.figures import Row, percentile, table
from tests.bench.product import addresses_of, drained, dsn, running, scan, senders, settle, store_at
from tests.support.demos import Demo
from tests.support.offices import database_app
from workflows.archive import custody
from workflows.core.db import db

SENT, SIZE, ROUNDS = 24, 2_000_000, 5


def measure(demo: Demo) -> list[Row]:
    """Return one row: bytes a second, without the rate limit that the product has in the background."""
    (who,) = senders(demo, 1)
    for _ in range(SENT):
        who.client.upload(who.requirement_id, scan(SIZE))
    settle(demo)
    with psycopg.connect(dsn(addresses_of(demo).database_owner_url)) as connection:
        objects = connection.execute("SELECT key, version_id, size FROM archived_object").fetchall()
    store, ours, floor = store_at(demo), [], []
    with database_app(addresses_of(demo).database_worker_url):
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for key, version, _size in objects:
                answer = store.client.get_object(store.bucket_name(Bucket.ARCHIVE), key, version_id=version)
                drained(answer.read)
                answer.close()
                answer.release_conn()
            floor.append(time.perf_counter() - began)
            before, began = dt.datetime.now(dt.UTC), time.perf_counter()
            while batch := custody.due(before=before):
                db.session.commit()
                seen, failure = custody.look(store, batch)
                fresh = custody.record(seen)
                db.session.commit()
                if failure is not None or fresh:
                    raise AssertionError(failure or fresh)
            ours.append(time.perf_counter() - began)
    total = sum(size for _, _, size in objects) / 1e6
    note = f"{len(objects)} objects, {total:.0f} MB"
    return [Row("fixity", total / percentile(ours), "MB/s", total / percentile(floor), least_ratio=0.6, note=note)]


def main() -> None:
    """Measure and print."""
    with running() as demo:
        sys.stdout.write(table(measure(demo)))


if __name__ == "__main__":
    main()
