"""An ordered bundle: gathered from the database, packed from the archive, put into the store."""

import tempfile
import time

from storage.base import Bucket
from storage.keys import bundle_key
from storage.piping import put_while_made
from workers.running import Run
from workflows.bundles import operations

PROGRESS_SECONDS = 1.0
"""Between two lines of progress: a bundle of a thousand files is not a thousand transactions."""


def build(run: Run) -> None:
    """Build a bundle. Safe to run twice: the same order gives the same bytes under the same key."""
    key, seal_key = bundle_key(run.subject_id), run.tools.seal_key()
    with tempfile.TemporaryFile() as log:
        with run.step():
            operations.begin(run.subject_id)
            draft = operations.gather(run.subject_id, log=log, installation=run.tools.installation)
        result, version_id = put_while_made(
            run.tools.store,
            Bucket.BUNDLES,
            key,
            lambda out: operations.pack(
                draft, store=run.tools.store, seal_key=seal_key, out=out, progress=_told_now_and_then(run)
            ),
            content_type="application/zip",
        )
    with run.last_step():
        stays = operations.finish(
            run.subject_id,
            result,
            packed=draft.contents.packed,
            key=key,
            version_id=version_id,
            fingerprint=seal_key.fingerprint,
        )
    if not stays:
        run.tools.store.remove(Bucket.BUNDLES, key)


def _told_now_and_then(run: Run) -> operations.Progress:
    due = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + PROGRESS_SECONDS
            with run.step():
                operations.progress(run.subject_id, done=done, total=total)

    return tell
