"""What the running servers say about power cuts; their own words, not the launcher's."""

import subprocess
from pathlib import Path

import psycopg
import redis

from webapp.embedded import Addresses, Engines

from .conftest import dsn


def settings_of(addresses: Addresses) -> dict[str, str]:
    with psycopg.connect(dsn(addresses.database_url)) as web:
        names = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
        return {name: web.execute(f"SHOW {name}").fetchone()[0] for name in names}


def append_only(addresses: Addresses) -> str:
    with redis.Redis.from_url(addresses.redis_client_url) as client:
        return client.config_get("appendonly")["appendonly"]


def test_engines_are_durable_unless_told_otherwise(engines: Engines) -> None:
    found = settings_of(engines.addresses)
    assert found == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
    }
    assert append_only(engines.addresses) == "yes"


def test_object_bytes_are_on_disk_before_the_answer(engines: Engines) -> None:
    store = next(engine for engine in engines._engines if engine.name == "seaweedfs")
    answer = subprocess.run(
        [
            *store._weed(),
            "shell",
            f"-master=127.0.0.1:{store.ports['master']}",
            f"-filer=127.0.0.1:{store.ports['filer']}",
        ],
        input="fs.configure\n",
        env=store._environment(),
        cwd=store.home,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert '"locationPrefix":  "/buckets/"' in answer
    assert '"fsync":  true' in answer


def test_tests_may_give_up_durability(tmp_path: Path) -> None:
    with Engines.start(tmp_path / "data", durable=False) as quick:
        found = settings_of(quick.addresses)
        assert (found["fsync"], found["synchronous_commit"], found["full_page_writes"]) == ("off",) * 3
        assert append_only(quick.addresses) == "no"
