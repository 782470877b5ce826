"""A Landlock domain without any path: no file, no directory, no TCP port, nobody else's sockets and signals.

The second wall behind seccomp, which looks at numbers only. Numbers and structures: Linux
`include/uapi/linux/landlock.h`; the three calls have the same numbers on every machine.
"""

from __future__ import annotations

import ctypes
import struct

CREATE_RULESET, RESTRICT_SELF = 444, 446
VERSION_FLAG = 1
FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Every right on files that a version of the interface knows, by version; later ones added none."""
TCP_RIGHTS = 0b11  # bind and connect, from version 4
SCOPES = 0b11  # abstract Unix sockets and signals, from version 6


def restrict(libc: ctypes.CDLL) -> bool:
    """Enter the domain for good; False on a kernel without Landlock. Needs PR_SET_NO_NEW_PRIVS."""
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
    entered: bool = libc.syscall(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) == 0
    libc.close(ctypes.c_int(ruleset))
    return entered
