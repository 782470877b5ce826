"""Figures of a report on page and API, and an outcome that the next report left unmet."""

import re
import uuid
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.support.furnished import Api, Furnished
from tests.support.offices import YEAR, plan_document
from workflows.core.actors import Channel
from workflows.core.db import db
from workflows.organization.models import Agency
from workflows.organization.queries import person_as_actor
from workflows.plans.operations import write_plan
from workflows.recommendations.models import EvaluationReport

from .conftest import Desk
from .test_inventory import judge

Of = Callable[[str], Desk]


@pytest.fixture
def later(furnished: Furnished) -> str:
    """The id of a draft of the next year; the report before told 79.50."""
    with furnished.behind():
        before = db.session.get_one(EvaluationReport, uuid.UUID(furnished.report_id))
        before.score = Decimal("79.50")
        agency = db.session.get_one(Agency, before.agency_id)
        actor = person_as_actor(before.issued_by, channel=Channel.COMMAND)  # type: ignore[arg-type]
        return str(
            write_plan(plan_document() | {"year": YEAR + 1}, agency=agency, year=YEAR + 1, actor=actor).report.id
        )


FIGURES = {"score_A": "24,00", "score_B": "21,50", "score_C": "12,25", "score_D": "20,25"}


def test_four_figures_are_typed_at_the_issue_and_shown(later: str, desk: Of, api: Callable[..., Api]) -> None:
    page, seat = f"/lhe/{later}", desk("inspector")
    html = seat.get(page).text
    judge(html)
    assert "Nilai komponen C Pelaporan, dari 15" in html
    refused = seat.form(page, f"{page}/terbitkan", number="700/1", **{**FIGURES, "score_C": "15,01"})
    assert (refused.status_code, "paling besar 15" in refused.text, "24,00" in refused.text) == (422, True, True)
    assert seat.form(page, f"{page}/terbitkan", number="700/1", **FIGURES).status_code == 303
    shown = seat.text(page)
    assert "78,00 · BB (Sangat Baik)" in shown
    assert "C Pelaporan: 12,25 dari 15" in shown
    (found,) = [row for row in api("evaluator").get("/evaluations").json["items"] if row["id"] == later]
    assert (found["score"], found["grade"], found["figures"]["D"]) == ("78.00", "BB", "20.25")


def test_an_unmet_outcome_is_proposed_and_leads_to_what_asks_again(
    later: str, desk: Of, api: Callable[..., Api]
) -> None:
    answer = api("inspector").post(f"/evaluations/{later}/issue", json={"number": "700/2", "score": "79.50"})
    assert answer.status_code == 200
    page = desk("evaluator").get("/keputusan").text
    judge(page)
    assert "Nilai LHE 2027 tidak naik: 79,50, sebelumnya 79,50." in page
    found = re.search(r'<form[^>]*action="([^"]+)"[^>]*>(?:(?!</form>).)*value="PARTIAL".*?</form>', page, re.S)
    assert found
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0]))
    assert desk("evaluator").post(found[1].replace("&amp;", "&"), hidden).status_code == 303
    assert "Usulkan belum sesuai" not in desk("evaluator").get("/keputusan").text
    rows = api("evaluator").get("/recommendations").json["items"]
    named = {row["year"]: row for row in rows if row["number"] == "D-1" and row["agency"]["code"] == "dpk"}
    before, after = named[YEAR], named[YEAR + 1]
    assert before["repeated_by"] == [after["id"]]
    told = desk("head").text(f"/rekomendasi/{before['id']}")
    assert f"Diminta lagi sebagai rekomendasi D-1 LHE {YEAR + 1}" in told
    assert f"Nilai LHE {YEAR + 1} tidak naik (79,50, sebelumnya 79,50)" in told
    assert f"Mengulang rekomendasi D-1 LHE {YEAR}" in desk("head").text(f"/rekomendasi/{after['id']}")
