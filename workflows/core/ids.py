"""Identifiers of rows: UUID version 7 (RFC 9562), so that new rows sit together in the index.

Ids made by one process also sort in the order in which they were made: lists page by them.
"""

import os
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def new_id() -> uuid.UUID:
    """Return a UUIDv7 whose 12 bits after the version are the fraction of the millisecond (RFC 9562, method 3)."""
    global _last  # the order of one process is one number
    now = time.time_ns() * 4096 // 1_000_000
    with _lock:
        _last = max(_last + 1, now)
        ticks = _last
    value = (ticks >> 12 & (1 << 48) - 1) << 80
    value |= 0x7 << 76
    value |= (ticks & 0xFFF) << 64
    value |= 0b10 << 62
    value |= int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1
    return uuid.UUID(int=value)
