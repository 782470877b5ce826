"""A hostile checker for the tests: as the user who runs them, and as an ordinary one when that is root."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from workflows.evidence.checks import wire
from workflows.evidence.inspection import Inspector

REPOSITORY = Path(__file__).resolve().parents[3]
HOSTILE = Path(__file__).with_name("hostile.py")
WITHOUT_WALLS = """
import sys
from workers.sandbox import landlock, seccomp
if "landlock" in sys.argv[1]: landlock.restrict = lambda *_, **__: False
if "seccomp" in sys.argv[1]: seccomp.install = lambda *_, **__: False
sys.argv = ["workers.sandbox", *sys.argv[2:]]
from workers.sandbox.__main__ import main
sys.exit(main())
"""
"""The checker on a machine where some walls cannot stand: the first argument names them."""


class Checker:
    """A running program and the way to ask it."""

    def __init__(self, process: subprocess.Popen, path: Path) -> None:
        self.process = process
        self.path = path
        self.inspector = Inspector.connect(path)

    def children(self) -> list[int]:
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def wait_for_child(self) -> int:
        deadline = time.monotonic() + 10
        while not (found := self.children()):
            assert time.monotonic() < deadline, "no child came"
            time.sleep(0.01)
        return found[0]


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder with a short name that other users can enter: a socket's path has at most 107 bytes."""
    made = Path(tempfile.mkdtemp(prefix="tuntas-"))
    made.chmod(0o777)
    try:
        yield made
    finally:
        shutil.rmtree(made)


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as made:
        yield made


def _listens(path: Path) -> bool:
    """Tell whether it answers; the path alone is there a moment before."""
    try:
        wire.connect(str(path)).close()
    except OSError:
        return False
    return True


def start(folder: Path, *arguments: str, user: int | None = None) -> Checker:
    path = folder / "checker.sock"
    command = [sys.executable, *arguments, str(path), *([] if user is None else [str(user)])]
    process = subprocess.Popen(command, env={}, cwd=REPOSITORY, stdin=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not _listens(path):
        assert process.poll() is None, "the checker ended at once"
        assert time.monotonic() < deadline, "the checker does not listen"
        time.sleep(0.02)
    return Checker(process, path)


def stop(checker: Checker) -> None:
    checker.process.terminate()
    checker.process.wait(10)


@pytest.fixture
def hostile(folder: Path) -> Iterator[Checker]:
    checker = start(folder, str(HOSTILE))
    yield checker
    stop(checker)


@pytest.fixture(params=["root", "ordinary"])
def hostile_as(request: pytest.FixtureRequest, folder: Path) -> Iterator[Checker]:
    """Once as root and once not, as far as the one who runs the tests can."""
    if request.param == "root" and os.geteuid() != 0:
        # The other case runs all the same; where root runs the tests, both do.
        pytest.skip("only root can start the checker as root")
    change = request.param == "ordinary" and os.geteuid() == 0
    checker = start(folder, str(HOSTILE), user=pwd.getpwnam("nobody").pw_uid if change else None)
    yield checker
    stop(checker)


@pytest.fixture(scope="module")
def real() -> Iterator[Checker]:
    """The product's own program."""
    with short_folder() as folder:
        checker = start(folder, "-m", "workers.sandbox", "--socket")
        yield checker
        stop(checker)
