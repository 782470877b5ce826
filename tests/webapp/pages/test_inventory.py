"""What holds for every page: one heading, a title, nothing inline, and nobody sees another office."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.support.furnished import Furnished
from workflows.core.db import db
from workflows.organization.models import Account, PositionAssignment

from .conftest import Desk, Story

EVERYBODY = ("/", "/rekomendasi", "/kisi", "/lembar", "/log", "/arsip")
WIDE = ("evaluator", "inspector", "auditor", "admin", "privacy_officer")
INSPECTORATE = ("evaluator", "inspector")


def judge(html: str) -> None:
    """Assert what every page owes its readers and the policy."""
    assert len(re.findall(r"<h1\b", html)) == 1
    title = re.search(r"<title>(.*?)</title>", html, re.S)
    assert title
    assert re.sub(r"\s+", " ", title[1]).strip(" –") != "Tuntas"
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"", html)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    # Nothing comes from outside; the only way out is a reminder that somebody chooses to send.
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//(?!wa\.me/\?text=)', html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("name", ["staff_b1", "head_b1", "operator", "head", *WIDE])
def test_everybody_gets_the_common_pages(name: str, desk: Callable[[str], Desk]) -> None:
    seat = desk(name)
    for path in EVERYBODY:
        answer = seat.get(path)
        assert (path, answer.status_code) == (path, 200)
        judge(answer.text)


@pytest.mark.parametrize("name", INSPECTORATE)
def test_the_inspektorat_gets_its_own_pages(name: str, desk: Callable[[str], Desk], furnished: Furnished) -> None:
    seat = desk(name)
    for path in ("/lhe", "/keputusan", f"/lhe/{furnished.report_id}", "/log?rantai=daerah", "/kisi?opd=dsp"):
        answer = seat.get(path)
        assert (path, answer.status_code) == (path, 200)
        judge(answer.text)


def test_an_agency_does_not_get_the_pages_of_the_inspektorat(desk: Callable[[str], Desk]) -> None:
    seat = desk("head")
    assert [seat.get(path).status_code for path in ("/lhe", "/keputusan")] == [403, 403]
    judge(seat.get("/lhe").text)


def test_the_pages_of_one_requirement_in_every_state(story: Story, desk: Callable[[str], Desk]) -> None:
    def look() -> None:
        for name in ("staff_b1", "head_b1", "head", "evaluator", "inspector", "auditor"):
            answer = desk(name).get(story.page)
            assert (name, answer.status_code) == (name, 200)
            judge(answer.text)

    look()
    number = story.deliver(verdict="warn", warnings=2)
    look()
    story.sign()
    story.acknowledge()
    look()
    assert story.verify(reason="Sudah dicek.").status_code == 303
    look()
    judge(desk("staff_b1").get(f"/tanda-terima/{number}").text)


def test_a_vacant_post_is_named(desk: Callable[[str], Desk], story: Story) -> None:
    story.deliver()
    with story.furnished.behind():
        person = sa.select(Account.person_id).where(Account.username == "head_b1").scalar_subquery()
        ended = sa.update(PositionAssignment).where(PositionAssignment.person_id == person)
        db.session.execute(ended.values(valid_to=dt.date(2021, 1, 1)))
    assert "Bidang B1 Kepala unit sedang kosong" in desk("operator").text("/kisi")
    assert "Menunggu Kepala Bidang B1 (jabatan sedang kosong)" in desk("operator").text(story.page)


def test_who_opens_no_files_is_offered_none(desk: Callable[[str], Desk], story: Story) -> None:
    story.deliver()
    seat = desk("privacy_officer")
    assert "Unduh berkas asli" not in seat.get(story.page).text
    assert "Pesan arsip" not in seat.get("/arsip").text


def test_recommendations_read_from_top_to_bottom(desk: Callable[[str], Desk]) -> None:
    seat = desk("head")
    html = seat.get("/rekomendasi").text
    assert re.findall(r">Rekomendasi ([A-D]-\d)</a></h2>", html) == ["A-1", "B-1", "C-1", "D-1"]
    for path in set(re.findall(r'href="(/rekomendasi/[0-9a-f-]+)"', html)):
        judge(seat.get(path).text)


def test_out_of_scope_is_not_found(story: Story, desk: Callable[[str], Desk], furnished: Furnished) -> None:
    number = story.deliver()
    evidence = story.evidence_id()
    recommendation = re.search(r'href="(/rekomendasi/[0-9a-f-]+)"', desk("head").get("/rekomendasi").text)
    assert recommendation
    stranger = desk("other_head")
    for path in (
        story.page,
        f"{story.page}/keadaan",
        f"/tanda-terima/{number}",
        f"/bukti/{evidence}/berkas",
        recommendation[1],
        "/kisi?opd=dpk",
        "/log?opd=dpk",
    ):
        answer = stranger.get(path)
        assert (path, answer.status_code) == (path, 404)
    assert desk("staff_b1").get(f"/kewajiban/{furnished.other_requirement}").status_code == 404
    assert stranger.post(f"{story.page}/tanda-tangan", {"version": "1"}).status_code == 404


def test_a_year_without_reports_is_empty_and_one_that_cannot_be_is_refused(desk: Callable[[str], Desk]) -> None:
    assert desk("auditor").get("/rekomendasi?tahun=1999").status_code == 422
    assert "Belum ada rekomendasi" in desk("auditor").text("/rekomendasi?tahun=2031")


def test_the_sign_in_page_is_complete_and_says_what_was_wrong(desk: Callable[[str], Desk]) -> None:
    seat = desk("head")
    assert seat.post("/keluar").status_code == 302
    page = seat.get("/masuk")
    judge(page.text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    seat.token = token[1]
    answer = seat.post("/masuk", {"login": "head", "password": "salah"})
    assert answer.status_code == 422
    judge(answer.text)
    assert "data-error-summary" in answer.text
    assert 'value="head"' in answer.text
