"""The step between the launcher and a program: it makes sure that the program dies with the launcher.

Runs as a program of its own (``python -I -S guard.py PARENT SIGNAL UID:GID|- PROGRAM ARGUMENT...``), because
code between fork and exec is not safe in a process with threads. Standard library only.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

# Looked up once, before any fork.
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int, death_signal: int) -> None:
    """Ask the kernel for ``death_signal`` when ``parent`` ends, and leave at once when it already has.

    The kernel watches the thread that forked, not the process: start programs from a thread that stays.
    """
    _libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def main() -> None:
    parent, death_signal, account, *argv = sys.argv[1:]
    # As it was given to us: Python has since put its own locale into os.environ (PEP 538). Read now, because
    # after the change of user this file is closed to us.
    with open("/proc/self/environ", "rb") as file:
        environment = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if b"=" in entry)
    if account != "-":
        uid, gid = map(int, account.split(":"))
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    # After the change of user, which clears the wish.
    die_with_parent(int(parent), int(death_signal))
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.umask(0o077)
    try:
        os.execve(argv[0], argv, environment)  # noqa: S606
    except OSError as error:
        sys.exit(f"{argv[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
