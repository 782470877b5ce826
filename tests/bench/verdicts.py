"""From the receipt to the verdict: one small file on an idle product, and many at once.

A verdict is in when the API says ``done``: checked in the sandbox, archived under a lock, read back. The floor does to
the same files what must be done at least, in a bare process (for many: in two): get it from the intake, judge it without
a sandbox, put it under a lock, get it back, remove it from the intake; no database, no queue, no log.
"""

import datetime as dt
import io
import sys
import time
import uuid
from concurrent.futures import ProcessPoolExecutor

from minio.retention import Retention

from storage.base import Bucket, RetentionMode
from storage.minio_store import MinioStore
from tests.bench.figures import Row, percentile, table
from tests.bench.product import (
    PART,
    Sender,
    addresses_of,
    raw_get,
    raw_put,
    running,
    scan,
    senders,
    settle,
    store_at,
    timed,
)
from tests.support.demos import Demo
from webapp.deployment import store_of
from webapp.embedded import Addresses
from workflows.evidence.checks.judge import check_file

SIZE = 100_000
SINGLE, MANY = 20, 120
LOOK_SECONDS = 0.01


def measure(demo: Demo) -> list[Row]:
    """Return the two rows."""
    settle(demo)
    return [_single(demo), _sustained(demo)]


def _single(demo: Demo) -> Row:
    (who,) = senders(demo, 1)
    waited = [_wait(who) for _ in range(SINGLE)]
    store = store_at(demo)
    keys = [raw_put(store, scan(SIZE)) for _ in range(SINGLE)]
    floor = [timed(lambda key=key: bare(store, key)) for key in keys]  # type: ignore[misc]
    return Row(
        "one file of 100 kB, from the receipt to the verdict, p50", percentile(waited) * 1000, "ms",
        percentile(floor) * 1000, goal=300, mayan="650 to 900 ms", paperless="930 ms", note=f"p95 {percentile(waited, 0.95) * 1000:.0f} ms",
    )  # fmt: skip


def _wait(who: Sender) -> float:
    sent = who.client.upload(who.requirement_id, scan(SIZE))
    started = time.perf_counter()
    while who.client.ask(f"/evidence/{sent['id']}")["check_state"] != "done":
        time.sleep(LOOK_SECONDS)
    return time.perf_counter() - started


def _sustained(demo: Demo) -> Row:
    """Deliver by two clients as fast as they can; the clock runs from the first receipt to the last verdict."""
    who = senders(demo, 2)
    who[0].client.upload(who[0].requirement_id, scan(SIZE))
    started = time.perf_counter()
    for number in range(MANY):
        sender = who[number % len(who)]
        sender.client.upload(sender.requirement_id, scan(SIZE))
    settle(demo)
    ours = (MANY + 1) / (time.perf_counter() - started)
    files = [scan(SIZE) for _ in range(MANY)]
    with ProcessPoolExecutor(2, initializer=_connect, initargs=(addresses_of(demo),)) as pool:
        list(pool.map(_receive_and_do, files[:4]))  # both are there and have everything imported
        floor = MANY / timed(lambda: list(pool.map(_receive_and_do, files)))
    return Row(
        "files of 100 kB received, judged and archived, sustained", ours, "/s", floor, goal=12,
        mayan="1.3 to 1.8 /s", paperless="0.24 to 0.34 /s",
    )  # fmt: skip


_stores: list[MinioStore] = []


def _connect(addresses: Addresses) -> None:
    _stores[:] = [store_of(addresses)]


def _receive_and_do(file: bytes) -> None:
    bare(_stores[0], raw_put(_stores[0], file))


def bare(store: MinioStore, key: str) -> None:
    """Do the least that a verdict and an archived original cost."""
    file = raw_get(store, Bucket.INTAKE, key)
    judge(file)
    until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    name = f"bench/{uuid.uuid4()}.pdf"
    kept = store.client.put_object(
        store.bucket_name(Bucket.ARCHIVE),
        name,
        io.BytesIO(file),
        length=-1,
        part_size=PART,
        num_parallel_uploads=1,
        retention=Retention(RetentionMode.GOVERNANCE.value, until),
    )
    raw_get(store, Bucket.ARCHIVE, name, kept.version_id)
    store.client.remove_object(store.bucket_name(Bucket.INTAKE), key)


def judge(file: bytes) -> str:
    """Check a file in this process; return the verdict."""
    verdict: str = check_file(io.BytesIO(file), name="monev.pdf").verdict
    return verdict


def main() -> None:
    """Measure and print."""
    with running() as demo:
        sys.stdout.write(table(measure(demo)))


if __name__ == "__main__":
    main()
