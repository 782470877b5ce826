"""The contract of `ObjectStore`: the same tests for SeaweedFS, for a folder, and for a store that is slow."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from storage.base import Bucket, ObjectStore, RetentionMode
from storage.disposal import dispose
from storage.errors import (
    IncompleteStreamError,
    ObjectExistsError,
    ObjectLockedError,
    ObjectMissingError,
)
from storage.reading import Digest, chunks, read_digest
from tests.storage.conftest import Place
from tests.support.stores import BrokenStream

pytestmark = pytest.mark.xdist_group("storage")

UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
SEVERAL_PARTS = 11 * 1024 * 1024 + 3


def new_key() -> str:
    return f"t/{uuid4()}"


def read(store: ObjectStore, bucket: Bucket, key: str, **which: object) -> bytes:
    with store.open(bucket, key, **which) as stream:  # type: ignore[arg-type]
        return stream.read()


@pytest.mark.parametrize("size", [0, 1, 5 * 1024 * 1024, 5 * 1024 * 1024 + 1, SEVERAL_PARTS])
@pytest.mark.parametrize("declared", [True, False])
def test_what_was_put_is_read_back_whole(store: ObjectStore, size: int, declared: bool) -> None:
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    key = new_key()
    assert store.put(Bucket.INTAKE, key, io.BytesIO(data), length=size if declared else None) is None
    stored = store.stat(Bucket.INTAKE, key)
    assert (stored.key, stored.size, stored.version_id) == (key, size, None)
    assert read_digest(store, Bucket.INTAKE, key) == Digest(hashlib.sha256(data).hexdigest(), size)


def test_metadata_retention_and_time_are_told_as_the_store_keeps_them(store: ObjectStore) -> None:
    key = new_key()
    version_id = store.put(
        Bucket.ARCHIVE,
        key,
        io.BytesIO(b"%PDF-"),
        metadata={"sha256": "ab cd", "unit-code": "Bidang 1"},
        retain_until=UNTIL,
    )
    assert version_id is not None
    stored = store.stat(Bucket.ARCHIVE, key, version_id=version_id)
    assert stored.version_id == version_id
    assert dict(stored.metadata) == {"sha256": "ab cd", "unit-code": "Bidang 1"}
    assert (stored.retain_until, stored.retention_mode) == (UNTIL, RetentionMode.GOVERNANCE)
    assert abs(stored.modified_at - datetime.now(UTC)) < timedelta(seconds=60)
    assert stored.modified_at.tzinfo is UTC


def test_retention_holds_for_an_object_of_several_parts(store: ObjectStore) -> None:
    key = new_key()
    version_id = store.put(Bucket.ARCHIVE, key, io.BytesIO(bytes(SEVERAL_PARTS)), retain_until=UNTIL)
    assert version_id is not None
    stored = store.stat(Bucket.ARCHIVE, key, version_id=version_id)
    assert (stored.size, stored.retain_until) == (SEVERAL_PARTS, UNTIL)


def test_a_fraction_of_a_second_makes_the_retention_longer_never_shorter(store: ObjectStore) -> None:
    key = new_key()
    version_id = store.put(Bucket.ARCHIVE, key, io.BytesIO(b"x"), retain_until=UNTIL + timedelta(microseconds=1))
    assert store.stat(Bucket.ARCHIVE, key, version_id=version_id).retain_until == UNTIL + timedelta(seconds=1)


def test_another_put_on_an_archived_key_makes_a_newer_version_and_leaves_the_older(store: ObjectStore) -> None:
    key = new_key()
    old = store.put(Bucket.ARCHIVE, key, io.BytesIO(b"old"), retain_until=UNTIL)
    new = store.put(Bucket.ARCHIVE, key, io.BytesIO(b"newer"), retain_until=UNTIL)
    assert read(store, Bucket.ARCHIVE, key) == b"newer"
    assert read(store, Bucket.ARCHIVE, key, version_id=old) == b"old"
    versions = list(store.list(Bucket.ARCHIVE, key, versions=True))
    assert [version.version_id for version in versions] == [new, old]


def test_received_bytes_are_never_overwritten(store: ObjectStore) -> None:
    key = new_key()
    store.put(Bucket.INTAKE, key, io.BytesIO(b"first"))
    with pytest.raises(ObjectExistsError) as refused:
        store.put(Bucket.INTAKE, key, io.BytesIO(b"second"))
    assert (refused.value.bucket, refused.value.key) == (Bucket.INTAKE, key)
    assert read(store, Bucket.INTAKE, key) == b"first"


def test_a_bundle_built_again_replaces_the_former(store: ObjectStore) -> None:
    key = new_key()
    store.put(Bucket.BUNDLES, key, io.BytesIO(b"first"), content_type="application/zip")
    store.put(Bucket.BUNDLES, key, io.BytesIO(b"again"), content_type="application/zip")
    assert read(store, Bucket.BUNDLES, key) == b"again"
    assert len(list(store.list(Bucket.BUNDLES, key, versions=True))) == 1


@pytest.mark.parametrize("bucket", list(Bucket))
@pytest.mark.parametrize("good", [0, 100, SEVERAL_PARTS])
@pytest.mark.parametrize("error", [ConnectionResetError(104, "gone"), SystemExit(1), ValueError("bad form")])
def test_an_error_of_the_source_comes_out_unchanged_and_leaves_no_object(
    store: ObjectStore, bucket: Bucket, good: int, error: BaseException
) -> None:
    key = new_key()
    cause = KeyError("why")
    error.__cause__ = cause
    with pytest.raises(type(error)) as broken:
        store.put(
            bucket,
            key,
            BrokenStream(good=good, error=error),
            retain_until=UNTIL if bucket is Bucket.ARCHIVE else None,
        )
    assert broken.value is error
    assert broken.value.__cause__ is cause
    assert list(store.list(bucket, key, versions=True)) == []
    assert store.discard_unfinished(bucket, before=datetime.now(UTC) + timedelta(days=1)) == 0


@pytest.mark.parametrize("declared", [4, 6, 6 * 1024 * 1024])
def test_a_stream_of_another_length_than_declared_is_refused(store: ObjectStore, declared: int) -> None:
    key = new_key()
    with pytest.raises(IncompleteStreamError):
        store.put(Bucket.INTAKE, key, io.BytesIO(b"12345"), length=declared)
    with pytest.raises(ObjectMissingError):
        store.stat(Bucket.INTAKE, key)


def test_a_stream_that_reads_in_small_pieces_is_stored_whole(store: ObjectStore) -> None:
    class Trickle(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1, 4097))

    data = bytes(range(256)) * 30_000
    key = new_key()
    store.put(Bucket.INTAKE, key, Trickle(data), length=len(data))
    assert read_digest(store, Bucket.INTAKE, key).sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [
        (0, None, b"0123456789"),
        (3, None, b"3456789"),
        (0, 1, b"0"),
        (3, 4, b"3456"),
        (8, 10, b"89"),
        (10, None, b""),
        (99, 5, b""),
    ],
)
def test_a_part_of_an_object_can_be_read(store: ObjectStore, offset: int, length: int | None, expected: bytes) -> None:
    key = new_key()
    store.put(Bucket.INTAKE, key, io.BytesIO(b"0123456789"))
    assert read(store, Bucket.INTAKE, key, offset=offset, length=length) == expected


def test_chunks_are_bounded_and_add_up(store: ObjectStore) -> None:
    key = new_key()
    store.put(Bucket.INTAKE, key, io.BytesIO(bytes(300_000)))
    with store.open(Bucket.INTAKE, key) as stream:
        sizes = [len(chunk) for chunk in chunks(stream, size=64 * 1024)]
    assert sum(sizes) == 300_000
    assert max(sizes) <= 64 * 1024


def test_a_missing_object_or_version_is_told_when_it_is_opened(store: ObjectStore) -> None:
    key = new_key()
    store.put(Bucket.ARCHIVE, key, io.BytesIO(b"x"), retain_until=UNTIL)
    for which in ({"key": new_key()}, {"key": key, "version_id": "no-such-version"}):
        with pytest.raises(ObjectMissingError):
            store.open(Bucket.ARCHIVE, **which)  # type: ignore[arg-type]
        with pytest.raises(ObjectMissingError):
            store.stat(Bucket.ARCHIVE, **which)  # type: ignore[arg-type]


def test_a_listing_follows_the_prefix_into_folders_and_within_names(store: ObjectStore) -> None:
    base = new_key()
    for name in ("a", "a/b", "ab", "b/a"):
        store.put(Bucket.BUNDLES, f"{base}/{name}", io.BytesIO(name.encode()))

    def listed(prefix: str) -> set[str]:
        return {found.key.removeprefix(f"{base}/") for found in store.list(Bucket.BUNDLES, prefix)}

    assert listed(f"{base}/") == {"a", "a/b", "ab", "b/a"}
    assert listed(f"{base}/a") == {"a", "a/b", "ab"}
    assert listed(f"{base}/a/") == {"a/b"}
    assert listed(f"{base}/none/") == set()


def test_an_object_of_the_intake_can_be_removed_twice(store: ObjectStore) -> None:
    key = new_key()
    store.put(Bucket.INTAKE, key, io.BytesIO(b"x"))
    store.remove(Bucket.INTAKE, key)
    store.remove(Bucket.INTAKE, key)
    with pytest.raises(ObjectMissingError):
        store.stat(Bucket.INTAKE, key)


def test_an_archived_object_is_never_removed(store: ObjectStore) -> None:
    key = new_key()
    store.put(Bucket.ARCHIVE, key, io.BytesIO(b"kept"), retain_until=UNTIL)
    with pytest.raises(ObjectLockedError):
        store.remove(Bucket.ARCHIVE, key)
    assert read(store, Bucket.ARCHIVE, key) == b"kept"


def test_retention_can_be_extended_but_not_shortened(store: ObjectStore) -> None:
    key = new_key()
    version_id = store.put(Bucket.ARCHIVE, key, io.BytesIO(b"kept"), metadata={"a": "b"}, retain_until=UNTIL)
    assert version_id is not None
    later = UNTIL + timedelta(days=365)
    extended = store.extend(key, version_id=version_id, retain_until=later)
    assert extended.retain_until == later
    assert (extended.size, dict(extended.metadata)) == (4, {"a": "b"})
    with pytest.raises(ObjectLockedError):
        store.extend(key, version_id=version_id, retain_until=UNTIL)
    assert store.stat(Bucket.ARCHIVE, key, version_id=version_id).retain_until == later


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "../a", "a/../b", "a/.b", "A", "a b", "@000001.json", "é", "a" * 201]
)
def test_a_malformed_key_is_refused_before_the_store_is_asked(store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        store.put(Bucket.INTAKE, key, io.BytesIO(b"x"))
    with pytest.raises(ValueError, match="key"):
        store.stat(Bucket.INTAKE, key)
    with pytest.raises(ValueError, match="key"):
        store.open(Bucket.INTAKE, key)
    with pytest.raises(ValueError, match="key"):
        store.remove(Bucket.INTAKE, key)


def test_the_archive_and_only_the_archive_takes_a_retention(store: ObjectStore) -> None:
    with pytest.raises(ValueError, match="retain_until"):
        store.put(Bucket.ARCHIVE, new_key(), io.BytesIO(b"x"))
    with pytest.raises(ValueError, match="retain_until"):
        store.put(Bucket.INTAKE, new_key(), io.BytesIO(b"x"), retain_until=UNTIL)
    with pytest.raises(ValueError, match="time zone"):
        store.put(Bucket.ARCHIVE, new_key(), io.BytesIO(b"x"), retain_until=UNTIL.replace(tzinfo=None))


def test_ping_of_a_store_that_is_there_says_nothing(store: ObjectStore) -> None:
    store.ping()


def test_a_legal_hold_is_told_and_holds_against_the_administrator_too(place: Place) -> None:
    store, key = place.store, new_key()
    version_id = store.put(Bucket.ARCHIVE, key, io.BytesIO(b"kept"), retain_until=UNTIL)
    assert version_id is not None
    assert not store.stat(Bucket.ARCHIVE, key, version_id=version_id).legal_hold
    for _ in range(2):
        assert store.set_hold(key, version_id=version_id, on=True).legal_hold
    with pytest.raises(ObjectLockedError):
        dispose(place.eraser, key)
    assert read(store, Bucket.ARCHIVE, key, version_id=version_id) == b"kept"
    assert not store.set_hold(key, version_id=version_id, on=False).legal_hold
    assert store.stat(Bucket.ARCHIVE, key, version_id=version_id).retain_until == UNTIL
    with pytest.raises(ObjectMissingError):
        store.set_hold(new_key(), version_id=version_id, on=True)


def test_a_disposal_erases_every_version_and_marker_of_one_key_and_may_be_repeated(place: Place) -> None:
    store, key = place.store, new_key()
    versions = {store.put(Bucket.ARCHIVE, key, io.BytesIO(data), retain_until=UNTIL) for data in (b"old", b"new")}
    store.put(Bucket.ARCHIVE, f"{key}x", io.BytesIO(b"other"), retain_until=UNTIL)
    place.mark_deleted(key)
    assert versions < set(dispose(place.eraser, key))
    assert dispose(place.eraser, key) == []
    assert [found.key for found in store.list(Bucket.ARCHIVE, key, versions=True)] == [f"{key}x"]
    with pytest.raises(ObjectMissingError):
        store.open(Bucket.ARCHIVE, key, version_id=versions.pop())


def test_a_delete_marker_hides_a_key_from_reads_without_a_version_and_nothing_else(place: Place) -> None:
    store, key = place.store, new_key()
    version_id = store.put(Bucket.ARCHIVE, key, io.BytesIO(b"kept"), retain_until=UNTIL)
    place.mark_deleted(key)
    assert read(store, Bucket.ARCHIVE, key, version_id=version_id) == b"kept"
    with pytest.raises(ObjectMissingError):
        store.open(Bucket.ARCHIVE, key)
    with pytest.raises(ObjectMissingError):
        store.stat(Bucket.ARCHIVE, key)
    assert list(store.list(Bucket.ARCHIVE, key)) == []
    listed = {found.version_id: found.is_marker for found in store.list(Bucket.ARCHIVE, key, versions=True)}
    assert listed[version_id] is False
    assert sorted(listed.values()) == [False, True]
