"""The page of a link for one download. Opening it uses nothing up, so that programs that show previews may.

Whatever is not a link that may be used gets one and the same answer.
"""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.access import access
from webapp.auth.brake import blind, failures
from webapp.errors import RefusedError
from webapp.evidence.files import send_bundle
from webapp.evidence.receipt_check import BRAKE, PER_ADDRESS
from webapp.handover.routes import send_record
from workflows.bundles import handovers, links
from workflows.bundles.handover_models import HandoverLink
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.core.ids import new_id
from workflows.organization.models import SignInFailure

blueprint = Blueprint("handover_links", __name__)
_MARK = "handover_link"
"""What a browser that began a download remembers, in its signed session."""


@blueprint.get("/ambil/<secret>")
@access(anyone=True)
def show(secret: str) -> ResponseReturnValue:
    """Say what is waiting and how it is taken."""
    row = _usable(secret)
    if row is None:
        return _unknown()
    if request.method != "HEAD":
        links.note_opened(row)
    record = handovers.of_link(row)
    return render_template(
        "handover/link.html",
        row=row,
        secret=secret,
        record=record if row.claimed_at else None,
        until=(row.claimed_at + links.WINDOW) if row.claimed_at else row.expires_at,
    )


@blueprint.post("/ambil/<secret>")
@access(anyone=True)
def claim(secret: str) -> ResponseReturnValue:
    """Begin the one download: this browser may go on with it for a day."""
    row = _usable(secret)
    if row is None:
        return _unknown()
    if row.claimed_at is None:
        try:
            links.claim(row)
        except NotFoundError:  # somebody else was quicker
            return _unknown()
        session[_MARK] = str(row.id)
    return redirect(url_for("handover_links.fetch", secret=secret), code=303)


@blueprint.get("/ambil/<secret>/berkas")
@access(anyone=True)
def fetch(secret: str) -> ResponseReturnValue:
    """Send the bundle, or the part of it that is still missing, as far as the link's maker may carry it away."""
    row = _usable(secret)
    if row is None or row.claimed_at is None:
        return _unknown()
    return send_bundle(row.bundle, links.maker_of(row), reader=links.holder_of(row))


@blueprint.get("/ambil/<secret>/berita-acara")
@access(anyone=True)
def record(secret: str) -> ResponseReturnValue:
    """Send the paper of this handover."""
    row = _usable(secret)
    paper = handovers.of_link(row) if row is not None and row.claimed_at is not None else None
    if row is None or paper is None:
        return _unknown()
    return send_record(paper, links.holder_of(row))


def _usable(secret: str) -> HandoverLink | None:
    """Return the link if this browser may use it now."""
    origin = blind(f"link {request.remote_addr}")
    if failures(SignInFailure.address, origin) >= PER_ADDRESS:
        raise RefusedError(429, BRAKE)
    row = links.by_secret(secret)
    if row is not None:
        state = links.state_of(row)
        if state == "open" or (state == "claimed" and session.get(_MARK) == str(row.id)):
            return row
        links.note_expired(row)
    db.session.add(SignInFailure(id=new_id(), identity=blind("link"), address=origin))
    db.session.commit()  # the answer is a refusal, which would take the trace with it
    return None


def _unknown() -> ResponseReturnValue:
    return render_template("handover/unknown.html"), 404
