"""Digests of what streams by: hashing readers, and the full read-back of a stored object."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from storage.base import Bucket, ObjectStore, Readable
from storage.errors import DigestMismatchError

CHUNK = 256 * 1024
"""Bytes per read: large enough to keep SHA-256 busy, small enough to hold one for each connection."""


@dataclass(frozen=True)
class Digest:
    """Identity of some bytes."""

    sha256: str
    """Lower-case hexadecimal."""
    size: int
    """Bytes."""

    def mismatch(self, found: "Digest", *, bucket: str = "", key: str = "") -> DigestMismatchError:
        """The error that says that `found` is there in place of this."""
        return DigestMismatchError(
            expected_sha256=self.sha256,
            expected_size=self.size,
            found_sha256=found.sha256,
            found_size=found.size,
            bucket=bucket,
            key=key,
        )


class HashingReader:
    """Passes a stream on and hashes it on the way."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self._size = 0

    def read(self, size: int = CHUNK, /) -> bytes:
        data = self._stream.read(size)
        self._hash.update(data)
        self._size += len(data)
        return data

    def digest(self) -> Digest:
        """The digest of what was read so far."""
        return Digest(sha256=self._hash.hexdigest(), size=self._size)


class VerifyingReader(HashingReader):
    """A hashing reader that ends only after the expected bytes, so that a put of others never completes."""

    def __init__(self, stream: Readable, *, expected: Digest) -> None:
        super().__init__(stream)
        self._expected = expected

    def read(self, size: int = CHUNK, /) -> bytes:
        """:raises DigestMismatchError: at the end of the stream, when it held other bytes."""
        data = super().read(size)
        if not data and size != 0 and self.digest() != self._expected:
            raise self._expected.mismatch(self.digest())
        return data


def chunks(stream: Readable, *, size: int = CHUNK) -> Iterator[bytes]:
    """The stream in pieces of at most `size` bytes."""
    while data := stream.read(size):
        yield data


def read_digest(store: ObjectStore, bucket: Bucket, key: str, *, version_id: str | None = None) -> Digest:
    """Read a stored object from the first to the last byte and hash it.

    :raises ObjectMissingError: when there is no such object or version
    """
    with store.open(bucket, key, version_id=version_id) as stream:
        reader = HashingReader(stream)
        for _ in chunks(reader):
            pass
    return reader.digest()
