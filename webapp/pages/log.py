"""The log as its readers see it: sentences, newest first, each with its place in the chain."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.place import chosen_place
from webapp.sentences import tell_all
from workflows.core import audit
from workflows.organization.log import chain_events

blueprint = Blueprint("log", __name__)
REGION = "daerah"
"""Chosen in the place of an agency: what concerns no agency."""


@blueprint.get("/log")
@access()
def listing() -> ResponseReturnValue:
    """Show one chain: an agency's, or the region's to those who see the whole region."""
    person = actor()
    wide = person.scope.agency_ids is None
    regional = wide and request.args.get("rantai") == REGION
    place = chosen_place()
    subject = audit.Subject("log", None, person.region_id, None if regional or not place.agency else place.agency.id)
    empty = not wide and place.agency is None
    page = (
        None
        if empty
        else chain_events(person, chain=audit.chain_of(subject), cursor=request.args.get("kursor"), limit=30)
    )
    return render_template(
        "pages/log.html",
        place=place,
        wide=wide,
        regional=regional,
        told=tell_all(page.items) if page else [],
        next=page.next if page else None,
        first=bool(request.args.get("kursor")),
    )
