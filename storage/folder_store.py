"""The same store on a plain folder: for tests, and for a machine without an S3 server.

A key is a folder. Each version in it is a data file and, linked last and in one step, a numbered note that
makes the version exist. Whoever may write to the folder can of course delete it: retention is kept here by
the program alone, which is why the product archives to an S3 server with object lock.
"""

import errno
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

from storage.base import Bucket, ObjectReader, Readable, RetentionMode, StoredObject, whole_second
from storage.errors import (
    ObjectExistsError,
    ObjectLockedError,
    ObjectMissingError,
    StoreFullError,
    StoreUnavailableError,
)
from storage.folder_notes import Version, is_note, note_name, note_with, read_note, write_note
from storage.keys import check_key, check_prefix
from storage.reading import chunks
from storage.writing import GuardedSource, check_put

_UNFINISHED = ".unfinished"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class FolderStore:
    """An `ObjectStore` below one folder, which is made when it is not there."""

    def __init__(self, root: Path, *, mode: RetentionMode = RetentionMode.GOVERNANCE) -> None:
        self._root = root
        self._mode = mode
        with _disk():
            for bucket in Bucket:
                (root / bucket).mkdir(parents=True, exist_ok=True)
                (root / _UNFINISHED / bucket).mkdir(parents=True, exist_ok=True)

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
        if bucket is Bucket.INTAKE and self._versions(bucket, key):
            raise ObjectExistsError("received bytes are never overwritten", bucket=bucket, key=key)
        source = GuardedSource(stream, bucket=bucket, key=key, length=length)
        draft = self._draft(bucket)
        try:
            with _disk(bucket, key):
                _write(draft, source)
        except BaseException:
            draft.unlink(missing_ok=True)
            if source.failure is None:
                raise
        if source.failure is not None:
            # Raised here and not above, so that its own cause and context stay as they were.
            raise source.failure
        stored = StoredObject(
            bucket=bucket,
            key=key,
            version_id=None,
            size=source.size,
            modified_at=datetime.now(UTC),
            metadata=MappingProxyType(kept),
            retain_until=until,
            retention_mode=None if until is None else self._mode,
        )
        with _disk(bucket, key):
            return self._commit(draft, stored, content_type=content_type)

    def _commit(self, draft: Path, stored: StoredObject, *, content_type: str) -> str | None:
        """Give the written bytes their place and the next free number, then clear what they replace."""
        folder = self._folder(stored.bucket, stored.key)
        older = self._versions(stored.bucket, stored.key)
        data = folder / f"@{draft.name}.data"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            draft.rename(data)
            _write(draft, io.BytesIO(write_note(stored, data=data.name, content_type=content_type).encode()))
            number = _link_next(draft, folder, first=older[0].number + 1 if older else 1)
        except BaseException:
            data.unlink(missing_ok=True)
            raise
        finally:
            draft.unlink(missing_ok=True)
        _sync(folder)
        if stored.bucket is not Bucket.ARCHIVE:
            _remove(older)
        return read_note(folder / note_name(number), bucket=stored.bucket, key=stored.key).stored.version_id

    def open(
        self,
        bucket: Bucket,
        key: str,
        *,
        version_id: str | None = None,
        offset: int = 0,
        length: int | None = None,
    ) -> ObjectReader:
        if offset < 0 or (length is not None and length <= 0):
            raise ValueError("offset must not be negative, length must be positive")
        version = self._version(bucket, key, version_id=version_id)
        with _disk(bucket, key):
            try:
                file = version.data.open("rb", buffering=0)
            except FileNotFoundError as error:
                raise ObjectMissingError("the bytes are gone", bucket=bucket, key=key) from error
        return _FileReader(file, bucket=bucket, key=key, offset=offset, length=length)

    def stat(self, bucket: Bucket, key: str, *, version_id: str | None = None) -> StoredObject:
        return self._version(bucket, key, version_id=version_id).stored

    def list(self, bucket: Bucket, prefix: str = "", *, versions: bool = False) -> Iterator[StoredObject]:
        check_prefix(prefix)
        top = self._top(bucket)
        for folder, folders, files in os.walk(top / prefix.rpartition("/")[0]):
            folders.sort()
            key = Path(folder).relative_to(top).as_posix()
            if key.startswith(prefix) and any(is_note(name) for name in files):
                found = self._versions(bucket, key)
                if not versions:
                    found = () if found[:1] and found[0].stored.is_marker else found[:1]
                for version in found:
                    yield replace(
                        version.stored,
                        version_id=version.stored.version_id if versions else None,
                        metadata=MappingProxyType({}),
                        retain_until=None,
                        retention_mode=None,
                        legal_hold=False,
                    )

    def extend(self, key: str, *, version_id: str, retain_until: datetime) -> StoredObject:
        bucket, until = Bucket.ARCHIVE, whole_second(retain_until)
        version = self._version(bucket, key, version_id=version_id)
        now = version.stored.retain_until
        if now is not None and until < now:
            raise ObjectLockedError(f"kept until {now:%Y-%m-%d}", bucket=bucket, key=key)
        self._note_again(version, retain_until=until.isoformat())
        return self.stat(bucket, key, version_id=version_id)

    def set_hold(self, key: str, *, version_id: str, on: bool) -> StoredObject:
        self._note_again(self._version(Bucket.ARCHIVE, key, version_id=version_id), legal_hold=on)
        return self.stat(Bucket.ARCHIVE, key, version_id=version_id)

    def _note_again(self, version: Version, **values: str | bool) -> None:
        with _disk(version.stored.bucket, version.stored.key):
            draft = self._draft(version.stored.bucket)
            text = note_with(version.note.read_text(encoding="ascii"), **values)
            _write(draft, io.BytesIO(text.encode()))
            draft.rename(version.note)
            _sync(version.note.parent)

    def erase(self, key: str, *, version_id: str) -> None:
        for version in self._versions(Bucket.ARCHIVE, key):
            if version.stored.version_id == version_id:
                until = version.stored.retain_until
                yields = version.stored.retention_mode is not RetentionMode.COMPLIANCE
                if version.stored.legal_hold or not (yields or until is None or until < datetime.now(UTC)):
                    raise ObjectLockedError("the version is locked", bucket=Bucket.ARCHIVE, key=key)
                with _disk(Bucket.ARCHIVE, key):
                    _remove((version,))

    def remove(self, bucket: Bucket, key: str) -> None:
        if bucket is Bucket.ARCHIVE:
            raise ObjectLockedError("archived objects are not removed", bucket=bucket, key=key)
        with _disk(bucket, key):
            _remove(self._versions(bucket, key))

    def discard_unfinished(self, bucket: Bucket, *, before: datetime) -> int:
        discarded = 0
        with _disk(bucket):
            for draft in (self._root / _UNFINISHED / bucket).iterdir():
                if draft.stat().st_mtime < before.timestamp():
                    draft.unlink()
                    discarded += 1
        return discarded

    def ping(self) -> None:
        for bucket in Bucket:
            if not os.access(self._root / bucket, os.R_OK | os.W_OK | os.X_OK):
                raise StoreUnavailableError("the folder is not there or not writable", bucket=bucket)

    def _top(self, bucket: Bucket) -> Path:
        """The bucket's folder, which is never missing in a store that is there."""
        top = self._root / bucket
        if not top.is_dir():
            raise StoreUnavailableError("the folder is not there", bucket=bucket)
        return top

    def _draft(self, bucket: Bucket) -> Path:
        return self._root / _UNFINISHED / bucket / uuid4().hex

    def _folder(self, bucket: Bucket, key: str) -> Path:
        check_key(key)
        return self._root / bucket / key

    def _versions(self, bucket: Bucket, key: str) -> tuple[Version, ...]:
        """What exists under a key, newest first."""
        folder = self._folder(bucket, key)
        found = []
        with _disk(bucket, key):
            if folder.is_dir():
                for name in sorted(filter(is_note, os.listdir(folder)), reverse=True):
                    with suppress(FileNotFoundError):
                        found.append(read_note(folder / name, bucket=bucket, key=key))
            else:
                self._top(bucket)
        return tuple(found)

    def _version(self, bucket: Bucket, key: str, *, version_id: str | None) -> Version:
        for version in self._versions(bucket, key):
            if version_id is None or version.stored.version_id == version_id:
                if version.stored.is_marker:
                    break
                return version
        raise ObjectMissingError("no such object or version", bucket=bucket, key=key)


class _FileReader(io.RawIOBase):
    """A part of a file, its errors being those of the store."""

    def __init__(self, file: io.FileIO, *, bucket: Bucket, key: str, offset: int, length: int | None) -> None:
        super().__init__()
        self._file = file
        self._bucket = bucket
        self._key = key
        self._left = length
        file.seek(offset)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        wanted = len(buffer) if self._left is None else min(len(buffer), self._left)
        with _disk(self._bucket, self._key):
            read = self._file.readinto(memoryview(buffer)[:wanted])
        if self._left is not None:
            self._left -= read
        return read

    def close(self) -> None:
        self._file.close()
        super().close()


@contextmanager
def _disk(bucket: str = "", key: str = "") -> Iterator[None]:
    """Turn errors of the file system into errors of this layer."""
    try:
        yield
    except OSError as error:
        kind = StoreFullError if error.errno in _FULL else StoreUnavailableError
        raise kind(os.strerror(error.errno or 0), bucket=bucket, key=key) from error


def _write(path: Path, source: Readable) -> None:
    with path.open("xb") as file:
        for chunk in chunks(source):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _link_next(draft: Path, folder: Path, *, first: int) -> int:
    """Make the draft the note of the first free number, which no other writer can then take."""
    number = first
    while True:
        try:
            os.link(draft, folder / note_name(number))
        except FileExistsError:
            number += 1
        else:
            return number


def _remove(versions: tuple[Version, ...]) -> None:
    for version in versions:
        version.note.unlink(missing_ok=True)
        version.data.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
