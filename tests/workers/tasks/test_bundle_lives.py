"""What an inspector changed since the report was issued, in the bundles that the product builds: on both sides of a move."""

from pathlib import Path

import sqlalchemy as sa

from tests.support.offices import issue_plan, plan_document
from tests.workers.tasks.site import Site, pdf
from tests.workers.tasks.test_bundle import assert_proven, build, opened, order
from workflows.bundles import operations
from workflows.core.clock import now
from workflows.core.db import db
from workflows.organization.models import Agency
from workflows.plans.changes import cancel, correct, move_to
from workflows.plans.deadlines import extend, receive_report
from workflows.plans.objections import answer, object_to
from workflows.recommendations.models import Component, EvaluationReport, Outcome, Recommendation
from workflows.recommendations.versions import Wording

GROUNDS = {"reason": "Salah ketik pada LHE.", "letter": "700/88/2026"}


def one(number: str, agency: Agency) -> Recommendation:
    query = sa.select(Recommendation).where(Recommendation.agency_id == agency.id, Recommendation.number == number)
    return db.session.scalars(query).one()


def ordered_for(site: Site, agency: Agency) -> bytes:
    bundle = operations.order(agency, year=2026, reason="Audit", actor=site.office.actor("auditor"))
    db.session.commit()
    return build(site, bundle.id)


def test_a_life_is_told_in_the_bundles_of_both_agencies(site: Site, tmp_path: Path) -> None:
    office = site.office
    first, second = office.agencies
    issue_plan(office, document=plan_document(quarters=(1,)), agency=second)
    db.session.commit()
    inspector = office.actor("inspector")
    report = db.session.scalars(sa.select(EvaluationReport).where(EvaluationReport.agency_id == first.id)).one()
    receive_report(report, received_on=now().date(), actor=office.actor("operator"))
    correct(one("C-1", first), Wording("Bunyi kedua", Component.MEASUREMENT, "2.b.5"), **GROUNDS, actor=inspector)
    db.session.commit()
    early = order(site)
    before = build(site, early)

    object_to(one("C-1", first), reason="Bukan kami.", actor=office.actor("head"))
    answer(
        one("C-1", first), outcome=Outcome.CORRECTED, wording=Wording("Bunyi ketiga", Component.REPORTING), **GROUNDS,
        actor=inspector,
    )  # fmt: skip
    extend([one("C-1", first)], due_on=now().date().replace(year=now().year + 1), reason="Bencana.", actor=inspector)
    cancel(one("D-1", first), **GROUNDS, actor=inspector)
    taken = move_to(one("A-1", first), second, **GROUNDS, actor=inspector)
    db.session.commit()
    site.deliver(pdf())
    site.work_off()
    assert build(site, early) == before, "the same order again gives the same bytes, whatever came later"

    assert_proven(before, tmp_path)
    rows = {row["number"]: row for row in opened(before)[0]["recommendations"]}
    assert (rows["C-1"]["text"], rows["C-1"]["component"], len(rows["C-1"]["versions"])) == ("Bunyi kedua", "B", 2)
    assert rows["A-1"]["ended"] is None

    content = ordered_for(site, first)
    assert_proven(content, tmp_path)
    records, _, _ = opened(content)
    rows = {row["number"]: row for row in records["recommendations"]}
    assert [one["text"] for one in rows["C-1"]["versions"]] == ["Rekomendasi C-1", "Bunyi kedua", "Bunyi ketiga"]
    assert (rows["A-1"]["ended"]["as"], rows["A-1"]["ended"]["target"]["agency"]) == ("moved", "dsp")
    assert (rows["D-1"]["ended"]["as"], rows["D-1"]["ended"]["by"]) == ("cancelled", "Pegawai inspector")
    assert [(row["number"], row["outcome"], row["by"]) for row in records["objections"]] == [
        ("C-1", "corrected", "Pegawai head")
    ]
    assert records["report"]["received"]["received_by"] == "Pegawai operator"

    content = ordered_for(site, second)
    assert_proven(content, tmp_path)
    records, _, _ = opened(content)
    rows = {row["number"]: row for row in records["recommendations"]}
    assert rows[taken.number]["origin"]["place"]["agency_name"] == "Dinas Perpustakaan"
    assert len(rows[taken.number]["requirements"]) == 4
