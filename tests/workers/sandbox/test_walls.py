"""From inside a child: nothing but the file and the answer, whoever started the checker."""

import os
import tempfile

import pytest

from workers.sandbox import seccomp

REFUSED = {"EPERM", "EACCES"}


@pytest.fixture
def inside(hostile_as) -> dict:
    with tempfile.TemporaryFile() as file:
        file.write(b"isi")
        file.flush()
        answer = hostile_as.inspector.read_plan(file, filename="probes")
    assert "ok" in answer, answer
    return answer["ok"]


def test_nothing_but_the_file_and_the_answer_can_be_reached(inside: dict) -> None:
    for group in ("sockets", "paths", "programs", "signals"):
        came_through = {name: came for name, came in inside[group].items() if came not in REFUSED}
        assert came_through == {}, group
    calls = dict(inside["calls"])
    assert calls.pop("clone3") == "ENOSYS"
    assert set(calls.values()) == {"EPERM"}, calls
    assert inside["descriptors"] == [3, 4]
    assert inside["write"] == "EBADF"
    # Python adds this one by itself when there is no locale (PEP 538).
    assert set(inside["environment"]) <= {"LC_CTYPE"}
    assert inside["session"] in REFUSED
    assert 0 not in inside["user"]


def test_the_isolation_reached_is_full(hostile_as) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"%PDF-")
        file.flush()
        assert hostile_as.inspector.check(file, name="a.pdf").isolation == "full"


FORBIDDEN = {
    # socket, socketpair, execve, ptrace, io_uring_setup, mount, unshare, kill, tgkill, clone, openat, openat2,
    # newfstatat, fcntl, prctl, process_vm_readv, memfd_create
    "x86_64": [41, 53, 59, 101, 425, 165, 272, 62, 234, 56, 257, 437, 262, 72, 157, 310, 319, 57, 58, 2],
    "aarch64": [198, 199, 221, 117, 425, 40, 97, 129, 131, 220, 56, 437, 79, 25, 167, 270, 279],
}


def verdict(instructions: bytes, *, number: int, audit: int) -> int:
    """Run a filter as the kernel does, for the instructions that ours uses."""
    at = accumulator = 0
    while True:
        code = int.from_bytes(instructions[8 * at : 8 * at + 2], "little")
        if_true, if_false = instructions[8 * at + 2], instructions[8 * at + 3]
        value = int.from_bytes(instructions[8 * at + 4 : 8 * at + 8], "little")
        at += 1
        match code:
            case 0x20:
                accumulator = {0: number, 4: audit}[value]
            case 0x15:
                at += if_true if accumulator == value else if_false
            case 0x35:
                at += if_true if accumulator >= value else if_false
            case 0x06:
                return value


@pytest.mark.parametrize("machine", FORBIDDEN)
def test_the_filter_of_each_machine_allows_its_list_and_nothing_else(machine: str) -> None:
    architecture = seccomp.ARCHITECTURES[machine]
    instructions = seccomp.program(architecture)
    allowed = {
        number
        for number in range(600)
        if verdict(instructions, number=number, audit=architecture.audit) == seccomp.ALLOW
    }
    assert allowed == set(architecture.allowed.values())
    assert allowed.isdisjoint(FORBIDDEN[machine])
    assert verdict(instructions, number=435, audit=architecture.audit) == seccomp.ERRNO | 38
    other = next(one for name, one in seccomp.ARCHITECTURES.items() if name != machine)
    assert verdict(instructions, number=0, audit=other.audit) == seccomp.KILL_PROCESS
    assert verdict(instructions, number=seccomp.X32_BIT | 1, audit=architecture.audit) != seccomp.ALLOW


def test_a_checker_of_ones_own_has_an_empty_environment(monkeypatch) -> None:
    from pathlib import Path

    from workflows.evidence.inspection import Inspector

    monkeypatch.setenv("DATABASE_URL", "postgresql://rahasia")
    with Inspector.private() as inspector, tempfile.TemporaryFile() as file:
        inspector.check(file, name="kosong.pdf")
        mine = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in mine]
    assert environments
    assert b"" in environments
    assert not any(b"rahasia" in environment for environment in environments)
