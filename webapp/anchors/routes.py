"""The anchors of the log, for everybody: what an outsider keeps today proves the log tomorrow."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from webapp.auth.access import access
from webapp.auth.identity import current_actor
from webapp.pages.shell import KEEPERS
from workflows.bundles.anchor_models import Anchor, SendingState, Way
from workflows.bundles.anchor_queries import get_anchor, newest_anchors, open_sendings, outside, seal_keys
from workflows.bundles.operations import VERIFIERS
from workflows.core.errors import NotFoundError

SHOWN = 30
blueprint = Blueprint("anchors", __name__)


@dataclass(frozen=True)
class Line:
    """An anchor as the page lists it. Who its witnesses are is not told."""

    number: int
    at: dt.datetime
    sha256: str
    stamped: bool
    witnesses: int

    @classmethod
    def of(cls, anchor: Anchor) -> "Line":
        """Return the line of an anchor."""
        sent = [row.way for row in anchor.sendings if row.state == SendingState.SENT]
        return cls(anchor.number, anchor.at, anchor.sha256, Way.TIME_STAMP in sent, sent.count(Way.MAIL))


@lru_cache(maxsize=1)
def verifiers() -> Sequence[tuple[str, str]]:
    """Return name and SHA-256 of each program that this release packs into bundles."""
    return [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in VERIFIERS]


@blueprint.get("/jangkar")
@access(anyone=True)
def listing() -> ResponseReturnValue:
    """Show the last anchors, every key, and the verifiers of this release."""
    return render_template(
        "anchors/list.html",
        lines=[Line.of(anchor) for anchor in newest_anchors(SHOWN)],
        outside=outside(),
        keys=seal_keys(),
        verifiers=verifiers(),
        release=version("tuntas"),
        open_sendings=open_sendings(SHOWN) if _may_act() else (),
    )


@blueprint.get("/jangkar/<int:number>.json")
@access(anyone=True)
def document(number: int) -> ResponseReturnValue:
    """Send an anchor's document, byte for byte as it was sealed."""
    return _file(get_anchor(number).document.encode(), f"jangkar-{number}.json", "application/json")


@blueprint.get("/jangkar/<int:number>.tsr")
@access(anyone=True)
def time_stamp(number: int) -> ResponseReturnValue:
    """Send the time stamp over an anchor. :raises NotFoundError: it has none."""
    proofs = [row.proof for row in get_anchor(number).sendings if row.state == SendingState.SENT and row.proof]
    if not proofs:
        raise NotFoundError
    return _file(proofs[0], f"jangkar-{number}.tsr", "application/timestamp-reply")


@blueprint.get("/jangkar/kunci/<int:number>.json")
@access(anyone=True)
def key_document(number: int) -> ResponseReturnValue:
    """Send what the key before signed of this one. :raises NotFoundError: there is none."""
    entry = next((key for key in seal_keys() if key.number == number), None)
    if entry is None or entry.document is None:
        raise NotFoundError
    return _file(entry.document.encode(), f"kunci-segel-{number}.json", "application/json")


def _may_act() -> bool:
    """Return whether who asks is told where anchors go and what keeps them."""
    actor = current_actor()
    return actor is not None and bool(actor.roles & set(KEEPERS))


def _file(content: bytes, name: str, mimetype: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
