"""Free TCP ports, remembered in the data folder so that the addresses stay the same from run to run."""

import random
import socket
from collections.abc import Iterable
from pathlib import Path

from webapp.embedded.errors import EngineError
from webapp.embedded.folder import Folder, read_json, write_private_json

GRPC_OFFSET = 10_000
"""SeaweedFS adds this to each HTTP port for its gRPC twin."""

# Both a port and its twin stay below 32768, where Linux begins to hand out ports for outgoing connections.
_lowest, _highest = 10_240, 22_500


def is_free(port: int) -> bool:
    """Whether a server may listen on it now; connections that are only closing do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def last_ports(folder: Folder, names: Iterable[str]) -> dict[str, int]:
    """The ports of the last run, as far as they are known."""
    book = read_json(_book(folder))
    return {name: book[name] for name in names if isinstance(book.get(name), int)}


def choose_ports(folder: Folder, names: Iterable[str], *, anew: bool = False) -> dict[str, int]:
    """A port for each name, itself and its gRPC twin free: the one of the last run where that still holds.

    :param anew: forget the last run's, after a server found one of them taken
    :raises EngineError: ``port_taken`` when no free port is found
    """
    book = read_json(_book(folder))
    last = last_ports(folder, book)
    chosen: dict[str, int] = {}
    for name in names:
        port = last.get(name, 0)
        if anew or not port or not _pair_is_free(port):
            port = _find(taken={*chosen.values(), *last.values()})
        chosen[name] = port
    if not chosen.items() <= book.items():
        write_private_json(_book(folder), book | chosen)
    return chosen


def _book(folder: Folder) -> Path:
    return folder.root / "ports.json"


def _pair_is_free(port: int) -> bool:
    return is_free(port) and is_free(port + GRPC_OFFSET)


def _find(taken: set[int]) -> int:
    for _ in range(500):
        port = random.randint(_lowest, _highest)  # noqa: S311 (not a secret, only scattered)
        if port not in taken and _pair_is_free(port):
            return port
    raise EngineError("port_taken", "Tidak ditemukan port TCP yang bebas di komputer ini.")
