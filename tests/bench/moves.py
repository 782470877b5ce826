"""Transitions by the HTTP interface at 1, 4 and 8 clients.

Each client signs and withdraws on a requirement of its own. The floor is the same statements, values and all, as they
were recorded inside the application, sent by psycopg as the web role: one transaction a move, as many at once.
"""

import sys

from tests.bench.figures import Row, table
from tests.bench.product import addresses_of, dsn, running
from tests.bench.transitions import CLIENTS, SECONDS, mover, prepare, raw, record, together, unsign
from tests.support.demos import Demo

GOALS = {1: 150, 4: 250}
MAYAN = {1: "15.8 /s", 4: "18.3 /s"}


def measure(demo: Demo) -> list[Row]:
    """Return a row for each number of clients."""
    ready = prepare(demo, max(CLIENTS))
    kept = [record(demo, *entry) for entry in ready]
    address = dsn(addresses_of(demo).database_url)
    rows = []
    for clients in CLIENTS:
        chosen = ready[:clients]
        ours = together([mover(demo, *entry) for entry in chosen], SECONDS)
        versions = [unsign(demo, *entry) for entry in chosen]
        floor = together([raw(address, *pair) for pair in zip(kept, versions, strict=False)], SECONDS)
        for entry in chosen:
            unsign(demo, *entry)
        what = f"transitions, {clients} client{'s' if clients > 1 else ''}"
        note = f"{len(kept[0]['sign'])} statements to sign, {len(kept[0]['withdraw'])} to withdraw"
        rows.append(
            Row(
                what, ours, "/s", floor, goal=GOALS.get(clients), least_ratio=0.2, mayan=MAYAN.get(clients, ""),
                paperless="no approval states", note=note,
            )
        )  # fmt: skip
    return rows


def main() -> None:
    """Measure and print."""
    with running() as demo:
        sys.stdout.write(table(measure(demo)))


if __name__ == "__main__":
    main()
