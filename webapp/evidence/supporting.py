"""Files that travel with a delivery: received in the same request behind its PDF, each like the PDF itself."""

import uuid
from contextlib import ExitStack

from storage import keys
from webapp.errors import RefusedError
from webapp.evidence.receiving import digest_of, shown_name, stored
from webapp.multipart import FilePart, Form
from workflows.core.errors import Reason
from workflows.core.sentences import Template
from workflows.evidence.media import Watcher
from workflows.evidence.operations import Intake, new_evidence_id
from workflows.evidence.provenance import Provenance

FIELD = "supporting"
MOST = 9
NOT_TAKEN = Template(
    "Berkas pendukung %(name)s bukan PDF, JPG, PNG, DOCX atau XLSX tanpa makro. Simpan ulang sebagai salah satunya."
)


class _Watched:
    """A file that is looked at while it is read."""

    def __init__(self, part: FilePart) -> None:
        self._part = part
        self.watcher = Watcher()

    def read(self, size: int, /) -> bytes:
        piece = self._part.read(size)
        self.watcher.see(piece)
        return piece


def take(form: Form, kept: ExitStack, *, main: uuid.UUID, came: Provenance) -> list[Intake]:
    """Put the files behind the PDF into the intake; they leave it again where what follows fails.

    :raises RefusedError: 415 of no kind that is taken, 422 more than :data:`MOST`, 413 too large all in all.
    """
    taken = []
    for part in form.further(FIELD, most=MOST):
        file_id, name, watched = new_evidence_id(), shown_name(part.name), _Watched(part)
        metadata = came.beside(main, name).metadata()
        digest = kept.enter_context(
            stored(watched, object_id=file_id, content_type="application/octet-stream", metadata=metadata)
        )
        media = watched.watcher.media
        if media is None:
            raise RefusedError(415, Reason("supporting_kind", NOT_TAKEN(name=name)))
        taken.append(Intake(file_id, keys.intake_key(file_id), digest.sha256, digest.size, name, media=media))
    return taken


def digests(form: Form) -> list[str]:
    """Read those files to their end, keeping nothing: for a request that was answered before."""
    return [digest_of(part).sha256 for part in form.further(FIELD, most=MOST)]
