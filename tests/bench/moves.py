"""Transitions by the HTTP interface at 1, 4 and 8 clients.

Each client signs and withdraws on a requirement of its own. The floor is the same statements, values and all, as they
were recorded inside the application, sent by psycopg as the web role: one transaction a move, as many at once. The last
row asks for a hundred in one request, by turns signatures and withdrawals on the same file.
"""

import json
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.bench.figures import Row, table
from tests.bench.product import (
    Client,
    Statement,
    addresses_of,
    dsn,
    inside,
    running,
    senders,
    settle,
    statements_of,
    together,
)
from tests.support.demos import Demo
from tests.support.pdfs import plain_pdf

SECONDS = 5.0
CLIENTS = (1, 4, 8)
GOALS = {1: 150, 4: 250}
MAYAN = {1: "15.8 /s", 4: "18.3 /s"}
NEXT = {"sign": "withdraw", "withdraw": "sign"}
MANY = 100
MANY_SECONDS = 4.0
"""What a hundred acts in one request may take."""


@dataclass
class Signer:
    """A unit head before one checked file, signed or not."""

    client: Client
    path: str
    sha256: str

    def look(self) -> dict[str, Any]:
        """Return the requirement as it stands."""
        return self.client.ask(self.path)

    def order(self, action: str, version: int) -> dict[str, Any]:
        """Return what is sent for one move."""
        return {"action": action, "version": version, "sha256": self.sha256, "reason": "bench"}

    def act(self, action: str, version: int) -> int:
        """Do one thing and return the new version."""
        body = json.dumps(self.order(action, version)).encode()
        kind = {"Content-Type": "application/json"}
        answer: dict[str, int] = json.loads(self.client.send("POST", f"/api/v1{self.path}/actions", body, **kind))
        return answer["version"]

    def many(self, count: int) -> float:
        """Sign and withdraw by turns, all asked for in one request; return how long it took, in seconds."""
        action, version, items = "sign", self.unsign(), []
        for _each in range(count):
            items.append({**self.order(action, version), "requirement": self.path.rpartition("/")[2]})
            action, version = NEXT[action], version + 1
        body, kind = json.dumps({"items": items}).encode(), {"Content-Type": "application/json"}
        began = time.perf_counter()
        answer = json.loads(self.client.send("POST", "/api/v1/requirements/actions", body, **kind))
        took = time.perf_counter() - began
        if answer["done"] != count:
            raise AssertionError(answer)
        return took

    def unsign(self) -> int:
        """Leave the requirement unsigned and return its version."""
        now = self.look()
        version: int = now["version"]
        return self.act("withdraw", version) if now["state"] == "signed" else version

    def mover(self) -> Callable[[], None]:
        """Return a callable that signs, and withdraws the next time."""
        state = {"version": self.unsign(), "action": "sign"}

        def step() -> None:
            state["version"] = self.act(state["action"], state["version"])
            state["action"] = NEXT[state["action"]]

        return step


def prepare(demo: Demo, count: int) -> list[Signer]:
    """Return signers, each before a file of their own that was checked and archived."""
    found = []
    for sender in senders(demo, count):
        sent = sender.client.upload(sender.requirement_id, plain_pdf(sender.requirement_id))
        found.append(Signer(sender.client, f"/requirements/{sender.requirement_id}", sent["sha256"]))
    settle(demo)
    return found


def record(demo: Demo, signer: Signer) -> dict[str, list[Statement]]:
    """Sign and withdraw inside this process and keep every statement with its values."""
    kept: dict[str, list[Statement]] = {}
    with inside(demo) as app:
        client = app.test_client()
        for action in ("sign", "withdraw", "sign", "withdraw"):  # the second time nothing is looked up anew
            order = signer.order(action, signer.look()["version"])
            answers: list[Any] = []
            kept[action] = statements_of(
                lambda order=order, answers=answers: answers.append(  # type: ignore[misc]
                    client.post(f"/api/v1{signer.path}/actions", headers=signer.client.headers, json=order)
                )
            )
            if answers[0].status_code != 200:
                raise AssertionError(answers[0].text)
    return kept


def raw(address: str, kept: dict[str, list[Statement]], version: int) -> Callable[[], None]:
    """Return a callable that sends the recorded statements of one move, in one transaction, and fetches what they find.

    Only what must differ from move to move is set anew: the ids of new rows and the version.
    """
    connection = psycopg.connect(address, prepare_threshold=3, row_factory=dict_row)
    state = {"version": version, "action": "sign"}

    def fresh(statement: str, values: dict[str, Any]) -> dict[str, Any]:
        values = dict(values)
        if statement.startswith(("INSERT INTO sign_off", "INSERT INTO audit_event")):
            values["id"] = uuid.uuid4()
        if statement.startswith("UPDATE requirement"):
            values |= {"version": state["version"] + 1, "requirement_version": state["version"]}
        return values

    def step() -> None:
        for statement, values in kept[state["action"]]:
            for one in values if isinstance(values, list) else [values]:
                cursor = connection.execute(statement, fresh(statement, one))
                if cursor.description:
                    cursor.fetchall()
                elif cursor.rowcount != 1:
                    raise AssertionError(f"changed {cursor.rowcount} rows: {statement}")
        connection.commit()
        state.update(version=state["version"] + 1, action=NEXT[state["action"]])

    return step


def measure(demo: Demo) -> list[Row]:
    """Return a row for each number of clients."""
    ready = prepare(demo, max(CLIENTS))
    kept = [record(demo, signer) for signer in ready]
    address = dsn(addresses_of(demo).database_url)
    rows = []
    for clients in CLIENTS:
        chosen = ready[:clients]
        ours = together([signer.mover() for signer in chosen], SECONDS)
        versions = [signer.unsign() for signer in chosen]
        floor = together([raw(address, *pair) for pair in zip(kept, versions, strict=False)], SECONDS)
        for signer in chosen:
            signer.unsign()
        what = f"transitions, {clients} client{'s' if clients > 1 else ''}"
        note = f"{len(kept[0]['sign'])} statements to sign, {len(kept[0]['withdraw'])} to withdraw"
        rows.append(
            Row(
                what, ours, "/s", floor, goal=GOALS.get(clients), least_ratio=0.2, mayan=MAYAN.get(clients, ""),
                paperless="no approval states", note=note,
            )
        )  # fmt: skip
    return [*rows, many(ready[0])]


def many(signer: Signer) -> Row:
    """Return the row of a hundred acts in one request."""
    took = sorted(signer.many(MANY) for _each in range(3))[1]
    return Row(f"{MANY} acts in one request", took, "s", goal=MANY_SECONDS, note="each a transaction of its own")


def main() -> None:
    """Measure and print."""
    with running() as demo:
        sys.stdout.write(table(measure(demo)))


if __name__ == "__main__":
    main()
