"""Grids from the chart by page and API: looked at first, written whole, and what the chart asks since."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.support.furnished import Api, Furnished
from tests.support.offices import CONSOLE, YEAR
from webapp import formats
from workflows.core.db import db
from workflows.organization.models import Agency
from workflows.organization.operations import add_unit
from workflows.plans.models import Requirement
from workflows.recommendations.models import EvaluationReport, Recommendation

from .conftest import Desk
from .test_inventory import judge

Of = Callable[[str], Desk]


@pytest.fixture
def d_one(furnished: Furnished) -> str:
    """The id of recommendation D-1."""
    with furnished.behind():
        query = sa.select(Recommendation.id).where(
            Recommendation.report_id == uuid.UUID(furnished.report_id), Recommendation.number == "D-1"
        )
        return str(db.session.scalars(query).one())


def count(furnished: Furnished) -> int:
    with furnished.behind():
        return db.session.scalars(sa.select(sa.func.count()).select_from(Requirement)).one()


def test_it_is_looked_at_before_it_is_written(furnished: Furnished, desk: Of, d_one: str) -> None:
    page = f"/lhe/{furnished.report_id}/kisi"
    seat = desk("evaluator")
    html = seat.get(page).text
    judge(html)
    units = [text.split('"')[0] for text in html.split('name="unit" value="')[1:]]
    chosen = {
        "kind": "quarterly_monitoring",
        "recommendation": d_one,
        "unit": units,
        "quarter": ["3", "4"],
        "year": str(YEAR),
    }
    before = count(furnished)
    answer = seat.get(page, query_string=chosen)
    judge(answer.text)
    assert f"Buat {len(units) * 2} sel ini?" in answer.text
    assert count(furnished) == before
    assert seat.post(page, {**chosen, "signed_by": "agency_head"}).status_code == 422
    assert seat.post(page, chosen).status_code == 303
    assert count(furnished) == before + len(units) * 2
    assert "sel baru dibuat" in seat.text(page)
    assert desk("operator").get(page).status_code == 403


def test_the_chart_is_followed_by_one_tap(furnished: Furnished, desk: Of, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "today", lambda: dt.date(YEAR, 5, 1))  # the second quarter is not over
    page = f"/lhe/{furnished.report_id}/kisi"
    with furnished.behind():
        report = db.session.get_one(EvaluationReport, uuid.UUID(furnished.report_id))
        add_unit(db.session.get_one(Agency, report.agency_id), code="b9", name="Bidang Baru", actor=CONSOLE)
    seat, before = desk("evaluator"), count(furnished)
    assert "Bidang Baru, TW II" in seat.text(page)
    assert seat.form(page, f"{page}/usulan").status_code == 303
    assert count(furnished) == before + 1
    assert seat.post(f"{page}/usulan", {"proposal": "x"}).status_code == 409


def test_posts_are_set_from_the_page_with_a_reason(furnished: Furnished, desk: Of) -> None:
    key = furnished.requirements["b1-1"]
    page = f"/kewajiban/{key}"
    html = desk("evaluator").get(page).text
    option = next(line for line in html.splitlines() if "Kepala Bidang SEK" in line and "<option" in line)
    post = option.split('value="')[1].split('"')[0]
    with furnished.behind():
        row = db.session.get_one(Requirement, uuid.UUID(key))
        given = {"version": str(row.version), "signed_by": post, "acknowledged_by": str(row.acknowledging_position_id)}
    answer = desk("evaluator").post(f"{page}/jabatan", given)
    assert answer.status_code == 422
    assert "tulis alasan perubahannya" in answer.text
    assert desk("evaluator").post(f"{page}/jabatan", {**given, "reason": "Sesuai SK"}).status_code == 303
    shown = desk("evaluator").text(page)
    assert "Ditandatangani oleh Kepala Bidang SEK" in shown
    assert "Sesuai SK" in shown
    assert "Ubah jabatan" not in desk("head").text(page)


def test_the_interface_makes_the_same_grid(furnished: Furnished, api: Callable[..., Api]) -> None:
    path = f"/evaluations/{furnished.report_id}/grids"
    order = {"kind": "document", "recommendations": ["D-1"], "units": ["b1", "b2"], "title": "SK Tim", "dry_run": True}
    before = count(furnished)
    told = api("evaluator").post(path, json=order).json
    assert (told["written"], told["new"], told["linked"]) == (False, 2, 0)
    assert count(furnished) == before
    assert api("evaluator").post(path, json={**order, "dry_run": False}).json["written"] is True
    assert count(furnished) == before + 2
    assert api("evaluator").post(path, json={**order, "units": ["tidak-ada"]}).status_code == 422
    assert api("operator").post(path, json=order).status_code == 403
    listed = api("evaluator").get(f"/evaluations/{furnished.report_id}/grid-proposals")
    assert listed.json == {"items": []}
