"""Pictures of the pages of archived originals: which are wanted, which are there, and how one is asked for again.

They are derived and can be made again at any time, so nothing here is an event of the log and nothing waits for them.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from workflows.archive.models import ArchivedObject, PagePicture
from workflows.core import jobs
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.core.ids import new_id
from workflows.core.models import Job, JobState
from workflows.evidence.access.queries import Sight, columns_of_sight
from workflows.evidence.checks.pictures import LIMITS, Picture, PictureLimits, PictureSize, pages_to_draw
from workflows.evidence.models import CheckReport, Evidence, EvidenceUse
from workflows.evidence.page_ranges import pages_of
from workflows.evidence.queries import newest_report, visible_evidence

PICTURES_JOB = "evidence.picture"
_GROUP = tuple[PictureSize, Sequence[int]]


@dataclass(frozen=True)
class Wanted:
    """What is to be drawn of one original, and where that lies."""

    evidence_id: uuid.UUID
    key: str
    version_id: str
    sha256: str
    size: int
    groups: Sequence[_GROUP]
    """Sizes and pages, those that people look at first in front."""
    there: Mapping[tuple[PictureSize, int], tuple[str, str] | None]
    """Key and digest of what was drawn already, as the rows say; ``None`` for what cannot be drawn."""


@dataclass(frozen=True)
class Shown:
    """How far the pictures of a delivery are."""

    pages: Sequence[int]
    """The pages that have or get one, in the order of the paper."""
    drawn: Mapping[int, PagePicture]
    """By page, those that could not be drawn included."""
    small: Mapping[int, PagePicture]
    total: int | None
    """Pages of the file; ``None`` when nobody could count them."""
    under_way: bool

    @property
    def beyond(self) -> int:
        """How many pages are left out because the file is long."""
        return max(0, (self.total or 0) - len(self.pages))

    def own(self, use: EvidenceUse | None) -> Sequence[int]:
        """The pages that were named for one requirement; none where the whole paper is for it."""
        first, last = named_pages(use) or (1, 0)
        return [page for page in self.pages if first <= page <= last]


def pages_that_matter(report: CheckReport | None, uses: Collection[EvidenceUse]) -> list[int]:
    """The pages looked at first: where a signature shows, the ends of a range named for a requirement, findings."""
    found = report.report if report else {}
    told = [entry.get("page") for entry in found.get("findings", ())]
    named = [page for use in uses for page in (use.page_from, use.page_to)]
    return sorted({page for page in (*_signed(report), *named, *told) if page})


def _signed(report: CheckReport | None) -> list[int]:
    entries = report.report.get("signatures", ()) if report else ()
    return sorted({entry["page"] for entry in entries if entry.get("page")})


def first_and_signed(report: CheckReport | None, use: EvidenceUse | None) -> list[int]:
    """The pages by which a person knows a paper and its signature: the first one, and those with a signature.

    Where no signature shows, ink is looked for on the last page. Of a file for several, only its own pages count.
    """
    first, last = named_pages(use) or (1, pages_of(report) or 1)
    signed = [page for page in _signed(report) if not named_pages(use) or first <= page <= last]
    return list(dict.fromkeys([first, *(signed or [last])]))[:3]


def named_pages(use: EvidenceUse | None) -> tuple[int, int] | None:
    """The first and the last page that were named for a requirement; ``None`` where the whole paper is for it."""
    if use is None or use.page_from is None or use.page_to is None:
        return None
    return use.page_from, use.page_to


def wanted(evidence_id: uuid.UUID, *, limits: PictureLimits = LIMITS) -> Wanted:
    """Return what is to be drawn, whoever asks.

    :raises LookupError: the original is not in the archive.
    """
    query = sa.select(ArchivedObject).where(ArchivedObject.evidence_id == evidence_id)
    archived = db.session.scalars(query).one_or_none()
    if archived is None:
        raise LookupError(f"delivery {evidence_id} is not archived")
    report = newest_report(evidence_id)
    uses = db.session.scalars(sa.select(EvidenceUse).where(EvidenceUse.evidence_id == evidence_id)).all()
    matter = pages_that_matter(report, uses)
    pages = pages_to_draw(pages_of(report), important=matter, limits=limits)
    last = pages_of(report)
    first = [page for page in pages if page in {1, *matter, last}]
    rows = db.session.scalars(sa.select(PagePicture).where(PagePicture.evidence_id == evidence_id))
    return Wanted(
        evidence_id=evidence_id,
        key=archived.key,
        version_id=archived.version_id,
        sha256=archived.sha256,
        size=archived.size,
        groups=[(PictureSize.SMALL, first), (PictureSize.PAGE, pages)],
        there={(row.size, row.page): (row.key, row.sha256 or "") if row.key else None for row in rows},
    )


_table = cast("sa.Table", PagePicture.__table__)


def record_picture(
    evidence: Evidence,
    picture: Picture,
    *,
    size: PictureSize,
    key: str | None,
    version_id: str | None,
    sha256: str | None,
) -> None:
    """Write where a picture lies, or that there is none. A later one of the same page takes its place."""
    values: dict[str, Any] = {
        "key": key,
        "version_id": version_id,
        "sha256": sha256,
        "bytes": len(picture.webp),
        "width": picture.width,
        "height": picture.height,
        "reason": picture.reason,
        "drawn_at": sa.func.clock_timestamp(),
    }
    owner = {"id": new_id(), "region_id": evidence.region_id, "agency_id": evidence.agency_id}
    named = {"evidence_id": evidence.id, "page": picture.page, "size": size}
    written = insert(_table).values(**owner, **named, **values)
    db.session.execute(written.on_conflict_do_update(index_elements=["evidence_id", "size", "page"], set_=values))


def picture_of(evidence_id: uuid.UUID, page: int, size: PictureSize, actor: Actor) -> PagePicture:
    """Return where the picture of a page lies.

    :raises NotFoundError: not drawn (yet), or not for this actor to know of.
    :raises PermissionDeniedError: its file is restricted, and not for this actor to open.
    """
    query = (
        visible_evidence(evidence_id, actor)
        .join(PagePicture, PagePicture.evidence_id == Evidence.id)
        .where(PagePicture.page == page, PagePicture.size == size, PagePicture.key.is_not(None))
        .with_only_columns(PagePicture, *columns_of_sight(actor))
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError
    picture, *sight = found
    Sight(*sight).require_open()
    return picture


def draw_again(picture: PagePicture) -> bool:
    """Have the pictures of a delivery looked after, because this one is gone from the store.

    One order for each picture that was lost: however often it is asked for meanwhile. Returns whether it is new.
    """
    return jobs.enqueue(
        PICTURES_JOB,
        key=f"{PICTURES_JOB}:{picture.evidence_id}:{picture.id}:{picture.drawn_at.timestamp():.6f}",
        subject_id=picture.evidence_id,
        region_id=picture.region_id,
        agency_id=picture.agency_id,
    )


def pictures_of(evidence: Evidence, report: CheckReport | None, uses: Collection[EvidenceUse]) -> Shown:
    """Return how far the pictures of a delivery are, in two queries. The caller has seen to the scope."""
    rows = db.session.scalars(sa.select(PagePicture).where(PagePicture.evidence_id == evidence.id)).all()
    open_job = sa.exists().where(
        Job.subject_id == evidence.id,
        Job.kind == PICTURES_JOB,
        Job.state.in_([JobState.QUEUED, JobState.RUNNING]),
    )
    total = pages_of(report)
    drawn = {row.page: row for row in rows if row.size == PictureSize.PAGE}
    under_way = bool(db.session.scalar(sa.select(open_job)))
    planned = pages_to_draw(total, important=pages_that_matter(report, uses)) if total is not None else list(drawn)
    return Shown(
        pages=sorted(page for page in planned if page in drawn or under_way),
        drawn=drawn,
        small={row.page: row for row in rows if row.size == PictureSize.SMALL},
        total=total,
        under_way=under_way,
    )


def small_pictures(evidence_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[int, PagePicture]]:
    """Return the small pictures of several deliveries by delivery and page, in one query."""
    found: dict[uuid.UUID, dict[int, PagePicture]] = {}
    query = sa.select(PagePicture).where(
        PagePicture.evidence_id.in_(evidence_ids),
        PagePicture.size == PictureSize.SMALL,
        PagePicture.key.is_not(None),
    )
    for row in db.session.scalars(query):
        found.setdefault(row.evidence_id, {})[row.page] = row
    return found
