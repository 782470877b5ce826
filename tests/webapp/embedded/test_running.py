"""From start to stop and back: what is kept, what is found, what a kill leaves."""

import os
import signal
import stat
import time
from io import BytesIO
from pathlib import Path

import psycopg
import pytest
import redis
from minio.error import S3Error

from storage.provision import prepare_buckets
from webapp.embedded import Addresses, EngineError, Engines, find_running
from webapp.embedded.engine import processes_of

from .conftest import CONTENT, Launch, admin_store, app_store, dsn, wait_until


def write_everywhere(addresses: Addresses) -> None:
    prepare_buckets(admin_store(addresses))
    app_store(addresses).client.put_object("tuntas-archive", "kept", BytesIO(CONTENT), len(CONTENT))
    with psycopg.connect(dsn(addresses.database_owner_url)) as owner:
        owner.execute("CREATE TABLE kept (word text)")
        owner.execute("INSERT INTO kept VALUES (%s)", [CONTENT.decode()])
        owner.execute("GRANT SELECT ON kept TO tuntas_web")
    with redis.Redis.from_url(addresses.redis_client_url) as client:
        client.set("kept", CONTENT)


def assert_kept(addresses: Addresses) -> None:
    assert app_store(addresses).client.get_object("tuntas-archive", "kept").read() == CONTENT
    with psycopg.connect(dsn(addresses.database_url)) as web:
        assert web.execute("SELECT word FROM kept").fetchall() == [(CONTENT.decode(),)]
    with redis.Redis.from_url(addresses.redis_client_url) as client:
        assert client.get("kept") == CONTENT


def engine_processes(data: Path) -> list[int]:
    data = data.resolve()
    return [
        *processes_of(data / "postgresql/cluster", "postgres"),
        *processes_of(data / "valkey", "valkey-server"),
        *processes_of(data / "seaweedfs", "weed"),
    ]


def test_data_and_addresses_are_kept_between_runs(tmp_path: Path) -> None:
    with Engines.start(tmp_path / "data") as first:
        write_everywhere(first.addresses)
    assert find_running(tmp_path / "data") is None
    assert engine_processes(tmp_path / "data") == []
    with Engines.start(tmp_path / "data") as second:
        assert second.addresses == first.addresses
        assert_kept(second.addresses)


def test_data_is_found_again_in_a_moved_folder_on_other_ports(tmp_path: Path) -> None:
    with Engines.start(tmp_path / "here", durable=False) as first:
        prepare_buckets(admin_store(first.addresses))
        app_store(first.addresses).client.put_object("tuntas-archive", "kept", BytesIO(CONTENT), len(CONTENT))
    (tmp_path / "here").rename(tmp_path / "there")
    (tmp_path / "there" / "ports.json").unlink()
    with Engines.start(tmp_path / "there", durable=False) as second:
        assert second.addresses.s3_endpoint != first.addresses.s3_endpoint
        assert app_store(second.addresses).client.get_object("tuntas-archive", "kept").read() == CONTENT


def test_a_second_start_is_refused_and_told_why(engines: Engines, launch: Launch, tmp_path: Path) -> None:
    other = launch(tmp_path / "data")
    for data in (engines._folder.root, other.data):
        with pytest.raises(EngineError, match="sudah berjalan") as refused:
            Engines.start(data)
        assert refused.value.code == "already_running"
    assert find_running(other.data) == other.addresses
    assert find_running(engines._folder.root) == engines.addresses


def test_a_start_is_refused_while_another_is_starting(launch: Launch, tmp_path: Path) -> None:
    running = launch(tmp_path / "data")
    (running.data / "run/engines.json").unlink()  # as it is before all engines answer
    with pytest.raises(EngineError) as refused:
        Engines.start(running.data)
    assert refused.value.code == "already_running"


def test_a_killed_launcher_takes_its_engines_along_and_nothing_is_lost(launch: Launch, tmp_path: Path) -> None:
    killed = launch(tmp_path / "data", durable=True)
    write_everywhere(killed.addresses)
    record = killed.data / "run/engines.json"
    stale = record.read_text()
    killed.kill()
    wait_until(lambda: not engine_processes(killed.data), seconds=5)
    for text in ("", "{}", "[]", "null", '{"addresses": {}, "engines": 3}', stale):
        record.write_text(text)
        assert find_running(killed.data) is None
    again = launch(killed.data, durable=True)
    assert again.addresses == killed.addresses
    assert_kept(again.addresses)


def test_a_start_right_after_a_kill_waits_for_the_dying_engines(launch: Launch, tmp_path: Path) -> None:
    killed = launch(tmp_path / "data", durable=True)
    write_everywhere(killed.addresses)
    killed.kill()
    with Engines.start(killed.data) as again:
        assert_kept(again.addresses)


def test_an_engine_that_outlived_its_launcher_is_replaced(tmp_path: Path) -> None:
    """Orphans cannot come from us; a container that ignores the parent's death may still make them."""
    with Engines.start(tmp_path / "data", durable=False) as first:
        store = next(engine for engine in first._engines if engine.name == "seaweedfs")
        orphan = store.process
        # The launcher forgets it, so that stopping leaves it behind.
        first._engines.remove(store)
    assert orphan.poll() is None
    with Engines.start(tmp_path / "data", durable=False):
        assert orphan.wait(1) == -signal.SIGKILL


def test_a_killed_engine_comes_back_at_the_same_address(launch: Launch, tmp_path: Path) -> None:
    running = launch(tmp_path / "data", durable=True)
    write_everywhere(running.addresses)
    with redis.Redis.from_url(running.addresses.redis_client_url) as client:
        client.execute_command("WAITAOF", 1, 0, 5000)

    def kept() -> bool:
        try:
            assert_kept(running.addresses)
        except (psycopg.OperationalError, S3Error):  # it recovers first; what was lost would stay lost
            return False
        return True

    for program in ("postgres", "valkey-server", "weed"):
        before = running.engine_pids()
        os.kill(before.pop(program), signal.SIGKILL)
        wait_until(lambda: find_running(running.data) is None)
        assert wait_until(lambda: find_running(running.data)) == running.addresses
        wait_until(kept)
        assert before.items() <= running.engine_pids().items()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_everything_in_good_order(launch: Launch, tmp_path: Path, number: signal.Signals) -> None:
    running = launch(tmp_path / "data")
    started = time.monotonic()
    running.process.send_signal(number)
    assert running.process.wait(20) == 0
    assert time.monotonic() - started < 5
    assert engine_processes(running.data) == []
    assert not (running.data / "run/engines.json").exists()
    assert "database system is shut down" in (running.data / "log/postgresql.log").read_text()
    assert list((running.data / "run").glob("*.sock")) == []
    assert not Path(f"/tmp/seaweedfs-s3-grpc-{int(running.addresses.s3_endpoint[10:]) + 10_000}.sock").exists()


def test_everything_in_the_folder_is_private(engines: Engines) -> None:
    root = engines._folder.root
    assert {path.name for path in root.iterdir()} == {
        "log",
        "ports.json",
        "postgresql",
        "run",
        "seaweedfs",
        "secrets",
        "valkey",
    }
    # What the servers write lies behind the closed folders; some of their own files are 0644.
    ours = [path for name in ("run", "secrets", "log") for path in (root / name).rglob("*")]
    for path in (root, *root.iterdir(), *ours):
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path


def test_nothing_outside_the_folder_is_changed(tmp_path: Path) -> None:
    data = tmp_path / "home" / "deep" / "data"
    data.parent.mkdir(parents=True)
    data.parent.parent.chmod(0o700)
    watched = [*data.parents, *Path(psycopg.__file__).parents, Path("/var"), Path("/var/lib")]

    def look() -> list[tuple[int, int, int]]:
        return [(s.st_mode, s.st_uid, s.st_gid) for s in (path.stat() for path in watched)]

    before = look()
    with Engines.start(data, durable=False) as engines:
        assert look() == before
        prepare_buckets(admin_store(engines.addresses))
    assert look() == before
    assert list(data.parent.iterdir()) == [data]


def test_a_deep_folder_gets_a_short_private_one_for_its_sockets(tmp_path: Path) -> None:
    data = tmp_path.joinpath(*["a-rather-long-name"] * 6)
    with (
        Engines.start(data, durable=False) as engines,
        redis.Redis.from_url(engines.addresses.redis_client_url) as client,
    ):
        assert client.ping()
        place = Path(client.connection_pool.connection_kwargs["path"]).parent
        assert not place.is_relative_to(data)
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert not place.exists()
