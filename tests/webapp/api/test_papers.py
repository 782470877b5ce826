"""Papers ordered by programs."""

from collections.abc import Callable
from typing import Any

ORDER = {"kind": "follow_up_matrix", "format": "pdf", "agency": "dpk", "year": 2026, "place": "Uji"}


def test_a_paper_is_ordered_read_and_not_there_for_others(api: Callable[[str], Any]) -> None:
    client = api("operator")
    made = client.post("/papers", json=ORDER)
    assert (made.status_code, made.json["state"]) == (202, "queued")
    told = client.get(f"/papers/{made.json['id']}").json
    assert (told["kind"], told["format"], told["agency"]["code"], told["sha256"]) == (
        "follow_up_matrix",
        "pdf",
        "dpk",
        None,
    )
    file = client.get(f"/papers/{made.json['id']}/file")
    assert (file.status_code, file.json["code"]) == (409, "not_ready")
    assert api("inspector").get(f"/papers/{made.json['id']}").status_code == 404
    whole = api("inspector").post("/papers", json={**ORDER, "agency": None})
    assert api("inspector").get(f"/papers/{whole.json['id']}").json["agency"] is None
    assert client.post("/papers", json={**ORDER, "agency": None}).status_code == 403
    assert api("inspector").post("/papers", json={**ORDER, "kind": "action_plan", "agency": None}).status_code == 422
    assert client.post("/papers", json={**ORDER, "kind": "action_plan"}).status_code == 202
    assert api("other_head").post("/papers", json=ORDER).status_code == 404
    for wrong in ({"format": "doc"}, {"kind": "x"}, {"year": 1}, {"place": "x" * 61}):
        assert client.post("/papers", json={**ORDER, **wrong}).status_code == 422, wrong
