"""A grid made from the organisation chart in one step, and what becomes of it when the chart changes.

All of its cells are written or none. A cell that an earlier report asks for already is not doubled: the one that is
there serves the new recommendations as well, from the issue of their report on.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from workflows.core import audit
from workflows.core.actors import INSPECTORATE, Actor, Role
from workflows.core.clock import now
from workflows.core.db import db, lock_rows
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError, Reason
from workflows.core.ids import new_id
from workflows.core.sentences import Template
from workflows.core.transitions import State
from workflows.organization.models import Agency, Position, Unit
from workflows.organization.operations import TITLES
from workflows.organization.queries import units_of
from workflows.organization.successions import standing_units
from workflows.plans.links import link, told
from workflows.plans.models import Grid, Requirement, RequirementKind, Who, requirement_recommendation
from workflows.plans.operations import serve, sole_unit, title_of, waive
from workflows.plans.rules import lock, settle
from workflows.plans.terms import due, opens, quarter_end
from workflows.recommendations.models import EvaluationReport, Recommendation, ReportState

QUARTERS = (1, 2, 3, 4)
MOST_DAYS = 366
NO_RECOMMENDATION = Reason("no_recommendation", "Pilih sedikitnya satu rekomendasi dari LHE ini.")
NO_UNIT = Reason("no_unit", "Pilih sedikitnya satu unit kerja.")
NO_QUARTER = Reason("no_quarter", "Pilih sedikitnya satu triwulan.")
NO_QUARTERS_HERE = Reason("quarters", "Hanya monev triwulan yang dibagi menurut triwulan.")
UNKNOWN_UNIT = Reason("unknown_unit", "Ada unit yang tidak dikenal di perangkat daerah ini, atau sudah ditutup.")
OUTCOME = Reason("kind", "Capaian tidak diminta lewat kisi; LHE berikutnya yang menutupnya.")
BAD_DUE = Reason("due", "Batas waktu berupa 0 sampai 366 hari setelah akhir triwulan, atau satu tanggal.")
BAD_YEAR = Reason("year", "Tahun kisi adalah tahun LHE ini atau tahun sebelumnya.")
_SAME_POST = Template("%(unit)s: yang menandatangani dan yang mengetahui tidak boleh jabatan yang sama.")
NOT_OPEN = Reason("not_proposed", "Usulan ini tidak berlaku lagi. Muat ulang halamannya.")
_CLOSED = Template("%(unit)s ditutup pada %(day)s.")


@dataclass(frozen=True)
class Asked:
    """What a grid is to ask for."""

    kind: RequirementKind
    recommendation_ids: Collection[uuid.UUID]
    unit_ids: Collection[uuid.UUID] | None = None
    """``None`` for every unit of the chart."""
    quarters: Collection[int] = ()
    signed_by: Who = Who.UNIT_HEAD
    acknowledged_by: Who = Who.AGENCY_HEAD
    due_days: int | None = None
    due_on: dt.date | None = None
    title: str | None = None
    year: int | None = None
    """The report's own year where it is not said."""


@dataclass(frozen=True)
class Cell:
    """One cell that a grid asks for."""

    unit: Unit
    quarter: int | None
    there: Requirement | None
    """The cell that asks for the same already."""


@dataclass(frozen=True)
class Preview:
    """What making a grid would come to."""

    cells: Sequence[Cell]
    units: Sequence[Unit]
    makes_unit: bool = False
    """The agency has no unit: its one secretariat would be written."""

    @property
    def new(self) -> int:
        """Return how many cells would be written."""
        return sum(cell.there is None for cell in self.cells)

    @property
    def linked(self) -> int:
        """Return how many are there already and would serve these recommendations as well."""
        return len(self.cells) - self.new


def open_units(agency_id: uuid.UUID, *, on: dt.date) -> list[Unit]:
    """Return the units of an agency that are open on a day and were not merged, the secretariat first."""
    return [unit for unit in standing_units(agency_id) if unit.closed_on is None or unit.closed_on >= on]


def preview(report: EvaluationReport, asked: Asked, *, actor: Actor, on: dt.date) -> Preview:
    """Return what making this grid would come to; writes nothing.

    :raises PermissionDeniedError: not of the Inspektorat. :raises InvalidInputError: with every reason at once.
    """
    if not actor.holds(*INSPECTORATE, agency_id=report.agency_id):
        raise PermissionDeniedError
    chart = open_units(report.agency_id, on=on)
    makes_unit = not chart
    if makes_unit:
        chart = [Unit(agency_id=report.agency_id, code="SEKRETARIAT", name="Sekretariat", is_secretariat=True)]
    units = chart if asked.unit_ids is None or makes_unit else [row for row in chart if row.id in set(asked.unit_ids)]
    reasons = [*_against(report, asked), *_against_units(asked, chart, units)]
    if reasons:
        raise InvalidInputError(*reasons)
    there = {} if makes_unit else _there(report.agency_id, asked, _year(report, asked))
    cells = [
        Cell(unit, quarter, there.get((unit.id, quarter)))
        for quarter in _quarters(asked)
        for unit in units
    ]  # fmt: skip
    return Preview(cells, chart, makes_unit)


def _year(report: EvaluationReport, asked: Asked) -> int:
    return asked.year if asked.year is not None else report.year


def _quarters(asked: Asked) -> Sequence[int | None]:
    return sorted(set(asked.quarters)) if asked.kind == RequirementKind.QUARTERLY_MONITORING else [None]


def _against(report: EvaluationReport, asked: Asked) -> Iterator[Reason]:
    quarterly = asked.kind == RequirementKind.QUARTERLY_MONITORING
    if asked.kind == RequirementKind.OUTCOME:
        yield OUTCOME
    if quarterly and (not asked.quarters or not set(asked.quarters) <= set(QUARTERS)):
        yield NO_QUARTER
    if asked.quarters and not quarterly:
        yield NO_QUARTERS_HERE
    if asked.due_days is not None and (not quarterly or not 0 <= asked.due_days <= MOST_DAYS):
        yield BAD_DUE
    if _year(report, asked) not in (report.year, report.year - 1):
        yield BAD_YEAR
    known = set(db.session.scalars(sa.select(Recommendation.id).where(Recommendation.report_id == report.id)))
    if not asked.recommendation_ids or not set(asked.recommendation_ids) <= known:
        yield NO_RECOMMENDATION


def _against_units(asked: Asked, chart: Sequence[Unit], units: Sequence[Unit]) -> Iterator[Reason]:
    if not units:
        yield NO_UNIT
    if asked.unit_ids is not None and chart[0].id is not None and not set(asked.unit_ids) <= {row.id for row in chart}:
        yield UNKNOWN_UNIT
    for unit in units:
        one, other = (_of_whom(who, unit, chart) for who in (asked.signed_by, asked.acknowledged_by))
        if one == other:
            yield Reason("same_post", _SAME_POST(unit=unit.name))


def _secretariat(chart: Sequence[Unit]) -> Unit:
    return next((unit for unit in chart if unit.is_secretariat), chart[0])


def _of_whom(who: Who, unit: Unit, chart: Sequence[Unit]) -> Unit | None:
    """Return the unit whose head it is; ``None`` for the head of the agency."""
    return {Who.UNIT_HEAD: unit, Who.SECRETARY: _secretariat(chart), Who.AGENCY_HEAD: None}[who]


def _there(agency_id: uuid.UUID, asked: Asked, year: int) -> dict[tuple[uuid.UUID, int | None], Requirement]:
    """Return the cells that ask for the same already, by unit and quarter. A document has a name of its own."""
    if asked.kind == RequirementKind.DOCUMENT:
        return {}
    query = sa.select(Requirement).where(
        Requirement.agency_id == agency_id,
        Requirement.year == year,
        Requirement.kind == asked.kind,
        Requirement.waived_at.is_(None),
    )
    rows = db.session.scalars(query.order_by(Requirement.id.desc())).unique()
    return {(row.unit_id, row.quarter): row for row in rows if not row.expects}


def make(report: EvaluationReport, asked: Asked, *, actor: Actor, on: dt.date) -> Grid:
    """Write a grid: all of its cells, or none.

    :raises PermissionDeniedError, InvalidInputError: as :func:`preview` does.
    """
    (report,) = lock_rows(EvaluationReport, [report.id])
    planned = preview(report, asked, actor=actor, on=on)
    agency = db.session.get_one(Agency, report.agency_id)
    cells, chart = planned.cells, planned.units
    if planned.makes_unit:
        chart = [sole_unit(agency)]
        cells = [Cell(chart[0], cell.quarter, None) for cell in cells]
    served = _recommendations(report, asked.recommendation_ids)
    chosen = {cell.unit.id for cell in cells}
    grid = Grid(
        id=new_id(), region_id=report.region_id, agency_id=report.agency_id, report_id=report.id, kind=asked.kind,
        title=asked.title, year=_year(report, asked), quarters=[one for one in _quarters(asked) if one], expects=[],
        signed_by=asked.signed_by, acknowledged_by=asked.acknowledged_by, due_days=asked.due_days, due_on=asked.due_on,
        left_out=[unit.id for unit in chart if unit.id not in chosen], pending_links=[],
    )  # fmt: skip
    db.session.add(grid)
    db.session.flush()
    new = _write(grid, agency, chart, [cell for cell in cells if cell.there is None], served)
    linked = [cell.there for cell in cells if cell.there is not None]
    details = {
        "grid": grid.id, "kind": grid.kind, "year": grid.year, "quarters": grid.quarters,
        "units": sorted({cell.unit.code for cell in cells}), "recommendations": [row.number for row in served],
        "cells": len(new), "linked": len(linked), "signed_by": grid.signed_by, "acknowledged_by": grid.acknowledged_by,
    }  # fmt: skip
    audit.record("report.grid_made", _subject(report), actor=actor, details=details)
    if report.state == ReportState.ISSUED:
        _tell_new(report, new, served, actor)
        link(report, [(row.id, one.id) for row in linked for one in served], actor)
    else:
        grid.pending_links = [[str(row.id), str(one.id)] for row in linked for one in served]
        db.session.flush()
    return grid


def _subject(report: EvaluationReport) -> audit.Subject:
    return audit.Subject("report", report.id, report.region_id, report.agency_id)


def _recommendations(report: EvaluationReport, ids: Collection[uuid.UUID]) -> list[Recommendation]:
    query = sa.select(Recommendation).where(Recommendation.report_id == report.id, Recommendation.id.in_(ids))
    return list(db.session.scalars(query.order_by(Recommendation.ordinal, Recommendation.id)))


def _write(
    grid: Grid, agency: Agency, chart: Sequence[Unit], cells: Sequence[Cell], served: Sequence[Recommendation]
) -> list[Requirement]:
    """Write cells with their posts; the number of statements does not depend on theirs."""
    heads = _heads(agency, chart)
    rows = [_requirement(grid, cell.unit, cell.quarter, chart, heads) for cell in cells]
    db.session.add_all(rows)
    db.session.flush()
    if rows:
        for one in served:
            serve(rows, one)
    return rows


def _heads(agency: Agency, chart: Sequence[Unit]) -> Mapping[uuid.UUID | None, uuid.UUID]:
    """Return the post of each unit's head, and under ``None`` that of the agency's; what is missing is written."""
    query = sa.select(Position).where(
        Position.agency_id == agency.id, Position.role.in_([Role.UNIT_HEAD, Role.AGENCY_HEAD])
    )
    found: dict[uuid.UUID | None, uuid.UUID] = {}
    for row in db.session.scalars(query.order_by(Position.id.desc())):
        if (row.role == Role.UNIT_HEAD) == (row.unit_id is not None):
            found[row.unit_id] = row.id
    missing = [unit for unit in (None, *chart) if (unit.id if unit else None) not in found]
    written = [_head(agency, unit) for unit in missing]
    db.session.add_all(written)
    db.session.flush()
    found |= {row.unit_id: row.id for row in written}
    return found


def _head(agency: Agency, unit: Unit | None) -> Position:
    """Return the post of a head, not yet written; a post exists even while nobody holds it."""
    role = Role.UNIT_HEAD if unit else Role.AGENCY_HEAD
    title = TITLES[role].format(unit=unit.name if unit else "", agency=agency.name)
    return Position(
        id=new_id(), region_id=agency.region_id, agency_id=agency.id, unit_id=unit.id if unit else None, title=title,
        role=role,
    )  # fmt: skip


def _requirement(
    grid: Grid, unit: Unit, quarter: int | None, chart: Sequence[Unit], heads: Mapping[uuid.UUID | None, uuid.UUID]
) -> Requirement:
    signing, acknowledging = (_of_whom(who, unit, chart) for who in (grid.signed_by, grid.acknowledged_by))
    ends = due(grid.kind, grid.year, quarter)
    if quarter and grid.due_days is not None:
        ends = quarter_end(grid.year, quarter) + dt.timedelta(days=grid.due_days)
    title = f"{grid.title} {grid.year} - {unit.name}" if grid.title else None
    return Requirement(
        id=new_id(),
        region_id=grid.region_id,
        agency_id=grid.agency_id,
        report_id=grid.report_id,
        unit_id=unit.id,
        kind=grid.kind,
        title=title or title_of(grid.kind, grid.year, quarter, unit, grid.expects),
        year=grid.year,
        quarter=quarter,
        signing_position_id=heads[signing.id if signing else None],
        acknowledging_position_id=heads[acknowledging.id if acknowledging else None],
        due_on=grid.due_on or ends,
        opens_on=opens(grid.kind, grid.year, quarter),
        expects=list(grid.expects),
        state_since=now(),
        grid_id=grid.id,
    )


def _tell_new(
    report: EvaluationReport, rows: Sequence[Requirement], served: Sequence[Recommendation], actor: Actor
) -> None:
    """Tell of cells that an issued report asks for from now on, and bring its recommendations along."""
    numbers = [row.number for row in served]
    for row in rows:
        subject = audit.Subject("requirement", row.id, row.region_id, row.agency_id)
        audit.record("requirement.asked", subject, actor=actor, details={"year": report.year, **told(row, numbers)})
    if rows:
        settle(lock(rows), cause=actor)


@dataclass(frozen=True)
class Proposal:
    """What the chart asks of a grid since it was made: a cell to add, or one to waive."""

    grid: Grid
    unit: Unit
    quarter: int | None
    there: Requirement | None = field(default=None)
    """The cell to waive; ``None`` where one is to be added."""

    @property
    def key(self) -> str:
        """Return its name in a form."""
        return f"{self.grid.id}:{self.unit.id}:{self.quarter or 0}:{'waive' if self.there else 'add'}"


def proposals(report: EvaluationReport, *, actor: Actor, on: dt.date) -> list[Proposal]:
    """Return where the chart has parted from the grids of a report: units that came, and units that were closed.

    A quarter that is over is asked of nobody who was not there; a cell on which somebody has worked stays.
    """
    if not actor.holds(*INSPECTORATE, agency_id=report.agency_id):
        return []
    grids = list(db.session.scalars(sa.select(Grid).where(Grid.report_id == report.id).order_by(Grid.id)))
    if not grids:
        return []
    units = {unit.id: unit for unit in units_of(report.agency_id)}
    standing = {unit.id: unit for unit in standing_units(report.agency_id)}
    query = sa.select(Requirement).where(
        Requirement.agency_id == report.agency_id, Requirement.year.in_({grid.year for grid in grids})
    )
    rows = list(db.session.scalars(query.order_by(Requirement.quarter, Requirement.id)).unique())
    return [
        found for grid in grids for found in (*_missing(grid, standing, rows, on), *_superfluous(grid, units, rows))
    ]


def _begins(year: int, quarter: int | None) -> dt.date:
    """Return the first day of what a cell is about; the last quarter's where it is about the whole year."""
    return dt.date(year, (quarter or QUARTERS[-1]) * 3 - 2, 1)


def _missing(
    grid: Grid, units: Mapping[uuid.UUID, Unit], rows: Sequence[Requirement], on: dt.date
) -> Iterator[Proposal]:
    document = grid.kind == RequirementKind.DOCUMENT
    asked = {
        (row.unit_id, row.quarter)
        for row in rows
        if row.grid_id == grid.id or (not document and (row.kind, row.year) == (grid.kind, grid.year) and row.in_force)
    }
    wanted: Sequence[int | None] = grid.quarters or [None]
    for quarter in wanted:
        if quarter is not None and quarter_end(grid.year, quarter) < on:
            continue
        for unit in units.values():
            shut = unit.closed_on is not None and unit.closed_on < max(on, _begins(grid.year, quarter))
            if not shut and unit.id not in grid.left_out and (unit.id, quarter) not in asked:
                yield Proposal(grid, unit, quarter)


def _superfluous(grid: Grid, units: Mapping[uuid.UUID, Unit], rows: Sequence[Requirement]) -> Iterator[Proposal]:
    for row in rows:
        unit = units[row.unit_id]
        untouched = row.in_force and row.state == State.DRAFTED and row.newest_evidence_id is None
        if row.grid_id != grid.id or unit.closed_on is None or not untouched:
            continue
        if unit.closed_on < _begins(row.year, row.quarter):
            yield Proposal(grid, unit, row.quarter, row)


def follow_chart(report: EvaluationReport, key: str, *, actor: Actor, on: dt.date, leave_out: bool = False) -> None:
    """Do what is proposed under this key: add the cell, or waive it; or leave the unit out of the grid for good.

    :raises PermissionDeniedError: not of the Inspektorat. :raises ConflictError: it is no longer proposed.
    """
    if not actor.holds(*INSPECTORATE, agency_id=report.agency_id):
        raise PermissionDeniedError
    (report,) = lock_rows(EvaluationReport, [report.id])
    found = next((one for one in proposals(report, actor=actor, on=on) if one.key == key), None)
    if found is None or (leave_out and found.there is not None):
        raise ConflictError(NOT_OPEN)
    if leave_out:
        found.grid.left_out = [*found.grid.left_out, found.unit.id]
        db.session.flush()
        details = {"grid": found.grid.id, "unit": found.unit.name}
        audit.record("report.unit_left_out", _subject(report), actor=actor, details=details)
    elif found.there is not None:
        reason = _CLOSED(unit=found.unit.name, day=f"{found.unit.closed_on:%d-%m-%Y}")
        waive(found.there, reason=reason, actor=actor)
    else:
        _add(report, found, actor)


def _add(report: EvaluationReport, found: Proposal, actor: Actor) -> None:
    grid = found.grid
    agency = db.session.get_one(Agency, grid.agency_id)
    beside = sa.select(Requirement.id).where(Requirement.grid_id == grid.id).limit(1).scalar_subquery()
    pairs = requirement_recommendation.c
    served = _recommendations(
        report, list(db.session.scalars(sa.select(pairs.recommendation_id).where(pairs.requirement_id == beside)))
    )
    new = _write(grid, agency, units_of(agency.id), [Cell(found.unit, found.quarter, None)], served)
    if report.state == ReportState.ISSUED:
        _tell_new(report, new, served, actor)
        return
    details = {"grid": grid.id, "unit": found.unit.name, "quarter": found.quarter}
    audit.record("report.cell_added", _subject(report), actor=actor, details=details)
