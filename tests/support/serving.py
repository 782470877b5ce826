"""An application behind a real socket: in a thread, or as it is served to people."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import flask
from werkzeug.serving import make_server

from tests.support.settings import environment
from webapp.settings import Settings


@contextmanager
def served(app: flask.Flask) -> Iterator[str]:
    """Serve an application on loopback; its address is handed on."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Served:
    """A server of one worker process."""

    port: int
    master: int

    @property
    def worker(self) -> int:
        """The process that answers."""
        children = Path(f"/proc/{self.master}/task/{self.master}/children").read_text().split()
        return int(children[0])


@contextmanager
def gunicorn(settings: Settings, log: Path) -> Iterator[Served]:
    """Serve pages and API as an installation does, in processes of their own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "webapp", "web", "--port", str(port)]
    root = Path(__file__).parents[2]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd=root,
            env={**os.environ, **environment(settings), "WEB_CONCURRENCY": "1"},
            stdout=output,
            stderr=output,
        )
        try:
            _wait(server, port, log)
            yield Served(port, server.pid)
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
                probe.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                if b" 200 " in probe.recv(100):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())
