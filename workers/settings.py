"""What a worker needs to know, read from the environment. A missing value is named, never guessed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


class MissingSettingError(Exception):
    """A setting that this process cannot do without is not there."""


@dataclass(frozen=True)
class WorkerSettings:
    """Addresses and keys of a worker process; the same names as the web process, with the worker's own database role."""

    database_url: str
    """``DATABASE_WORKER_URL``: PostgreSQL as the worker role."""
    broker_url: str
    """``CELERY_BROKER_URL``, else made from ``REDIS_URL``."""
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    s3_region: str
    s3_secure: bool
    bucket_prefix: str
    checker_socket: str
    seal_key: str
    """``SEAL_KEY_FILE``: path of the key that seals bundles."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "WorkerSettings":
        """:raises MissingSettingError: naming every missing setting at once."""
        names = ("DATABASE_WORKER_URL", "REDIS_URL", "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY", "CHECKER_SOCKET", "SEAL_KEY_FILE")
        if missing := [name for name in names if not environment.get(name)]:
            raise MissingSettingError(f"Pengaturan belum diisi: {', '.join(missing)}")
        return cls(
            database_url=environment["DATABASE_WORKER_URL"],
            broker_url=environment.get("CELERY_BROKER_URL") or broker_url(environment["REDIS_URL"]),
            s3_endpoint=environment["S3_ENDPOINT"],
            s3_access_key=environment["S3_ACCESS_KEY"],
            s3_secret_key=environment["S3_SECRET_KEY"],
            s3_region=environment.get("S3_REGION", "us-east-1"),
            s3_secure=environment.get("S3_SECURE", "false").lower() in ("1", "true", "yes"),
            bucket_prefix=environment.get("S3_BUCKET_PREFIX", "tuntas-"),
            checker_socket=environment["CHECKER_SOCKET"],
            seal_key=environment["SEAL_KEY_FILE"],
        )


def broker_url(redis_url: str) -> str:
    """Return the broker's address as Celery spells it: it has its own form for Unix sockets."""
    if redis_url.startswith("unix://"):
        path, _, query = redis_url.removeprefix("unix://").partition("?")
        number = dict(part.split("=", 1) for part in query.split("&") if "=" in part).get("db", "0")
        return f"redis+socket://{path}?virtual_host={number}"
    return redis_url
