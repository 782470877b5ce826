"""Bundles made by the worker: whole, sealed, cut at their order, and the same when built again."""

import io
import json
import tempfile
import uuid
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from storage.base import Bucket
from tests.support.offices import plan_document
from tests.support.stores import FaultyStore
from tests.workers.tasks.site import Site, die, pdf
from workers.app import TaskName
from workers.tasks import bundles as task
from workflows.archive.models import ArchivedObject, Disposal, DisposalKind, DisposalState
from workflows.bundles import operations, queries
from workflows.bundles.models import Bundle, BundleState
from workflows.bundles.restricted import keys_holding, require_allowed, why_not
from workflows.bundles.seal import load_or_create_key
from workflows.bundles.verify import Findings, Story, _compare_with_log, verify
from workflows.core.actors import Actor, Channel
from workflows.core.db import db
from workflows.core.errors import GoneError, InvalidInputError, NotFoundError, PermissionDeniedError
from workflows.core.transitions import Action
from workflows.evidence.access.operations import restrict
from workflows.evidence.operations import Pages
from workflows.organization import successions
from workflows.organization.queries import units_of
from workflows.plans import conversation
from workflows.plans.grids import Asked, make
from workflows.plans.models import RequirementKind
from workflows.plans.operations import issue, write_plan
from workflows.plans.rules import act
from workflows.plans.successions import confirm as hand_on
from workflows.recommendations.models import OfficialStatus, Recommendation
from workflows.verification import decisions
from workflows.verification import operations as verification
from workflows.verification.models import Decision

YEAR = 2026


def order(site: Site, *, who: str = "auditor", year: int = YEAR) -> uuid.UUID:
    bundle = operations.order(site.office.agency, year=year, reason=" Audit kinerja ", actor=site.office.actor(who))
    db.session.commit()
    return bundle.id


def bundle_of(site: Site, bundle_id: uuid.UUID) -> Bundle:
    db.session.expire_all()
    return db.session.get_one(Bundle, bundle_id)


def build(site: Site, bundle_id: uuid.UUID) -> bytes:
    """Build at once, as the command line does."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as log:
        key = load_or_create_key(site.tools.seal_key_file)
        draft = operations.gather(bundle_id, log=log, installation="Uji")
        result = operations.pack(draft, store=site.store, seal_key=key, out=out)
        db.session.rollback()
        out.seek(0)
        content = out.read()
    assert result.size == len(content)
    return content


def opened(content: bytes) -> tuple[dict[str, Any], list[dict[str, Any]], list[str]]:
    """Records, log and names of a bundle."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        folder = archive.namelist()[0].split("/")[0]
        records = json.loads(archive.read(f"{folder}/data/records.json"))
        log = [json.loads(line) for line in archive.read(f"{folder}/data/audit.jsonl").splitlines()]
        return records, log, [name.removeprefix(f"{folder}/") for name in archive.namelist()]


def assert_proven(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"{uuid.uuid4()}.zip"
    path.write_bytes(content)
    verdict = verify(path)
    assert verdict.ok, verdict.problems
    assert {"utuh", "tersegel"} <= set(verdict.verdicts)


def sign_off(site: Site, *, unit: str = "b1") -> None:
    """Sign, acknowledge and verify what was delivered for a unit."""
    for name, action in ((f"head_{unit}", Action.SIGN), ("head", Action.ACKNOWLEDGE), ("evaluator", Action.VERIFY)):
        requirement = site.requirement(unit)
        evidence = site.evidence(requirement.newest_evidence_id)  # type: ignore[arg-type]
        actor = site.office.actor(name)
        if action == Action.VERIFY:
            verification.read_report(evidence, actor=actor)
            db.session.commit()
        act(site.requirement(unit), action, actor=actor, sha256=evidence.sha256, reason="Sesuai.")
        db.session.commit()


def test_the_conversation_is_in_the_bundle_up_to_the_order(site: Site, tmp_path: Path) -> None:
    for who, text in (("operator", "Cukup satu <b>berkas</b>?"), ("evaluator", "Cukup.\nTerima kasih.")):
        conversation.write(site.requirement("b1"), text, actor=site.office.actor(who))
        db.session.commit()
    bundle_id = order(site)
    conversation.write(site.requirement("b1"), "Setelah pesanan.", actor=site.office.actor("operator"))
    db.session.commit()
    content = build(site, bundle_id)
    assert_proven(content, tmp_path)
    records, log, _names = opened(content)
    told = [(row["person"], row["position"], row["text"]) for row in records["messages"]]
    assert [(person, text) for person, _, text in told] == [
        ("Pegawai operator", "Cukup satu <b>berkas</b>?"), ("Pegawai evaluator", "Cukup.\nTerima kasih."),
    ]  # fmt: skip
    assert not any("berkas</b>" in (line["body"] or "") for line in log)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        page = archive.read(next(name for name in archive.namelist() if name.endswith("index.html"))).decode()
    assert "Cukup satu &lt;b&gt;berkas&lt;/b&gt;?" in page
    assert "Setelah pesanan" not in page


def test_an_ordered_bundle_is_built_and_proves_itself(site: Site, tmp_path: Path) -> None:
    evidence_id = site.deliver(pdf(), sign=True)
    refused = site.deliver(b"not a paper", unit="b2")
    site.work_off()
    bundle_id = order(site)
    site.work_off()
    bundle = bundle_of(site, bundle_id)
    assert (bundle.state, bundle.error_message, bundle.reason) == (BundleState.READY, None, "Audit kinerja")
    assert bundle.fingerprint == load_or_create_key(site.tools.seal_key_file).fingerprint
    assert bundle.key is not None
    with site.store.open(Bucket.BUNDLES, bundle.key, version_id=bundle.version_id) as stream:
        content = stream.read()
    assert len(content) == bundle.size
    assert_proven(content, tmp_path)
    records, log, names = opened(content)
    rows = {row["id"]: row for row in records["evidence"]}
    assert rows[str(evidence_id)]["path"] in names
    assert rows[str(evidence_id)]["received_by"] == "Pegawai head_b1"
    assert (rows[str(refused)]["path"], rows[str(refused)]["withheld"]) == (None, True)
    assert {f"data/reports/{one}.json" for one in (evidence_id, refused)} <= set(names)
    assert [(row["role"], row["person"]) for row in records["sign_offs"]] == [("signed", "Pegawai head_b1")]
    last = json.loads(log[-1]["body"])
    assert (last["kind"], last["subject"]["id"]) == ("bundle.ordered", str(bundle_id))
    assert records["ordered"] == {"at": log[-1]["at"], "by": "Pegawai auditor", "reason": "Audit kinerja"}


@pytest.mark.parametrize("asked", [False, True])
def test_a_restricted_file_is_withheld_unless_it_is_asked_for(site: Site, tmp_path: Path, asked: bool) -> None:
    evidence_id = site.deliver(pdf())
    site.work_off()
    restrict(site.evidence(evidence_id), reason="Memuat data pribadi", actor=site.office.actor("staff_b1"))
    db.session.commit()
    auditor = site.office.actor("auditor")
    ordered = operations.order(
        site.office.agency, year=2026, reason="Audit kinerja", actor=auditor, with_restricted=asked
    )
    db.session.commit()
    site.work_off()
    bundle = bundle_of(site, ordered.id)
    assert bundle.key is not None
    with site.store.open(Bucket.BUNDLES, bundle.key, version_id=bundle.version_id) as stream:
        content = stream.read()
    assert_proven(content, tmp_path)
    records, _, names = opened(content)
    (row,) = records["evidence"]
    assert (row["withheld"], row["restricted"], row["path"] in names) == (not asked, not asked, asked)
    assert (row["original_name"] is None, f"data/reports/{evidence_id}.json" in names) == (not asked, asked)
    assert (row["sha256"], row["bytes"]) == (site.evidence(evidence_id).sha256, site.evidence(evidence_id).size)
    path = tmp_path / "bundel.zip"
    path.write_bytes(content)
    told = [note for note in verify(path).notes if "ditahan" in note]
    assert told == ([] if asked else ["1 berkas bukti ditahan (1 terbatas): hanya sidik SHA-256-nya yang disertakan."])
    assert why_not(bundle, auditor) is None
    assert (why_not(bundle, site.office.actor("admin")) is None) is not asked


def test_a_bundle_with_a_file_that_was_disposed_of_is_ordered_again(site: Site) -> None:
    evidence_id = site.deliver(pdf())
    site.work_off()
    bundle_id = order(site)
    site.work_off()
    archived = db.session.scalars(sa.select(ArchivedObject).where(ArchivedObject.evidence_id == evidence_id)).one()
    bundle, auditor = bundle_of(site, bundle_id), site.office.actor("auditor")
    assert why_not(bundle, auditor) is None
    assert keys_holding(archived.key) == [bundle.key]
    disposal = Disposal(
        region_id=archived.region_id, agency_id=archived.agency_id, evidence_id=evidence_id, number="BAP-1",
        kind=DisposalKind.WRONG_DELIVERY, state=DisposalState.PROPOSED, sha256=archived.sha256, letter="7", reason="Salah",
        proposed_by_id=auditor.person_id, proposed_at=sa.func.now(),
    )  # fmt: skip
    db.session.add(disposal)
    db.session.flush()
    archived.disposal_id = disposal.id
    db.session.commit()
    with pytest.raises(GoneError, match="dimusnahkan"):
        require_allowed(bundle_of(site, bundle_id), auditor)


def test_what_a_later_report_asks_for_again_is_in_the_bundles_of_both(site: Site, tmp_path: Path) -> None:
    evidence_id = site.deliver(pdf(), quarter=4)
    site.work_off()
    office = site.office
    document = plan_document() | {"year": YEAR + 1}
    document["recommendations"] = [row | {"requirements": []} for row in document["recommendations"]]
    later = write_plan(document, agency=office.agency, year=YEAR + 1, actor=office.actor("evaluator")).report
    served = list(db.session.scalars(sa.select(Recommendation.id).where(Recommendation.report_id == later.id)))
    asked = Asked(RequirementKind.QUARTERLY_MONITORING, served[:1], quarters=(4,), year=YEAR)
    make(later, asked, actor=office.actor("evaluator"), on=date(YEAR, 2, 1))
    issue(later, actor=office.actor("inspector"))
    db.session.commit()
    before = order(site, year=YEAR + 1)
    unit = units_of(office.agency.id)[0]
    more = Asked(RequirementKind.DOCUMENT, served[:1], unit_ids=[unit.id], title="SK Tim")
    make(later, more, actor=office.actor("inspector"), on=date(YEAR, 2, 1))
    db.session.commit()
    for year, bundle, count in (
        (YEAR, order(site), 14),
        (YEAR + 1, before, 3),
        (YEAR + 1, order(site, year=YEAR + 1), 4),
    ):
        content = build(site, bundle)
        assert_proven(content, tmp_path)
        records, _log, names = opened(content)
        assert len(records["requirements"]) == count
        (row,) = records["evidence"]
        assert (row["id"], row["path"] in names) == (str(evidence_id), True)
        numbers = {row["id"]: row["recommendations"] for row in records["requirements"]}[row["requirement"]]
        assert numbers == (["A-1", "B-1"] if year == YEAR else ["A-1"])


def test_a_delivery_for_several_cells_is_found_under_each_of_them(site: Site, tmp_path: Path) -> None:
    first, second = site.requirement("b1"), site.requirement("b2")
    evidence_id = site.deliver(
        pdf("dua bidang"), who="operator", others=[("b2", 1)], pages={second.id: Pages(first=2, last=4)}
    )
    site.work_off()
    sign_off(site)  # of one alone
    content = build(site, order(site))
    assert_proven(content, tmp_path)
    records, log, names = opened(content)
    rows = {row["requirement"]: row for row in records["evidence"]}
    assert {row["id"] for row in rows.values()} == {str(evidence_id)}
    assert rows.keys() == {str(first.id), str(second.id)}
    assert [(row["page_from"], row["page_to"]) for row in rows.values()] == [(None, None), (2, 4)]
    paths = [row["path"] for row in rows.values()]
    assert len(set(paths)) == 2
    assert set(paths) <= set(names)
    standing = {row["id"]: (row["state"], row["evidence"]) for row in records["requirements"]}
    assert standing[str(first.id)] == ("verified", [str(evidence_id)])
    assert standing[str(second.id)] == ("evidence_uploaded", [str(evidence_id)])
    assert {row["requirement"] for row in records["sign_offs"]} == {str(first.id)}
    received = [body for line in log if (body := json.loads(line["body"]))["kind"] == "evidence.received"]
    assert [body["details"]["requirements"] for body in received] == [{str(first.id): 1, str(second.id): 1}]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        folder = archive.namelist()[0].split("/")[0]
        page = archive.read(f"{folder}/data/index.html").decode()
    assert page.count("Satu kiriman untuk 2 persyaratan bukti") == 2
    assert page.count("Halaman 2 sampai 4") == 1


def test_a_bundle_tells_what_stood_at_its_order_whatever_came_later(site: Site, tmp_path: Path) -> None:
    site.deliver(pdf("first"))
    late = site.deliver(pdf("second"), unit="b2")
    site.do(site.requirement("b1").newest_evidence_id)  # type: ignore[arg-type]
    sign_off(site)
    recommendation = db.session.scalars(sa.select(Recommendation).where(Recommendation.number == "C-1")).one()
    decisions.propose(
        [recommendation],
        official_status=OfficialStatus.PARTIAL,
        reason="Sebagian.",
        actor=site.office.actor("evaluator"),
    )
    db.session.commit()
    bundle_id = order(site)
    before = build(site, bundle_id)

    site.do(late)  # the delivery was there, its check and its archive come after the order
    site.deliver(pdf("third"), unit="sek")
    (decision,) = db.session.scalars(sa.select(Decision))
    decisions.decide([decision], letter=site.letter("700/1/2026"), actor=site.office.actor("inspector"))
    act(site.requirement(), Action.REOPEN, actor=site.office.actor("inspector"), reason="Diperiksa ulang.")
    db.session.commit()
    assert site.requirement().state == "drafted"

    after = build(site, bundle_id)
    assert after == before
    assert_proven(after, tmp_path)
    records, _, _ = opened(after)
    cell = next(row for row in records["requirements"] if row["id"] == str(site.requirement().id))
    assert cell["state"] == "verified"
    assert [(row["role"], row["voided_at"]) for row in records["sign_offs"]] == [
        ("signed", None), ("acknowledged", None), ("verified", None),
    ]  # fmt: skip
    assert [(row["number"], row["decided_by"]) for row in records["decisions"]] == [(None, None)]
    assert {row["official_status"] for row in records["recommendations"]} == {"NOT_ASSESSED"}
    assert {row["id"]: row["withheld"] for row in records["evidence"]}[str(late)] is True

    records, _, _ = opened(build(site, order(site)))
    assert [row["voided_at"] is None for row in records["sign_offs"]] == [False, False, False]
    assert [row["number"] for row in records["decisions"]] == ["700/1/2026"]
    assert {row["number"]: row["official_status"] for row in records["recommendations"]}["C-1"] == "PARTIAL"


def test_a_draft_of_the_inspektorat_is_a_bare_link_in_the_log(site: Site, tmp_path: Path) -> None:
    agency, evaluator = site.office.agency, site.office.actor("evaluator")
    document = {
        "agency_name": agency.name, "year": 2027, "report_number": None, "report_date": None,
        "recommendations": [
            {"number": "A-1", "component": "A", "criterion": None, "finding": None, "text": "Rahasia", "action": None,
             "requirements": [], "shares_with": []}
        ],
    }  # fmt: skip
    draft = write_plan(document, agency=agency, year=2027, actor=evaluator).report
    db.session.commit()
    content = build(site, order(site, who="evaluator", year=2027))
    assert_proven(content, tmp_path)
    records, log, _ = opened(content)
    assert (records["report"], records["recommendations"]) == (None, [])
    assert str(draft.id) not in json.dumps(log)
    assert sum(line["body"] is None for line in log) == 1


def test_whoever_does_not_see_the_agency_orders_nothing(site: Site) -> None:
    agency = site.office.agency
    for actor, error in (
        (site.office.actor("other_head"), NotFoundError),
        (site.office.actor("auditor", read_only=True), PermissionDeniedError),
    ):
        with pytest.raises(error):
            operations.order(agency, year=YEAR, reason="x", actor=actor)
    with pytest.raises(InvalidInputError):
        operations.order(agency, year=YEAR, reason="  ", actor=site.office.actor("auditor"))
    operations.order(agency, year=YEAR, reason="x", actor=Actor(name="operator", channel=Channel.COMMAND))


def test_bundles_are_listed_newest_first_to_those_who_see_the_agency(site: Site) -> None:
    ids = [order(site) for _ in range(3)]
    first = queries.list_bundles(site.office.actor("head"), limit=2)
    rest = queries.list_bundles(site.office.actor("head"), cursor=first.next)
    assert [row.id for row in (*first.items, *rest.items)] == ids[::-1]
    stranger = site.office.actor("other_head")
    assert queries.list_bundles(stranger).items == []
    with pytest.raises(NotFoundError):
        queries.get_bundle(ids[0], stranger)


@pytest.mark.parametrize("name", ["begin", "gather", "pack", "finish"])
def test_a_worker_killed_while_building_loses_nothing(site: Site, name: str, tmp_path: Path) -> None:
    site.deliver(pdf())
    site.work_off()
    bundle_id = order(site)
    site.killed(bundle_id, die(task.operations, name, after=name != "pack"), TaskName.BUILD_BUNDLE)
    site.work_off()
    bundle = bundle_of(site, bundle_id)
    assert (bundle.state, bundle.done, bundle.total) == (BundleState.READY, 1, 1)
    assert bundle.key is not None
    with site.store.open(Bucket.BUNDLES, bundle.key) as stream:
        assert_proven(stream.read(), tmp_path)


def test_an_original_that_changed_fails_the_bundle_and_says_so(site: Site) -> None:
    site.deliver(pdf())
    site.work_off()
    bundle_id = order(site)
    site.do(bundle_id, TaskName.BUILD_BUNDLE, tools=site.with_tools(store=FaultyStore(site.store, flip_at=10)))
    bundle = bundle_of(site, bundle_id)
    assert bundle.state == BundleState.FAILED
    assert "tidak sama dengan catatannya" in (bundle.error_message or "")
    assert site.job(bundle_id, TaskName.BUILD_BUNDLE).error_code == "payload_mismatch"
    assert site.chains_hold()


def test_a_bundle_tells_who_carries_on_for_a_merged_unit_and_a_lie_about_it_is_found(
    site: Site, tmp_path: Path
) -> None:
    site.deliver(pdf(), sign=True)
    site.work_off()
    old, new = (unit for unit in site.office.units["dpk"] if unit.code in ("b1", "b2"))
    day = date(2020, 1, 1)
    row = successions.propose(
        old, new, valid_from=day, letter_number="060/1", letter_date=day, actor=site.office.actor("admin")
    )
    db.session.commit()
    hand_on(row, actor=site.office.actor("inspector"))
    db.session.commit()
    content = build(site, order(site))
    assert_proven(content, tmp_path)
    records, log, names = opened(content)
    heirs = {row["unit"]["code"]: row["successor"] for row in records["requirements"] if row["quarter"] == 1}
    told = next(line for line in log if line["body"] and json.loads(line["body"])["kind"] == "requirement.inherited")
    assert heirs["b1"] == {"code": "b2", "name": "Bidang B2", "letter": "060/1", "at": told["at"]}
    assert heirs["b2"] is None
    assert any("Bidang-B1" in name for name in names)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        page = archive.read(next(name for name in archive.namelist() if name.endswith("data/index.html"))).decode()
    assert "Dialihkan kepada Bidang B2 dengan surat 060/1" in page
    forged = {**records, "requirements": [{**row, "successor": None} for row in records["requirements"]]}
    story, findings = Story(), Findings()
    for line in log:
        if line["body"]:
            story.hear(json.loads(line["body"]), line["at"])
    _compare_with_log(forged, story, findings)
    assert any("Unit penerusnya" in problem.message for problem in findings.problems)


def test_a_merged_agency_keeps_its_chain_and_its_bundle_is_ordered_by_the_successors_code(
    site: Site, tmp_path: Path
) -> None:
    site.deliver(pdf(), sign=True)
    site.work_off()
    old, new = site.office.agencies
    (there,), day = site.office.units[new.code], date(2020, 1, 1)
    rows = [
        successions.propose(
            unit, there, valid_from=day, letter_number="060/2", letter_date=day, actor=site.office.actor("admin")
        )
        for unit in site.office.units[old.code]
    ]
    db.session.commit()
    hand_on(rows[0], actor=site.office.actor("inspector"))
    db.session.commit()
    bundle = operations.order(new, year=YEAR, reason="Serah terima", actor=site.office.actor("other_head"))
    db.session.commit()
    content = build(site, bundle.id)
    assert_proven(content, tmp_path)
    records, log, _names = opened(content)
    assert records["agency"]["code"] == old.code
    assert {line["chain"] for line in log} == {f"agency:{old.id}"}
    assert {row["successor"]["agency"] for row in records["requirements"]} == {new.name}
