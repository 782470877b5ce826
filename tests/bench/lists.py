"""Lists of ten requirements, and the pages that list, at 1,000 and at 100,000 requirements in the sight of who asks.

Every figure is the median of one client that asks again and again. The floor is the request's own statements sent by
psycopg as the web role, in one transaction; their number is printed and must not depend on the rows.
"""

import io
import sys
from collections.abc import Callable, Sequence

import psycopg

from tests.bench.crowd import PER_YEAR, Crowd
from tests.bench.figures import Row, percentile, table
from tests.bench.product import Client, addresses_of, dsn, inside, replayed, running, scan, statements_of, timed
from tests.support.demos import Demo
from workflows.evidence.checks.judge import check_file

FEW, MANY = 1_000, 100_000
AGENCIES_OF_FEW, YEARS = 25, 10
TIMES = 100
API_GOAL, PAGE_GOAL = 15, 40
API = {"mayan": "166 ms of 10,000", "paperless": "78 ms of 10,000"}
PAGE = {"mayan": "478 ms of 10,000"}

Case = tuple[str, Client, str, int, dict[str, str]]


def measure(demo: Demo) -> list[Row]:
    """Fill twice and return the rows of both; nothing else should be measured on this demo afterwards."""
    evaluator, head = demo.account("evaluator", agency=None), demo.account("unit_head")
    desk = Client.signed_in(demo, evaluator)
    api = "/api/v1/requirements?limit=10"
    cases: list[Case] = [
        ("API, 10 requirements, evaluator", Client.of(demo, evaluator["token"]), api, API_GOAL, API),
        ("API, 10 requirements, unit head", Client.of(demo, head["token"]), api, API_GOAL, API),
        ("page of recommendations, evaluator", desk, "/rekomendasi", PAGE_GOAL, PAGE),
        ("page of tasks, evaluator", desk, "/", PAGE_GOAL, PAGE),
    ]
    fill(demo, agencies=AGENCIES_OF_FEW, years=FEW // AGENCIES_OF_FEW // PER_YEAR)
    few = _all(demo, cases)
    fill(demo, agencies=(MANY - FEW) // YEARS // PER_YEAR + 1, years=YEARS)
    many = _all(demo, cases)
    rows = []
    for case, small, large in zip(cases, few, many, strict=True):
        rows += [_row(case, FEW, small, small), _row(case, MANY, large, small)]
    return rows


def fill(demo: Demo, *, agencies: int, years: int) -> None:
    """Add to the demo's region, and tidy as the server does by itself within minutes."""
    report = check_file(io.BytesIO(scan(100_000)), name="monev.pdf").to_json()
    url = dsn(addresses_of(demo).database_owner_url)
    with psycopg.connect(url) as connection:
        region = connection.execute("SELECT id FROM region").fetchone()
        if region is None:
            raise LookupError("the demo has no region")
        Crowd(connection, region[0], report).fill(agencies=agencies, years=years)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


Measured = tuple[float, float, int]
"""Ours and the floor in milliseconds, and the number of statements."""


def _all(demo: Demo, cases: Sequence[Case]) -> list[Measured]:
    found: list[Measured] = []
    with inside(demo) as app:
        for _what, client, path, _goal, _peers in cases:
            browser = app.test_client(use_cookies=False)

            def ask(browser=browser, client=client, path=path) -> None:  # type: ignore[no-untyped-def]
                answer = browser.get(path, headers=client.headers)
                if answer.status_code != 200:
                    raise AssertionError(f"{path}: {answer.status_code}")

            ask()
            statements = statements_of(ask)
            ours = _median(lambda client=client, path=path: client.send("GET", path))  # type: ignore[misc]
            floor = _median(replayed(addresses_of(demo).database_url, statements))
            found.append((ours, floor, len(statements)))
    return found


def _median(work: Callable[[], object]) -> float:
    for _ in range(8):  # both processes of the web have served it, every statement is prepared
        work()
    return percentile([timed(work) for _ in range(TIMES)]) * 1000


def _row(case: Case, count: int, measured: Measured, small: Measured) -> Row:
    what, _client, _path, goal, peers = case
    ours, floor, statements = measured
    same = "" if statements == small[2] else f", NOT the {small[2]} of {FEW:,}"
    return Row(
        f"{what}, of {count:,}, p50", ours, "ms", floor, goal=goal, **peers, note=f"{statements} statements{same}"
    )


def main() -> None:
    """Measure and print."""
    with running() as demo:
        sys.stdout.write(table(measure(demo)))


if __name__ == "__main__":
    main()
