"""Transitions a second by the HTTP interface at 1, 4 and 8 clients, against the same statements by raw psycopg.

Each client signs and withdraws on a requirement of its own, on durable settings. The statements of one such pair are
recorded inside the application, values and all, and replayed as the web role. Run by ``make bench``.
"""

import http.client
import json
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg.rows import dict_row

from tests.support.demos import Demo, start_demo
from tests.support.pdfs import plain_pdf
from webapp.deployment import environment_for
from webapp.embedded import find_running
from webapp.embedded.folder import Folder
from webapp.factory import create_app
from webapp.settings import Settings
from workflows.core.db import db

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
            sent = client.ask(
                "POST",
                f"/requirements/{item['id']}/evidence",
                body,
                **{"Content-Type": f"multipart/form-data; boundary={boundary}"},
            )
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
        body = {
            "action": "withdraw" if state["signed"] else "sign",
            "version": state["version"],
            "sha256": sha256,
            "reason": "bench",
        }
        answer = client.ask("POST", f"/requirements/{item['id']}/actions", json.dumps(body).encode())
        state["version"], state["signed"] = answer["version"], not state["signed"]

    return step


Statement = tuple[str, object]


def record(demo: Demo, item: dict, sha256: str, token: str) -> dict[str, list[Statement]]:
    """Sign and withdraw once inside this process and keep every statement with its values."""
    environment = environment_for(find_running(demo.data), Folder.open(demo.data))
    app = create_app(Settings.from_environment(environment))
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    path = f"/api/v1/requirements/{item['id']}"
    seen: list[Statement] = []

    def keep(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        seen.append((statement, values))

    kept: dict[str, list[Statement]] = {}
    for action in ("sign", "withdraw", "sign", "withdraw"):  # the second time nothing is looked up for the first time
        version = client.get(path, headers=headers).json["version"]
        seen.clear()
        sa.event.listen(sa.Engine, "before_cursor_execute", keep)
        body = {"action": action, "version": version, "sha256": sha256, "reason": "bench"}
        answer = client.post(f"{path}/actions", headers=headers, json=body)
        sa.event.remove(sa.Engine, "before_cursor_execute", keep)
        if answer.status_code != 200:
            raise AssertionError(answer.text)
        kept[action] = list(seen)
    with app.app_context():
        db.engine.dispose()
    return kept


def raw(address: str, kept: dict[str, list[Statement]], version: int):
    """Return a callable that sends the recorded statements of one move, in one transaction, and fetches what they find.

    Only what must differ from move to move is set anew: the ids of rows and the version.
    """
    connection = psycopg.connect(address, prepare_threshold=3, row_factory=dict_row)
    state = {"version": version, "signed": False}

    def fresh(statement: str, values: dict) -> dict:
        values = dict(values)
        if statement.startswith(("INSERT INTO sign_off", "INSERT INTO audit_event")):
            values["id"] = uuid.uuid4()
        if statement.startswith("UPDATE requirement"):
            values |= {"version": state["version"] + 1, "requirement_version": state["version"]}
        return values

    def step() -> None:
        for statement, values in kept["withdraw" if state["signed"] else "sign"]:
            for one in values if isinstance(values, list) else [values]:
                cursor = connection.execute(statement, fresh(statement, one))
                if cursor.description:
                    cursor.fetchall()
                elif cursor.rowcount != 1:
                    raise AssertionError(f"changed {cursor.rowcount} rows: {statement}")
        connection.commit()
        state["version"], state["signed"] = state["version"] + 1, not state["signed"]

    return step


def unsign(demo: Demo, item: dict, sha256: str, token: str) -> int:
    """Leave the requirement unsigned and return its version."""
    client = Client(demo.port, token)
    now = client.ask("GET", f"/requirements/{item['id']}")
    if now["state"] == "signed":
        body = {"action": "withdraw", "version": now["version"], "sha256": sha256, "reason": "bench"}
        now = client.ask("POST", f"/requirements/{item['id']}/actions", json.dumps(body).encode())
    return now["version"]


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        demo = start_demo(Path(folder) / "data")
        try:
            ready = prepare(demo, max(CLIENTS))
            kept = [record(demo, *entry) for entry in ready]
            url = sa.make_url(find_running(demo.data).database_url).set(drivername="postgresql")
            address = url.render_as_string(hide_password=False)
            count = len(kept[0]["sign"]), len(kept[0]["withdraw"])
            sys.stdout.write(f"statements of a move: {count[0]} to sign, {count[1]} to withdraw\n")
            for clients in CLIENTS:
                chosen = ready[:clients]
                ours = together([mover(demo, *entry) for entry in chosen], SECONDS)
                versions = [unsign(demo, *entry) for entry in chosen]
                floor = together([raw(address, *pair) for pair in zip(kept, versions, strict=False)], SECONDS)
                for entry in chosen:
                    unsign(demo, *entry)
                sys.stdout.write(
                    f"transitions, {clients} clients: {ours:,.0f}/s, raw {floor:,.0f}/s, ratio {ours / floor:.2f}\n"
                )
                sys.stdout.flush()
        finally:
            demo.stop()


if __name__ == "__main__":
    main()
