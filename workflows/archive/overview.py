"""How much of the archive was read again, how long ago, and what is open: what a page about its keeping shows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.archive.custody import EVERY, WORDS
from workflows.archive.models import ArchivedObject, ArchiveFinding
from workflows.core.actors import Actor
from workflows.core.clock import now
from workflows.core.db import db
from workflows.organization.models import Agency
from workflows.organization.scope import in_scope


@dataclass(frozen=True)
class Coverage:
    """What was read of one agency's files, or of all in sight."""

    name: str
    objects: int
    bytes: int
    examined: int
    """Objects that were read within the term."""
    examined_bytes: int
    oldest: dt.datetime | None
    """When the one that was not read for longest was read; ``None`` where one never was."""
    disposed: int
    """Tombstones."""


@dataclass(frozen=True)
class Open:
    """An open finding."""

    receipt: str
    agency: str
    words: str
    """Indonesian, in the catalogs."""
    found_at: dt.datetime


@dataclass(frozen=True)
class Overview:
    """The whole page."""

    agencies: Sequence[Coverage]
    findings: Sequence[Open]
    more: int
    """Open findings that are not in the list."""
    first_lock_ends: dt.datetime | None
    modes: Sequence[str]

    @property
    def objects(self) -> int:
        """Return how many files are in the archive."""
        return sum(row.objects for row in self.agencies)

    @property
    def bytes(self) -> int:
        """Return how large they are."""
        return sum(row.bytes for row in self.agencies)

    @property
    def examined(self) -> int:
        """Return how many were read within the term."""
        return sum(row.examined for row in self.agencies)

    @property
    def disposed(self) -> int:
        """Return how many were disposed of."""
        return sum(row.disposed for row in self.agencies)

    @property
    def never(self) -> bool:
        """Return whether some file was never read again."""
        return any(row.oldest is None and row.objects for row in self.agencies)

    @property
    def oldest(self) -> dt.datetime | None:
        """Return when the file that was not read for longest was read."""
        read = [row.oldest for row in self.agencies if row.oldest is not None]
        return None if self.never else min(read, default=None)


def overview(actor: Actor, *, limit: int = 50) -> Overview:
    """Return what stands for the agencies in sight. Three queries, whatever the number of files."""
    standing = ArchivedObject.disposal_id.is_(None)
    recent = sa.and_(standing, ArchivedObject.examined_at >= now() - EVERY)
    size = sa.cast(ArchivedObject.size, sa.BigInteger)
    never = sa.func.bool_or(ArchivedObject.examined_at.is_(None)).filter(standing)
    oldest = sa.func.min(ArchivedObject.examined_at).filter(standing)
    query = (
        sa.select(
            Agency.name,
            sa.func.count().filter(standing),
            sa.cast(sa.func.coalesce(sa.func.sum(size).filter(standing), 0), sa.BigInteger),
            sa.func.count().filter(recent),
            sa.cast(sa.func.coalesce(sa.func.sum(size).filter(recent), 0), sa.BigInteger),
            sa.case((never, None), else_=oldest),
            sa.func.count().filter(~standing),
            sa.func.min(ArchivedObject.retain_until).filter(standing),
            sa.func.array_agg(sa.distinct(ArchivedObject.lock_mode)),
        )
        .join(ArchivedObject, ArchivedObject.agency_id == Agency.id)
        .where(in_scope(ArchivedObject, actor))
        .group_by(Agency.id)
        .order_by(Agency.name)
    )
    rows = db.session.execute(query).all()
    modes = sorted({mode for row in rows for mode in row[8]})
    return Overview(
        agencies=[Coverage(*row[:7]) for row in rows],
        findings=_findings(actor, limit),
        more=max(0, count_findings(actor) - limit),
        first_lock_ends=min((row[7] for row in rows if row[7] is not None), default=None),
        modes=modes,
    )


def count_findings(actor: Actor) -> int:
    """Return how many findings are open."""
    query = sa.select(sa.func.count()).select_from(ArchiveFinding)
    return db.session.scalars(query.where(in_scope(ArchiveFinding, actor), ArchiveFinding.resolved_at.is_(None))).one()


@dataclass(frozen=True)
class Alarms:
    """What is open in all regions, whoever asks."""

    findings: int
    low_windows: int
    """Of the findings, those that a window of COMPLIANCE ran down."""


def count_all_findings() -> Alarms:
    """Return the counts that no desk is shown; they name nothing."""
    row = db.session.execute(sa.text("SELECT findings, low_windows FROM open_archive_findings()")).one()
    return Alarms(row.findings, row.low_windows)


def _findings(actor: Actor, limit: int) -> list[Open]:
    query = (
        sa.select(ArchiveFinding, Agency.name)
        .join(Agency, Agency.id == ArchiveFinding.agency_id)
        .where(in_scope(ArchiveFinding, actor), ArchiveFinding.resolved_at.is_(None))
        .options(joinedload(ArchiveFinding.archived).joinedload(ArchivedObject.evidence))
        .order_by(ArchiveFinding.found_at.desc(), ArchiveFinding.id.desc())
        .limit(limit)
    )
    return [
        Open(found.archived.evidence.receipt_number, name, WORDS.get(found.code, found.code), found.found_at)
        for found, name in db.session.execute(query)
    ]
