"""What the product does with archived bytes, on stores that fail, lie, forget and dawdle: it notices, every time.

The operations are the product's own, the faults are put around real stores, and one set of tests holds for all pairs.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from storage.archive import archive, prove
from storage.base import Bucket, ObjectStore
from storage.errors import StorageError, StoreRefusedError, StoreUnavailableError
from storage.fixity import Finding, Promise, examine
from storage.keys import archive_key, intake_key
from storage.reading import Digest, VerifyingReader, chunks
from tests.storage.conftest import Place
from tests.support.stores import FaultyStore
from workflows.bundles.bag import PayloadMismatchError
from workflows.bundles.operations import Draft, pack
from workflows.bundles.records import Contents, Original
from workflows.bundles.seal import SealKey, SealScope
from workflows.bundles.verify import Head

pytestmark = pytest.mark.xdist_group("storage")

UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=90)
SEAL = SealKey(rsa.generate_private_key(65537, 3072))


class Case:
    """One PDF, received and archived by a healthy store."""

    def __init__(self, store: ObjectStore, *, size: int = 300_000) -> None:
        self.data = uuid4().bytes + bytes(size - 16)
        self.digest = Digest(hashlib.sha256(self.data).hexdigest(), size)
        self.source = (Bucket.INTAKE, intake_key(uuid4()))
        self.key = archive_key("kab-contoh", "bkb", self.digest.sha256)
        store.put(*self.source, io.BytesIO(self.data))
        self.version_id = str(self.lock(store))

    def lock(self, store: ObjectStore) -> str | None:
        return archive(
            store, source=self.source, target_key=self.key, sha256=self.digest.sha256, size=self.digest.size,
            retain_until=UNTIL,
        ).version_id  # fmt: skip


def _archive(store: ObjectStore, case: Case) -> None:
    assert case.lock(store) == case.version_id


def _read_back(store: ObjectStore, case: Case) -> None:
    found = prove(store, case.key, case.version_id, sha256=case.digest.sha256, size=case.digest.size)
    assert found.version_id == case.version_id


def _read(store: ObjectStore, case: Case) -> None:
    with store.open(Bucket.ARCHIVE, case.key, version_id=case.version_id) as stream:
        assert b"".join(chunks(VerifyingReader(stream, expected=case.digest))) == case.data


def _fixity(store: ObjectStore, case: Case) -> frozenset[Finding]:
    return examine(store, Promise(case.key, case.version_id, case.digest, UNTIL))


def _bundle(store: ObjectStore, case: Case) -> None:
    original = Original("data/evidence/x.pdf", case.digest.sha256, case.digest.size, case.key, case.version_id)
    told = {"agency": {"code": "BKB", "name": "Badan"}, "year": 2026, "installation": "Uji", "report": None}
    told |= {name: [] for name in ("recommendations", "requirements", "evidence", "sign_offs", "decisions")}
    told |= {"ordered": {"at": "2026-11-05T08:33:00.123456Z", "by": "Auditor", "reason": "Reviu"}}
    out = io.BytesIO()
    draft = Draft(
        name="tuntas-BKB-2026", scope=SealScope("kab-contoh", "BKB", 2026), installation="Uji", agency_name="Badan",
        timezone="Asia/Jakarta", ordered_at=UNTIL, head=Head("agency:x", 1, "0" * 64), log=io.BytesIO(b"{}\n"),
        log_size=3, rotations=b"", anchored="tanpa jangkar luar", contents=Contents({"format": "tuntas-records/1", **told}, [original], {}),
    )  # fmt: skip
    pack(draft, store=store, seal_key=SEAL, out=out)
    assert case.data in out.getvalue()


@dataclass(frozen=True)
class Operation:
    """Something the product does with an archived file."""

    run: Callable[[ObjectStore, Case], frozenset[Finding] | None]

    def notices(self, store: ObjectStore, case: Case) -> bool:
        """Whether it tells that something is wrong, in whatever way it has."""
        try:
            return bool(self.run(store, case))
        except (StorageError, PayloadMismatchError):
            return True


OPERATIONS = {
    "archive": Operation(_archive),
    "read_back": Operation(_read_back),
    "read": Operation(_read),
    "fixity": Operation(_fixity),
    "bundle": Operation(_bundle),
}


@pytest.fixture(params=OPERATIONS)
def operation(request: pytest.FixtureRequest) -> Operation:
    return OPERATIONS[request.param]


def test_nothing_is_noticed_on_a_store_that_is_well(place: Place, operation: Operation) -> None:
    assert not operation.notices(place.store, Case(place.store))


@pytest.mark.parametrize("fault", [{"flip_at": 0}, {"flip_at": 299_999}, {"truncate_at": 200_000}, {"truncate_at": 0}])
def test_a_lie_about_the_bytes_is_noticed(place: Place, operation: Operation, fault: dict[str, int]) -> None:
    case = Case(place.store)
    lying = FaultyStore(place.store, **fault)  # type: ignore[arg-type]
    assert operation.notices(lying, case)
    assert not operation.notices(place.store, case)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [StoreUnavailableError("away"), StoreRefusedError("no")])
def test_a_failure_of_any_call_is_told_as_it_is_and_never_as_a_finding(
    place: Place, operation: Operation, after: bool, error: StorageError
) -> None:
    case = Case(place.store, size=1000)
    counted = FaultyStore(place.store)
    operation.run(counted, case)
    assert counted.calls
    for number in range(1, len(counted.calls) + 1):
        with pytest.raises(type(error)):
            operation.run(FaultyStore(place.store, fail_at=number, after=after, error=error), case)
    assert not operation.notices(place.store, case)


def test_a_store_that_dawdles_is_waited_for(place: Place, operation: Operation) -> None:
    case = Case(place.store)
    assert not operation.notices(FaultyStore(place.store, pause=0.01, piece=99_991), case)


@pytest.mark.parametrize(
    ("told", "finding"),
    [
        ({"retain_until": None}, Finding.LOCK_SHORT),
        ({"retain_until": UNTIL - timedelta(seconds=1)}, Finding.LOCK_SHORT),
        ({"version_id": "another"}, Finding.NEWER_VERSION),
    ],
)
def test_fixity_names_a_lock_that_is_gone_and_a_version_over_the_recorded_one(
    place: Place, told: dict[str, object], finding: Finding
) -> None:
    case = Case(place.store)
    assert finding in _fixity(FaultyStore(place.store, told=told), case) or ()


def test_fixity_names_a_newer_version_a_delete_marker_and_bytes_that_are_gone(place: Place) -> None:
    case = Case(place.store)
    place.store.put(Bucket.ARCHIVE, case.key, io.BytesIO(b"forged"), retain_until=UNTIL)
    assert _fixity(place.store, case) == {Finding.NEWER_VERSION}
    place.mark_deleted(case.key)
    assert _fixity(place.store, case) == {Finding.DELETE_MARKER}
    _read(place.store, case)
    for version in list(place.eraser.list(Bucket.ARCHIVE, case.key, versions=True)):
        place.eraser.erase(case.key, version_id=str(version.version_id))
    assert _fixity(place.store, case) == {Finding.MISSING}


def test_a_hold_that_is_open_and_not_on_the_object_is_named(place: Place) -> None:
    case = Case(place.store)
    promise = Promise(case.key, case.version_id, case.digest, UNTIL, hold=True)
    assert examine(place.store, promise) == {Finding.HOLD_MISSING}
    place.store.set_hold(case.key, version_id=case.version_id, on=True)
    assert examine(place.store, promise) == frozenset()


def test_what_a_store_that_goes_away_does_not_know_is_not_called_missing(place: Place) -> None:
    class HalfUp(FaultyStore):
        """Knows no object yet, and fails when asked how it is."""

        def ping(self) -> None:
            raise StoreUnavailableError("still coming up")

    case = Case(place.store)
    gone = Promise(case.key, "no-such-version", case.digest, UNTIL)
    with pytest.raises(StoreUnavailableError):
        examine(HalfUp(place.store), gone)
    assert examine(place.store, gone) == {Finding.MISSING}
