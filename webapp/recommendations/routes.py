"""What the Inspektorat asks, and how far each of it has come."""

import uuid

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.pages.place import chosen_place
from webapp.pages.reading import Holders, is_late, turn_of, word_of
from webapp.recommendations import changes
from webapp.recommendations.story import told, years
from workflows.core.actors import Actor, Role
from workflows.core.transitions import State
from workflows.evidence.queries import newest_of
from workflows.papers.history import timeline
from workflows.plans.deadlines import RECEIVERS, is_open
from workflows.plans.objections import objections_to, stopped_among
from workflows.plans.outcomes import findings_of
from workflows.plans.queries import actions, requirements_serving, standing_of_year, standings
from workflows.plans.rules import allowed_actions
from workflows.recommendations.models import Recommendation, ReportState
from workflows.recommendations.queries import get_recommendation, recommendations_of_year
from workflows.recommendations.versions import versions_of
from workflows.verification.queries import decided_about
from workflows.verification.rollup import carried_into

blueprint = Blueprint("recommendations", __name__)
blueprint.register_blueprint(changes.blueprint)
_LATELY, _PAGE = 15, 200
"""Events on the page of a recommendation, and on one page of its whole history."""


@blueprint.get("/rekomendasi")
@access()
def listing() -> ResponseReturnValue:
    """List the recommendations of a year, each with its five steps."""
    person, today = actor(), formats.today()
    place = chosen_place(all_agencies=True)
    agency_id = place.agency.id if place.agency else None
    page = recommendations_of_year(
        person, year=place.year, agency_id=agency_id, cursor=request.args.get("kursor"), limit=25
    )
    return render_template(
        "recommendations/list.html",
        place=place,
        names={agency.id: agency.name for agency in place.agencies},
        rows=page.items,
        next=page.next,
        first=bool(request.args.get("kursor")),
        standings=standings([row.id for row in page.items], today=today),
        whole=standing_of_year(person, year=place.year, agency_id=agency_id, today=today),
        today=today,
        stopped=stopped_among([row.id for row in page.items]),
        carried=[] if request.args.get("kursor") else carried_into(person, year=place.year, agency_id=agency_id).items,
    )


@blueprint.get("/rekomendasi/<uuid:recommendation_id>")
@access()
def show(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Show one recommendation: the paper's words, the plan's answer, every requirement, what happened."""
    person, today = actor(), formats.today()
    row = get_recommendation(recommendation_id, person)
    requirements = requirements_serving(row.id, person)
    uses = newest_of(requirements)
    evidence = {key: use.evidence for key, use in uses.items()}
    holders = Holders(requirements, today=today)
    allowed = allowed_actions(requirements, person)
    objections = objections_to([row.id])
    return render_template(
        "recommendations/show.html",
        row=row,
        action=actions([row.id]).get(row.id),
        standing=standings([row.id], today=today)[row.id],
        requirements=[
            {
                "row": requirement,
                "state": word_of(requirement, today=today),
                "late": is_late(requirement, today=today),
                "held": holders.held(requirement, evidence.get(requirement.id)),
            }
            for requirement in requirements
        ],
        mine=[row for row in requirements if turn_of(row, allowed[row.id], today=today)],
        outcomes=findings_of([row.id], person),
        told=[told(entry) for entry in timeline(row, person, limit=_LATELY, newest=True).items],
        today=today,
        versions=versions_of([row.id]).get(row.id, []),
        objections=objections,
        decided=decided_about(row.id, person),
        stopped=any(one.outcome is None for one in objections),
        may=_may(row, person),
    )


@blueprint.get("/rekomendasi/<uuid:recommendation_id>/riwayat")
@access()
def history(recommendation_id: uuid.UUID) -> ResponseReturnValue:
    """Show everything that happened to one recommendation, oldest first, by day and year; it prints well."""
    row = get_recommendation(recommendation_id, actor())
    found = timeline(row, actor(), cursor=request.args.get("kursor"), limit=_PAGE)
    return render_template(
        "recommendations/history.html",
        row=row,
        years=years(found.items),
        told=told,
        next=found.next,
        first=bool(request.args.get("kursor")),
    )


def _may(row: Recommendation, person: Actor) -> dict[str, bool]:
    """Return what the reader may change here; whether it holds at this moment is asked when he does."""
    open_ = is_open(row)
    inspects = person.holds(Role.INSPECTOR, agency_id=row.agency_id)
    receives = person.holds(*RECEIVERS, agency_id=row.agency_id)
    return {
        "open": open_ and row.state != State.VERIFIED,
        "change": open_ and inspects and row.report.state == ReportState.ISSUED,
        "answer": inspects,
        "object": open_ and row.due_on is not None and person.holds(Role.AGENCY_HEAD, agency_id=row.agency_id),
        "receive": receives and row.report.received_on is None,
    }
