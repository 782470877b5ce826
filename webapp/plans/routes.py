"""The grid of one agency and year: quarters across, units down, one word in each cell."""

import uuid
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.intake import UPLOADERS
from webapp.pages.place import chosen_place
from webapp.pages.reading import Holders, is_checking, is_late, return_reason, word_of
from webapp.pages.remind import reminder
from webapp.plans.upload_page import read_selection, value_of
from workflows.core.transitions import State
from workflows.evidence.cells import name_of, upload_refusals
from workflows.evidence.models import Evidence
from workflows.evidence.queries import newest_of
from workflows.organization.models import Unit
from workflows.organization.queries import units_of
from workflows.plans.models import Requirement, RequirementKind
from workflows.plans.queries import requirements_of_year, standing_of_year

blueprint = Blueprint("plans", __name__)
QUARTERS = (("1", "TW I"), ("2", "TW II"), ("3", "TW III"), ("4", "TW IV"))
Evidences = Mapping[uuid.UUID, Evidence]
"""The newest delivery of each requirement that has one."""
_ORDER = ("returned", *State, "awaits_report", "not_due", "waived")


@dataclass(frozen=True)
class Cell:
    """One quarter of one unit."""

    name: str
    state: str
    href: str
    note: str | None
    value: str
    """What the cell's box stands for; empty where this person may send nothing."""


@dataclass(frozen=True)
class Row:
    """One unit, with who heads it."""

    name: str
    note: str | None
    cells: dict[str, Cell]


@blueprint.get("/kisi")
@access()
def grid() -> ResponseReturnValue:
    """Show the grid, and beside it what is asked outside the quarters."""
    person, today = actor(), formats.today()
    place = chosen_place()
    found = requirements_of_year(person, agency_id=place.agency.id, year=place.year) if place.agency else []
    evidence = {key: use.evidence for key, use in newest_of(found).items()}
    holders = Holders(found, today=today)
    refused = upload_refusals(found, person)
    may = {row.id for row in found} - refused.keys()
    quarterly = [row for row in found if row.kind == RequirementKind.QUARTERLY_MONITORING and row.quarter]
    units = units_of(place.agency.id) if place.agency else []
    return render_template(
        "plans/grid.html",
        place=place,
        columns=QUARTERS,
        rows=[
            _row(unit, [row for row in quarterly if row.unit_id == unit.id], evidence, holders, may)
            for unit in units
            if any(row.unit_id == unit.id for row in quarterly)
        ],
        others=[
            {
                "row": row,
                "state": word_of(row, today=today),
                "late": is_late(row, today=today),
                "held": holders.held(row, evidence.get(row.id)),
                "value": value_of([row]) if row.id in may else "",
            }
            for row in found
            if row not in quarterly
        ],
        chooses=bool(may),
        reminder=reminder(
            _("Kisi triwulan %(year)s, %(agency)s", year=place.year, agency=place.agency.name),
            url_for("plans.grid", _external=True, **place.query),
            person,
        )
        if place.agency
        else "",
        whole=standing_of_year(
            person, year=place.year, agency_id=place.agency.id if place.agency else None, today=today
        ),
    )


@blueprint.get("/kisi/unggah")
@access(*UPLOADERS)
def upload() -> ResponseReturnValue:
    """Show what was chosen on the grid, and take one file for all of it."""
    chosen = read_selection()
    if len(chosen.cells) == 1:
        # One requirement has a page of its own, with the same form.
        return redirect(url_for("requirements.show", requirement_id=chosen.cells[0].row.id, _anchor="unggah"))
    return render_template("plans/upload.html", chosen=chosen)


def _row(
    unit: Unit, found: Sequence[Requirement], evidence: Evidences, holders: Holders, may: Container[uuid.UUID]
) -> Row:
    heads = {row.signing_position_id for row in found if row.signing_position and row.signing_position.unit_id}
    names = [name for head in heads for name in holders.names(head)]
    note = ", ".join(names) if names else _("Kepala unit sedang kosong") if heads else None
    cells: dict[str, Cell] = {}
    for key, _label in QUARTERS:
        asked = [row for row in found if str(row.quarter) == key]
        if asked:
            cells[key] = _cell(asked, evidence, may)
    return Row(unit.name, note, cells)


def _cell(asked: Sequence[Requirement], evidence: Evidences, may: Container[uuid.UUID]) -> Cell:
    """Show the least advanced of what is asked in this cell, and say that there is more.

    The cell's box stands for all of it that a file can be sent for.
    """
    today = formats.today()
    first = min(asked, key=lambda row: _ORDER.index(word_of(row, today=today)))
    notes = [_note(first, evidence.get(first.id))]
    if len(asked) > 1:
        notes.append(ngettext("satu dari %(num)s kewajiban", "satu dari %(num)s kewajiban", len(asked)))
    return Cell(
        name_of(first),
        word_of(first, today=today),
        url_for("requirements.show", requirement_id=first.id),
        "; ".join(note for note in notes if note) or None,
        value_of([row for row in asked if row.id in may]),
    )


def _note(requirement: Requirement, evidence: Evidence | None) -> str | None:
    today = formats.today()
    if is_checking(requirement, evidence):
        return _("sedang diperiksa")
    if word_of(requirement, today=today) == "returned":
        return formats.uncapital(return_reason(requirement))
    if is_late(requirement, today=today):
        return _("terlambat, batas %(day)s", day=formats.tanggal(requirement.due_on))
    if word_of(requirement, today=today) == "not_due" and requirement.opens_on:
        return _("mulai %(day)s", day=formats.tanggal(requirement.opens_on))
    if requirement.state == State.DRAFTED and requirement.due_on:
        return _("batas %(day)s", day=formats.tanggal(requirement.due_on))
    return None
