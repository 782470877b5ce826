"""The plan held against what was asked: the real plan has each kind of gap, and one that is whole has none."""

import datetime as dt

import pytest

from tests.support.offices import Office, plan_document, requirements_of
from tests.workflows.documents.conftest import seed, seed_folder  # noqa: F401 - the real plan beside the repository
from workflows.core.db import db
from workflows.documents.commitment import left_out
from workflows.documents.plan import WarningCode
from workflows.documents.reader import read_plan
from workflows.plans.action_plans import Promise, write
from workflows.plans.comparison import ADVICE
from workflows.plans.operations import issue, waive, write_plan
from workflows.plans.plan_models import ActionPlan
from workflows.plans.plan_queries import contents_of, plan_of_report

PLAIN = {"owner_missing", "due_date_missing"}
"""What no action of a paper without these columns has."""


def issued(office: Office, document: dict, year: int = 2026) -> ActionPlan:
    report = write_plan(document, agency=office.agency, year=year, actor=office.actor("evaluator")).report
    db.session.flush()
    issue(report, actor=office.actor("inspector"))
    db.session.flush()
    return plan_of_report(report.id, office.actor("operator"))


def codes(plan: ActionPlan) -> dict[str, set[str]]:
    held = contents_of(plan)
    return {row.number: {flag.code for flag in held.flags[row.id]} for row in held.recommendations}


def test_the_real_plan_has_exactly_these_gaps(office: Office, seed: str) -> None:  # noqa: F811 - the fixture
    document = read_plan(seed.encode(), filename="rencana-aksi.md").to_json()
    plan = issued(office, document, year=2024)
    assert codes(plan) == {
        "A-1": {"plan_signer_differs", *PLAIN},
        "B-1": {"plan_signer_differs", *PLAIN},
        "C-1": PLAIN,
        "C-2": {"action_repeats_recommendation", "action_incomplete", *PLAIN},
        "C-3": PLAIN,
        "D-1": {"year_differs", *PLAIN},
    }
    said = {flag.code: flag.message for flag in contents_of(plan).open_flags if flag.number in ("A-1", "C-2", "D-1")}
    assert "pimpinan unit kerja/bidang" in said["plan_signer_differs"]
    assert "data nasional" in said["action_incomplete"]
    assert "2022" in said["year_differs"]


@pytest.mark.parametrize(("text", "expected"), [
    ("Menyusun monev triwulan I, II, III dan IV setiap bidang", set()),
    ("Menyusun monev setiap triwulan", set()),
    ("Menyusun monev triwulan I dan II", {"quarters_missing"}),
    ("Menyusun monev triwulan I s.d. III", {"quarters_missing"}),
    ("Menyusun monev Bidang B1 setiap triwulan", {"units_missing"}),
    ("Menyusun monev Bidang SEK, B1 dan B2 setiap triwulan", set()),
    ("Menyusun monev yang ditandatangani Kepala Dinas", {"plan_signer_differs"}),
    ("Menyusun monev yang ditandatangani kepala bidang, diketahui Kepala Dinas", set()),
    ("Menyusun monev tahun 2019", {"year_differs"}),
    ("Agar monev disusun", {"action_repeats_recommendation"}),
])  # fmt: skip
def test_what_is_open_in_one_action(office: Office, text: str, expected: set[str]) -> None:
    plan = issued(office, plan_document())
    first = contents_of(plan).recommendations[0]
    promise = Promise(text, owner="Sekretaris", due_on=dt.date(2026, 4, 30))
    write(plan, first, promise, version=1, actor=office.actor("operator"))
    assert codes(plan)["A-1"] == expected


def test_an_action_that_is_not_there_is_said_once(office: Office) -> None:
    document = plan_document()
    document["recommendations"][0]["action"]["text"] = None
    assert codes(issued(office, document))["A-1"] == {"action_missing"}


def test_what_was_waived_is_not_asked_for(office: Office) -> None:
    plan = issued(office, plan_document())
    first = contents_of(plan).recommendations[0]
    promise = Promise("Menyusun monev triwulan I, II dan III", owner="Sekretaris", due_on=dt.date(2026, 4, 30))
    write(plan, first, promise, version=1, actor=office.actor("operator"))
    assert codes(plan)["A-1"] == {"quarters_missing"}
    for row in requirements_of(plan.report):
        if row.quarter == 4:
            waive(row, reason="Tidak berlaku.", actor=office.actor("inspector"))
    db.session.flush()
    assert codes(plan)["A-1"] == set()


def test_units_are_told_apart_by_their_own_names() -> None:
    units = ["Sekretariat", "Bidang Perikanan Tangkap", "Bidang Perikanan Budidaya"]
    assert left_out("Menyusun monev Bidang Perikanan Tangkap", units) == ["Sekretariat", "Bidang Perikanan Budidaya"]
    assert left_out("Menyusun monev setiap bidang", units) == []
    assert left_out("Menyusun monev sekretariat", ["Sekretariat"]) == []


def test_every_flag_says_what_to_do(office: Office) -> None:
    plan = issued(office, plan_document())
    assert all(flag.advice for flag in contents_of(plan).open_flags)
    assert set(ADVICE) <= {code.value for code in WarningCode}
