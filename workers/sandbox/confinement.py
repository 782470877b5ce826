"""The walls around one child, put up in an order in which each still can be, before the file is touched."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import resource
import signal

from workers.sandbox import landlock, seccomp
from workers.sandbox.limits import ChildLimits
from workers.sandbox.program import Program
from workflows.evidence.checks.report import Isolation

FILE, ANSWER = 3, 4
"""The only descriptors of a child: the file to read and the pipe to answer into."""

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
NOBODY = 65534

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def confine(limits: ChildLimits, *, program: Program | None = None) -> Isolation:
    """Confine this process for good and say how far that went.

    :param program: the one that this process is about to become; then that is left open, and nothing else.

    `full` is another user (or no root to begin with), no new privileges, Landlock and seccomp. Resource limits hold
    in any case.
    """
    os.setsid()
    _limit(limits)
    other_user = _leave_root()
    # After the change of user, which resets it: a parent that dies takes its children along.
    _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    no_new_privileges = _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    # After root was left: whoever has more processes than this when he changes users may start no program.
    _bound(resource.RLIMIT_NPROC, 0, 0)
    if program is None:
        paths, calls = {}, seccomp.READER
    else:
        paths, calls = program.paths(), seccomp.PROGRAM
    walls = [other_user, no_new_privileges, landlock.restrict(_libc, paths), seccomp.install(_libc, calls)]
    if program is not None and not all(walls[2:]):
        # Nothing else would keep it to that one program, or all of its sockets closed.
        return Isolation.LIMITS
    if all(walls):
        return Isolation.FULL
    return Isolation.PARTIAL if any(walls[2:]) else Isolation.LIMITS


def keep_only(file: int, answer: int) -> None:
    """Close every descriptor but these two, and give them their fixed numbers."""
    # Both move out of the way first, so that neither overwrites the other.
    high_file, high_answer = _above(file), _above(answer)
    os.dup2(high_file, FILE, inheritable=False)
    os.dup2(high_answer, ANSWER, inheritable=False)
    os.closerange(0, FILE)
    os.closerange(ANSWER + 1, os.sysconf("SC_OPEN_MAX"))


def _above(descriptor: int) -> int:
    """A copy whose number is neither of the two fixed ones."""
    copy = os.dup(descriptor)
    while copy <= ANSWER:
        copy = os.dup(copy)
    return copy


def _limit(limits: ChildLimits) -> None:
    bounds = {
        resource.RLIMIT_AS: (limits.address_space, limits.address_space),
        resource.RLIMIT_CPU: (limits.cpu_seconds, limits.cpu_seconds + 1),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_NOFILE: (16, 16),
    }
    for kind, (soft, hard) in bounds.items():
        _bound(kind, soft, hard)


def _bound(kind: int, soft: int, hard: int) -> None:
    ceiling = resource.getrlimit(kind)[1]
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(kind, (soft, hard))


def _leave_root() -> bool:
    """Become nobody; True when this process is not root, now or from the start."""
    if os.geteuid() != 0:
        return True
    user = group = NOBODY
    with contextlib.suppress(KeyError):
        entry = pwd.getpwnam("nobody")
        user, group = entry.pw_uid, entry.pw_gid
    try:
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
    except OSError:  # root without the right to change users, as in a tight container
        return False
    return os.geteuid() != 0
