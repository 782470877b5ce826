"""One paper in four formats says the same, whatever its layout; places alone differ."""

import json
from pathlib import Path

import pytest

from tests.support.papers import FORMATS, Block, Grid, docx, markdown, pdf, xlsx
from workflows.documents.plan import Paper, PlanDocument
from workflows.documents.reader import read_plan

TITLE = (
    "RENCANA AKSI TINDAK LANJUT LAPORAN HASIL EVALUASI AKIP TAHUN 2025",
    "DINAS PEKERJAAN UMUM DAN PENATAAN RUANG",
    "KABUPATEN TIRTA KENCANA",
    "Nomor LHE : 700/41/INSP/2025 tanggal 12 Mei 2025",
)
SIGNATURE = ("KEPALA DINAS", "Ir. BAYU SAMUDRA, M.T.", "Pembina Utama Muda / IVC", "NIP. 19050817 193003 1 001")
EVALUATION = "Evaluasi Akuntabilitas Kinerja Internal"

APART = [
    *TITLE,
    Grid(
        [
            [
                "NO",
                "KOMPONEN",
                "CATATAN HASIL EVALUASI",
                "REKOMENDASI",
                "RENCANA AKSI",
                "TARGET WAKTU",
                "PENANGGUNG JAWAB",
                "KET",
            ],
            ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"],
            [
                *("1", "Perencanaan Kinerja", "Rencana aksi belum dipantau berkala"),
                "Menyusun monev triwulan I sampai dengan IV yang ditandatangani setiap kepala bidang dan diketahui Kepala Dinas",
                *("Menyusun laporan monev setiap triwulan", "TW II 2025", "Sekretaris", "-"),
            ],
            [
                *("", "", "Indikator belum SMART", "Memperbaiki indikator kinerja agar memenuhi kriteria SMART"),
                *("Merevisi IKU", "30/06/2025", "Kepala Bidang Program", "-"),
            ],
            [
                *("2", "Pengukuran Kinerja", "Pengukuran belum berjenjang"),
                "Melakukan pengukuran kinerja secara berjenjang di setiap bidang",
                *("Melaksanakan rapat dialog kinerja", "Desember 2025", "Sekretaris", "-"),
            ],
            [
                *("3", "Pelaporan Kinerja", "LKjIP belum membandingkan realisasi dengan tahun sebelumnya"),
                "Menyajikan perbandingan realisasi kinerja dengan tahun sebelumnya pada Laporan Kinerja",
                *("Menyempurnakan LKjIP", "31 Januari 2026", "Sekretaris", "-"),
            ],
            [
                *("4", EVALUATION, "Rekomendasi belum ditindaklanjuti"),
                "Menindaklanjuti seluruh rekomendasi LHE tahun sebelumnya dengan indikator peningkatan nilai AKIP",
                *("Menindaklanjuti rekomendasi", "31/12/2025", "Kepala Dinas", "-"),
            ],
        ],
        merged=[(2, 0, 3, 0), (2, 1, 3, 1)],
        widths=[0.5, 1.3, 2, 2.5, 2, 1.4, 1.5, 0.6],
    ),
    *SIGNATURE,
]
SECTION_ROWS = [
    *TITLE,
    Grid(
        [
            ["NO", "REKOMENDASI", "RENCANA AKSI", "JADWAL PELAKSANAAN", "PIC"],
            ["A.", "PERENCANAAN KINERJA", "", "", ""],
            ["1", "Menyempurnakan pohon kinerja", "Menyusun pohon kinerja baru", "Triwulan III", "Sekretariat"],
            [
                "2",
                "Menetapkan rencana aksi yang dinamis",
                "Menetapkan rencana aksi per triwulan",
                "TW IV 2025",
                "Sekretariat",
            ],
            ["B.", "PENGUKURAN KINERJA", "", "", ""],
            [
                "1",
                "Memanfaatkan aplikasi untuk pengumpulan data kinerja",
                "Membangun aplikasi",
                "Semester II 2025",
                "Bidang Data",
            ],
            ["C.", "PELAPORAN KINERJA", "", "", ""],
            [
                "1",
                "LKjIP agar menjelaskan hambatan pencapaian kinerja",
                "Menambah bab hambatan",
                "Februari 2026",
                "Sekretariat",
            ],
            [
                "2",
                "LKjIP agar memuat efisiensi penggunaan sumber daya",
                "Menambah analisis",
                "Februari 2026",
                "Sekretariat",
            ],
        ],
        merged=[(1, 1, 1, 4), (4, 1, 4, 4), (6, 1, 6, 4)],
        widths=[0.5, 3, 3, 1.3, 1.2],
    ),
    *SIGNATURE,
]
NO_COMPONENT = [
    *TITLE,
    Grid(
        [
            ["No.", "Rekomendasi", "Rencana Tindak Lanjut", "Batas Waktu", "Penanggungjawab"],
            [
                "1.",
                "Agar menyempurnakan Renstra dengan pohon kinerja",
                "Menyempurnakan Renstra",
                "30 September 2025",
                "Sekretaris",
            ],
            [
                "2.",
                "Agar melaksanakan monitoring evaluasi triwulan oleh setiap bidang",
                "Melaksanakan monev",
                "TW I, II, III dan IV 2025",
                "Semua Kabid",
            ],
            [
                "3.",
                "Agar laporan kinerja menyajikan perbandingan dengan realisasi nasional",
                "Melengkapi LKjIP",
                "Maret 2026",
                "Sekretaris",
            ],
            [
                "4.",
                "Agar menindaklanjuti rekomendasi LHE tahun lalu",
                "Menyusun matriks",
                "Desember 2025",
                "Sekretaris",
            ],
            [
                "5.",
                "Agar menyusun pedoman teknis pengumpulan data kinerja",
                "Menyusun SOP",
                "Agustus 2025",
                "Sekretaris",
            ],
        ],
        widths=[0.5, 3, 3, 1.3, 1.2],
    ),
    *SIGNATURE,
]
TWO_HEADINGS = [
    *TITLE,
    Grid(
        [
            ["NO", "KOMPONEN / SUB KOMPONEN", "REKOMENDASI", "RENCANA AKSI", "", ""],
            ["", "", "", "KEGIATAN", "WAKTU", "PENANGGUNG JAWAB"],
            [
                "A",
                "Perencanaan Kinerja",
                "Menyusun laporan monev triwulan oleh tiap bidang",
                "Menyusun jadwal monev",
                "Juni 2025",
                "Sekretaris",
            ],
            ["", "", "", "Melaksanakan monev", "Juli 2025", "Kabid"],
            ["", "", "", "Melaporkan hasil monev", "Agustus 2025", "Kabid"],
            [
                "C",
                "Pelaporan Kinerja",
                "Menyajikan hambatan dalam LKjIP",
                "Menambah analisis hambatan",
                "Januari 2026",
                "Sekretaris",
            ],
        ],
        merged=[(0, 0, 1, 0), (0, 1, 1, 1), (0, 2, 1, 2), (0, 3, 0, 5), (2, 0, 4, 0), (2, 1, 4, 1), (2, 2, 4, 2)],
        widths=[0.4, 1.5, 3, 2, 1.2, 1.3],
    ),
    *SIGNATURE,
]
REPORT = [
    "INSPEKTORAT DAERAH",
    "KABUPATEN TIRTA KENCANA",
    "LAPORAN HASIL EVALUASI AKUNTABILITAS KINERJA INSTANSI PEMERINTAH",
    "PADA DINAS PERTANIAN TAHUN 2025",
    "Nomor : 700/88/LHE/2025",
    "Tanggal : 3 Juni 2025",
    "Berdasarkan Peraturan Menteri PANRB Nomor 88 Tahun 2021 kami telah melakukan evaluasi atas akuntabilitas kinerja Dinas "
    'Pertanian dengan hasil memperoleh nilai 72,35 dengan predikat "BB" sebagai berikut.',
    Grid(
        [
            ["NO", "KOMPONEN YANG DINILAI", "BOBOT", "NILAI 2024", "NILAI 2025"],
            ["1", "Perencanaan Kinerja", "30", "21,10", "22,50"],
            ["2", "Pengukuran Kinerja", "30", "20,00", "21,00"],
            ["3", "Pelaporan Kinerja", "15", "10,50", "11,25"],
            ["4", EVALUATION, "25", "17,00", "17,60"],
            ["", "Nilai Hasil Evaluasi", "100", "68,60", "72,35"],
        ]
    ),
    "Tindak lanjut atas rekomendasi tahun sebelumnya adalah sebagai berikut:",
    Grid([["NO", "REKOMENDASI", "TINDAK LANJUT", "STATUS"], ["1", "Menyusun Renstra", "Telah disusun", "Selesai"]]),
    "Catatan dan rekomendasi hasil evaluasi disajikan dalam tabel berikut.",
    Grid(
        [
            ["NO", "KOMPONEN", "CATATAN", "REKOMENDASI"],
            [
                *("1", "Perencanaan Kinerja", "Indikator kinerja belum SMART"),
                "1. Memperbaiki indikator kinerja agar SMART\n2. Menyusun pohon kinerja",
            ],
            [
                *("2", "Pengukuran Kinerja", "Pengukuran belum dimanfaatkan untuk tunjangan"),
                "Memanfaatkan pengukuran kinerja sebagai dasar pemberian tunjangan",
            ],
            [
                *("3", "Pelaporan Kinerja", "Laporan belum memuat efisiensi"),
                "Menyajikan efisiensi sumber daya pada laporan kinerja",
            ],
        ],
        widths=[0.4, 1.2, 2, 3],
    ),
    *("INSPEKTUR", "Drs. WIRA LAUTAN, M.Si", "Pembina Utama Muda / IVc", "NIP. 19030817 192903 1 001"),
]
NARRATIVE = [
    *("PEMERINTAH KABUPATEN TIRTA KENCANA", "INSPEKTORAT", "LAPORAN HASIL EVALUASI AKIP", "DINAS KESEHATAN TAHUN 2025"),
    *("Nomor: 700/91/LHE/2025", "Tanggal: 5 Juni 2025", "I. PENDAHULUAN"),
    "Evaluasi dilaksanakan berdasarkan Peraturan Menteri PANRB Nomor 88 Tahun 2021 tentang Evaluasi AKIP untuk menilai "
    "pelaksanaan sistem akuntabilitas kinerja pada perangkat daerah.",
    *(
        "II. HASIL EVALUASI",
        "Dinas Kesehatan memperoleh nilai 65,10 dengan kategori B (Baik).",
        "A. Perencanaan Kinerja",
    ),
    "Dokumen perencanaan telah tersedia, namun rencana aksi belum dipantau secara berkala oleh pimpinan.",
    *("B. Pengukuran Kinerja", "Pengukuran telah dilakukan, data kinerja belum dikumpulkan dengan aplikasi."),
    *("C. Pelaporan Kinerja", "Laporan kinerja belum menyajikan perbandingan dengan realisasi nasional."),
    *(f"D. {EVALUATION}", "Rekomendasi tahun sebelumnya belum sepenuhnya ditindaklanjuti.", "III. REKOMENDASI"),
    *(
        "Berdasarkan uraian tersebut kami merekomendasikan kepada Kepala Dinas Kesehatan agar:",
        "1. Perencanaan Kinerja",
    ),
    "a. Memantau rencana aksi secara berkala setiap triwulan dan menandatanganinya oleh setiap kepala bidang;",
    *("b. Menyempurnakan indikator kinerja utama;", "2. Pengukuran Kinerja"),
    *("a. Memanfaatkan aplikasi dalam pengumpulan data kinerja.", "3. Pelaporan Kinerja"),
    "a. Menyajikan perbandingan realisasi kinerja dengan realisasi nasional dalam LKjIP.",
    f"4. {EVALUATION}",
    "a. Menindaklanjuti seluruh rekomendasi LHE tahun sebelumnya sehingga nilai evaluasi meningkat.",
    *("IV. PENUTUP", "Demikian laporan ini disampaikan untuk ditindaklanjuti."),
    *("INSPEKTUR", "Drs. WIRA LAUTAN, M.Si", "NIP. 19030817 192903 1 001"),
]
SECTIONS: list[Block] = [
    "LAPORAN HASIL EVALUASI",
    "AKUNTABILITAS KINERJA INSTANSI PEMERINTAH",
    "DINAS PERHUBUNGAN KOTA CONTOH",
    "TAHUN ANGGARAN 2024",
    "NOMOR : 700.1.2.3/15/ITKO/2025",
    "Hasil evaluasi menunjukkan nilai sebesar 68,45 atau predikat B.",
    "1. Perencanaan Kinerja",
    "Catatan:",
    "a. Rencana aksi belum memuat target triwulanan.",
    "Rekomendasi:",
    "a. Menyusun rencana aksi yang memuat target triwulanan;",
    "b. Mempublikasikan dokumen perencanaan tepat waktu.",
    "2. Pengukuran Kinerja",
    "Catatan:",
    "a. Pengumpulan data kinerja belum menggunakan aplikasi.",
    "Rekomendasi:",
    "Menggunakan aplikasi dalam pengumpulan data kinerja.",
    "3. Pelaporan Kinerja",
    "Catatan:",
    "Laporan belum dimanfaatkan.",
    "Rekomendasi:",
    "Memanfaatkan informasi laporan kinerja untuk perbaikan perencanaan berikutnya.",
    "4. Evaluasi Akuntabilitas Kinerja Internal",
    "Rekomendasi:",
    "Melaksanakan evaluasi internal pada seluruh bidang.",
    "Demikian disampaikan.",
    "Inspektur,",
    "Drs. WIRA",
]
LETTER: list[Block] = [
    "PEMERINTAH KOTA CONTOH",
    "INSPEKTORAT DAERAH",
    "Nomor : 700/77/2025",
    "Tanggal : 14 April 2025",
    "Hal : Laporan Hasil Evaluasi AKIP Tahun 2024",
    "Kepada Yth. Kepala Dinas Sosial",
    "Berdasarkan hasil evaluasi, nilai akuntabilitas kinerja Dinas Sosial adalah 71,20 (BB).",
    "Sehubungan dengan hal tersebut, kami merekomendasikan hal-hal sebagai berikut:",
    "1. Menyempurnakan cascading kinerja sampai level individu.",
    "2. Melakukan monitoring dan evaluasi capaian kinerja setiap triwulan oleh seluruh bidang yang ditandatangani kepala bidang.",
    "3. Menyajikan analisis efisiensi sumber daya dalam laporan kinerja.",
    "4. Menindaklanjuti rekomendasi hasil evaluasi tahun sebelumnya.",
    "Demikian laporan ini kami sampaikan.",
]
NUMBERED: list[Block] = [
    "RENCANA AKSI TINDAK LANJUT HASIL EVALUASI SAKIP TAHUN 2025",
    "RSUD DR CONTOH",
    Grid(
        [
            ["NO", "KOMPONEN", "CATATAN", "REKOMENDASI", "RENCANA AKSI", "WAKTU", "PJ"],
            [
                "I",
                "PERENCANAAN KINERJA",
                "1. IKU belum SMART\n2. Target belum menantang",
                "1. Memperbaiki IKU agar SMART\n2. Menetapkan target yang menantang",
                "1. Reviu IKU\n2. Reviu target",
                "1. Maret 2025\n2. Juni 2025",
                "1. Kabag Perencanaan\n2. Wadir",
            ],
            [
                "II",
                "PENGUKURAN KINERJA",
                "Data belum andal",
                "Menyusun SOP pengumpulan data",
                "Menyusun SOP",
                "April 2025",
                "Kabag",
            ],
            ["III", "PELAPORAN KINERJA", "-", "Nihil", "-", "", ""],
            [
                "IV",
                "EVALUASI INTERNAL",
                "Evaluasi belum berjenjang",
                "Melaksanakan evaluasi berjenjang",
                "Evaluasi berjenjang",
                "Desember 2025",
                "SPI",
            ],
        ]
    ),
]
TABLES: list[Block] = [
    "RENCANA AKSI ATAS LHE TAHUN 2025",
    "BADAN PENDAPATAN DAERAH",
    "A. Perencanaan Kinerja",
    Grid(
        [
            ["No", "Rekomendasi", "Rencana Aksi"],
            ["1", "Menyusun cascading", "Rapat cascading"],
            ["2", "Menyusun IKU", "Reviu IKU"],
        ]
    ),
    "B. Pengukuran Kinerja",
    Grid([["No", "Rekomendasi", "Rencana Aksi"], ["1", "Mengukur berkala", "Mengukur tiap triwulan"]]),
    "KEPALA BADAN",
    "X",
    "NIP. 19050817 193003 1 001",
]
BY_CRITERION: list[Block] = [
    "MATRIKS TINDAK LANJUT REKOMENDASI LHE SAKIP TAHUN 2025",
    "KECAMATAN SUKAMAJU",
    Grid(
        [
            ["No", "Kriteria", "Rekomendasi", "Rencana Aksi", "Output", "TW I", "TW II", "TW III", "TW IV", "PJ"],
            ["1", "1.c.4", "Memantau rencana aksi berkala", "Rapat monev", "Notulen", "v", "v", "v", "v", "Sekcam"],
            [
                "2",
                "3.b.6",
                "Membandingkan realisasi kinerja dengan nasional",
                "Menambah tabel",
                "LKjIP",
                "",
                "",
                "",
                "v",
                "Kasubag",
            ],
            [
                "3",
                "4.c.1",
                "Menindaklanjuti seluruh rekomendasi",
                "Menyusun matriks",
                "Matriks",
                "",
                "v",
                "",
                "",
                "Camat",
            ],
        ]
    ),
]
PAPERS: dict[str, list[Block]] = {
    "component and number apart": APART,
    "components in rows of their own": SECTION_ROWS,
    "no component anywhere": NO_COMPONENT,
    "two heading rows and a merged recommendation": TWO_HEADINGS,
    "a report with tables": REPORT,
    "a report in prose": NARRATIVE,
    "a report with recommendations in each chapter": SECTIONS,
    "a report as a letter": LETTER,
    "numbered lists in cells": NUMBERED,
    "a table for each component": TABLES,
}
# Without lines nothing tells cells side by side under one heading apart, and a table is told by its heading alone.
NEEDS_LINES = {"two heading rows and a merged recommendation", "a report with tables"}


def without_places(plan: PlanDocument) -> dict:
    document = plan.to_json()
    return {**document, "warnings": [{**warning, "where": ""} for warning in document["warnings"]]}


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pdf"])
def test_the_real_plan_says_the_same_in_every_format(seed_folder: Path, kind: str) -> None:
    plans = {
        suffix: read_plan(next(seed_folder.glob(f"*.{suffix}")).read_bytes(), filename=f"rencana.{suffix}")
        for suffix in ("md", kind)
    }
    assert without_places(plans[kind]) == without_places(plans["md"])
    assert "0000000" not in json.dumps([plans[kind].to_json(), plans[kind].beside()])


PAIRS = [
    (name, kind)
    for name in PAPERS
    for kind in FORMATS
    if kind != "md" and not (name in NEEDS_LINES and kind == "pdf without lines")
]


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_another_layout_says_the_same_in_every_format(name: str, kind: str) -> None:
    reference = read_plan(markdown(PAPERS[name]), filename="a.md")
    plan = read_plan(FORMATS[kind](PAPERS[name]), filename="a")
    assert without_places(plan) == without_places(reference)
    assert (plan.paper, plan.scores) == (reference.paper, reference.scores)
    assert set(plan.places) == {recommendation.number for recommendation in plan.recommendations}
    assert all(plan.cells[where] for where in plan.places.values())


def told(name: str) -> list[tuple]:
    plan = read_plan(markdown(PAPERS[name]), filename="a.md")
    return [
        (item.number, item.criterion, item.requirements[0].kind.value, item.action.due_on and str(item.action.due_on))
        for item in plan.recommendations
    ]


def test_a_component_beside_its_number_and_terms_of_all_kinds() -> None:
    assert told("component and number apart") == [
        ("A-1", "1.c.4", "quarterly_monitoring", "2025-06-30"),
        ("A-2", "1.b.5", "document", "2025-06-30"),
        ("B-1", None, "document", "2025-12-31"),
        ("C-1", "3.b.5", "performance_report", "2026-01-31"),
        ("D-1", "4.c.1", "outcome", "2025-12-31"),
    ]


def test_rows_that_only_name_a_component_are_titles() -> None:
    assert [row[0] for row in told("components in rows of their own")] == ["A-1", "A-2", "B-1", "C-1", "C-2"]
    assert [row[3] for row in told("components in rows of their own")] == [
        *("2025-09-30", "2025-12-31", "2025-12-31", "2026-02-28", "2026-02-28"),
    ]


def test_a_component_that_is_nowhere_written_is_guessed_and_said_so() -> None:
    plan = read_plan(markdown(NO_COMPONENT), filename="a.md")
    assert [item.number for item in plan.recommendations] == ["A-1", "B-1", "B-2", "C-1", "D-1"]
    codes = [warning.code.value for warning in plan.warnings]
    assert codes.count("component_guessed") == 5


def test_actions_beside_one_merged_recommendation_stay_together() -> None:
    first = read_plan(markdown(TWO_HEADINGS), filename="a.md").recommendations[0]
    assert first.action.text == "Menyusun jadwal monev\nMelaksanakan monev\nMelaporkan hasil monev"
    assert (str(first.action.due_on), first.action.owner) == ("2025-08-31", "Sekretaris; Kabid")


def test_a_report_has_number_date_scores_and_no_recommendation_of_last_year() -> None:
    plan = read_plan(markdown(REPORT), filename="a.md")
    assert (plan.paper, plan.agency_name, plan.year) == (Paper.REPORT, "DINAS PERTANIAN", 2025)
    assert (plan.report_number, str(plan.report_date)) == ("700/88/LHE/2025", "2025-06-03")
    assert (plan.scores.total, plan.scores.grade) == ("72.35", "BB")
    assert plan.beside()["component_scores"] == {"A": "22.50", "B": "21.00", "C": "11.25", "D": "17.60"}
    assert "Menyusun Renstra" not in {item.text for item in plan.recommendations}
    assert [item.number for item in plan.recommendations] == ["A-1", "A-2", "B-1", "C-1"]


def test_recommendations_in_prose_are_found_by_component_with_their_weakness() -> None:
    plan = read_plan(docx(NARRATIVE), filename="a.docx")
    assert [item.number for item in plan.recommendations] == ["A-1", "A-2", "B-1", "C-1", "D-1"]
    assert plan.recommendations[2].finding == "data kinerja belum dikumpulkan dengan aplikasi"
    assert (plan.paper, plan.scores.total, plan.scores.grade) == (Paper.REPORT, "65.10", "B")


def test_reports_of_other_offices() -> None:
    chapters = read_plan(markdown(SECTIONS), filename="a.md")
    assert [item.number for item in chapters.recommendations] == ["A-1", "A-2", "B-1", "C-1", "D-1"]
    assert chapters.recommendations[0].finding == "Rencana aksi belum memuat target triwulanan"
    assert (chapters.report_number, chapters.report_date, chapters.year) == ("700.1.2.3/15/ITKO/2025", None, 2024)
    letter = read_plan(markdown(LETTER), filename="a.md")
    assert [item.number for item in letter.recommendations] == ["A-1", "B-1", "C-1", "D-1"]
    assert (letter.agency_name, letter.year, str(letter.report_date)) == ("Dinas Sosial", 2024, "2025-04-14")
    assert (letter.scores.total, letter.scores.grade) == ("71.20", "BB")


def test_plans_of_other_offices() -> None:
    assert told("numbered lists in cells") == [
        ("A-1", None, "document", "2025-03-31"),
        ("A-2", "1.b.7", "document", "2025-06-30"),
        ("B-1", None, "document", "2025-04-30"),
        ("D-1", "4.a.3", "document", "2025-12-31"),
    ]
    assert [row[0] for row in told("a table for each component")] == ["A-1", "A-2", "B-1"]
    by_criterion = read_plan(markdown(BY_CRITERION), filename="a.md").recommendations
    assert [(item.number, item.criterion) for item in by_criterion] == [
        *(("A-1", "1.c.4"), ("C-1", "3.b.6"), ("D-1", "4.c.1")),
    ]


def test_a_row_goes_on_over_the_end_of_a_page() -> None:
    """Each row is longer than a page, so that every cell is cut; the heading is printed again."""
    words = [
        first + second + third for first in "bcdfghjkl" for second in "aeiou" for third in ("man", "tak", "sir") * 6
    ]
    long = "Dokumen telah ada, " + " ".join(words) + " belum dipantau secara berkala, semua telah baik."
    paper: list[Block] = [
        *TITLE,
        Grid(
            [
                ["NO", "HASIL EVALUASI", "REKOMENDASI", "RENCANA AKSI"],
                ["A Perencanaan Kinerja", long, "Menyusun rencana aksi yang dipantau", "Menyusun rencana"],
                ["B Pengukuran Kinerja", long, "Melakukan pengukuran berkala", "Mengukur"],
            ]
        ),
        *SIGNATURE,
    ]
    for lines in (True, False):
        plan = read_plan(pdf(paper, lines=lines), filename="a.pdf")
        assert without_places(plan) == without_places(read_plan(markdown(paper), filename="a.md"))


def test_other_sheets_are_passed_over_and_dates_are_dates() -> None:
    plan_sheet: list[Block] = [
        *TITLE,
        Grid(
            [
                ["NO", "KOMPONEN", "REKOMENDASI", "RENCANA AKSI", "BATAS WAKTU"],
                ["1", "Perencanaan Kinerja", "Menyusun pohon kinerja", "Menyusun", "#date 46053"],
                ["", "", "Menyusun IKU", "Menyusun", "#formula TODAY()#31 Maret 2026"],
            ]
        ),
    ]
    other: list[Block] = [
        "PETUNJUK",
        Grid([["Kode", "Arti"], ["A", "Perencanaan"], *(["x", "y"] for _ in range(2_000))]),
    ]
    plan = read_plan(xlsx(plan_sheet, before={"Petunjuk": other}), filename="a.xlsx")
    assert [str(item.action.due_on) for item in plan.recommendations] == ["2026-01-31", "2026-03-31"]
    assert plan.agency_name == "DINAS PEKERJAAN UMUM DAN PENATAAN RUANG"
    (warning,) = [warning for warning in plan.warnings if warning.code == "formula"]
    assert warning.where.endswith("sel E7")


def test_html_in_a_cell_is_text_in_every_format() -> None:
    attack = "Menyusun <script>alert(1)</script> dan <img src=x onerror=alert(2)> pohon kinerja"
    paper: list[Block] = [*TITLE, Grid([["KOMPONEN", "REKOMENDASI", "RENCANA AKSI"], ["Perencanaan", attack, attack]])]
    for make in (docx, xlsx):
        text = json.dumps(read_plan(make(paper), filename="a").to_json())
        assert "pohon kinerja" in text
        assert "<s" not in text
        assert "<i" not in text
