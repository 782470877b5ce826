"""Whether an archived version is still what the ledger promises: its bytes, its lock, and what lies over it.

A store that is away is an error and never a finding: nothing is said of an object that could not be asked for.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.base import Bucket, ObjectStore, StoredObject
from storage.errors import ObjectMissingError
from storage.reading import Digest, HashingReader, chunks


class Finding(StrEnum):
    """What can be wrong with an archived version."""

    MISSING = "missing"
    """The store answers and has no such version."""
    DIFFERS = "differs"
    """It holds other bytes."""
    NEWER_VERSION = "newer_version"
    """Another version was put over it. A read that names its version is not misled."""
    DELETE_MARKER = "delete_marker"
    """Its key was marked as deleted. A read that names its version is not misled."""
    LOCK_SHORT = "lock_short"
    """It is not locked, or not for as long as was recorded."""
    HOLD_MISSING = "hold_missing"
    """A legal hold is open, and the version does not bear it."""
    HOLD_STRAY = "hold_stray"
    """The version bears a legal hold, and none is open."""
    UNREADABLE = "unreadable"
    """The store serves others and, asked again, still not this one."""


@dataclass(frozen=True)
class Promise:
    """What the ledger says of an archived version."""

    key: str
    version_id: str
    digest: Digest
    retain_until: datetime
    hold: bool = False


class Pace:
    """Holds reading to a rate, so that looking after the archive never takes the store away from people.

    One for all threads that read together.
    """

    def __init__(
        self,
        bytes_per_second: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = bytes_per_second
        self._clock = clock
        self._sleep = sleep
        self._due = clock()
        self._lock = threading.Lock()

    def spent(self, size: int) -> None:
        """Wait until so many bytes more are within the rate. What was not used before is not saved up."""
        with self._lock:
            now = self._clock()
            self._due = due = max(self._due, now) + size / self._rate
        self._sleep(due - now)


def examine(store: ObjectStore, promise: Promise, *, pace: Pace | None = None) -> frozenset[Finding]:
    """Read a version from end to end and compare; ask once more what the store says of it and of its key.

    :raises StoreUnavailableError: the store is away, or goes away meanwhile
    :raises StoreRefusedError: the store does not let this identity look
    """
    found: set[Finding] = set()
    try:
        if _read(store, promise, pace) != promise.digest:
            found.add(Finding.DIFFERS)
        stored, over = _looked_up(store, promise)
    except ObjectMissingError:
        # A store that has only half come up may know nothing yet.
        store.ping()
        return frozenset({Finding.MISSING})
    if over is not None:
        found.add(over)
    if stored.retain_until is None or stored.retain_until < promise.retain_until:
        found.add(Finding.LOCK_SHORT)
    if promise.hold and not stored.legal_hold:
        found.add(Finding.HOLD_MISSING)
    if stored.legal_hold and not promise.hold:
        found.add(Finding.HOLD_STRAY)
    return frozenset(found)


def covering(store: ObjectStore, key: str, version_id: str) -> Finding | None:
    """Tell what was put over an archived version, in one call. :raises StoreUnavailableError: the store is away"""
    try:
        newest = store.stat(Bucket.ARCHIVE, key)
    except ObjectMissingError:
        return Finding.DELETE_MARKER
    return None if newest.version_id == version_id else Finding.NEWER_VERSION


def _looked_up(store: ObjectStore, promise: Promise) -> tuple[StoredObject, Finding | None]:
    """The version as the store tells it, and what lies over it; nothing does, as a rule, and one call is enough."""
    try:
        newest = store.stat(Bucket.ARCHIVE, promise.key)
    except ObjectMissingError:
        over = Finding.DELETE_MARKER
    else:
        if newest.version_id == promise.version_id:
            return newest, None
        over = Finding.NEWER_VERSION
    return store.stat(Bucket.ARCHIVE, promise.key, version_id=promise.version_id), over


def _read(store: ObjectStore, promise: Promise, pace: Pace | None) -> Digest:
    with store.open(Bucket.ARCHIVE, promise.key, version_id=promise.version_id) as stream:
        reader = HashingReader(stream)
        for piece in chunks(reader):
            if pace is not None:
                pace.spent(len(piece))
    return reader.digest()
