"""The whole way by the forms: what each step shows, and how a refusal comes back."""

import re
from collections.abc import Callable

import pytest

from tests.support.furnished import Furnished, filler

from .conftest import Desk, Story, words


def form_values(seat: Desk, story: Story) -> dict[str, str]:
    """Return the version and digest that a form on somebody's page carries."""
    html = seat.get(story.page).text
    return dict(re.findall(r'<input type="hidden" name="(version|sha256)" value="([^"]+)"', html))


def test_a_requirement_goes_the_whole_way(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver()
    assert "Menunggu Kepala Bidang B1 (Pegawai head_b1)" in desk("staff_b1").text(story.page)
    story.sign()
    assert "Menunggu Kepala Dinas Perpustakaan (Pegawai head)" in desk("staff_b1").text(story.page)
    story.acknowledge()
    assert story.verify().status_code == 303
    page = desk("staff_b1").text(story.page)
    assert "Diverifikasi oleh Pegawai evaluator" in page
    assert "Pegawai head_b1 menandatangani Monev Triwulan I 2026 - Bidang B1 sebagai Kepala Bidang B1." in page


def test_an_upload_without_a_script_leads_to_the_receipt(story: Story, desk: Callable[[str], Desk]) -> None:
    number = story.deliver()
    page = desk("staff_b1").text(f"/tanda-terima/{number}")
    assert number in page
    assert "Monev Triwulan I 2026 - Bidang B1" in page
    assert re.search(r"SHA-256 [0-9a-f]{64}", page)
    assert re.search(r"nomor \d+ dalam rantai perangkat daerah", page)
    assert "WITA" in page


def test_an_upload_by_script_is_answered_with_the_receipt_alone(story: Story, desk: Callable[[str], Desk]) -> None:
    answer = desk("staff_b1").upload(story.requirement, htmx=True)
    assert answer.status_code == 202
    assert "<html" not in answer.text
    assert "Tanda terima" in words(answer)
    assert f'hx-get="{story.page}/keadaan"' in answer.text


def test_what_is_no_pdf_is_refused_in_a_sentence(story: Story, desk: Callable[[str], Desk]) -> None:
    answer = desk("staff_b1").upload(story.requirement, data=b"halo", htmx=True)
    assert answer.status_code == 415
    assert answer.mimetype == "text/html"
    assert "bukan PDF" in words(answer)


def test_the_receipt_of_the_same_file_is_the_first_one(story: Story, desk: Callable[[str], Desk]) -> None:
    seat = desk("staff_b1")
    first, second = (seat.upload(story.requirement, data=filler("sama")) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]


def test_the_signing_box_is_shown_only_to_who_may_sign(story: Story, desk: Callable[[str], Desk]) -> None:
    assert 'name="sign"' in desk("head_b1").get(story.page).text
    assert 'name="sign"' not in desk("staff_b1").get(story.page).text


def test_while_the_check_runs_the_page_looks_again_and_offers_no_signing(
    story: Story, desk: Callable[[str], Desk]
) -> None:
    desk("staff_b1").upload(story.requirement)
    seat = desk("head_b1")
    html = seat.get(story.page).text
    address = re.search(r'hx-get="([^"]+/keadaan\?dari=[^"]+)"', html)
    assert address
    assert f"{story.page}/tanda-tangan" not in html
    again = address[1].replace("&amp;", "&")
    assert seat.get(again).status_code == 204
    story.furnished.judge(story.evidence_id())
    changed = seat.get(again)
    assert changed.status_code == 200
    assert f"{story.page}/tanda-tangan" in changed.text
    assert "/keadaan?dari=" not in changed.text


def test_a_form_that_names_another_file_is_refused_in_place(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver()
    seat = desk("head_b1")
    version = re.search(r'name="version" value="(\d+)"', seat.get(story.page).text)
    assert version
    answer = seat.post(f"{story.page}/tanda-tangan", {"version": version[1], "sha256": "0" * 64})
    assert answer.status_code == 422
    assert "data-error-summary" in answer.text
    assert "bukan berkas terbaru" in words(answer)
    assert f'action="{story.page}/tanda-tangan"' in answer.text


def test_who_decides_second_is_told_and_sees_how_it_stands(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver()
    seat = desk("head_b1")
    values = form_values(seat, story)
    assert seat.post(f"{story.page}/tanda-tangan", values).status_code == 303
    answer = seat.post(f"{story.page}/tanda-tangan", values)
    assert answer.status_code == 409
    assert "Seseorang sudah lebih dulu mengubahnya" in words(answer)


def test_a_return_needs_its_reason_and_keeps_what_was_typed(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver()
    seat = desk("head_b1")
    missing = seat.form(story.page, f"{story.page}/kembalikan", reason="Halaman 3 kosong.")
    assert missing.status_code == 422
    assert 'href="#return-reason_code"' in missing.text
    assert "Halaman 3 kosong." in missing.text
    done = seat.form(story.page, f"{story.page}/kembalikan", reason="Halaman 3 kosong.", reason_code="INCOMPLETE")
    assert done.status_code == 303
    page = desk("staff_b1").text(story.page)
    assert "Kirim perbaikan" in page
    assert "Isi belum lengkap" in page
    assert "Halaman 3 kosong." in page
    assert "Perlu diperbaiki isi belum lengkap" in desk("staff_b1").text("/kisi")


def test_a_warning_needs_a_reason_to_be_verified(story: Story) -> None:
    story.deliver(verdict="warn", warnings=1)
    story.sign()
    story.acknowledge()
    refused = story.verify()
    assert refused.status_code == 422
    assert 'href="#verify-reason"' in refused.text
    assert story.verify(reason="Halaman pindai cukup terbaca.").status_code == 303


def test_showing_the_report_to_an_evaluator_is_written_down(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver()
    story.sign()
    story.acknowledge()
    seat = desk("evaluator")
    values = form_values(desk("head"), story)
    unseen = seat.post(f"{story.page}/verifikasi", values)
    assert unseen.status_code == 422
    assert "Buka dan baca laporan pemeriksaan berkas ini lebih dahulu." in words(unseen)
    # The refused form came back together with the report, which counts as shown.
    assert seat.post(f"{story.page}/verifikasi", values).status_code == 303


def test_withdrawing_voids_and_reopening_starts_a_new_round(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver()
    story.sign()
    head = desk("head_b1")
    assert head.form(story.page, f"{story.page}/tarik").status_code == 422
    assert head.form(story.page, f"{story.page}/tarik", reason="Salah berkas.").status_code == 303
    assert "Tidak berlaku lagi" in head.text(story.page) or "Menunggu Kepala Bidang B1" in head.text(story.page)
    story.sign()
    story.acknowledge()
    assert story.verify().status_code == 303
    inspector = desk("inspector")
    assert inspector.form(story.page, f"{story.page}/buka-lagi", reason="Ada koreksi.").status_code == 303
    page = desk("staff_b1").text(story.page)
    assert "Dibuka kembali oleh Inspektur" in page
    assert page.index("Putaran 2") < page.index("Putaran 1")
    assert "Diverifikasi oleh Pegawai evaluator" in page.split("Putaran 1")[1]
    assert "Tidak berlaku lagi sejak" in page.split("Putaran 1")[1]


def test_a_wrong_form_token_changes_nothing(story: Story, desk: Callable[[str], Desk]) -> None:
    story.deliver()
    seat = desk("head_b1")
    seat.token = "palsu"
    assert seat.post(f"{story.page}/tanda-tangan", {"version": "2"}).status_code == 400
    assert seat.upload(story.requirement).status_code == 400
    assert "Menunggu Kepala Bidang B1" in seat.text(story.page)


@pytest.mark.parametrize("who", ["staff_b2", "head", "auditor"])
def test_who_may_not_upload_is_refused(who: str, story: Story, desk: Callable[[str], Desk]) -> None:
    assert desk(who).upload(story.requirement).status_code == 403
    assert "data-upload" not in desk(who).get(story.page).text


def test_the_original_comes_back_byte_for_byte(story: Story, desk: Callable[[str], Desk], furnished: Furnished) -> None:
    data = filler("asli", size=100_000)
    seat = desk("staff_b1")
    seat.upload(story.requirement, data=data)
    found = re.search(r'href="(/bukti/[0-9a-f-]{36}/berkas)"', seat.get(story.page).text)
    assert found
    assert seat.get(found[1]).data == data
    assert desk("privacy_officer").get(found[1]).status_code == 403
