"""What every store does at the beginning of a put: judge the request and guard the source.

The guarded source is where a broken client, a wrong length and a wrong digest are noticed, before the store
makes the object visible.
"""

import contextvars
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Self

from storage.base import Bucket, Readable, whole_second
from storage.errors import IncompleteStreamError
from storage.keys import check_key, check_metadata


def check_put(
    bucket: Bucket, key: str, *, metadata: Mapping[str, str] | None, retain_until: datetime | None
) -> tuple[dict[str, str], datetime | None]:
    """The metadata and the retention date as a store will keep them.

    :raises ValueError: for malformed key or metadata, for retention missing in the archive or given elsewhere
    """
    check_key(key)
    kept = dict(metadata or {})
    for name, value in kept.items():
        check_metadata(name, value)
    if (bucket is Bucket.ARCHIVE) != (retain_until is not None):
        raise ValueError("retain_until belongs to the archive bucket, and to it alone")
    return kept, None if retain_until is None else whole_second(retain_until)


class SourceBrokenError(Exception):
    """Stops whoever reads a `GuardedSource`; the cause is in the source's `failure`."""


class GuardedSource:
    """Reads a source in full portions, holds it to its declared length and keeps its exception for later.

    The exception is kept because S3 clients wrap or replace what a stream raises, and clean up only after an
    `Exception`: a `SystemExit` in the middle of a read must not leave half an upload behind either.
    """

    def __init__(self, stream: Readable, *, bucket: Bucket, key: str, length: int | None) -> None:
        self._stream = stream
        self._bucket = bucket
        self._key = key
        self._length = length
        self._ended = False
        self.size = 0
        """Bytes read so far."""
        self.failure: BaseException | None = None
        """What the source raised."""

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end.

        :raises SourceBrokenError: when the source raised something
        """
        return b"".join(self.read_pieces(size))

    def read_pieces(self, size: int) -> list[bytes]:
        """The same in the pieces in which it came, which are not yet in memory a second time."""
        try:
            return self._portion(size)
        except BaseException as failure:
            self.failure = failure
            raise SourceBrokenError from failure

    def _portion(self, size: int) -> list[bytes]:
        pieces: list[bytes] = []
        wanted = size
        while wanted and not self._ended:
            piece = self._stream.read(wanted)
            self._ended = not piece
            self.size += len(piece)
            self._check_length()
            pieces.append(piece)
            wanted -= len(piece)
        return pieces

    def _check_length(self) -> None:
        if self._length is None:
            return
        if self.size > self._length or (self._ended and self.size < self._length):
            found = f"ended at {self.size}" if self._ended else f"has at least {self.size}"
            raise IncompleteStreamError(
                f"the stream was to hold {self._length} bytes and {found}", bucket=self._bucket, key=self._key
            )


class ReadAhead:
    """Reads a source one portion ahead: the next one arrives, and is hashed, while the store writes the last.

    Two portions are in memory instead of one. What fits into the first read starts no thread. Closing waits for the
    portion under way, so that nobody else reads the source at the same time.
    """

    def __init__(self, source: GuardedSource, *, portion: int) -> None:
        self._source = source
        self._portion = portion
        self._begun = False
        self._held: list[bytes] = []
        self._coming: Future[list[bytes]] | None = None
        self._thread: ThreadPoolExecutor | None = None
        # A request's stream is known only inside the request's context.
        self._context = contextvars.copy_context()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._thread.shutdown()

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end.

        :raises SourceBrokenError: when the source raised something
        """
        if not self._begun:
            self._begun = True
            first = self._source.read(size)
            if len(first) == size:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
                self._fetch()
            return first
        while self._coming is not None and _length(self._held) < size:
            portion = self._coming.result()
            self._coming = None
            if _length(portion) == self._portion:
                self._fetch()
            self._held += portion
        return self._take(size)

    def _take(self, size: int) -> bytes:
        """Join what is asked for and let it go."""
        taken: list[bytes] = []
        while size and self._held:
            piece = self._held.pop(0)
            if len(piece) > size:
                self._held.insert(0, piece[size:])
            taken.append(piece[:size])
            size -= len(taken[-1])
        return b"".join(taken)

    def _fetch(self) -> None:
        assert self._thread is not None  # noqa: S101 - begun with the first portion
        self._coming = self._thread.submit(self._context.run, self._source.read_pieces, self._portion)


def _length(pieces: list[bytes]) -> int:
    return sum(map(len, pieces))
