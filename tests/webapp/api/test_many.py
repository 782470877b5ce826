"""Many acts in one request: each for itself, with a result of its own."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.support.furnished import Api, Furnished
from webapp import many
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.signoff.models import SignOff

Of = Callable[..., Api]
NAMES = ("b1-1", "b1-2")
KEY = {"Idempotency-Key": "lembar-1"}


@pytest.fixture
def items(api: Of, furnished: Furnished, upload: Callable[..., TestResponse]) -> list[dict[str, object]]:
    """Both quarters of unit b1, delivered and checked: what its head would send to sign them."""
    found = []
    for name in NAMES:
        given = upload("staff_b1", name).json
        furnished.judge(given["id"])
        found.append({**seen(api, furnished.requirements[name]), "action": "sign", "evidence": given["id"]})
    return [{key: value for key, value in item.items() if key != "evidence"} for item in found]


def seen(api: Of, requirement: str) -> dict[str, object]:
    """Return what an act on a requirement names, as it stands now."""
    now = api("evaluator").get(f"/requirements/{requirement}").json
    return {"requirement": requirement, "version": now["version"], "sha256": now["evidence"]["sha256"]}


def send(api: Of, who: str, items: list[dict[str, object]], **more: object) -> TestResponse:
    """Ask for several acts."""
    return api(who).post("/requirements/actions", json={"items": items}, **more)


def signed(furnished: Furnished) -> list[str]:
    """Return for which requirements a signature stands."""
    with furnished.behind():
        rows = db.session.scalars(sa.select(SignOff.requirement_id).where(SignOff.voided_at.is_(None)))
        return sorted(map(str, rows))


def test_each_act_has_its_result_and_a_refused_one_takes_nothing_from_the_others(
    api: Of, furnished: Furnished, items: list[dict[str, object]]
) -> None:
    stale = {**items[0], "version": 1}
    answer = send(api, "head_b1", [stale, items[1], {**items[0], "sha256": "0" * 64}])
    assert answer.status_code == 200
    assert (answer.json["done"], answer.json["refused"]) == (1, 2)
    first, second, third = answer.json["items"]
    assert (first["done"], first["status"], [one["code"] for one in first["reasons"]]) == (
        False,
        409,
        ["stale_version"],
    )
    assert (second["done"], second["status"], second["state"]) == (True, 200, "signed")
    assert (third["status"], [one["code"] for one in third["reasons"]]) == (422, ["digest_differs"])
    assert signed(furnished) == [items[1]["requirement"]]
    with furnished.behind():
        kinds = list(db.session.scalars(sa.select(AuditEvent.kind)))
    assert kinds.count("request.refused") == 2


def test_what_is_out_of_sight_is_not_told(api: Of, furnished: Furnished, items: list[dict[str, object]]) -> None:
    answers = send(api, "other_head", items).json["items"]
    assert [(one["status"], one["state"]) for one in answers] == [(404, None)] * 2
    assert [one["status"] for one in send(api, "head_b2", items).json["items"]] == [403, 403]
    assert send(api, "head_b1", items[:1] * 101).status_code == 422
    assert send(api, "head_b1", []).status_code == 422
    assert api("head_b1", read_only=True).post("/requirements/actions", json={"items": items}).status_code == 403
    assert signed(furnished) == []


def test_a_repeat_does_nothing_twice_and_asks_again_for_what_was_refused(
    api: Of, furnished: Furnished, items: list[dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    act, calls = many.act, []

    def once_broken(*args: object, **more: object) -> object:
        calls.append(args)
        if len(calls) == 1:
            raise RuntimeError("the connection broke")
        return act(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(many, "act", once_broken)
    first = send(api, "head_b1", items, headers=KEY).json
    assert [one["status"] for one in first["items"]] == [500, 200]
    again = send(api, "head_b1", items, headers=KEY).json
    assert (again["done"], again["items"][1]) == (2, first["items"][1])
    assert send(api, "head_b1", items, headers=KEY).json == again
    assert len(calls) == 3
    assert signed(furnished) == sorted(str(one["requirement"]) for one in items)
    other = send(api, "head_b1", items[::-1], headers=KEY)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_verifying_many_keeps_every_guard(api: Of, furnished: Furnished, items: list[dict[str, object]]) -> None:
    send(api, "head_b1", items)
    for_head = [{**seen(api, furnished.requirements[name]), "action": "acknowledge"} for name in NAMES]
    assert send(api, "head", for_head).json["done"] == 2
    verify = [{**seen(api, furnished.requirements[name]), "action": "verify"} for name in NAMES]
    newest = api("evaluator").get(f"/requirements/{verify[0]['requirement']}").json["evidence"]["id"]
    api("evaluator").get(f"/evidence/{newest}")
    read, unread = send(api, "evaluator", verify).json["items"]
    assert (read["done"], read["state"]) == (True, "verified")
    assert [one["code"] for one in unread["reasons"]] == ["evidence_not_seen"]
