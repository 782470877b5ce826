"""The text of a delivery, a few pages a job: what stands in the file, then what is only a picture there."""

import contextlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from storage.base import Bucket, ObjectStore
from storage.reading import Digest, VerifyingReader, chunks
from workers.running import Run
from workflows.archive.operations import archived_of
from workflows.evidence.page_text import NoOcrError, Texts, UnreadError, read_layer_patiently, read_scan
from workflows.evidence.reading import operations
from workflows.evidence.reading.operations import Part


@dataclass(frozen=True)
class _Original:
    """Where the locked original lies."""

    bucket: Bucket
    key: str
    version_id: str
    digest: Digest


def read(run: Run) -> None:
    """Read the next pages, or look at the whole when all are read.

    Safe to run twice: the part that is next is in the row, which is written in the transaction that ends the job.
    """
    with run.step():
        part = operations.next_part(run.subject_id)
        original = _original(run)
    if part is None or not part.pages or original is None:
        with run.last_step():
            operations.conclude(run.subject_id)
        return
    with _fetched(run.tools.store, original) as file:
        if part.pictures:
            _read_pictures(run, part, file)
        else:
            _read_text(run, part, file)


def _read_text(run: Run, part: Part, file: BinaryIO) -> None:
    found: Texts | None = None
    with contextlib.suppress(UnreadError):  # recorded as such
        found = read_layer_patiently(run.tools.inspector, file, part.pages)
    with run.last_step():
        operations.record_texts(run.subject_id, part, found)


def _read_pictures(run: Run, part: Part, file: BinaryIO) -> None:
    texts: dict[int, str | None] = {}
    no_ocr = False
    for number in part.pages:
        try:
            texts[number] = read_scan(run.tools.inspector, file, number)
        except UnreadError:
            texts[number] = None
        except NoOcrError:
            no_ocr = True
            break
    with run.last_step():
        operations.record_scans(run.subject_id, texts, no_ocr=no_ocr)


def _original(run: Run) -> _Original | None:
    row = archived_of(run.subject_id)
    return row and _Original(Bucket(row.bucket), row.key, row.version_id, Digest(sha256=row.sha256, size=row.size))


@contextmanager
def _fetched(store: ObjectStore, original: _Original) -> Iterator[BinaryIO]:
    """A copy without a name. :raises DigestMismatchError: the archive holds something else."""
    with tempfile.TemporaryFile() as file:
        with store.open(original.bucket, original.key, version_id=original.version_id) as stream:
            file.writelines(chunks(VerifyingReader(stream, expected=original.digest)))
        file.seek(0)
        yield file
