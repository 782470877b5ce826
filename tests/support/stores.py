"""Object stores and streams that misbehave on purpose, for every test of what happens then."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

from storage.base import Bucket, ObjectReader, ObjectStore, Readable, StoredObject
from storage.errors import StorageError, StoreUnavailableError

T = TypeVar("T")


class FaultyStore:
    """Passes every call on to a real store, except where it is told to misbehave.

    The attributes may be changed at any time: a store that was away comes back when `away` is set to false.
    """

    def __init__(
        self,
        inner: ObjectStore,
        *,
        away: bool = False,
        fail_at: int | None = None,
        after: bool = False,
        error: StorageError | None = None,
        flip_at: int | None = None,
        truncate_at: int | None = None,
        told: Mapping[str, object] | None = None,
        pause: float = 0.0,
        piece: int | None = None,
    ) -> None:
        self.inner = inner
        self.away = away
        """Every call fails."""
        self.fail_at = fail_at
        """The number of the one call that fails; the first is 1."""
        self.after = after
        """A failing call fails after it took effect, as when only the answer is lost."""
        self.error = error or StoreUnavailableError("made to fail")
        """What a failing call raises."""
        self.flip_at = flip_at
        """Offset of a byte that reads tell wrongly."""
        self.truncate_at = truncate_at
        """Offset at which reads end, as if the object did."""
        self.told = dict(told or {})
        """What `stat` tells in place of the truth, by the name of the field."""
        self.pause = pause
        """Seconds that every call and every read takes longer."""
        self.piece = piece
        """The most bytes that one read gives, as when they trickle in."""
        self.calls: list[str] = []
        """Names of the calls so far."""

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
        return self._call(
            "put",
            lambda: self.inner.put(
                bucket,
                key,
                stream,
                length=length,
                content_type=content_type,
                metadata=metadata,
                retain_until=retain_until,
            ),
        )

    def open(
        self,
        bucket: Bucket,
        key: str,
        *,
        version_id: str | None = None,
        offset: int = 0,
        length: int | None = None,
    ) -> ObjectReader:
        reader = self._call(
            "open",
            lambda: self.inner.open(bucket, key, version_id=version_id, offset=offset, length=length),
        )
        return LyingReader(
            reader, flip_at=self.flip_at, truncate_at=self.truncate_at, position=offset, pause=self.pause,
            piece=self.piece,
        )  # fmt: skip

    def stat(self, bucket: Bucket, key: str, *, version_id: str | None = None) -> StoredObject:
        found = self._call("stat", lambda: self.inner.stat(bucket, key, version_id=version_id))
        return replace(found, **self.told)  # type: ignore[arg-type]

    def list(self, bucket: Bucket, prefix: str = "", *, versions: bool = False) -> Iterator[StoredObject]:
        return self._call("list", lambda: self.inner.list(bucket, prefix, versions=versions))

    def extend(self, key: str, *, version_id: str, retain_until: datetime) -> StoredObject:
        return self._call("extend", lambda: self.inner.extend(key, version_id=version_id, retain_until=retain_until))

    def set_hold(self, key: str, *, version_id: str, on: bool) -> StoredObject:
        return self._call("set_hold", lambda: self.inner.set_hold(key, version_id=version_id, on=on))

    def remove(self, bucket: Bucket, key: str) -> None:
        self._call("remove", lambda: self.inner.remove(bucket, key))

    def discard_unfinished(self, bucket: Bucket, *, before: datetime) -> int:
        return self._call("discard_unfinished", lambda: self.inner.discard_unfinished(bucket, before=before))

    def ping(self) -> None:
        self._call("ping", self.inner.ping)

    def _call(self, name: str, run: Callable[[], T]) -> T:
        self.calls.append(name)
        time.sleep(self.pause)
        fails = self.away or len(self.calls) == self.fail_at
        if fails and not self.after:
            raise self.error
        result = run()
        if fails:
            if hasattr(result, "close"):
                result.close()
            raise self.error
        return result


class LyingReader:
    """An open object of a faulty store."""

    def __init__(
        self,
        inner: ObjectReader,
        *,
        flip_at: int | None,
        truncate_at: int | None,
        position: int,
        pause: float = 0.0,
        piece: int | None = None,
    ) -> None:
        self._inner = inner
        self._flip_at = flip_at
        self._truncate_at = truncate_at
        self._position = position
        self._pause = pause
        self._piece = piece

    def read(self, size: int = -1, /) -> bytes:
        time.sleep(self._pause)
        if self._piece is not None and size > self._piece:
            size = self._piece
        data = bytearray(self._inner.read(size))
        start, self._position = self._position, self._position + len(data)
        if self._flip_at is not None and start <= self._flip_at < self._position:
            data[self._flip_at - start] ^= 1
        if self._truncate_at is not None:
            del data[max(0, self._truncate_at - start) :]
        return bytes(data)

    def close(self) -> None:
        self._inner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class BrokenStream:
    """Gives `good` bytes and then raises, as a request whose client went away."""

    def __init__(self, *, good: int, error: BaseException) -> None:
        self._left = good
        self._error = error

    def read(self, size: int, /) -> bytes:
        if self._left == 0:
            raise self._error
        piece = min(size, self._left, 64 * 1024)
        self._left -= piece
        return b"x" * piece
