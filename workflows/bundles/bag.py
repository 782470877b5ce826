"""Last stage, its paper and string: writes one BagIt 1.0 bag (RFC 8493) as one stored ZIP.

Pure: it knows neither database nor store nor clock, and the same inputs give the same bytes. It writes from the
first byte to the last and never goes back, so that the bundle can be stored while it is made. Payloads are copied in
pieces, so memory does not grow with them. The layout of the ZIP is that of ``verify``, which holds every bundle to it.
"""

import hashlib
import io
import re
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from storage.base import Writable
from workflows.bundles.verify import (
    ALGORITHMS,
    BAGIT_TXT,
    CHUNK,
    SEAL,
    central_header,
    dos_time,
    end_of_directory,
    is_bundle_path,
    local_header,
)

ASIDE = 4 * 1024 * 1024
"""Bytes of a payload that are laid aside in memory; the rest of a larger one lies on the disk."""


class PayloadMismatchError(Exception):
    """A payload is not what the records say it is; the bundle must not be handed out."""

    code = "payload_mismatch"

    def __init__(self, path: str, *, expected: str, found: str) -> None:
        super().__init__(f"{path}: expected {expected}, found {found}")
        self.path = path
        self.expected = expected
        self.found = found


@dataclass(frozen=True)
class PayloadFile:
    """One file of the payload, opened only when its turn comes."""

    path: str
    """Below ``data/``, plain ASCII."""
    size: int
    open: Callable[[], AbstractContextManager[BinaryIO]]
    sha256: str | None = None
    """The digest that the records promise; None where the file is made for this bundle."""

    @classmethod
    def of_bytes(cls, path: str, content: bytes) -> "PayloadFile":
        return cls(path, len(content), lambda: io.BytesIO(content))


@dataclass(frozen=True)
class Manifests:
    """What the seal is put on."""

    bag: str
    """Name of the one folder in the ZIP."""
    digests: Mapping[str, str]
    """SHA-256 of each manifest and tag manifest, by file name."""


@dataclass(frozen=True)
class BagResult:
    sha256: str
    """Digest of the whole ZIP."""
    size: int
    manifests: Mapping[str, str]
    tagmanifest_sha256: str
    """SHA-256 of ``tagmanifest-sha256.txt``: the one line that a handover letter prints."""


def write_bag(
    out: Writable,
    *,
    name: str,
    payload: Sequence[PayloadFile],
    bag_info: Mapping[str, str],
    ordered_at: datetime,
    seal: Callable[[Manifests], bytes],
    tag_files: Mapping[str, bytes],
) -> BagResult:
    """Writes the bag ``name`` to ``out``.

    ``Payload-Oxum`` and ``Bagging-Date`` are added to ``bag_info``; every time in the file is ``ordered_at``.

    :raises PayloadMismatchError: when a payload has another size or digest than promised; ``out`` is then
    unfinished. :raises ValueError: when a name may not stand in a bundle or stands there twice, or a value of
    ``bag_info`` is
        not one plain line.
    """
    texts = {"bagit.txt": BAGIT_TXT, "bag-info.txt": _bag_info(bag_info, payload, ordered_at), **tag_files}
    _check_names(name, [file.path for file in payload], list(tag_files))
    archive = _Archive(out, name=name, ordered_at=ordered_at)

    # Names are written in order; "data/" sorts between the tag files that need no payload and those that do.
    early = {path: content for path, content in texts.items() if path < "data/"}
    for path in sorted(early):
        archive.add(PayloadFile.of_bytes(path, early[path]))
    digests = {file.path: archive.add(file) for file in sorted(payload, key=lambda file: file.path)}

    late = {path: content for path, content in texts.items() if path not in early}
    for algorithm in ALGORITHMS:
        late[f"manifest-{algorithm}.txt"] = _manifest(
            {path: by_algorithm[algorithm] for path, by_algorithm in digests.items()}
        )
    listed = early | late
    for algorithm in ALGORITHMS:
        late[f"tagmanifest-{algorithm}.txt"] = _manifest(
            {path: hashlib.new(algorithm, content).hexdigest() for path, content in listed.items()}
        )
    manifests = {
        f"{kind}-{algorithm}.txt": hashlib.sha256(late[f"{kind}-{algorithm}.txt"]).hexdigest()
        for kind in ("manifest", "tagmanifest")
        for algorithm in ALGORITHMS
    }
    late[SEAL] = seal(Manifests(bag=name, digests=manifests))
    for path in sorted(late):
        archive.add(PayloadFile.of_bytes(path, late[path]))
    archive.close()
    return BagResult(archive.digest.hexdigest(), archive.size, manifests, manifests["tagmanifest-sha256.txt"])


class _Archive:
    """A ZIP in the making.

    The checksum of a file stands before its bytes, so each is laid aside until it is known.
    """

    def __init__(self, out: Writable, *, name: str, ordered_at: datetime) -> None:
        self.out = out
        self.folder = name
        self.stamp = dos_time(ordered_at)
        self.directory: list[bytes] = []
        self.digest = hashlib.sha256()
        self.size = 0

    def add(self, file: PayloadFile) -> dict[str, str]:
        """Copies one file in and gives its digests by algorithm."""
        raw = f"{self.folder}/{file.path}".encode("ascii")
        engines = {algorithm: hashlib.new(algorithm) for algorithm in ALGORITHMS}
        crc = size = 0
        with file.open() as stream, tempfile.SpooledTemporaryFile(ASIDE) as aside:
            # One byte more than promised is enough to know that the promise is broken.
            while chunk := stream.read(min(CHUNK, file.size + 1 - size)):
                size += len(chunk)
                crc = zlib.crc32(chunk, crc)
                for engine in engines.values():
                    engine.update(chunk)
                aside.write(chunk)
            digests = {algorithm: engine.hexdigest() for algorithm, engine in engines.items()}
            if size != file.size:
                raise PayloadMismatchError(file.path, expected=f"{file.size} bytes", found=f"{size} bytes")
            if file.sha256 is not None and digests["sha256"] != file.sha256:
                raise PayloadMismatchError(file.path, expected=file.sha256, found=digests["sha256"])
            self.directory.append(central_header(raw, crc, size, self.size, self.stamp))
            self._write(local_header(raw, crc, size, self.stamp))
            aside.seek(0)
            while chunk := aside.read(CHUNK):
                self._write(chunk)
        return digests

    def close(self) -> None:
        offset = self.size
        for header in self.directory:
            self._write(header)
        self._write(end_of_directory(len(self.directory), self.size - offset, offset))

    def _write(self, data: bytes) -> None:
        self.out.write(data)
        self.digest.update(data)
        self.size += len(data)


def _bag_info(given: Mapping[str, str], payload: Sequence[PayloadFile], ordered_at: datetime) -> bytes:
    fields = {
        **given,
        "Bagging-Date": ordered_at.astimezone(UTC).date().isoformat(),
        "Payload-Oxum": f"{sum(file.size for file in payload)}.{len(payload)}",
    }
    for label, value in fields.items():
        if not re.fullmatch("[A-Za-z-]+", label) or not value.strip() or not value.isprintable():
            raise ValueError(f"bag-info.txt cannot hold {label!r}: {value!r}")
    return "".join(f"{label}: {fields[label].strip()}\n" for label in sorted(fields)).encode()


def _manifest(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode("ascii")


def _check_names(name: str, payload: list[str], tags: list[str]) -> None:
    own = {"bagit.txt", "bag-info.txt", SEAL}
    for path in tags:
        if path in own or path.startswith(("data/", "manifest-", "tagmanifest-", "fetch.txt")):
            raise ValueError(f"not a tag file of a bundle: {path}")
    for path in payload:
        if not path.startswith("data/"):
            raise ValueError(f"payload outside data/: {path}")
    names = [name, *payload, *tags]
    for path in names:
        if not is_bundle_path(path) or (path is name and "/" in path):
            raise ValueError(f"not a name for a bundle: {path}")
    if len({path.casefold() for path in names[1:]}) != len(names) - 1:
        raise ValueError("two files of the bundle have one name")
