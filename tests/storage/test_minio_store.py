"""What the S3 store adds to the contract: bounded memory, clear errors, nothing left behind."""

import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import pytest

from storage.base import Bucket
from storage.errors import (
    ObjectMissingError,
    StorageError,
    StoreFullError,
    StoreRefusedError,
    StoreUnavailableError,
)
from storage.minio_store import MinioStore
from storage.provision import prepare_buckets
from storage.reading import read_digest
from tests.storage.conftest import Seaweed, running_seaweed

pytestmark = pytest.mark.xdist_group("storage")

MIB = 1024 * 1024

MEASURE = """
import io, sys
from storage.base import Bucket
from storage.minio_store import MinioStore
from storage.reading import HashingReader, read_digest

class Zeros:
    def __init__(self, size):
        self.left = size
    def read(self, size, /):
        piece = min(size, self.left, 65536)
        self.left -= piece
        return bytes(piece)

def peak():
    # Of this program alone: the peak that getrusage tells begins with that of the process that forked it.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) // 1024

store = MinioStore.connect(sys.argv[1], "app-key", "app-secret")
store.put(Bucket.BUNDLES, "m/warm", io.BytesIO(bytes(10)))
read_digest(store, Bucket.BUNDLES, "m/warm")
base = peak()
source = HashingReader(Zeros(200 * 1024 * 1024))
stored = store.put(Bucket.BUNDLES, "m/large", source)
put = peak()
assert read_digest(store, Bucket.BUNDLES, "m/large") == source.digest()
print(put - base, peak() - base)
store.remove(Bucket.BUNDLES, "m/large")
store.close()
"""


@pytest.mark.slow
def test_put_and_read_of_200_mb_raise_the_process_by_less_than_32_mb(seaweed: Seaweed) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, f"127.0.0.1:{seaweed.port}"],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    after_put, after_read = (int(number) for number in done.stdout.split())
    # A part is 5 MiB, so a peak that did not rise at all was not measured.
    assert 5 < after_put < 32
    assert after_read < 32


def test_what_a_killed_process_left_of_an_upload_is_found_and_freed(
    minio_store: MinioStore, admin_store: MinioStore
) -> None:
    name = minio_store.bucket_name(Bucket.INTAKE)
    upload = minio_store.client._create_multipart_upload(name, f"t/{uuid4()}", {})
    assert upload
    now = datetime.now(UTC)
    assert minio_store.discard_unfinished(Bucket.INTAKE, before=now - timedelta(hours=1)) == 0
    assert minio_store.discard_unfinished(Bucket.INTAKE, before=now + timedelta(hours=1)) == 1
    assert minio_store.discard_unfinished(Bucket.INTAKE, before=now + timedelta(hours=1)) == 0
    assert admin_store.client._list_multipart_uploads(name).uploads == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_store_that_is_away_is_unavailable_in_every_call() -> None:
    store = MinioStore.connect(f"127.0.0.1:{_free_port()}", "app-key", "app-secret")
    key = f"t/{uuid4()}"
    for call in (
        lambda: store.put(Bucket.BUNDLES, key, io.BytesIO(b"x")),
        lambda: store.put(Bucket.BUNDLES, key, io.BytesIO(bytes(6 * MIB))),
        lambda: store.open(Bucket.BUNDLES, key),
        lambda: store.stat(Bucket.BUNDLES, key),
        lambda: list(store.list(Bucket.BUNDLES)),
        lambda: store.remove(Bucket.BUNDLES, key),
        lambda: store.discard_unfinished(Bucket.BUNDLES, before=datetime.now(UTC)),
        store.ping,
    ):
        with pytest.raises(StoreUnavailableError):
            call()


def test_wrong_credentials_are_refused_and_not_taken_for_a_store_that_is_away(seaweed: Seaweed) -> None:
    store = MinioStore.connect(f"127.0.0.1:{seaweed.port}", "app-key", "wrong")
    for call in (
        lambda: store.put(Bucket.BUNDLES, "t/x", io.BytesIO(b"x")),
        lambda: store.stat(Bucket.BUNDLES, "t/x"),
        lambda: list(store.list(Bucket.BUNDLES)),
    ):
        with pytest.raises(StoreRefusedError):
            call()
    with pytest.raises(StoreUnavailableError):
        store.ping()
    store.close()


def test_ping_fails_when_a_bucket_is_missing(seaweed: Seaweed) -> None:
    store = MinioStore.connect(f"127.0.0.1:{seaweed.port}", "admin-key", "admin-secret", bucket_prefix="other-")
    with pytest.raises(StoreUnavailableError, match="missing"):
        store.ping()
    store.close()


class _Answers(BaseHTTPRequestHandler):
    """A server that answers every request as its class attributes say."""

    status = 200
    kind = "application/xml"
    body = b""
    promised: int | None = None

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body) if self.promised is None else self.promised))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """The tests want no log on standard error."""


@pytest.fixture
def answering() -> Iterator[tuple[type[_Answers], MinioStore]]:
    answers = type("Answers", (_Answers,), {})
    server = HTTPServer(("127.0.0.1", 0), answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    store = MinioStore.connect(f"127.0.0.1:{server.server_port}", "a", "b")
    yield answers, store
    store.close()
    server.shutdown()
    thread.join()
    server.server_close()


def _s3_error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>made up</Message></Error>".encode()


@pytest.mark.parametrize(
    ("status", "kind", "body", "error"),
    [
        (507, "application/xml", _s3_error("XMinioStorageFull"), StoreFullError),
        (507, "text/plain", b"", StoreUnavailableError),
        (400, "application/xml", _s3_error("QuotaExceeded"), StoreFullError),
        (500, "application/xml", _s3_error("InternalError"), StoreUnavailableError),
        (503, "application/xml", _s3_error("SlowDown"), StoreUnavailableError),
        (502, "text/html", b"<html>bad gateway</html>", StoreUnavailableError),
        (404, "application/xml", _s3_error("NoSuchBucket"), StoreRefusedError),
        (404, "application/xml", _s3_error("NoSuchKey"), ObjectMissingError),
        (403, "application/xml", _s3_error("AccessDenied"), StoreRefusedError),
    ],
)
def test_every_answer_of_a_server_becomes_one_of_our_errors(
    answering: tuple[type[_Answers], MinioStore],
    status: int,
    kind: str,
    body: bytes,
    error: type[StorageError],
) -> None:
    answers, store = answering
    answers.status, answers.kind, answers.body = status, kind, body
    with pytest.raises(StorageError) as raised:
        store.put(Bucket.BUNDLES, "t/x", io.BytesIO(b"x"))
    assert type(raised.value) is error


def test_an_answer_that_breaks_off_is_an_error_and_not_the_end(
    answering: tuple[type[_Answers], MinioStore],
) -> None:
    answers, store = answering
    answers.kind, answers.body, answers.promised = "application/pdf", b"%PDF-1.7", 100
    with pytest.raises(StoreUnavailableError):
        read_digest(store, Bucket.BUNDLES, "t/x")


def test_a_server_without_room_is_full_and_keeps_no_half_object(tmp_path: Path) -> None:
    room = 10 * 1024 * MIB
    with running_seaweed(tmp_path, "-volume.max=1", "-master.volumeSizeLimitMB=1") as server:
        admin = server.connect("admin")
        prepare_buckets(admin)
        admin.close()
        store = server.connect("app", free_bytes=lambda: room)
        fill = (store.put(Bucket.INTAKE, f"t/{n}", io.BytesIO(bytes(3 * MIB))) for n in range(5))
        with pytest.raises(StoreUnavailableError):
            list(fill)
        room = 0
        for size in (3 * MIB, 12 * MIB):
            with pytest.raises(StoreFullError):
                store.put(Bucket.INTAKE, "t/last", io.BytesIO(bytes(size)))
        assert list(store.list(Bucket.INTAKE, "t/last")) == []
        assert store.discard_unfinished(Bucket.INTAKE, before=datetime.now(UTC) + timedelta(1)) == 0
        store.close()
