"""The pages: one blueprint per stage, the home page, the log, and what surrounds them all."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register every page."""
    from webapp.anchors import routes as anchors
    from webapp.bundles import routes as bundles
    from webapp.custody import routes as custody
    from webapp.evidence import access_routes, receipt_check
    from webapp.evidence import routes as evidence
    from webapp.handover import engagements, links
    from webapp.handover import routes as handover
    from webapp.organization import routes as posts
    from webapp.organization import successions
    from webapp.pages import home, log, shell
    from webapp.papers import routes as papers
    from webapp.plans import conversation, grid_making, plan_routes, reports, requirement_routes, signers
    from webapp.plans import routes as plans
    from webapp.recommendations import routes as recommendations
    from webapp.signoff import routes as signoff
    from webapp.verification import routes as verification

    for module in (
        home,
        recommendations,
        plans,
        requirement_routes,
        conversation,
        evidence,
        signoff,
        verification,
        reports,
        grid_making,
        signers,
        plan_routes,
        bundles,
        papers,
        custody,
        log,
        anchors,
        receipt_check,
        access_routes,
        posts,
        successions,
        engagements,
        handover,
        links,
    ):
        app.register_blueprint(module.blueprint)
    app.context_processor(shell.surroundings)
