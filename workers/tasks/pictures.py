"""Pictures of the pages of an archived original: drawn by the checker, kept beside the bundles."""

import hashlib
import io
import logging
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from storage.base import Bucket, ObjectStore
from storage.errors import ObjectMissingError
from storage.keys import picture_key
from storage.reading import Digest, VerifyingReader, chunks, read_digest
from workers.running import Run
from workflows.archive import pictures
from workflows.core.db import db
from workflows.evidence.checks.pictures import LIMITS, NoPicture, Picture, PictureSize
from workflows.evidence.inspection import Inspector, NotDrawnError
from workflows.evidence.models import Evidence

log = logging.getLogger(__name__)


def draw(run: Run) -> None:
    """Draw what is missing, the pages that people look at first in front.

    Safe to run twice: a picture whose row and object are there is left alone, one whose object is gone is drawn again
    under the same key. Bytes first, row second.
    """
    with run.step():
        wanted = _missing(run.tools.store, pictures.wanted(run.subject_id))
    drawn = 0
    if wanted.groups:
        with _original(run.tools.store, wanted) as file:
            patience = Patience(run.tools.inspector, file)
            for size, pages in wanted.groups:
                for found in patience.draw(pages, size):
                    drawn += len(found)
                    _keep(run, wanted.evidence_id, found, size)
    log.info("pictures.drawn", extra={"pictures": drawn})
    with run.last_step():
        pass


class Patience:
    """Asks for pages in batches, and for single ones where a batch ended the process; gives up on a file in the end."""

    def __init__(self, inspector: Inspector, file: BinaryIO) -> None:
        self._inspector = inspector
        self._file = file
        self._strikes = 0

    def draw(self, pages: Sequence[int], size: PictureSize) -> Iterator[list[Picture]]:
        """Every page as a picture or with the reason why there is none.

        :raises CheckerAwayError: there is no checker to ask.
        """
        waiting, batch = list(pages), LIMITS.batch
        while waiting:
            asked = waiting[:batch]
            found: list[Picture]
            if self._strikes >= LIMITS.strikes:
                asked = waiting
                found = [Picture(page, reason=NoPicture.STOPPED) for page in asked]
            else:
                try:
                    found = self._inspector.draw(self._file, pages=asked, size=size)
                except NotDrawnError as error:
                    log.warning("pictures.not_drawn", extra={"pages": asked, "error": str(error)})
                    if len(asked) > 1:
                        batch = 1
                        continue
                    self._strikes += 1
                    found = [Picture(page, reason=NoPicture.STOPPED) for page in asked]
            yield found
            got = {picture.page for picture in found}
            waiting = [page for page in waiting if page not in got]


def _missing(store: ObjectStore, wanted: pictures.Wanted) -> pictures.Wanted:
    """What has no row, or whose object the store does not have any more as it was."""

    def is_there(size: PictureSize, page: int) -> bool:
        if (size, page) not in wanted.there:
            return False
        known = wanted.there[size, page]
        if known is None:
            return True
        try:
            return read_digest(store, Bucket.BUNDLES, known[0]).sha256 == known[1]
        except ObjectMissingError:
            return False

    groups = [(size, [page for page in pages if not is_there(size, page)]) for size, pages in wanted.groups]
    return replace(wanted, groups=[(size, pages) for size, pages in groups if pages])


def _keep(run: Run, evidence_id: uuid.UUID, found: Sequence[Picture], size: PictureSize) -> None:
    places = []
    for picture in found:
        key = version_id = sha256 = None
        if picture.reason is None:
            key, sha256 = picture_key(evidence_id, size, picture.page), hashlib.sha256(picture.webp).hexdigest()
            stream, length = io.BytesIO(picture.webp), len(picture.webp)
            version_id = run.tools.store.put(Bucket.BUNDLES, key, stream, length=length, content_type="image/webp")
        places.append((picture, key, version_id, sha256))
    with run.step():
        evidence = db.session.get_one(Evidence, evidence_id)
        for picture, key, version_id, sha256 in places:
            pictures.record_picture(evidence, picture, size=size, key=key, version_id=version_id, sha256=sha256)


@contextmanager
def _original(store: ObjectStore, wanted: pictures.Wanted) -> Iterator[BinaryIO]:
    """A copy of the locked original in a file without a name.

    :raises DigestMismatchError: it is not what was archived.
    """
    expected = Digest(sha256=wanted.sha256, size=wanted.size)
    with tempfile.TemporaryFile() as file:
        with store.open(Bucket.ARCHIVE, wanted.key, version_id=wanted.version_id) as stream:
            file.writelines(chunks(VerifyingReader(stream, expected=expected)))
        file.seek(0)
        yield file
