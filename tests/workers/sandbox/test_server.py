"""The checker as a program: who may ask, how it starts, how it ends."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.support.papers import FORMATS, Grid
from tests.workers.sandbox.conftest import WITHOUT_WALLS
from workflows.evidence.checks import wire
from workflows.evidence.inspection import CheckerAwayError, Inspector

REPOSITORY = Path(__file__).resolve().parents[3]


def ask(path: Path, packet: bytes, descriptor: int | None) -> bytes:
    with wire.connect(str(path)) as connection:
        connection.settimeout(10)
        if descriptor is None:
            connection.send(packet)
        else:
            wire.send_descriptor(connection, packet, descriptor)
        return connection.recv(wire.PACKET)


def test_the_socket_is_for_its_owner_alone(real) -> None:
    assert real.path.stat().st_mode & 0o777 == 0o600


def test_a_file_open_for_writing_is_refused(real) -> None:
    request = b'{"kind": "check", "name": "a.pdf", "profile": "document", "pages": []}'
    with tempfile.TemporaryFile() as writable:
        assert ask(real.path, request, writable.fileno()) == b""
        reading = os.open(f"/proc/self/fd/{writable.fileno()}", os.O_RDONLY)
        try:
            assert ask(real.path, request, reading).startswith(b'{"report"')
        finally:
            os.close(reading)


@pytest.mark.parametrize(
    "packet",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"kind": "run", "name": "a", "profile": "document", "pages": []}',
        b'{"kind": "check", "name": 1, "profile": "document", "pages": []}',
        b'{"kind": "check", "name": "a", "profile": "document"}',
        b'{"kind": "text", "name": "a", "profile": "", "pages": [0]}',
        b'{"kind": "text", "name": "a", "profile": "", "pages": [true]}',
        b'{"kind": "text", "name": "a", "profile": "", "pages": "1"}',
        b"x" * (wire.REQUEST_LIMIT + 1),
    ],
)
def test_what_is_no_request_is_dropped_and_the_next_one_served(real, packet: bytes) -> None:
    with open(__file__, "rb") as file:
        assert ask(real.path, packet, file.fileno()) == b""
        assert ask(real.path, packet, None) == b""
        assert real.inspector.check(file, name="a.pdf").verdict == "reject"


def test_a_pipe_or_a_folder_instead_of_a_file_is_refused(real) -> None:
    request = b'{"kind": "check", "name": "a.pdf", "profile": "document", "pages": []}'
    reading, writing = os.pipe()
    folder = os.open("/", os.O_RDONLY)
    try:
        assert ask(real.path, request, reading) == b""
        assert ask(real.path, request, folder) == b""
    finally:
        for descriptor in (reading, writing, folder):
            os.close(descriptor)


def test_whoever_hangs_up_takes_the_child_along(hostile) -> None:
    with open(__file__, "rb") as file, wire.connect(str(hostile.path)) as connection:
        wire.send_request(
            connection, {"kind": "plan", "name": "sleep", "profile": "", "pages": []}, descriptor=file.fileno()
        )
        hostile.wait_for_child()
    deadline = time.monotonic() + 2
    while hostile.children():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_child_outlives_the_checker(hostile, number: signal.Signals) -> None:
    with open(__file__, "rb") as file, wire.connect(str(hostile.path)) as connection:
        wire.send_request(
            connection, {"kind": "plan", "name": "sleep", "profile": "", "pages": []}, descriptor=file.fileno()
        )
        pid = hostile.wait_for_child()
        hostile.process.send_signal(number)
        assert hostile.process.wait(10) == (0 if number == signal.SIGTERM else -signal.SIGKILL)
        assert connection.recv(10) == b""
    deadline = time.monotonic() + 5
    while alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert hostile.path.exists() == (number == signal.SIGKILL)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_socket_left_behind_is_replaced_and_a_live_one_is_not(folder, real) -> None:
    again = subprocess.run(
        [sys.executable, "-m", "workers.sandbox", "--socket", str(real.path)],
        env={},
        cwd=REPOSITORY,
        capture_output=True,
        timeout=30,
    )
    assert again.returncode == 1
    assert b"Pemeriksa berkas tidak dapat berjalan" in again.stderr
    stale = folder / "stale.sock"
    with socket.socket(wire.FAMILY, wire.KIND) as left:
        left.bind(str(stale))
    process = subprocess.Popen(
        [sys.executable, "-m", "workers.sandbox", "--socket", str(stale)], env={}, cwd=REPOSITORY
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                with open(__file__, "rb") as file:
                    assert Inspector.connect(stale).check(file, name="a").verdict == "reject"
                break
            except CheckerAwayError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
    finally:
        process.terminate()
        assert process.wait(10) == 0
    assert not stale.exists()


def test_a_checker_that_is_not_there_is_away(tmp_path: Path) -> None:
    with open(__file__, "rb") as file, pytest.raises(CheckerAwayError):
        Inspector.connect(tmp_path / "nobody.sock").check(file, name="a.pdf")


def test_a_checker_of_ones_own_ends_with_its_owner() -> None:
    inspector = Inspector.private()
    with inspector, open(__file__, "rb") as file:
        assert inspector.check(file, name="a.pdf").verdict == "reject"
    with open(__file__, "rb") as file, pytest.raises(CheckerAwayError):
        inspector.check(file, name="a.pdf")


def test_the_whole_path_is_in_the_report_however_long_it_is(real) -> None:
    name = "/".join(["folder-panjang"] * 250)
    with open(__file__, "rb") as file:
        assert real.inspector.check(file, name=name).path == name


def test_a_plan_is_read_by_the_same_checker(real) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"bukan rencana aksi")
        file.flush()
        answer = real.inspector.read_plan(file, filename="catatan.md")
    assert answer["error"]["message"]
    assert not answer["error"]["code"].startswith("checker_")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_plan_of_every_kind_is_read_behind_the_walls(real, kind: str) -> None:
    paper = [
        "RENCANA AKSI TAHUN 2026",
        Grid([["KOMPONEN", "REKOMENDASI", "RENCANA AKSI"], ["Perencanaan", "Menyusun", "Ya"]]),
    ]
    with tempfile.TemporaryFile() as file:
        file.write(FORMATS[kind](paper))
        file.flush()
        answer = real.inspector.read_plan(file, filename="rencana")
    assert answer["ok"]["year"] == 2026
    assert [item["number"] for item in answer["ok"]["recommendations"]] == ["A-1"]
    assert answer["beside"]["paper"] == "plan"


@pytest.mark.parametrize(
    ("missing", "least", "refused"),
    [
        ("landlock,seccomp", "partial", True),
        ("landlock", "full", True),
        ("seccomp", "full", True),
        ("landlock", "partial", False),
        ("", "full", False),
        ("landlock,seccomp", "limits", False),
    ],
)
def test_a_machine_without_the_walls_that_are_demanded_opens_no_file(missing: str, least: str, refused: bool) -> None:
    ours, theirs = socket.socketpair(wire.FAMILY, wire.KIND)
    with ours, theirs:
        program = subprocess.Popen(
            [sys.executable, "-c", WITHOUT_WALLS, missing, "--fd", str(theirs.fileno()), "--least", least],
            **{"env": {}, "cwd": REPOSITORY, "pass_fds": [theirs.fileno()], "stderr": subprocess.PIPE, "text": True},
        )
        theirs.close()
        ours.close()  # the end of the socket is a clean end, for whoever came that far
        _, said = program.communicate(timeout=30)
    assert program.returncode == int(refused), said
    assert ("tidak boleh berjalan" in said) is refused


@pytest.mark.parametrize(
    "arguments",
    [[], ["--fd", "3", "--least", "none"], ["--socket", "a", "--fd", "3"], ["--fd", "3", "--concurrency", "0"]],
)
def test_wrong_use_of_the_program_exits_2(arguments: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "workers.sandbox", *arguments], env={}, cwd=REPOSITORY, capture_output=True, timeout=30
    )
    assert result.returncode == 2
