"""*Tugas saya*: whose turn it is, in which post, and what is kept out of sight."""

import datetime as dt
import re
from collections.abc import Callable

import flask
import pytest
import sqlalchemy as sa

from tests.support.furnished import Furnished
from tests.support.offices import CONSOLE
from workflows.core.actors import AssignmentKind, Role
from workflows.core.db import db
from workflows.organization.models import Account, Position
from workflows.organization.operations import assign
from workflows.plans.models import Requirement

from .conftest import Desk, Story


def titles(html: str) -> list[str]:
    """Return the tasks in sight, in their order."""
    now = html.split('<details class="disclosure"')[0]
    return re.findall(r'<h3><a href="/kewajiban/[^"]+">([^<]+)</a></h3>', now)


def move_days(furnished: Furnished, **days: dt.date | None) -> None:
    """Set ``due_on`` and ``opens_on`` of every requirement, so that a test does not depend on today."""
    with furnished.behind():
        db.session.execute(sa.update(Requirement).values(**days))


def unit_head(title: str) -> Position:
    """Return a unit head's post by its title."""
    query = sa.select(Position).where(Position.role == Role.UNIT_HEAD, Position.title == title)
    return db.session.scalars(query).one()


@pytest.fixture(autouse=True)
def all_open(furnished: Furnished) -> None:
    """Everything may be delivered and nothing is late."""
    move_days(furnished, due_on=dt.date(2099, 1, 1), opens_on=dt.date(2020, 1, 1))


def test_each_sees_what_is_his_own(desk: Callable[[str], Desk], story: Story) -> None:
    assert all("B1" in title for title in titles(desk("staff_b1").get("/").text))
    assert len(titles(desk("operator").get("/").text)) == 7
    assert titles(desk("head").get("/").text) == []
    story.deliver()
    assert "Monev Triwulan I 2026 - Bidang B1" not in titles(desk("staff_b1").get("/").text)
    story.sign()
    assert titles(desk("head").get("/").text) == ["Monev Triwulan I 2026 - Bidang B1"]
    story.acknowledge()
    assert titles(desk("evaluator").get("/").text) == ["Monev Triwulan I 2026 - Bidang B1"]
    assert titles(desk("inspector").get("/").text) == []


def test_what_came_back_stands_first_with_its_reason(desk: Callable[[str], Desk], story: Story) -> None:
    story.requirement = story.furnished.requirements["b1-2"]
    story.deliver()
    desk("head_b1").form(story.page, f"{story.page}/kembalikan", reason_code="OTHER", reason="Tanggalnya keliru.")
    page = desk("staff_b1").get("/").text
    assert titles(page)[0] == "Monev Triwulan II 2026 - Bidang B1"
    assert "Tanggalnya keliru." in page
    assert "Perlu diperbaiki" in page


def test_what_is_late_stands_before_what_is_not(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    with furnished.behind():
        late = db.session.get_one(Requirement, furnished.requirements["b1-2"])
        late.due_on = dt.date(2026, 1, 1)
    page = desk("staff_b1").get("/").text
    assert titles(page)[0] == "Monev Triwulan II 2026 - Bidang B1"
    assert "Terlambat" in page


def test_what_cannot_be_done_yet_is_counted_and_folded_away(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    move_days(furnished, opens_on=dt.date(2099, 1, 1))
    page = desk("staff_b1").get("/").text
    assert titles(page) == []
    assert "Belum waktunya (2)" in page
    assert "nav-count" not in page


def test_a_running_check_is_shown_and_offers_nothing_to_press(desk: Callable[[str], Desk], story: Story) -> None:
    desk("staff_b1").upload(story.requirement)
    page = desk("head_b1").get("/").text
    assert "Sedang diperiksa" in page
    assert titles(page)[-1] == "Monev Triwulan I 2026 - Bidang B1"
    assert page.count('class="task-act"') == len(titles(page)) - 1


def test_an_acting_post_has_a_group_of_its_own(desk: Callable[[str], Desk], furnished: Furnished, story: Story) -> None:
    story.deliver()
    with furnished.behind():
        person = db.session.scalars(sa.select(Account).where(Account.username == "head_b2")).one().person
        post = unit_head("Kepala Bidang B1")
        assign(
            person, post, kind=AssignmentKind.ACTING_DAILY, valid_from=dt.date(2020, 1, 1),
            valid_to=dt.date(2099, 1, 1), letter_number="800/1", actor=CONSOLE,
        )  # fmt: skip
    page = desk("head_b2").get("/").text
    assert set(re.findall(r"<h2>(.+?)</h2>", page)) >= {"Kepala Bidang B2", "Plh. Kepala Bidang B1"}
    assert "Plh. Kepala Bidang B1" in desk("head_b2").text(story.page)


def test_an_evaluator_who_served_there_does_not_see_it(
    desk: Callable[[str], Desk], furnished: Furnished, story: Story
) -> None:
    story.deliver()
    story.sign()
    story.acknowledge()
    with furnished.behind():
        person = db.session.scalars(sa.select(Account).where(Account.username == "evaluator")).one().person
        post = unit_head("Kepala Bidang B2")
        assign(
            person, post, valid_from=dt.date(2026, 1, 1), valid_to=dt.date(2026, 1, 31), confirmed=True, actor=CONSOLE
        )
    assert titles(desk("evaluator").get("/").text) == []
    assert titles(desk("evaluator2").get("/").text) == ["Monev Triwulan I 2026 - Bidang B1"]


def test_the_number_of_queries_does_not_depend_on_the_number_of_tasks(
    app: flask.Flask, desk: Callable[[str], Desk]
) -> None:
    with app.app_context():
        engine = db.engine
    few, many = desk("other_operator"), desk("operator")
    counted = [queries(engine, seat, path) for path in ("/", "/kisi", "/rekomendasi") for seat in (few, many)]
    assert counted[0] == counted[1]
    assert counted[2] == counted[3]
    assert max(counted) < 25


def queries(engine: sa.Engine, seat: Desk, path: str) -> int:
    """Return how many statements a page costs."""
    seen: list[object] = []

    def note(*args: object) -> None:
        seen.append(args[2])

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        assert seat.get(path).status_code == 200
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(seen)
