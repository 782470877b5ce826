"""The real plan: what it holds, what is odd about it, and that a private number never leaves it."""

import json

import pytest

from workflows.documents.reader import read_plan

KEYS = {
    "document": {
        *("agency_name", "year", "report_number", "report_date", "evaluations", "recommendations", "signature"),
        "warnings",
    },
    "recommendation": {
        *("number", "component", "criterion", "finding", "text", "action", "requirements", "shares_with"),
    },
    "requirement": {
        *("kind", "quarters", "per_unit", "signed_by", "acknowledged_by", "due_on", "expects"),
    },
}


@pytest.fixture(scope="module")
def plan(seed):
    return read_plan(seed.encode(), filename="rencana-aksi.md").to_json()


@pytest.fixture(scope="module")
def by_number(plan):
    return {item["number"]: item for item in plan["recommendations"]}


def test_every_promised_key_is_there(plan):
    assert set(plan) == KEYS["document"]
    for recommendation in plan["recommendations"]:
        assert set(recommendation) == KEYS["recommendation"]
        assert set(recommendation["action"]) == {"text", "due_on", "owner"}
        for requirement in recommendation["requirements"]:
            assert set(requirement) == KEYS["requirement"]
    assert all(set(warning) == {"where", "code", "message"} for warning in plan["warnings"])
    assert json.loads(json.dumps(plan)) == plan


def test_head_of_the_plan(plan):
    assert plan["agency_name"] == "BADAN KESATUAN BANGSA DAN POLITIK"
    assert plan["year"] == 2024
    assert plan["report_number"] is None
    assert plan["report_date"] is None


def test_six_recommendations_with_their_criteria(by_number):
    assert {number: item["criterion"] for number, item in by_number.items()} == {
        "A-1": "1.c.4",
        "B-1": "2.b.5",
        "C-1": "3.b.5",
        "C-2": "3.b.6",
        "C-3": "3.b.7",
        "D-1": "4.c.1",
    }
    assert all(number.startswith(item["component"]) for number, item in by_number.items())


@pytest.mark.parametrize(
    ("number", "finding", "text", "action"),
    [
        (
            "A-1",
            "rencana aksi kinerja belum sepenuhnya",
            "Monitoring evaluasi triwulan",
            "Melampirkan dokumen monitoring",
        ),
        ("B-1", "belum sepenuhnya setiap level", "Monitoring evaluasi triwulan", "Melampirkan dokumen monitoring"),
        ("C-1", "dokumen laporan kinerja belum", "Dokumen Laporan Kinerja agar", "Melampirkan dokumen Laporan"),
        ("C-2", "dokumen laporan kinerja belum", "Dokumen Laporan Kinerja agar", "Dokumen Laporan Kinerja agar"),
        ("C-3", "dokumen laporan kinerja belum", "Dokumen Laporan Kinerja agar", "Menginfokan tentang hambatan"),
        ("D-1", "rekomendasi pada LHE SAKIP", "Laporan Hasil Evaluasi AKIP", "Menindaklanjuti sepenuhnya"),
    ],
)
def test_finding_recommendation_and_action_belong_together(by_number, number, finding, text, action):
    item = by_number[number]
    assert item["finding"].startswith(finding)
    assert item["text"].startswith(text)
    assert item["action"]["text"].startswith(action)


def test_findings_end_where_the_praise_goes_on(by_number):
    assert by_number["A-1"]["finding"].endswith("belum semua dipantau secara berkala")
    assert by_number["B-1"]["finding"].endswith("unit dibawahnya, secara berjenjang")
    assert by_number["C-1"]["finding"].endswith("realisasi kinerja tahun sebelumnya")
    assert by_number["C-2"]["finding"].endswith("(Benchmark Kinerja)")
    assert by_number["C-3"]["finding"].endswith("upaya nyata dan atau hambatannya")
    assert by_number["D-1"]["finding"].endswith("berjalan dengan tahun sebelumnya")


def test_planning_and_measurement_share_one_grid(by_number):
    grid = {
        "kind": "quarterly_monitoring",
        "quarters": [1, 2, 3, 4],
        "per_unit": True,
        "signed_by": "unit_head",
        "acknowledged_by": "agency_head",
        "due_on": None,
        "expects": [],
    }
    assert by_number["A-1"]["requirements"] == by_number["B-1"]["requirements"] == [grid]
    assert by_number["A-1"]["shares_with"] == ["B-1"]
    assert by_number["B-1"]["shares_with"] == ["A-1"]


def test_one_performance_report_answers_the_three_of_reporting(by_number):
    expected = {"C-1": "previous_years", "C-2": "national_comparison", "C-3": "obstacles"}
    for number, contents in expected.items():
        (requirement,) = by_number[number]["requirements"]
        assert requirement["kind"] == "performance_report"
        assert requirement["expects"] == [contents]
        assert requirement["per_unit"] is False
        assert (requirement["signed_by"], requirement["acknowledged_by"]) == ("unit_head", "agency_head")
        assert by_number[number]["shares_with"] == []


def test_a_score_that_has_to_rise_is_an_outcome(by_number):
    (requirement,) = by_number["D-1"]["requirements"]
    assert requirement["kind"] == "outcome"
    assert requirement["signed_by"] is None
    assert by_number["D-1"]["shares_with"] == []


def test_signature_block_with_grade_and_nip_in_one_form(plan):
    signature = plan["signature"]
    assert signature["title_lines"] == ["KEPALA", "BADAN KESATUAN BANGSA DAN POLITIK", "KABUPATEN BALANGAN"]
    assert signature["name"].endswith("S.Pd., MM")
    assert (signature["rank_name"], signature["rank_grade"]) == ("Pembina Utama Muda", "IV/c")
    assert len(signature["nip"]) == 18
    assert signature["nip"].isdecimal()


def test_warnings_name_what_is_odd_and_where(plan):
    found = {(warning["code"], warning["where"]) for warning in plan["warnings"]}
    assert found == {
        ("phone_dropped", "baris 11"),
        ("owner_is_agency", "baris 10"),
        ("report_number_missing", "dokumen"),
        ("report_date_missing", "dokumen"),
        ("plan_signer_differs", "baris 14, kolom 4"),
        ("plan_signer_differs", "baris 15, kolom 4"),
        ("action_repeats_recommendation", "baris 16, kolom 4"),
        ("action_incomplete", "baris 16, kolom 4"),
        ("year_differs", "baris 17, kolom 4"),
    }


@pytest.mark.parametrize(
    "number",
    [
        "(0526) 0000000",
        "0811 2233 4455",
        "+62 811-2233-4455",
        "62811223344",
        "811.2233.4455",
        "0811\u00a02233\u00a04455",
    ],
)
def test_the_private_number_appears_nowhere(seed, number):
    # In the header, and once more inside a promise of the table.
    text = seed.replace("(0526) 0000000", number)
    if number[0] != "8":
        text = text.replace("Melampirkan dokumen Laporan", f"Hubungi {number} untuk melampirkan dokumen Laporan")
    plan = read_plan(text.encode(), filename="a.md").to_json()
    digits = "".join(c for c in number if c.isdecimal())
    dumped = "".join(c for c in json.dumps(plan, ensure_ascii=False) if c.isdecimal())
    assert digits not in dumped
    assert "phone_dropped" in {warning["code"] for warning in plan["warnings"]}
    assert len(plan["recommendations"]) == 6


def test_head_and_signature_in_tables_of_their_own_are_read_as_lines(seed):
    """The office layout: the two fields and the signature block stand in tables without borders."""
    head = "1\tNama Penanggung Jawab Data SAKIP\t: Badan Kesatuan Bangsa dan Politik\n2\tNomor HP\t: 0811 2233 4455\n"
    start, end = seed.index("- 1 Nama"), seed.index("NO\tHASIL")
    text = seed[:start] + head + "\n" + seed[end:]
    block = text.index("**KEPALA**")
    text = text[:block] + "\n".join(f"| | {line.strip()} |" for line in text[block:].splitlines() if line.strip())
    plan = read_plan(text.encode(), filename="a.md").to_json()
    reference = read_plan(seed.encode(), filename="a.md").to_json()
    assert plan["recommendations"] == reference["recommendations"]
    assert plan["signature"] == reference["signature"]
    assert [warning["code"] for warning in plan["warnings"]] == [warning["code"] for warning in reference["warnings"]]


def test_a_labelled_number_is_dropped_whatever_its_form(seed):
    text = seed.replace("(0526) 0000000", "-").replace(
        "KABUPATEN BALANGAN**\n\n-", "KABUPATEN BALANGAN**\n\nNo. HP PIC evaluasi: 812/3456/7890\n\n-"
    )
    assert "812/3456" in text
    plan = read_plan(text.encode(), filename="a.md").to_json()
    assert "3456" not in json.dumps(plan)
    assert plan["report_number"] is None
    assert [w["where"] for w in plan["warnings"] if w["code"] == "phone_dropped"] == ["baris 7"]
