"""The data folder: who may enter, where each engine keeps its things, and private files in it."""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.embedded.errors import EngineError

SMALLEST_FREE_BYTES = 128 * 1024 * 1024
"""Below this the engines would start and then fail half-way: PostgreSQL's first log takes 16 MB."""

LONGEST_SOCKET_PATH = 100
"""A Unix socket's address holds 107 bytes (``sun_path`` in unix(7)); some are left for a server's suffix."""


@dataclass(frozen=True)
class Folder:
    """A data folder that exists and can be written. Everything inside is 0700 or 0600."""

    root: Path

    @classmethod
    def open(cls, data: Path) -> "Folder":
        """Create what is missing. The mode of a folder that was there before is left as it is.

        :raises EngineError: ``folder_not_writable``, ``disk_full``
        """
        root = Path(os.path.realpath(data))
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = cls(root)
            for part in (folder.run, folder.secrets, folder.log):
                private_folder(part)
            write_private(folder.run / "probe", b"tuntas")
            (folder.run / "probe").unlink()
        except OSError as error:
            raise explain(error, root) from error
        if shutil.disk_usage(root).free < SMALLEST_FREE_BYTES:
            raise disk_full(root)
        return folder

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def record(self) -> Path:
        """What is running: addresses and process ids, there only while all engines are."""
        return self.run / "engines.json"

    def lock(self) -> int:
        """Take the folder for this process; the kernel gives it back when the process ends, however it ends.

        A record lock, not ``flock``: it does not pass to forked children, so no child that outlives a killed
        launcher keeps the folder closed.

        :raises EngineError: ``already_running``
        """
        descriptor = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(descriptor)
            raise already_running(self.root) from error
        return descriptor

    def socket(self, name: str) -> Path:
        """A path for a Unix socket: in the folder, or in a short private one when the folder lies too deep.

        :raises EngineError: ``folder_not_writable`` when the short folder belongs to somebody else
        """
        path = self.run / name
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
            return path
        try:
            return private_folder(self._short) / name
        except OSError as error:
            raise explain(error, self._short) from error

    def leave(self) -> None:
        """Remove the short folder for sockets, if there is one and nothing is in it."""
        with contextlib.suppress(OSError):
            self._short.rmdir()

    @property
    def _short(self) -> Path:
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir(), f"tuntas-{os.geteuid()}-{digest}")


def private_folder(path: Path, *, owner: tuple[int, int] | None = None) -> Path:
    """Create a folder that only one user enters, or tighten one of ours; never follows a link.

    :raises OSError: when it cannot be made or is somebody else's
    """
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    uid, gid = owner or (os.geteuid(), os.getegid())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (uid, os.geteuid()):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    if found.st_uid != uid:
        os.chown(path, uid, gid)
    if stat.S_IMODE(found.st_mode) != 0o700:
        path.chmod(0o700)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Write a 0600 file that is there whole or not at all, also after a power cut."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)


def write_private_json(path: Path, value: dict[str, Any]) -> None:
    write_private(path, json.dumps(value, indent=2, sort_keys=True).encode() + b"\n")


def read_json(path: Path) -> dict[str, Any]:
    """An object from a file of ours, or an empty one when there is none or it cannot be read as one."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def explain(error: OSError, path: Path) -> EngineError:
    """The sentence for an error of the file system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(path)
    return EngineError(
        "folder_not_writable",
        f"Folder data {path} tidak dapat dibuat atau ditulisi ({error.strerror}). "
        "Pilih folder lain dengan --data, atau perbaiki izinnya.",
    )


def disk_full(path: Path) -> EngineError:
    return EngineError(
        "disk_full",
        f"Ruang disk untuk {path} hampir habis: paling sedikit {SMALLEST_FREE_BYTES // 1024**2} MB harus "
        "bebas. Kosongkan ruang, lalu jalankan lagi.",
    )


def already_running(root: Path) -> EngineError:
    return EngineError(
        "already_running",
        f"Tuntas sudah berjalan dengan folder data {root}. Hentikan dahulu yang sedang berjalan, "
        "atau pilih folder lain dengan --data.",
    )
