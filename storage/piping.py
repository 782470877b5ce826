"""What is made and stored at the same time: its maker writes, the store reads, a few megabytes between them."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from storage.base import Bucket, ObjectStore, Writable

BETWEEN = 4 * 1024 * 1024
"""Bytes that may lie between the two; with more, whoever writes waits."""
Made = TypeVar("Made")


def put_while_made(
    store: ObjectStore, bucket: Bucket, key: str, make: Callable[[Writable], Made], *, content_type: str
) -> tuple[Made, str | None]:
    """Store under `key` what `make` writes, while it writes it; whole or not at all.

    :return: what `make` returns, and the name of the stored version
    :raises Exception: what `make` raises, and then nothing was stored; or what the store raises
    """
    pipe = _Pipe()
    with ThreadPoolExecutor(1, thread_name_prefix="put") as thread:
        putting = thread.submit(store.put, bucket, key, pipe, content_type=content_type)
        putting.add_done_callback(pipe.abandon)
        try:
            made = make(pipe)
        except BaseException as failure:
            pipe.end(failure)
            # Where the store failed first, its failure is what happened; the maker only noticed.
            if isinstance(failure, _AbandonedError):
                putting.result()
            raise
        pipe.end()
        return made, putting.result()


class _AbandonedError(Exception):
    """Nobody reads any more."""


class _Pipe:
    """Bytes on their way from the one that writes to the one that reads, in the pieces in which they came."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pieces: deque[bytes] = deque()
        self._between = 0
        self._ended = False
        self._abandoned = False
        self._failure: BaseException | None = None

    def write(self, data: bytes, /) -> int:
        """:raises _AbandonedError: when the store has stopped reading"""
        with self._changed:
            self._changed.wait_for(lambda: self._abandoned or self._between < BETWEEN)
            if self._abandoned:
                raise _AbandonedError
            if data:
                self._pieces.append(data)
                self._between += len(data)
                self._changed.notify_all()
        return len(data)

    def end(self, failure: BaseException | None = None) -> None:
        """Say that nothing more comes; with a failure, that what came is not whole."""
        with self._changed:
            self._ended, self._failure = True, failure
            self._changed.notify_all()

    def abandon(self, _putting: "Future[str | None]") -> None:
        """Say that nobody reads any more."""
        with self._changed:
            self._abandoned = True
            self._changed.notify_all()

    def read(self, size: int, /) -> bytes:
        """:raises BaseException: what kept the maker from ending, so that the put never completes"""
        with self._changed:
            self._changed.wait_for(lambda: self._pieces or self._ended)
            if self._failure is not None:
                raise self._failure
            if not self._pieces:
                return b""
            piece = self._pieces.popleft()
            if len(piece) > size:
                self._pieces.appendleft(piece[size:])
                piece = piece[:size]
            self._between -= len(piece)
            self._changed.notify_all()
            return piece
