"""What kinds of files may travel with a delivery, told by their contents and never by their names.

Nothing is parsed: the bytes that go by are looked at for the marks that such files bear. An Office file is a ZIP whose
names of parts stand in it unpacked, so that the marks are found whatever is packed.
"""

from collections.abc import Mapping
from enum import StrEnum

_HEAD = 1024
"""A PDF's header may begin within so many bytes (ISO 32000-1, annex H, note 13)."""


class Media(StrEnum):
    """The kinds that are taken."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    @property
    def suffix(self) -> str:
        """The ending of names that we make."""
        return _SUFFIXES[self]


_SUFFIXES: Mapping[Media, str] = {
    Media.PDF: "pdf", Media.JPEG: "jpg", Media.PNG: "png", Media.DOCX: "docx", Media.XLSX: "xlsx",
}  # fmt: skip
_STARTS: Mapping[bytes, Media] = {b"\xff\xd8\xff": Media.JPEG, b"\x89PNG\r\n\x1a\n": Media.PNG}
_PARTS: Mapping[bytes, Media] = {b"word/document.xml": Media.DOCX, b"xl/workbook.xml": Media.XLSX}
_ZIP, _MACROS = b"PK\x03\x04", b"vbaProject.bin"
_LONGEST = max(map(len, (*_PARTS, _MACROS)))


class Watcher:
    """Looks at a file's bytes as they go by."""

    def __init__(self) -> None:
        self._head = b""
        self._tail = b""
        self._office: Media | None = None
        self._macros = False

    def see(self, piece: bytes) -> None:
        """Take the next bytes in."""
        if len(self._head) < _HEAD:
            self._head += piece[: _HEAD - len(self._head)]
        if not self._head.startswith(_ZIP):
            return
        window = self._tail + piece
        if self._office is None:
            places = {window.find(mark): media for mark, media in _PARTS.items() if mark in window}
            self._office = places[min(places)] if places else None
        self._macros = self._macros or _MACROS in window
        self._tail = window[-_LONGEST:]

    @property
    def media(self) -> Media | None:
        """What it is, once all of it went by; ``None`` for what is not taken, an Office file with macros included."""
        if self._head.startswith(_ZIP):
            return None if self._macros else self._office
        for start, media in _STARTS.items():
            if self._head.startswith(start):
                return media
        return Media.PDF if b"%PDF-" in self._head else None
