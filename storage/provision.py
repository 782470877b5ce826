"""Prepares an S3 server for the product: buckets with their walls, and the application's identity.

Two walls protect the archive. The identity of web and workers has no right to delete there, to bypass
retention or to change a policy. And the bucket's own policy denies deletion to everybody, so that a careless
grant changes nothing. Only the administrator's key, which neither web nor workers hold, can pass: it may
change the policy, and SeaweedFS lets it delete in bulk in spite of it.
"""

import json
from typing import Any

from minio.error import S3Error

from storage.base import Bucket
from storage.errors import StoreRefusedError
from storage.minio_errors import translated
from storage.minio_store import MinioStore

ADMIN_IDENTITY = "tuntas-admin"
APP_IDENTITY = "tuntas-app"
_POLICY_VERSION = "2012-10-17"  # The policy language's version, not a date of ours.
_READ_BUCKET = [
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
    "s3:GetBucketLocation",
]
_WRITE_OBJECT = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]


def prepare_buckets(store: MinioStore, *, app_identity: str = APP_IDENTITY) -> None:
    """Make the buckets and the archive's policy, or check those that are there; safe to run at every start.

    :param store: connected with the administrator's key
    :raises StoreRefusedError: when the archive bucket was made without object lock, which cannot be added
    """
    for bucket in Bucket:
        with translated(bucket):
            _make_bucket(store, bucket)
    name = store.bucket_name(Bucket.ARCHIVE)
    with translated(Bucket.ARCHIVE):
        try:
            store.client.get_object_lock_config(name)
        except S3Error as error:
            if error.code == "ObjectLockConfigurationNotFoundError":
                raise StoreRefusedError("the bucket has no object lock", bucket=name) from error
            raise
        policy = archive_bucket_policy(store.bucket_prefix, app_identity=app_identity)
        store.client.set_bucket_policy(name, json.dumps(policy))


def application_policy(prefix: str) -> dict[str, Any]:
    """What web and workers may do, as an IAM policy that SeaweedFS, MinIO and AWS read alike."""
    archive = f"arn:aws:s3:::{prefix}{Bucket.ARCHIVE}"
    others = [f"arn:aws:s3:::{prefix}{bucket}" for bucket in (Bucket.INTAKE, Bucket.BUNDLES)]
    return {
        "Version": _POLICY_VERSION,
        "Statement": [
            _statement("Allow", _READ_BUCKET, [archive, *others]),
            _statement("Allow", [*_WRITE_OBJECT, "s3:DeleteObject"], [f"{bucket}/*" for bucket in others]),
            _statement(
                "Allow",
                [
                    *(*_WRITE_OBJECT, "s3:GetObjectVersion", "s3:GetObjectRetention", "s3:PutObjectRetention"),
                    *("s3:GetObjectLegalHold", "s3:PutObjectLegalHold"),
                ],
                [f"{archive}/*"],
            ),
        ],
    }


def archive_bucket_policy(prefix: str, *, app_identity: str = APP_IDENTITY) -> dict[str, Any]:
    """The second wall: what the archive bucket itself denies, whatever an identity is granted."""
    return _archive_policy(prefix, app_identity, removal_denied_to="*")


def disposal_bucket_policy(prefix: str, *, app_identity: str = APP_IDENTITY) -> dict[str, Any]:
    """The second wall while an administrator disposes of something: removal is denied to web and workers alone."""
    return _archive_policy(prefix, app_identity, removal_denied_to=_principal(app_identity))


def _principal(identity: str) -> dict[str, list[str]]:
    return {"AWS": [f"arn:aws:iam:::user/{identity}"]}


def _archive_policy(prefix: str, app_identity: str, *, removal_denied_to: object) -> dict[str, Any]:
    archive = f"arn:aws:s3:::{prefix}{Bucket.ARCHIVE}"
    removal = ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"]
    unlocking = ["s3:DeleteBucket", "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration"]
    policy = ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]
    return {
        "Version": _POLICY_VERSION,
        "Statement": [
            _statement("Deny", removal, [f"{archive}/*"]) | {"Principal": removal_denied_to},
            _statement("Deny", unlocking, [archive]) | {"Principal": "*"},
            _statement("Deny", policy, [archive]) | {"Principal": _principal(app_identity)},
        ],
    }


def seaweed_identities(
    admin_key: str, admin_secret: str, app_key: str, app_secret: str, prefix: str = "tuntas-"
) -> dict[str, Any]:
    """The document for SeaweedFS's `-s3.config`: the administrator and the application."""
    return {
        "identities": [
            {
                "name": ADMIN_IDENTITY,
                "credentials": [{"accessKey": admin_key, "secretKey": admin_secret}],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            },
            {
                "name": APP_IDENTITY,
                "credentials": [{"accessKey": app_key, "secretKey": app_secret}],
                "actions": [],
                "policyNames": [APP_IDENTITY],
            },
        ],
        "policies": [{"name": APP_IDENTITY, "content": json.dumps(application_policy(prefix))}],
    }


def _make_bucket(store: MinioStore, bucket: Bucket) -> None:
    name = store.bucket_name(bucket)
    if store.client.bucket_exists(name):
        return
    try:
        store.client.make_bucket(name, object_lock=bucket is Bucket.ARCHIVE)
    except S3Error as error:
        # Another process was faster.
        if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            raise


def _statement(effect: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Effect": effect, "Action": actions, "Resource": resources}
