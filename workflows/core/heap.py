"""How a process of the product holds its memory; for the C library of most Linux systems, nothing elsewhere."""

import contextlib
import ctypes

_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3
"""Parameters of mallopt (malloc.h)."""
_LARGE = 512 * 1024
"""Bytes: above the pieces in which files are read, below those in which they arrive and are sent."""


def keep_small() -> None:
    """Ask for one heap, and give large blocks back to the system at once. Forks inherit it.

    A heap for each thread gains nothing under one interpreter lock and keeps what each of them once needed. Left to
    itself the library would also learn from the first large block to keep all further ones in the heap.
    """
    with contextlib.suppress(AttributeError, OSError):  # a C library without it
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
