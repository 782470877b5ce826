"""What the log's chain costs: eight writers spread over agencies, with the chain and without, on durable settings.

The floor is the same transaction with the same event in a table without the chain.
"""

import os
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import psycopg
import sqlalchemy as sa

from tests.bench.figures import Row, table
from tests.bench.product import dsn
from webapp.deployment import prepare
from webapp.embedded import Engines

WRITERS = 8
SECONDS = 4.0
INSERT = (
    "INSERT INTO {table} (chain, id, kind, agency_id, subject_type, subject_id, body, salt)"
    " VALUES (%s, %s, 'requirement.signed', %s, 'requirement', %s, %s, %s)"
)
BODY = '{"details":"' + "x" * 400 + '"}'


def plain_table(engines: Engines) -> None:
    """Make the same table without trigger, and a row per writer to change."""
    name = sa.make_url(engines.addresses.database_url).database
    engine = sa.create_engine(engines.superuser_url(name), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE plain_event (LIKE audit_event)")
        for column in ("seq", "at", "previous", "hash", "about", "body_digest"):
            connection.exec_driver_sql(f"ALTER TABLE plain_event ALTER {column} DROP NOT NULL")
        connection.exec_driver_sql(
            "CREATE INDEX ON plain_event (chain, id); CREATE INDEX ON plain_event (subject_id, kind)"
        )
        connection.exec_driver_sql("CREATE INDEX ON plain_event (agency_id, at); CREATE INDEX ON plain_event (id)")
        connection.exec_driver_sql(
            "CREATE TABLE thing (id int PRIMARY KEY, n int); INSERT INTO thing SELECT g, 0 FROM generate_series(1, 64) g"
        )
        connection.exec_driver_sql("GRANT ALL ON plain_event, thing TO tuntas_worker")


def run(address: str, name: str) -> float:
    """Return transactions a second of all writers together."""
    done = [0] * WRITERS
    begin, stop = threading.Barrier(WRITERS + 1), threading.Event()

    def write(number: int) -> None:
        agency = uuid.uuid4()
        statement = INSERT.format(table=name)
        with psycopg.connect(address) as connection:
            begin.wait()
            while not stop.is_set():
                connection.execute("UPDATE thing SET n = n + 1 WHERE id = %s", (number + 1,))
                connection.execute(
                    statement, (f"agency:{agency}", uuid.uuid4(), agency, uuid.uuid4(), BODY, os.urandom(16))
                )
                connection.commit()
                done[number] += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    begin.wait()
    started = time.perf_counter()
    time.sleep(SECONDS)
    stop.set()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - started)


def measure() -> list[Row]:
    """Measure both, alternating, and return the medians."""
    with tempfile.TemporaryDirectory() as folder, Engines.start(Path(folder) / "data") as engines:
        prepare(engines.addresses)
        plain_table(engines)
        address = dsn(engines.addresses.database_worker_url)
        rounds = [(run(address, "plain_event"), run(address, "audit_event")) for _ in range(3)]
    plain, chained = (sorted(column)[1] for column in zip(*rounds, strict=True))
    return [Row(f"transactions with an event of the log, {WRITERS} writers", chained, "/s", plain, least_ratio=0.5)]


def main() -> None:
    """Measure and print."""
    sys.stdout.write(table(measure()))


if __name__ == "__main__":
    main()
