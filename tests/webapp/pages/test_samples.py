"""*Sampel* by its pages and the API: drawn, verified, confirmed, and told everywhere."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.furnished import Api, Furnished

from .conftest import Desk, Story, words
from .test_desk import acknowledge
from .test_inventory import judge


@pytest.fixture
def stories(story: Story, furnished: Furnished) -> list[Story]:
    """Both quarters of unit ``b1``, acknowledged."""
    return [acknowledge(each) for each in (story, replace(story, requirement=furnished.requirements["b1-2"]))]


def split(seat: Desk, address: str, stories: list[Story]) -> tuple[Story, Story]:
    """Return what was drawn and what was not."""
    html = seat.get(address).text
    judge(html)
    drawn = html.split("Diperiksa penuh")[1].split("Sisanya")[0]
    first, second = stories
    return (first, second) if first.requirement in drawn else (second, first)


def test_the_rest_follows_what_was_verified_in_full(
    stories: list[Story], desk: Callable[[str], Desk], api: Callable[..., Api]
) -> None:
    evaluator, inspector = desk("evaluator"), desk("inspector")
    judge(evaluator.get("/sampel?opd=dpk").text)
    for wrong in ("", "0", "2", "dua"):
        refused = evaluator.post("/sampel?opd=dpk", {"size": wrong})
        assert refused.status_code == 422
        assert 'href="#sample-size"' in refused.text
    assert inspector.post("/sampel?opd=dpk", {"size": "1"}).status_code == 403
    address = evaluator.post("/sampel?opd=dpk", {"size": "1"}).headers["Location"]
    assert evaluator.post("/sampel?opd=dpk", {"size": "1"}).status_code == 409
    drawn, rest = split(evaluator, address, stories)
    assert inspector.post(f"{address}/kukuhkan").status_code == 422
    assert drawn.verify().status_code == 303
    page = inspector.get(address).text
    assert f'action="{address}/kukuhkan"' in page
    assert inspector.post(f"{address}/kukuhkan").status_code == 303
    assert "1 bukti diverifikasi." in inspector.text(address)
    assert "Diverifikasi dengan sampel oleh Pegawai inspector" in desk("head").text(rest.page)
    assert "memverifikasi Monev" in desk("head").text(rest.page)
    rounds = api("head").get(f"/requirements/{rest.requirement}/rounds").json["items"]
    assert rounds[0]["verifications"][0]["method"] == "sample"
    rounds = api("head").get(f"/requirements/{drawn.requirement}/rounds").json["items"]
    assert rounds[0]["verifications"][0]["method"] == "full"
    assert desk("head").get(address).status_code == 403


def test_the_api_does_the_same_and_names_no_way_around(
    stories: list[Story], desk: Callable[[str], Desk], api: Callable[..., Api]
) -> None:
    drawn = api("evaluator").post("/samples", json={"agency": "dpk", "size": 1})
    assert drawn.status_code == 201
    path = f"/samples/{drawn.json['id']}"
    (first,) = [row["requirement"] for row in drawn.json["items"] if row["sampled"]]
    assert api("inspector").post(f"{path}/confirm").json["code"] == "sample_unfinished"
    (rest,) = [row for row in drawn.json["items"] if not row["sampled"]]
    version = api("inspector").get(f"/requirements/{rest['requirement']}").json["version"]
    body = {"action": "verify_rest", "version": version, "sha256": rest["sha256"]}
    assert api("inspector").post(f"/requirements/{rest['requirement']}/actions", json=body).status_code == 422
    story = next(each for each in stories if each.requirement == first)
    assert desk("evaluator").form(story.page, f"{story.page}/kembalikan", reason_code="WRONG_UNIT").status_code == 303
    stopped = api("inspector").post(f"{path}/confirm")
    assert (stopped.status_code, stopped.json["code"]) == (422, "sample_stopped")
    assert api("inspector").get(path).json["stopped"]
    assert api("inspector").get(f"/requirements/{rest['requirement']}").json["state"] == "acknowledged"
    assert api("head").get(path).status_code == 403
    assert "sampel ini berhenti" in desk("inspector").text(f"/sampel/{drawn.json['id']}")
    assert re.search(r"[0-9a-f]{32}", words(desk("inspector").get(f"/sampel/{drawn.json['id']}")))
