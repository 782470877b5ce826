"""The API under ``/api/v1``: one module per stage, and the OpenAPI document made from the code.

A module parses, asks one operation, and shapes the answer. Who may come in is the rule of the route
(``webapp.auth.access``).
"""

import json

from flask import Flask, Response

from webapp.api.routes import PREFIX, Api
from webapp.api.schemas import SPOKEN
from webapp.auth.access import access

TITLE = "Tuntas"
OPENAPI = "3.1.0"
VERSION = "v1"


def init_app(app: Flask) -> None:
    """Register every part and serve the document."""
    from webapp.api import (
        audit_events,
        bundles,
        certificates,
        changes,
        decisions,
        engagements,
        evaluations,
        evidence,
        file_access,
        grids,
        ink,
        many,
        me,
        messages,
        papers,
        plans,
        posts,
        recommendations,
        requirements,
        returns,
        samples,
        successions,
    )

    named = {"title": TITLE, "version": VERSION, "openapi_version": OPENAPI, "info": {"description": SPOKEN}}
    api = Api(app, spec_kwargs={**named, "security": [{"bearer": []}]})
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    stages = (
        me,
        posts,
        successions,
        recommendations,
        changes,
        plans,
        requirements,
        many,
        messages,
        returns,
        samples,
        evidence,
        file_access,
        ink,
        certificates,
        evaluations,
        grids,
        decisions,
        papers,
        engagements,
        bundles,
    )
    for part in (*stages, audit_events):
        api.register_blueprint(part.routes)
    text = json.dumps(api.spec.to_dict(), ensure_ascii=False, indent=1)

    @app.get(f"{PREFIX}/openapi.json", endpoint="api.openapi")
    @access(anyone=True)
    def document() -> Response:
        """Answer with the OpenAPI document."""
        return Response(text, mimetype="application/json")
