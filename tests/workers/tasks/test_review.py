"""A refused delivery that an evaluator accepted: locked in the archive like any other, its report untouched."""

import datetime as dt
import io
import uuid

import pikepdf
import pytest
import sqlalchemy as sa

from storage.base import Bucket
from storage.errors import ObjectMissingError
from tests.workers.tasks.site import Site
from tests.workers.tasks.test_bundle import build, opened, order
from workers.tasks import intake
from workflows.archive.operations import archived_of
from workflows.core import audit
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.core.transitions import Action
from workflows.evidence.models import CheckState, Evidence
from workflows.plans.rules import act
from workflows.verification.operations import read_report


def launching() -> bytes:
    """Return a PDF that starts a program when it is opened."""
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(595, 842))
        action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("program.exe"))
        made.Root.OpenAction = action
        made.save(out)
    return out.getvalue()


def accepted(site: Site, *, sign: bool = False) -> tuple[uuid.UUID, bytes]:
    """Deliver a file that starts a program, have it refused, asked for and accepted; the archive is still to come."""
    content = launching()
    evidence_id = site.deliver(content, sign=sign)
    site.work_off()
    evidence = site.evidence(evidence_id)
    assert (evidence.verdict, evidence.check_state) == ("reject", CheckState.DONE)
    evaluator = site.office.actor("evaluator")
    read_report(evidence, actor=evaluator)
    audit.link(db.session())
    act(site.requirement(), Action.REVIEW_ASK, actor=site.office.actor("head_b1"), reason="Formulir resmi.")
    act(site.requirement(), Action.REVIEW_ACCEPT, actor=evaluator, sha256=evidence.sha256, reason="Sudah dilihat.")
    db.session.commit()
    return evidence_id, content


def test_it_is_archived_without_being_judged_again_and_its_received_bytes_go(site: Site) -> None:
    evidence_id, content = accepted(site)
    assert site.evidence(evidence_id).check_state == CheckState.WAITING
    site.work_off()
    evidence, archived = site.evidence(evidence_id), archived_of(evidence_id)
    assert (evidence.verdict, evidence.check_state, evidence.check_why) == ("reject", CheckState.DONE, None)
    assert site.reports(evidence_id) == 1
    assert archived is not None
    with site.store.open(Bucket.ARCHIVE, archived.key, version_id=archived.version_id) as stream:
        assert stream.read() == content
    with pytest.raises(ObjectMissingError):
        site.store.stat(Bucket.INTAKE, str(evidence_id))
    assert evidence.intake_removed_at is not None
    # Nothing is lost, so the log tells of no loss.
    assert db.session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "evidence.bytes_removed")).all() == []
    assert site.chains_hold()


def test_a_signature_given_with_the_upload_is_not_made_by_itself(site: Site) -> None:
    """It counted on a check that passes."""
    accepted(site, sign=True)
    site.work_off()
    db.session.expire_all()
    assert site.requirement().state == "evidence_uploaded"


def test_the_sweep_leaves_the_bytes_until_the_archive_has_them(site: Site) -> None:
    evidence_id, _ = accepted(site)
    long_ago = sa.func.now() - dt.timedelta(days=200)
    db.session.execute(sa.update(Evidence).where(Evidence.id == evidence_id).values(check_since=long_ago))
    db.session.commit()
    assert [row.id for row in intake.intake.refused_and_due()] == []
    site.work_off()
    assert archived_of(evidence_id) is not None


def test_a_bundle_tells_what_was_asked_and_who_accepted_it(site: Site) -> None:
    evidence_id, _ = accepted(site)
    site.work_off()
    content = build(site, order(site))
    records, _, names = opened(content)
    (review,) = records["reviews"]
    assert (review["evidence"], review["outcome"]) == (str(evidence_id), "accepted")
    assert (review["text"], review["reason"]) == ("Formulir resmi.", "Sudah dilihat.")
    assert (review["asked_by"], review["person"]) == ("Pegawai head_b1", "Pegawai evaluator")
    (delivery,) = records["evidence"]
    assert (delivery["verdict"], delivery["withheld"]) == ("reject", False)
    assert delivery["path"] in names
