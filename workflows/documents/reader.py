"""The door of this package: picks the reader of a format and recognises what it read."""

from collections.abc import Callable, Mapping
from pathlib import PurePath

from workflows.core.sentences import Template
from workflows.documents.errors import PlanNotFoundError, PlanTooLargeError, UnsupportedPlanError
from workflows.documents.markdown import read_markdown
from workflows.documents.plan import PlanDocument
from workflows.documents.recognise import recognise
from workflows.documents.source import MAX_BYTES, Source

_UNKNOWN_KIND = Template("Jenis berkas ini belum dapat dibaca sebagai rencana aksi; yang dapat dibaca: %(known)s.")
_TOO_LARGE = Template("Berkas ini lebih besar dari %(size)s MB.")
_READERS: Mapping[str, Callable[[bytes], Source]] = {".md": read_markdown, ".markdown": read_markdown}


def read_plan(data: bytes, *, filename: str) -> PlanDocument:
    """Read a Rencana Aksi; the extension of the name says in which format it is.

    :raises UnsupportedPlanError: no reader for this extension, or the bytes are of another kind.
    :raises PlanTooLargeError: more bytes, lines, rows or text than any plan has.
    :raises PlanNotFoundError: the file holds no plan; the message says what was looked for.
    """
    reader = _READERS.get(PurePath(filename).suffix.lower())
    if reader is None:
        known = ", ".join(sorted(_READERS))
        raise UnsupportedPlanError(
            "unsupported_format",
            _UNKNOWN_KIND(known=known),
        )
    if len(data) > MAX_BYTES:
        raise PlanTooLargeError("too_large", _TOO_LARGE(size=MAX_BYTES // 1_000_000))
    if not data.strip():
        raise PlanNotFoundError("empty", "Berkas ini kosong; yang dicari adalah tabel rencana aksi.")
    return recognise(reader(data))
