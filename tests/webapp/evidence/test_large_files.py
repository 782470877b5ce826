"""Large files and bad lines, against a server as people meet it."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest
import sqlalchemy as sa

from storage.base import Bucket
from tests.support.furnished import MULTIPART, Furnished, filler, multipart
from tests.support.serving import Served, gunicorn
from tests.support.settings import make_settings
from workflows.core.db import db
from workflows.evidence.models import Evidence

MEGABYTE = 1024 * 1024
LARGE = 200 * MEGABYTE
ROOM = 32 * MEGABYTE
"""What an upload may add to the memory of the process, whatever its size."""


@pytest.fixture
def server(furnished: Furnished, buckets: None, tmp_path: Path) -> Iterator[Served]:
    """A server that accepts large files."""
    settings = make_settings(furnished.addresses, max_upload_bytes=LARGE + MEGABYTE)
    with gunicorn(settings, tmp_path / "log") as found:
        yield found


def begin(server: Served, furnished: Furnished, who: str, length: int) -> http.client.HTTPConnection:
    """Send the head of an upload, and nothing of its body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.putrequest("POST", f"/api/v1/requirements/{furnished.requirements['b1-1']}/evidence")
    connection.putheader("Authorization", f"Bearer {furnished.tokens[who]}")
    connection.putheader("Content-Type", MULTIPART)
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    return connection


def deliver(server: Served, furnished: Furnished, who: str, size: int) -> tuple[int, dict[str, str]]:
    """Send a file of that size in small pieces."""
    head, tail = multipart(("file", filler() + b"|", "besar.pdf")).split(b"|")
    body_size = size - len(filler())
    connection = begin(server, furnished, who, len(head) + body_size + len(tail))
    piece = bytes(range(256)) * 1024
    connection.send(head)
    for start in range(0, body_size, len(piece)):
        connection.send(piece[: body_size - start])
    connection.send(tail)
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def memory(server: Served, name: str) -> int:
    """Return a figure of the worker's memory in bytes: ``VmRSS`` now, ``VmHWM`` at its highest."""
    lines = Path(f"/proc/{server.worker}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


@pytest.mark.slow
def test_a_large_upload_takes_little_memory_and_comes_back_whole(server: Served, furnished: Furnished) -> None:
    # What the first upload loads for good is no upload's own.
    assert deliver(server, furnished, "staff_b1", MEGABYTE)[0] == 202
    before = memory(server, "VmRSS")
    status, receipt = deliver(server, furnished, "staff_b1", LARGE)
    assert status == 202
    assert memory(server, "VmHWM") - before < ROOM
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    headers = {"Authorization": f"Bearer {furnished.tokens['auditor']}"}
    connection.request("GET", f"/api/v1/evidence/{receipt['id']}/file", headers=headers)
    answer, size = connection.getresponse(), 0
    while piece := answer.read(MEGABYTE):
        size += len(piece)
    connection.close()
    assert size == LARGE
    assert memory(server, "VmHWM") - before < ROOM


def test_whoever_may_not_upload_hears_it_without_sending_a_byte(server: Served, furnished: Furnished) -> None:
    connection = begin(server, furnished, "staff_b2", LARGE)
    assert connection.getresponse().status == 403
    connection.close()
    connection = begin(server, furnished, "staff_b1", 2 * LARGE)
    assert connection.getresponse().status == 413
    connection.close()


def test_whoever_sends_all_the_same_hears_the_refusal_too(server: Served, furnished: Furnished) -> None:
    status, problem = deliver(server, furnished, "staff_b2", 20 * MEGABYTE)
    assert (status, problem["code"]) == (403, "not_allowed")


def test_a_connection_that_breaks_leaves_nothing(server: Served, furnished: Furnished, app: flask.Flask) -> None:
    store = app.extensions["store"]
    before, begun = {found.key for found in store.list(Bucket.INTAKE)}, unfinished(app)
    connection = begin(server, furnished, "staff_b1", 30 * MEGABYTE)
    connection.send(multipart(("file", filler(size=12 * MEGABYTE), "besar.pdf"))[: 12 * MEGABYTE])
    assert eventually(lambda: unfinished(app) - begun)
    assert isinstance(connection.sock, socket.socket)
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    assert eventually(lambda: not unfinished(app) - begun)
    assert {found.key for found in store.list(Bucket.INTAKE)} == before
    with furnished.behind():
        assert db.session.scalars(sa.select(sa.func.count()).select_from(Evidence)).one() == 0


def eventually(holds: Callable[[], object]) -> bool:
    """Wait up to half a minute for something to hold."""
    deadline = time.monotonic() + 30
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def unfinished(app: flask.Flask) -> set[str]:
    """Return the uploads that have begun in the store and not ended."""
    store = app.extensions["store"]
    found = store.client._list_multipart_uploads(store.bucket_name(Bucket.INTAKE)).uploads
    return {upload.object_name for upload in found}
