"""Official statuses change by two people and a letter."""

from collections.abc import Callable

from tests.support.furnished import Api, Furnished

Of = Callable[..., Api]


def first_recommendation(api: Of) -> str:
    """Return the id of A-1 of agency ``dpk``."""
    rows = api("evaluator").get("/recommendations?agency=dpk").json["items"]
    found: str = next(row["id"] for row in rows if row["number"] == "A-1")
    return found


def test_an_official_status_is_proposed_by_one_and_decided_by_another(api: Of, furnished: Furnished) -> None:
    recommendation = first_recommendation(api)
    proposal = {"recommendations": [recommendation], "official_status": "PARTIAL", "reason": "Triwulan IV belum ada."}
    proposed = api("evaluator").post("/decisions", json=proposal)
    assert (proposed.status_code, proposed.json["state"]) == (201, "proposed")
    assert api("head").get(f"/recommendations/{recommendation}").json["official_status"] == "NOT_ASSESSED"
    path = proposed.headers["Location"].removeprefix("/api/v1")
    letter = {"number": "700/12/2026", "decided_on": "2026-12-20"}
    assert api("evaluator").post(f"{path}/decide", json=letter).status_code == 403
    decided = api("inspector").post(f"{path}/decide", json=letter)
    assert (decided.status_code, decided.json["number"]) == (200, "700/12/2026")
    assert api("head").get(f"/recommendations/{recommendation}").json["official_status"] == "PARTIAL"
    assert api("inspector").post(f"{path}/decide", json=letter).json["code"] == "already_decided"
    assert [row["id"] for row in api("head").get("/decisions").json["items"]] == [proposed.json["id"]]
    assert api("other_head").get(path).status_code == 404


def test_what_is_not_verified_is_not_compliant_and_own_proposals_are_not_decided(api: Of, furnished: Furnished) -> None:
    proposal = {"recommendations": [first_recommendation(api)], "official_status": "COMPLIANT", "reason": "Lengkap."}
    refused = api("evaluator").post("/decisions", json=proposal)
    assert (refused.status_code, refused.json["code"]) == (422, "not_verified")
    own = api("inspector").post("/decisions", json=proposal | {"official_status": "PARTIAL"})
    letter = {"number": "1", "decided_on": "2026-12-20"}
    assert api("inspector").post(f"/decisions/{own.json['id']}/decide", json=letter).json["code"] == "own_proposal"
