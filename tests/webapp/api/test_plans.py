"""Plans over the API: the same rules as the pages."""

from collections.abc import Callable

from tests.support.furnished import Api, Furnished

Of = Callable[..., Api]


def the_plan(api: Of) -> dict:
    (row,) = api("operator").get("/plans").json["items"]
    return api("operator").get(f"/plans/{row['id']}").json


def test_lists_are_scoped_and_say_whose_turn_it_is(api: Of, furnished: Furnished) -> None:
    (row,) = api("operator").get("/plans").json["items"]
    assert (row["report"], row["year"], row["state"], row["holder"]) == (
        furnished.report_id, 2026, "draft", "agency_head",
    )  # fmt: skip
    assert row["allowed_actions"] == ["write"]
    assert api("head").get("/plans").json["items"][0]["allowed_actions"] == ["write", "submit"]
    assert api("head", read_only=True).get("/plans").json["items"][0]["allowed_actions"] == []
    assert len(api("evaluator").get("/plans").json["items"]) == 2
    assert api("evaluator").get("/plans?agency=dsp&year=2026&state=draft").json["items"][0]["agency"]["code"] == "dsp"
    assert api("evaluator").get("/plans?state=accepted").json["items"] == []
    assert api("operator").get("/plans?agency=dsp").status_code == 404
    assert api("other_head").get(f"/plans/{row['id']}").status_code == 404
    assert (
        api("other_head").post(f"/plans/{row['id']}/actions", json={"action": "submit", "version": 1}).status_code
        == 404
    )


def test_a_plan_goes_its_way(api: Of) -> None:
    plan = the_plan(api)
    path = f"/plans/{plan['id']}/actions"
    answer = plan["actions"][0]
    assert [flag["code"] for flag in answer["flags"]] == ["owner_missing", "due_date_missing"]
    assert all(flag["message"] and flag["advice"] for flag in answer["flags"])
    written = {
        "action": "write", "recommendation": answer["recommendation"], "version": answer["version"],
        "text": "Menyusun monev setiap triwulan", "owner": "Sekretaris", "due_on": "2026-04-30", "output": "Laporan",
    }  # fmt: skip
    after = api("operator").post(path, json=written)
    assert (after.status_code, after.json["actions"][0]["flags"]) == (200, [])
    assert api("operator").post(path, json=written).json["code"] == "stale_version"
    assert api("operator").get("/recommendations").json["items"][0]["action"]["output"] == "Laporan"
    version = after.json["version"]
    assert api("operator").post(path, json={"action": "submit", "version": version}).status_code == 403
    assert api("head").post(path, json={"action": "submit", "version": version - 1}).status_code == 409
    handed_in = api("head").post(path, json={"action": "submit", "version": version})
    assert (handed_in.json["state"], handed_in.json["holder"]) == ("submitted", "evaluator")
    version = handed_in.json["version"]
    bare = api("evaluator").post(path, json={"action": "return", "version": version})
    assert (bare.status_code, bare.json["code"]) == (422, "reason_missing")
    back = api("evaluator").post(path, json={"action": "return", "version": version, "reason": "Belum."})
    assert (back.json["state"], back.json["submissions"][0]["reason"]) == ("returned", "Belum.")
    illegal = api("evaluator").post(path, json={"action": "accept", "version": back.json["version"]})
    assert (illegal.status_code, illegal.json["code"]) == (409, "illegal_move")
    again = api("head").post(path, json={"action": "submit", "version": back.json["version"]})
    done = api("evaluator").post(path, json={"action": "accept", "version": again.json["version"]})
    assert (done.json["state"], done.json["holder"], done.json["allowed_actions"]) == ("accepted", None, [])
    assert [row["round"] for row in done.json["submissions"]] == [2, 1]
    kept = done.json["submissions"][0]["content"]
    assert kept["actions"][0]["owner"] == "Sekretaris"
    assert {flag["number"] for flag in kept["flags"]} == {"B-1", "C-1", "D-1"}


def test_a_write_names_its_recommendation(api: Of) -> None:
    plan = the_plan(api)
    path = f"/plans/{plan['id']}/actions"
    nothing = api("operator").post(path, json={"action": "write", "version": 1, "text": "Menyusun"})
    assert (nothing.status_code, nothing.json["code"]) == (422, "recommendation_missing")
    other = api("evaluator").get("/recommendations?agency=dsp").json["items"][0]["id"]
    strange = {"action": "write", "version": 1, "text": "Menyusun", "recommendation": other}
    assert api("operator").post(path, json=strange).status_code == 404


def test_refusals_and_flags_are_said_in_english_too(api: Of) -> None:
    plan = the_plan(api)
    told = api("operator").get(f"/plans/{plan['id']}", headers={"Accept-Language": "en"}).json
    assert told["actions"][0]["flags"][0]["message"] == "A-1: nobody is named as responsible yet."
