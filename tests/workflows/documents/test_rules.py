"""The rules one by one: words, dates, statements, findings, criteria, requirements, head, signature."""

from datetime import date

import pytest

from workflows.documents.components import find_component
from workflows.documents.criteria import find_criterion
from workflows.documents.dates import find_date, find_deadline, years_of_events
from workflows.documents.findings import match_findings, weak_clauses
from workflows.documents.header import read_header
from workflows.documents.plan import Component, RequirementKind, Signer
from workflows.documents.reader import read_plan
from workflows.documents.requirements import propose_requirement, quarters
from workflows.documents.signature import grade, read_signature
from workflows.documents.source import Line
from workflows.documents.splitting import in_as_many, statements
from workflows.documents.words import near, says

HEADING = "NO\tHASIL EVALUASI\tREKOMENDASI\tRENCANA AKSI\tBATAS WAKTU\tPENANGGUNG JAWAB\n"


def lines(*texts: str) -> list[Line]:
    return [Line(text, f"baris {number}") for number, text in enumerate(texts, 1)]


def codes(document) -> list[str]:
    return [warning.code.value for warning in document.warnings]


@pytest.mark.parametrize(
    ("typed", "meant", "expected"),
    [
        ("terget", "target", True),
        ("rekomenadasi", "rekomendasi", True),
        ("rekmoendsai", "rekomendasi", True),
        ("peraturan", "pengukuran", False),
        ("pelayanan", "pelaporan", False),
        ("tahunan", "tahun", False),
        ("unik", "unit", False),
        ("sebelum", "belum", False),
    ],
)
def test_a_typo_is_near_and_another_word_is_not(typed, meant, expected):
    assert near(typed, meant) is expected


def test_a_label_is_told_with_stray_and_missing_blanks():
    assert says("RENCA NA AKSI", "rencana aksi")
    assert says("RencanaAksi", "rencana aksi")
    assert not says("Rencana Strategis", "rencana aksi")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tanggal 3 Juni 2026", date(2026, 6, 3)),
        ("17 Pebruari 2026", date(2026, 2, 17)),
        ("Tirta Kencana, 05/11/2026", date(2026, 11, 5)),
        ("2026-11-05", date(2026, 11, 5)),
        ("31 Februari 2026", None),
        ("Triwulan II tahun 2026", None),
        ("30 hari sejak 2026", None),
    ],
)
def test_dates_as_papers_write_them(text, expected):
    assert find_date(text) == expected


def test_a_deadline_is_the_date_after_its_words():
    text = "Menindaklanjuti LHE tanggal 3 Juni 2026 paling lambat tanggal 30 Oktober 2026."
    assert find_deadline(text) == date(2026, 10, 30)
    assert find_deadline("Menindaklanjuti LHE tanggal 3 Juni 2026") is None


def test_the_year_of_a_law_is_no_year_of_the_plan():
    assert years_of_events("sesuai Permen Nomor 88 Tahun 2021 atas LHE Tahun 2022") == [2022]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Satu.\n\nDua.", ["Satu.", "Dua."]),
        ("Menyusun laporan yang\nlengkap", ["Menyusun laporan yang lengkap"]),
        ("Menyusun laporan\nMengirim laporan", ["Menyusun laporan", "Mengirim laporan"]),
        ("1. Menyusun 2. Mengirim 3. Menyimpan", ["Menyusun", "Mengirim", "Menyimpan"]),
        ("a. Menyusun b. Mengirim", ["Menyusun", "Mengirim"]),
        ("1) Menyusun\n2) Mengirim", ["Menyusun", "Mengirim"]),
        ("- Menyusun\n- Mengirim", ["Menyusun", "Mengirim"]),
        ("1. Menyusun laporan pasal 6. ayat", ["Menyusun laporan pasal 6. ayat"]),
        ("Laporan agar lengkap. Data agar benar.", ["Laporan agar lengkap.", "Data agar benar."]),
        ("Laporan agar lengkap. Ini penting.", ["Laporan agar lengkap. Ini penting."]),
        ("Triwulan I, II, III dan IV", ["Triwulan I, II, III dan IV"]),
        ("Nihil", []),
        ("-", []),
        ("", []),
    ],
)
def test_a_cell_is_cut_into_its_statements(text, expected):
    assert statements(text) == expected


def test_actions_without_paragraphs_are_cut_only_when_the_count_is_right():
    text = "Menyusun laporan lengkap Mengirim laporan kepada Inspektorat"
    assert in_as_many([text], 2) == ["Menyusun laporan lengkap", "Mengirim laporan kepada Inspektorat"]
    assert in_as_many([text], 3) == [text]


def test_only_clauses_with_belum_are_findings():
    text = (
        "a.Keberadaan; SOP tersedia sebelum tahun berjalan.\n\nb.Kualitas: data belum lengkap, secara khusus di seksi, "
        "laporan sudah rapi, capaian BELUM dipantau dan laporan telah terbit."
    )
    assert weak_clauses(text) == ["data belum lengkap, secara khusus di seksi", "capaian BELUM dipantau"]


def test_findings_are_matched_by_meaning_and_not_by_order():
    clauses = ["laporan belum memuat hambatan", "laporan belum memuat angka nasional"]
    asked = ["Laporan agar memuat angka nasional", "Laporan agar memuat hambatan"]
    assert match_findings(clauses, asked) == [clauses[1], clauses[0]]


def test_one_weakness_may_stand_behind_two_recommendations_but_not_behind_a_stranger():
    clause = "laporan belum memuat hambatan"
    assert match_findings([clause], ["Laporan memuat hambatan", "Uraikan hambatan", "Gedung dicat"]) == [
        clause,
        clause,
        None,
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A Perencanaan Kinerja (30)", Component.PLANNING),
        ("2. Pengukuran", Component.MEASUREMENT),
        ("LAPORAN: Pelaporan", Component.REPORTING),
        ("Evaluasi Internal", Component.EVALUATION),
        ("C Perencanaan", Component.PLANNING),
        ("D", Component.EVALUATION),
        ("III.", Component.REPORTING),
        ("Lain-lain", None),
        ("", None),
    ],
)
def test_the_name_of_a_component_weighs_more_than_its_letter(text, expected):
    assert find_component(text) == expected


def test_a_criterion_is_left_open_when_unsure():
    assert find_criterion(Component.PLANNING, "indikator belum SMART") == "1.b.5"
    assert find_criterion(Component.PLANNING, "gedung belum dicat") is None
    assert find_criterion(Component.PLANNING, "jangka panjang dan jangka pendek belum ada") is None
    assert find_criterion(Component.REPORTING, None, "laporan agar dipublikasikan") == "3.a.5"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Monev triwulan I, II, III dan IV", (1, 2, 3, 4)),
        ("Monev Triwulan II dan III", (2, 3)),
        ("Monev TW I s.d. III", (1, 2, 3)),
        ("Monev triwulan 1 - 4", (1, 2, 3, 4)),
        ("Monev triwulan I sampai dengan IV", (1, 2, 3, 4)),
        ("Monev setiap triwulan", (1, 2, 3, 4)),
        ("Monev triwulan kedua", (2,)),
        ("Monev triwulan I dan triwulan IV", (1, 4)),
    ],
)
def test_quarters_as_papers_write_them(text, expected):
    assert quarters(text) == expected


def test_the_requirement_follows_the_words_of_the_recommendation():
    grid = propose_requirement("Monev triwulan ditandatangani Kepala Dinas", due_on=None)
    assert (grid.kind, grid.signed_by, grid.per_unit) == (
        RequirementKind.QUARTERLY_MONITORING,
        Signer.AGENCY_HEAD,
        False,
    )
    each = propose_requirement("Monev tiap triwulan dari masing-masing bidang", due_on=None)
    assert (each.signed_by, each.acknowledged_by, each.per_unit) == (Signer.UNIT_HEAD, Signer.AGENCY_HEAD, True)
    outcome = propose_requirement("Tindak lanjut sampai nilai evaluasi meningkat", due_on=None)
    assert outcome.kind is RequirementKind.OUTCOME
    document = propose_requirement("Menetapkan SOP pengumpulan data", due_on=date(2026, 10, 30))
    assert (document.kind, document.signed_by, document.due_on) == (RequirementKind.DOCUMENT, None, date(2026, 10, 30))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Pembina Utama Muda / IVC", "IV/c"),
        ("Pembina Tk. I (IV/b)", "IV/b"),
        ("Penata Tingkat 1, III D", "III/d"),
        ("Penata iii.c", "III/c"),
        ("Golongan IX", "IX"),
        ("Pembina", None),
    ],
)
def test_grades_come_out_in_one_form(typed, expected):
    assert grade(typed) == expected


def test_the_signature_of_an_acting_head_below_place_and_date():
    block, warnings = read_signature(
        lines(
            *("Tirta Kencana, 3 Juni 2026", "Plt. KEPALA DINAS PERIKANAN", "Ir. Nama Contoh, M.Si"),
            *("Pembina Tk. I - IV.b", "NIP 19050817 193003 1 001"),
        )
    )
    assert block.title_lines == ("Plt. KEPALA DINAS PERIKANAN",)
    assert (block.name, block.rank_name, block.rank_grade) == ("Ir. Nama Contoh, M.Si", "Pembina Tk. I", "IV/b")
    assert block.nip == "190508171930031001"
    assert warnings == ()


def test_a_short_nip_is_not_taken_and_an_absent_block_is_told():
    block, (warning,) = read_signature(lines("KEPALA", "Nama Contoh", "NIP. 1905 0817"))
    assert (block.name, block.nip, warning.code.value) == ("Nama Contoh", None, "nip_doubtful")
    block, (warning,) = read_signature(lines("Lampiran"))
    assert (block.title_lines, warning.code.value) == ((), "signature_missing")


def test_head_with_the_report_and_an_agency_over_two_lines():
    header = read_header(
        lines(
            "PEMERINTAH KABUPATEN TIRTA KENCANA",
            "RENCANA AKSI ATAS LHE AKIP",
            "NOMOR 700/014/LHE/2025 TANGGAL 8 JUNI 2025",
            "DINAS PEKERJAAN UMUM",
            "DAN PENATAAN RUANG",
            "KABUPATEN TIRTA KENCANA",
            "TAHUN 2026",
        )
    )
    assert header.agency_name == "DINAS PEKERJAAN UMUM DAN PENATAAN RUANG"
    assert header.year == 2026
    assert (header.report_number, header.report_date) == ("700/014/LHE/2025", date(2025, 6, 8))
    assert header.warnings == ()


def test_an_agency_inside_the_title():
    header = read_header(lines("Rencana Aksi Tindak Lanjut pada Dinas Sosial Kabupaten Tirta Kencana Tahun 2026"))
    assert (header.agency_name, header.year) == ("Dinas Sosial", 2026)


def test_a_title_without_a_year_or_with_two_is_told():
    assert "year_missing" in [w.code.value for w in read_header(lines("RENCANA AKSI", "DINAS SOSIAL")).warnings]
    for title in (
        ["RENCANA AKSI ATAS LHE TAHUN 2025", "DINAS SOSIAL", "TAHUN 2026"],
        ["RENCANA AKSI TAHUN 2026 ATAS LHE TAHUN 2025"],
    ):
        header = read_header(lines(*title))
        assert header.year == 2026
        assert "year_ambiguous" in [warning.code.value for warning in header.warnings]


def test_columns_of_deadline_and_owner_are_read_for_each_recommendation():
    text = HEADING + (
        "C Pelaporan\tlaporan belum rapi\t1. Menata laporan 2. Mengirim laporan\t1. Menata 2. Mengirim\t"
        "1. 30 Juni 2026 2. 31 Juli 2026\tSekretaris\n"
    )
    first, second = read_plan(text.encode(), filename="a.md").recommendations
    assert (first.action.due_on, second.action.due_on) == (date(2026, 6, 30), date(2026, 7, 31))
    assert (first.action.owner, second.action.owner) == ("Sekretaris", "Sekretaris")
    assert first.requirements[0].due_on == date(2026, 6, 30)


def test_counts_that_differ_are_told_and_nothing_is_lost():
    text = HEADING + (
        "C Pelaporan\tlaporan belum rapi\t1. Menata laporan 2. Mengirim laporan\tMenata\n"
        "D Evaluasi\tcatatan belum tuntas\tMenuntaskan catatan\t1. Memilah 2. Menuntaskan\n"
    )
    plan = read_plan(text.encode(), filename="a.md")
    assert [item.action.text for item in plan.recommendations] == ["Menata", None, "Memilah\nMenuntaskan"]
    assert codes(plan).count("action_count_differs") == 2
    assert codes(plan).count("action_missing") == 1


def test_rows_of_one_component_count_on():
    text = HEADING + "A Perencanaan\tx\tMenyusun\ty\n\tx\tMengirim\ty\nB Pengukuran\tx\tMencatat\ty\n"
    plan = read_plan(text.encode(), filename="a.md")
    assert [item.number for item in plan.recommendations] == ["A-1", "A-2", "B-1"]


def test_a_row_of_no_component_is_told_and_a_repeated_heading_is_not():
    text = HEADING + "Lain-lain\tx\tMenyusun\ty\n" + HEADING + "1\t2\t3\t4\t5\t6\nA Perencanaan\tx\tMengirim\ty\n"
    plan = read_plan(text.encode(), filename="a.md")
    assert [(item.number, item.component, item.text) for item in plan.recommendations] == [
        ("X-1", None, "Menyusun"),
        ("A-1", Component.PLANNING, "Mengirim"),
    ]
    assert codes(plan).count("component_unknown") == 1


def test_a_budget_code_and_a_date_are_no_telephone_numbers():
    text = HEADING + "A Perencanaan\tx\tMenyusun kode 5.1.02.01.01.0024 pada 06-07-2026 senilai Rp 850.000.000\ty\n"
    plan = read_plan(text.encode(), filename="a.md")
    assert plan.recommendations[0].text.startswith("Menyusun kode 5.1.02.01.01.0024 pada 06-07-2026 senilai Rp 850")
    assert "phone_dropped" not in codes(plan)
