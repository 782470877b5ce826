"""Identifiers of rows: UUID version 7 (RFC 9562), so that new rows sit together in the index."""

import os
import time
import uuid


def new_id() -> uuid.UUID:
    """Return a UUIDv7: 48 bits of Unix milliseconds, version, 12 and 62 random bits, variant."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76
    value |= (noise >> 68 & 0xFFF) << 64
    value |= 0b10 << 62
    value |= noise & (1 << 62) - 1
    return uuid.UUID(int=value)
