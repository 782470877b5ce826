"""Transitions a second by the HTTP interface at 1, 4 and 8 clients, against the same statements by raw psycopg.

Each client signs and withdraws on a requirement of its own, on durable settings. Run by ``make bench``.
"""

import http.client
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
import sqlalchemy as sa

from tests.support.demos import Demo, start_demo
from tests.support.pdfs import plain_pdf
from webapp.embedded import find_running

SECONDS = 5.0
CLIENTS = (1, 4, 8)


class Client:
    """One kept-alive connection."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> dict:
        """Send and read the answer. Anything but success ends the run."""
        self.connection.request(method, f"/api/v1{path}", body=body, headers={**self.headers, **headers})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise AssertionError(f"{answer.status} {content!r}")
        return json.loads(content)


def prepare(demo: Demo, count: int) -> list[tuple[dict, str, str]]:
    """Return requirements with a checked file, its digest, and the token of whoever signs."""
    found = []
    for unit in ("sekretariat", "tangkap", "budidaya", "pesisir"):
        token = demo.account("unit_head", unit=unit)["token"]
        client = Client(demo.port, token)
        for item in client.ask("GET", "/requirements?limit=100")["items"]:
            if item["unit"]["code"] != unit or item["quarter"] not in (1, 2) or len(found) == count:
                continue
            boundary = "----bench"
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'.encode()
            body = head + plain_pdf(item["title"]) + f"\r\n--{boundary}--\r\n".encode()
            sent = client.ask("POST", f"/requirements/{item['id']}/evidence", body, **{"Content-Type": f"multipart/form-data; boundary={boundary}"})
            while client.ask("GET", f"/evidence/{sent['id']}")["check_state"] != "done":
                time.sleep(0.02)
            found.append((item, sent["sha256"], token))
    return found


def together(work: list, seconds: float) -> float:
    """Run the callables again and again in threads; return how many calls a second ended."""
    done, begin, stop = [0] * len(work), threading.Barrier(len(work) + 1), threading.Event()

    def run(number: int) -> None:
        begin.wait()
        while not stop.is_set():
            work[number]()
            done[number] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    begin.wait()
    started = time.perf_counter()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - started)


def mover(demo: Demo, item: dict, sha256: str, token: str):
    """Return a callable that signs, and withdraws the next time."""
    client = Client(demo.port, token)
    state = {"version": client.ask("GET", f"/requirements/{item['id']}")["version"], "signed": False}

    def step() -> None:
        body = {"action": "withdraw" if state["signed"] else "sign", "version": state["version"], "sha256": sha256, "reason": "bench"}
        answer = client.ask("POST", f"/requirements/{item['id']}/actions", json.dumps(body).encode())
        state["version"], state["signed"] = answer["version"], not state["signed"]

    return step


def raw(address: str, requirement: str, recommendations: list[str]):
    """Return a callable that does what a move must do at the least, in one transaction."""
    connection = psycopg.connect(address)
    key = connection.execute("SELECT agency_id, region_id FROM requirement WHERE id = %s", (requirement,)).fetchone()
    connection.rollback()
    state = {"n": 0}

    def step() -> None:
        state["n"] += 1
        connection.execute("SELECT state FROM requirement WHERE id = %s FOR UPDATE", (requirement,))
        connection.execute("SELECT state FROM recommendation WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE", (recommendations,))
        connection.execute("UPDATE requirement SET state_since = now() WHERE id = %s", (requirement,))
        connection.execute(
            "INSERT INTO audit_event (chain, id, kind, region_id, agency_id, subject_type, subject_id, body, salt) VALUES"
            " ('bench', gen_random_uuid(), 'bench', %s, %s, 'requirement', %s, '{}', decode(repeat('00', 16), 'hex'))",
            (key[1], key[0], requirement),
        )
        connection.commit()

    return step


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        demo = start_demo(Path(folder) / "data")
        try:
            ready = prepare(demo, max(CLIENTS))
            addresses = find_running(demo.data)
            address = sa.make_url(addresses.database_worker_url).set(drivername="postgresql").render_as_string(hide_password=False)
            for count in CLIENTS:
                ours = together([mover(demo, *entry) for entry in ready[:count]], SECONDS)
                floor = together([raw(address, item["id"], item["recommendations"]) for item, _, _ in ready[:count]], SECONDS)
                sys.stdout.write(f"transitions, {count} clients: {ours:,.0f}/s, raw {floor:,.0f}/s, ratio {ours / floor:.2f}\n")
                sys.stdout.flush()
                for item, sha256, token in ready[:count]:  # leave every requirement unsigned
                    client = Client(demo.port, token)
                    now = client.ask("GET", f"/requirements/{item['id']}")
                    if now["state"] == "signed":
                        body = {"action": "withdraw", "version": now["version"], "sha256": sha256, "reason": "bench"}
                        client.ask("POST", f"/requirements/{item['id']}/actions", json.dumps(body).encode())
        finally:
            demo.stop()


if __name__ == "__main__":
    main()
