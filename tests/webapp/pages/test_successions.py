"""Units that were merged, on the screen and by the API: written down by an admin, confirmed by an inspector."""

import re
from collections.abc import Callable

import pytest

from tests.support.furnished import Api, Furnished

from .conftest import Desk, Story
from .test_inventory import judge

PAGE = "/pengalihan-unit?opd=dpk"


def options(html: str) -> dict[str, str]:
    """Return what may be chosen, by its name."""
    return {name: key for key, name in re.findall(r'<option value="([0-9a-f-]{36})">([^<]+)</option>', html)}


@pytest.fixture
def letter(desk: Callable[[str], Desk]) -> dict[str, str]:
    """What an admin types to let B2 carry on for B1."""
    html = desk("admin").get(PAGE).text
    units = options(html)
    return {
        "unit": units["Bidang B1"], "successor": units["Dinas Perpustakaan: Bidang B2"], "from": "2026-01-02", "letter": "060/12/2026",
        "letter_date": "2026-01-02",
    }  # fmt: skip


def test_a_merger_is_written_down_confirmed_and_told(
    desk: Callable[[str], Desk], story: Story, letter: dict[str, str]
) -> None:
    admin, inspector = desk("admin"), desk("inspector")
    story.deliver()
    for missing in ({"unit": ""}, {"from": ""}, {"successor": letter["unit"]}, {"letter": ""}):
        answer = admin.post(PAGE, {**letter, **missing})
        assert answer.status_code == 422
        judge(answer.text)
    assert 'value="060/12/2026"' in admin.post(PAGE, {**letter, "from": ""}).text
    assert inspector.post(PAGE, letter).status_code == 403
    assert admin.post(PAGE, letter).status_code == 303
    html = inspector.get(PAGE).text
    judge(html)
    found = re.search(r'action="(/pengalihan-unit/[^"]+/kukuhkan)[^"]*"', html)
    assert found
    assert admin.post(found[1]).status_code == 403
    assert inspector.post(f"{found[1]}?opd=dpk").status_code == 303
    assert inspector.post(f"{found[1]}?opd=dpk").status_code == 409
    page = desk("operator").text(story.page)
    assert "Dialihkan kepada Bidang B2" in page
    assert "dialihkan dari Bidang B1 kepada Bidang B2 (surat 060/12/2026)" in page
    assert "mengukuhkan pengalihan pekerjaan Bidang B1 kepada Bidang B2" in desk("operator").text("/log")
    assert "Monev Triwulan I 2026 - Bidang B1" in desk("head_b2").text("/")
    assert "Monev Triwulan I 2026 - Bidang B1" not in desk("head_b1").text("/")
    assert f'action="{story.page}/tanda-tangan"' in desk("head_b2").get(story.page).text
    assert "Bidang B1 → Bidang B2" in desk("operator").text("/pengalihan-unit")


def test_an_agency_goes_with_all_of_its_units(
    desk: Callable[[str], Desk], story: Story, letter: dict[str, str], furnished: Furnished
) -> None:
    admin, inspector, stranger = desk("admin"), desk("inspector"), desk("other_operator")
    story.deliver()
    assert stranger.get(story.page).status_code == 404
    units = options(admin.get(PAGE).text)
    there = units["Dinas Sosial: Bidang SEK"]
    for name in ("Bidang B1", "Bidang B2"):
        assert admin.post(PAGE, {**letter, "unit": units[name], "successor": there}).status_code == 303
    found = re.search(r'action="(/pengalihan-unit/[^"]+/kukuhkan)[^"]*"', inspector.get(PAGE).text)
    assert found
    refused = inspector.post(f"{found[1]}?opd=dpk")
    assert refused.status_code == 422
    assert "Yang belum tercatat penerusnya: Bidang SEK." in refused.text
    assert stranger.get(story.page).status_code == 404
    assert admin.post(PAGE, {**letter, "unit": units["Bidang SEK"], "successor": there}).status_code == 303
    assert inspector.post(f"{found[1]}?opd=dpk").status_code == 303
    page = stranger.text(story.page)
    assert "Dialihkan kepada Bidang SEK" in page
    assert "dialihkan dari Bidang B1 kepada Bidang SEK, Dinas Sosial (surat 060/12/2026)" in page
    head = desk("other_head_sek")
    assert "Monev Triwulan I 2026 - Bidang B1" in head.text("/")
    assert head.form(story.page, f"{story.page}/tanda-tangan").status_code == 303
    assert desk("other_head").form(story.page, f"{story.page}/mengetahui").status_code == 303
    assert "sebagai Kepala Dinas Sosial" in desk("staff_b1").text(story.page)
    assert stranger.upload(furnished.requirements["b2-1"], restricted="1").status_code == 303
    assert desk("staff_b2").upload(furnished.requirements["b2-2"]).status_code == 403
    assert "pengalihan pekerjaan Bidang B1 kepada Bidang SEK, Dinas Sosial" in stranger.text("/log?opd=dsp")


def test_the_api_keeps_the_same_rules(api: Callable[..., Api], furnished: Furnished) -> None:
    asked = {
        "agency": "dpk", "unit": "b1", "successor": "b2", "valid_from": "2026-01-02", "letter_number": "060/1",
        "letter_date": "2026-01-02",
    }  # fmt: skip
    assert api("operator").post("/successions", json=asked).status_code == 403
    assert api("admin").post("/successions", json={**asked, "unit": "x"}).json["code"] == "no_unit"
    made = api("admin").post("/successions", json=asked)
    assert (made.status_code, made.json["successor"]["code"]) == (201, "b2")
    path = f"/successions/{made.json['id']}"
    declined = api("inspector").post(f"{path}/decline", json={"reason": "Suratnya keliru"})
    assert declined.json["decline_reason"] == "Suratnya keliru"
    assert api("inspector").post(f"{path}/confirm").status_code == 409
    again = api("admin").post("/successions", json=asked).json["id"]
    assert api("inspector").post(f"/successions/{again}/confirm").json["confirmed_at"]
    rows = api("operator").get("/successions?agency=dpk").json["items"]
    assert [row["id"] for row in rows] == [again, made.json["id"]]
    assert api("other_operator").get("/successions?agency=dpk").status_code == 404
    requirement = furnished.requirements["b1-1"]
    row = api("operator").get(f"/requirements/{requirement}").json
    assert (row["unit"]["code"], row["successor"]["code"]) == ("b1", "b2")
    assert "upload" in api("staff_b2").get(f"/requirements/{requirement}").json["allowed_actions"]
    assert "upload" not in api("staff_b1").get(f"/requirements/{requirement}").json["allowed_actions"]
