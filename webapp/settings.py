"""What the web process needs to know, each from one environment variable.

A field's ``help`` is the text of the settings table in the documentation. A setting that names an outside
server replaces the embedded one.
"""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from storage.tls import SECURE


class MissingSettingError(Exception):
    """A setting that this process cannot do without is not there, or cannot be read."""


def setting(env: str, help: str, *, default: Any = MISSING, secret: bool = False) -> Any:
    """Describe one setting: its variable, its meaning, its default, and whether it must never be shown."""
    metadata = {"env": env, "help": help, "secret": secret}
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of the web process."""

    secret_key: str = setting("SECRET_KEY", "Signs sessions and form tokens; at least 32 characters.", secret=True)
    database_url: str = setting("DATABASE_URL", "PostgreSQL 18 as the web role.", secret=True)
    redis_url: str = setting("REDIS_URL", "Redis or Valkey: redis://... or unix:///...", secret=True)
    s3_endpoint: str = setting("S3_ENDPOINT", "Host and port of the S3 server.")
    s3_access_key: str = setting("S3_ACCESS_KEY", "Access key of the application's identity.", secret=True)
    s3_secret_key: str = setting("S3_SECRET_KEY", "Secret key of the application's identity.", secret=True)
    s3_region: str = setting("S3_REGION", "Region name of the S3 server.", default="us-east-1")
    s3_secure: bool = setting("S3_SECURE", "Whether the S3 server speaks TLS.", default=SECURE)
    bucket_prefix: str = setting(
        "S3_BUCKET_PREFIX", "What the names of the three buckets begin with.", default="tuntas-"
    )
    store_folder: str = setting(
        "S3_FOLDER", "Folder of an S3 server on this machine, so that a full disk is told apart.", default=""
    )
    max_upload_bytes: int = setting("MAX_UPLOAD_BYTES", "Largest accepted file, in bytes.", default=250_000_000)
    max_plan_bytes: int = setting(
        "MAX_PLAN_BYTES", "Largest accepted plan (rencana aksi), in bytes.", default=5 * 1024 * 1024
    )
    trusted_hosts: str = setting(
        "TRUSTED_HOSTS", "Host names this site answers to, separated by commas; empty: any.", default=""
    )
    behind_tls: bool = setting(
        "BEHIND_TLS", "Whether people reach the site by https, so that cookies are sent only there.", default=False
    )
    proxy_count: int = setting("PROXY_COUNT", "How many proxies stand in front and set X-Forwarded-For.", default=0)
    installation: str = setting(
        "INSTALLATION", "Name of this installation, printed on receipts and bundles.", default="Tuntas"
    )
    metrics_token: str = setting(
        "METRICS_TOKEN", "Opens the details of /metrics to others than loopback.", default="", secret=True
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read every setting. :raises MissingSettingError: naming all that are missing or unreadable at once."""
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for entry in fields(cls):
            text = environment.get(entry.metadata["env"])
            if text is None or (text == "" and entry.default is MISSING):
                if entry.default is MISSING:
                    wrong.append(f"{entry.metadata['env']} belum diisi")
                continue
            try:
                values[entry.name] = _read(text, entry.default)
            except ValueError:
                wrong.append(f"{entry.metadata['env']} tidak dapat dibaca: {text!r}")
        if len(values.get("secret_key", "x" * 32)) < 32:
            wrong.append("SECRET_KEY terlalu pendek (paling sedikit 32 huruf)")
        if wrong:
            raise MissingSettingError("Pengaturan: " + "; ".join(wrong) + ".")
        return cls(**values)


def _read(text: str, default: Any) -> Any:
    if isinstance(default, bool):
        if text.lower() not in ("1", "0", "true", "false", "yes", "no"):
            raise ValueError(text)
        return text.lower() in ("1", "true", "yes")
    return int(text) if isinstance(default, int) else text
