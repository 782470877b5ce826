"""What the benches stand on: the served product on durable engines, a client, files to send, raw ways to the engines."""

import http.client
import io
import json
import os
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import psycopg
import sqlalchemy as sa
from psycopg.rows import dict_row

from storage.base import Bucket
from storage.minio_store import MinioStore
from tests.support.demos import Demo, start_demo
from webapp.deployment import environment_for, store_of
from webapp.embedded import Addresses, find_running
from webapp.embedded.folder import Folder
from webapp.factory import Tuntas, create_app
from webapp.settings import Settings
from workflows.core.db import db

PART = 5 * 1024 * 1024
READ = 256 * 1024
IDLE = 1.0
"""Seconds after which a connection is opened anew: the server closes those that were quiet for two."""
UNITS = ("sekretariat", "tangkap", "budidaya", "pesisir")


AGENT = {"User-Agent": "tuntas-bench"}


@contextmanager
def running() -> Iterator[Demo]:
    """A demo of its own, as ``tuntas demo`` serves it, gone afterwards."""
    with TemporaryDirectory(prefix="tuntas-bench-") as folder:
        demo = start_demo(Path(folder) / "data")
        try:
            yield demo
        finally:
            demo.stop()


def addresses_of(demo: Demo) -> Addresses:
    """Return where the demo's engines are."""
    found = find_running(demo.data)
    if found is None:
        raise LookupError("the demo's engines are not running")
    return found


def dsn(url: str) -> str:
    """Return an address as psycopg reads it."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def store_at(demo: Demo) -> MinioStore:
    """Return the demo's store with the application's own identity."""
    return store_of(addresses_of(demo))


@contextmanager
def inside(demo: Demo) -> Iterator[Tuntas]:
    """The web application on the demo's engines, in this process, so that its statements can be seen."""
    app = create_app(Settings.from_environment(environment_for(addresses_of(demo), Folder.open(demo.data))))
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()


class Client:
    """One kept-alive connection to the served product."""

    def __init__(self, port: int, **headers: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = headers
        self._used = 0.0

    @classmethod
    def of(cls, demo: Demo, token: str) -> "Client":
        """Return a client with a token."""
        return cls(demo.port, Authorization=f"Bearer {token}")

    @classmethod
    def signed_in(cls, demo: Demo, account: dict[str, Any]) -> "Client":
        """Return a client with the session of a person, as a browser keeps it."""
        seat = cls(demo.port, **AGENT)
        page = seat._answer("GET", "/masuk", None, {})
        token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page.read())
        if token is None:
            raise LookupError("the sign-in page has no form token")
        form = {"csrf_token": token[1].decode(), "login": account["email"], "password": account["password"]}
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": _cookie(page)}
        answer = seat._answer("POST", "/masuk", urlencode(form).encode(), kind)
        answer.read()
        return cls(demo.port, **AGENT, Cookie=_cookie(answer))

    @property
    def headers(self) -> dict[str, str]:
        """Return what proves who asks."""
        return dict(self._headers)

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> bytes:
        """Send and read the answer. Anything but success ends the run."""
        answer = self._answer(method, path, body, headers)
        content = answer.read()
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {content[:500]!r}")
        return content

    def ask(self, path: str) -> dict[str, Any]:
        """Return what the API answers."""
        found: dict[str, Any] = json.loads(self.send("GET", f"/api/v1{path}"))
        return found

    def upload(self, requirement_id: str, pdf: bytes) -> dict[str, Any]:
        """Deliver a file; returns once the receipt is here."""
        boundary = "bench-7d93f1"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="monev.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
        body = b"".join((head.encode(), pdf, f"\r\n--{boundary}--\r\n".encode()))
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        sent: dict[str, Any] = json.loads(
            self.send("POST", f"/api/v1/requirements/{requirement_id}/evidence", body, **kind)
        )
        return sent

    def drain(self, path: str) -> int:
        """Read an answer piece by piece, keeping nothing; return its size in bytes."""
        return drained(self._opened(path).read)

    def save(self, path: str, file: Path) -> None:
        """Write an answer to a file as it comes."""
        answer = self._opened(path)
        with file.open("wb") as out:
            while piece := answer.read(READ):
                out.write(piece)

    def _opened(self, path: str) -> http.client.HTTPResponse:
        answer = self._answer("GET", path, None, {})
        if answer.status != 200:
            raise AssertionError(f"GET {path}: {answer.status}")
        return answer

    def _answer(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        if time.monotonic() - self._used > IDLE:
            self._connection.close()
        self._connection.request(method, path, body=body, headers={**self._headers, **headers})
        answer = self._connection.getresponse()
        self._used = time.monotonic()
        return answer


def _cookie(answer: http.client.HTTPResponse) -> str:
    return (answer.getheader("Set-Cookie") or "").partition(";")[0]


def drained(read: Callable[[int], bytes]) -> int:
    """Read to the end, keeping nothing; return how many bytes came."""
    size = 0
    while piece := read(READ):
        size += len(piece)
    return size


@dataclass(frozen=True)
class Sender:
    """Somebody who delivers, and where."""

    client: Client
    requirement_id: str


def senders(demo: Demo, count: int) -> list[Sender]:
    """Return unit heads, each with a quarter of an own unit to deliver, no requirement twice."""
    found: list[Sender] = []
    for quarter in (1, 2):
        for unit in UNITS:
            token = demo.account("unit_head", unit=unit)["token"]
            client = Client.of(demo, token)
            for item in client.ask("/requirements?limit=100")["items"]:
                wanted = (
                    item["unit"]["code"] == unit and item["quarter"] == quarter and "upload" in item["allowed_actions"]
                )
                if wanted and len(found) < count:
                    found.append(Sender(client, item["id"]))
                    break
    if len(found) < count:
        raise LookupError(f"only {len(found)} of {count} requirements take a file")
    return found


def scan(size: int) -> bytes:
    """Return a PDF of about ``size`` bytes, different each time: one page, a line of text, a picture that fills it."""
    width = 1000
    picture = os.urandom(max(1, size // width) * width)
    words = f"BT /F1 18 Tf 72 760 Td (Monev {uuid.uuid4()}) Tj ET q 400 0 0 500 72 100 cm /Im1 Do Q".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 3 0 R >> /XObject << /Im1 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(words), words),
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8"
        b" /Length %d >>\nstream\n%s\nendstream" % (width, len(picture) // width, len(picture), picture),
    ]
    pieces, places, at = [b"%PDF-1.7\n"], [], 9
    for number, body in enumerate(objects, 1):
        places.append(at)
        pieces.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        at += len(pieces[-1])
    pieces.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    pieces.append(b"".join(b"%010d 00000 n \n" % place for place in places))
    pieces.append(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, at))
    return b"".join(pieces)


def raw_put(store: MinioStore, data: bytes) -> str:
    """Put bytes into the intake as the product's store does, and nothing else; return their key."""
    key = str(uuid.uuid4())
    store.client.put_object(
        store.bucket_name(Bucket.INTAKE),
        key,
        io.BytesIO(data),
        length=-1,
        part_size=PART,
        num_parallel_uploads=1,
        content_type="application/pdf",
    )
    return key


def raw_get(store: MinioStore, bucket: Bucket, key: str, version_id: str | None = None) -> bytes:
    """Get an object, and nothing else."""
    answer = store.client.get_object(store.bucket_name(bucket), key, version_id=version_id)
    try:
        found: bytes = answer.read()
        return found
    finally:
        answer.close()
        answer.release_conn()


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def together(work: Sequence[Callable[[], object]], seconds: float) -> float:
    """Run the callables again and again, a thread each; return how many calls a second ended."""
    done, begin, stop = [0] * len(work), threading.Barrier(len(work) + 1), threading.Event()
    failed: list[BaseException] = []

    def run(number: int) -> None:
        begin.wait()
        try:
            while not stop.is_set():
                work[number]()
                done[number] += 1
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    begin.wait()
    started = time.perf_counter()
    stop.wait(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(done) / (time.perf_counter() - started)


def settle(demo: Demo, *, seconds: float = 180) -> None:
    """Wait until every delivery is judged and nothing is under way. :raises AssertionError: a check failed."""
    end = time.monotonic() + seconds
    with psycopg.connect(dsn(addresses_of(demo).database_owner_url), autocommit=True) as connection:
        while time.monotonic() < end:
            states = dict(connection.execute("SELECT check_state, count(*) FROM evidence GROUP BY 1").fetchall())
            if states.get("failed"):
                raise AssertionError(f"{states['failed']} checks failed")
            if not states.keys() - {"done"}:
                return
            time.sleep(0.02)
    raise AssertionError(f"not judged after {seconds:.0f} seconds: {states}")


Statement = tuple[str, Any]


def statements_of(call: Callable[[], object]) -> list[Statement]:
    """Return the statements, with their values, that a call makes in this process."""
    seen: list[Statement] = []

    def keep(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        seen.append((statement, values))

    sa.event.listen(sa.Engine, "before_cursor_execute", keep)
    try:
        call()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", keep)
    return seen


def replayed(url: str, statements: Sequence[Statement]) -> Callable[[], None]:
    """Return a callable that sends reading statements in one transaction and fetches what they find."""
    connection = psycopg.connect(dsn(url), prepare_threshold=3, row_factory=dict_row)

    def replay() -> None:
        for statement, values in statements:
            cursor = connection.execute(statement, values)
            if cursor.description:
                cursor.fetchall()
        connection.commit()

    return replay
