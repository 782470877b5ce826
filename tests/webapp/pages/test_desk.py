"""*Meja verifikasi*: the queue of an evaluator, and one document after the other."""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from dataclasses import replace

import flask
import pytest
import sqlalchemy as sa

from tests.support.furnished import Furnished
from tests.support.offices import CONSOLE, Office, send
from webapp.verification import desk as routes
from workflows.core.actors import Role
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.organization.models import Account, Position, PositionAssignment, Region
from workflows.organization.operations import assign
from workflows.plans.models import Requirement
from workflows.verification.models import Verification
from workflows.verification.operations import REPORT_READ

from .conftest import Desk, Story, words
from .test_home import queries
from .test_inventory import judge

FIRST, SECOND = "Monev Triwulan I 2026 - Bidang B1", "Monev Triwulan II 2026 - Bidang B1"


def acknowledge(story: Story, **more: object) -> Story:
    """Take a requirement to where the evaluator's turn begins."""
    story.deliver(**more)  # type: ignore[arg-type]
    story.sign()
    story.acknowledge()
    return story


@pytest.fixture
def stories(story: Story, furnished: Furnished) -> list[Story]:
    """Two acknowledged requirements; the second quarter was acknowledged first."""
    second = acknowledge(replace(story, requirement=furnished.requirements["b1-2"]))
    return [acknowledge(story), second]


def queued(seat: Desk, path: str = "/meja") -> list[str]:
    """Return the titles in somebody's queue, in their order."""
    answer = seat.get(path)
    assert answer.status_code == 200
    judge(answer.text)
    return re.findall(r'scope="row"[^>]*><span>(?:<input[^>]*>)?<a href="/meja/[^"]*">([^<]+)</a>', answer.text)


def on_desk(story: Story) -> str:
    """Return the address of a requirement on the desk."""
    return f"/meja/{story.requirement}"


def reads(furnished: Furnished) -> int:
    """Return how often a report was read by somebody whose reading is written down."""
    with furnished.behind():
        query = sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.kind == REPORT_READ)
        return db.session.scalars(query).one()


def serve(furnished: Furnished, name: str, title: str) -> None:
    """Write down that somebody held a post in January 2026."""
    with furnished.behind():
        person = db.session.scalars(sa.select(Account).where(Account.username == name)).one().person
        query = sa.select(Position).where(Position.role == Role.UNIT_HEAD, Position.title == title)
        day, last = dt.date(2026, 1, 1), dt.date(2026, 1, 31)
        assign(person, db.session.scalars(query).one(), valid_from=day, valid_to=last, confirmed=True, actor=CONSOLE)


def test_what_has_waited_longest_comes_first(stories: list[Story], desk: Callable[[str], Desk]) -> None:
    assert queued(desk("evaluator")) == [SECOND, FIRST]
    assert f'href="{on_desk(stories[1])}">Mulai dari yang paling lama' in desk("evaluator").get("/meja").text


def test_only_evaluators_sit_here(story: Story, desk: Callable[[str], Desk]) -> None:
    for name in ("head", "operator", "inspector", "auditor", "admin"):
        assert [desk(name).get(path).status_code for path in ("/meja", on_desk(story))] == [403, 403]


def test_the_queue_goes_on_where_the_page_ended(
    stories: list[Story], desk: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "SHOWN", 1)
    seat = desk("evaluator")
    assert queued(seat) == [SECOND]
    following = re.search(r'href="(/meja\?kursor=[^"]+)"', seat.get("/meja").text)
    assert following
    assert queued(seat, following[1]) == [FIRST]
    assert seat.get("/meja?kursor=bukan").status_code == 422


def test_the_queue_can_be_kept_to_one_agency(stories: list[Story], desk: Callable[[str], Desk]) -> None:
    seat = desk("evaluator")
    assert queued(seat, "/meja?opd=dsp") == []
    assert queued(seat, "/meja?opd=dpk") == [SECOND, FIRST]
    assert seat.get("/meja?opd=tidak-ada").status_code == 404
    page = seat.get(f"{on_desk(stories[1])}?opd=dpk").text
    assert f'rel="next" href="{on_desk(stories[0])}?opd=dpk"' in page
    assert f'action="{on_desk(stories[1])}/verifikasi?opd=dpk"' in page
    assert 'rel="next"' not in seat.get(f"{on_desk(stories[1])}?opd=dsp").text


def test_verifying_leads_to_the_next_and_from_the_last_to_the_queue(
    stories: list[Story], desk: Callable[[str], Desk]
) -> None:
    seat, (later, oldest) = desk("evaluator"), stories
    first = seat.form(on_desk(oldest), f"{on_desk(oldest)}/verifikasi")
    assert (first.status_code, first.headers["Location"]) == (303, on_desk(later))
    assert f"{SECOND} sudah diverifikasi." in seat.text(on_desk(later))
    last = seat.form(on_desk(later), f"{on_desk(later)}/verifikasi")
    assert (last.status_code, last.headers["Location"]) == (303, "/meja")
    assert queued(seat) == []
    with oldest.furnished.behind():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Verification)) == 2


def test_after_the_last_comes_what_was_passed_over(stories: list[Story], desk: Callable[[str], Desk]) -> None:
    later, oldest = stories
    assert f'rel="next" href="{on_desk(oldest)}"' in desk("evaluator").get(on_desk(later)).text


def test_showing_the_report_is_written_down_and_the_queue_is_not(
    stories: list[Story], desk: Callable[[str], Desk]
) -> None:
    seat, before = desk("evaluator"), reads(stories[0].furnished)
    assert queued(seat)
    assert reads(stories[0].furnished) == before
    seat.get(on_desk(stories[0]))
    assert reads(stories[0].furnished) == before + 1


def test_nothing_is_verified_unseen(stories: list[Story], desk: Callable[[str], Desk]) -> None:
    html = desk("evaluator").get(on_desk(stories[0])).text
    values = dict(re.findall(r'<input type="hidden" name="(version|sha256)" value="([^"]+)"', html))
    path = f"{on_desk(stories[0])}/verifikasi"
    other = desk("evaluator2")
    unseen = other.post(path, values)
    assert unseen.status_code == 422
    assert "Buka dan baca laporan pemeriksaan berkas ini lebih dahulu." in words(unseen)
    judge(unseen.text)
    # The refused form came back together with the report, which counts as shown.
    assert other.post(path, values).status_code == 303


def test_a_warning_needs_a_reason_and_ticks_are_kept_meanwhile(story: Story, desk: Callable[[str], Desk]) -> None:
    acknowledge(story, verdict="warn", warnings=2)
    seat, path = desk("evaluator"), f"{on_desk(story)}/verifikasi"
    refused = seat.form(on_desk(story), path, seen="period")
    assert refused.status_code == 422
    assert 'href="#verify-reason"' in refused.text
    assert re.search(r'id="seen-period"[^>]* checked', refused.text)
    assert not re.search(r'id="seen-unit"[^>]* checked', refused.text)
    assert seat.form(on_desk(story), path, reason="Halaman pindai cukup terbaca.").status_code == 303


def test_a_return_needs_its_reason_and_leads_on(stories: list[Story], desk: Callable[[str], Desk]) -> None:
    seat, path = desk("evaluator"), f"{on_desk(stories[0])}/kembalikan"
    missing = seat.form(on_desk(stories[0]), path, reason="Triwulan keliru.")
    assert missing.status_code == 422
    assert 'href="#return-reason_code"' in missing.text
    assert "Triwulan keliru." in missing.text
    done = seat.form(on_desk(stories[0]), path, reason="Triwulan keliru.", reason_code="WRONG_PERIOD")
    assert (done.status_code, done.headers["Location"]) == (303, on_desk(stories[1]))
    assert "Triwulan keliru." in desk("staff_b1").text(stories[0].page)


def test_the_desk_shows_what_is_asked_beside_what_is_there(
    story: Story, desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    story.deliver()
    desk("head_b1").form(story.page, f"{story.page}/kembalikan", reason_code="INCOMPLETE", reason="Halaman 2 hilang.")
    with furnished.behind():
        row = db.session.get_one(Requirement, story.requirement)
        row.expects = ["previous_years", "obstacles"]
    assert desk("staff_b1").upload(story.requirement, data=b"%PDF-1.7\nrevisi kedua").status_code == 303
    furnished.judge(story.evidence_id(), verdict="warn", warnings=1)
    story.sign()
    story.acknowledge()
    seat = desk("evaluator")
    judge(seat.get(on_desk(story)).text)
    page = seat.text(on_desk(story))
    for text in (
        "Hasil pemeriksaan (revisi 2)", "Uji.", "Isinya tentang Triwulan I 2026", "Hambatan atau kendala",
        "Perbandingan dengan realisasi tahun-tahun sebelumnya", "Kepala Bidang B1 (Pegawai head_b1) Tercatat",
        "Kepala Dinas Perpustakaan (Pegawai head) Tercatat", "Berkas sebelumnya Revisi 1", "Halaman 2 hilang.",
    ):  # fmt: skip
        assert text in page, text


def test_what_is_not_acknowledged_can_be_looked_at_but_not_verified(story: Story, desk: Callable[[str], Desk]) -> None:
    seat = desk("evaluator")
    judge(seat.get(on_desk(story)).text)
    story.deliver()
    page = seat.get(on_desk(story)).text
    judge(page)
    assert f"{on_desk(story)}/verifikasi" not in page
    assert seat.post(f"{on_desk(story)}/verifikasi", {"version": "1", "sha256": "0" * 64}).status_code == 409
    assert queued(seat) == []


def test_who_served_there_neither_finds_it_nor_verifies_it(
    stories: list[Story], desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    serve(furnished, "evaluator", "Kepala Bidang B2")
    assert queued(desk("evaluator")) == []
    assert queued(desk("evaluator2")) == [SECOND, FIRST]
    page = desk("evaluator").get(on_desk(stories[0])).text
    assert "evaluator lain yang memeriksanya" in page
    assert "/verifikasi" not in page
    assert 'rel="next"' not in page


@pytest.mark.parametrize("name", ["staff_b1", "head_b1"])
def test_who_delivered_or_signed_it_does_not_find_it_even_when_his_post_ended_long_ago(
    name: str, stories: list[Story], desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    with furnished.behind():
        person = db.session.scalars(sa.select(Account).where(Account.username == name)).one().person
        ended = sa.update(PositionAssignment).where(PositionAssignment.person_id == person.id)
        db.session.execute(ended.values(valid_to=dt.date(2021, 1, 1)))
        region = db.session.get_one(Region, person.region_id)
        send(Office(region, [], {}), person)
    assert queued(desk(name)) == []
    assert "evaluator lain yang memeriksanya" in desk(name).text(on_desk(stories[0]))


def test_out_of_sight_is_not_found(desk: Callable[[str], Desk]) -> None:
    assert desk("evaluator").get("/meja/00000000-0000-7000-8000-000000000000").status_code == 404
    assert desk("evaluator").post("/meja/00000000-0000-7000-8000-000000000000/verifikasi").status_code == 404


def test_the_desk_is_linked_from_the_tasks_when_several_wait(story: Story, desk: Callable[[str], Desk]) -> None:
    acknowledge(story)
    assert "di meja verifikasi" not in desk("evaluator").text("/")
    acknowledge(replace(story, requirement=story.furnished.requirements["b1-2"]))
    assert 'href="/meja">Periksa satu per satu di meja verifikasi</a>' in desk("evaluator").get("/").text


def test_the_number_of_queries_does_not_depend_on_the_number_of_documents(
    story: Story, desk: Callable[[str], Desk], app: flask.Flask
) -> None:
    with app.app_context():
        engine = db.engine
    seat = desk("evaluator")
    acknowledge(story)
    one = [queries(engine, seat, path) for path in ("/meja", on_desk(story))]
    acknowledge(replace(story, requirement=story.furnished.requirements["b1-2"]))
    assert len(queued(seat)) == 2
    assert [queries(engine, seat, path) for path in ("/meja", on_desk(story))] == one
    assert max(one) < 35, one


def ticks(seat: Desk, path: str = "/meja") -> list[str]:
    """Return what the tick boxes of somebody's queue would send."""
    return re.findall(r'name="item"[^>]* value="([^"]+)"', seat.get(path).text)


def test_what_was_read_is_verified_in_the_queue(stories: list[Story], desk: Callable[[str], Desk]) -> None:
    seat, (later, oldest) = desk("evaluator"), stories
    assert ticks(seat) == []
    assert seat.text("/meja").count("Buka dan baca laporan pemeriksaan berkas ini lebih dahulu.") == 2
    for each in stories:
        seat.get(on_desk(each))
    values = ticks(seat)
    assert [value.split()[1] for value in values] == [oldest.requirement, later.requirement]
    answer = seat.post("/meja", {"item": values})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/meja")
    assert "2 bukti diverifikasi." in seat.text("/meja")
    assert queued(seat) == []


def test_one_that_changed_meanwhile_stays_in_the_queue_with_its_reason(
    stories: list[Story], desk: Callable[[str], Desk]
) -> None:
    seat, (good, withdrawn) = desk("evaluator"), stories
    for each in stories:
        seat.get(on_desk(each))
    values = ticks(seat)
    page = withdrawn.page
    assert desk("head").form(page, f"{page}/tarik", reason="keliru").status_code == 303
    withdrawn.sign()
    withdrawn.acknowledge()
    answer = seat.post("/meja", {"item": values})
    assert answer.status_code == 409
    judge(answer.text)
    assert "1 bukti diverifikasi." in words(answer)
    assert f'href="#item-{withdrawn.requirement}"' in answer.text
    assert queued(seat) == [SECOND]
    with good.furnished.behind():
        assert db.session.scalars(sa.select(Verification.requirement_id)).one() == uuid.UUID(good.requirement)


def test_a_warning_asks_for_words_and_so_for_the_desk(
    story: Story, furnished: Furnished, desk: Callable[[str], Desk]
) -> None:
    acknowledge(story, verdict="warn", warnings=1)
    seat = desk("evaluator")
    seat.get(on_desk(story))
    assert ticks(seat) == []
    assert "tulis alasan mengapa tetap diterima" in seat.text("/meja")
    assert seat.post("/meja", {"item": []}).status_code == 422
