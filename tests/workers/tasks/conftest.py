"""Real engines, buckets and a real checker for tests of the workers."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from storage.minio_store import MinioStore
from storage.provision import prepare_buckets
from tests.workers.tasks.site import Site, open_site
from webapp.embedded import Addresses
from workers.settings import WorkerSettings

ROOT = Path(__file__).parents[3]
LEASE_SECONDS = 0.6
"""Short, so that a worker that was killed is missed soon."""


@pytest.fixture(scope="session")
def buckets(addresses: Addresses) -> None:
    admin = MinioStore.connect(
        addresses.s3_endpoint, addresses.s3_admin_access_key, addresses.s3_admin_secret_key, region=addresses.s3_region
    )
    prepare_buckets(admin)
    admin.close()


@pytest.fixture(scope="session")
def checker() -> Iterator[Path]:
    """The checker, as it runs beside a worker; the value is the path of its socket."""
    with tempfile.TemporaryDirectory(prefix="tuntas-") as folder:
        path = Path(folder) / "checker"
        program = subprocess.Popen([sys.executable, "-m", "workers.sandbox", "--socket", path], env={}, cwd=ROOT)
        while not path.exists():
            assert program.poll() is None
            time.sleep(0.02)
        yield path
        program.terminate()
        program.wait(timeout=10)


@pytest.fixture
def settings(database: Addresses, buckets: None, checker: Path, tmp_path: Path) -> WorkerSettings:
    with redis.Redis.from_url(database.redis_client_url) as client:
        client.flushall()
    return WorkerSettings(
        database_url=database.database_worker_url,
        broker_url=database.redis_url,
        s3_endpoint=database.s3_endpoint,
        s3_access_key=database.s3_access_key,
        s3_secret_key=database.s3_secret_key,
        s3_region=database.s3_region,
        s3_secure=database.s3_secure,
        bucket_prefix="tuntas-",
        checker_socket=str(checker),
        seal_key=str(tmp_path / "seal.pem"),
        installation="Uji",
        lease_seconds=LEASE_SECONDS,
    )


@pytest.fixture
def site(settings: WorkerSettings) -> Iterator[Site]:
    with open_site(settings) as opened:
        yield opened
