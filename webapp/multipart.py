"""Reads a multipart body as it arrives: its fields, and its one file as a stream.

Flask would first put the whole file on a disk. Here the bytes go from the socket to whoever reads them, and a body that
ends early, carries a second file or grows too large is refused while it is being read.
"""

import socket
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import BinaryIO, Final

from flask import Flask, Response, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData, Preamble, State

from webapp.errors import RefusedError
from workflows.core.errors import Reason
from workflows.core.sentences import Template

FILE_FIELD = "file"
NO_FILE: Final = Reason("no_file", "Pilih dahulu berkas yang akan dikirim.")
EMPTY_FILE: Final = Reason("empty_file", "Berkas ini kosong (0 byte). Pilih berkas lain, atau simpan ulang berkasnya.")
TWO_FILES: Final = Reason("two_files", "Kirim satu berkas saja.")
TOO_MANY_FILES: Final = Reason("too_many_files", "Paling banyak sembilan berkas pendukung untuk satu kiriman.")
TOO_OFTEN: Final = Reason("too_many", "Terlalu banyak yang dipilih untuk satu berkas. Kurangi, lalu kirim lagi.")
BROKEN: Final = Reason("broken_upload", "Kiriman terputus atau rusak; tidak ada yang disimpan. Kirim lagi.")
TOO_LARGE: Final = Template("Berkas lebih besar dari batas %(size)s MB. Perkecil, atau bagi menjadi beberapa berkas.")
_CHUNK = 64 * 1024
_PIECE = 1024 * 1024
"""Bytes of a file read at once: the server takes that many from the socket and copies, each time, what is left."""
_BUFFER = 4 * _CHUNK
"""What may wait for the end of a part's header: more is no form."""
_LINE_END = 2
"""Bytes before the mark of a part's end."""
_MAX_PARTS = 30
_MAX_FIELD = 4096
"""Bytes of one field."""
_PATIENCE, _SILENCE = 60, 5
"""Seconds for which the rest of a refused body is taken in, in all and without a byte."""
_AROUND = 64 * 1024
"""What fields and boundaries may add to the file's size before a declared length alone is refused."""


def too_large(limit: int) -> Reason:
    """Return the refusal of a file above ``limit`` bytes."""
    size = f"{limit / 1_000_000:.1f}".replace(".", ",").removesuffix(",0")
    return Reason("too_large", TOO_LARGE(size=size))


class Form:
    """The body of this request."""

    def __init__(
        self, *, names: Collection[str], max_bytes: int, repeatable: Mapping[str, int] | None = None, files: int = 1
    ) -> None:
        """:param names: the fields that may come. :param max_bytes: of a file, and of all files as often as ``files``.
        :param files: how many may come in the field of the file.
        :param repeatable: further fields that may come several times, and how often at the most.

        :raises RefusedError: 422 where no file can come, 413 where the declared length is too much already.
        """
        boundary = request.mimetype_params.get("boundary")
        if request.mimetype != "multipart/form-data" or not boundary:
            raise RefusedError(422, NO_FILE)
        if (request.content_length or 0) > max_bytes * files + _AROUND:
            raise RefusedError(413, too_large(max_bytes))
        self.fields: dict[str, str] = {}
        """What was read so far."""
        self.lists: dict[str, list[str]] = {name: [] for name in repeatable or {}}
        """The same of what may come several times, in the order in which it came."""
        self.max_bytes = max_bytes
        self.most_bytes = max_bytes * files
        self.taken = 0
        """Bytes of files so far."""
        self._over = False
        self._names = names
        self._repeatable = repeatable or {}
        parts = _MAX_PARTS + sum(self._repeatable.values()) + files
        mark = boundary.encode("latin-1", "replace")
        self._decoder = MultipartDecoder(mark, _BUFFER, max_parts=parts)
        self._end = b"--" + mark

    def open_file(self) -> "FilePart":
        """Read the fields before the file and return the file, unread.

        :raises RefusedError: 422 when there is none, or it is empty.
        """
        name = self._seek_file()
        if name is None:
            raise RefusedError(422, NO_FILE)
        part = FilePart(self, name)
        if not part.peek(1):
            raise RefusedError(422, EMPTY_FILE if name else NO_FILE)
        return part

    def further(self, field: str, *, most: int) -> Iterator["FilePart"]:
        """Yield the files of another field that come behind the first one; each is to be read before the next. All of
        them together are held to the same limit. A box in which nothing was chosen is left out.

        :raises RefusedError: 422 an empty file, or more than ``most``.
        """
        count = 0
        while (name := self._seek_file(field)) is not None:
            part = FilePart(self, name)
            if part.peek(1):
                count += 1
                if count > most:
                    raise RefusedError(422, TOO_MANY_FILES)
                yield part
            elif name:
                raise RefusedError(422, EMPTY_FILE)

    def files(self, *, most: int) -> Iterator["FilePart"]:
        """Yield the files one after the other, each to be read before the next; fields may stand before them.

        :raises RefusedError: 422 when there is none, one is empty, or there are more than that.
        """
        yield self.open_file()
        for _count in range(most - 1):
            name = self._seek_file()
            if name is None:
                return
            part = FilePart(self, name)
            if not part.peek(1):
                raise RefusedError(422, EMPTY_FILE)
            yield part
        if self._seek_file() is not None:
            raise RefusedError(422, TOO_OFTEN)

    def finish(self) -> dict[str, str]:
        """Read what comes after the file and return all fields. :raises RefusedError: 422 for a second file."""
        if self._seek_file() is not None:
            raise RefusedError(422, TWO_FILES)
        return self.fields

    def _seek_file(self, field: str = FILE_FIELD) -> str | None:
        """Read fields up to the next file; return its name, or ``None`` at the end of the body."""
        while not self._over:
            event = self.next_event()
            if isinstance(event, Epilogue):
                self._over = True
                break
            if isinstance(event, File) and event.name == field:
                return event.filename
            if isinstance(event, File) and event.name == FILE_FIELD:
                raise RefusedError(422, TWO_FILES)
            if isinstance(event, File | Field):
                self._read_field(event)
            elif not isinstance(event, Preamble):
                raise RefusedError(400, BROKEN)
        return None

    def _read_field(self, event: File | Field) -> None:
        if isinstance(event, File) or event.name not in {*self._names, *self._repeatable}:
            if event.name == FILE_FIELD:
                raise RefusedError(422, NO_FILE)
            raise RefusedError(422, Reason("unknown_field", "Ada isian yang tidak dikenal di dalam kiriman ini."))
        if len(self.lists.get(event.name, ())) == self._repeatable.get(event.name, -1):
            raise RefusedError(422, TOO_OFTEN)
        text = b""
        more = True
        while more:
            data = self.next_event()
            if not isinstance(data, Data):
                raise RefusedError(400, BROKEN)
            text, more = text + data.data, data.more_data
            if len(text) > _MAX_FIELD:
                raise RefusedError(413, Reason("field_too_long", "Salah satu isian terlalu panjang."))
        try:
            if event.name in self.lists:
                self.lists[event.name].append(text.decode())
            else:
                self.fields[event.name] = text.decode()
        except UnicodeDecodeError:
            raise RefusedError(422, Reason("not_utf8", "Isian harus berupa teks UTF-8.")) from None

    def next_event(self) -> Event:
        """Return the next piece of the body. :raises RefusedError: 400 broken off, 413 without an end."""
        try:
            while True:
                if self._decoder.state is State.DATA and (piece := self._sure_piece()):
                    return Data(data=piece, more_data=True)
                self._complete_mark()
                if not isinstance(event := self._decoder.next_event(), NeedData):
                    return event
                self._decoder.receive_data(request.stream.read(_CHUNK) or None)
        except RequestEntityTooLarge:
            raise RefusedError(413, too_large(self.max_bytes)) from None
        except (ValueError, OSError, ClientDisconnected) as error:
            raise RefusedError(400, BROKEN) from error

    def _complete_mark(self) -> None:
        """Have the mark of the body's end arrive whole: where only one of its last two dashes is there, the decoder
        would give the line end before it to the part.
        """
        held = self._decoder.buffer
        while held[-len(self._end) - 1 : -1] == self._end and (data := request.stream.read(_CHUNK)):
            held.extend(data)

    def _sure_piece(self) -> bytes:
        """Return what of a part's next bytes is surely not its end; empty where the decoder must look for it.

        The decoder copies and searches every byte several times; nearly all of a file needs that once.
        """
        held, sure = self._decoder.buffer, 0
        while not sure and self._end not in held:
            data = request.stream.read(_PIECE)
            if not data:
                break
            window = bytes(held) + data
            end = window.find(self._end)
            sure = max(0, (len(window) - len(self._end) if end < 0 else end) - _LINE_END)
            held[:] = window[sure:]
        return window[:sure] if sure else b""


class FilePart:
    """The file of a form, readable once."""

    def __init__(self, form: Form, name: str) -> None:
        self.name = name
        """As the sender calls it: for people to recognise it by, and never used as a name."""
        self._form = form
        self._held = b""
        self._ended = False
        self._size = 0

    def read(self, size: int = _CHUNK, /) -> bytes:
        """Return at most ``size`` bytes, none only at the end. :raises RefusedError: 413 too large, 400 broken off."""
        if not self._held:
            self._fill()
        piece, self._held = self._held[:size], self._held[size:]
        return piece

    def peek(self, size: int) -> bytes:
        """Return the next ``size`` bytes, fewer only at the end, without taking them."""
        while len(self._held) < size and not self._ended:
            self._fill()
        return self._held[:size]

    def _fill(self) -> None:
        gained = 0
        while not gained and not self._ended:
            event = self._form.next_event()
            if not isinstance(event, Data):
                raise RefusedError(400, BROKEN)
            gained = len(event.data)
            self._held += event.data
            self._ended = not event.more_data
            self._size += gained
            self._form.taken += gained
            if self._size > self._form.max_bytes or self._form.taken > self._form.most_bytes:
                raise RefusedError(413, too_large(self._form.max_bytes))


def init_app(app: Flask) -> None:
    """Let whoever is refused while still sending hear the refusal."""
    app.after_request(_listen_on)


def _listen_on(response: Response) -> Response:
    """Take in the rest of a refused body after the answer: a closed socket would cost the sender the answer as well.

    Only where the server itself knows the end of the body, and never longer than a sender is worth.
    """
    environ = request.environ
    if (
        response.status_code >= 400
        and request.mimetype == "multipart/form-data"
        and environ.get("wsgi.input_terminated")
    ):
        body, line = environ["wsgi.input"], environ.get("gunicorn.socket")
        response.call_on_close(lambda: _drain(body, line))
    return response


def _drain(body: BinaryIO, line: socket.socket | None) -> None:
    end = time.monotonic() + _PATIENCE
    with suppress(Exception):  # whatever a broken line raises, the answer is out
        if line is not None:
            line.settimeout(_SILENCE)
        while body.read(_CHUNK) and time.monotonic() < end:
            pass
