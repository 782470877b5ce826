"""The way of one requirement by the API, and every refusal on it."""

import threading
from collections.abc import Callable

import flask
import pytest
from werkzeug.test import TestResponse

from tests.support.furnished import Api, Furnished
from tests.support.statements import counted

Of = Callable[..., Api]
Upload = Callable[..., TestResponse]


class Way:
    """One requirement, as several people move it."""

    def __init__(self, api: Of, requirement_id: str) -> None:
        self._api, self.path = api, f"/requirements/{requirement_id}"

    def now(self, who: str = "evaluator") -> dict[str, object]:
        """Return the requirement."""
        found: dict[str, object] = self._api(who).get(self.path).json
        return found

    def do(self, who: str, action: str, **given: object) -> TestResponse:
        """Act on what stands there now, unless ``version`` or ``sha256`` say otherwise."""
        seen = self.now()
        evidence = seen["evidence"]
        sha256 = evidence["sha256"] if isinstance(evidence, dict) else None
        body = {"action": action, "version": seen["version"], "sha256": sha256, **given}
        return self.post(who, body)

    def post(self, who: str, body: dict[str, object]) -> TestResponse:
        """Ask for what ``body`` says."""
        return self._api(who).post(f"{self.path}/actions", json=body)


@pytest.fixture
def way(api: Of, furnished: Furnished) -> Way:
    """The monev of unit b1 in the first quarter, drafted."""
    return Way(api, furnished.requirements["b1-1"])


@pytest.fixture
def archived(way: Way, upload: Upload, furnished: Furnished) -> str:
    """Its delivery: checked, archived, unsigned. Return its id."""
    evidence_id: str = upload("staff_b1", "b1-1").json["id"]
    furnished.judge(evidence_id)
    return evidence_id


def codes(refused: TestResponse) -> list[str]:
    """Return the codes of all reasons."""
    assert refused.mimetype == "application/problem+json"
    return [reason["code"] for reason in refused.json["reasons"]]


def test_five_people_carry_a_requirement_to_verified(api: Of, way: Way, archived: str) -> None:
    signed = way.do("head_b1", "sign")
    assert (signed.status_code, signed.json["state"], signed.json["holder"]["role"]) == (200, "signed", "agency_head")
    acknowledged = way.do("head", "acknowledge").json
    assert (acknowledged["state"], acknowledged["holder"]["role"]) == ("acknowledged", "evaluator")
    assert codes(way.do("evaluator", "verify")) == ["evidence_not_seen"]
    api("evaluator").get(f"/evidence/{archived}")
    verified = way.do("evaluator", "verify").json
    assert (verified["state"], verified["holder"]["role"]) == ("verified", None)
    assert verified == way.now()
    served = api("evaluator").get(f"/recommendations/{verified['recommendations'][0]}").json
    assert served["progress"] == {"verified": 1, "required": 6}


def test_a_move_asks_the_database_little(app: flask.Flask, way: Way, archived: str) -> None:
    """Who asks (two), the requirement, its delivery, the sign-off, the state, the recommendations, the event."""
    for action in ("sign", "withdraw"):
        seen = way.now("head_b1")  # and the token is known to be in use
        body = {"action": action, "version": seen["version"], "sha256": seen["evidence"]["sha256"], "reason": "uji"}
        with counted(app) as statements:
            answer = way.post("head_b1", body)
        assert answer.status_code == 200
        assert len(statements) == 8, "\n".join(statements)


def test_another_persons_reading_is_not_the_verifiers(api: Of, way: Way, archived: str) -> None:
    way.do("head_b1", "sign")
    way.do("head", "acknowledge")
    api("evaluator2").get(f"/evidence/{archived}")
    assert codes(way.do("evaluator", "verify")) == ["evidence_not_seen"]


def test_a_stale_version_is_a_conflict(way: Way, archived: str) -> None:
    refused = way.do("head_b1", "sign", version=1)
    assert (refused.status_code, codes(refused)) == (409, ["stale_version"])


def test_an_illegal_move_is_a_conflict(way: Way) -> None:
    refused = way.do("head", "acknowledge")
    assert (refused.status_code, codes(refused)) == (409, ["illegal_move"])


def test_a_failed_guard_tells_all_reasons_at_once(way: Way, upload: Upload) -> None:
    upload("staff_b1", "b1-1")
    refused = way.do("head_b1", "sign", sha256="0" * 64)
    assert refused.status_code == 422
    assert set(codes(refused)) >= {"check_pending", "not_archived", "digest_differs"}
    assert all(reason["message"] for reason in refused.json["reasons"])


def test_who_may_not_is_told_so(way: Way, archived: str) -> None:
    refused = way.do("staff_b1", "sign")
    assert (refused.status_code, codes(refused)[0]) == (403, "not_allowed")


def test_out_of_scope_is_not_found(api: Of, way: Way, archived: str) -> None:
    assert api("other_head").post(f"{way.path}/actions", json={"action": "sign", "version": 2}).status_code == 404


def test_a_token_that_only_reads_moves_nothing(api: Of, way: Way, archived: str) -> None:
    body = {"action": "sign", "version": way.now()["version"], "sha256": "0" * 64}
    refused = api("head_b1", read_only=True).post(f"{way.path}/actions", json=body)
    assert (refused.status_code, codes(refused)) == (403, ["read_only_token"])


def test_return_and_withdraw_need_their_reasons(way: Way, archived: str) -> None:
    assert codes(way.do("head_b1", "return")) == ["reason_code_missing"]
    assert codes(way.do("head_b1", "return", reason_code="OTHER")) == ["reason_missing"]
    returned = way.do("head_b1", "return", reason_code="WRONG_PERIOD", reason="Triwulan II").json
    assert (returned["state"], returned["returned"]["code"]) == ("drafted", "WRONG_PERIOD")
    assert returned["returned"]["text"] == "Triwulan II"


def test_withdraw_needs_a_reason_and_goes_back_to_uploaded(way: Way, archived: str) -> None:
    way.do("head_b1", "sign")
    assert codes(way.do("head_b1", "withdraw")) == ["reason_missing"]
    assert way.do("head_b1", "withdraw", reason="Salah berkas").json["state"] == "evidence_uploaded"


def test_a_refused_act_is_kept_in_the_access_chain(api: Of, way: Way) -> None:
    way.do("head", "acknowledge")
    events = api("privacy_officer").get("/audit-events?limit=100").json["items"]
    refusals = [event["details"]["reasons"] for event in events if event["kind"] == "request.refused"]
    assert refusals == [["illegal_move"]]


def test_what_cannot_be_read_is_refused_before_anything_is_done(api: Of, way: Way) -> None:
    def status(**request: object) -> tuple[int, str]:
        refused = api("head_b1").post(f"{way.path}/actions", **request)
        assert refused.json["detail"]
        return refused.status_code, refused.mimetype

    problem = "application/problem+json"
    assert status(data="{", content_type="application/json") == (400, problem)
    assert status(data="[" * 100_000, content_type="application/json") == (400, problem)
    assert status(data="1" * 5000, content_type="application/json") == (400, problem)
    assert status(data="action=sign", content_type="text/plain") == (415, problem)
    assert status(data=b'"' + b"x" * 300_000 + b'"', content_type="application/json") == (413, problem)
    for body in (
        *([], "sign", {}, {"action": "sign"}, {"version": 1}, {"action": "sign", "version": "1"}),
        *({"action": "sign", "version": 1, "extra": 1}, {"action": "sign", "version": True}),
        *({"action": "upload", "version": 1}, {"action": "refuse", "version": 1}, {"action": "close", "version": 1}),
        *({"action": "sign", "version": 1.5}, {"action": "sign", "version": 0}, {"action": "sign", "version": 2**40}),
        {"action": "sign", "version": 1, "sha256": "abc"},
        {"action": "return", "version": 1, "reason_code": "NONSENSE"},
        {"action": "return", "version": 1, "reason": "a\x00b"},
        {"action": "return", "version": 1, "reason": "\ud800"},
        {"action": "return", "version": 1, "reason": "x" * 4001},
    ):
        assert (body, status(json=body)) == (body, (422, problem))


def test_of_two_who_sign_at_once_one_wins_and_the_other_is_told(api: Of, way: Way, archived: str) -> None:
    seen = way.now()
    body = {"action": "sign", "version": seen["version"], "sha256": seen["evidence"]["sha256"]}  # type: ignore[index]
    answers: list[int] = []

    def sign() -> None:
        answers.append(api("head_b1").post(f"{way.path}/actions", json=body).status_code)

    threads = [threading.Thread(target=sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409, 409]
    assert way.now()["state"] == "signed"
