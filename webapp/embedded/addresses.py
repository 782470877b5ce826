"""Where the three servers are: the only thing that the rest of the product knows of them."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from storage.tls import SECURE
from webapp.embedded.errors import EngineError


@dataclass(frozen=True, kw_only=True, repr=False)
class Addresses:
    """Everything that is needed to reach database, broker and object store.

    Credentials included, hence without a repr: it would carry them into logs and tracebacks.
    """

    database_url: str
    """SQLAlchemy URL of the role ``tuntas_web``."""

    database_owner_url: str
    """The role that owns the schema: migrations only."""

    database_worker_url: str
    """The role of the workers."""

    redis_url: str
    """In the form that Celery's kombu understands."""

    redis_client_url: str
    """The same server in the form that redis-py understands."""

    s3_endpoint: str
    """``host:port``, as the minio SDK wants it."""

    s3_region: str
    s3_secure: bool
    """Whether the endpoint speaks TLS."""

    s3_access_key: str
    """The application's identity: reads, writes with retention; neither bypasses nor changes a policy."""

    s3_secret_key: str
    s3_admin_access_key: str
    """Creates the buckets at set-up; no web or worker process uses it."""

    s3_admin_secret_key: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Addresses":
        """:raises KeyError: when one of the fields is absent."""
        return cls(**{field.name: values[field.name] for field in fields(cls)})


@dataclass(frozen=True, kw_only=True, repr=False)
class Outside:
    """The servers that somebody else runs; each group that is named here replaces the embedded engine.

    A group is named by its first field (``database_url``, ``redis_url``, ``s3_endpoint``).
    """

    database_url: str | None = None
    database_owner_url: str | None = None
    database_worker_url: str | None = None
    redis_url: str | None = None
    redis_client_url: str | None = None
    s3_endpoint: str | None = None
    s3_region: str | None = None
    s3_secure: bool = SECURE
    s3_access_key: str | None = None
    s3_secret_key: str | None = None
    s3_admin_access_key: str | None = None
    s3_admin_secret_key: str | None = None

    def database(self) -> dict[str, Any] | None:
        """The database's part of :class:`Addresses`, or None when the embedded one is meant.

        The three roles are never guessed from one another: a web process that silently worked as the owner
        would stand outside row-level security.

        :raises EngineError: ``outside_incomplete``
        """
        names = ("database_url", "database_owner_url", "database_worker_url")
        return self._complete(names) if self.database_url else None

    def broker(self) -> dict[str, Any] | None:
        """The broker's part of :class:`Addresses`, or None when the embedded one is meant."""
        if not self.redis_url:
            return None
        client_url = self.redis_client_url or self.redis_url.replace("redis+socket://", "unix://").replace(
            "?virtual_host=", "?db="
        )
        return {"redis_url": self.redis_url, "redis_client_url": client_url}

    def store(self) -> dict[str, Any] | None:
        """The store's part of :class:`Addresses`, or None when the embedded one is meant.

        Without keys of an administrator the application's are used for set-up too: the buckets are then
        expected to be there.

        :raises EngineError: ``outside_incomplete``
        """
        if not self.s3_endpoint:
            return None
        values = self._complete(("s3_endpoint", "s3_access_key", "s3_secret_key"))
        return values | {
            "s3_region": self.s3_region or "us-east-1",
            "s3_secure": self.s3_secure,
            "s3_admin_access_key": self.s3_admin_access_key or self.s3_access_key,
            "s3_admin_secret_key": self.s3_admin_secret_key or self.s3_secret_key,
        }

    def _complete(self, names: tuple[str, ...]) -> dict[str, Any]:
        values = {name: getattr(self, name) for name in names}
        if missing := [name.upper() for name, value in values.items() if not value]:
            raise EngineError(
                "outside_incomplete",
                f"{names[0].upper()} diisi, maka {' dan '.join(missing)} juga harus diisi.",
            )
        return values
