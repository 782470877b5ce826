"""*Lembar tanda tangan*: several documents confirmed in one go, each of them for itself."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import flask
import pytest
import sqlalchemy as sa

from tests.support.furnished import Furnished
from tests.support.offices import CONSOLE, LONG_AGO
from workflows.core.actors import AssignmentKind, Role
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.organization.models import Account, Position
from workflows.organization.operations import assign
from workflows.signoff.models import SignOff

from .conftest import Desk, Story, words
from .test_home import queries
from .test_inventory import judge

FIRST, SECOND = "Monev Triwulan I 2026 - Bidang B1", "Monev Triwulan II 2026 - Bidang B1"


@pytest.fixture
def stories(story: Story, furnished: Furnished) -> list[Story]:
    """Both quarters of unit ``b1``, delivered and checked."""
    found = [story, replace(story, requirement=furnished.requirements["b1-2"])]
    for each in found:
        each.deliver()
    return found


def ready(seat: Desk) -> list[str]:
    """Return what the tick boxes of somebody's sheet would send."""
    return [unescape(value) for value in re.findall(r'name="item" value="([^"]+)"', seat.get("/lembar").text)]


def confirmed(furnished: Furnished) -> list[tuple[str, str, str]]:
    """Return which digest was signed off for which requirement, and in which quality."""
    with furnished.behind():
        rows = db.session.scalars(sa.select(SignOff).order_by(SignOff.id))
        return [(str(row.requirement_id), row.role, row.sha256) for row in rows]


def hold(furnished: Furnished, name: str, *titles: str) -> None:
    """Let somebody stand in, since long ago, for the absent holder of these unit heads' posts."""
    with furnished.behind():
        person = db.session.scalars(sa.select(Account).where(Account.username == name)).one().person
        for title in titles:
            query = sa.select(Position).where(Position.role == Role.UNIT_HEAD, Position.title == title)
            post = db.session.scalars(query).one()
            assign(
                person, post, kind=AssignmentKind.ACTING_VACANT, valid_from=LONG_AGO, letter_number="800/1",
                actor=CONSOLE,
            )  # fmt: skip


def test_all_that_is_ticked_is_signed_and_told(stories: list[Story], desk: Callable[[str], Desk]) -> None:
    seat = desk("head_b1")
    values = ready(seat)
    answer = seat.post("/lembar", {"item": values})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/lembar")
    page = seat.text("/lembar")
    assert "2 pengesahan tercatat." in page
    assert "Tidak ada dokumen yang menunggu pengesahan Anda" in page
    assert page.index("Baru saja Anda sahkan") < page.index(FIRST)
    assert SECOND in page
    signed = [(row.requirement, "signed", value.split()[3]) for row, value in zip(stories, values, strict=True)]
    assert sorted(confirmed(stories[0].furnished)) == sorted(signed)


def test_one_that_is_not_ticked_stays(stories: list[Story], desk: Callable[[str], Desk]) -> None:
    seat = desk("head_b1")
    first, second = ready(seat)
    assert seat.post("/lembar", {"item": [first]}).status_code == 303
    assert ready(seat) == [second]


def test_a_stale_one_is_refused_in_place_and_the_other_is_signed(
    stories: list[Story], desk: Callable[[str], Desk]
) -> None:
    seat, (first, stale) = desk("head_b1"), stories
    values = ready(seat)
    assert desk("staff_b1").upload(stale.requirement, data=b"%PDF-1.7\nrevisi kedua").status_code == 303
    stale.furnished.judge(stale.evidence_id())
    answer = seat.post("/lembar", {"item": values[::-1]})
    assert answer.status_code == 409
    judge(answer.text)
    page = words(answer)
    assert "1 pengesahan tercatat." in page
    assert f'href="#item-{stale.requirement}"' in answer.text
    place = answer.text.split(f'id="item-{stale.requirement}-error"')[1].split("</p>")[0]
    assert "Seseorang sudah lebih dulu mengubahnya" in place
    assert f'id="item-{first.requirement}"' not in answer.text
    assert [(row, role) for row, role, _digest in confirmed(stale.furnished)] == [(first.requirement, "signed")]
    assert seat.post("/lembar", {"item": ready(seat)}).status_code == 303
    assert len(confirmed(stale.furnished)) == 2


def test_another_digest_is_refused_whatever_the_version(stories: list[Story], desk: Callable[[str], Desk]) -> None:
    seat = desk("head_b1")
    first, second = ready(seat)
    forged = first.rsplit(" ", 1)[0] + " " + "0" * 64
    answer = seat.post("/lembar", {"item": [forged, second]})
    assert answer.status_code == 422
    assert "bukan berkas terbaru" in words(answer)
    assert [row for row, *_ in confirmed(stories[0].furnished)] == [second.split()[1]]


def test_each_refusal_is_kept_and_what_was_confirmed_is_in_the_log(
    stories: list[Story], desk: Callable[[str], Desk]
) -> None:
    seat = desk("head_b1")
    values = ready(seat)
    assert seat.post("/lembar", {"item": values}).status_code == 303
    assert seat.post("/lembar", {"item": values}).status_code == 409
    with stories[0].furnished.behind():
        kinds = list(db.session.scalars(sa.select(AuditEvent.kind)))
    assert (kinds.count("requirement.signed"), kinds.count("request.refused")) == (2, 2)
    assert len(confirmed(stories[0].furnished)) == 2


def test_every_post_has_a_group_of_its_own(
    stories: list[Story], desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    hold(furnished, "head_b2", "Kepala Bidang B1")
    hold(furnished, "head", "Kepala Bidang B1")
    stories[0].sign()
    assert "Tanda tangan sebagai Plt. Kepala Bidang B1" in desk("head_b2").text("/lembar")
    page = desk("head").get("/lembar").text
    groups = [unescape(text) for text in re.findall(r"<h2>(.+? sebagai .+?)</h2>", page)]
    assert set(groups) == {
        "Tanda tangan sebagai Plt. Kepala Bidang B1",
        "Mengetahui dan menyetujui sebagai Kepala Dinas Perpustakaan",
    }
    assert "Sahkan yang dipilih" in page
    assert desk("head").post("/lembar", {"item": ready(desk("head"))}).status_code == 303
    done = [(row, role) for row, role, _digest in confirmed(furnished)]
    first, second = (each.requirement for each in stories)
    assert sorted(done) == sorted([(first, "signed"), (first, "acknowledged"), (second, "signed")])


def test_what_is_being_checked_or_refused_is_not_on_the_sheet(story: Story, desk: Callable[[str], Desk]) -> None:
    desk("staff_b1").upload(story.requirement)
    assert ready(desk("head_b1")) == []
    story.furnished.judge(story.evidence_id(), verdict="reject")
    assert ready(desk("head_b1")) == []


def test_the_sheet_says_quarter_unit_verdict_warnings_and_digest(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver(verdict="warn", warnings=3)
    seat = desk("head_b1")
    page = seat.text("/lembar")
    for text in ("Triwulan I 2026", "Bidang B1", "Perlu diperhatikan", "Uji. (dan 2 catatan lain)"):
        assert text in page
    digest = ready(seat)[0].split()[3]
    assert f"SHA-256: {digest}" in page
    judge(seat.get("/lembar").text)


def test_nothing_ticked_and_a_garbled_form_are_refused(stories: list[Story], desk: Callable[[str], Desk]) -> None:
    seat = desk("head_b1")
    nothing = seat.post("/lembar")
    assert nothing.status_code == 422
    assert "Pilih sedikitnya satu dokumen." in words(nothing)
    good = ready(seat)[0]
    action, requirement, version, sha256 = good.split()
    for bad in (
        "verify", f"verify {requirement} {version} {sha256}", f"sign {requirement} 99999999999 {sha256}",
        f"{action} bukan-id {version} {sha256}", good + " lagi",
    ):  # fmt: skip
        assert seat.post("/lembar", {"item": [good, bad]}).status_code == 422
    assert (
        seat.post("/lembar", {"item": [f"sign {requirement} {n + 1} {sha256}" for n in range(51)]}).status_code == 422
    )
    assert confirmed(stories[0].furnished) == []


def test_what_is_not_mine_is_refused_and_does_not_say_what_it_is(
    stories: list[Story], desk: Callable[[str], Desk]
) -> None:
    values = ready(desk("head_b1"))
    assert desk("head_b2").post("/lembar", {"item": values}).status_code == 403
    stranger = desk("other_head").post("/lembar", {"item": values})
    assert stranger.status_code == 404
    assert FIRST not in words(stranger)
    assert confirmed(stories[0].furnished) == []


def test_an_administrator_sees_why_he_may_not_sign(
    stories: list[Story], desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    hold(furnished, "admin", "Kepala Bidang B1")
    page = desk("admin").get("/lembar").text
    assert len(re.findall(r'name="item" value="[^"]+" disabled', page)) == 2
    assert "tidak menandatangani atau memverifikasi" in page


def test_the_sheet_is_linked_from_the_tasks_only_when_it_saves_something(
    story: Story, desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    story.deliver()
    assert "di lembar tanda tangan" not in desk("head_b1").text("/")
    replace(story, requirement=furnished.requirements["b1-2"]).deliver()
    assert 'href="/lembar">Sahkan sekaligus di lembar tanda tangan</a>' in desk("head_b1").get("/").text


def test_the_number_of_queries_does_not_depend_on_the_number_of_documents(
    story: Story, desk: Callable[[str], Desk], furnished: Furnished, app: flask.Flask
) -> None:
    with app.app_context():
        engine = db.engine
    story.deliver()
    one = queries(engine, desk("head_b1"), "/lembar")
    replace(story, requirement=furnished.requirements["b1-2"]).deliver(verdict="warn")
    assert len(ready(desk("head_b1"))) == 2
    assert queries(engine, desk("head_b1"), "/lembar") == one
    assert one < 25
