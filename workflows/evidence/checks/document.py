"""The file under judgement, opened at most once by each reader and shared by all checks.

Two readers look at the same bytes: pypdf (pages and text) and pikepdf (structure and object graph). Each gets
its own window on the file, so that neither moves the other's position. A reader that fails is `None`: to a
check, a file that does not open is a fact, not an exception.
"""

from __future__ import annotations

import io
from functools import cached_property
from typing import BinaryIO

import pikepdf
from pypdf import PdfReader

from workflows.evidence.checks.limits import Limits
from workflows.evidence.checks.trust_list import NO_TRUST, TrustList

EDGE = 1024
"""Bytes at either end in which readers look for the header and the end mark (PDF 1.7, appendix H)."""

IN_MEMORY = 64 * 1024 * 1024
"""Files up to this size are read once: the readers jump about in small steps, three times as fast in memory."""


class _Window(io.RawIOBase):
    """A read-only view of a file with a position of its own."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("a position before the start of the file")
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._file.seek(self._position)
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class _SealedReader(PdfReader):
    """A reader that leaves encryption alone.

    Encryption covers strings and streams, never names, numbers and dictionaries (ISO 32000-2, 7.6.2), so
    actions are seen without the password unless they are packed in encrypted object streams.
    """

    def _handle_encryption(self, password: str | bytes | None) -> None:
        """Do nothing: `_encryption` stays `None`, so objects come as they are written."""


class Document:
    """One file and what the readers make of it."""

    def __init__(self, file: BinaryIO, *, size: int, limits: Limits, trust: TrustList = NO_TRUST) -> None:
        self.size = size
        self.limits = limits
        self.trust = trust
        self._file = file
        self.pdf_error: Exception | None = None
        """Why pikepdf has no pages to show; a wanted password is the one reason that matters."""
        self.signed: bool | None = None
        """Whether the check of signatures found one that is there cryptographically, whatever it is worth; `None` as
        long as it has not said."""

    @cached_property
    def head(self) -> bytes:
        """The first bytes."""
        self._file.seek(0)
        return self._file.read(EDGE)

    @property
    def header(self) -> int:
        """Where the mark of a PDF begins, -1 when it does not stand where readers look for it."""
        return self.head.find(b"%PDF-")

    @cached_property
    def tail(self) -> bytes:
        """The last bytes."""
        self._file.seek(max(0, self.size - EDGE))
        return self._file.read(EDGE)

    @cached_property
    def pdf(self) -> pikepdf.Pdf | None:
        """The file in pikepdf, opened without a password."""
        try:
            return pikepdf.open(self.stream(), access_mode=pikepdf.AccessMode.stream, suppress_warnings=True)
        except MemoryError:
            raise
        except Exception as error:  # its own classes, RuntimeError and ValueError among them
            self.pdf_error = error
            return None

    @cached_property
    def reader(self) -> PdfReader | None:
        """The file in pypdf, opened without a password."""
        return self._read(PdfReader)

    @cached_property
    def sealed(self) -> PdfReader | None:
        """The file in pypdf with its encryption left alone: structure only."""
        if self.reader is not None and not self.reader.is_encrypted:
            return self.reader
        return self._read(_SealedReader)

    @cached_property
    def pdf_pages(self) -> int:
        """Pages that pikepdf reaches; 0 when it does not open the file."""
        try:
            return 0 if self.pdf is None else len(self.pdf.pages)
        except MemoryError:
            raise
        except Exception as error:
            self.pdf_error = error
            return 0

    @cached_property
    def reader_pages(self) -> int:
        """Pages that pypdf reaches; 0 when it does not open the file."""
        try:
            return 0 if self.reader is None else self.reader.get_num_pages()
        except MemoryError:
            raise
        except Exception:  # many classes; the other reader's count then tells the difference
            return 0

    @cached_property
    def _content(self) -> bytes:
        self._file.seek(0)
        return self._file.read(self.size)

    def stream(self) -> BinaryIO:
        """The bytes, with a position of its own for one more reader."""
        if self.size <= IN_MEMORY:
            return io.BytesIO(self._content)
        return io.BufferedReader(_Window(self._file, self.size), 64 * 1024)

    def holds(self, word: bytes) -> bool:
        """Whether these bytes stand anywhere in the file as they are."""
        stream, kept = self.stream(), b""
        while block := stream.read(1024 * 1024):
            if word in kept + block:
                return True
            kept = block[-len(word) :]
        return False

    def _read(self, kind: type[PdfReader]) -> PdfReader | None:
        try:
            return kind(self.stream())
        except MemoryError:
            raise
        except Exception:  # pypdf raises many classes on broken files, RecursionError among them
            return None
