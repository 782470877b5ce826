"""Runs the whole product in one process tree: web, worker, bundler, checker, over the engines."""

import gc
import importlib
import logging
import os
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gunicorn.glogging  # what a fork loads by itself, it does not share
import gunicorn.workers.gthread  # noqa: F401
from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy.orm import configure_mappers

from webapp.embedded import Engines
from webapp.embedded.errors import EngineError
from webapp.supervisor import Part, Supervisor
from workflows.core import heap

THREADS = 8
WEB_PROCESSES = 2
log = logging.getLogger("tuntas")


class WebServer(BaseApplication):  # type: ignore[misc] - gunicorn has no types
    """Gunicorn over an application that is already made and a socket that is already bound."""

    def __init__(self, app: Flask, listener: socket.socket) -> None:
        self._app = app
        self._listener = listener
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults."""
        chosen: dict[str, Any] = {
            "bind": f"fd://{self._listener.fileno()}",
            "workers": int(os.environ.get("WEB_CONCURRENCY", WEB_PROCESSES)),
            "threads": THREADS,
            "worker_class": "gthread",
            "preload_app": True,
            "graceful_timeout": 8,
            "timeout": 60,
            "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - heartbeat files
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for name, value in chosen.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application."""
        return self._app


def bind(host: str, port: int) -> socket.socket:
    """Take the port before anything else starts. :raises EngineError: it is taken or may not be used."""
    try:
        listener = socket.create_server((host, port), backlog=256)
    except OSError as error:
        raise EngineError(
            "port_taken",
            f"Port {port} di {host} tidak dapat dipakai ({error.strerror}). Pilih yang lain dengan --port.",
        ) from error
    listener.set_inheritable(True)
    return listener


def load() -> None:
    """Import whatever the processes will run: half a second that the engines need for their start anyhow."""
    for name in ("webapp.factory", "workers.main"):
        importlib.import_module(name)


def serve(
    engines: Engines, listener: socket.socket, environment: Mapping[str, str], *, least_isolation: str = "limits"
) -> int:
    """Run until a signal comes; return the exit status.

    :param least_isolation: the walls without which the checker opens no file.

    Everything is imported once here and then forked, which keeps the memory of the processes shared. What each of them
    then touches becomes its own, most of all in the one that runs a piece of code first: hence few processes with
    threads, and the beat inside the worker, which runs the same code.
    """
    from webapp.factory import create_app
    from webapp.settings import Settings

    heap.keep_small()
    os.environ.update(environment)
    app = create_app(Settings.from_environment(environment))
    # Web and worker know nothing of each other; only this root of the process tree starts both.
    workers = importlib.import_module("workers.main").Worker.create()

    def behind(run: Callable[[], None]) -> Callable[[], None]:
        def start() -> None:
            listener.close()  # whoever does not serve the port must not keep it open either
            run()

        return start

    worker = behind(lambda: workers.run(queues=["checks", "short"], beat=True))
    # Bundles and scans that are read take minutes: a process of its own never holds up a check, and has hands enough
    # for pictures beside them. Where they are worth their memory, readers run apart (docker-compose.yml).
    bundler = behind(lambda: workers.run(queues=["bundles", "reading", "later"], concurrency=4))
    parts = [
        Part(name="web", run=lambda: WebServer(app, listener).run(), stop_seconds=10),
        Part(name="worker", run=worker, stop_seconds=12),
        Part(name="bundler", run=bundler, stop_seconds=12),
        Part(name="checker", argv=_checker(environment, least_isolation)),
    ]
    _make_ready_to_share(app)
    return Supervisor(parts, log=log, engines=engines).run()


def _checker(environment: Mapping[str, str], least_isolation: str) -> list[str]:
    """The checker runs without an environment, so that what it has to know stands in its command line."""
    command = [sys.executable, "-m", "workers.sandbox", "--socket", environment["CHECKER_SOCKET"]]
    command += ["--least", least_isolation]
    return [*command, "--trust", environment["TRUST_DIR"]] if environment["TRUST_DIR"] else command


def _make_ready_to_share(app: Flask) -> None:
    """Do what every fork would do for itself, and see to it that little of it is written to later."""
    configure_mappers()
    # Forms, templates, sentences; this page asks no engine, so that nothing is connected yet.
    trusted = app.config["TRUSTED_HOSTS"] or ["localhost"]
    app.test_client().get("/masuk", base_url=f"http://{trusted[0].lstrip('.')}/")
    # The collector of a fork would write to every page otherwise.
    gc.collect()
    gc.freeze()
