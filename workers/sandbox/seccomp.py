"""A seccomp filter that names what a reader of bytes may ask of the kernel, and refuses the rest.

Reading and writing the descriptors at hand, memory, clocks, a timer, signals to itself: that is all a parser needs.
Files by path, sockets, new programs, processes and threads, signals, tracing, io_uring, namespaces and mounts are
refused by not being on the list, and so is whatever a later kernel adds. `clone3` answers "not implemented" as older
kernels do, since the C library then asks for `clone` and gets its plain refusal.

Numbers: Linux `arch/x86/entry/syscalls/syscall_64.tbl` and `include/uapi/asm-generic/unistd.h`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000
ERRNO = 0x00050000
LOAD_WORD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
X32_BIT = 0x40000000
"""x86-64 kernels may accept a second numbering with this bit, which the list would not cover."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """The audit number of a machine and the calls that are allowed on it."""

    audit: int
    allowed: dict[str, int]
    clone3: int = 435


X86_64 = Architecture(
    audit=0xC000003E,
    allowed={
        **{"read": 0, "write": 1, "close": 3, "lseek": 8, "pread64": 17, "readv": 19, "writev": 20},
        **{"preadv": 295, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "mremap": 25, "madvise": 28},
        **{"rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "sigaltstack": 131},
        **{"sched_yield": 24, "sched_getaffinity": 204, "getcpu": 309, "futex": 202, "rseq": 334},
        **{"nanosleep": 35, "clock_nanosleep": 230, "clock_gettime": 228, "clock_getres": 229},
        **{"gettimeofday": 96, "setitimer": 38, "time": 201, "times": 100, "getrusage": 98, "getrandom": 318},
        **{"getpid": 39, "getppid": 110, "gettid": 186, "getuid": 102, "geteuid": 107},
        **{"getgid": 104, "getegid": 108, "restart_syscall": 219, "exit": 60, "exit_group": 231},
    },
)

AARCH64 = Architecture(
    audit=0xC00000B7,
    allowed={
        **{"read": 63, "write": 64, "close": 57, "lseek": 62, "pread64": 67, "readv": 65, "writev": 66},
        **{"preadv": 69, "mmap": 222, "mprotect": 226, "munmap": 215, "brk": 214, "mremap": 216, "madvise": 233},
        **{"rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "sigaltstack": 132},
        **{"sched_yield": 124, "sched_getaffinity": 123, "getcpu": 168, "futex": 98, "rseq": 293},
        **{"nanosleep": 101, "clock_nanosleep": 115, "clock_gettime": 113, "clock_getres": 114},
        **{"gettimeofday": 169, "setitimer": 103, "times": 153, "getrusage": 165, "getrandom": 278},
        **{"getpid": 172, "getppid": 173, "gettid": 178, "getuid": 174, "geteuid": 175},
        **{"getgid": 176, "getegid": 177, "restart_syscall": 128, "exit": 93, "exit_group": 94},
    },
)

ARCHITECTURES = {"x86_64": X86_64, "aarch64": AARCH64}
READER: Mapping[str, Mapping[str, int]] = {"x86_64": {}, "aarch64": {}}
"""What a child that only reads bytes needs beyond the lists above: nothing."""
PROGRAM: Mapping[str, Mapping[str, int]] = {
    "x86_64": {
        **{"execve": 59, "openat": 257, "newfstatat": 262, "fstat": 5, "access": 21, "arch_prctl": 158},
        **{"set_tid_address": 218, "set_robust_list": 273},
    },
    "aarch64": {
        **{"execve": 221, "openat": 56, "newfstatat": 79, "fstat": 80, "faccessat": 48},
        **{"set_tid_address": 96, "set_robust_list": 99},
    },
}
"""What a child needs to become one program and load its libraries; which files those are, Landlock says."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def program(architecture: Architecture, more: Mapping[str, int] = MappingProxyType({})) -> bytes:
    """The filter as classic BPF instructions.

    :param more: calls that are allowed beside those of the architecture.
    """
    refuse = _return(ERRNO | errno.EPERM)
    instructions = [
        _load(4),  # seccomp_data.arch
        _jump(JUMP_EQUAL, architecture.audit, skip_if_not=0, skip_if=1),
        _return(KILL_PROCESS),
        _load(0),  # seccomp_data.nr
        *(_jump(JUMP_AT_LEAST, X32_BIT, skip_if_not=1), refuse),
        *(_jump(JUMP_EQUAL, architecture.clone3, skip_if_not=1), _return(ERRNO | errno.ENOSYS)),
    ]
    for number in (*architecture.allowed.values(), *more.values()):
        instructions += [_jump(JUMP_EQUAL, number, skip_if_not=1), _return(ALLOW)]
    return b"".join([*instructions, refuse])


def install(libc: ctypes.CDLL, more: Mapping[str, Mapping[str, int]]) -> bool:
    """Put the filter on this process for good; False on a machine or kernel that has none.

    Needs PR_SET_NO_NEW_PRIVS, or the right to go without.
    """
    machine = os.uname().machine
    architecture = ARCHITECTURES.get(machine)
    if architecture is None:
        return False
    instructions = program(architecture, more[machine])
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    wrapped = _Program(len(instructions) // 8, ctypes.addressof(buffer))
    status: int = libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(wrapped), 0, 0)
    return status == 0


def _load(offset: int) -> bytes:
    return struct.pack("=HBBI", LOAD_WORD, 0, 0, offset)


def _jump(kind: int, value: int, *, skip_if_not: int, skip_if: int = 0) -> bytes:
    return struct.pack("=HBBI", kind, skip_if, skip_if_not, value)


def _return(action: int) -> bytes:
    return struct.pack("=HBBI", RETURN, 0, 0, action)
