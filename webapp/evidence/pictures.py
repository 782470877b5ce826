"""Hands out pictures of pages, and names the small ones that stand beside a confirmation."""

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import Response, current_app, url_for

from storage.base import Bucket, ObjectStore
from storage.errors import ObjectMissingError
from storage.reading import HashingReader
from workflows.archive.models import PagePicture
from workflows.archive.pictures import draw_again, first_and_signed, picture_of, small_pictures
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.evidence.checks.pictures import PictureSize
from workflows.evidence.models import CheckReport, Evidence, EvidenceUse

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Thumbnail:
    """A small picture that leads to the page in the report."""

    page: int
    src: str
    href: str
    width: int
    height: int


def send_picture(evidence_id: uuid.UUID, page: int, size: PictureSize, actor: Actor) -> Response:
    """Answer with the picture of a page; one that the store has lost is ordered anew.

    :raises NotFoundError: not drawn, not there just now, or not for this actor to know of.
    """
    picture = picture_of(evidence_id, page, size, actor)
    content = _content(picture)
    if content is None:
        log.warning("evidence.picture_lost", extra={"key": picture.key})
        draw_again(picture)
        db.session.commit()
        raise NotFoundError
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return Response(content, mimetype="image/webp", headers=headers)


def _content(picture: PagePicture) -> bytes | None:
    """The very bytes that were kept, `None` when the store has none or others."""
    store: ObjectStore = current_app.extensions["store"]
    try:
        with store.open(Bucket.BUNDLES, picture.key or "", version_id=picture.version_id) as stream:
            reader = HashingReader(stream)
            content = bytearray()
            while len(content) <= picture.bytes and (piece := reader.read(picture.bytes + 1)):
                content += piece
    except ObjectMissingError:
        return None
    return bytes(content) if reader.digest().sha256 == picture.sha256 else None


def thumbnails_of(
    deliveries: Iterable[tuple[uuid.UUID, Evidence, CheckReport | None, EvidenceUse]],
) -> dict[uuid.UUID, Sequence[Thumbnail]]:
    """Return the first page and those with a signature, as far as they are drawn, by the requirement of each.

    One query, whatever the number of deliveries.
    """
    wanted = [(key, evidence.id, first_and_signed(report, use)) for key, evidence, report, use in deliveries]
    found = small_pictures({evidence_id for _, evidence_id, _ in wanted}) if wanted else {}
    return {
        key: [_thumbnail(found[evidence_id][page], key) for page in pages if page in found.get(evidence_id, {})]
        for key, evidence_id, pages in wanted
    }


def _thumbnail(picture: PagePicture, requirement_id: uuid.UUID) -> Thumbnail:
    where = {"evidence_id": picture.evidence_id}
    return Thumbnail(
        page=picture.page,
        src=url_for("evidence.picture", page=picture.page, size=PictureSize.SMALL.value, **where),
        href=url_for("evidence.report", untuk=requirement_id, _anchor=f"halaman-{picture.page}", **where),
        width=picture.width,
        height=picture.height,
    )
