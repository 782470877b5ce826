"""Uploads by the HTTP interface, until the receipt is here, against a raw put into the same store.

The raw put has the product's settings (one part at a time, 5 MiB each) and its bucket. Its client, like ours, is
Python on the same two cores, and the workers judge meanwhile what came before, as they do in an office.
"""

import itertools
import sys

from tests.bench.figures import Row, percentile, table
from tests.bench.product import raw_put, running, scan, senders, settle, store_at, timed, together
from tests.support.demos import Demo

SMALL, MIDDLE, LARGE = 100_000, 5_000_000, 200_000_000
SECONDS = 5.0
ROUNDS = {MIDDLE: 12, LARGE: 3}


def measure(demo: Demo) -> list[Row]:
    """Return a row for each size and number of clients."""
    return [_small(demo, 1), _small(demo, 4), _by_turns(demo, MIDDLE, 0.6), _by_turns(demo, LARGE, 0.8)]


def _small(demo: Demo, clients: int) -> Row:
    store, who = store_at(demo), senders(demo, clients)
    files = itertools.cycle([scan(SMALL) for _ in range(64)])

    def sending(number: int):  # type: ignore[no-untyped-def]
        return lambda: who[number].client.upload(who[number].requirement_id, scan(SMALL))

    ours = together([sending(number) for number in range(clients)], SECONDS)
    settle(demo)
    floor = together([lambda: raw_put(store, next(files))] * clients, SECONDS)
    peers = {"mayan": "10 to 14 /s", "paperless": "30 /s"} if clients == 4 else {}
    return Row(
        f"upload of 100 kB, {clients} client{'s' if clients > 1 else ''}", ours, "/s", floor,
        goal=60 if clients == 4 else None, **peers,
    )  # fmt: skip


def _by_turns(demo: Demo, size: int, least: float) -> Row:
    """One client, ours and the floor by turns; the workers have finished before each."""
    store, (who,) = store_at(demo), senders(demo, 1)
    ours, floor = [], []
    for _ in range(ROUNDS[size]):
        file = scan(size)
        ours.append(timed(lambda: who.client.upload(who.requirement_id, file)))  # noqa: B023 - called at once
        settle(demo)
        floor.append(timed(lambda: raw_put(store, file)))  # noqa: B023
    speeds = [size / 1e6 / percentile(seconds) for seconds in (ours, floor)]
    return Row(f"upload of {size // 1_000_000} MB, 1 client", speeds[0], "MB/s", speeds[1], least_ratio=least)


def main() -> None:
    """Measure and print."""
    with running() as demo:
        sys.stdout.write(table(measure(demo)))


if __name__ == "__main__":
    main()
