"""The walls around the archive, tried from inside as the application and from outside as nobody."""

import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from minio import Minio
from minio.commonconfig import ENABLED, GOVERNANCE
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.objectlockconfig import DAYS, ObjectLockConfig
from minio.versioningconfig import SUSPENDED, VersioningConfig

from storage.base import Bucket, RetentionMode, StoredObject
from storage.disposal import dispose
from storage.errors import ObjectLockedError, StoreRefusedError
from storage.minio_store import MinioStore
from storage.provision import archive_bucket_policy, disposal_bucket_policy, prepare_buckets
from storage.reading import read_digest
from tests.storage.conftest import PREFIX, Seaweed

pytestmark = pytest.mark.xdist_group("storage")

ARCHIVE = f"{PREFIX}archive"
UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
BYPASS = {"x-amz-bypass-governance-retention": "true"}


@pytest.fixture
def archived(minio_store: MinioStore) -> StoredObject:
    key = f"t/{uuid4()}"
    version_id = minio_store.put(Bucket.ARCHIVE, key, io.BytesIO(b"kept"), retain_until=UNTIL)
    return minio_store.stat(Bucket.ARCHIVE, key, version_id=version_id)


def _denied(call: Callable[[], object]) -> None:
    with pytest.raises(S3Error) as refused:
        call()
    assert refused.value.code == "AccessDenied"


def test_buckets_can_be_prepared_at_every_start(admin_store: MinioStore, minio_store: MinioStore) -> None:
    prepare_buckets(admin_store)
    minio_store.ping()
    denied = {
        action
        for statement in json.loads(admin_store.client.get_bucket_policy(ARCHIVE))["Statement"]
        for action in statement["Action"]
        if statement["Effect"] == "Deny"
    }
    assert denied == {
        action for statement in archive_bucket_policy(PREFIX)["Statement"] for action in statement["Action"]
    }
    assert {"s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutBucketPolicy"} <= denied
    assert admin_store.client.get_bucket_versioning(ARCHIVE).status == ENABLED


def test_an_archive_bucket_without_object_lock_is_refused(seaweed: Seaweed) -> None:
    store = MinioStore.connect(f"127.0.0.1:{seaweed.port}", "admin-key", "admin-secret", bucket_prefix="unlocked-")
    store.client.make_bucket("unlocked-archive")
    with pytest.raises(StoreRefusedError, match="object lock"):
        prepare_buckets(store)
    store.close()


def test_the_application_can_neither_remove_nor_hide_a_locked_version(
    minio_store: MinioStore, archived: StoredObject
) -> None:
    client, key, version = minio_store.client, archived.key, archived.version_id
    assert version is not None
    _denied(lambda: client.remove_object(ARCHIVE, key))
    _denied(lambda: client.remove_object(ARCHIVE, key, version_id=version))
    _denied(lambda: client._execute("DELETE", ARCHIVE, key, headers=dict(BYPASS), query_params={"versionId": version}))
    for named in (DeleteObject(key), DeleteObject(key, version)):
        refused = client.remove_objects(ARCHIVE, [named], bypass_governance_mode=True)
        assert [error.code for error in refused] == ["AccessDenied"]
    assert read_digest(minio_store, Bucket.ARCHIVE, key, version_id=version).size == 4
    assert minio_store.stat(Bucket.ARCHIVE, key).version_id == version


def test_the_applications_identity_is_a_wall_of_its_own(minio_store: MinioStore, admin_store: MinioStore) -> None:
    """Without the bucket's policy, and on a version that no retention protects."""
    client, key = minio_store.client, f"t/{uuid4()}"
    version = admin_store.client.put_object(ARCHIVE, key, io.BytesIO(b"kept"), 4).version_id
    assert version is not None
    admin_store.client.delete_bucket_policy(ARCHIVE)
    try:
        _denied(lambda: client.remove_object(ARCHIVE, key))
        _denied(lambda: client.remove_object(ARCHIVE, key, version_id=version))
        refused = client.remove_objects(ARCHIVE, [DeleteObject(key, version)], bypass_governance_mode=True)
        assert [error.code for error in refused] == ["AccessDenied"]
        _denied(lambda: client.set_bucket_policy(ARCHIVE, json.dumps(archive_bucket_policy(PREFIX))))
        _denied(lambda: client.set_object_lock_config(ARCHIVE, ObjectLockConfig(GOVERNANCE, 1, DAYS)))
    finally:
        prepare_buckets(admin_store)
    assert read_digest(minio_store, Bucket.ARCHIVE, key, version_id=version).size == 4


def test_the_application_cannot_shorten_retention_even_with_the_bypass_header(
    minio_store: MinioStore, archived: StoredObject
) -> None:
    sooner = (UNTIL - timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = (
        '<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>GOVERNANCE</Mode>'
        f"<RetainUntilDate>{sooner}</RetainUntilDate></Retention>"
    ).encode()
    for headers in ({}, dict(BYPASS)):
        _denied(
            lambda headers=headers: minio_store.client._execute(  # type: ignore[misc]
                "PUT",
                ARCHIVE,
                archived.key,
                body=body,
                headers=headers,
                query_params={"retention": "", "versionId": archived.version_id or ""},
            )
        )
    now = minio_store.stat(Bucket.ARCHIVE, archived.key, version_id=archived.version_id)
    assert now.retain_until == UNTIL


def test_the_application_cannot_change_policy_lock_or_versions_of_the_archive(
    minio_store: MinioStore, admin_store: MinioStore
) -> None:
    client = minio_store.client
    before = admin_store.client.get_bucket_policy(ARCHIVE)
    _denied(lambda: client.set_bucket_policy(ARCHIVE, before))
    _denied(lambda: client.delete_bucket_policy(ARCHIVE))
    _denied(lambda: client.set_object_lock_config(ARCHIVE, ObjectLockConfig(GOVERNANCE, 1, DAYS)))
    _denied(lambda: client.set_bucket_versioning(ARCHIVE, VersioningConfig(SUSPENDED)))
    _denied(lambda: client.delete_bucket_lifecycle(ARCHIVE))
    _denied(lambda: client.remove_bucket(ARCHIVE))
    _denied(lambda: client.make_bucket(f"{PREFIX}extra"))
    assert admin_store.client.get_bucket_policy(ARCHIVE) == before


def test_the_second_wall_stops_single_deletions_by_the_administrator_too(
    admin_store: MinioStore, archived: StoredObject
) -> None:
    client, key, version = admin_store.client, archived.key, archived.version_id
    assert version is not None
    _denied(lambda: client.remove_object(ARCHIVE, key, version_id=version))
    _denied(lambda: client._execute("DELETE", ARCHIVE, key, headers=dict(BYPASS), query_params={"versionId": version}))


def test_a_stranger_can_do_nothing(seaweed: Seaweed, archived: StoredObject) -> None:
    stranger = Minio(f"127.0.0.1:{seaweed.port}", secure=False, region="us-east-1")
    _denied(lambda: stranger.get_object(ARCHIVE, archived.key))
    _denied(lambda: list(stranger.list_objects(ARCHIVE)))
    _denied(lambda: stranger.put_object(ARCHIVE, "t/x", io.BytesIO(b"x"), 1))
    _denied(lambda: stranger.remove_object(f"{PREFIX}intake", "t/x"))
    stranger._http.clear()


def test_the_application_cannot_dispose_whatever_the_lock_says(
    minio_store: MinioStore, admin_store: MinioStore, archived: StoredObject
) -> None:
    before = admin_store.client.get_bucket_policy(ARCHIVE)
    with pytest.raises(StoreRefusedError):
        dispose(minio_store, archived.key)
    with pytest.raises(StoreRefusedError):
        minio_store.erase(archived.key, version_id=str(archived.version_id))
    assert admin_store.client.get_bucket_policy(ARCHIVE) == before
    assert read_digest(minio_store, Bucket.ARCHIVE, archived.key, version_id=archived.version_id).size == 4


def test_while_something_is_disposed_of_the_second_wall_still_stands_against_the_application(
    minio_store: MinioStore, admin_store: MinioStore, archived: StoredObject
) -> None:
    """The policy of those seconds, on a version that no retention protects, and put back after a failure too."""
    key = f"t/{uuid4()}"
    version = str(admin_store.client.put_object(ARCHIVE, key, io.BytesIO(b"kept"), 4).version_id)
    minio_store.set_hold(archived.key, version_id=str(archived.version_id), on=True)
    before = admin_store.client.get_bucket_policy(ARCHIVE)
    admin_store.client.set_bucket_policy(ARCHIVE, json.dumps(disposal_bucket_policy(PREFIX)))
    _denied(lambda: minio_store.client.remove_object(ARCHIVE, key, version_id=version))
    with pytest.raises(StoreRefusedError):
        minio_store.erase(key, version_id=version)
    with pytest.raises(ObjectLockedError):
        dispose(admin_store, archived.key)
    assert admin_store.client.get_bucket_policy(ARCHIVE) == before
    minio_store.set_hold(archived.key, version_id=str(archived.version_id), on=False)


def test_compliance_yields_to_nobody_before_its_day_and_can_be_made_longer(
    seaweed: Seaweed, admin_store: MinioStore
) -> None:
    store = seaweed.connect("app", mode=RetentionMode.COMPLIANCE)
    key, soon = f"t/{uuid4()}", datetime.now(UTC) + timedelta(seconds=2)
    version = str(store.put(Bucket.ARCHIVE, key, io.BytesIO(b"kept"), retain_until=soon))
    extended = store.extend(key, version_id=version, retain_until=soon + timedelta(seconds=1))
    assert extended.retention_mode is RetentionMode.COMPLIANCE
    with pytest.raises(ObjectLockedError):
        dispose(admin_store, key)
    assert read_digest(store, Bucket.ARCHIVE, key, version_id=version).size == 4
    while datetime.now(UTC) <= (extended.retain_until or soon):
        time.sleep(0.1)
    assert dispose(admin_store, key) == [version]
    store.close()
