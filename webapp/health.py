"""Whether the process lives, whether it can work, and what it counts."""

import hmac
from collections.abc import Callable

import sqlalchemy as sa
from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from webapp.auth.access import access
from workflows import migrations
from workflows.archive.overview import count_all_findings
from workflows.bundles.anchor_queries import outside
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.models import Job, JobState

blueprint = Blueprint("health", __name__)
_LOOPBACK = ("127.0.0.1", "::1")


@blueprint.get("/healthz")
@access(anyone=True)
def healthz() -> ResponseReturnValue:
    """Answer that the process lives."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
@access(anyone=True)
def readyz() -> ResponseReturnValue:
    """Answer 200 when database, migrations, store and queue are there, else 503 with the names of what is not."""
    checks: dict[str, Callable[[], object]] = {
        "database": lambda: db.session.execute(sa.text("SELECT 1")),
        "migrations": lambda: migrations.check(db.session.connection()),
        "store": current_app.extensions["store"].ping,
        "queue": current_app.extensions["messenger"].ping,
    }
    states: dict[str, str] = {}
    for name, check in checks.items():
        try:
            check()
            states[name] = "ok"
        except Exception as error:
            current_app.logger.warning("readiness.failed", extra={"part": name, "error": repr(error)})
            states[name] = "away"
            db.session.rollback()
    ready = all(state == "ok" for state in states.values())
    return jsonify(ready=ready, parts=states), 200 if ready else 503


@blueprint.get("/metrics")
@access(anyone=True)
def metrics() -> ResponseReturnValue:
    """Answer counts of background work, in the Prometheus text format, to loopback or with the token."""
    token: str = current_app.config["SETTINGS"].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    known = bool(token) and hmac.compare_digest(given, token)
    lines = ["# TYPE tuntas_up gauge", "tuntas_up 1"]
    if known or (request.remote_addr in _LOOPBACK and not request.headers.get("X-Forwarded-For")):
        query = sa.select(Job.state, sa.func.count()).group_by(Job.state)
        counted = {row[0]: row[1] for row in db.session.execute(query)}
        lines += _anchors()
        lines += _archive()
        lines.append("# TYPE tuntas_jobs gauge")
        lines += [f'tuntas_jobs{{state="{state.value}"}} {counted.get(state, 0)}' for state in JobState]
    return Response("\n".join(lines) + "\n", mimetype="text/plain; version=0.0.4")


def _archive() -> list[str]:
    """Return how many findings of the archive are open in all regions, and how many windows of locks ran down."""
    found = count_all_findings()
    return [
        "# TYPE tuntas_archive_findings gauge", f"tuntas_archive_findings {found.findings}",
        "# TYPE tuntas_lock_window_alarm gauge", f"tuntas_lock_window_alarm {found.low_windows}",
    ]  # fmt: skip


def _anchors() -> list[str]:
    """Return whether people are alarmed, and how old the newest anchor is that is outside; none ever: no age."""
    found = outside()
    lines = ["# TYPE tuntas_outside_anchor_alarm gauge", f"tuntas_outside_anchor_alarm {int(found.alarm)}"]
    if found.at is not None:
        age = (now() - found.at).total_seconds()
        lines += ["# TYPE tuntas_outside_anchor_age_seconds gauge", f"tuntas_outside_anchor_age_seconds {age:.0f}"]
    return lines
