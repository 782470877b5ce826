"""Once the report is in, a plan only adds actions; without it what the plan tells waits for somebody to confirm it."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.offices import YEAR, Office, plan_document
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, PermissionDeniedError
from workflows.documents.plan import Paper
from workflows.plans.action_plans import submit
from workflows.plans.answers import confirm_report
from workflows.plans.models import Action, Requirement
from workflows.plans.operations import Written, issue, write_plan
from workflows.plans.plan_models import ActionPlan
from workflows.recommendations.models import Recommendation

TEXTS = {
    "A-1": "Monitoring evaluasi triwulan ditandatangani setiap pimpinan bidang dengan mengetahui pimpinan perangkat daerah",
    "B-1": "Menetapkan indikator kinerja yang memenuhi kriteria SMART di setiap jenjang",
    "C-1": "Laporan kinerja agar menginfokan perbandingan realisasi dengan tahun sebelumnya",
    "D-1": "Menindaklanjuti seluruh rekomendasi evaluasi sehingga nilai evaluasi meningkat",
}
SHORTENED = {
    "A-1": "Monev triwulan ditandatangani setiap pimpinan bidang mengetahui pimpinan perangkat daerah",
    "B-1": "Menetapkan indikator kinerja SMART di setiap jenjang",
    "C-1": "Laporan kinerja menginfokan perbandingan realisasi tahun sebelumnya",
    "D-1": "Menindaklanjuti semua rekomendasi sehingga nilai evaluasi meningkat",
}


def paper(texts: dict[str, str], *, actions: bool, **more: Any) -> dict[str, Any]:
    document = plan_document(quarters=(1,))
    for entry in document["recommendations"]:
        entry["text"] = texts[entry["number"]]
        if not actions:
            entry["action"] = {"text": None, "due_on": None, "owner": None}
    return {**document, **more}


def write(office: Office, document: dict[str, Any], kind: Paper, *, agency: int = 0) -> Written:
    written = write_plan(
        document, agency=office.agencies[agency], year=YEAR, actor=office.actor("evaluator"), paper=kind
    )
    db.session.flush()
    return written


def texts() -> list[str]:
    return list(db.session.scalars(sa.select(Recommendation.text).order_by(Recommendation.ordinal)))


def test_a_plan_after_its_report_only_adds_actions(office: Office) -> None:
    report = write(office, paper(TEXTS, actions=False), Paper.REPORT).report
    assert report.confirmed
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Requirement))
    answer = paper(SHORTENED, actions=True)
    answer["recommendations"].reverse()
    answer["recommendations"].append(
        {**answer["recommendations"][0], "number": "A-9", "text": "Membeli kendaraan dinas baru"}
    )
    written = write(office, answer, Paper.PLAN)
    assert (written.report.id, written.actions) == (report.id, 4)
    assert texts() == list(TEXTS.values())
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Requirement)) == before
    pairs = db.session.execute(sa.select(Recommendation.number, Action.text).join(Action)).all()
    assert {(number, text) for number, text in pairs} == {(n, f"Menindaklanjuti {n}") for n in TEXTS}
    assert write(office, answer, Paper.PLAN).actions == 0, "an action that stands is not replaced"


def test_a_plan_of_something_else_adds_nothing(office: Office) -> None:
    write(office, paper(TEXTS, actions=False), Paper.REPORT)
    strange = paper(dict.fromkeys(TEXTS, "Membeli kendaraan dinas baru"), actions=True)
    with pytest.raises(InvalidInputError) as refusal:
        write(office, strange, Paper.PLAN)
    assert refusal.value.reasons[0].code == "answers_nothing"


def test_without_a_report_somebody_confirms(office: Office) -> None:
    report = write(office, paper(SHORTENED, actions=True), Paper.PLAN).report
    assert not report.confirmed
    with pytest.raises(PermissionDeniedError):
        confirm_report(report, actor=office.actor("operator"))
    confirm_report(report, actor=office.actor("evaluator"))
    assert report.confirmed
    with pytest.raises(ConflictError):
        confirm_report(report, actor=office.actor("evaluator"))


def test_a_report_that_comes_later_replaces_the_words_of_the_plan(office: Office) -> None:
    first = write(office, paper(SHORTENED, actions=True), Paper.PLAN).report
    later = paper(TEXTS, actions=False, report_number="700/1/2026")
    later["recommendations"].append(
        {**later["recommendations"][2], "number": "C-2", "text": "Menyusun SOP pengumpulan data", "shares_with": []}
    )
    written = write(office, later, Paper.REPORT)
    assert (written.report.id, written.report.confirmed, written.report.number) == (first.id, True, "700/1/2026")
    assert texts() == [*TEXTS.values(), "Menyusun SOP pengumpulan data"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Action)) == 4


def test_a_report_that_lacks_what_the_plan_told_or_comes_after_issue_changes_nothing(office: Office) -> None:
    report = write(office, paper(SHORTENED, actions=True), Paper.PLAN).report
    short = paper(TEXTS, actions=False)
    short["recommendations"] = short["recommendations"][:2]
    with pytest.raises(ConflictError) as refusal:
        write(office, short, Paper.REPORT)
    assert "C-1, D-1" in str(refusal.value.reasons[0].message)
    issue(report, actor=office.actor("inspector"))
    with pytest.raises(ConflictError):
        write(office, paper(TEXTS, actions=False), Paper.REPORT)
    assert texts() == list(SHORTENED.values())


def test_one_number_is_one_report(office: Office) -> None:
    write(office, paper(TEXTS, actions=False, report_number="700/1/2026"), Paper.REPORT)
    with pytest.raises(ConflictError) as refusal:
        write(office, paper(TEXTS, actions=False, report_number=" 700/1/2026 "), Paper.REPORT, agency=1)
    assert refusal.value.reasons[0].code == "report_number_known"
    assert office.agencies[0].name in str(refusal.value.reasons[0].message)


def test_no_paper_adds_to_a_plan_that_is_submitted(office: Office) -> None:
    report = write(office, paper(TEXTS, actions=False), Paper.REPORT).report
    issue(report, actor=office.actor("inspector"))
    few = paper({**SHORTENED}, actions=True)
    few["recommendations"] = few["recommendations"][:1]
    write(office, few, Paper.PLAN)
    plan = db.session.scalars(sa.select(ActionPlan).where(ActionPlan.report_id == report.id)).one()
    submit(plan, version=plan.version, actor=office.actor("head"))
    with pytest.raises(ConflictError, match="plan_closed"):
        write(office, paper(SHORTENED, actions=True), Paper.PLAN)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Action)) == 1
