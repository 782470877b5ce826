"""Files that travel with a delivery: judged, locked, counted and packed with it, and never deciding for it."""

import copy
import io
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from storage.base import Bucket
from tests.support.beside import DOCX, JPEG, XLSX
from tests.support.scanners import EICAR, running_clamd
from tests.workers.tasks.site import Site, pdf
from tests.workers.tasks.test_bundle import assert_proven, build, opened, order
from workflows.archive import custody, holds
from workflows.archive.locks import held_among, locks_of
from workflows.archive.models import ArchivedObject
from workflows.bundles import verify
from workflows.core.db import db
from workflows.core.transitions import State
from workflows.evidence.media import Media
from workflows.evidence.models import CheckState, Evidence
from workflows.evidence.operations import new_evidence_id
from workflows.evidence.provenance import Provenance
from workflows.plans.models import Requirement
from workflows.recovery.adoption import adopt

FILES = [
    ("foto.jpg", JPEG, Media.JPEG),
    ("daftar hadir.xlsx", XLSX, Media.XLSX),
    ("lampiran.pdf", pdf("lampiran"), Media.PDF),
]


def beside(evidence_id: uuid.UUID) -> list[Evidence]:
    db.session.expire_all()
    return db.session.get_one(Evidence, evidence_id).supporting


def test_all_of_a_delivery_is_locked_before_it_can_be_signed(site: Site) -> None:
    evidence_id = site.deliver(pdf(), supporting=FILES)
    site.work_off()
    main = site.evidence(evidence_id)
    files = beside(evidence_id)
    assert [row.check_state for row in (main, *files)] == [CheckState.DONE] * 4
    assert [row.verdict for row in files[:2]] == ["accept", "accept"]
    assert [row.receipt_number for row in files] == [f"{main.receipt_number}-{n}" for n in (1, 2, 3)]
    rows = {row.evidence_id: row for row in db.session.scalars(sa.select(ArchivedObject))}
    assert [rows[row.id].key.rsplit(".")[-1] for row in (main, *files)] == ["pdf", "jpg", "xlsx", "pdf"]
    assert len({rows[row.id].retain_until.date() for row in (main, *files)}) == 1
    for row, (_name, data, _media) in zip(files, FILES, strict=True):
        with site.store.open(Bucket.ARCHIVE, rows[row.id].key, version_id=rows[row.id].version_id) as stream:
            assert stream.read() == data
    assert all(row.intake_removed_at is not None for row in (main, *files))
    assert site.reports(files[2].id) == 1  # a PDF is judged in full


def test_ledger_fixity_and_holds_count_them(site: Site) -> None:
    evidence_id = site.deliver(pdf(), supporting=FILES)
    site.work_off()
    troubles = custody.reconcile(site.store, agency=site.office.agency).troubles
    assert [one for one in troubles if one.code != "orphan"] == []  # those are of other tests
    assert len(locks_of(evidence_id)) == 4
    holds.open_hold(site.evidence(evidence_id), letter="1", reason="Sengketa", actor=site.office.actor("inspector"))
    db.session.commit()
    files = [row.id for row in beside(evidence_id)]
    assert held_among(files) == set(files)
    site.work_off()
    due = custody.due(before=db.session.scalars(sa.select(sa.func.now())).one())
    assert {one.promise.hold for one in due} == {True}
    seen, failure = custody.look(site.store, due)
    assert (failure, [one.findings for one in seen]) == (None, [frozenset()] * 4)


def test_malware_in_one_of_them_refuses_the_whole_delivery(site: Site) -> None:
    evidence_id = site.deliver(pdf(), supporting=[("foto.jpg", JPEG, Media.JPEG), ("hadir.xlsx", EICAR, Media.XLSX)])
    with running_clamd() as (scanner, _):
        site.do(evidence_id, tools=site.with_tools(scanner=scanner))
    main = site.evidence(evidence_id)
    assert main.verdict == "reject"
    assert main.report is not None
    assert main.report.report["findings"][0]["code"] == "supporting_malware"
    assert "nomor 2" in main.report.report["findings"][0]["message"]
    assert site.requirement().state == State.DRAFTED
    assert db.session.scalars(sa.select(ArchivedObject)).all() == []
    assert [row.check_state for row in beside(evidence_id)] == [CheckState.DONE] * 2


def test_nothing_else_in_them_refuses_it(site: Site) -> None:
    evidence_id = site.deliver(pdf(), supporting=[("rusak.pdf", b"%PDF-1.7 rusak", Media.PDF)])
    site.work_off()
    (file,) = beside(evidence_id)
    assert (file.verdict, site.evidence(evidence_id).verdict) == ("reject", "accept")
    assert db.session.scalars(sa.select(ArchivedObject).where(ArchivedObject.evidence_id == file.id)).one()
    assert site.requirement().state == State.EVIDENCE_UPLOADED


@pytest.fixture
def packed(site: Site) -> bytes:
    site.deliver(pdf(), supporting=FILES)
    site.work_off()
    return build(site, order(site))


def differences(content: bytes, spoil: Any) -> list[str]:
    """Return what a verifier finds when the records were changed in this way and the log was not."""
    records, log, _names = opened(content)
    story, findings = verify.Story(), verify.Findings()
    for line in log:
        if line["body"] is not None:
            story.hear(json.loads(line["body"]), line["at"])
    changed = copy.deepcopy(records)
    spoil(changed["evidence"][0])
    verify._compare_with_log(changed, story, findings)
    return [problem.where for problem in findings.problems]


def test_a_bundle_holds_them_and_proves_them(packed: bytes, tmp_path: Path) -> None:
    assert_proven(packed, tmp_path)
    records, _log, names = opened(packed)
    (row,) = records["evidence"]
    assert [one["original_name"] for one in row["supporting"]] == [name for name, _data, _media in FILES]
    stem = row["path"].removesuffix(".pdf")
    assert [one["path"] for one in row["supporting"]] == [f"{stem}_b1.jpg", f"{stem}_b2.xlsx", f"{stem}_b3.pdf"]
    assert {one["path"] for one in row["supporting"]} <= set(names)
    assert {f"data/reports/{one['id']}.json" for one in row["supporting"]} <= set(names)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: row["supporting"].pop(),
        lambda row: row["supporting"].reverse(),
        lambda row: row["supporting"][0].update(sha256="0" * 64),
        lambda row: row["supporting"][0].update(original_name="lain.jpg"),
        lambda row: row["supporting"][0].update(verdict="reject"),
        lambda row: row["supporting"][0].update(media_type="image/png"),
        lambda row: row["supporting"][0].update(path="data/evidence/lain.jpg"),
    ],
)
def test_what_the_log_does_not_tell_of_them_is_named(packed: bytes, spoil: Any) -> None:
    assert differences(packed, lambda row: None) == []
    assert differences(packed, spoil)


def test_after_a_loss_of_rows_they_are_taken_in_with_their_delivery(site: Site) -> None:
    requirement, person = site.requirement(), site.office.actor("head_b1").person_id
    assert person is not None
    main, came = new_evidence_id(), Provenance.of([requirement.id], person, "monev.pdf")
    lost, file_id, orphan = Provenance.of([requirement.id], person, "foto.jpg"), new_evidence_id(), new_evidence_id()
    for key, data, said in (
        (main, pdf(), came), (file_id, DOCX, came.beside(main, "notula.docx")), (orphan, JPEG, lost.beside(orphan, "x")),
    ):  # fmt: skip
        site.store.put(Bucket.INTAKE, str(key), io.BytesIO(data), length=len(data), metadata=said.metadata())
    found = adopt(site.store)
    db.session.commit()
    assert len(found.receipts) == 1
    lying = {text.split(":")[0] for text in found.orphans}
    assert f"intake/{orphan}" in lying
    assert not {f"intake/{main}", f"intake/{file_id}"} & lying
    assert [(row.id, row.media_type, row.original_name) for row in beside(main)] == [
        (file_id, Media.DOCX, "notula.docx")
    ]
    assert db.session.get_one(Requirement, requirement.id).newest_evidence_id == main
