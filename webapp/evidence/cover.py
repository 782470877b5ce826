"""A read of an original also looks at what lies over it: the recorded version is right, the sign is not."""

import logging

from flask import current_app

from storage.base import ObjectStore
from storage.errors import StorageError
from storage.fixity import covering
from workflows.archive.custody import note_seen
from workflows.archive.models import ArchivedObject
from workflows.core.actors import Actor

log = logging.getLogger(__name__)


def note_cover(archived: ArchivedObject, actor: Actor) -> None:
    """Record a newer version or a delete marker over an archived original. A store that is away is not asked again."""
    store: ObjectStore = current_app.extensions["store"]
    try:
        found = covering(store, archived.key, archived.version_id)
    except StorageError as error:
        log.warning("archive.cover_unknown", extra={"key": archived.key, "error": repr(error)})
        return
    if found is not None:
        log.error("archive.finding", extra={"code": found.value, "key": archived.key, "version": archived.version_id})
        note_seen(archived, found, actor=actor)
