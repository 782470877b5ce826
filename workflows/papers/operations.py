"""Takes an order for a paper, gathers what its orderer may see, and notes what became of it.

The making itself is the worker's: the web process only writes the order.
"""

import hashlib
import uuid
from dataclasses import dataclass
from importlib import import_module
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from workflows.core import audit, jobs
from workflows.core.actors import SYSTEM, Actor, Channel, Role
from workflows.core.clock import local_date, now
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.organization.models import Agency
from workflows.organization.queries import person_as_actor
from workflows.papers import matrix, plan, reading, words
from workflows.papers.models import Paper, PaperFormat, PaperKind, PaperState
from workflows.papers.sheet import Sheet, plain

MAKE_JOB = "paper.make"
LONGEST_PLACE = 60
ONE_AGENCY = Reason("one_agency", "Pilih perangkat daerahnya.")
_ZONES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


def order(
    agency: Agency | None, *, kind: PaperKind, as_format: PaperFormat, year: int, place: str = "", actor: Actor
) -> Paper:
    """Order a paper of an agency and year, or of all agencies in the actor's sight; what is under way is not doubled.

    :param place: where it will be signed.
    :raises NotFoundError: the agency or the year is out of the actor's sight.
    :raises PermissionDeniedError: a token that only reads, or all agencies for who does not see the whole region.
    :raises InvalidInputError: a place too long to print, or a plan of no one agency.
    """
    if actor.person_id is None or actor.region_id is None or actor.read_only:
        raise PermissionDeniedError
    if agency is None and kind == PaperKind.PLAN:
        raise InvalidInputError(ONE_AGENCY)
    if agency is None and actor.scope.agency_ids is not None:
        raise PermissionDeniedError(ONE_AGENCY)
    if agency is not None and not _sees(agency, year, actor):
        raise NotFoundError
    where = " ".join(plain(place).split())
    if len(where) > LONGEST_PLACE:
        raise InvalidInputError(Reason("place_long", "Nama tempat paling panjang 60 huruf."))
    values = {
        "region_id": actor.region_id, "agency_id": agency.id if agency else None, "kind": kind, "format": as_format,
        "year": year, "place": where, "ordered_by_id": actor.person_id,
    }  # fmt: skip
    same = sa.and_(*(getattr(Paper, name).is_not_distinct_from(value) for name, value in values.items()))
    waiting = db.session.scalars(sa.select(Paper).where(same, Paper.state == PaperState.QUEUED)).first()
    if waiting is not None:
        return waiting
    paper = Paper(id=new_id(), ordered_at=now(), state=PaperState.QUEUED, **values)
    db.session.add(paper)
    db.session.flush()
    audit.record(
        "paper.ordered", _subject(paper), actor=actor, details={"kind": kind, "format": as_format, "year": year}
    )
    jobs.enqueue(
        MAKE_JOB, key=f"{MAKE_JOB}:{paper.id}", subject_id=paper.id, region_id=paper.region_id,
        agency_id=paper.agency_id,
    )  # fmt: skip
    return paper


def _sees(agency: Agency, year: int, actor: Actor) -> bool:
    scope = actor.scope
    inside = scope.region_id == agency.region_id and (scope.agency_ids is None or agency.id in scope.agency_ids)
    return inside and actor.sees_year(agency.id, year)


@dataclass(frozen=True)
class Draft:
    """What a paper says, gathered; writing it needs no transaction and no database."""

    sheet: Sheet
    format: PaperFormat

    def write(self) -> bytes:
        """Return the file. The same draft gives the same bytes."""
        # Each library is loaded by the first paper that needs it: the web process, which only takes orders, needs none.
        written: bytes = import_module(f"workflows.papers.{self.format.value}").render(self.sheet)
        return written


def begin(paper_id: uuid.UUID) -> Draft:
    """Show that the paper is being made, and gather it as its orderer saw the data with the posts of that moment."""
    paper = db.session.get_one(Paper, paper_id, with_for_update=True)
    paper.state, paper.error_message = PaperState.MAKING, None
    reader = person_as_actor(paper.ordered_by_id, channel=Channel.WORKER, at=paper.ordered_at)
    return Draft(_sheet(paper, reader), paper.format)


def _sheet(paper: Paper, reader: Actor) -> Sheet:
    region, agency = reading.region_and_agency(paper.region_id, paper.agency_id)
    on = local_date(paper.ordered_at, region.timezone)

    def holder(role: Role) -> reading.Signer:
        where = agency.id if agency else None
        return reading.signer(role, region_id=region.id, agency_id=where, at=paper.ordered_at, day=on)

    office = agency.name if agency else None
    head = holder(Role.AGENCY_HEAD if agency else Role.INSPECTOR)
    block = words.block(head, agency=office or "", region=region.name, place=paper.place, on=on)
    told = reading.reports(reader, year=paper.year, agency_id=paper.agency_id)
    if paper.kind == PaperKind.PLAN and office:
        operator = holder(Role.AGENCY_OPERATOR).name
        return plan.plan(
            told, year=paper.year, agency=office, region=region.name, operator=operator, on=on, block=block
        )
    as_of = _moment(paper, region.timezone)
    return matrix.matrix(told, year=paper.year, agency=office, region=region.name, as_of=as_of, on=on, block=block)


def _moment(paper: Paper, zone: str) -> str:
    at = paper.ordered_at.astimezone(ZoneInfo(zone))
    return f"{words.day(at.date())} pukul {at:%H.%M} {_ZONES.get(zone) or at.tzname()}"


def finish(paper_id: uuid.UUID, content: bytes, *, key: str, version_id: str | None) -> None:
    """Show that the paper lies in the store under ``key``."""
    paper = db.session.get_one(Paper, paper_id)
    paper.state, paper.finished_at, paper.key, paper.version_id = PaperState.READY, now(), key, version_id
    paper.sha256, paper.size = hashlib.sha256(content).hexdigest(), len(content)
    details = {
        "kind": paper.kind, "format": paper.format, "year": paper.year, "sha256": paper.sha256, "bytes": paper.size,
    }  # fmt: skip
    audit.record("paper.made", _subject(paper), actor=SYSTEM, details=details)


def fail(paper_id: uuid.UUID, *, message: str) -> None:
    """Show that the paper could not be made, and why."""
    paper = db.session.get_one(Paper, paper_id)
    paper.state, paper.finished_at, paper.error_message = PaperState.FAILED, now(), message
    details = {"kind": paper.kind, "format": paper.format, "year": paper.year, "why": message}
    audit.record("paper.failed", _subject(paper), actor=SYSTEM, details=details)


def record_download(paper: Paper, *, actor: Actor) -> None:
    """Log that somebody carries a paper away. The caller hands it over."""
    details = {"kind": paper.kind, "format": paper.format, "year": paper.year, "sha256": paper.sha256}
    audit.record("paper.downloaded", _subject(paper), actor=actor, details=details, access=True)


def _subject(paper: Paper) -> audit.Subject:
    return audit.Subject("paper", paper.id, paper.region_id, paper.agency_id)
