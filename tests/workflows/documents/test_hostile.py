"""Input that means harm or is simply no plan: one clear sentence, in time, and nothing of it carried on."""

import contextlib
import json
import random
import string
import subprocess
import sys
import time

import pytest

from webapp.demo.sample import sample_plan
from workflows.documents.errors import PlanError, PlanNotFoundError, PlanTooLargeError, UnsupportedPlanError
from workflows.documents.reader import read_plan
from workflows.documents.source import MAX_BYTES, MAX_COLUMNS, MAX_LINES, MAX_ROWS

MEGABYTE = 1_000_000
HEADING = "NO\tHASIL EVALUASI\tREKOMENDASI\tRENCANA AKSI\n"


def random_words(count: int) -> str:
    chance = random.Random(7)  # the same words in every run
    return " ".join("".join(chance.choices(string.ascii_lowercase, k=chance.randint(4, 11))) for _ in range(count))


def full_plan_of_random_words() -> str:
    rows = [
        f"{letter} {name}\t{random_words(3000)}\t"
        + "".join(f"<p>{random_words(60)}</p>" for _ in range(40))
        + "\t"
        + "".join(f"<p>{random_words(60)}</p>" for _ in range(40))
        for letter, name in zip("ABCD", ("Perencanaan", "Pengukuran", "Pelaporan", "Evaluasi"), strict=True)
    ]
    return HEADING + "\n".join(rows)


HOSTILE = {
    "open tags": "<" * MEGABYTE,
    "endless tag": "<p" + "a" * MEGABYTE,
    "endless attribute": "<p " + "a=" * (MEGABYTE // 2),
    "open paragraphs": "<p>" * (MEGABYTE // 3),
    "open comments": "<!--" * (MEGABYTE // 4),
    "open scripts": "<script>" * (MEGABYTE // 8),
    "open tables": "<table>" * (MEGABYTE // 7),
    "open rows": "<tr><td>" * (MEGABYTE // 8),
    "huge spans": "<table><tr>" + '<td rowspan="9999" colspan="9999">x' * 20_000,
    "line feeds": "\n" * MEGABYTE,
    "blanks": " " * MEGABYTE + "x",
    "blank lines with blanks": " \n" * (MEGABYTE // 2),
    "tabs": "\t" * MEGABYTE,
    "pipes": "|" * MEGABYTE,
    "pipe rows": "|a|b|c|\n" * (MEGABYTE // 8),
    "most cells": ("|" + "<b>a</b>|" * MAX_COLUMNS + "\n") * MAX_ROWS,
    "most lines": "<b>Dinas</b> nomor LHE\n" * MAX_LINES,
    "stars": "*" * MEGABYTE,
    "underlines": "_" * MEGABYTE,
    "backslashes": "\\" * MEGABYTE,
    "entities": "&amp;" * (MEGABYTE // 5),
    "endless entity": "&#" + "9" * MEGABYTE + ";",
    "digits": "0" * MEGABYTE,
    "almost telephone numbers": "0 1-2.3(4)5" * (MEGABYTE // 11),
    "one cell": HEADING + "A Perencanaan\tx\t" + "a" * MEGABYTE + "\tx",
    "numbering": HEADING + "A Perencanaan\tx\t" + " 1. a 2. b" * 5_000 + "\tx",
    "weak clauses": HEADING + "A Perencanaan\t" + "belum, " * 8_000 + "\t" + "<p>x agar y</p>" * 150 + "\tx",
    "joined clauses": HEADING + "A Perencanaan\t" + "belum a dan b " * 4_000 + "\tx agar y\tx",
    "dots": HEADING + "A Perencanaan\t" + "aaa." * 15_000 + "\t" + "aaa.A" * 10_000 + "\tx",
    "quotes": HEADING + '"a\n' * 100_000,
    "header lines": "Dinas nomor LHE evaluasi tahun\n" * 15_000 + HEADING + "A Perencanaan\tx\ty\tz",
    "random words": full_plan_of_random_words(),
    "accents": "e\u0301" * (MEGABYTE // 3),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_harm_ends_within_two_seconds(name):
    data = HOSTILE[name].encode()
    started = time.process_time()
    with contextlib.suppress(PlanError):
        read_plan(data, filename="a.md")
    assert time.process_time() - started < 2


def test_tags_and_scripts_end_as_harmless_text():
    attack = (
        "Menyusun <script>alert(1)</script>laporan <img src=x onerror=alert(2)>&lt;script&gt;alert(3)&lt;/script&gt; "
        "<scr<b>ipt>tiga</b> &amp;lt;svg onload=x&amp;gt; 3 < 5"
    )
    text = HEADING + f"A Perencanaan\t{attack}\t{attack}\t{attack}"
    plan = json.dumps(read_plan(text.encode(), filename="a.md").to_json())
    assert "laporan" in plan
    assert "3 < 5" in plan
    for sign in ("<s", "<i", "</", "onerror", "alert(1)", "alert(3)"):
        assert sign not in plan


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("  \n\t\n", "empty"),
        ("Sebuah surat biasa tentang rencana aksi dan rekomendasi.", "no_plan_table"),
        ("| Nama | Umur |\n|---|---|\n| Budi | 7 |", "no_plan_table"),
        (HEADING, "no_recommendation"),
        (HEADING + "A Perencanaan\tbaik\tNihil\t-", "no_recommendation"),
    ],
)
def test_a_file_without_a_plan_says_what_was_looked_for(text, code):
    with pytest.raises(PlanNotFoundError) as refusal:
        read_plan(text.encode(), filename="a.md")
    assert refusal.value.code == code
    assert "rencana aksi" in refusal.value.message.casefold()


@pytest.mark.parametrize("data", [b"a\0b", b"\xff\xfea", b"\x89PNG\r\n\x1a\n\0"])
def test_bytes_that_are_no_text_are_refused(data):
    with pytest.raises(UnsupportedPlanError) as refusal:
        read_plan(data, filename="a.md")
    assert refusal.value.code == "not_text"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a" * (MAX_BYTES + 1), "too_large"),
        ("a\n" * 6_000, "too_many_lines"),
        ("|a|b|\n" * (MAX_ROWS + 1), "too_many_rows"),
        ("|a" * (MAX_COLUMNS + 1) + "|", "too_many_columns"),
        (("|a" * MAX_COLUMNS + "|\n") * 1_000, "too_many_rows"),
        ("<table><tr>" + "<td>a" * (MAX_COLUMNS + 5), "too_many_columns"),
        (HEADING + "A Perencanaan\t" + "a" * 70_000 + "\tb\tc", "text_too_long"),
        (HEADING + "A Perencanaan\tb\t" + "<p>Menyusun laporan</p>" * 1_300 + "\tc", "too_many_recommendations"),
    ],
)
def test_each_limit_is_told_in_one_sentence(text, code):
    with pytest.raises(PlanTooLargeError) as refusal:
        read_plan(text.encode(), filename="a.md")
    assert refusal.value.code == code


def test_any_cut_of_a_plan_is_read_or_refused():
    data = sample_plan()
    for end in range(0, len(data), 97):
        try:
            read_plan(data[:end], filename="a.md")
        except PlanNotFoundError:
            continue


def test_the_reader_brings_nothing_that_reaches_outside():
    """It runs in the sandbox: importing it must not load a database, a network client or a web framework."""
    code = "import sys, workflows.documents; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlalchemy", "flask", "socket", "ssl", "sqlite3", "minio", "redis", "celery"} & set(loaded)
