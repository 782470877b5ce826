"""Each question with a good paper, a wrong one, and one that does not say; and with what a scanner does to words."""

from collections.abc import Sequence
from typing import Any

import pytest

from workflows.evidence.sense.contents import check_contents
from workflows.evidence.sense.copies import check_same_figures, check_same_file
from workflows.evidence.sense.figures import digest_of
from workflows.evidence.sense.people import check_acknowledgement, check_signers
from workflows.evidence.sense.period import check_quarter, check_year
from workflows.evidence.sense.places import check_agency, check_unit
from workflows.evidence.sense.registry import PROFILES, SENSE, remarks
from workflows.evidence.sense.subject import Holder, Page, Remark, Signer, Subject, Twin
from workflows.plans.models import RequirementKind

NIP = "190404031930031015"
HEAD_NIP = "190511201932052004"


def paper(*pages: str, **more: Any) -> Subject:
    """A monev of the first quarter of 2026, as it was read."""
    values = {
        "kind": RequirementKind.QUARTERLY_MONITORING, "agency": "Badan Kesatuan Bangsa dan Politik", "agency_code": "bkbp",
        "unit": "Bidang Ketahanan Ekonomi dan Sosial Budaya", "of_whole_agency": False, "year": 2026, "quarter": 1,
        "other_units": ["Bidang Politik Dalam Negeri"],
        "signer": Signer("Kepala Bidang Ketahanan", [Holder("Drs. H. Sagara Wening, M.Si.", NIP)]),
        "acknowledger": Signer("Kepala Badan", [Holder("Laras Ayuningtyas, S.E.", HEAD_NIP)]),
    }  # fmt: skip
    return Subject(pages=[Page(n, text) for n, text in enumerate(pages, 1)], **{**values, **more})


def came(found: Sequence[Remark]) -> list[tuple[str, str, int | None]]:
    return [(remark.code, remark.severity, remark.page) for remark in found]


@pytest.mark.parametrize(
    "text",
    [
        "LAPORAN\nBADAN KESATUAN BANGSA DAN POLITIK\nKABUPATEN CONTOH",
        "Badan Kesatuan\nBangsa & Politik",
        "BADAN KESATUAN BAN6SA DAN POLITlK",
        "Bakesbangpol Kabupaten Contoh",
        "Kesbangpol",
        "Laporan BKBP Tahun 2026",
    ],
)
def test_the_agency_is_found_however_it_is_written(text: str) -> None:
    assert came([*check_agency(paper("Sampul", text))]) == [("agency_found", "info", 2)]


@pytest.mark.parametrize("text", ["Dinas Sosial", "Kesatuan dan persatuan; politik; bangsa", "badan", ""])
def test_another_agency_is_not_taken_for_this_one(text: str) -> None:
    assert came([*check_agency(paper(text))]) == [("agency_absent", "warn", None)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Bidang Ketahanan Ekonomi dan Sosial Budaya", "unit_found"),
        ("BIDANG KETAHANAN EKONOMI, SOSIAL DAN BUDAYA", "unit_found"),
        ("Bidang Ketahanan Ekonorni dan Sosia1 Budaya", "unit_found"),
        ("Bidang Politik Dalam Negeri", "unit_differs"),
        ("Bidang Perikanan", "unit_absent"),
    ],
)
def test_the_unit_is_found_and_another_one_of_the_agency_is_named(text: str, code: str) -> None:
    [remark] = check_unit(paper(text))
    assert remark.code == code
    if code == "unit_differs":
        assert remark.message == (
            "Dokumen ini menyebut Bidang Politik Dalam Negeri, bukan Bidang Ketahanan Ekonomi dan Sosial Budaya."
        )


def test_a_unit_that_stands_for_the_whole_agency_is_not_looked_for() -> None:
    assert [*check_unit(paper("apa saja", of_whole_agency=True))] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Tahun 2026", "year_found"),
        ("TAHUN 2O26", "year_found"),
        ("31 Maret 2026.", "year_found"),
        ("Tahun 2025 dan 2025", "year_differs"),
        ("Rp 2.026.000 dan 2026,50", "year_absent"),
        ("tanpa tahun", "year_absent"),
    ],
)
def test_the_year(text: str, code: str) -> None:
    assert [remark.code for remark in check_year(paper(text))] == [code]


def test_a_report_may_name_the_year_that_it_is_about() -> None:
    report = paper("Laporan Kinerja Tahun 2025", kind=RequirementKind.PERFORMANCE_REPORT)
    assert [remark.code for remark in check_year(report)] == ["year_found"]


WRITTEN = ["Triwulan {}", "TRIWULAN KE-{}", "Tri Wulan {}", "TW {}", "TW.{}", "tribulan {}", "Triwulan\n{}"]


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize(
    ("quarter", "spelt"),
    [(1, "I"), (1, "l"), (1, "1"), (2, "II"), (2, "Il"), (2, "ll"), (2, "2"), (3, "III"), (3, "Ill"), (4, "IV"), (4, "lV")],
)  # fmt: skip
def test_the_quarter_is_found_however_it_is_written(form: str, quarter: int, spelt: str) -> None:
    text = f"LAPORAN {form.format(spelt)} TAHUN 2026"
    assert came([*check_quarter(paper(text, quarter=quarter))]) == [("quarter_found", "info", 1)]
    other = quarter % 4 + 1
    assert came([*check_quarter(paper(text, quarter=other))]) == [("quarter_differs", "warn", 1)]


@pytest.mark.parametrize(
    ("text", "quarter"),
    [("Triwulan pertama", 1), ("triwulan kedua", 2), ("Januari s.d. Maret 2026", 1), ("Oktober - Desember", 4)],
)
def test_the_quarter_is_found_in_words_and_months(text: str, quarter: int) -> None:
    assert [remark.code for remark in check_quarter(paper(text, quarter=quarter))] == ["quarter_found"]


def test_a_paper_that_only_looks_back_at_the_quarter_is_about_another() -> None:
    text = "LAPORAN TRIWULAN II\nTriwulan II lebih baik daripada Triwulan I"
    assert [remark.code for remark in check_quarter(paper(text, quarter=2))] == ["quarter_found"]
    assert [remark.code for remark in check_quarter(paper(text, quarter=1))] == ["quarter_differs"]


def test_a_list_of_all_quarters_names_none() -> None:
    text = "Monitoring triwulan I, II, III dan IV ditandatangani"
    assert [remark.code for remark in check_quarter(paper(text))] == ["quarter_absent"]


SIGNED = """Mengetahui,                         Contoh, 5 April 2026
Kepala Badan                       Kepala Bidang Ketahanan
LARAS AYUNINGTYAS, S.E.
NIP. 19051120 193205 2 004
Drs. H. SAGARA WENING, M.Si.
NIP. 19040403 193003 1 015"""


def test_the_names_numbers_and_the_part_of_the_head_are_found_with_their_page() -> None:
    subject = paper("Sampul", SIGNED)
    assert came([*check_signers(subject)]) == [("signer_found", "info", 2)] * 2
    assert came([*check_acknowledgement(subject)]) == [("acknowledgement_found", "info", 2)]


def test_a_scan_of_them_is_found_as_well() -> None:
    scanned = SIGNED.replace("Mengetahui", "Mengetahul").replace("19040403", "I9O40403").replace("SAGARA", "SA6ARA")
    subject = paper(scanned)
    assert came([*check_signers(subject)]) == [("signer_found", "info", 1)] * 2
    assert came([*check_acknowledgement(subject)]) == [("acknowledgement_found", "info", 1)]


def test_a_number_that_is_not_the_one_on_record_is_told() -> None:
    wrong = SIGNED.replace("19040403 193003 1 015", "19070809 193003 1 222")
    assert came([*check_signers(paper(wrong))])[0] == ("nip_differs", "warn", 1)


def test_a_name_without_a_number_is_found_and_said_so() -> None:
    without = SIGNED.replace("NIP. 19040403 193003 1 015", "")
    assert came([*check_signers(paper(without))])[0] == ("name_found", "info", 1)


def test_who_does_not_sign_and_a_head_who_is_not_asked_are_told() -> None:
    subject = paper("Laporan ini disusun dengan sebaik-baiknya oleh Budi.")
    assert came([*check_signers(subject)]) == [("signer_absent", "warn", None)] * 2
    assert came([*check_acknowledgement(subject)]) == [("acknowledgement_absent", "warn", None)]


def test_a_vacant_post_and_a_paper_without_a_head_are_not_asked_about() -> None:
    subject = paper("Apa saja", signer=Signer("Kepala Bidang", []), acknowledger=None)
    assert [*check_signers(subject), *check_acknowledgement(subject)] == []


REPORT = (
    "DAFTAR ISI\nPerbandingan dengan tahun sebelumnya ........ 3\nHambatan capaian target ........ 5",
    "BAB III AKUNTABILITAS KINERJA",
    "Perbandingan realisasi kinerja tahun 2025 dengan realisasi tahun-tahun sebelumnya disajikan pada tabel berikut.",
    "Capaian kinerja dibandingkan dengan capaian nasional sebesar 81,20 persen.",
    "Hambatan yang menyebabkan target kegiatan tidak tercapai adalah keterlambatan pencairan anggaran.",
)
ASKED = ["previous_years", "national_comparison", "obstacles"]


def test_what_a_report_is_asked_to_hold_is_found_with_its_page_and_not_in_the_table_of_contents() -> None:
    subject = paper(*REPORT, kind=RequirementKind.PERFORMANCE_REPORT, expects=ASKED)
    assert came([*check_contents(subject)]) == [
        ("previous_years_found", "info", 3), ("national_comparison_found", "info", 4), ("obstacles_found", "info", 5),
    ]  # fmt: skip


def test_what_a_report_leaves_out_is_told() -> None:
    bare = "Rencana Pembangunan Jangka Menengah Nasional menjadi acuan. Target dan realisasi tahun ini tercapai penuh."
    subject = paper(bare, kind=RequirementKind.PERFORMANCE_REPORT, expects=[*ASKED, "unknown"])
    assert [(code, severity) for code, severity, _ in came([*check_contents(subject)])] == [
        ("previous_years_absent", "warn"), ("national_comparison_absent", "warn"), ("obstacles_absent", "warn"),
    ]  # fmt: skip


def monev(quarter: str, figures: Sequence[str], day: str, unit: str = "Bidang Ketahanan") -> list[Page]:
    """A monev from the template of the office: the same rows, targets and laws in every one."""
    rows = zip(("Indikator A", "Indikator B", "Indikator C"), ("85,00", "1.250", "40"), figures, strict=True)
    table = "\n".join(f"{n} {name} target {target} realisasi {real}" for n, (name, target, real) in enumerate(rows, 1))
    text = f"LAPORAN TRIWULAN {quarter} TAHUN 2026\n{unit}\nSesuai Permenpan Nomor 88 Tahun 2021\n{table}\n"
    return [Page(1, text + f"Halaman 1 dari 1\nContoh, {day}\nNIP. 19040403 193003 1 015")]


HONEST = monev("I", ("82,50", "312", "11"), "5 April 2026")


def test_two_honest_papers_from_one_template_differ() -> None:
    assert digest_of(HONEST) != digest_of(monev("II", ("84,10", "655", "23"), "6 Juli 2026"))
    # The same figures on another day are no copy either: nothing was reached in the meantime.
    assert digest_of(HONEST) != digest_of(monev("II", ("82,50", "312", "11"), "6 Juli 2026"))


@pytest.mark.parametrize("quarter", ["II", "2", "ke-2", "III"])
def test_a_copy_with_another_quarter_unit_and_layout_is_the_same(quarter: str) -> None:
    copied = monev(quarter, ("82,5", "312", "11"), "05 April 2026", unit="Bidang Politik")
    split = [Page(1, copied[0].text[:60]), Page(2, copied[0].text[60:].replace("Halaman 1 dari 1", "Hal. 2/2"))]
    assert digest_of(HONEST) is not None
    assert digest_of(copied) == digest_of(HONEST)
    assert digest_of(split) == digest_of(HONEST)


def test_papers_with_too_little_in_them_are_like_no_other() -> None:
    assert digest_of([Page(1, "LAPORAN TRIWULAN I TAHUN 2026\nNomor 88 Tahun 2021\nContoh, 5 April 2026")]) is None
    assert digest_of([Page(1, "Realisasi 82,50 312 1.250 99,10 tanpa tanggal")]) is None


@pytest.mark.parametrize("check", [check_same_file, check_same_figures])
def test_a_paper_of_another_agency_is_named_to_the_inspektorat_alone(check) -> None:
    twins = [Twin("Monev II", "Dinas Sosial", foreign=True), Twin("Monev III", "Badan", foreign=False)]
    found = [*check(paper("x", same_file=twins, same_figures=twins))]
    named = {remark.audience: str(remark.message) for remark in found}
    assert set(named) == {"inspectorate", "all", "agency"}
    assert "Dinas Sosial" in named["inspectorate"]
    assert not any("Sosial" in named[audience] or "Monev II " in named[audience] for audience in ("all", "agency"))
    assert [*check(paper("x"))] == []


def test_every_profile_names_checks_that_there_are() -> None:
    assert set(PROFILES) == set(RequirementKind)
    assert {name for names in PROFILES.values() for name in names} == set(SENSE)


def test_a_paper_without_a_readable_word_is_not_asked_about_its_words() -> None:
    twin = Twin("Monev II", "Badan", foreign=False)
    assert [remark.code for remark in remarks(paper("", same_file=[twin]))] == ["same_file"]


def test_a_check_that_fails_costs_its_own_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Subject):
        raise ZeroDivisionError

    monkeypatch.setattr("workflows.evidence.sense.registry.SENSE", {**SENSE, "agency": broken})
    found = {remark.code for remark in remarks(paper("Triwulan I Tahun 2026"))}
    assert "quarter_found" in found
    assert not any(code.startswith("agency") for code in found)


@pytest.mark.parametrize(
    "text", ["1" * 20_000, "a" * 20_000, "1 " * 10_000, "tw " * 6_000, "Januari s.d. " * 1_500, "nomor " * 3_000]
)
def test_endless_text_costs_little(text: str) -> None:
    subject = paper(text, expects=ASKED)
    remarks(subject)
    digest_of(subject.pages)
