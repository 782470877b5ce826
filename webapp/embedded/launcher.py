"""Starts the engines that no setting replaces, all at once, and tells where they are."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from webapp.embedded.addresses import Addresses, Outside
from webapp.embedded.credentials import Credentials, load_credentials
from webapp.embedded.engine import Engine, processes_of
from webapp.embedded.errors import EngineError
from webapp.embedded.folder import Folder, already_running, explain, read_json, write_private_json
from webapp.embedded.postgres import OWNER, SUPERUSER, WEB, WORKER, Postgres
from webapp.embedded.seaweedfs import REGION, SeaweedFS, answers_at
from webapp.embedded.valkey import Valkey, answers_on

START_SECONDS = 120.0
"""Long, because PostgreSQL answers only after it recovered from a crash."""

PORT_ATTEMPTS = 3


class Engines:
    """The running engines. They end with the thread that started them, at the latest with the process."""

    addresses: Addresses

    def __init__(self, folder: Folder, lock: int, engines: list[Engine]) -> None:
        self._folder = folder
        self._lock: int | None = lock
        self._engines = engines
        self._launcher = os.getpid()

    @classmethod
    def start(
        cls,
        data: Path,
        *,
        durable: bool = True,
        outside: Outside | None = None,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Self:
        """Start every engine that ``outside`` does not name and wait until all answer.

        :param durable: False gives up safety against power cuts for speed: tests only
        :param meanwhile: done between the two, on time that would be spent waiting
        :raises EngineError: with a sentence for people
        """
        outside = outside or Outside()
        parts: dict[str, Any] = {}
        for part in (outside.database(), outside.broker(), outside.store()):
            parts |= part or {}
        folder = Folder.open(data)
        # Asked before the lock, which cannot keep this process from itself.
        if find_running(data) is not None:
            raise already_running(folder.root)
        lock = folder.lock()
        running = cls(folder, lock, [])
        try:
            credentials = load_credentials(folder)
            # Valkey and SeaweedFS come up while PostgreSQL makes its cluster.
            if "redis_url" not in parts:
                running._engines.append(Valkey(folder, durable=durable))
            if "s3_endpoint" not in parts:
                running._engines.append(SeaweedFS(folder, durable=durable, credentials=credentials))
            if "database_url" not in parts:
                running._engines.append(Postgres(folder, durable=durable, credentials=credentials))
            running._launch_all(meanwhile)
            for engine in running._engines:
                parts |= _part(engine, credentials)
            running.addresses = Addresses(**parts)
            running._write_record()
        except BaseException as error:
            running.stop()
            if isinstance(error, OSError):
                raise explain(error, folder.root) from error
            raise
        return running

    @property
    def processes(self) -> dict[str, int]:
        """Process ids by engine name."""
        return {engine.name: engine.process.pid for engine in self._engines if engine.process}

    def superuser_url(self, database: str = "postgres") -> str:
        """For whoever clones databases in tests; no part of the product uses it.

        :raises LookupError: when the database is an outside one
        """
        for engine in self._engines:
            if isinstance(engine, Postgres):
                return engine.url(SUPERUSER, engine.credentials.database_superuser, database)
        raise LookupError("the database is not embedded")

    def dead(self) -> list[str]:
        """Names of the engines whose process has ended although nobody stopped it."""
        return [engine.name for engine in self._engines if engine.has_ended()]

    def relaunch(self, name: str) -> None:
        """Start a dead engine again at the same address; returns before it answers.

        :raises EngineError: when it cannot even be started
        """
        engine = next(engine for engine in self._engines if engine.name == name)
        try:
            engine.launch()
        except OSError as error:
            raise explain(error, self._folder.root) from error
        self._write_record()

    def failure(self, name: str) -> EngineError:
        """Why a dead engine ended, as far as its log tells."""
        return next(engine for engine in self._engines if engine.name == name).failure()

    def stop(self) -> None:
        """Stop all; harmless when called twice, and in a forked child, which owns none of them."""
        if os.getpid() != self._launcher or self._lock is None:
            return
        self._folder.record.unlink(missing_ok=True)
        for engine in reversed(self._engines):
            engine.stop()
        self._folder.leave()
        os.close(self._lock)
        self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch_all(self, meanwhile: Callable[[], object]) -> None:
        # Whatever an earlier launcher left is ended first, as it may still hold the ports of the last run.
        for engine in self._engines:
            engine.clear()
        for engine in self._engines:
            engine.choose_ports()
            engine.launch()
        meanwhile()
        attempts = dict.fromkeys(self._engines, 1)
        waiting = list(self._engines)
        end = time.monotonic() + START_SECONDS
        while waiting:
            for engine in list(waiting):
                if engine.has_ended():
                    failure = engine.failure()
                    attempts[engine] += 1
                    if failure.code != "port_taken" or attempts[engine] > PORT_ATTEMPTS:
                        raise failure
                    engine.choose_ports(anew=True)
                    engine.launch()
                elif engine.answers():
                    engine.settle()
                    waiting.remove(engine)
            if time.monotonic() > end:
                raise waiting[0].failure()
            time.sleep(0.01)

    def _write_record(self) -> None:
        record = {
            "addresses": self.addresses.to_json(),
            "launcher": self._launcher,
            "engines": {
                engine.name: {"pid": engine.process.pid, "home": str(engine.home), "program": engine.program}
                for engine in self._engines
                if engine.process
            },
        }
        write_private_json(self._folder.record, record)


def _part(engine: Engine, credentials: Credentials) -> dict[str, Any]:
    """What one embedded engine contributes to the addresses."""
    match engine:
        case Postgres():
            return {
                "database_url": engine.url(WEB, credentials.database_web),
                "database_owner_url": engine.url(OWNER, credentials.database_owner),
                "database_worker_url": engine.url(WORKER, credentials.database_worker),
            }
        case Valkey():
            return {"redis_url": engine.url, "redis_client_url": engine.client_url}
        case SeaweedFS():
            return {
                "s3_endpoint": engine.endpoint,
                "s3_region": REGION,
                "s3_secure": False,
                "s3_access_key": credentials.s3_access_key,
                "s3_secret_key": credentials.s3_secret_key,
                "s3_admin_access_key": credentials.s3_admin_access_key,
                "s3_admin_secret_key": credentials.s3_admin_secret_key,
            }
    raise TypeError(engine)


def find_running(data: Path) -> Addresses | None:
    """The addresses of engines that another process keeps running on this folder, or None.

    Believed only when each recorded process is still that server, working in this folder, and answers.
    """
    record = read_json(Path(os.path.realpath(data), "run", "engines.json"))
    try:
        addresses = Addresses.from_json(record["addresses"])
        engines: Mapping[str, Mapping[str, Any]] = record["engines"]
        alive = all(e["pid"] in processes_of(Path(e["home"]), e["program"]) for e in engines.values())
    except (KeyError, TypeError, AttributeError):
        return None
    answers = {
        Valkey.name: lambda: answers_on(Path(addresses.redis_client_url[7:].partition("?")[0])),
        SeaweedFS.name: lambda: answers_at(addresses.s3_endpoint),
    }
    alive = alive and all(answers[name]() for name in engines if name in answers)
    return addresses if alive else None
