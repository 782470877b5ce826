"""The web application's settings for the engines of the tests."""

from dataclasses import fields, replace

from webapp.embedded import Addresses
from webapp.settings import Settings

SMALL = 3 * 1024 * 1024
"""The largest accepted file, so that tests of the limit are quick."""


def make_settings(addresses: Addresses, **changes: object) -> Settings:
    """Return settings that name the engines of the tests."""
    settings = Settings(
        secret_key="kunci-uji-" * 4,
        database_url=addresses.database_url,
        redis_url=addresses.redis_url,
        s3_endpoint=addresses.s3_endpoint,
        s3_access_key=addresses.s3_access_key,
        s3_secret_key=addresses.s3_secret_key,
        s3_region=addresses.s3_region,
        s3_secure=addresses.s3_secure,
        max_upload_bytes=SMALL,
        max_plan_bytes=SMALL // 3,
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment that makes a process of its own have these settings."""
    return {entry.metadata["env"]: str(getattr(settings, entry.name)) for entry in fields(settings)}
