"""Downloads of archived originals by the HTTP interface, against a raw get of the same version from the same store."""

import sys
from collections.abc import Callable

import psycopg

from storage.base import Bucket
from tests.bench.figures import Row, percentile, table
from tests.bench.product import addresses_of, drained, dsn, running, scan, senders, settle, store_at, timed
from tests.support.demos import Demo

ROUNDS = {5_000_000: 40, 200_000_000: 3}


def measure(demo: Demo) -> list[Row]:
    """Return a row for each size."""
    return [_by_turns(demo, size) for size in ROUNDS]


def _by_turns(demo: Demo, size: int) -> Row:
    (who,) = senders(demo, 1)
    sent = who.client.upload(who.requirement_id, scan(size))
    settle(demo)
    path = f"/api/v1/evidence/{sent['id']}/file"
    raw = _raw_get(demo, sent["id"])
    ours, floor = [], []
    for _ in range(ROUNDS[size]):
        ours.append(timed(lambda: who.client.drain(path)))
        floor.append(timed(raw))
    speeds = [size / 1e6 / percentile(seconds) for seconds in (ours, floor)]
    mayan = "162 MB/s" if size < 10_000_000 else ""
    return Row(f"download of {size // 1_000_000} MB", speeds[0], "MB/s", speeds[1], least_ratio=0.7, mayan=mayan)


def _raw_get(demo: Demo, evidence_id: str) -> Callable[[], int]:
    store = store_at(demo)
    with psycopg.connect(dsn(addresses_of(demo).database_owner_url)) as connection:
        query = "SELECT key, version_id FROM archived_object WHERE evidence_id = %s"
        key, version = connection.execute(query, (evidence_id,)).fetchone() or ("", "")

    def get() -> int:
        answer = store.client.get_object(store.bucket_name(Bucket.ARCHIVE), key, version_id=version)
        try:
            return drained(answer.read)
        finally:
            answer.close()
            answer.release_conn()

    return get


def main() -> None:
    """Measure and print."""
    with running() as demo:
        sys.stdout.write(table(measure(demo)))


if __name__ == "__main__":
    main()
