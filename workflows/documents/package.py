"""The ZIP that an office file is: measured as it unpacks, before anything is parsed.

A bomb looks like any other office file until it unpacks, so entries, bytes and ratio are counted here and the whole is
refused at the first limit. What an entry says of its own size is not believed.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from lxml import etree

from workflows.documents.errors import PlanTooLargeError, UnsupportedPlanError
from workflows.documents.sentences import BOMB, ENTRIES, RATIO

MAX_ENTRIES = 2_000
MAX_UNPACKED = 60_000_000
# Office text packs to a tenth, a sheet of equal rows to a fortieth.
MAX_RATIO = 150
_RATIO_FROM = 2_000_000
_PIECE = 1 << 16
# Pictures are never looked at, so they need not be unpacked either.
_READ = re.compile(r"\.(?:xml|rels|bin)$", re.IGNORECASE)


@dataclass(frozen=True)
class Package:
    """The text parts of an office file, by name."""

    parts: dict[str, bytes]

    def xml(self, name: str) -> etree._Element | None:
        """Return the root of a part, None when there is no such part.

        :raises UnsupportedPlanError: it is no XML, or XML that defines entities of its own.
        """
        data = self.parts.get(name)
        return None if data is None else parse(data)

    def names(self, prefix: str) -> Iterator[str]:
        """Yield the names of the parts under a folder, in the order of the archive."""
        return (name for name in self.parts if name.startswith(prefix))


def open_package(data: bytes) -> Package:
    """Unpack the text parts of an office file.

    :raises PlanTooLargeError: it has more parts or unpacks to more than any document does.
    :raises UnsupportedPlanError: it is damaged or locked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return Package(dict(_parts(archive, len(data))))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, RuntimeError, OSError) as error:
        raise UnsupportedPlanError(
            "damaged", "Berkas ini rusak atau terkunci; simpan ulang dari Word, Excel atau LibreOffice lalu kirim lagi."
        ) from error


def _parts(archive: zipfile.ZipFile, packed: int) -> Iterator[tuple[str, bytes]]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise PlanTooLargeError("too_many_entries", ENTRIES(most=MAX_ENTRIES))
    # Cheap first: whoever is honest about being too large costs nothing.
    _check(sum(entry.file_size for entry in entries if _READ.search(entry.filename)), packed)
    total = 0
    seen: set[str] = set()
    for entry in entries:
        if not _READ.search(entry.filename):
            continue
        if entry.filename in seen:
            raise zipfile.BadZipFile("two entries of one name")
        seen.add(entry.filename)
        with archive.open(entry) as part:
            kept: list[bytes] = []
            while piece := _some(part):
                total += len(piece)
                _check(total, packed)
                kept.append(piece)
        yield entry.filename, b"".join(kept)


def _some(part: IO[bytes]) -> bytes:
    return part.read(_PIECE)


def _check(unpacked: int, packed: int) -> None:
    if unpacked > MAX_UNPACKED:
        raise PlanTooLargeError("unpacks_too_large", BOMB(most=MAX_UNPACKED // 1_000_000))
    if unpacked > max(packed * MAX_RATIO, _RATIO_FROM):
        raise PlanTooLargeError("packed_too_tightly", RATIO(most=MAX_RATIO))


def parse(data: bytes) -> etree._Element:
    """Return the root of an XML part: no entity is resolved, nothing outside is asked for.

    :raises UnsupportedPlanError: no XML, or one that defines entities.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnsupportedPlanError("damaged", "Isi berkas ini rusak; simpan ulang lalu kirim lagi.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnsupportedPlanError("damaged", "Isi berkas ini memuat definisi yang tidak lazim sehingga tidak dibaca.")
    return root
