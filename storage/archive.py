"""From the intake into the archive: bytes are archived when the locked copy was read back and is the same.

The caller writes its row afterwards, with the key **and** the version id: a later put on the same key makes a
newer version, and only the version id still names these bytes.
"""

from collections.abc import Mapping
from datetime import datetime

from storage.base import Bucket, ObjectStore, Readable, StoredObject, whole_second
from storage.errors import RetentionMissingError
from storage.reading import Digest, VerifyingReader, read_digest


def archive(
    store: ObjectStore,
    *,
    source: tuple[Bucket, str],
    target_key: str,
    sha256: str,
    size: int,
    retain_until: datetime,
    metadata: Mapping[str, str] | None = None,
) -> StoredObject:
    """Copy an object into the archive under retention and prove the copy; safe to run twice.

    When the key already holds a version with these bytes, that one is taken, its retention extended if need
    be. The source is not read then: it may be gone.

    :raises ObjectMissingError: when neither the source nor an archived version is there
    :raises DigestMismatchError: when the source (nothing is stored then) or the copy holds other bytes
    :raises RetentionMissingError: when the store did not keep version or retention
    """
    expected = Digest(sha256=sha256, size=size)
    until = whole_second(retain_until)
    stored = _version_holding(store, target_key, expected=expected)
    if stored is None:
        bucket, key = source
        with store.open(bucket, key) as stream:
            version_id = store.put(
                Bucket.ARCHIVE,
                target_key,
                VerifyingReader(stream, expected=expected),
                metadata=metadata,
                retain_until=until,
            )
        stored = prove(store, target_key, version_id, sha256=sha256, size=size)
    if stored.version_id is not None and (stored.retain_until is None or stored.retain_until < until):
        stored = store.extend(target_key, version_id=stored.version_id, retain_until=until)
    if stored.version_id is None or stored.retain_until is None or stored.retain_until < until:
        raise RetentionMissingError(f"not kept until {until:%Y-%m-%d}", bucket=stored.bucket, key=stored.key)
    return stored


def prove(store: ObjectStore, key: str, version_id: str | None, *, sha256: str, size: int) -> StoredObject:
    """Read an archived version from end to end and tell what the store says of it now.

    :raises DigestMismatchError: when it is not these bytes
    """
    expected = Digest(sha256=sha256, size=size)
    found = read_digest(store, Bucket.ARCHIVE, key, version_id=version_id)
    if found != expected:
        raise expected.mismatch(found, bucket=Bucket.ARCHIVE, key=key)
    return store.stat(Bucket.ARCHIVE, key, version_id=version_id)


def _version_holding(store: ObjectStore, key: str, *, expected: Digest) -> StoredObject | None:
    """The newest version of a key that really holds these bytes, found by reading it."""
    for version in store.list(Bucket.ARCHIVE, key, versions=True):
        if (
            version.key == key
            and not version.is_marker
            and version.size == expected.size
            and read_digest(store, Bucket.ARCHIVE, key, version_id=version.version_id) == expected
        ):
            return store.stat(Bucket.ARCHIVE, key, version_id=version.version_id)
    return None


def put_back(
    store: ObjectStore,
    *,
    key: str,
    stream: Readable,
    expected: Digest,
    retain_until: datetime,
    metadata: Mapping[str, str] | None = None,
) -> StoredObject:
    """Put archived bytes that come from a backup under a lock again and prove them; safe to run twice.

    A version that holds these bytes already is taken, the stream then left as it is.

    :raises DigestMismatchError: the stream (nothing is stored then) or the copy holds other bytes
    :raises RetentionMissingError: the store did not keep version or retention
    """
    until = whole_second(retain_until)
    stored = _version_holding(store, key, expected=expected)
    if stored is None:
        version_id = store.put(
            Bucket.ARCHIVE, key, VerifyingReader(stream, expected=expected), metadata=metadata, retain_until=until
        )
        stored = prove(store, key, version_id, sha256=expected.sha256, size=expected.size)
    if stored.version_id is not None and (stored.retain_until is None or stored.retain_until < until):
        stored = store.extend(key, version_id=stored.version_id, retain_until=until)
    if stored.version_id is None or stored.retain_until is None:
        raise RetentionMissingError(f"not kept until {until:%Y-%m-%d}", bucket=stored.bucket, key=stored.key)
    return stored
