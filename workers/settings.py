"""What a worker needs to know, read from the environment. A missing value is named, never guessed."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

from storage.base import RetentionMode
from storage.tls import SECURE, is_secure
from workers.clamd import Scanner
from workers.witnesses import NOWHERE, Witnesses


class MissingSettingError(Exception):
    """A setting that this process cannot do without is not there, or cannot be read."""


@dataclass(frozen=True, repr=False)
class WorkerSettings:
    """Addresses and keys of a worker process: the names of the web process, with the worker's own database role."""

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
    """``CHECKER_SOCKET``: where the checker, a program of its own, listens."""
    seal_key: str
    """``SEAL_KEY_FILE``: path of the key that seals bundles."""
    installation: str = "Tuntas"
    """``INSTALLATION``: name of this installation, sealed into bundles."""
    concurrency: int = 2
    """``WORKER_CONCURRENCY``: jobs at the same time, each in a thread of its own."""
    queues: tuple[str, ...] = ()
    """``WORKER_QUEUES``: which queues to serve, separated by commas; empty: all."""
    lease_seconds: float = 30.0
    """``WORKER_LEASE_SECONDS``: how long after its last sign of life a worker counts as dead."""
    witnesses: Witnesses = NOWHERE
    """Where anchors go."""

    clamd: str = ""
    """``CLAMD``: the virus scanner, as ``host[:port]`` or the path of its socket; empty: files are not scanned."""

    lock_mode: RetentionMode = RetentionMode.GOVERNANCE
    """``ARCHIVE_LOCK_MODE``: ``GOVERNANCE``, or ``COMPLIANCE``, which yields to nobody before its day."""
    fixity_rate: float = 20.0
    """``FIXITY_MIB_PER_SECOND``: how fast the archive is read again in the background; 0: as fast as it goes."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "WorkerSettings":
        """Read every setting. :raises MissingSettingError: naming all that are missing or unreadable at once."""
        names = (
            *("DATABASE_WORKER_URL", "REDIS_URL", "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY"),
            *("CHECKER_SOCKET", "SEAL_KEY_FILE"),
        )
        wrong = [f"{name} belum diisi" for name in names if not environment.get(name)]
        numbers: dict[str, float] = {}
        for name, default in (("WORKER_CONCURRENCY", 2), ("WORKER_LEASE_SECONDS", 30.0)):
            try:
                numbers[name] = type(default)(environment.get(name) or default)
            except ValueError:
                wrong.append(f"{name} tidak dapat dibaca: {environment[name]!r}")
        secure = SECURE
        try:
            secure = is_secure(environment.get("S3_SECURE"))
        except ValueError as error:
            wrong.append(f"S3_SECURE tidak dapat dibaca: {str(error)!r}")
        clamd = environment.get("CLAMD") or ""
        try:
            Scanner.at(clamd or "/")
        except ValueError as error:
            wrong.append(f"CLAMD bukan host[:port] atau jalur soket: {str(error)!r}")
        witnesses = NOWHERE
        try:
            witnesses = Witnesses.from_environment(environment)
        except ValueError as error:
            wrong.append(str(error))
        try:
            fixity_rate = float(environment.get("FIXITY_MIB_PER_SECOND") or 20.0)
            if not 0 <= fixity_rate < math.inf:
                raise ValueError
        except ValueError:
            wrong.append(f"FIXITY_MIB_PER_SECOND tidak dapat dibaca: {environment['FIXITY_MIB_PER_SECOND']!r}")
        mode = (environment.get("ARCHIVE_LOCK_MODE") or RetentionMode.GOVERNANCE).upper()
        if mode not in list(RetentionMode):
            wrong.append(f"ARCHIVE_LOCK_MODE harus GOVERNANCE atau COMPLIANCE, bukan {mode!r}")
        if any(number <= 0 for number in numbers.values()):
            wrong.append("WORKER_CONCURRENCY dan WORKER_LEASE_SECONDS harus lebih dari nol")
        if wrong:
            raise MissingSettingError("Pengaturan: " + "; ".join(wrong) + ".")
        return cls(
            database_url=environment["DATABASE_WORKER_URL"],
            broker_url=environment.get("CELERY_BROKER_URL") or broker_url(environment["REDIS_URL"]),
            s3_endpoint=environment["S3_ENDPOINT"],
            s3_access_key=environment["S3_ACCESS_KEY"],
            s3_secret_key=environment["S3_SECRET_KEY"],
            s3_region=environment.get("S3_REGION") or "us-east-1",
            s3_secure=secure,
            bucket_prefix=environment.get("S3_BUCKET_PREFIX") or "tuntas-",
            checker_socket=environment["CHECKER_SOCKET"],
            seal_key=environment["SEAL_KEY_FILE"],
            installation=environment.get("INSTALLATION") or "Tuntas",
            concurrency=int(numbers["WORKER_CONCURRENCY"]),
            queues=tuple(name.strip() for name in environment.get("WORKER_QUEUES", "").split(",") if name.strip()),
            lease_seconds=numbers["WORKER_LEASE_SECONDS"],
            clamd=clamd,
            witnesses=witnesses,
            lock_mode=RetentionMode(mode),
            fixity_rate=fixity_rate,
        )


def broker_url(redis_url: str) -> str:
    """Return the broker's address as Celery spells it: it has its own form for Unix sockets."""
    if redis_url.startswith("unix://"):
        path, _, query = redis_url.removeprefix("unix://").partition("?")
        number = dict(part.split("=", 1) for part in query.split("&") if "=" in part).get("db", "0")
        return f"redis+socket://{path}?virtual_host={number}"
    return redis_url
