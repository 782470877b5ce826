"""Every page and every state, on both screens and in both colours: judged by axe, kept as pictures for people to look at."""

import pytest

from .conftest import People, Site
from .visitors import Visitor, look_at_every_size

PAGES = {
    "masuk": ("", "/masuk"),
    "tugas-staf": ("staff_b2", "/"),
    "tugas-operator": ("operator", "/"),
    "tugas-kepala": ("head", "/"),
    "tugas-inspektur": ("inspector", "/"),
    "tugas-kosong": ("privacy_officer", "/"),
    "rekomendasi": ("head_b1", "/rekomendasi"),
    "kisi": ("head_b1", "/kisi"),
    "kisi-daerah": ("evaluator", "/kisi?opd=dpk"),
    "kisi-kosong": ("evaluator", "/kisi?opd=dpk&tahun=2031"),
    "lhe": ("evaluator", "/lhe"),
    "lhe-ketik": ("evaluator", "/lhe/ketik"),
    "keputusan": ("inspector", "/keputusan?opd=dpk"),
    "rekap": ("inspector", "/rekap?tahun=2026&semester=2"),
    "arsip": ("auditor", "/arsip"),
    "log": ("evaluator", "/log?opd=dpk"),
    "log-daerah": ("inspector", "/log?rantai=daerah"),
    "lembar": ("head_b1", "/lembar"),
    "lembar-kepala": ("head", "/lembar"),
    "lembar-kosong": ("head_b2", "/lembar"),
    "meja": ("evaluator2", "/meja"),
}
STATES = {
    "draf": "head_sek",
    "sedang-diperiksa": "head_sek",
    "berkas-ditolak": "operator",
    "pemeriksaan-gagal": "operator",
    "sudah-diperiksa": "head_b1",
    "ditandatangani": "head",
    "dikembalikan": "staff_b2",
    "diketahui": "evaluator",
    "diverifikasi": "inspector",
    "capaian": "auditor",
}
"""By state, who has most to look at there."""


def judge(visitor: Visitor, name: str) -> None:
    assert look_at_every_size(visitor, name) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_and_used_by_everybody(name: str, someone: People) -> None:
    who, path = PAGES[name]
    visitor = someone(who)
    visitor.open(path)
    judge(visitor, name)


@pytest.mark.parametrize("state", STATES)
def test_a_requirement_can_be_read_and_used_in_every_state(state: str, site: Site, someone: People) -> None:
    visitor = someone(STATES[state])
    visitor.open(f"/kewajiban/{site.staged.states[state]}")
    visitor.page.evaluate("document.querySelectorAll('main details').forEach((closed) => { closed.open = true; })")
    judge(visitor, f"kewajiban-{state}")


@pytest.mark.parametrize("part", ["recommendation_id", "report_id", "number"])
def test_a_single_record_can_be_read_by_everybody(part: str, site: Site, someone: People) -> None:
    folder = {"recommendation_id": "rekomendasi", "report_id": "lhe", "number": "tanda-terima"}[part]
    visitor = someone("operator")
    visitor.open(f"/{folder}/{site.staged.parts[part][0]}")
    judge(visitor, f"{folder}-satu")


def test_the_verification_desk_can_be_worked_at_by_everybody(site: Site, someone: People) -> None:
    visitor = someone("evaluator2")
    visitor.open(f"/meja/{site.staged.states['diketahui']}")
    judge(visitor, "meja-satu")


def test_a_draft_report_asks_the_inspector_to_issue_it(site: Site, someone: People) -> None:
    visitor = someone("inspector")
    visitor.open(f"/lhe/{site.staged.draft}")
    assert visitor.page.get_by_role("button", name="Terbitkan").is_visible()
    judge(visitor, "lhe-konsep")


@pytest.mark.parametrize("state", ["menunggu", "terbaca", "gagal", "disimpan"])
def test_a_delivered_plan_can_be_read_in_every_state(state: str, site: Site, someone: People) -> None:
    visitor = someone("evaluator")
    visitor.open(f"/lhe/impor/{site.staged.imports[state]}")
    judge(visitor, f"lhe-impor-{state}")


@pytest.mark.parametrize("state", ["menunggu", "disusun", "siap", "gagal"])
def test_a_bundle_can_be_read_in_every_state(state: str, site: Site, someone: People) -> None:
    visitor = someone("auditor")
    visitor.open(f"/arsip/{site.staged.bundles[state]}")
    judge(visitor, f"arsip-{state}")


def test_papers_can_be_ordered_and_a_history_be_read(site: Site, someone: People) -> None:
    visitor = someone("operator")
    visitor.open("/dokumen")
    visitor.page.get_by_role("button", name="Buat PDF").first.click()
    visitor.page.get_by_text("Menunggu giliran").wait_for()
    judge(visitor, "dokumen")
    visitor.open("/rekomendasi")
    visitor.page.get_by_role("link", name="Rekomendasi A-1").first.click()
    visitor.page.get_by_role("link", name="Riwayat lengkap menurut waktu").click()
    judge(visitor, "rekomendasi-riwayat")


def test_a_wrong_password_is_said_in_place(someone: People) -> None:
    visitor = someone("")
    visitor.open("/masuk")
    visitor.page.get_by_label("Nama pengguna atau surel").fill("head_b1")
    visitor.page.get_by_label("Kata sandi").fill("bukan ini")
    visitor.page.get_by_role("button", name="Masuk").click()
    alert = visitor.page.get_by_role("alert")
    alert.get_by_text("kata sandi salah").wait_for()
    assert visitor.page.get_by_label("Nama pengguna atau surel").input_value() == "head_b1"
    assert alert.evaluate("alert => alert === document.activeElement")
    assert visitor.take_refusals() == [422]
    judge(visitor, "masuk-salah")


@pytest.mark.parametrize(("status", "path"), [(404, "/tidak-ada"), (403, "/lhe")])
def test_a_refused_page_says_so_and_leads_on(status: int, path: str, someone: People) -> None:
    visitor = someone("head_b1")
    visitor.open(path)
    assert visitor.take_refusals() == [status]
    assert visitor.page.get_by_role("link", name="Ke halaman awal").is_visible()
    judge(visitor, f"galat-{status}")


def test_a_return_without_a_reason_is_refused_in_the_forms_place(site: Site, someone: People) -> None:
    visitor = someone("head_b1")
    visitor.open(f"/kewajiban/{site.staged.states['sudah-diperiksa']}")
    visitor.page.get_by_text("Kembalikan kepada pengunggah").click()
    visitor.page.get_by_role("button", name="Kembalikan", exact=True).click()
    visitor.page.get_by_role("alert").get_by_text("Pilih alasan pengembalian").wait_for()
    assert visitor.page.get_by_role("button", name="Kembalikan", exact=True).is_visible()
    assert visitor.take_refusals() == [422]
    judge(visitor, "kembalikan-salah")


@pytest.mark.parametrize(("act", "who"), [
    ("", "inspector"), ("perbaiki", "inspector"), ("alihkan", "inspector"), ("keberatan", "head"),
])  # fmt: skip
def test_a_recommendation_and_its_changes_can_be_read_and_used(act: str, who: str, site: Site, someone: People) -> None:
    visitor = someone(who)
    visitor.open(f"/rekomendasi/{site.staged.parts['recommendation_id'][0]}/{act}".rstrip("/"))
    visitor.page.evaluate("document.querySelectorAll('main details').forEach((closed) => { closed.open = true; })")
    judge(visitor, f"rekomendasi-{act or 'satu'}")
