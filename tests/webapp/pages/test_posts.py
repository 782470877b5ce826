"""The posts of an agency on the screen: vacant ones first, proposed by one, confirmed or declined by another."""

import datetime as dt
import re
from collections.abc import Callable

import flask
import pytest
import sqlalchemy as sa

from tests.support.furnished import MULTIPART, Furnished, filler, multipart
from tests.support.offices import CONSOLE
from workflows.core.actors import Role
from workflows.core.db import db
from workflows.organization.models import Account, Agency, LetterScan, Position, PositionAssignment
from workflows.organization.operations import assign
from workflows.plans.models import Requirement

from .conftest import Desk, Story
from .test_home import queries
from .test_inventory import judge

TODAY = dt.datetime.now(tz=dt.timezone(dt.timedelta(hours=8))).date()
LETTER = {
    "email": "staff_b2@uji.example", "kind": "acting_vacant", "from": TODAY.isoformat(),
    "to": (TODAY + dt.timedelta(days=60)).isoformat(), "letter": "800/7/2026", "letter_date": TODAY.isoformat(),
}  # fmt: skip


@pytest.fixture
def vacant(furnished: Furnished) -> str:
    """The page of B1's head, whose post is vacant."""
    with furnished.behind():
        person = sa.select(Account.person_id).where(Account.username == "head_b1").scalar_subquery()
        row = db.session.scalars(sa.select(PositionAssignment).where(PositionAssignment.person_id == person)).one()
        row.valid_to = dt.date(2021, 1, 1)
        return f"/jabatan/{row.position_id}"


def forms(html: str, what: str) -> str:
    """Return where the first form of that kind leads."""
    found = re.search(rf'action="(/jabatan/penugasan/[^"]+/{what})"', html)
    assert found, what
    return found[1]


def test_the_vacant_post_stands_first_and_an_acting_head_is_proposed_confirmed_and_ended(
    desk: Callable[[str], Desk], vacant: str
) -> None:
    operator, head = desk("operator"), desk("head")
    page = operator.get("/jabatan").text
    judge(page)
    assert page.index("Jabatan kosong") < page.index("Kepala Bidang B1") < page.index("Semua jabatan")
    judge(operator.get(vacant).text)
    assert operator.post(vacant, LETTER).status_code == 303
    page = operator.text(vacant)
    assert "Plt. Pegawai staff_b2" in page
    assert "Berlaku, belum dikukuhkan" in page
    assert "Plt. Kepala Bidang B1" in desk("staff_b2").text("/")
    assert "Menunggu pengukuhan Anda" in head.text("/jabatan")
    html = head.get(vacant).text
    judge(html)
    assert operator.post(forms(html, "kukuhkan")).status_code == 403
    assert head.post(forms(html, "kukuhkan")).status_code == 303
    assert head.post(forms(html, "kukuhkan")).status_code == 409
    html = head.get(vacant).text
    refused = head.post(forms(html, "akhiri"))
    assert refused.status_code == 422
    assert "Tulis alasannya." in refused.text
    assert head.post(forms(html, "akhiri"), {"reason": "Sudah ada pejabat definitif"}).status_code == 303
    assert "Sudah ada pejabat definitif" in head.text(vacant)
    assert "mengakhiri penugasan Pegawai staff_b2 sebagai Plt. Kepala Bidang B1 seketika" in head.text("/log")


def test_what_is_odd_is_told_and_nothing_typed_is_lost(desk: Callable[[str], Desk], vacant: str) -> None:
    operator = desk("operator")
    long = {**LETTER, "to": (TODAY + dt.timedelta(days=200)).isoformat()}
    answer = operator.post(vacant, long)
    assert answer.status_code == 422
    judge(answer.text)
    assert "Plt. paling lama 3 bulan" in answer.text
    for typed in ("800/7/2026", "staff_b2@uji.example", long["to"]):
        assert f'value="{typed}"' in answer.text
    assert 'name="sure"' in answer.text
    assert operator.post(vacant, {**long, "sure": "1"}).status_code == 303
    broken = operator.post(vacant, {**LETTER, "from": "besok"})
    assert broken.status_code == 422
    assert 'name="sure"' not in broken.text
    assert operator.post(vacant, {**LETTER, "email": "tidak@ada.example"}).status_code == 404
    assert operator.post(vacant, {**LETTER, "email": "", "person": "x"}).status_code == 422
    assert operator.post(vacant, {**LETTER, "kind": "raja"}).status_code == 422


def test_a_scan_is_kept_as_it_came_and_handed_out_only_to_who_may_see_it(
    desk: Callable[[str], Desk], vacant: str, furnished: Furnished
) -> None:
    operator = desk("operator")
    operator.post(vacant, LETTER)
    path = forms(operator.get(vacant).text, "surat")
    sent = filler("surat perintah")

    def send(data: bytes, seat: Desk = operator, token: str | None = None) -> int:
        body = multipart(("csrf_token", seat.token if token is None else token, None), ("file", data, "surat.pdf"))
        return seat.client.post(path, data=body, content_type=MULTIPART).status_code

    assert [send(b""), send(b"GIF89a"), send(sent, token="x")] == [422, 415, 400]
    assert send(sent, desk("other_operator")) == 404
    assert send(sent) == 303
    found = re.search(r'href="(/jabatan/surat/[^"]+)"', operator.get(vacant).text)
    assert found
    for name in ("operator", "head", "inspector", "admin"):
        answer = desk(name).get(found[1])
        assert (answer.status_code, answer.data) == (200, sent)
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert desk("other_operator").get(found[1]).status_code == 404
    assert desk("staff_b1").get(found[1]).status_code == 403
    with furnished.behind():
        assert db.session.scalars(sa.select(LetterScan.original_name)).all() == ["surat.pdf"]


def test_another_agency_is_not_there(desk: Callable[[str], Desk], vacant: str) -> None:
    stranger = desk("other_operator")
    assert stranger.get(vacant).status_code == 404
    assert stranger.post(vacant, LETTER).status_code == 404
    assert stranger.get("/jabatan?opd=dpk").status_code == 404
    assert "Bidang B1" not in stranger.text("/jabatan")
    admin = desk("admin")
    assert "Kepala Bidang B1" in admin.text("/jabatan?opd=dpk")
    assert "Kepala Bidang B1" not in admin.text("/jabatan?opd=dsp")


def test_what_waits_for_a_vacant_post_is_told_to_who_can_do_something_about_it(
    desk: Callable[[str], Desk], story: Story, vacant: str
) -> None:
    def told(name: str) -> bool:
        return "Dinas Perpustakaan: 1 berkas menunggu" in desk(name).text("/")

    assert not told("operator")
    story.deliver()
    html = desk("operator").get("/").text
    judge(html)
    assert f'href="{vacant}">Usulkan pejabat' in html
    assert "Lihat jabatannya" in desk("head").text("/")
    people = ("operator", "head", "inspector", "admin", "staff_b1", "head_b2", "evaluator", "other_operator")
    assert [name for name in people if told(name)] == ["operator", "head", "inspector", "admin"]
    assert "Kepala Bidang B1 1 berkas menunggu" in desk("operator").text("/jabatan")
    assert "Jabatan kosong: 1 berkas menunggu." in desk("operator").text(vacant)
    assert desk("operator").post(vacant, LETTER).status_code == 303
    assert not told("head")
    assert "Monev Triwulan I 2026 - Bidang B1" in desk("staff_b2").text("/")


def test_one_person_in_two_posts_signs_and_acknowledges_in_each_and_is_flagged(
    desk: Callable[[str], Desk], story: Story, furnished: Furnished
) -> None:
    with furnished.behind():
        person = sa.select(Account.person_id).where(Account.username == "head").scalar_subquery()
        row = db.session.scalars(sa.select(PositionAssignment).where(PositionAssignment.person_id == person)).one()
        row.valid_to = dt.date(2021, 1, 1)
        above = f"/jabatan/{row.position_id}"
    assert desk("operator").post(above, {**LETTER, "email": "head_b1@uji.example"}).status_code == 303
    story.deliver()
    both = desk("head_b1")
    assert "Kepala Bidang B1" in re.findall(r"<h2>(.+?)</h2>", both.get("/").text)
    story.sign()
    assert "Plt. Kepala Dinas Perpustakaan" in re.findall(r"<h2>(.+?)</h2>", both.get("/").text)
    page = both.text(story.page)
    assert "Anda juga yang menandatangani dokumen ini." in page
    assert both.form(story.page, f"{story.page}/mengetahui").status_code == 303
    page = desk("evaluator").text(story.page)
    assert "oleh Pegawai head_b1 sebagai Plt. Kepala Dinas Perpustakaan" in page
    assert "Penanda tangan dan yang mengetahui orang yang sama" in page
    assert "Penugasannya belum dikukuhkan" in page
    html = desk("inspector").get(above).text
    assert desk("inspector").post(forms(html, "tolak"), {"reason": "Suratnya tidak ada"}).status_code == 303
    assert "Penugasannya kemudian ditolak" in desk("evaluator").text(story.page)
    assert "Jabatan ini kosong hari ini" in desk("inspector").text(above)


def test_what_an_officer_signed_stays_valid_when_he_moves_and_open_steps_wait_for_the_next(
    desk: Callable[[str], Desk], story: Story, furnished: Furnished
) -> None:
    story.deliver()
    story.sign()
    other = Story(desk, furnished, furnished.requirements["b1-2"])
    other.deliver()
    with furnished.behind():
        query = sa.select(Position).where(Position.role == Role.UNIT_HEAD, Position.title == "Kepala Bidang B2")
        there = f"/jabatan/{db.session.scalars(query).one().id}"
    html = desk("inspector").get(there).text
    assert desk("inspector").post(forms(html, "akhiri"), {"reason": "Purnabakti"}).status_code == 303
    moved = {**LETTER, "email": "head_b1@uji.example", "kind": "definitive", "to": "", "moves": "1"}
    assert desk("operator").post(there, moved).status_code == 303
    html = desk("head").get(there).text
    judge(html)
    assert "Meninggalkan" in html
    assert desk("head").post(forms(html, "kukuhkan")).status_code == 303
    assert "oleh Pegawai head_b1 sebagai Kepala Bidang B1" in desk("evaluator").text(story.page)
    assert "Menunggu Kepala Bidang B1 (jabatan sedang kosong)" in desk("operator").text(other.page)
    assert "Dinas Perpustakaan: 1 berkas menunggu" in desk("operator").text("/")
    assert f'action="{other.page}/tanda-tangan"' not in desk("head_b1").get(other.page).text
    assert "mengusulkan mutasi Pegawai head_b1 dari Kepala Bidang B1 menjadi Kepala Bidang B2" in desk("head").text(
        "/log"
    )


def test_posts_of_one_name_in_two_agencies_are_two_groups(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    with furnished.behind():
        account = db.session.scalars(sa.select(Account).where(Account.username == "head_sek")).one()
        query = sa.select(Position).join(Agency, Agency.id == Position.agency_id)
        query = query.where(Agency.code == "dsp", Position.role == Role.UNIT_HEAD)
        other = db.session.scalars(query).one()
        assign(account.person, other, valid_from=dt.date(2020, 1, 1), confirmed=True, actor=CONSOLE)
        db.session.execute(sa.update(Requirement).values(opens_on=dt.date(2020, 1, 1)))
    heads = re.findall(r"<h2>(.+?)</h2>", desk("head_sek").get("/").text)
    assert {"Kepala Bidang SEK, Dinas Perpustakaan", "Kepala Bidang SEK, Dinas Sosial"} <= set(heads)


def test_the_number_of_queries_does_not_depend_on_the_number_of_posts(
    app: flask.Flask, desk: Callable[[str], Desk]
) -> None:
    with app.app_context():
        engine = db.engine
    counted = [queries(engine, desk(name), "/jabatan") for name in ("other_operator", "operator")]
    assert counted[0] == counted[1] < 25
