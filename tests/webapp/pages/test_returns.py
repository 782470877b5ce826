"""Why deliveries are sent back: six reasons to choose from and one in words, counted for the Inspektorat."""

import re
from collections.abc import Callable

import pytest

from tests.support.furnished import Api
from workflows.signoff.operations import RETURN_CHIPS

from .conftest import Desk, Story, words
from .test_inventory import judge


def send_back(story: Story, seat: Desk, **typed: str) -> int:
    """Return a delivery by the form and say what was answered."""
    return seat.form(story.page, f"{story.page}/kembalikan", **typed).status_code


def test_six_reasons_and_one_in_words(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver()
    seat = desk("head_b1")
    assert re.findall(r'name="reason_code" value="([A-Z_]+)"', seat.get(story.page).text) == list(RETURN_CHIPS)
    assert len(RETURN_CHIPS) == 7
    assert send_back(story, seat) == 422
    assert send_back(story, seat, reason_code="NOT_MY_SIGNATURE") == 422
    refused = seat.form(story.page, f"{story.page}/kembalikan", reason_code="OTHER")
    assert refused.status_code == 422
    assert "Untuk alasan lain, tulis alasannya." in words(refused)
    assert send_back(story, seat, reason_code="OTHER", reason="Salinan buram sebelah.") == 303
    assert "Alasan lain" in desk("staff_b1").text(story.page)


def test_reasons_are_counted_for_the_inspektorat_alone(
    story: Story, desk: Callable[[str], Desk], api: Callable[..., Api]
) -> None:
    for code in ("WRONG_DOCUMENT", "WRONG_UNIT"):
        story.deliver()
        assert send_back(story, desk("head_b1"), reason_code=code) == 303
    story.deliver()
    story.sign()
    assert send_back(story, desk("head"), reason_code="WRONG_UNIT", reason="Bidang B2.") == 303
    for name in ("inspector", "evaluator"):
        answer = desk(name).get("/pengembalian")
        judge(answer.text)
        page = words(answer)
        assert "3 pengembalian" in page
        assert page.index("Bukan berkas bidang ini 1 1 0 2") < page.index("Dokumennya bukan yang diminta 1 0 0 1")
    assert "Belum ada yang dikembalikan" in desk("inspector").text("/pengembalian?opd=dsp")
    assert [desk(name).get("/pengembalian").status_code for name in ("head", "auditor")] == [403, 403]
    rows = api("evaluator").get("/returns?year=2026&agency=dpk").json["items"]
    assert rows[0] == {"code": "WRONG_UNIT", "count": 2, "signer": 1, "acknowledger": 1, "evaluator": 0}
    assert api("head").get("/returns?year=2026").status_code == 403


@pytest.mark.parametrize("who", ["head_b1", "evaluator"])
def test_a_withdrawal_and_its_round_are_told_by_the_api(
    who: str, story: Story, desk: Callable[[str], Desk], api: Callable[..., Api]
) -> None:
    story.deliver()
    story.sign()
    assert desk("head_b1").form(story.page, f"{story.page}/tarik", reason="Keliru.").status_code == 303
    path = f"/requirements/{story.requirement}"
    assert api(who).get(path).json["round"] == 1
    (first,) = api(who).get(f"{path}/rounds").json["items"]
    assert (first["number"], first["verifications"], len(first["sign_offs"])) == (1, [], 1)
    assert first["sign_offs"][0]["voided_at"]
    assert (first["sign_offs"][0]["role"], first["sign_offs"][0]["position"]) == ("signed", "Kepala Bidang B1")
    assert api("other_head").get(f"{path}/rounds").status_code == 404
