"""What proving the log costs: 100,000 events in chains of several lengths, verified as the command does.

The floor is reading the same rows and nothing else.
"""

import json
import os
import sys
import tempfile
import time
import uuid
from pathlib import Path

import psycopg
import sqlalchemy as sa

from tests.bench.figures import Row, table
from tests.bench.product import dsn
from webapp.cli.runtime import database
from webapp.deployment import prepare
from webapp.embedded import Addresses, Engines
from workflows.core import audit
from workflows.core.db import db
from workflows.core.models import AuditEvent

EVENTS = 100_000
CHAINS = (70_000, 20_000, 9_000, 1_000)
MOST_SECONDS = 3.0
PIECE = 500
COPY = "COPY audit_event (chain, id, kind, agency_id, subject_type, subject_id, body, salt) FROM STDIN"


def fill(addresses: Addresses) -> None:
    """Write the events by the database's own trigger, as the owner; a chain's head is one row, so in small pieces."""
    with psycopg.connect(dsn(addresses.database_owner_url)) as connection, connection.cursor() as cursor:
        for length in CHAINS:
            agency = uuid.uuid4()
            for first in range(0, length, PIECE):
                with cursor.copy(COPY) as rows:
                    for number in range(first, min(first + PIECE, length)):
                        rows.write_row(event(agency, number))
                connection.commit()


def event(agency: uuid.UUID, number: int) -> tuple[object, ...]:
    """Return one event as it is written, of the size that most have."""
    key, subject = uuid.uuid4(), uuid.uuid4()
    body = {
        "id": str(key), "kind": "requirement.signed", "subject": {"type": "requirement", "id": str(subject)},
        "actor": {"person": None, "name": "Contoh", "channel": "web", "posts": []},
        "details": {"n": number, "sha256": "ab" * 32, "from": "evidence_uploaded", "to": "signed"},
    }  # fmt: skip
    text = json.dumps(body, separators=(",", ":"), sort_keys=True)
    return (f"agency:{agency}", key, "requirement.signed", agency, "requirement", subject, text, os.urandom(16))


def read() -> int:
    """Read every row as the verification does."""
    query = sa.select(AuditEvent.__table__).order_by(AuditEvent.chain, AuditEvent.seq)
    with db.session.execute(query, execution_options={"yield_per": 2000}) as rows:
        return sum(1 for _ in rows)


def verified() -> int:
    """Verify all chains."""
    reports = list(audit.verify_all())
    assert all(report.problem is None for report in reports)
    return sum(report.events for report in reports)


def seconds(work: object) -> float:
    """Return how long it takes, in processor time of this process and waiting alike."""
    started = time.perf_counter()
    assert work() == EVENTS  # type: ignore[operator]
    return time.perf_counter() - started


def measure() -> list[Row]:
    """Measure both, alternating, and return the medians."""
    with tempfile.TemporaryDirectory() as folder, Engines.start(Path(folder) / "data") as engines:
        prepare(engines.addresses)
        fill(engines.addresses)
        with database(engines.addresses.database_worker_url):
            rounds = [(seconds(read), seconds(verified)) for _ in range(3)]
    plain, proven = (sorted(column)[1] for column in zip(*rounds, strict=True))
    return [Row(f"proving the log, {EVENTS:,} events", proven, "s", plain, goal=MOST_SECONDS)]


def main() -> None:
    """Measure and print."""
    sys.stdout.write(table(measure()))


if __name__ == "__main__":
    main()
