"""Official statuses change by two people and a letter that lies locked in the archive."""

from collections.abc import Callable

from tests.support.furnished import MULTIPART, Api, Furnished, filler, multipart

Of = Callable[..., Api]


def recommendation(api: Of, number: str = "A-1") -> str:
    """Return the id of a recommendation of agency ``dpk``."""
    rows = api("evaluator").get("/recommendations?agency=dpk").json["items"]
    found: str = next(row["id"] for row in rows if row["number"] == number)
    return found


def filed(api: Of, furnished: Furnished, *, kind: str = "letter", locked: bool = True) -> str:
    """File a paper and let it be checked and locked; return its id."""
    given = {"agency": "dpk", "kind": kind, "number": "700/12/2026", "dated_on": "2026-02-20"}
    body = multipart(*[(name, text, None) for name, text in given.items()], ("file", filler("surat"), "surat.pdf"))
    answer = api("inspector").post("/official-papers", data=body, content_type=MULTIPART)
    assert (answer.status_code, answer.json["locked"]) == (202, False), answer.json
    assert api("head").post("/official-papers", data=body, content_type=MULTIPART).status_code == 403
    assert api("head").get(f"/official-papers/{answer.json['id']}/file").data == filler("surat"), "as it was received"
    if locked:
        furnished.judge(answer.json["id"])
        assert api("inspector").get(f"/official-papers/{answer.json['id']}").json["locked"] is True
    found: str = answer.json["id"]
    return found


def test_an_official_status_is_proposed_by_one_and_decided_by_another(api: Of, furnished: Furnished) -> None:
    asked = recommendation(api)
    proposal = {"recommendations": [asked], "official_status": "PARTIAL", "reason": "Triwulan IV belum ada."}
    proposed = api("evaluator").post("/decisions", json=proposal)
    assert (proposed.status_code, proposed.json["state"]) == (201, "proposed")
    assert api("head").get(f"/recommendations/{asked}").json["official_status"] == "NOT_ASSESSED"
    path = proposed.headers["Location"].removeprefix("/api/v1")
    unlocked = {"letter": filed(api, furnished, locked=False)}
    assert api("inspector").post(f"{path}/decide", json=unlocked).json["code"] == "letter_not_archived"
    letter = {"letter": filed(api, furnished)}
    assert api("evaluator").post(f"{path}/decide", json=letter).status_code == 403
    decided = api("inspector").post(f"{path}/decide", json=letter)
    assert (decided.status_code, decided.json["number"], decided.json["decided_on"]) == (
        200, "700/12/2026", "2026-02-20",
    )  # fmt: skip
    assert api("head").get(f"/recommendations/{asked}").json["official_status"] == "PARTIAL"
    assert api("inspector").post(f"{path}/decide", json=letter).json["code"] == "already_decided"
    assert [row["id"] for row in api("head").get("/decisions").json["items"]] == [proposed.json["id"]]
    assert api("other_head").get(path).status_code == 404
    assert api("other_head").get(f"/official-papers/{decided.json['letter']}/file").status_code == 404


def test_one_letter_decides_several_or_none(api: Of, furnished: Furnished) -> None:
    proposal = {"official_status": "PARTIAL", "reason": "Sebagian."}
    mine, other = (
        api(who).post("/decisions", json={**proposal, "recommendations": [recommendation(api, number)]}).json["id"]
        for who, number in (("evaluator", "A-1"), ("inspector", "C-1"))
    )
    asked = {"letter": filed(api, furnished), "decisions": [mine, other]}
    assert api("inspector").post("/decisions/decide", json=asked).json["code"] == "own_proposal"
    assert {row["state"] for row in api("head").get("/decisions").json["items"]} == {"proposed"}
    assert api("evaluator").post(f"/decisions/{other}/withdraw", json={"reason": "x"}).status_code == 403
    assert api("inspector").post(f"/decisions/{other}/withdraw", json={"reason": "x"}).json["state"] == "withdrawn"
    done = api("inspector").post("/decisions/decide", json={**asked, "decisions": [mine]})
    assert [row["state"] for row in done.json["items"]] == ["decided"]


def test_what_is_not_verified_is_not_compliant_and_a_proposal_is_declined(api: Of, furnished: Furnished) -> None:
    proposal = {"recommendations": [recommendation(api)], "official_status": "COMPLIANT", "reason": "Lengkap."}
    refused = api("evaluator").post("/decisions", json=proposal)
    assert (refused.status_code, refused.json["code"]) == (422, "not_verified")
    refused = api("evaluator").post("/decisions", json=proposal | {"official_status": "NOT_ACTIONABLE"})
    assert refused.json["code"] == "valid_reason_missing"
    ground = filed(api, furnished, kind="ground")
    told = {"official_status": "NOT_ACTIONABLE", "valid_reason": "force_majeure", "ground": ground}
    own = api("inspector").post("/decisions", json=proposal | told)
    assert (own.json["valid_reason"], own.json["ground"]) == ("force_majeure", ground)
    letter = {"letter": filed(api, furnished)}
    path = f"/decisions/{own.json['id']}"
    assert api("inspector").post(f"{path}/decide", json=letter).json["code"] == "own_proposal"
    assert api("inspector").post(f"{path}/decline", json={"reason": "x"}).json["code"] == "own_proposal"
