"""What has happened already when somebody looks at the demo: a file delivered, proven, bundled and handed over.

Told beside the running product by the ordinary operations, one step after the other, as the people of the sample
would take them; the workers check, archive and build meanwhile. A story that was broken off goes on at the next start.
"""

import hashlib
import io
import json
import logging
import os
import select
import threading
import time
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from reportlab.pdfgen.canvas import Canvas

from storage.base import Bucket, ObjectStore
from storage.keys import intake_key
from webapp.cli.runtime import database
from webapp.deployment import store_of
from webapp.embedded.addresses import Addresses
from webapp.messages import Messenger
from workflows.archive import custody
from workflows.archive.models import ArchivedObject
from workflows.bundles import handovers
from workflows.bundles import operations as bundles
from workflows.bundles.handover_models import Handover
from workflows.bundles.models import Bundle, BundleState
from workflows.core import jobs
from workflows.core.actors import Actor, Channel, Role
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import NotFoundError
from workflows.core.transitions import Action, State
from workflows.evidence.access.operations import restrict_at_upload
from workflows.evidence.models import CheckState, Evidence
from workflows.evidence.operations import Intake, new_evidence_id, receive
from workflows.evidence.provenance import Provenance
from workflows.organization.models import Account, Agency, Position, PositionAssignment
from workflows.organization.queries import actor_for, agency_by_code
from workflows.plans.models import Requirement
from workflows.plans.operations import issue, write_plan
from workflows.plans.rules import act
from workflows.recommendations.models import EvaluationReport
from workflows.verification.operations import read_report

AGENCY, YEAR = "dinsos", 2025
PLAN = Path(__file__).with_name("rencana-aksi-dinsos-2025.json")
RESTRICTED = "document"
"""The kind of the requirement whose file names people, and is *terbatas*."""
REASON = "Pemeriksaan kinerja, ST-014/PMK/2026"
MOST_SECONDS = 300.0
PAUSE_SECONDS = 0.3
STEPS = {
    State.EVIDENCE_UPLOADED: (Role.UNIT_HEAD, Action.SIGN),
    State.SIGNED: (Role.AGENCY_HEAD, Action.ACKNOWLEDGE),
    State.ACKNOWLEDGED: (Role.EVALUATOR, Action.VERIFY),
}
log = logging.getLogger(__name__)


def tell_beside(addresses: Addresses, address: str) -> None:
    """Tell the story in a process of its own that ends when it is told, or with the process that calls.

    Only for a fork that is about to end: the story's process becomes nobody's child, so that nobody counts it among
    the parts of the product.

    :param address: of the demo, for the papers.
    """
    demo = os.getppid()
    if os.fork():
        return
    os.setsid()
    watched = os.pidfd_open(demo)
    threading.Thread(target=_end_with, args=(watched,), daemon=True).start()
    try:
        _wait_until_ready(address)
        tell(addresses, address)
    except BaseException:
        log.exception("demo.story_broken_off")
    finally:
        os._exit(0)


def _wait_until_ready(address: str) -> None:
    """Hold nobody up who waits for the first page."""
    place = urlsplit(address)
    while True:
        connection = HTTPConnection(place.hostname or "", place.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == HTTPStatus.OK:
                return
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(PAUSE_SECONDS)


def _end_with(process: int) -> None:
    select.select([process], [], [])
    os._exit(0)


def tell(addresses: Addresses, address: str) -> None:
    """Go on with the story until it is told; waits for the workers where it is their turn."""
    end = time.monotonic() + MOST_SECONDS
    jobs.register_sender(Messenger(addresses.redis_url).send)
    with database(addresses.database_worker_url):
        store = store_of(addresses)
        while time.monotonic() < end and not _next(store, address):
            db.session.commit()
            time.sleep(PAUSE_SECONDS)


def _next(store: ObjectStore, address: str) -> bool:
    """Take the next step that can be taken; return whether there is none left."""
    try:
        agency = agency_by_code(AGENCY)
    except NotFoundError:  # a folder of an earlier release
        return True
    required = list(db.session.scalars(_required(agency)).unique())
    if not required:
        _issue_plan(agency)
        return False
    for requirement in required:
        if requirement.newest_evidence_id is None:
            _deliver(requirement, agency, store)
            return False
    delivered = list(
        db.session.scalars(sa.select(Evidence).where(Evidence.id.in_([row.newest_evidence_id for row in required])))
    )
    if any(row.check_state == CheckState.FAILED for row in delivered):
        return True
    if any(row.check_state != CheckState.DONE for row in delivered):
        return False
    for requirement in required:
        if requirement.state in STEPS:
            _step(requirement, agency)
            return False
    return _prove(delivered, agency, store, address)


def _prove(delivered: list[Evidence], agency: Agency, store: ObjectStore, address: str) -> bool:
    """Read the archive again, order the bundle, hand it over."""
    query = sa.select(ArchivedObject).where(ArchivedObject.evidence_id.in_([row.id for row in delivered]))
    archived = list(db.session.scalars(query))
    if len(archived) < len(delivered):
        return False
    if any(row.examined_at is None for row in archived):
        seen, _failure = custody.look(store, custody.due(before=now(), agency_id=agency.id))
        custody.record(seen)
        return False
    bundle = db.session.scalars(sa.select(Bundle).where(Bundle.agency_id == agency.id).order_by(Bundle.id)).first()
    if bundle is None:
        bundles.order(agency, year=YEAR, reason=REASON, actor=_who(Role.AUDITOR))
        return False
    if bundle.state != BundleState.READY:
        return bundle.state == BundleState.FAILED
    if db.session.scalars(sa.select(Handover.id).where(Handover.bundle_id == bundle.id)).first() is None:
        handovers.issue(
            bundle, receiver="Nala Kusuma, S.E", position="Pemeriksa", institution="Kantor Pemeriksa Wilayah",
            letter="ST-014/PMK/2026", address=f"{address}jangkar", actor=_who(Role.INSPECTOR),
        )  # fmt: skip
        return False
    return True


def _required(agency: Agency) -> sa.Select[Requirement]:
    report = sa.select(EvaluationReport.id).where(
        EvaluationReport.agency_id == agency.id, EvaluationReport.year == YEAR
    )
    return sa.select(Requirement).where(Requirement.report_id.in_(report)).order_by(Requirement.id)


def _issue_plan(agency: Agency) -> None:
    document: dict[str, Any] = json.loads(PLAN.read_text("utf-8"))
    written = write_plan(document, agency=agency, year=YEAR, actor=_who(Role.EVALUATOR))
    issue(written.report, actor=_who(Role.INSPECTOR))


def _deliver(requirement: Requirement, agency: Agency, store: ObjectStore) -> None:
    who = _who(Role.UNIT_HEAD, agency)
    named = requirement.kind == RESTRICTED
    title = "Daftar Peserta Bimbingan Teknis" if named else "Laporan Kinerja Tahun 2024"
    content = _paper(title, agency.name)
    evidence_id = new_evidence_id()
    key = intake_key(evidence_id)
    name = f"{title}.pdf"
    told = Provenance.of([requirement.id], who.person_id, name).metadata() if who.person_id else {}
    store.put(
        Bucket.INTAKE, key, io.BytesIO(content), length=len(content), content_type="application/pdf", metadata=told
    )
    taken = Intake(evidence_id, key, hashlib.sha256(content).hexdigest(), len(content), name)
    received = receive([requirement], actor=who, intake=taken)
    if named:
        restrict_at_upload(received.evidence, actor=who)


def _paper(title: str, office: str) -> bytes:
    out = io.BytesIO()
    page = Canvas(out, pagesize=(595, 842), invariant=True)
    page.setTitle(title)
    for line, size, height in ((title, 18, 760), (office, 12, 730), (f"Tahun {YEAR}, contoh untuk demo.", 12, 700)):
        page.setFont("Helvetica", size)
        page.drawString(72, height, line)
    page.save()
    return out.getvalue()


def _step(requirement: Requirement, agency: Agency) -> None:
    role, action = STEPS[requirement.state]
    who = _who(role, None if role == Role.EVALUATOR else agency)
    evidence = db.session.get_one(Evidence, requirement.newest_evidence_id)
    if action == Action.VERIFY:
        read_report(evidence, actor=who)
        db.session.commit()
    act(requirement, action, actor=who, sha256=evidence.sha256, reason="Sesuai dengan yang diminta.")


def _who(role: Role, agency: Agency | None = None) -> Actor:
    query = (
        sa.select(Account)
        .join(PositionAssignment, PositionAssignment.person_id == Account.person_id)
        .join(Position, Position.id == PositionAssignment.position_id)
        .where(Position.role == role)
        .order_by(PositionAssignment.id)
    )
    if agency is not None:
        query = query.where(Position.agency_id == agency.id)
    account = db.session.scalars(query).first()
    if account is None:
        raise NotFoundError
    return actor_for(account, channel=Channel.COMMAND)
