"""The object store of the product: any S3 server, through the `minio` SDK.

Objects enter the archive only through `put_object`: a copy on the server side may lose the retention. A store
holds sockets, so every process connects its own after a fork.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Self

import urllib3
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.helpers import ObjectWriteResult
from minio.retention import Retention
from urllib3.response import BaseHTTPResponse

from storage.base import Bucket, ObjectReader, Readable, RetentionMode, StoredObject, whole_second
from storage.errors import (
    ObjectExistsError,
    ObjectLockedError,
    ObjectMissingError,
    StorageError,
    StoreFullError,
    StoreRefusedError,
    StoreUnavailableError,
)
from storage.keys import check_key, check_prefix
from storage.minio_errors import translated
from storage.writing import GuardedSource, ReadAhead, check_put

_PART_SIZE = 5 * 1024 * 1024
"""Bytes: the smallest part S3 allows. Two of them, one under way and one coming, are all of an object in memory."""
_LEAST_ROOM = 256 * 1024 * 1024
"""Bytes: a store that fails with less room than this left is called full rather than broken."""


class MinioStore:
    """An `ObjectStore` on an S3 server."""

    def __init__(
        self,
        client: Minio,
        *,
        http: urllib3.PoolManager,
        health: Minio,
        bucket_prefix: str,
        mode: RetentionMode,
        free_bytes: Callable[[], int] | None,
    ) -> None:
        self.client = client
        self.bucket_prefix = bucket_prefix
        self._http = http
        self._health = health
        self._mode = mode
        self._free_bytes = free_bytes

    @classmethod
    def connect(
        cls,
        endpoint: str,
        access_key: str,
        secret_key: str,
        *,
        region: str = "us-east-1",
        secure: bool = False,
        bucket_prefix: str = "tuntas-",
        mode: RetentionMode = RetentionMode.GOVERNANCE,
        free_bytes: Callable[[], int] | None = None,
    ) -> Self:
        """Make a store for `host:port`; nothing is sent yet.

        :param free_bytes: the room left for objects, where it can be known. SeaweedFS reports a full disk as
            an internal error, so without this a full store looks like one that is away.
        """
        http = urllib3.PoolManager(
            num_pools=4,
            maxsize=32,
            timeout=urllib3.Timeout(connect=2, read=60),
            retries=urllib3.Retry(total=2, backoff_factor=0.1, status_forcelist=(502, 503, 504), raise_on_status=False),
        )
        impatient = urllib3.PoolManager(
            num_pools=1, timeout=urllib3.Timeout(connect=1, read=2), retries=urllib3.Retry(total=0)
        )

        def client(pool: urllib3.PoolManager) -> Minio:
            return Minio(endpoint, access_key, secret_key, secure=secure, region=region, http_client=pool)

        return cls(
            client(http),
            http=http,
            health=client(impatient),
            bucket_prefix=bucket_prefix,
            mode=mode,
            free_bytes=free_bytes,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._http.clear()

    def bucket_name(self, bucket: Bucket) -> str:
        """The physical name of a bucket."""
        return f"{self.bucket_prefix}{bucket.value}"

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
        kept, until = check_put(bucket, key, metadata=metadata, retain_until=retain_until)
        if bucket is Bucket.INTAKE:
            self._refuse_taken(bucket, key)
        source = GuardedSource(stream, bucket=bucket, key=key, length=length)
        version_id: str | None = None
        try:
            with translated(bucket, key):
                version_id = self._send(
                    bucket, key, source, content_type=content_type, metadata=kept, retain_until=until
                ).version_id
        except Exception as error:
            if source.failure is None:
                if isinstance(error, StoreUnavailableError) and self._is_full():
                    raise StoreFullError(error.detail, bucket=bucket, key=key) from error
                raise
        if source.failure is not None:
            # Raised here and not above, so that its own cause and context stay as they were.
            raise source.failure
        return _version_id(version_id)

    def _send(
        self,
        bucket: Bucket,
        key: str,
        source: GuardedSource,
        *,
        content_type: str,
        metadata: dict[str, str],
        retain_until: datetime | None,
    ) -> ObjectWriteResult:
        with ReadAhead(source, portion=_PART_SIZE) as ahead:
            return self.client.put_object(
                self.bucket_name(bucket),
                key,
                ahead,  # type: ignore[arg-type]  # Only its read() is used.
                # A known length too is left to the guarded source: the SDK would read up to it and not see more.
                length=-1,
                content_type=content_type,
                metadata=dict(metadata),
                part_size=_PART_SIZE,
                # More would hold as many parts in memory at once.
                num_parallel_uploads=1,
                retention=None if retain_until is None else Retention(self._mode.value, retain_until),
            )

    def _refuse_taken(self, bucket: Bucket, key: str) -> None:
        """Keys of the intake are fresh random ids: a repetition can happen, two at the same time cannot."""
        with suppress(ObjectMissingError):
            self.stat(bucket, key)
            raise ObjectExistsError("received bytes are never overwritten", bucket=bucket, key=key)

    def _is_full(self) -> bool:
        return self._free_bytes is not None and self._free_bytes() < _LEAST_ROOM

    def open(
        self,
        bucket: Bucket,
        key: str,
        *,
        version_id: str | None = None,
        offset: int = 0,
        length: int | None = None,
    ) -> ObjectReader:
        check_key(key)
        if offset < 0 or (length is not None and length <= 0):
            raise ValueError("offset must not be negative, length must be positive")
        try:
            with translated(bucket, key):
                response = self.client.get_object(
                    self.bucket_name(bucket), key, offset=offset, length=length or 0, version_id=version_id
                )
        except StorageError as error:
            cause = error.__cause__
            if isinstance(cause, S3Error) and cause.code == "InvalidRange":
                return io.BytesIO()
            raise
        return _ResponseReader(response, bucket=bucket, key=key)

    def stat(self, bucket: Bucket, key: str, *, version_id: str | None = None) -> StoredObject:
        check_key(key)
        with translated(bucket, key):
            found = self.client.stat_object(self.bucket_name(bucket), key, version_id=version_id)
        headers = {name.lower(): value for name, value in (found.metadata or {}).items()}
        mode = headers.get("x-amz-object-lock-mode")
        until = headers.get("x-amz-object-lock-retain-until-date")
        return StoredObject(
            bucket=bucket,
            key=key,
            version_id=_version_id(found.version_id),
            size=found.size or 0,
            modified_at=_modified_at(found.last_modified),
            metadata=MappingProxyType(
                {
                    name.removeprefix("x-amz-meta-"): value
                    for name, value in headers.items()
                    if name.startswith("x-amz-meta-")
                }
            ),
            retain_until=None if until is None else datetime.fromisoformat(until).astimezone(UTC),
            retention_mode=None if mode is None else RetentionMode(mode),
            legal_hold=headers.get("x-amz-object-lock-legal-hold") == "ON",
        )

    def list(self, bucket: Bucket, prefix: str = "", *, versions: bool = False) -> Iterator[StoredObject]:
        check_prefix(prefix)
        with translated(bucket, prefix):
            for found in self.client.list_objects(
                self.bucket_name(bucket), prefix=prefix, recursive=True, include_version=versions
            ):
                if found.object_name is not None:
                    yield StoredObject(
                        bucket=bucket,
                        key=found.object_name,
                        version_id=_version_id(found.version_id),
                        size=found.size or 0,
                        modified_at=_modified_at(found.last_modified),
                        is_marker=found.is_delete_marker,
                    )

    def extend(self, key: str, *, version_id: str, retain_until: datetime) -> StoredObject:
        bucket, until = Bucket.ARCHIVE, whole_second(retain_until)
        now = self.stat(bucket, key, version_id=version_id)
        if now.retain_until is not None and until < now.retain_until:
            raise ObjectLockedError(f"kept until {now.retain_until:%Y-%m-%d}", bucket=bucket, key=key)
        # GOVERNANCE cannot become COMPLIANCE without the right to bypass it, so a version keeps its mode.
        mode = now.retention_mode or self._mode
        with translated(bucket, key):
            self.client.set_object_retention(
                self.bucket_name(bucket), key, Retention(mode.value, until), version_id=version_id
            )
        return self.stat(bucket, key, version_id=version_id)

    def set_hold(self, key: str, *, version_id: str, on: bool) -> StoredObject:
        check_key(key)
        change = self.client.enable_object_legal_hold if on else self.client.disable_object_legal_hold
        with translated(Bucket.ARCHIVE, key):
            change(self.bucket_name(Bucket.ARCHIVE), key, version_id=version_id)
        return self.stat(Bucket.ARCHIVE, key, version_id=version_id)

    def erase(self, key: str, *, version_id: str) -> None:
        check_key(key)
        name, bucket = self.bucket_name(Bucket.ARCHIVE), Bucket.ARCHIVE
        with translated(bucket, key):
            refusals = list(
                self.client.remove_objects(name, [DeleteObject(key, version_id)], bypass_governance_mode=True)
            )
        for refusal in refusals:
            if refusal.code in ("NoSuchKey", "NoSuchVersion"):
                continue
            with suppress(ObjectMissingError):
                now = self.stat(bucket, key, version_id=version_id)
                if now.legal_hold or now.retention_mode is RetentionMode.COMPLIANCE:
                    raise ObjectLockedError("the version is locked", bucket=bucket, key=key)
            raise StoreRefusedError(refusal.code or "unknown code", bucket=bucket, key=key)

    def remove(self, bucket: Bucket, key: str) -> None:
        check_key(key)
        if bucket is Bucket.ARCHIVE:
            raise ObjectLockedError("archived objects are not removed", bucket=bucket, key=key)
        with suppress(ObjectMissingError), translated(bucket, key):
            self.client.remove_object(self.bucket_name(bucket), key)

    def discard_unfinished(self, bucket: Bucket, *, before: datetime) -> int:
        name = self.bucket_name(bucket)
        discarded = 0
        with translated(bucket):
            # The SDK makes multipart uploads but offers no public way to find the ones a killed process left.
            for upload in self.client._list_multipart_uploads(name).uploads:
                if upload.initiated_time is not None and upload.initiated_time < before:
                    self.client._abort_multipart_upload(name, upload.object_name, upload.upload_id or "")
                    discarded += 1
        return discarded

    def ping(self) -> None:
        for bucket in Bucket:
            try:
                with translated(bucket):
                    there = self._health.bucket_exists(self.bucket_name(bucket))
            except StorageError as error:
                raise StoreUnavailableError(error.detail, bucket=bucket) from error
            if not there:
                raise StoreUnavailableError("the bucket is missing", bucket=bucket)


class _ResponseReader(io.RawIOBase):
    """The body of an answer as it arrives."""

    def __init__(self, response: BaseHTTPResponse, *, bucket: Bucket, key: str) -> None:
        super().__init__()
        self._response = response
        self._bucket = bucket
        self._key = key

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """As `RawIOBase` has it, without its two copies."""
        with translated(self._bucket, self._key):
            data: bytes = self._response.read(None if size < 0 else size, decode_content=False)
        return data

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._response.close()
            self._response.release_conn()
        super().close()


def _version_id(told: str | None) -> str | None:
    """S3 calls the only version in a bucket without versions "null"."""
    return None if told == "null" else told


def _modified_at(moment: datetime | None) -> datetime:
    if moment is None:
        raise StoreUnavailableError("the store tells no modification time")
    return moment.astimezone(UTC)
