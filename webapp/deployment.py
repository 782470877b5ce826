"""From a data folder and the addresses of the engines to processes that can run: schema, buckets, keys, environment."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from storage.base import RetentionMode
from storage.minio_store import MinioStore
from storage.provision import prepare_buckets
from storage.tls import is_secure
from webapp.embedded import Addresses, Engines, Outside, find_running
from webapp.embedded.folder import Folder, write_private
from webapp.settings import MissingSettingError
from workflows import migrations
from workflows.bundles.seal import load_or_create_key

BUCKET_PREFIX = "tuntas-"


def default_data() -> Path:
    """Return the data folder when no option names one: ``$TUNTAS_DATA``, else ``./var``."""
    return Path(os.environ.get("TUNTAS_DATA") or "var")


def outside(environment: Mapping[str, str] = os.environ) -> Outside:
    """Return the servers that settings name; each replaces the embedded one.

    :raises MissingSettingError: ``S3_SECURE`` cannot be read.
    """
    try:
        secure = is_secure(environment.get("S3_SECURE"))
    except ValueError as error:
        raise MissingSettingError(f"Pengaturan: S3_SECURE tidak dapat dibaca: {str(error)!r}.") from error
    return Outside(
        database_url=environment.get("DATABASE_URL"),
        database_owner_url=environment.get("DATABASE_OWNER_URL"),
        database_worker_url=environment.get("DATABASE_WORKER_URL"),
        redis_url=environment.get("REDIS_URL"),
        s3_endpoint=environment.get("S3_ENDPOINT"),
        s3_region=environment.get("S3_REGION"),
        s3_secure=secure,
        s3_access_key=environment.get("S3_ACCESS_KEY"),
        s3_secret_key=environment.get("S3_SECRET_KEY"),
        s3_admin_access_key=environment.get("S3_ADMIN_ACCESS_KEY"),
        s3_admin_secret_key=environment.get("S3_ADMIN_SECRET_KEY"),
    )


@contextmanager
def engines_at(data: Path, *, restoring: bool = False) -> Iterator[Addresses]:
    """Yield the addresses of the engines that run in ``data``; start them for the time being when none do.

    :param restoring: as :func:`prepare` has it.
    """
    running = find_running(data)
    if running is not None:
        yield running
        return
    with Engines.start(data, outside=outside()) as engines:
        prepare(engines.addresses, restoring=restoring)
        yield engines.addresses


def prepare(addresses: Addresses, *, restoring: bool = False) -> None:
    """Bring schema and buckets to what this release needs. Safe at every start.

    :param restoring: a restore that has not come to its end is no reason to stop, for it is to go on.
    :raises SchemaError: the database is of a newer release or half restored. :raises StorageError: the store refuses.
    """
    engine = sa.create_engine(addresses.database_owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        migrations.upgrade(connection)
        if not restoring:
            migrations.refuse_half(connection)
    prepare_buckets(store_of(addresses, admin=True))


def store_of(addresses: Addresses, *, admin: bool = False, mode: str | None = None) -> MinioStore:
    """Return the store with the application's identity, or the administrator's for set-up.

    :param mode: of the locks that are put; only whoever archives names one.
    """
    return MinioStore.connect(
        addresses.s3_endpoint,
        addresses.s3_admin_access_key if admin else addresses.s3_access_key,
        addresses.s3_admin_secret_key if admin else addresses.s3_secret_key,
        region=addresses.s3_region,
        secure=addresses.s3_secure,
        bucket_prefix=os.environ.get("S3_BUCKET_PREFIX", BUCKET_PREFIX),
        mode=RetentionMode((mode or RetentionMode.GOVERNANCE).upper()),
    )


def environment_for(addresses: Addresses, folder: Folder) -> dict[str, str]:
    """Return the environment of web and worker processes; keys are made at the first start and kept."""
    seal = Path(os.environ.get("SEAL_KEY_FILE") or folder.secrets / "seal.pem")
    load_or_create_key(seal)
    made = {
        "SECRET_KEY": _kept(folder.secrets / "session.key", lambda: secrets.token_urlsafe(48)),
        "DATABASE_URL": addresses.database_url,
        "DATABASE_WORKER_URL": addresses.database_worker_url,
        "REDIS_URL": addresses.redis_url,
        "S3_ENDPOINT": addresses.s3_endpoint,
        "S3_REGION": addresses.s3_region,
        "S3_SECURE": str(addresses.s3_secure).lower(),
        "S3_ACCESS_KEY": addresses.s3_access_key,
        "S3_SECRET_KEY": addresses.s3_secret_key,
        "S3_BUCKET_PREFIX": BUCKET_PREFIX,
        "S3_FOLDER": "" if outside().store() else str(folder.root),
        "SEAL_KEY_FILE": str(seal),
        "CHECKER_SOCKET": str(folder.socket("checker.sock")),
        "TRUST_DIR": str(folder.root / "trust") if (folder.root / "trust").is_dir() else "",
    }
    chosen = {name: value for name, value in os.environ.items() if value}
    # What the operator set by hand wins, except for the addresses, which were settled before.
    fixed = {
        name: made[name]
        for name in made
        if name.startswith(("DATABASE", "REDIS", "S3_")) and name != "S3_BUCKET_PREFIX"
    }
    return {**made, **chosen, **fixed}


def _kept(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        write_private(path, make().encode())
    return path.read_text().strip()
