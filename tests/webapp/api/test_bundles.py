"""Orders of bundles by programs: a year, a report, or recommendations of one."""

import uuid
from collections.abc import Callable
from typing import Any

PLACE = {"agency": "dpk", "year": 2026}


def test_a_part_of_a_year_is_named_by_its_ids(api: Callable[[str], Any]) -> None:
    client = api("auditor")
    rows = client.get("/recommendations").json["items"]
    chosen = next(row for row in rows if row["number"] == "A-1")
    made = client.post("/bundles", json={**PLACE, "recommendations": [chosen["id"]], "reason": "uji"})
    assert made.status_code == 202
    told = client.get(f"/bundles/{made.json['id']}").json
    assert (told["recommendations"], told["agency"]["code"]) == ([chosen["id"]], "dpk")
    whole = client.post("/bundles", json={**PLACE, "report": told["report"], "reason": "uji"})
    assert client.get(f"/bundles/{whole.json['id']}").json["recommendations"] is None
    for body, status in (
        ({"report": told["report"], "year": 2001}, 422),
        ({"recommendations": [str(uuid.uuid4())]}, 404),
    ):
        assert client.post("/bundles", json={**PLACE, "reason": "uji", **body}).status_code == status
    assert (
        api("other_head").post("/bundles", json={**PLACE, "report": told["report"], "reason": "uji"}).status_code == 404
    )
