"""A Landlock domain without any path, or with named files only: no other file or directory, no TCP port, nobody else's
sockets and signals.

The second wall behind seccomp, which looks at numbers only. Numbers and structures: Linux
`include/uapi/linux/landlock.h`; the three calls have the same numbers on every machine.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from collections.abc import Mapping

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PATH_BENEATH = 1
EXECUTE, READ = 1 << 0, 1 << 2
VERSION_FLAG = 1
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Every right on files that a version of the interface knows, by version; later ones added none."""
TCP_RIGHTS = 0b11  # bind and connect, from version 4
SCOPES = 0b11  # abstract Unix sockets and signals, from version 6


def restrict(libc: ctypes.CDLL, paths: Mapping[str, int]) -> bool:
    """Enter the domain for good; False on a kernel without Landlock. Needs PR_SET_NO_NEW_PRIVS.

    :param paths: files that stay open to this process, with the rights on each.
    """
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(VERSION_FLAG))
    if version < 1:
        return False
    attributes = struct.pack("=Q", FILE_RIGHTS[min(version, max(FILE_RIGHTS))])
    if version >= 4:
        attributes += struct.pack("=Q", TCP_RIGHTS)
    if version >= 6:
        attributes += struct.pack("=Q", SCOPES)
    ruleset = libc.syscall(CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    for path, rights in paths.items():
        _allow(libc, ruleset, path, rights)
    entered: bool = libc.syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0
    libc.close(ctypes.c_int(ruleset))
    return entered


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    # One that is not there, or that this user may not read, stays closed; the program shows whether it can do without.
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = struct.pack("=Qi", rights, descriptor)
            libc.syscall(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(PATH_BENEATH), rule, ctypes.c_uint32(0))
        finally:
            os.close(descriptor)
