"""The demo's own plan: the shape of a real one, read without a doubt, and in words of its own."""

import re

from webapp.demo.sample import SAMPLE_NAME, sample_plan
from workflows.documents.reader import read_plan
from workflows.documents.words import fold


def test_the_sample_is_read_without_a_warning():
    plan = read_plan(sample_plan(), filename=SAMPLE_NAME)
    assert plan.warnings == ()
    assert (plan.agency_name, plan.year) == ("DINAS PERIKANAN DAN KELAUTAN", 2026)
    assert plan.report_number is not None
    assert plan.report_date is not None


def test_the_sample_has_six_recommendations_with_everything():
    items = read_plan(sample_plan(), filename=SAMPLE_NAME).recommendations
    assert [item.number for item in items] == ["A-1", "B-1", "C-1", "C-2", "C-3", "D-1"]
    assert [item.criterion for item in items] == ["1.c.4", "2.b.5", "3.b.5", "3.b.6", "3.b.7", "4.c.1"]
    assert all(item.finding and item.action.text for item in items)
    assert [item.requirements[0].kind.value for item in items] == [
        *("quarterly_monitoring", "quarterly_monitoring"),
        *("performance_report", "performance_report", "performance_report", "outcome"),
    ]
    assert items[0].shares_with == ("B-1",)
    assert [item.shares_with for item in items[2:]] == [(), (), (), ()]


def test_the_nip_of_the_sample_can_be_nobodys():
    nip = read_plan(sample_plan(), filename=SAMPLE_NAME).signature.nip
    assert nip is not None
    assert 1900 <= int(nip[:4]) <= 1909


def test_no_clause_of_the_sample_is_taken_from_the_real_plan(seed):
    def clauses(text: str) -> set[str]:
        pieces = re.split(r"[,.;:\t\n]|</?\w+>", text)
        return {fold(piece) for piece in pieces if len(fold(piece).split()) > 3}

    # What is shared is the printed form: the labels of two fields, headings, and names of components.
    form = re.compile(r"penanggung|rencana aksi tindak lanjut|^[a-d] [a-z ]*kinerja( internal)?$")
    shared = clauses(sample_plan().decode()) & clauses(seed)
    assert {clause for clause in shared if not form.search(clause)} == set()
