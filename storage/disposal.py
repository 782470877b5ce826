"""Erases archived bytes for ever, with the key of an administrator. Neither web nor workers can.

The bucket's own policy denies deletion to everybody; for the time of a disposal it denies it to the application
only, and it is put back whatever happens. A process that is killed in between is made good by the next start, which
sets the policy anew.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from storage.base import Bucket, Eraser
from storage.minio_errors import translated
from storage.minio_store import MinioStore
from storage.provision import archive_bucket_policy, disposal_bucket_policy


def dispose(store: Eraser, key: str) -> Sequence[str]:
    """Erase every version of a key, whoever put it there, and the markers over it; safe to run again.

    :returns: the names of the versions and markers that were erased
    :raises ObjectLockedError: one is under a legal hold or a lock that yields to nobody; it and maybe others stay
    """
    erased = []
    with _opened(store):
        for version in list(store.list(Bucket.ARCHIVE, key, versions=True)):
            if version.key == key and version.version_id is not None:
                store.erase(key, version_id=version.version_id)
                erased.append(version.version_id)
    return erased


@contextmanager
def _opened(store: Eraser) -> Iterator[None]:
    if not isinstance(store, MinioStore):
        yield
        return
    name, prefix = store.bucket_name(Bucket.ARCHIVE), store.bucket_prefix
    with translated(Bucket.ARCHIVE):
        store.client.set_bucket_policy(name, json.dumps(disposal_bucket_policy(prefix)))
    try:
        yield
    finally:
        with translated(Bucket.ARCHIVE):
            store.client.set_bucket_policy(name, json.dumps(archive_bucket_policy(prefix)))
