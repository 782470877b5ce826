"""What is stored while it is made: the same bytes in every store, whole or not at all, and never a party left waiting."""

import random
from uuid import uuid4

import pytest

from storage.base import Bucket, Writable
from storage.errors import ObjectMissingError, StoreUnavailableError
from storage.keys import bundle_key
from storage.piping import BETWEEN, put_while_made
from tests.support.stores import FaultyStore

pytestmark = pytest.mark.xdist_group("storage")
CONTENT = random.Random(7).randbytes(BETWEEN + 3_000_001)
KIND = "application/zip"


def write_all(out: Writable, *, piece: int = 70_001) -> str:
    for start in range(0, len(CONTENT), piece):
        out.write(CONTENT[start : start + piece])
    return "made"


def stored(store, key):
    with store.open(Bucket.BUNDLES, key) as reader:
        return reader.read()


@pytest.mark.parametrize("piece", [70_001, len(CONTENT)])
def test_bytes_are_stored_as_they_were_written(store, piece):
    key = bundle_key(uuid4())
    made, _version = put_while_made(
        store, Bucket.BUNDLES, key, lambda out: write_all(out, piece=piece), content_type=KIND
    )
    assert made == "made"
    assert stored(store, key) == CONTENT


def test_nothing_at_all_is_an_object_too(store):
    key = bundle_key(uuid4())
    put_while_made(store, Bucket.BUNDLES, key, lambda out: out.write(b""), content_type=KIND)
    assert stored(store, key) == b""


@pytest.mark.parametrize("failure", [LookupError("gone"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_maker_that_fails_leaves_nothing_behind(store, failure):
    key = bundle_key(uuid4())

    def make(out: Writable) -> None:
        write_all(out)
        raise failure

    with pytest.raises(type(failure)) as caught:
        put_while_made(store, Bucket.BUNDLES, key, make, content_type=KIND)
    assert caught.value is failure
    with pytest.raises(ObjectMissingError):
        store.stat(Bucket.BUNDLES, key)


@pytest.mark.parametrize("after", [False, True], ids=["before a byte was read", "when only the answer is lost"])
def test_store_that_fails_is_told_and_nobody_waits_for_it(store, after):
    faulty = FaultyStore(store, fail_at=1, after=after)
    with pytest.raises(StoreUnavailableError, match="made to fail"):
        put_while_made(faulty, Bucket.BUNDLES, bundle_key(uuid4()), write_all, content_type=KIND)
