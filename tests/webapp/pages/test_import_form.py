"""What was read is corrected on the page before anything is written, and the log says what a person changed."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.furnished import Furnished
from tests.support.offices import plan_document
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.plans.models import Action, PlanImport, Requirement
from workflows.recommendations.models import EvaluationReport, Recommendation

from .conftest import Desk, words
from .test_inventory import judge
from .test_reports import YEAR, deliver, read


@pytest.fixture
def document() -> dict[str, Any]:
    return {**plan_document(quarters=(1,)), "year": YEAR}


@pytest.fixture
def page(desk: Callable[[str], Desk], furnished: Furnished, document: dict[str, Any]) -> str:
    address = deliver(desk("evaluator")).headers["Location"]
    read(furnished, address, document)
    return address


def fields(index: int, **more: str) -> dict[str, str]:
    """One recommendation as the form sends it."""
    plain = {
        "text": f"Rekomendasi nomor {index}", "component": "A", "criterion": "1.c.4", "finding": "", "action": "Menyusun",
        "due": "", "owner": "", "q0-kind": "document", "q0-signed_by": "unit_head", "q0-acknowledged_by": "agency_head",
    }  # fmt: skip
    return {f"r{index}-{name}": text for name, text in {**plain, **more}.items()}


def written(furnished: Furnished, address: str) -> tuple[list[Recommendation], list[dict[str, Any]]]:
    with furnished.behind():
        row = db.session.get_one(PlanImport, address.rsplit("/", 1)[1])
        if row.report_id is None:
            return [], []
        found = list(
            db.session.scalars(
                sa.select(Recommendation)
                .where(Recommendation.report_id == row.report_id)
                .order_by(Recommendation.ordinal)
            )
        )
        event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "import.confirmed")).one()
        db.session.expunge_all()
        return found, json.loads(event.body)["details"]["corrections"]


def test_every_part_can_be_corrected_and_the_event_tells_it(
    desk: Callable[[str], Desk], furnished: Furnished, page: str
) -> None:
    seat = desk("evaluator")
    judge(seat.get(page).text)
    typed = {
        "report_number": "700/5/2027", "report_date": "2027-05-12",
        **fields(0, text="Menyusun pohon kinerja", component="B", criterion="", due="2027-06-30", owner="Sekretaris"),
    }  # fmt: skip
    assert seat.form(page, page, do="confirm", **typed).status_code == 303
    rows, corrections = written(furnished, page)
    assert [(row.number, row.text) for row in rows][:2] == [
        ("B-1", "Menyusun pohon kinerja"),
        ("B-2", "Rekomendasi B-1"),
    ]
    told = {(one["number"], one["field"]): (one["read"], one["confirmed"]) for one in corrections}
    assert told["A-1", "component"] == ("A", "B")
    assert told["A-1", "text"] == ("Rekomendasi A-1", "Menyusun pohon kinerja")
    assert told["A-1", "action.due_on"] == (None, "2027-06-30")
    assert told[None, "report_number"] == (None, "700/5/2027")
    assert not [key for key in told if key[0] == "C-1"]
    with furnished.behind():
        action = db.session.scalars(sa.select(Action).where(Action.recommendation_id == rows[0].id)).one()
        assert (str(action.due_on), action.owner) == ("2027-06-30", "Sekretaris")
        assert db.session.get_one(EvaluationReport, rows[0].report_id).number == "700/5/2027"


def test_an_empty_line_splits_and_a_tick_merges_and_both_are_shown_first(
    desk: Callable[[str], Desk], furnished: Furnished, page: str
) -> None:
    seat = desk("evaluator")
    typed = {
        **fields(0, text="Menyusun SOP\n\n2. Menyusun LKjIP yang memuat hambatan"),
        **fields(1, merge="1", text="dan IKU"),
    }
    answer = seat.form(page, page, do="confirm", **typed)
    assert answer.status_code == 303
    assert written(furnished, page) == ([], [])
    shown = seat.text(page)
    assert "Pembagian rekomendasi berubah" in shown
    judge(seat.get(page).text)
    assert seat.form(page, page, do="confirm").status_code == 303
    rows, corrections = written(furnished, page)
    assert [row.text for row in rows][:2] == ["Menyusun SOP", "Menyusun LKjIP yang memuat hambatan\ndan IKU"]
    assert {one["number"] for one in corrections} >= {"A-1", "A-1 + B-1"}
    with furnished.behind():
        kinds = db.session.scalars(
            sa.select(Requirement.kind).where(Requirement.recommendations.any(Recommendation.id == rows[1].id))
        ).all()
        assert kinds == ["performance_report"]


def test_nothing_typed_is_lost_on_an_error(desk: Callable[[str], Desk], furnished: Furnished, page: str) -> None:
    seat = desk("evaluator")
    typed = fields(0, text="Teks yang baru diketik", component="", criterion="abc", due="kemarin")
    answer = seat.form(page, page, do="confirm", **typed)
    assert answer.status_code == 422
    for sentence in (
        "Teks yang baru diketik",
        "Pilih komponennya.",
        "Kriteria ditulis seperti",
        "Tanggal ini tidak dikenal",
    ):
        assert sentence in words(answer)
    judge(answer.text)
    assert written(furnished, page) == ([], [])


def test_two_people_at_once_do_not_overwrite_each_other(
    desk: Callable[[str], Desk], furnished: Furnished, page: str
) -> None:
    seat = desk("evaluator")
    assert seat.form(page, page, do="keep", **fields(0, text="Yang pertama")).status_code == 303
    late = seat.form(page, page, do="confirm", version="1", **fields(0, text="Yang terlambat"))
    assert late.status_code == 409
    assert "Yang terlambat" in words(late)
    assert written(furnished, page) == ([], [])


def test_what_is_no_recommendation_is_dropped_and_told(
    desk: Callable[[str], Desk], furnished: Furnished, page: str
) -> None:
    seat = desk("evaluator")
    seat.form(page, page, do="confirm", **fields(3, drop="1", text=""))
    assert seat.form(page, page, do="confirm").status_code == 303
    rows, corrections = written(furnished, page)
    assert [row.number for row in rows] == ["A-1", "B-1", "C-1"]
    assert {"number": "D-1", "field": "text", "read": "Rekomendasi D-1", "confirmed": None} in corrections


def test_many_recommendations_are_corrected_page_by_page(
    desk: Callable[[str], Desk], furnished: Furnished, document: dict[str, Any]
) -> None:
    seat = desk("evaluator")
    entry = document["recommendations"][2]
    many = [{**entry, "number": f"C-{number}", "text": f"Rekomendasi {number}"} for number in range(1, 46)]
    address = deliver(seat).headers["Location"]
    read(furnished, address, {**document, "recommendations": many})
    first = seat.form(address, address, do="next", **fields(0, text="Diperbaiki", component="C"))
    assert first.headers["Location"].endswith("halaman=2")
    shown = seat.text(first.headers["Location"])
    assert "Rekomendasi C-21" in shown
    assert "Rekomendasi C-20" not in shown
    seat.form(f"{address}?halaman=3", address, do="confirm", **fields(44, text="Yang terakhir", component="C"))
    rows, _ = written(furnished, address)
    assert [row.text for row in rows] == ["Diperbaiki", *(f"Rekomendasi {n}" for n in range(2, 45)), "Yang terakhir"]
