"""Signatures on the paper: one line at the upload, one tap of the holder, a tick of the evaluator; pages and API."""

import json
import re
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.support.furnished import Api, Furnished
from tests.support.offices import CONSOLE
from workflows.core.db import db
from workflows.organization.models import InkPolicy, Region
from workflows.signoff.effects import take_effect
from workflows.signoff.ink import set_policy
from workflows.signoff.models import InkClaim, SignOff

from .conftest import Desk, Story, words

INK = {"ink_signed": "1", "ink_signed_page": "3", "ink_signed_on": "2026-04-30", "ink_acknowledged": "on"}


def test_the_form_offers_one_line_a_signature_and_asks_for_none(story: Story, desk: Callable[[str], Desk]) -> None:
    page = desk("staff_b1").get(story.page)
    text = words(page)
    assert "Ditandatangani Pegawai head_b1 (Kepala Bidang B1)" in text
    assert "Diketahui Pegawai head (" in text
    assert "Tanggal hari ini tidak apa-apa, jangan dimundurkan." in text
    assert not re.search(r'name="ink_[a-z_]+"[^>]*(required|checked)', page.text)
    story.deliver()
    assert "Tanda tangan basah di kertas" not in desk("head_b1").text(story.page)


def test_one_tap_signs_and_the_page_says_by_ink(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver(**INK)
    head = desk("head_b1")
    page = head.text(story.page)
    assert "Pengunggah menyebut tanda tangan Anda di kertas: halaman 3, tanggal 30 April 2026." in page
    assert "Atau sahkan di Tuntas tanpa itu" in page
    assert "Apakah ini tanda tangan Anda?" not in desk("head").text(story.page)
    assert "Pengunggah menyebut tanda tangan basah Anda" in head.text("/lembar")
    assert head.form(story.page, f"{story.page}/tinta").status_code == 303
    assert "tanda tangan basah (halaman 3)" in head.text(story.page)
    assert "tanda tangan basah" in head.text("/lembar")
    assert desk("head").form(story.page, f"{story.page}/tinta").status_code == 303
    assert "Dikonfirmasi pemiliknya" in desk("evaluator").text(story.page)

    refused = story.verify()
    assert refused.status_code == 422
    assert "centang bahwa Anda melihat tanda tangannya" in words(refused)
    assert "Saya melihat tanda tangan di halaman 3" in desk("evaluator").text(f"/meja/{story.requirement}")
    assert story.verify(ink_seen="1").status_code == 303


def test_not_mine_sends_it_back_and_everybody_reads_why(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver(**INK)
    assert desk("head_b1").form(story.page, f"{story.page}/tinta/sangkal").status_code == 303
    assert "Tanda tangan di kertas disangkal pemiliknya" in desk("staff_b1").text(story.page)
    assert "Disangkal pemiliknya" in desk("evaluator").text(story.page)
    assert "bukan miliknya" in desk("evaluator").text(story.page)


def test_a_refused_answer_comes_back_on_the_page(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver(**INK)
    hidden = {"role": "signed", "version": "2", "sha256": "0" * 64}
    assert desk("head_b1").post(f"{story.page}/tinta", {**hidden, "role": "x"}).status_code == 422
    assert desk("head_b1").post(f"{story.page}/tinta", {**hidden, "version": "99"}).status_code == 409
    assert desk("head").post(f"{story.page}/tinta", hidden).status_code == 403
    answer = desk("head_b1").post(f"{story.page}/tinta", hidden)
    assert (answer.status_code, "bukan berkas terbaru" in words(answer)) == (422, True)
    assert desk("other_head").post(f"{story.page}/tinta", hidden).status_code == 404


@pytest.mark.parametrize(
    "typed",
    [
        {"ink_signed": "bukan orang"},
        {"ink_signed": "1", "ink_signed_page": "0"},
        {"ink_signed": "1", "ink_signed_page": "x"},
        {"ink_signed": "1", "ink_signed_on": "30 April"},
        {"ink_signed": "1", "ink_signed_on": "2999-01-01"},
        {"ink_signed": "018f0000-0000-7000-8000-000000000000"},
    ],
    ids=str,
)
def test_nonsense_is_refused_before_anything_is_written(
    upload: Callable[..., TestResponse], furnished: Furnished, typed: dict[str, str]
) -> None:
    assert upload("staff_b1", "b1-1", **typed).status_code == 422
    with furnished.behind():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(InkClaim)) == 0


def test_a_line_that_is_not_ticked_says_nothing_and_the_papers_date_serves_both(
    upload: Callable[..., TestResponse], api: Callable[..., Api]
) -> None:
    typed = {"ink_signed_page": "7", "ink_signed": "", "ink_acknowledged": "true", "evidence_date": "2026-03-31"}
    evidence_id = upload("staff_b1", "b1-1", **typed).json["id"]
    [told] = api("head_b1").get(f"/evidence/{evidence_id}").json["ink"]
    assert (told["role"], told["page"], told["signed_on"], told["state"], told["name"]) == (
        "acknowledged", None, "2026-03-31", "claimed", "Pegawai head",
    )  # fmt: skip


def accepting(furnished: Furnished) -> None:
    with furnished.behind():
        set_policy(db.session.scalars(sa.select(Region)).one(), InkPolicy.ACCEPT, actor=CONSOLE)


def test_by_the_policy_accept_the_holder_is_told_and_may_dispute(
    story: Story, desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    accepting(furnished)
    story.deliver(**INK)
    with furnished.behind():
        take_effect(db.session.scalars(sa.select(InkClaim.evidence_id)).first())
    home = desk("head_b1").text("/")
    assert "Dicatat atas nama Anda" in home
    assert "halaman 3, tanggal 30 April 2026" in home
    assert "Dicatat atas nama Anda" not in desk("staff_b1").text("/")
    assert "sudah dianggap berlaku menurut kebijakan daerah" in desk("head_b1").text(story.page)
    assert desk("head_b1").form(story.page, f"{story.page}/tinta/sangkal").status_code == 303
    assert "Dicatat atas nama Anda" not in desk("head_b1").text("/")
    assert "Disangkal pemiliknya" in desk("evaluator").text(story.page)
    assert "Tanda tangan di kertas disangkal pemiliknya" in desk("staff_b1").text(story.page)


def test_a_file_made_after_the_date_on_its_paper_is_marked_and_a_late_date_never(
    story: Story, desk: Callable[[str], Desk], furnished: Furnished
) -> None:
    story.deliver(**{**INK, "ink_acknowledged_on": "2026-06-30"})
    with furnished.behind():
        extra = {"created": "2026-05-04T08:00:00+08:00", "text_layer": "yes"}
        db.session.execute(
            sa.text("INSERT INTO check_report SELECT gen_random_uuid(), region_id, agency_id, evidence_id, sha256, verdict,"
                    " report || cast(:extra AS jsonb), now() FROM check_report"),
            {"extra": json.dumps(extra)},
        )  # fmt: skip
    page = desk("evaluator").text(story.page)
    assert page.count("PDF dibuat sesudah tanggal di kertas") == 1
    assert "Dibuat 4 Mei 2026" in page


def test_the_api_confirms_and_disputes_with_the_right_statuses(
    upload: Callable[..., TestResponse], api: Callable[..., Api], furnished: Furnished
) -> None:
    delivered = upload("staff_b1", "b1-1", **INK).json
    furnished.judge(delivered["id"])
    path = f"/requirements/{furnished.requirements['b1-1']}"
    asked = {"role": "signed", "sha256": delivered["sha256"], "version": api("head").get(path).json["version"]}
    assert api("head_b1", read_only=True).post(f"{path}/ink/confirm", json=asked).status_code == 403
    assert api("staff_b1").post(f"{path}/ink/confirm", json=asked).status_code == 403
    assert api("other_head").post(f"{path}/ink/confirm", json=asked).status_code == 404
    assert api("head_b1").post(f"{path}/ink/confirm", json={**asked, "role": "both"}).status_code == 422
    assert api("head_b1").post(f"{path}/ink/confirm", json={**asked, "version": 77}).status_code == 409
    early = api("head").post(f"{path}/ink/confirm", json={**asked, "role": "acknowledged"})
    assert (early.status_code, early.json["code"]) == (409, "illegal_move")
    done = api("head_b1").post(f"{path}/ink/confirm", json=asked)
    assert (done.status_code, done.json["state"]) == (200, "signed")
    again = api("head_b1").post(f"{path}/ink/dispute", json={**asked, "version": done.json["version"]})
    assert (again.status_code, again.json["code"]) == (409, "ink_settled")
    sent_back = {**asked, "role": "acknowledged", "version": done.json["version"]}
    answer = api("head").post(f"{path}/ink/dispute", json=sent_back)
    assert (answer.status_code, answer.json["state"]) == (200, "drafted")
    assert answer.json["returned"]["code"] == "NOT_MY_SIGNATURE"


def test_verify_by_the_api_attests_the_ink(story: Story, api: Callable[..., Api], desk: Callable[[str], Desk]) -> None:
    story.deliver(**INK)
    desk("head_b1").form(story.page, f"{story.page}/tinta")
    desk("head").form(story.page, f"{story.page}/tinta")
    evaluator = api("evaluator")
    now = evaluator.get(f"/requirements/{story.requirement}").json
    evaluator.get(f"/evidence/{now['evidence']['id']}")
    asked = {"action": "verify", "version": now["version"], "sha256": now["evidence"]["sha256"]}
    path = f"/requirements/{story.requirement}/actions"
    assert evaluator.post(path, json=asked).json["code"] == "ink_not_seen"
    assert evaluator.post(path, json={**asked, "ink_seen": 1}).status_code == 422
    assert evaluator.post(path, json={**asked, "ink_seen": True}).json["state"] == "verified"


@pytest.mark.parametrize(("one", "other"), [("confirm", "confirm"), ("confirm", "dispute")])
def test_two_answers_at_once_leave_one(
    upload: Callable[..., TestResponse], api: Callable[..., Api], furnished: Furnished, one: str, other: str
) -> None:
    delivered = upload("staff_b1", "b1-1", **INK).json
    furnished.judge(delivered["id"])
    path = f"/requirements/{furnished.requirements['b1-1']}"
    asked = {"role": "signed", "sha256": delivered["sha256"], "version": api("head").get(path).json["version"]}
    statuses: list[int] = []
    together = threading.Barrier(2)

    def answer(who: Api, what: str) -> None:
        together.wait()
        statuses.append(who.post(f"{path}/ink/{what}", json=asked).status_code)

    threads = [threading.Thread(target=answer, args=(api("head_b1"), what)) for what in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409]
    with furnished.behind():
        standing = db.session.scalars(sa.select(SignOff).where(SignOff.voided_at.is_(None))).all()
        states = {row.role.value: row.state.value for row in db.session.scalars(sa.select(InkClaim))}
        assert len(standing) == (1 if states["signed"] == "confirmed" else 0)


def test_one_file_for_several_cells_names_each_head(desk: Callable[[str], Desk], furnished: Furnished) -> None:
    ids = ",".join(furnished.requirements[name] for name in ("b1-1", "b2-1"))
    page = desk("operator").text(f"/kisi/unggah?sel={ids}")
    assert "Ditandatangani masing-masing: Pegawai head_b1, Pegawai head_b2" in page
    assert "Diketahui Pegawai head (" in page
