"""Which agency and year a page is about: what was asked for, else what is nearest."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from webapp import formats
from webapp.auth.identity import actor
from workflows.core.errors import InvalidInputError, NotFoundError, Reason
from workflows.organization.queries import AgencyName, agency_names
from workflows.recommendations.queries import years_in_sight


@dataclass(frozen=True)
class Place:
    """The agencies and years in sight, and the chosen ones."""

    agencies: list[AgencyName]
    agency: AgencyName | None
    """``None`` for all, where a page allows that, or where none is in sight."""
    years: list[int]
    year: int

    @property
    def query(self) -> dict[str, str]:
        """Return what leads back here, as arguments of an address."""
        return {"opd": self.agency.code if self.agency else "", "tahun": str(self.year)}

    @property
    def agency_options(self) -> list[tuple[str, str]]:
        """Return the agencies as the options of a field."""
        return [(agency.code, agency.name) for agency in self.agencies]

    @property
    def year_options(self) -> list[tuple[str, str]]:
        """Return the years as the options of a field."""
        return [(str(year), str(year)) for year in self.years or [self.year]]


def chosen_place(*, all_agencies: bool = False) -> Place:
    """Read ``?opd=`` and ``?tahun=``. Two queries.

    :param all_agencies: whether no choice means all of several agencies, instead of the first.
    :raises NotFoundError: an agency that is not in sight. :raises InvalidInputError: a year that is none.
    """
    person = actor()
    agencies, issued = agency_names(person), years_in_sight(person)
    code = request.args.get("opd", "")
    agency = next((row for row in agencies if row.code.lower() == code.lower()), None) if code else None
    if code and agency is None:
        raise NotFoundError
    if agency is None and agencies and (len(agencies) == 1 or not all_agencies):
        agency = agencies[0]
    return Place(agencies, agency, list(issued), _year(issued))


def _year(issued: Mapping[int, bool]) -> int:
    """Return the chosen year, else the newest one in which something is asked for: a draft asks for nothing yet."""
    text = request.args.get("tahun", "")
    if not text:
        return next((year for year, done in issued.items() if done), next(iter(issued), formats.today().year))
    if not text.isascii() or not text.isdigit() or not 2000 <= int(text) <= 2100:
        raise InvalidInputError(Reason("year", "Tahun tidak dikenal."))
    return int(text)
