"""Which agency's office a page shows: the one that was asked for, else the first that the person looks after."""

from flask import request

from webapp.auth.identity import actor
from workflows.core.errors import NotFoundError
from workflows.organization.posts import watched_agencies
from workflows.organization.queries import AgencyName, agency_names


def watched_place() -> tuple[list[AgencyName], AgencyName | None]:
    """Return the agencies that the person looks after, and the one of ``?opd=``, else the first.

    :raises NotFoundError: it is not among them.
    """
    person = actor()
    looked_after = watched_agencies(person)
    agencies = [row for row in agency_names(person) if looked_after is None or row.id in looked_after]
    code = request.args.get("opd", "").lower()
    if not code:
        return agencies, agencies[0] if agencies else None
    found = next((row for row in agencies if row.code.lower() == code), None)
    if found is None:
        raise NotFoundError
    return agencies, found
