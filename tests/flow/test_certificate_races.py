"""A certificate is released while its signature is about to count: nothing is signed by what no longer holds."""

import datetime as dt
import threading
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.support.deliveries import archive, deliver
from tests.support.offices import Office, build_office, database_app, issue_plan, plan_document, requirements_of
from webapp.embedded import Addresses
from workflows.core.clock import now
from workflows.core.db import db
from workflows.evidence.operations import record_report
from workflows.organization.models import PositionAssignment
from workflows.signoff import certificates
from workflows.signoff.effects import take_effect
from workflows.signoff.models import CertificateBinding, SignOff

PRINT = "a" * 64


@pytest.fixture
def committed(database: Addresses) -> Iterator[tuple[Flask, Office, uuid.UUID, uuid.UUID]]:
    """A checked and locked delivery with a sound signature of the unit's head, whose certificate is known."""
    with database_app(database.database_worker_url) as app:
        office = build_office()
        report = issue_plan(office, document=plan_document(quarters=(1,)))
        long_ago = now() - dt.timedelta(days=400)
        db.session.execute(sa.update(PositionAssignment).values(recorded_at=long_ago, confirmed_at=long_ago))
        cell = next(row for row in requirements_of(report) if row.unit.code == "b1")
        evidence = deliver(cell, office.actor("operator"))
        entry = {
            "field": "Kepala", "kind": "signature", "verdict": "intact", "trusted": True, "certificate": "valid",
            "digest": "sha256", "signer": "Pegawai head_b1", "fingerprint": PRINT, "signing_time": now().isoformat(),
        }  # fmt: skip
        record_report(evidence.id, {"verdict": "accept", "findings": [], "signatures": [entry]})
        archive(evidence)
        person = office.accounts["head_b1"].person
        binding = CertificateBinding(
            region_id=office.region.id, fingerprint=PRINT, person_id=person.id, holder=person.name,
            bound_by=person.id, bound_at=now(),
        )  # fmt: skip
        db.session.add(binding)
        db.session.commit()
        yield app, office, evidence.id, binding.id


def standing() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(SignOff).where(SignOff.voided_at.is_(None)))


def at_work(app: Flask, evidence_id: uuid.UUID) -> threading.Thread:
    """Let a worker look at what the delivery brings along."""

    def run() -> None:
        with app.app_context():
            try:
                take_effect(evidence_id)
                db.session.commit()
            finally:
                db.session.remove()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_release_that_is_on_its_way_is_waited_for(committed: tuple[Flask, Office, uuid.UUID, uuid.UUID]) -> None:
    app, office, evidence_id, binding_id = committed
    certificates.release(binding_id, actor=office.actor("head_b1"))
    worker = at_work(app, evidence_id)
    worker.join(1)
    assert worker.is_alive()
    db.session.commit()
    worker.join(30)
    assert standing() == 0


def test_without_it_the_worker_signs_once_however_often_it_looks(
    committed: tuple[Flask, Office, uuid.UUID, uuid.UUID],
) -> None:
    app, _office, evidence_id, _binding_id = committed
    db.session.rollback()
    for worker in [at_work(app, evidence_id) for _ in range(4)]:
        worker.join(30)
    assert standing() == 1
