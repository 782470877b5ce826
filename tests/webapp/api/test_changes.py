"""What an inspector still changes of an issued recommendation, through the API: rights, scope, and what is told."""

from collections.abc import Callable

from tests.support.furnished import Api, Furnished

Of = Callable[..., Api]
GROUNDS = {"reason": "Salah ketik.", "letter": "700/88/2026"}


def found(api: Of, number: str, agency: str = "dpk") -> str:
    """Return the address of a recommendation."""
    rows = api("inspector").get(f"/recommendations?agency={agency}").json["items"]
    return f"/recommendations/{next(row['id'] for row in rows if row['number'] == number)}"


def received(api: Of, furnished: Furnished) -> dict[str, str]:
    """Record the receipt on the day on which the report was issued."""
    path = f"/evaluations/{furnished.report_id}/receive"
    day = api("operator").get("/evaluations").json["items"][0]["issued_at"][:10]
    answer = api("operator").post(path, json={"received_on": day})
    assert answer.status_code == 200, answer.json
    told: dict[str, str] = answer.json
    return told


def test_the_receipt_starts_the_clock_and_an_inspector_gives_more_time(api: Of, furnished: Furnished) -> None:
    path = f"/evaluations/{furnished.report_id}/receive"
    assert api("inspector").post(path, json={"received_on": "2026-01-01"}).status_code == 403
    assert api("other_operator").post(path, json={"received_on": "2026-01-01"}).status_code == 404
    assert api("operator").post(path, json={"received_on": "2199-01-01"}).status_code == 422
    told = received(api, furnished)
    assert told["received_on"] < told["plan_due_on"] < told["due_on"]
    assert api("operator").post(path, json={"received_on": told["received_on"]}).json["code"] == "already_received"
    place = found(api, "C-1")
    assert api("head").get(place).json["due_on"] == told["due_on"]
    asked = {"due_on": "2099-01-01", "reason": "Bencana."}
    assert api("evaluator").post(f"{place}/extend", json=asked).status_code == 403
    assert api("inspector").post(f"{place}/extend", json=asked).status_code == 422, "that is a slip of the pen"
    asked["due_on"] = str(int(told["due_on"][:4]) + 1) + told["due_on"][4:]
    assert api("inspector").post(f"{place}/extend", json=asked).json["due_on"] == asked["due_on"]


def test_a_correction_leaves_every_wording_readable(api: Of, furnished: Furnished) -> None:
    place = found(api, "C-1")
    asked = {"text": "Bunyi kedua", "component": "B", "criterion": "2.b.5", **GROUNDS}
    assert api("head").post(f"{place}/correct", json=asked).status_code == 403
    answer = api("inspector").post(f"{place}/correct", json=asked)
    assert (answer.status_code, answer.json["text"], answer.json["revision"]) == (200, "Bunyi kedua", 2)
    told = api("head").get(f"{place}/history").json["versions"]
    assert [(one["revision"], one["text"], one["letter"]) for one in told] == [
        (1, "Rekomendasi C-1", None), (2, "Bunyi kedua", "700/88/2026"),
    ]  # fmt: skip
    assert api("other_head").get(f"{place}/history").status_code == 404


def test_a_move_is_told_on_both_sides_and_each_side_sees_its_own(api: Of, furnished: Furnished) -> None:
    place = found(api, "C-1")
    answer = api("inspector").post(f"{place}/move", json={"agency": "dsp", **GROUNDS})
    assert (answer.status_code, answer.json["number"], answer.json["agency"]["code"]) == (201, "C-2", "dsp")
    there = f"/recommendations/{answer.json['id']}"
    old = api("head").get(place).json
    assert (old["ended"]["how"], old["ended"]["moved_to"]["agency"], old["ended"]["letter"]) == (
        "moved", "dsp", "700/88/2026",
    )  # fmt: skip
    assert api("head").get(there).status_code == 404
    assert api("other_head").get(place).status_code == 404
    assert api("other_head").get(there).json["moved_from"]["agency_name"] == "Dinas Perpustakaan"
    again = api("inspector").post(f"{place}/cancel", json=GROUNDS)
    assert (again.status_code, again.json["code"]) == (409, "ended")


def test_an_objection_stops_the_clock_until_it_is_answered(api: Of, furnished: Furnished) -> None:
    place = found(api, "C-1")
    asked = {"reason": "Bukan kewenangan kami."}
    assert api("head").post(f"{place}/object", json=asked).json["code"] == "not_received"
    received(api, furnished)
    assert api("operator").post(f"{place}/object", json=asked).status_code == 403
    assert api("head").post(f"{place}/object", json=asked).json["clock_stopped"] is True
    reply = {"outcome": "corrected", "wording": {"text": "Bunyi kedua", "component": "C"}, **GROUNDS}
    assert api("inspector").post(f"{place}/answer", json=reply | {"wording": None}).json["code"] == "text_missing"
    answer = api("inspector").post(f"{place}/answer", json=reply)
    assert (answer.json["clock_stopped"], answer.json["text"]) == (False, "Bunyi kedua")
    told = api("head").get(f"{place}/history").json["objections"]
    assert [(one["reason"], one["outcome"], one["stopped_days"]) for one in told] == [(asked["reason"], "corrected", 0)]
