"""A delivered plan is read by the checker, or it is said why it cannot be."""

import hashlib
import io
import uuid
from pathlib import Path

from storage.base import Bucket
from tests.workers.tasks.site import Site
from workers.app import TaskName
from workflows.core.db import db
from workflows.evidence.inspection import Inspector
from workflows.plans.models import ImportState, PlanImport
from workflows.plans.operations import request_import

SAMPLE = next((Path(__file__).parents[3] / "webapp/demo").glob("rencana-aksi-*.md"))


def request(site: Site, content: bytes, *, name: str = "plan.md") -> uuid.UUID:
    import_id = uuid.uuid4()
    site.store.put(Bucket.INTAKE, str(import_id), io.BytesIO(content))
    request_import(
        site.office.agencies[1],
        year=2026,
        filename=name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        intake_key=str(import_id),
        import_id=import_id,
        actor=site.office.actor("evaluator"),
    )
    db.session.commit()
    return import_id


def read(site: Site, import_id: uuid.UUID) -> PlanImport:
    db.session.expire_all()
    return db.session.get_one(PlanImport, import_id)


def test_a_plan_is_read_and_waits_for_confirmation(site: Site) -> None:
    import_id = request(site, SAMPLE.read_bytes(), name=SAMPLE.name)
    site.work_off()
    row = read(site, import_id)
    assert (row.state, row.error_code) == (ImportState.READ, None)
    assert row.document is not None
    assert len(row.document["recommendations"]) == 6


def test_a_file_that_holds_no_plan_fails_with_a_sentence(site: Site) -> None:
    import_id = request(site, b"# Resep rendang\n\nSantan dan cabai.\n")
    site.work_off()
    row = read(site, import_id)
    assert row.state == ImportState.FAILED
    assert row.error_message
    assert site.job(import_id, TaskName.READ_PLAN).state == "done", "the reading went well, the file is not a plan"


def test_a_plan_that_is_not_what_was_received_fails_loudly(site: Site) -> None:
    import_id = request(site, b"swapped")
    site.store.remove(Bucket.INTAKE, str(import_id))
    site.work_off()
    row = read(site, import_id)
    assert (row.state, row.error_code) == (ImportState.FAILED, "object_missing")


def test_a_plan_waits_for_a_checker_that_is_away(site: Site, tmp_path: Path) -> None:
    import_id = request(site, SAMPLE.read_bytes(), name=SAMPLE.name)
    tools = site.with_tools(inspector=Inspector.connect(tmp_path / "nobody"))
    site.do(import_id, TaskName.READ_PLAN, tools=tools)
    assert read(site, import_id).state == ImportState.WAITING
    site.make_due()
    site.work_off()
    assert read(site, import_id).state == ImportState.READ
