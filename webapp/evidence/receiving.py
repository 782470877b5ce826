"""Puts received bytes into the intake: streamed, hashed on the way, read back and compared."""

import logging
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import current_app

from storage import keys
from storage.base import Bucket, ObjectStore, Readable
from storage.errors import StorageError
from storage.reading import Digest, HashingReader, chunks, read_digest
from webapp.multipart import FilePart

log = logging.getLogger(__name__)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_MAX_NAME = 200


@contextmanager
def stored(
    part: Readable, *, object_id: uuid.UUID, content_type: str, metadata: Mapping[str, str] | None = None
) -> Iterator[Digest]:
    """Put a file into the intake, read it back, and hand on its digest; what fails inside takes the object with it.

    An object whose removal fails, or whose process dies, has no row and is found by the sweep.

    :raises DigestMismatchError: the store holds other bytes than those that came.
    """
    store, key = _store(), keys.intake_key(object_id)
    reader = HashingReader(part)
    store.put(Bucket.INTAKE, key, reader, content_type=content_type, metadata=metadata)
    try:
        digest, kept = reader.digest(), read_digest(store, Bucket.INTAKE, key)
        if kept != digest:
            raise digest.mismatch(kept, bucket=Bucket.INTAKE, key=key)
        yield digest
    except Exception:  # whatever it was, no row will name the object; what went wrong is told by who catches it
        discard(object_id)
        raise


def discard(object_id: uuid.UUID) -> None:
    """Remove an object that no row names; where that fails the sweep does it later."""
    try:
        _store().remove(Bucket.INTAKE, keys.intake_key(object_id))
    except StorageError as error:
        log.warning("intake.object_left", extra={"object": str(object_id), "error": repr(error)})


def _store() -> ObjectStore:
    store: ObjectStore = current_app.extensions["store"]
    return store


def digest_of(part: FilePart) -> Digest:
    """Read a file to its end and hash it, keeping nothing: for a request that was answered before."""
    reader = HashingReader(part)
    for _ in chunks(reader):
        pass
    return reader.digest()


def shown_name(name: str) -> str:
    """Return what people recognise a file by: its last part, without what cannot be printed."""
    last = re.split(r"[/\\]", _UNPRINTABLE.sub("", name))[-1]
    return last[-_MAX_NAME:] or "tanpa-nama"
