"""Posts by the API: the same rules as on the page."""

import datetime as dt
from collections.abc import Callable

from tests.support.furnished import MULTIPART, Api, filler, multipart

Of = Callable[..., Api]
TODAY = dt.datetime.now(tz=dt.timezone(dt.timedelta(hours=8))).date()
LETTER = {
    "email": "staff_b2@uji.example", "kind": "acting_daily", "valid_from": TODAY.isoformat(),
    "valid_to": (TODAY + dt.timedelta(days=20)).isoformat(), "letter_number": "800/3", "letter_date": TODAY.isoformat(),
}  # fmt: skip


def post_of(api: Of, title: str) -> str:
    """Return the address of a post of agency ``dpk``."""
    rows = api("operator").get("/posts?agency=dpk").json["items"]
    return f"/posts/{next(row['id'] for row in rows if row['title'] == title)}/assignments"


def test_who_holds_what_is_listed_page_by_page(api: Of) -> None:
    titles, cursor = [], ""
    while cursor is not None:
        answer = api("inspector").get(f"/posts?agency=dpk&limit=3&cursor={cursor}").json
        titles += [row["title"] for row in answer["items"]]
        cursor = answer["next"]
    assert titles == sorted(titles)
    assert len(titles) == 8
    assert api("other_operator").get("/posts?agency=dpk").status_code == 404
    assert api("evaluator").get("/posts?agency=dpk").status_code == 403


def test_proposed_by_one_and_confirmed_by_another(api: Of) -> None:
    path = post_of(api, "Kepala Bidang B1")
    assert api("operator", read_only=True).post(path, json=LETTER).status_code == 403
    assert api("operator").post(path, json={**LETTER, "email": None}).json["code"] == "no_person"
    assert api("operator").post(path, json={**LETTER, "valid_to": None}).json["code"] == "end_missing"
    headers = {"Idempotency-Key": "satu"}
    made = api("operator").post(path, json=LETTER, headers=headers)
    assert (made.status_code, made.json["standing"], made.json["at_once"]) == (201, "proposed", True)
    assert api("operator").post(path, json=LETTER, headers=headers).json["id"] == made.json["id"]
    row = f"/assignments/{made.json['id']}"
    assert api("other_head").post(f"{row}/confirm").status_code == 404
    assert api("head").post(f"{row}/confirm").json["standing"] == "held"
    assert api("head").post(f"{row}/confirm").status_code == 409
    assert api("head").get("/me").status_code == 200
    held = [post["title"] for post in api("staff_b2").get("/me").json["posts"]]
    assert "Plh. Kepala Bidang B1" in held
    ended = api("operator").post(f"{row}/end", json={"reason": "Kembali", "last_day": TODAY.isoformat()})
    assert (ended.status_code, ended.json["valid_to"]) == (200, TODAY.isoformat())
    assert [one["standing"] for one in api("admin").get(path).json["items"]] == ["held", "held"]


def test_a_letter_sent_twice_with_one_key_is_kept_once(api: Of) -> None:
    made = api("operator").post(post_of(api, "Kepala Bidang B1"), json=LETTER).json
    body, headers = multipart(("file", filler("surat"), "surat.pdf")), {"Idempotency-Key": "surat-1"}
    path = f"/assignments/{made['id']}/letter"
    first = api("operator").post(path, data=body, content_type=MULTIPART, headers=headers)
    again = api("operator").post(path, data=body, content_type=MULTIPART, headers=headers)
    assert (first.status_code, again.json) == (201, first.json)
    assert api("head").get(f"/letters/{first.json['id']}/file").data == filler("surat")
    assert api("other_head").get(f"/letters/{first.json['id']}/file").status_code == 404
    declined = api("head").post(f"/assignments/{made['id']}/decline", json={"reason": "Surat keliru"})
    assert (declined.json["standing"], len(declined.json["letters"])) == ("declined", 1)
