"""The demo's story takes the ways of everybody: what it delivers says of itself whence it came."""

from pathlib import Path

import sqlalchemy as sa

from storage.base import Bucket
from storage.folder_store import FolderStore
from tests.support.databases import Databases
from tests.support.offices import build_office, database_app, issue_plan, requirements_of
from webapp.demo import story
from workflows.core.db import db
from workflows.evidence.models import Evidence
from workflows.evidence.provenance import Provenance


def test_a_delivery_of_the_story_can_be_taken_in_again_when_its_rows_are_lost(
    databases: Databases, tmp_path: Path
) -> None:
    with databases.clone() as addresses, database_app(addresses.database_worker_url):
        office = build_office()
        requirement = requirements_of(issue_plan(office))[0]
        store = FolderStore(tmp_path)
        story._deliver(requirement, office.agency, store)
        delivered = db.session.scalars(sa.select(Evidence)).one()
        told = store.stat(Bucket.INTAKE, delivered.intake_key)
    came = Provenance.read(told.metadata)
    assert came is not None
    assert (came.requirements, came.person, came.name) == (
        (requirement.id,), delivered.received_by_id, delivered.original_name,
    )  # fmt: skip
