"""Gives the application its identity on a MinIO server: a user, and the policy that is its first wall. Safe to repeat.

SeaweedFS has no such interface; it reads a file (seaweedfs_identities.py).
"""

import os
import sys

from minio import MinioAdmin
from minio.credentials import StaticProvider
from minio.error import MinioAdminException
from urllib3.exceptions import HTTPError

from storage.provision import APP_IDENTITY, application_policy
from storage.tls import is_secure


def main() -> int:
    """Take everything from the environment, as the product does."""
    admin = MinioAdmin(
        endpoint=os.environ["S3_ENDPOINT"],
        credentials=StaticProvider(os.environ["S3_ADMIN_ACCESS_KEY"], os.environ["S3_ADMIN_SECRET_KEY"]),
        region=os.environ.get("S3_REGION") or "us-east-1",
        secure=is_secure(os.environ.get("S3_SECURE")),
    )
    user = os.environ["S3_ACCESS_KEY"]
    try:
        admin.policy_add(APP_IDENTITY, policy=application_policy(os.environ.get("S3_BUCKET_PREFIX") or "tuntas-"))
        admin.user_add(user, os.environ["S3_SECRET_KEY"])
        # Replaces whatever the user was granted before; attaching a policy twice would be an error.
        admin.policy_set(APP_IDENTITY, user=user)
    except (MinioAdminException, HTTPError) as error:
        print(f"MinIO menolak atau tidak menjawab: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
