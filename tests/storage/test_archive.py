"""From intake to archive: nothing counts as archived that was not locked, read back and found the same."""

import hashlib
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from storage.archive import archive
from storage.base import Bucket, ObjectStore, StoredObject
from storage.errors import (
    DigestMismatchError,
    ObjectMissingError,
    RetentionMissingError,
    StoreUnavailableError,
)
from storage.folder_store import FolderStore
from storage.keys import archive_key, intake_key
from storage.reading import read_digest
from tests.support.stores import FaultyStore

pytestmark = pytest.mark.xdist_group("storage")

UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)


class Case:
    """One received PDF, in the intake of a store."""

    def __init__(self, store: ObjectStore, *, size: int = 5_600_000) -> None:
        self.data = uuid4().bytes + bytes(size)
        self.sha256 = hashlib.sha256(self.data).hexdigest()
        self.source = (Bucket.INTAKE, intake_key(uuid4()))
        self.key = archive_key("kab-contoh", "bkb", self.sha256)
        store.put(*self.source, io.BytesIO(self.data))

    def archive(self, store: ObjectStore, *, until: datetime = UNTIL) -> StoredObject:
        return archive(
            store,
            source=self.source,
            target_key=self.key,
            sha256=self.sha256,
            size=len(self.data),
            retain_until=until,
            metadata={"sha256": self.sha256},
        )

    def versions(self, store: ObjectStore) -> list[StoredObject]:
        return list(store.list(Bucket.ARCHIVE, self.key, versions=True))


def test_archived_bytes_are_locked_and_named_by_their_version(store: ObjectStore) -> None:
    case = Case(store)
    stored = case.archive(store)
    assert stored.version_id is not None
    assert stored.retain_until == UNTIL
    assert dict(stored.metadata) == {"sha256": case.sha256}
    found = read_digest(store, Bucket.ARCHIVE, case.key, version_id=stored.version_id)
    assert (found.sha256, found.size) == (case.sha256, len(case.data))


def test_archiving_twice_gives_the_same_version_even_when_the_source_is_gone(store: ObjectStore) -> None:
    case = Case(store)
    first = case.archive(store)
    store.remove(*case.source)
    assert case.archive(store) == first
    assert len(case.versions(store)) == 1


def test_archiving_again_for_longer_extends_the_version_that_is_there(store: ObjectStore) -> None:
    case = Case(store)
    first = case.archive(store)
    second = case.archive(store, until=UNTIL + timedelta(days=400))
    assert second.version_id == first.version_id
    assert second.retain_until == UNTIL + timedelta(days=400)


def test_a_version_with_other_bytes_under_the_key_is_not_taken_for_the_object(store: ObjectStore) -> None:
    case = Case(store)
    store.put(Bucket.ARCHIVE, case.key, io.BytesIO(bytes(len(case.data))), retain_until=UNTIL)
    stored = case.archive(store)
    store.put(Bucket.ARCHIVE, case.key, io.BytesIO(b"later"), retain_until=UNTIL)
    assert case.archive(store).version_id == stored.version_id
    found = read_digest(store, Bucket.ARCHIVE, case.key, version_id=stored.version_id)
    assert found.sha256 == case.sha256


def test_an_intake_that_holds_other_bytes_never_reaches_the_archive(store: ObjectStore) -> None:
    case = Case(store)
    real, case.sha256 = case.sha256, "0" * 64
    with pytest.raises(DigestMismatchError) as refused:
        case.archive(store)
    assert (refused.value.expected_sha256, refused.value.found_sha256) == ("0" * 64, real)
    assert case.versions(store) == []


def test_a_missing_source_is_told(store: ObjectStore) -> None:
    case = Case(store)
    store.remove(*case.source)
    with pytest.raises(ObjectMissingError):
        case.archive(store)


@pytest.mark.parametrize("lie", [{"flip_at": 5_500_000}, {"flip_at": 0}, {"truncate_at": 5_500_000}])
def test_a_lying_archive_is_caught_by_the_read_back(store: ObjectStore, lie: dict[str, int]) -> None:
    class LyingArchive(FaultyStore):
        def open(self, bucket: Bucket, key: str, **which: object):  # type: ignore[no-untyped-def,override]
            if bucket is Bucket.ARCHIVE:
                return super().open(bucket, key, **which)  # type: ignore[arg-type]
            return self.inner.open(bucket, key, **which)  # type: ignore[arg-type]

    case = Case(store)
    with pytest.raises(DigestMismatchError):
        case.archive(LyingArchive(store, **lie))
    assert case.archive(store).retain_until == UNTIL


@pytest.mark.parametrize("after", [False, True])
def test_a_failure_at_any_call_is_told_and_mended_by_running_again(store: ObjectStore, after: bool) -> None:
    counted = FaultyStore(store)
    Case(store, size=1000).archive(counted)
    assert counted.calls == ["list", "open", "put", "open", "stat"]
    for number in range(1, len(counted.calls) + 1):
        case = Case(store, size=1000)
        with pytest.raises(StoreUnavailableError):
            case.archive(FaultyStore(store, fail_at=number, after=after))
        stored = case.archive(store)
        assert stored.retain_until == UNTIL
        assert [version.version_id for version in case.versions(store)] == [stored.version_id]


def test_a_store_that_keeps_no_version_or_forgets_the_retention_is_not_an_archive(
    tmp_path: pytest.TempPathFactory,
) -> None:
    class Forgetful(FaultyStore):
        forgotten: dict[str, None]

        def stat(self, bucket: Bucket, key: str, *, version_id: str | None = None) -> StoredObject:
            return replace(super().stat(bucket, key, version_id=version_id), **self.forgotten)  # type: ignore[arg-type]

        def extend(self, key: str, *, version_id: str, retain_until: datetime) -> StoredObject:
            return self.stat(Bucket.ARCHIVE, key, version_id=version_id)

    for name in ("version_id", "retain_until"):
        store = Forgetful(FolderStore(tmp_path / name))  # type: ignore[operator]
        store.forgotten = {name: None}
        case = Case(store, size=10)
        with pytest.raises(RetentionMissingError):
            case.archive(store)
