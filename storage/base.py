"""The protocol that every object store speaks, and the values that cross it.

A store has three buckets. `ARCHIVE` keeps every version under retention; `INTAKE` holds received bytes, which
are never overwritten; `BUNDLES` holds what can be built again, bundles and pictures of pages. Everything streams: the
memory needed does not grow with the object.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType, TracebackType
from typing import Protocol, Self


class Bucket(StrEnum):
    """A bucket by its role; the physical name is the installation's prefix and this value."""

    INTAKE = "intake"
    ARCHIVE = "archive"
    BUNDLES = "bundles"


class RetentionMode(StrEnum):
    """The two modes of S3 Object Lock: `GOVERNANCE` yields to a special right, `COMPLIANCE` to nobody."""

    GOVERNANCE = "GOVERNANCE"
    COMPLIANCE = "COMPLIANCE"


@dataclass(frozen=True)
class StoredObject:
    """An object as the store itself describes it."""

    bucket: Bucket
    key: str
    version_id: str | None
    """Opaque name of the version; `None` where the bucket keeps only the newest."""
    size: int
    """Bytes."""
    modified_at: datetime
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """Empty in a listing: only `stat` tells metadata and retention."""
    retain_until: datetime | None = None
    retention_mode: RetentionMode | None = None
    legal_hold: bool = False
    """Kept whatever its retention says, until the hold is taken off."""
    is_marker: bool = False
    """In a listing of versions: not an object but the mark that the key was deleted; it has no bytes."""


class Readable(Protocol):
    """A source of bytes: `read(n)` gives at most n bytes, and none only at the end."""

    def read(self, size: int, /) -> bytes: ...


class Writable(Protocol):
    """A sink of bytes: `write` takes all that it is given."""

    def write(self, data: bytes, /) -> int: ...


class ObjectReader(Protocol):
    """An open object. It holds a connection or a file until closed; a context manager, it closes itself."""

    def read(self, size: int = -1, /) -> bytes:
        """:raises StoreUnavailableError: when the store breaks off before the end."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ObjectStore(Protocol):
    """What a store can do. Every method may raise `StoreUnavailableError` or `StoreRefusedError`."""

    def put(
        self,
        bucket: Bucket,
        key: str,
        stream: Readable,
        *,
        length: int | None = None,
        content_type: str = "application/pdf",
        metadata: Mapping[str, str] | None = None,
        retain_until: datetime | None = None,
    ) -> str | None:
        """Store a stream, whole or not at all; return the version's name, `None` where the bucket keeps no versions.

        What the store has afterwards is told by `stat`, and proved only by reading. An existing key gets a newer
        version in `ARCHIVE` and is replaced in `BUNDLES`. What `stream` raises comes out unchanged and leaves no
        object. `ARCHIVE` needs a `retain_until`, the others take none.

        :raises ObjectExistsError: when the key is taken in `INTAKE`
        :raises IncompleteStreamError: when the stream does not hold exactly `length` bytes
        :raises StoreFullError: when there is no room
        """
        ...

    def open(
        self,
        bucket: Bucket,
        key: str,
        *,
        version_id: str | None = None,
        offset: int = 0,
        length: int | None = None,
    ) -> ObjectReader:
        """Open an object, or `length` bytes of it from `offset`; past the end there is nothing to read.

        :raises ObjectMissingError: at once, not at the first read
        """
        ...

    def stat(self, bucket: Bucket, key: str, *, version_id: str | None = None) -> StoredObject:
        """:raises ObjectMissingError: when there is no such object or version."""
        ...

    def list(self, bucket: Bucket, prefix: str = "", *, versions: bool = False) -> Iterator[StoredObject]:
        """The objects whose key starts with `prefix`, in the store's own order of keys.

        With `versions`, every version that exists, those of one key newest first, and the markers of deletions
        wherever the store tells them.
        """
        ...

    def extend(self, key: str, *, version_id: str, retain_until: datetime) -> StoredObject:
        """Keep a version in `ARCHIVE` for longer.

        :raises ObjectLockedError: when that would shorten its retention
        """
        ...

    def set_hold(self, key: str, *, version_id: str, on: bool) -> StoredObject:
        """Put a legal hold on a version in `ARCHIVE`, or take it off; safe to repeat.

        :raises ObjectMissingError: when there is no such version
        """
        ...

    def remove(self, bucket: Bucket, key: str) -> None:
        """Remove an object; one that is not there is no error, so a removal may be repeated.

        :raises ObjectLockedError: for `ARCHIVE`, always
        """
        ...

    def discard_unfinished(self, bucket: Bucket, *, before: datetime) -> int:
        """Free what uploads begun before that time and never finished still hold; tell how many they were."""
        ...

    def ping(self) -> None:
        """:raises StoreUnavailableError: unless the store answers in a few seconds and has all buckets."""
        ...


class Eraser(Protocol):
    """A store that was opened with the key of an administrator, who alone may erase what is archived."""

    def list(self, bucket: Bucket, prefix: str = "", *, versions: bool = False) -> Iterator[StoredObject]: ...

    def stat(self, bucket: Bucket, key: str, *, version_id: str | None = None) -> StoredObject: ...

    def erase(self, key: str, *, version_id: str) -> None:
        """Erase a version in `ARCHIVE` for ever; one that is not there is no error.

        :raises ObjectLockedError: for a version under a legal hold, or under a lock that yields to nobody
        :raises StoreRefusedError: without the right to
        """
        ...


def whole_second(moment: datetime) -> datetime:
    """The first whole second not before `moment`, in UTC: S3 keeps retention dates without fractions.

    :raises ValueError: for a time without zone
    """
    if moment.tzinfo is None:
        raise ValueError("a retention date needs a time zone")
    utc = moment.astimezone(UTC)
    return utc if utc.microsecond == 0 else utc.replace(microsecond=0) + timedelta(seconds=1)
