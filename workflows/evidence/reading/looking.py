"""Gathers what the sense checks are given: the pages, what the requirement says, and other deliveries like this one."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from workflows.core.clock import local_date
from workflows.core.db import db
from workflows.evidence.models import Evidence, EvidenceUse
from workflows.evidence.reading.models import PageText, Reading
from workflows.evidence.sense.figures import digest_of
from workflows.evidence.sense.registry import remarks
from workflows.evidence.sense.subject import INFO, Holder, Page, Remark, Signer, Subject, Twin
from workflows.organization.models import Agency, Person, PositionAssignment, Region, Unit
from workflows.organization.queries import stood
from workflows.plans.models import Requirement

TWINS = 5
"""Other deliveries that are told of; more say no more."""


def pages_of(evidence_id: uuid.UUID) -> list[Page]:
    """Return the pages that hold text, in order."""
    query = sa.select(PageText.page, PageText.text).where(PageText.evidence_id == evidence_id, PageText.text != "")
    return [Page(number, text) for number, text in db.session.execute(query.order_by(PageText.page))]


def figures_of(pages: Sequence[Page]) -> str | None:
    """Return the digest of a paper's figures and dates."""
    return digest_of(pages)


def look(evidence: Evidence, reading: Reading, pages: Sequence[Page]) -> list[tuple[uuid.UUID, Remark]]:
    """Put the questions for each requirement that the delivery serves; return what came of them.

    Where pages could not be read, what was not found may stand on them: that is only told.
    """
    uses = (
        sa.select(EvidenceUse)
        .where(EvidenceUse.evidence_id == evidence.id)
        .options(
            joinedload(EvidenceUse.requirement).joinedload(Requirement.signing_position),
            joinedload(EvidenceUse.requirement).joinedload(Requirement.acknowledging_position),
        )
        .order_by(EvidenceUse.id)
    )
    found = []
    for use in db.session.scalars(uses):
        subject = _subject(use, evidence, reading, pages)
        for remark in remarks(subject):
            unsure = bool(reading.unread) and remark.code.endswith("_absent")
            found.append((use.requirement_id, replace(remark, severity=INFO) if unsure else remark))
    return found


def _subject(use: EvidenceUse, evidence: Evidence, reading: Reading, pages: Sequence[Page]) -> Subject:
    row = use.requirement
    first, last = use.page_from or 1, use.page_to or len(pages) + (reading.pages or 0)
    return Subject(
        pages=[page for page in pages if first <= page.number <= last],
        kind=row.kind,
        agency=row.agency.name,
        agency_code=row.agency.code,
        unit=row.unit.name,
        other_units=_other_units(row),
        of_whole_agency=row.unit.is_secretariat,
        year=row.year,
        quarter=row.quarter,
        expects=row.expects,
        signer=_signer(row, evidence, row.signing_position_id),
        acknowledger=_signer(row, evidence, row.acknowledging_position_id),
        same_file=_same_file(row, evidence),
        same_figures=_same_figures(row, evidence, reading),
    )


def _other_units(row: Requirement) -> list[str]:
    own = (row.unit_id, row.duty_unit_id)
    query = sa.select(Unit.name).where(Unit.agency_id == row.agency_id, Unit.id.not_in(own), ~Unit.is_secretariat)
    return list(db.session.scalars(query.order_by(Unit.code)))


def _signer(row: Requirement, evidence: Evidence, position_id: uuid.UUID | None) -> Signer | None:
    """Return who held the post from the beginning of the period to the day of the delivery."""
    position = row.signing_position if position_id == row.signing_position_id else row.acknowledging_position
    if position is None:
        return None
    begins = dt.date(row.year, 3 * (row.quarter or 1) - 2, 1)
    received_on = local_date(evidence.received_at, db.session.get_one(Region, evidence.region_id).timezone)
    query = (
        sa.select(Person.name, Person.nip)
        .join(PositionAssignment, PositionAssignment.person_id == Person.id)
        .where(
            PositionAssignment.position_id == position.id,
            stood(),
            PositionAssignment.valid_from <= received_on,
            sa.or_(PositionAssignment.valid_to.is_(None), PositionAssignment.valid_to >= begins),
        )
        .distinct()
        .order_by(Person.name)
    )
    return Signer(position.title, [Holder(name, nip) for name, nip in db.session.execute(query)])


def _elsewhere(row: Requirement, evidence: Evidence) -> sa.Select[str, uuid.UUID, str]:
    """The requirements of the region whose newest delivery is another one, with the agency of each."""
    mine = sa.select(EvidenceUse.requirement_id).where(EvidenceUse.evidence_id == evidence.id)
    return (
        sa.select(Requirement.title, Requirement.agency_id, Agency.name)
        .select_from(Evidence)
        .join(Requirement, Requirement.newest_evidence_id == Evidence.id)
        .join(Agency, Agency.id == Requirement.agency_id)
        .where(
            Evidence.region_id == row.region_id,
            Evidence.id != evidence.id,
            Requirement.id.not_in(mine),
            Requirement.returned_at.is_(None),
            Requirement.waived_at.is_(None),
        )
        .order_by(Requirement.id)
        .limit(TWINS)
    )


def _same_file(row: Requirement, evidence: Evidence) -> list[Twin]:
    """One paper for several requirements is sent once, for all of them: sent apart, it is told."""
    return _twins(_elsewhere(row, evidence).where(Evidence.sha256 == evidence.sha256), row)


def _same_figures(row: Requirement, evidence: Evidence, reading: Reading) -> list[Twin]:
    if reading.figures is None:
        return []
    alike = (
        _elsewhere(row, evidence)
        .join(Reading, Reading.evidence_id == Evidence.id)
        .where(Reading.region_id == row.region_id, Reading.figures == reading.figures)
        .where(Evidence.sha256 != evidence.sha256)
        .where(sa.or_(Requirement.unit_id != row.unit_id, Requirement.quarter.is_distinct_from(row.quarter)))
    )
    return _twins(alike, row)


def _twins(query: sa.Select[str, uuid.UUID, str], row: Requirement) -> list[Twin]:
    return [Twin(title, name, agency_id != row.agency_id) for title, agency_id, name in db.session.execute(query)]
