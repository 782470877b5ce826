"""A paper that somebody ordered: gathered from the database, written, put into the store beside the bundles."""

import io

from storage.base import Bucket
from storage.keys import paper_key
from workers.running import Run
from workflows.papers import operations


def make(run: Run) -> None:
    """Make a paper. Safe to run twice: it lies under a key of its own, and the row names the version written last."""
    with run.step():
        draft = operations.begin(run.subject_id)
    content = draft.write()
    key = paper_key(run.subject_id, draft.format)
    version_id = run.tools.store.put(
        Bucket.BUNDLES, key, io.BytesIO(content), length=len(content), content_type=draft.format.mimetype
    )
    with run.last_step():
        operations.finish(run.subject_id, content, key=key, version_id=version_id)
