"""From the many errors of the `minio` SDK and of urllib3 to the few of this layer."""

from collections.abc import Iterator
from contextlib import contextmanager

import urllib3
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError

from storage.errors import (
    ObjectMissingError,
    StorageError,
    StoreFullError,
    StoreRefusedError,
    StoreUnavailableError,
)

# A GET or HEAD by key answers "method not allowed" where the newest version is a delete marker.
_MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "MethodNotAllowed"})
_FULL = frozenset({"XMinioStorageFull", "StorageFull", "InsufficientStorage", "QuotaExceeded"})
_UNAVAILABLE = frozenset(
    {"InternalError", "ServiceUnavailable", "SlowDown", "SlowDownRead", "SlowDownWrite", "RequestTimeout"}
)
_INSUFFICIENT_STORAGE = 507  # RFC 4918, section 11.5


@contextmanager
def translated(bucket: str, key: str = "") -> Iterator[None]:
    """Turn what the SDK raises inside the block into errors of this layer."""
    try:
        yield
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
        raise _translate(error, bucket=bucket, key=key) from error


def _translate(error: Exception, *, bucket: str, key: str) -> StorageError:
    kind: type[StorageError]
    if isinstance(error, S3Error):
        detail = error.code or "unknown code"
        kind = _kind(detail, status=error.response.status)
    elif isinstance(error, ServerError):
        detail = f"HTTP {error.status_code}"
        kind = _kind("", status=error.status_code)
    elif isinstance(error, InvalidResponseError):
        # A proxy in front of the store, or something else that listens there, answers in HTML or not at all.
        detail = "not an S3 answer"
        kind = StoreUnavailableError
    else:
        detail = f"{type(error).__name__}: {error}"
        kind = StoreUnavailableError
    return kind(detail, bucket=bucket, key=key)


def _kind(code: str, *, status: int) -> type[StorageError]:
    if code in _MISSING:
        return ObjectMissingError
    if code in _FULL or status == _INSUFFICIENT_STORAGE:
        return StoreFullError
    if code in _UNAVAILABLE or status >= 500:
        return StoreUnavailableError
    return StoreRefusedError
