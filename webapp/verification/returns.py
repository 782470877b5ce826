"""Why deliveries were sent back: one count for each reason, for the Inspektorat."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.language import say
from webapp.pages.place import chosen_place
from workflows.core.actors import INSPECTORATE
from workflows.signoff.operations import RETURN_CODES
from workflows.verification.returns import count_returns

blueprint = Blueprint("returns", __name__)


@blueprint.get("/pengembalian")
@access(*INSPECTORATE)
def listing() -> ResponseReturnValue:
    """Show the reasons of one year, the most frequent first."""
    place = chosen_place(all_agencies=True)
    rows = count_returns(actor(), year=place.year, agency_id=place.agency.id if place.agency else None)
    return render_template(
        "verification/returns.html",
        place=place,
        rows=[row for row in rows if row.count],
        total=sum(row.count for row in rows),
        words={code: say(text) for code, text in RETURN_CODES.items()},
    )
