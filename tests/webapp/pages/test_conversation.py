"""*Percakapan*: what people say about one requirement, beside its states."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.support.furnished import Api, Furnished
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.plans.conversation import LONGEST
from workflows.plans.models import Message

from .conftest import Desk, Story, words
from .test_inventory import judge


def say(story: Story, seat: Desk, text: str) -> int:
    """Say something by the form."""
    return seat.post(f"{story.page}/percakapan", {"text": text}).status_code


def test_what_is_said_stands_in_order_and_changes_no_state(
    story: Story, desk: Callable[[str], Desk], furnished: Furnished, api: Callable[..., Api]
) -> None:
    before = api("operator").get(f"/requirements/{story.requirement}").json
    assert say(story, desk("staff_b1"), "Apakah <b>satu</b> berkas cukup?") == 303
    assert say(story, desk("evaluator"), "Cukup.\nSampai jumpa.") == 303
    answer = desk("head").get(story.page)
    judge(answer.text)
    page = words(answer)
    assert page.index("Apakah <b>satu</b> berkas cukup?") < page.index("Cukup. Sampai jumpa.")
    assert re.search(r"Pegawai staff_b1 , \w.* · ", page)
    assert api("operator").get(f"/requirements/{story.requirement}").json == before
    with furnished.behind():
        events = list(db.session.scalars(sa.select(AuditEvent).where(AuditEvent.kind == "requirement.message_sent")))
        assert len(events) == 2
        assert all("berkas cukup" not in (event.body or "") for event in events)


def test_nobody_changes_or_removes_what_was_said(
    story: Story, desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    say(story, desk("operator"), "Tetap.")
    for url in (furnished.addresses.database_url, furnished.addresses.database_owner_url):
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        for change in (sa.update(Message).values(text="Lain."), sa.delete(Message), sa.text("TRUNCATE message")):
            with engine.begin() as connection, pytest.raises(sa.exc.DBAPIError):
                connection.execute(change)


def test_only_who_may_see_the_requirement_reads_and_writes(
    story: Story, desk: Callable[[str], Desk], api: Callable[..., Api]
) -> None:
    say(story, desk("operator"), "Rahasia dinas.")
    stranger, path = desk("other_head"), f"/requirements/{story.requirement}/messages"
    assert (stranger.get(story.page).status_code, say(story, stranger, "Halo")) == (404, 404)
    assert "Rahasia dinas." not in stranger.text("/")
    assert api("other_operator").get(path).status_code == 404
    assert "Rahasia dinas." in desk("auditor").text(story.page)
    assert f"{story.page}/percakapan" not in desk("auditor").get(story.page).text
    assert say(story, desk("auditor"), "Halo") == 403
    assert api("auditor").post(path, json={"text": "Halo"}).status_code == 403
    assert api("operator", read_only=True).post(path, json={"text": "Halo"}).status_code == 403


def test_too_much_or_nothing_comes_back_with_what_was_typed(story: Story, desk: Callable[[str], Desk]) -> None:
    seat = desk("staff_b1")
    assert say(story, seat, "  \n ") == 422
    long = "panjang " * (LONGEST // 8 + 1)
    answer = seat.post(f"{story.page}/percakapan", {"text": long})
    assert answer.status_code == 422
    assert long.strip() in words(answer)
    assert "Pesan paling panjang 1000 huruf" in words(answer)
    assert 'href="#message-text"' in answer.text


def test_new_messages_are_among_my_tasks_until_i_look(story: Story, desk: Callable[[str], Desk]) -> None:
    say(story, desk("staff_b1"), "Berkasnya yang mana?")
    assert "Pesan baru" not in desk("staff_b1").text("/")
    assert "Pesan baru" not in desk("head_b2").text("/")
    for name in ("head_b1", "operator", "head", "evaluator", "evaluator2", "inspector"):
        answer = desk(name).get("/")
        judge(answer.text)
        assert "Berkasnya yang mana?" in words(answer), name
    desk("head_b1").get(story.page)
    assert "Pesan baru" not in desk("head_b1").text("/")
    say(story, desk("evaluator"), "Yang bertanda tangan.")
    assert "Pesan baru" not in desk("evaluator2").text("/")
    assert "Yang bertanda tangan." in desk("head_b1").text("/")
    say(story, desk("operator"), "Terima kasih.")
    assert "2 pesan baru" in desk("staff_b1").text("/")


def test_the_api_says_and_reads_once(story: Story, api: Callable[..., Api]) -> None:
    path, key = f"/requirements/{story.requirement}/messages", {"Idempotency-Key": "pesan-1"}
    first, second = (api("operator").post(path, json={"text": "Satu."}, headers=key) for _ in range(2))
    assert (first.status_code, second.json) == (201, first.json)
    api("evaluator").post(path, json={"text": "Dua."})
    page = api("head").get(f"{path}?limit=1").json
    assert [row["text"] for row in page["items"]] == ["Dua."]
    assert [row["text"] for row in api("head").get(f"{path}?cursor={page['next']}").json["items"]] == ["Satu."]
    assert api("operator").post(path, json={"text": " "}).status_code == 422
