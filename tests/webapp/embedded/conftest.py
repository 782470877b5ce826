"""Real engines in folders of their own: one set that stays up for whatever only looks, and a launcher to be
killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest

from storage.minio_store import MinioStore
from storage.provision import prepare_buckets
from webapp.embedded import Addresses, Engines, find_running
from webapp.embedded.engine import processes_of

ROOT = Path(__file__).parents[3]

CONTENT = b"the paper"
"""What the archive and the table hold, and what no stranger may see."""

SUPERVISED = """
import logging, sys, time
from pathlib import Path
from typing import Any
from webapp.embedded import Engines
from webapp.supervisor import Part, Supervisor
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
engines = Engines.start(Path(sys.argv[1]), durable=sys.argv[2] == "durable")
part = Part(name="web", run=lambda: time.sleep(1000))
sys.exit(Supervisor([part], log=logging.getLogger("tuntas"), engines=engines).run())
"""


@dataclass
class Launcher:
    """A process that keeps the engines of one folder, as `tuntas serve` does."""

    data: Path
    process: subprocess.Popen[str]
    addresses: Addresses

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def engine_pids(self) -> dict[str, int]:
        places = {
            "postgres": self.data / "postgresql/cluster",
            "valkey-server": self.data / "valkey",
            "weed": self.data / "seaweedfs",
        }
        # PostgreSQL's first process is the oldest one.
        return {
            program: min(found) for program, home in places.items() if (found := processes_of(home.resolve(), program))
        }


@dataclass
class Launch:
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __call__(self, data: Path, *, durable: bool = False) -> Launcher:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISED, str(data), "durable" if durable else "quick"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(process)
        addresses = wait_until(lambda: find_running(data) if process.poll() is None else "ended")
        if isinstance(addresses, str):
            pytest.fail(process.communicate()[0])
        return Launcher(data, process, addresses)


@pytest.fixture
def launch() -> Iterator[Launch]:
    started = Launch()
    yield started
    for process in started.started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        process.stdout.close()


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Durable engines with the product's buckets and one locked object."""
    data = tmp_path_factory.mktemp("engines")
    with Engines.start(data) as running:
        prepare_buckets(admin_store(running.addresses))
        app_store(running.addresses).client.put_object("tuntas-archive", "kept", BytesIO(CONTENT), len(CONTENT))
        with psycopg.connect(dsn(running.addresses.database_owner_url), autocommit=True) as owner:
            owner.execute("CREATE TABLE secret AS SELECT 'the paper' AS word")
        yield running


@pytest.fixture
def addresses(engines: Engines) -> Addresses:
    return engines.addresses


def dsn(url: str) -> str:
    """A SQLAlchemy URL as psycopg wants it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def app_store(addresses: Addresses) -> MinioStore:
    return MinioStore.connect(addresses.s3_endpoint, addresses.s3_access_key, addresses.s3_secret_key)


def admin_store(addresses: Addresses) -> MinioStore:
    return MinioStore.connect(addresses.s3_endpoint, addresses.s3_admin_access_key, addresses.s3_admin_secret_key)


def wait_until(ask: Callable[[], Any], *, seconds: float = 30.0) -> Any:
    """Ask again until the answer is true, and return it."""
    end = time.monotonic() + seconds
    while not (found := ask()):
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds} s")
        time.sleep(0.02)
    return found


def is_root() -> bool:
    return os.geteuid() == 0
