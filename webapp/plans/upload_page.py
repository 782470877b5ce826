"""What the page shows from which one file goes to several requirements: what was chosen, and what speaks against it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from flask import request, url_for

from webapp import formats
from webapp.auth.identity import actor
from webapp.errors import told
from webapp.evidence.ink_fields import Line, lines_of
from webapp.evidence.intake import MOST
from webapp.multipart import TOO_OFTEN
from webapp.pages.reading import is_late, word_of
from workflows.core.actors import Post
from workflows.core.errors import InvalidInputError, NotFoundError
from workflows.core.transitions import State
from workflows.evidence.access.queries import opened_among
from workflows.evidence.cells import SEVERAL_AGENCIES, name_of, signing_post, upload_refusals
from workflows.evidence.models import EvidenceUse
from workflows.evidence.queries import newest_of
from workflows.plans.models import Requirement
from workflows.plans.queries import find_requirements

CHOSEN = "sel"
"""The name under which a choice travels in an address; one box of the grid may stand for several requirements."""


@dataclass(frozen=True)
class Chosen:
    """One requirement that was chosen."""

    row: Requirement
    name: str
    state: str
    late: bool
    replaces: EvidenceUse | None
    """The delivery that stands here now and would be replaced."""
    named: bool
    """Whether its name may be told: not where it is restricted, and closed to the person."""
    refused: str
    """Why no file can be sent now; empty when one can."""
    without: str
    """The address of this page without it."""


@dataclass(frozen=True)
class Selection:
    """All that was chosen, for one person."""

    cells: Sequence[Chosen]
    post: Post | None
    """In which post the person would sign for all of it in the same act."""
    ink_lines: Sequence[Line]
    """Whose signatures the sender may see on the paper."""
    back: str
    """The address of the grid from which it was chosen."""

    @property
    def action(self) -> str:
        """Where the form goes: it names all requirements, so that all are asked before the file is sent."""
        first, *others = (cell.row.id for cell in self.cells)
        return url_for("evidence.upload", requirement_id=first, also=others)

    @property
    def open(self) -> bool:
        """Whether a file can be sent now."""
        return bool(self.cells) and not any(cell.refused for cell in self.cells)


def value_of(requirements: Sequence[Requirement]) -> str:
    """Return what a box of the grid stands for, as it travels in the address."""
    return ",".join(str(row.id) for row in requirements)


def read_selection() -> Selection:
    """Gather what the address names; two queries whatever was chosen.

    :raises NotFoundError: something that is not there, or not for this person to know of.
    :raises InvalidInputError: more than fits, or of several agencies.
    """
    ids = _ids()
    if len(ids) > MOST:
        raise InvalidInputError(TOO_OFTEN)
    person, today = actor(), formats.today()
    found = find_requirements(ids, person)
    if len({row.agency_id for row in found}) > 1:
        raise InvalidInputError(SEVERAL_AGENCIES)
    refusals, uses = upload_refusals(found, person), newest_of(found)
    opened = opened_among({use.evidence_id for use in uses.values()}, person)
    cells = [
        Chosen(
            row,
            name_of(row),
            word_of(row, today=today),
            late=is_late(row, today=today),
            replaces=uses.get(row.id) if row.state == State.EVIDENCE_UPLOADED else None,
            named=row.id in uses and uses[row.id].evidence_id in opened,
            refused=told(refusals[row.id].reasons) if row.id in refusals else "",
            without=url_for("plans.upload", **{CHOSEN: [str(key) for key in ids if key != row.id]}),
        )
        for row in found
    ]
    lines = lines_of(found) if found else []
    return Selection(cells, signing_post(found, person) if found else None, lines, _back(found))


def _ids() -> list[uuid.UUID]:
    texts = [text for value in request.args.getlist(CHOSEN) for text in value.split(",") if text]
    try:
        return list(dict.fromkeys(uuid.UUID(text) for text in texts))
    except ValueError:
        raise NotFoundError from None


def _back(found: Sequence[Requirement]) -> str:
    if found:
        return url_for("plans.grid", opd=found[0].agency.code, tahun=found[0].year)
    place = {name: request.args[name] for name in ("opd", "tahun") if request.args.get(name)}
    return url_for("plans.grid", **place)  # type: ignore[arg-type]
