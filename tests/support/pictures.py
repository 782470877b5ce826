"""Pictures of pages as the worker leaves them: bytes in the store, then the row."""

import hashlib
import io
import uuid

from storage.base import Bucket, ObjectStore
from storage.keys import picture_key
from tests.support.pdfs import plain_pdf
from workflows.archive.pictures import record_picture
from workflows.core.db import db
from workflows.evidence.checks.draw import draw_pages
from workflows.evidence.checks.pictures import NoPicture, Picture, PictureSize
from workflows.evidence.models import Evidence


def draw(store: ObjectStore, evidence_id: str, *pages: int, content: bytes = b"", size: PictureSize) -> list[Picture]:
    """Keep pictures of those pages of a file that the test made itself; to be used inside ``Furnished.behind``."""
    evidence = db.session.get_one(Evidence, uuid.UUID(evidence_id))
    drawn = draw_pages(io.BytesIO(content or plain_pdf("Monev", pages=max(pages))), pages, size=size)
    for picture in drawn:
        key, sha256 = picture_key(evidence.id, size, picture.page), hashlib.sha256(picture.webp).hexdigest()
        stream, length = io.BytesIO(picture.webp), len(picture.webp)
        version = store.put(Bucket.BUNDLES, key, stream, length=length, content_type="image/webp")
        record_picture(evidence, picture, size=size, key=key, version_id=version, sha256=sha256)
    return drawn


def leave_out(evidence_id: str, page: int, reason: NoPicture) -> None:
    """Say that a page has no picture; to be used inside ``Furnished.behind``."""
    evidence = db.session.get_one(Evidence, uuid.UUID(evidence_id))
    picture = Picture(page, reason=reason)
    record_picture(evidence, picture, size=PictureSize.PAGE, key=None, version_id=None, sha256=None)
