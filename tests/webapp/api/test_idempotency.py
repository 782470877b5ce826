"""JSON writes with an ``Idempotency-Key``: one effect and one answer, also for two at once."""

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.support.furnished import Api, Furnished
from workflows.core.db import db
from workflows.core.models import AuditEvent, IdempotencyKey

Of = Callable[..., Api]
KEY = {"Idempotency-Key": "tanda-tangan-1"}


@pytest.fixture
def sign(api: Of, furnished: Furnished, upload: Callable[..., TestResponse]) -> Callable[..., TestResponse]:
    """Sign the monev of unit b1, always with the version that stands there now."""
    given = upload("staff_b1", "b1-1").json
    furnished.judge(given["id"])
    path = f"/requirements/{furnished.requirements['b1-1']}"
    version = api("head_b1").get(path).json["version"]

    def send(**changes: object) -> TestResponse:
        body = {"action": "sign", "version": version, "sha256": given["sha256"], **changes}
        return api("head_b1").post(f"{path}/actions", json=body, headers=KEY)

    return send


def signed(furnished: Furnished) -> int:
    """Return how often something was signed."""
    with furnished.behind():
        query = sa.select(sa.func.count()).where(AuditEvent.kind == "requirement.signed")
        return db.session.scalars(query).one()


def test_a_replay_gives_the_first_answer_byte_for_byte(sign: Callable[..., TestResponse], furnished: Furnished) -> None:
    first, second = sign(), sign()
    assert (first.status_code, first.json["state"]) == (200, "signed")
    assert (second.status_code, second.mimetype, second.data) == (200, "application/json", first.data)
    assert signed(furnished) == 1


def test_another_body_is_refused(sign: Callable[..., TestResponse], furnished: Furnished) -> None:
    sign()
    other = sign(reason="lain")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert signed(furnished) == 1


def test_a_refusal_frees_the_key(sign: Callable[..., TestResponse], furnished: Furnished) -> None:
    assert sign(version=1).status_code == 409
    with furnished.behind():
        assert db.session.scalars(sa.select(sa.func.count()).select_from(IdempotencyKey)).one() == 0
    assert sign().status_code == 200


def test_of_four_at_once_one_has_the_effect_and_all_its_answer(
    sign: Callable[..., TestResponse], furnished: Furnished
) -> None:
    answers: list[TestResponse] = []
    threads = [threading.Thread(target=lambda: answers.append(sign())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.data for answer in answers}) == 1
    assert signed(furnished) == 1
