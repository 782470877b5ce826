"""Received bytes: brought to where they can be judged, and removed when they are no longer needed."""

import logging
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO

from storage.base import Bucket, ObjectStore
from storage.errors import StorageError
from storage.reading import Digest, VerifyingReader, chunks
from workers.running import Run
from workflows.archive import intake
from workflows.core.clock import now

log = logging.getLogger(__name__)


@contextmanager
def fetched(store: ObjectStore, key: str, *, sha256: str, size: int) -> Iterator[BinaryIO]:
    """A copy of received bytes in a file without a name, gone when it is closed or the process dies.

    :raises DigestMismatchError: they are not what was received.
    """
    with tempfile.TemporaryFile() as file:
        with store.open(Bucket.INTAKE, key) as stream:
            file.writelines(chunks(VerifyingReader(stream, expected=Digest(sha256=sha256, size=size))))
        file.seek(0)
        yield file


def forget(run: Run, evidence_id: uuid.UUID, key: str) -> None:
    """Remove received bytes after their fate was committed. What fails here is done again by the next sweep."""
    try:
        run.tools.store.remove(Bucket.INTAKE, key)
    except StorageError as error:
        log.warning("intake.not_removed", extra={"evidence": evidence_id, "error": str(error)})
        return
    with run.aside():
        intake.record_removed(evidence_id)


def sweep(run: Run) -> None:
    """Remove leftovers of uploads that never ended, archived bytes, and refused bytes after their term.

    Safe to run twice: what is gone stays gone.
    """
    store = run.tools.store
    with run.step():
        before = now() - intake.ORPHAN_AGE
        kept = intake.kept_before()
        done_with = [(row.id, row.intake_key) for row in (*intake.archived_but_kept(), *intake.refused_and_due())]
    for evidence_id, key in done_with:
        forget(run, evidence_id, key)
    orphans = 0
    for keys in _in_hundreds(
        found.key
        for found in store.list(Bucket.INTAKE)
        if found.modified_at < before and (kept is None or found.modified_at > kept)
    ):
        with run.step():
            left = intake.unknown(keys)
        for object_id in left:
            store.remove(Bucket.INTAKE, keys[object_id])
            orphans += 1
    unfinished = sum(store.discard_unfinished(bucket, before=before) for bucket in Bucket)
    log.info("intake.swept", extra={"removed": len(done_with), "orphans": orphans, "unfinished": unfinished})
    with run.last_step():
        pass


def _in_hundreds(keys: Iterable[str]) -> Iterator[Mapping[uuid.UUID, str]]:
    """Keys by the id they spell. One that spells none was not made by an upload and is nobody's to remove."""
    rest = iter(keys)
    while piece := list(islice(rest, 100)):
        spelt: dict[uuid.UUID, str] = {}
        for key in piece:
            try:
                spelt[uuid.UUID(key)] = key
            except ValueError:
                log.warning("intake.strange_key", extra={"key": key})
        yield spelt
