"""A backup as one file: a tar, encrypted for the public keys of those who may open it (the age format).

Both sides stream: neither the file nor an object in it is ever whole in memory. age seals every 64 KiB and marks the
last of them, so that a changed byte and a missing end are both seen; the tar's last member says that the writer came to
its end. Without this product the file opens with ``age -d -i KEY FILE | tar x``.
"""

import contextlib
import os
import tarfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyrage

from storage.base import Readable
from storage.errors import StorageError
from storage.reading import CHUNK, chunks

END = "end"
"""Name of the last member."""
_BLOCK = 512


class BackupKeyError(StorageError):
    """No key that was given opens this file, or what was given is no key."""

    code = "backup_key"


class BackupDamagedError(StorageError):
    """The file is not a whole backup: changed, cut off, or never finished."""

    code = "backup_damaged"


@dataclass(frozen=True)
class Piece:
    """What is written as one member."""

    name: str
    size: int
    stream: Readable


@dataclass(frozen=True)
class Member:
    """What is read as one member; its stream holds only until the next one is asked for."""

    name: str
    size: int
    stream: Readable


def new_key() -> tuple[str, str]:
    """Return a secret key, which opens backups, and its public one, for which they are encrypted."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def write(path: Path, pieces: Iterable[Piece], *, recipients: Sequence[str]) -> None:
    """Write a backup, whole or not at all: until it is whole it has another name.

    What ``pieces`` raises comes out unchanged.

    :raises BackupKeyError: a recipient is no public key. :raises FileExistsError: there is such a file.
    :raises BackupDamagedError: an object gave fewer bytes than it has.
    """
    if path.exists():
        raise FileExistsError(path)
    keys = _recipients(recipients)
    part = path.with_name(f"{path.name}.part")
    source = _Source(_tar(pieces))
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            try:
                pyrage.encrypt_io(source, out, keys)
            except Exception:  # age wraps whatever its source raised: then that is what is told, else its own word
                if source.failure is not None:
                    raise source.failure from None
                raise
            out.flush()
            os.fsync(out.fileno())
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _recipients(texts: Sequence[str]) -> list[object]:
    try:
        return [pyrage.x25519.Recipient.from_str(text.strip()) for text in texts]
    except pyrage.RecipientError as error:
        raise BackupKeyError(f"no public key: {error}") from error


def _tar(pieces: Iterable[Piece]) -> Iterator[bytes]:
    count = 0
    for piece in pieces:
        yield from _member(piece.name, piece.size, piece.stream)
        count += 1
    told = str(count).encode()
    yield _header(END, len(told)) + told.ljust(_BLOCK, b"\0") + bytes(2 * _BLOCK)


def _member(name: str, size: int, stream: Readable) -> Iterator[bytes]:
    yield _header(name, size)
    left = size
    while left:
        data = stream.read(min(CHUNK, left))
        if not data:
            raise BackupDamagedError(f"{left} of {size} bytes are missing", key=name)
        left -= len(data)
        yield data
    yield bytes(-size % _BLOCK)


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry.tobuf(tarfile.PAX_FORMAT)


class _Source:
    """Bytes on demand out of pieces of any length."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""
        self.failure: BaseException | None = None
        """What the pieces raised: the encryption tells it only as text."""

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._held:
                self._held = next(self._pieces)
        except StopIteration:
            return b""
        except BaseException as failure:
            self.failure = failure
            raise
        wanted = len(self._held) if size < 0 else size
        found, self._held = self._held[:wanted], self._held[wanted:]
        return found


@contextlib.contextmanager
def opened(path: Path, *, identities: Sequence[str]) -> Iterator[Iterator[Member]]:
    """Open a backup; its members come in the order in which they were written, the last one left out.

    Only when they have come to their end is it known that the backup is whole.

    :raises BackupKeyError: no key opens it. :raises BackupDamagedError: it is not whole. :raises OSError: no such file.
    """
    keys = _identities(identities)
    with path.open("rb") as file:
        reading, writing = os.pipe()
        failures: list[BaseException] = []
        thread = threading.Thread(target=_decrypt, args=(file, writing, keys, failures), name="backup", daemon=True)
        thread.start()
        plain = os.fdopen(reading, "rb", buffering=0)
        try:
            yield _members(plain, thread, failures)
        except (tarfile.TarError, EOFError) as error:  # what was asked for does not come
            thread.join()
            _tell(failures)
            raise BackupDamagedError(str(error)) from error
        finally:
            plain.close()
            thread.join()


def _identities(texts: Sequence[str]) -> list[object]:
    lines = (line.strip() for text in texts for line in text.splitlines())
    try:
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError as error:
        raise BackupKeyError(f"no secret key: {error}") from error
    if not found:
        raise BackupKeyError("no secret key")
    return list(found)


def _decrypt(file: BinaryIO, writing: int, keys: list[object], failures: list[BaseException]) -> None:
    with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "wb") as out:
        try:
            pyrage.decrypt_io(file, out, keys)
        except BrokenPipeError:  # nobody reads on
            raise
        except Exception as failure:
            failures.append(failure)


def _members(plain: BinaryIO, thread: threading.Thread, failures: list[BaseException]) -> Iterator[Member]:
    count, told = 0, None
    with tarfile.open(fileobj=_Whole(plain), mode="r|", bufsize=CHUNK) as tar:  # type: ignore[call-overload]
        for entry in tar:
            tar.members = []  # it would remember all of them
            stream = tar.extractfile(entry)
            if stream is None or told is not None:
                raise BackupDamagedError("something that no backup holds", key=entry.name)
            if entry.name == END:
                told = stream.read(32)
                continue
            count += 1
            yield Member(entry.name, entry.size, stream)
    for _ in chunks(plain):  # so that the last seal is looked at
        pass
    thread.join()
    _tell(failures)
    if told != str(count).encode():
        raise BackupDamagedError("it does not come to its end")


def _tell(failures: list[BaseException]) -> None:
    """:raises BackupKeyError, BackupDamagedError: what the decryption ended with."""
    for failure in failures:
        if isinstance(failure, pyrage.DecryptError) and "matching keys" in str(failure):
            raise BackupKeyError(str(failure)) from failure
        raise BackupDamagedError(str(failure)) from failure


class _Whole:
    """A pipe that is read in full blocks, as tar wants it."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def read(self, size: int) -> bytes:
        pieces = []
        while size and (data := self._pipe.read(size)):
            pieces.append(data)
            size -= len(data)
        return b"".join(pieces)
