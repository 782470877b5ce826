"""A checker whose work is hostile: each file name asks for one thing that nothing in a child may do.

Run as a program of its own by the tests, with the product's server, walls and limits; only the work differs.
"""

import ctypes
import errno
import json
import os
import signal
import sys
import time

from workers.sandbox.__main__ import leave, listening_on
from workers.sandbox.limits import ChildLimits
from workers.sandbox.program import Program, find_tesseract
from workers.sandbox.server import Server
from workers.sandbox.work import answer

LIMITS = ChildLimits(cpu_seconds=1, wall_seconds=3.0)
X86_64 = os.uname().machine == "x86_64"
LIBC = ctypes.CDLL(None, use_errno=True)
CALLS = {
    # name: number on x86-64, number on arm64
    "clone3": (435, 435),
    "ptrace": (101, 117),
    "io_uring_setup": (425, 425),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "process_vm_readv": (310, 270),
    "memfd_create": (319, 279),
    "keyctl": (250, 219),
    "userfaultfd": (323, 282),
    "openat2": (437, 437),
    "pidfd_getfd": (438, 438),
    "execveat": (322, 281),
    "tgkill": (234, 131),
    "ftruncate": (77, 46),
}


def tried(action) -> str:
    """The name of the error, or what came of it when there was none."""
    try:
        return f"done: {action()!r}"
    except OSError as error:
        return errno.errorcode[error.errno]


def called(number: int) -> str:
    return "done" if LIBC.syscall(number, 0, 0, 0, 0, 0) >= 0 else errno.errorcode[ctypes.get_errno()]


def sockets() -> dict[str, str]:
    make = LIBC.socket
    found = {}
    for family in range(64):
        for kind in (1, 2, 3, 5):
            status = make(family, kind, 0)
            found[f"{family}/{kind}"] = "done" if status >= 0 else errno.errorcode[ctypes.get_errno()]
    pair = (ctypes.c_int * 2)()
    found["pair"] = "done" if LIBC.socketpair(1, 1, 0, pair) >= 0 else errno.errorcode[ctypes.get_errno()]
    return found


def paths() -> dict[str, str]:
    parent = os.getppid()
    names = ["/", ".", "/etc/passwd", "/dev/null", "/tmp", f"/proc/{parent}/environ", "/proc/self/maps", "/proc/1/stat"]
    found = {f"open {name}": tried(lambda name=name: os.open(name, os.O_RDONLY)) for name in names}
    found |= {f"stat {name}": tried(lambda name=name: os.stat(name)) for name in names}
    found |= {f"list {name}": tried(lambda name=name: os.listdir(name)) for name in names}
    found["create"] = tried(lambda: os.open("/tmp/tuntas-sandbox", os.O_CREAT | os.O_WRONLY))
    found["link"] = tried(lambda: os.symlink("/etc/passwd", "/tmp/tuntas-sandbox"))
    found["enter"] = tried(lambda: os.chdir("/"))
    return found


def programs() -> dict[str, str]:
    return {
        "exec": tried(lambda: os.execv("/bin/true", ["true"])),  # noqa: S606
        "exec python": tried(lambda: os.execv(sys.executable, [sys.executable, "-c", ""])),  # noqa: S606
        "fork": tried(os.fork),
        "spawn": tried(lambda: os.posix_spawn("/bin/true", ["true"], {})),
    }


def signals() -> dict[str, str]:
    return {
        str(number): tried(lambda pid=pid, number=number: os.kill(pid, number))
        for pid in (os.getppid(), 1, -1)
        for number in (0, signal.SIGTERM, signal.SIGKILL)
    }


def descriptors() -> list[int]:
    """Those that can be read from or written to."""

    def usable(descriptor: int) -> bool:
        return any(
            tried(action) != "EBADF" for action in (lambda: os.read(descriptor, 0), lambda: os.write(descriptor, b""))
        )

    return [descriptor for descriptor in range(2048) if usable(descriptor)]


def probes() -> dict[str, object]:
    column = 0 if X86_64 else 1
    return {
        "sockets": sockets(),
        "paths": paths(),
        "programs": programs(),
        "signals": signals(),
        "calls": {name: called(numbers[column]) for name, numbers in CALLS.items()},
        "write": tried(lambda: os.write(3, b"x")),
        "descriptors": descriptors(),
        "user": [os.getuid(), os.geteuid(), os.getgid(), os.getegid()],
        "environment": dict(os.environ),
        "session": tried(lambda: os.getsid(0)),
    }


def closes_its_pipe() -> bytes:
    os.close(4)
    time.sleep(60)
    return b""


def lie(file) -> bytes:
    report = json.loads(answer({"kind": "check", "name": "", "profile": "document", "pages": []}, file))
    report["report"]["sha256"] = "0" * 64
    return json.dumps(report).encode()


def spin() -> bytes:
    while True:
        pass


def spin_on() -> bytes:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    return spin()


ACTS = {
    "probes": lambda file: json.dumps({"ok": probes()}).encode(),
    "sleep": lambda file: time.sleep(60) or b"",
    "nap": lambda file: time.sleep(1) or json.dumps({"ok": {}}).encode(),
    "spin": lambda file: spin(),
    "spin on": lambda file: spin_on(),
    "memory": lambda file: b"x" * (3 * 1024**3),
    "crash": lambda file: ctypes.string_at(0),
    "exit": lambda file: os._exit(0),
    "error": lambda file: 1 / 0,
    "flood": lambda file: b" " * (8 * 1024**2),
    "garbage": lambda file: b"{nothing",
    "wrong shape": lambda file: json.dumps({"report": {"verdict": "accept"}}).encode(),
    "nesting": lambda file: b"[" * 100_000,
    "closed pipe": lambda file: closes_its_pipe(),
    "lie": lie,
}


class Impostor(Program):
    """Inside the walls of the reader of pictures, where that program would start: tries everything, then lies."""

    def execute(self) -> None:
        library = next(path for path in self.readable if "libtesseract" in path)
        found = probes()
        found["open library"] = tried(lambda: os.open(library, os.O_RDONLY))
        found["write library"] = tried(lambda: os.open(library, os.O_RDWR))
        found["exec library"] = tried(lambda: os.execv(library, ["x"]))  # noqa: S606
        found["read picture"] = os.read(0, 3).decode()
        os.write(1, json.dumps(found).encode())
        os._exit(0)


def work(request, file) -> bytes:
    act = ACTS.get(os.path.basename(request["name"]))
    return answer(request, file) if act is None else act(file)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    if len(sys.argv) > 2:
        # Everything is imported by now, so this user need not reach the checkout.
        user = int(sys.argv[2])
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    program = find_tesseract()
    ocr = program and Impostor(program.argv, program.environment, program.executable, program.readable)
    with listening_on(sys.argv[1]) as listening:
        Server(listening, listening=True, concurrency=2, limits=LIMITS, work=work, ocr=ocr).run()
