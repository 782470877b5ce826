"""Deliveries: the upload, its receipt, the report with the pages, and the original."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import segno
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.evidence.files import FILE_READERS, send_evidence
from webapp.evidence.intake import UPLOADERS, receive_upload
from webapp.evidence.pictures import send_picture
from webapp.evidence.report_page import render_pages, render_report
from webapp.extensions import csrf
from webapp.pages.reading import page_words
from webapp.plans.requirement_routes import perform
from workflows.bundles.anchor_models import Anchor
from workflows.bundles.anchor_queries import covering, newest_key, outside
from workflows.core.actors import Actor
from workflows.core.db import db
from workflows.core.errors import Reason
from workflows.core.transitions import Action
from workflows.evidence.access.queries import sight_of
from workflows.evidence.checks.pictures import PictureSize
from workflows.evidence.models import Evidence
from workflows.evidence.page_ranges import page_remarks, pages_of
from workflows.evidence.queries import evidence_by_receipt, newest_report, received_event, uses_of
from workflows.plans.queries import find_requirements

blueprint = Blueprint("evidence", __name__)


@dataclass(frozen=True)
class Place:
    """A requirement that a delivery serves."""

    title: str
    href: str
    pages: str
    """Which pages are for it, in words; empty for the whole file."""
    remarks: Sequence[Reason] = ()
    """What cannot be right about them."""


@dataclass(frozen=True)
class Beside:
    """A file that travels with a delivery."""

    name: str | None
    """None where it is not for the reader to open."""
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Receipt:
    """What ``components/receipt.html`` prints."""

    number: str
    sha256: str
    bytes: int
    file_name: str | None
    """None where the file is restricted, and not for the reader of this receipt to open."""
    received_at: dt.datetime
    sender: str
    places: Sequence[Place]
    """All that it was delivered for."""
    supporting: Sequence[Beside]
    """What travels with it."""
    log_seq: int
    log_head: str
    """The head of the agency's chain right after this delivery, in hexadecimal."""
    chain: str
    """The name of that chain."""
    code: str
    fingerprint: str | None
    """Of the key that seals today; none before the first anchor."""
    anchored: Anchor | None
    """An anchor outside that proves this delivery."""
    without_anchors: bool
    """Whether no anchor gets outside, so that none will prove it either."""
    address: str
    """Where a stranger asks for it."""

    @property
    def line(self) -> str:
        """What ``verify.py`` and ``tuntas audit verify`` take."""
        return f"{self.number}:{self.log_seq}:{self.log_head}"

    @property
    def qr(self) -> str:
        """The address as a picture in a data address, dark on light whatever the page's colours."""
        return segno.make(self.address, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff")


def receipt_of(evidence: Evidence, person: Actor) -> Receipt:
    """Return the receipt of a delivery that was committed: before that its link in the log does not exist."""
    link = received_event(evidence)
    key, uses, sight = newest_key(), uses_of(evidence), sight_of(evidence.id, person)
    remarks = page_remarks(uses, pages=pages_of(newest_report(evidence.id)) if sight.open else None)
    return Receipt(
        number=evidence.receipt_number,
        sha256=evidence.sha256,
        bytes=evidence.size,
        file_name=evidence.original_name if sight.open else None,
        received_at=evidence.received_at,
        sender=evidence.received_by.name,
        places=[
            Place(
                use.requirement.title,
                url_for("requirements.show", requirement_id=use.requirement_id),
                page_words(use),
                remarks[use.requirement_id],
            )
            for use in uses
        ],
        supporting=[
            Beside(row.original_name if sight.open else None, row.size, row.sha256) for row in evidence.supporting
        ],
        log_seq=link.seq,
        log_head=bytes(link.hash).hex(),
        chain=link.chain,
        code=evidence.receipt_code,
        fingerprint=key.fingerprint if key else None,
        anchored=covering(link.chain, link.seq),
        without_anchors=outside().alarm,
        address=url_for("receipts.check", nomor=evidence.receipt_number, kode=evidence.receipt_code, _external=True),
    )


@blueprint.post("/kewajiban/<uuid:requirement_id>/bukti")
@csrf.exempt
@access(*UPLOADERS, writes=True)
def upload(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Receive a file. The intake checks the form's token: it must see the body before anybody else reads it."""
    received = receive_upload(requirement_id, actor=actor(), check_csrf=True)
    # The receipt names the delivery's link in the log, and that exists once the delivery is durable.
    db.session.commit()
    evidence = received.evidence
    if request.headers.get("HX-Request") == "true":
        page = render_template(
            "evidence/received.html",
            receipt=receipt_of(evidence, actor()),
            requirement=find_requirements([requirement_id], actor())[0],
            repeated=received.repeated,
        )
        return page, 202
    return redirect(url_for("evidence.receipt", number=evidence.receipt_number), code=303)


@blueprint.post("/kewajiban/<uuid:requirement_id>/minta-ditinjau")
@access(*UPLOADERS, writes=True)
def review_ask(requirement_id: uuid.UUID) -> ResponseReturnValue:
    """Ask an evaluator to look at a file that the checks refused."""
    return perform(requirement_id, Action.REVIEW_ASK, done=_("Permintaan Anda sudah sampai di tim evaluasi."))


@blueprint.get("/tanda-terima/<number>")
@access()
def receipt(number: str) -> ResponseReturnValue:
    """Show the receipt of a delivery, to be printed or kept; also by the number of what travelled with it."""
    evidence = evidence_by_receipt(number, actor())
    return render_template("evidence/receipt.html", receipt=receipt_of(evidence, actor()))


@blueprint.get("/bukti/<uuid:evidence_id>/berkas")
@access(*FILE_READERS)
def original(evidence_id: uuid.UUID) -> ResponseReturnValue:
    """Send the original, byte for byte as it was received."""
    return send_evidence(evidence_id, actor())


@blueprint.get("/bukti/<uuid:evidence_id>/laporan")
@access(*FILE_READERS)
def report(evidence_id: uuid.UUID) -> ResponseReturnValue:
    """Show what the checks found, and the pages, those of the place from which the person comes in front."""
    return render_report(evidence_id, actor(), place=request.args.get("untuk", ""))


@blueprint.get("/bukti/<uuid:evidence_id>/halaman")
@access(*FILE_READERS)
def pages(evidence_id: uuid.UUID) -> ResponseReturnValue:
    """Send the pictures as far as they are drawn, or nothing while there are no more than before."""
    seen, place = request.args.get("dari", ""), request.args.get("untuk", "")
    return render_pages(evidence_id, actor(), seen=seen, place=place) or Response(status=204)


@blueprint.get("/bukti/<uuid:evidence_id>/halaman/<int:page>.webp", defaults={"size": PictureSize.PAGE.value})
@blueprint.get("/bukti/<uuid:evidence_id>/halaman/kecil/<int:page>.webp", defaults={"size": PictureSize.SMALL.value})
@access(*FILE_READERS)
def picture(evidence_id: uuid.UUID, page: int, size: str) -> ResponseReturnValue:
    """Send a page as a picture."""
    return send_picture(evidence_id, page, PictureSize(size), actor())
