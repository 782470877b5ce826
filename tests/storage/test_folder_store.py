"""What the folder store adds to the contract: the disk's errors, and writers that race."""

import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.base import Bucket
from storage.errors import ObjectMissingError, StoreFullError, StoreUnavailableError
from storage.folder_store import FolderStore

UNTIL = datetime.now(UTC) + timedelta(days=30)


def test_a_store_made_again_on_the_same_folder_finds_everything(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    version_id = store.put(Bucket.ARCHIVE, "a/b", io.BytesIO(b"x"), retain_until=UNTIL)
    found = FolderStore(tmp_path).stat(Bucket.ARCHIVE, "a/b")
    assert (found, found.version_id) == (store.stat(Bucket.ARCHIVE, "a/b"), version_id)


def test_racing_writers_of_one_key_all_get_a_version_of_their_own(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    together = threading.Barrier(8)

    def put(number: int) -> str | None:
        together.wait()
        data = io.BytesIO(b"%d" % number)
        return store.put(Bucket.ARCHIVE, "a", data, retain_until=UNTIL)

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(put, range(8)))
    assert len(set(versions)) == 8
    for number, version in enumerate(versions):
        with store.open(Bucket.ARCHIVE, "a", version_id=version) as stream:
            assert stream.read() == b"%d" % number


def test_bytes_without_their_note_are_no_object(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put(Bucket.INTAKE, "a", io.BytesIO(b"x"))
    next((tmp_path / "intake" / "a").glob("*.json")).unlink()
    with pytest.raises(ObjectMissingError):
        store.stat(Bucket.INTAKE, "a")
    store.put(Bucket.INTAKE, "a", io.BytesIO(b"again"))


def test_a_note_without_its_bytes_is_a_missing_object(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put(Bucket.INTAKE, "a", io.BytesIO(b"x"))
    next((tmp_path / "intake" / "a").glob("*.data")).unlink()
    with pytest.raises(ObjectMissingError):
        store.open(Bucket.INTAKE, "a")


def test_a_folder_that_went_away_is_an_unavailable_store_not_an_empty_one(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    store.put(Bucket.INTAKE, "a", io.BytesIO(b"x"))
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    for call in (
        store.ping,
        lambda: store.stat(Bucket.INTAKE, "a"),
        lambda: store.put(Bucket.BUNDLES, "b", io.BytesIO(b"x")),
        lambda: list(store.list(Bucket.INTAKE)),
    ):
        with pytest.raises(StoreUnavailableError):
            call()
    (tmp_path / "elsewhere").rename(tmp_path / "store")
    assert store.stat(Bucket.INTAKE, "a").size == 1


def test_drafts_of_a_killed_process_are_found_and_freed(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    draft = tmp_path / ".unfinished" / "intake" / "0123"
    draft.write_bytes(b"half")
    now = datetime.now(UTC)
    assert store.discard_unfinished(Bucket.INTAKE, before=now - timedelta(hours=1)) == 0
    assert store.discard_unfinished(Bucket.INTAKE, before=now + timedelta(hours=1)) == 1
    assert not draft.exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full, a device without room")
def test_a_full_disk_is_told_as_such_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path)
    draft = tmp_path / "full"
    draft.symlink_to("/dev/full")
    monkeypatch.setattr(store, "_draft", lambda _bucket: draft)
    monkeypatch.setattr(Path, "open", lambda path, *_args, **_kwargs: open(path, "wb"))  # noqa: SIM115
    with pytest.raises(StoreFullError):
        store.put(Bucket.INTAKE, "a", io.BytesIO(bytes(100_000)))
    monkeypatch.undo()
    assert not draft.is_symlink()
    with pytest.raises(ObjectMissingError):
        store.stat(Bucket.INTAKE, "a")
