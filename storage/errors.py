"""What can go wrong with an object store.

Every error carries the bucket and key it is about and a stable `code`; the edges map classes to HTTP statuses
and to Indonesian sentences. Only after `StoreUnavailableError` and `StoreFullError` is another try of use.
"""

from typing import ClassVar


class StorageError(Exception):
    """Base of all errors of this layer."""

    code: ClassVar[str] = "storage_error"

    def __init__(self, detail: str, *, bucket: str = "", key: str = "") -> None:
        place = "/".join(part for part in (bucket, key) if part)
        super().__init__(f"{place}: {detail}" if place else detail)
        self.detail = detail
        self.bucket = bucket
        self.key = key


class ObjectMissingError(StorageError):
    """No object, or no such version of it, has this key."""

    code = "object_missing"


class ObjectExistsError(StorageError):
    """The key is taken, and objects of this bucket are never overwritten."""

    code = "object_exists"


class ObjectLockedError(StorageError):
    """Retention, or the nature of the bucket, forbids this change."""

    code = "object_locked"


class RetentionMissingError(StorageError):
    """The store keeps the object, but no version of it or not for as long as was asked."""

    code = "retention_missing"


class IncompleteStreamError(StorageError):
    """The source held fewer or more bytes than it had declared; nothing was stored."""

    code = "incomplete_stream"


class StoreUnavailableError(StorageError):
    """The store does not answer, or answers that it cannot serve now."""

    code = "store_unavailable"


class StoreFullError(StorageError):
    """The store has no room left (HTTP 507)."""

    code = "store_full"


class StoreRefusedError(StorageError):
    """The store answers and says no: wrong credentials, a missing right, a missing bucket."""

    code = "store_refused"


class DigestMismatchError(StorageError):
    """The bytes are not the bytes that were promised."""

    code = "digest_mismatch"

    def __init__(
        self,
        *,
        expected_sha256: str,
        expected_size: int,
        found_sha256: str,
        found_size: int,
        bucket: str = "",
        key: str = "",
    ) -> None:
        super().__init__(
            f"expected {expected_sha256} ({expected_size} bytes), found {found_sha256} ({found_size} bytes)",
            bucket=bucket,
            key=key,
        )
        self.expected_sha256 = expected_sha256
        self.expected_size = expected_size
        self.found_sha256 = found_sha256
        self.found_size = found_size
