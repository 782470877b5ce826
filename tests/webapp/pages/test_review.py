"""*Minta ditinjau* on the pages: asked by the uploader, answered by an evaluator, seen by everybody else."""

import uuid
from collections.abc import Callable

import pytest

from tests.support.deliveries import archive
from workflows.core.db import db
from workflows.evidence.models import Evidence

from .conftest import Desk, Story

ASKED, ANSWERED = "Tombol ini bagian dari formulir resmi.", "Sudah saya buka; tombolnya tidak berbahaya."


@pytest.fixture
def refused(story: Story) -> Story:
    """The checks refused what was delivered."""
    story.deliver(verdict="reject")
    return story


@pytest.fixture
def asked(refused: Story) -> Story:
    """A review was asked for."""
    answer = refused.desk("staff_b1").form(refused.page, f"{refused.page}/minta-ditinjau", reason=ASKED)
    assert answer.status_code == 303
    return refused


def test_an_uploader_asks_and_an_evaluator_accepts(asked: Story, desk: Callable[[str], Desk]) -> None:
    told = desk("staff_b1").text(asked.page)
    assert "Menunggu peninjauan tim evaluasi Inspektorat" in told
    assert ASKED in told
    assert "Perlu diperbaiki" not in desk("staff_b1").text("/")
    assert ASKED in desk("evaluator").text("/")
    assert ASKED in desk("evaluator").text("/meja")
    answer = desk("evaluator").form(asked.page, f"{asked.page}/tinjauan/terima", reason=ANSWERED)
    assert answer.status_code == 303
    told = desk("staff_b1").text(asked.page)
    assert "Diterima setelah ditinjau" in told
    assert "Diterima setelah ditinjau oleh Pegawai evaluator" in told
    assert ANSWERED in told
    assert ASKED not in desk("evaluator").text("/meja")


def test_the_signers_sheet_and_the_verification_say_that_it_was_reviewed(
    asked: Story, desk: Callable[[str], Desk]
) -> None:
    desk("evaluator").form(asked.page, f"{asked.page}/tinjauan/terima", reason=ANSWERED)
    assert asked.page not in desk("head_b1").get("/lembar").text  # not in the archive yet
    with asked.furnished.behind():
        archive(db.session.get_one(Evidence, uuid.UUID(asked.evidence_id())))
    sheet = desk("head_b1").text("/lembar")
    assert "Diterima setelah ditinjau" in sheet
    assert "Ditolak pemeriksaan" not in sheet
    asked.sign()
    asked.acknowledge()
    assert "Diterima setelah ditinjau" in desk("evaluator").text("/meja")
    assert ANSWERED in desk("evaluator2").text(f"/meja/{asked.requirement}")
    assert asked.verify().status_code == 422
    assert asked.verify(reason=ANSWERED).status_code == 303


def test_an_evaluator_declines_with_a_reason_that_the_uploader_reads(asked: Story, desk: Callable[[str], Desk]) -> None:
    path = f"{asked.page}/tinjauan/tolak"
    empty = desk("evaluator").form(asked.page, path, reason="")
    assert (empty.status_code, "Tulis alasannya." in empty.text) == (422, True)
    assert desk("evaluator").form(asked.page, path, reason="Unggah tanpa tombol itu.").status_code == 303
    told = desk("staff_b1").text(asked.page)
    assert "Kirim perbaikan" in told
    assert "Unggah tanpa tombol itu." in told
    assert "Minta ditinjau evaluator" not in told
    assert "Unggah tanpa tombol itu." in desk("staff_b1").text("/")


def test_nobody_else_is_shown_the_forms(refused: Story, desk: Callable[[str], Desk]) -> None:
    for who in ("head", "staff_b2", "evaluator", "auditor"):
        assert "minta-ditinjau" not in desk(who).get(refused.page).text, who
    desk("operator").form(refused.page, f"{refused.page}/minta-ditinjau", reason=ASKED)
    for who in ("staff_b1", "head", "operator", "auditor", "inspector"):
        assert "/tinjauan/" not in desk(who).get(refused.page).text, who


def test_a_newer_file_ends_the_review_and_the_older_form_is_told_so(asked: Story, desk: Callable[[str], Desk]) -> None:
    older = desk("evaluator").get(asked.page).text
    assert "/tinjauan/terima" in older
    version = older.split('name="version" value="')[1].split('"')[0]
    asked.desk("staff_b1").upload(asked.requirement, data=b"%PDF-1.7\nlebih baru\n")
    answer = desk("evaluator").post(f"{asked.page}/tinjauan/terima", {"version": version, "reason": ANSWERED})
    assert answer.status_code == 409
    assert "Seseorang sudah lebih dulu mengubahnya" in answer.text
    assert "/tinjauan/" not in desk("evaluator").get(asked.page).text


def test_the_log_tells_it_in_words(asked: Story, desk: Callable[[str], Desk]) -> None:
    desk("evaluator").form(asked.page, f"{asked.page}/tinjauan/terima", reason=ANSWERED)
    told = desk("operator").text(asked.page)
    assert "Pegawai staff_b1 meminta berkas yang ditolak untuk" in told
    assert "Pegawai evaluator menerima berkas untuk" in told
