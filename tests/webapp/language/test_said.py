"""Sentences of the rules in the reader's language, fresh or stored; what is nobody's sentence stays as it is."""

import copy
import io
import json
import pickle
from collections.abc import Iterator

import flask
import pytest

from webapp.extensions import babel
from webapp.language import choose_locale, say
from webapp.translations import translations
from workflows.core.sentences import TEMPLATES, Template, recognise
from workflows.documents.errors import PlanError
from workflows.documents.reader import read_plan
from workflows.evidence.checks.failure import MESSAGES
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.sentences import BLANK_PAGES, MORE_BLANK_PAGES, OTHER_KIND


@pytest.fixture
def english() -> Iterator[None]:
    """A request of somebody who reads English."""
    app = flask.Flask(__name__)
    babel.init_app(app, locale_selector=choose_locale)
    with app.test_request_context("/", headers={"Cookie": "bahasa=en"}):
        yield


@pytest.mark.parametrize("template", list(TEMPLATES.values()), ids=lambda template: template.text[:40])
def test_every_template_is_said_fresh_and_stored(template: Template, english: None) -> None:
    values = {name: f"{index}2" for index, name in enumerate(template.names, 1)}
    fresh, wanted = template(**values), translations("en").gettext(template.text) % values
    stored = json.loads(json.dumps({"message": fresh}))["message"]
    assert type(stored) is str
    assert say(fresh) == say(stored) == wanted


def test_indonesian_is_said_as_it_stands() -> None:
    assert say(BLANK_PAGES(pages="1, 2")) == "Halaman kosong: 1, 2."
    assert type(say(BLANK_PAGES(pages="1"))) is str


def test_the_more_telling_template_is_the_one_that_is_meant(english: None) -> None:
    assert say("Halaman kosong: 1, 2 dan 3 lainnya.") == "Blank pages: 1, 2 and 3 more."
    assert recognise("Halaman kosong: 1, 2 dan 3 lainnya.") == (MORE_BLANK_PAGES, {"pages": "1, 2", "more": "3"})


@pytest.mark.parametrize("text", ["", "Bidang B1", "Sudah kami perbaiki: lihat halaman 3.", "%(name)s", "100 %", "⟦"])
def test_peoples_own_words_stay(text: str, english: None) -> None:
    assert say(text) == text


def test_what_a_hostile_checker_might_say_costs_nothing_and_fills_nothing_in(english: None) -> None:
    long = "PDF memuat berkas lampiran: " + ", ".join(["a dan "] * 800)
    assert say(long) == long
    assert say("Halaman kosong: %(pages)1000000s.") == "Blank pages: %(pages)1000000s."


def test_a_sentence_that_is_copied_or_sent_is_plain_text() -> None:
    made = OTHER_KIND(kind="foto JPEG")
    for sent in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):  # noqa: S301 - our own
        assert type(sent) is str
        assert sent == made


def test_a_template_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="phrase"):
        Template("Tanpa nilai.")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty (0 bytes). Choose another file."),
        (b"\x89PNG\r\n", "This file is not a PDF (it looks like a PNG image). Save or print the document as a PDF, then upload the result."),
        (b"PK\x03\x04", "This file is not a PDF (it looks like an Office document (docx or xlsx) or a ZIP archive). Save or print the document as a PDF, then upload the result."),
        (b"hello", "This file is not a PDF (its contents are not PDF). Save or print the document as a PDF, then upload the result."),
        (b"xy%PDF-1.7\n", "Foreign bytes before the start of the PDF: 2."),
    ],
)  # fmt: skip
def test_findings_of_the_real_checks_are_said(data: bytes, sentence: str, english: None) -> None:
    report = check_file(io.BytesIO(data), name="berkas").to_json()
    stored = json.loads(json.dumps(report))["findings"]
    said = [say(found["message"]) for found in stored]
    assert sentence in said
    assert not set(said) & {found["message"] for found in stored}


def test_a_checker_that_broke_off_is_told(english: None) -> None:
    assert all(say(sentence) != sentence for sentence in MESSAGES.values())


def warnings(text: str) -> list[dict[str, str]]:
    """Return the warnings of a plan as they are stored."""
    document = read_plan(text.encode(), filename="rencana.md").to_json()
    return json.loads(json.dumps(document["warnings"]))


def test_warnings_of_a_real_reading_are_said(english: None) -> None:
    found = warnings(PLAN)
    assert len(found) > 4
    for warning in found:
        assert say(warning["message"]) != warning["message"], warning
        assert say(warning["where"]) != warning["where"], warning
    assert "A-1: the action plan mentions the year 2019, although this plan is for 2026." in [
        say(warning["message"]) for warning in found
    ]


def test_a_list_of_words_is_said_word_by_word(english: None) -> None:
    signers = "pimpinan unit kerja/bidang dan pimpinan perangkat daerah"
    contents = "target tahunan dan data nasional dan hambatan atau kendala"
    assert say(f"A-1: rekomendasi meminta tanda tangan {signers}, tetapi rencana aksi tidak menjanjikannya.") == (
        "A-1: the recommendation asks for the signature of the head of the unit or division and the agency head, "
        "but the action plan does not promise it."
    )
    assert say(f"C-1: rencana aksi tidak menyebut {contents} yang diminta.") == (
        "C-1: the action plan does not mention what was asked for: "
        "annual target and national data and obstacles or constraints."
    )


PLAN = """RENCANA AKSI TINDAK LANJUT HASIL EVALUASI TAHUN 2026

| KOMPONEN | HASIL EVALUASI | REKOMENDASI | RENCANA AKSI TINDAK LANJUT |
|---|---|---|---|
| Perencanaan Kinerja | belum dipantau | Agar dilakukan monev setiap triwulan yang ditandatangani kepala bidang dan diketahui kepala badan | Akan dilaksanakan monev triwulan tahun 2019 |
"""


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b" ", "a.md", "This file is empty; what was looked for is the table of an action plan."),
        (b"a\0b", "a.md", "This kind of file is not known; what can be read: Word (.docx), Excel (.xlsx), PDF and Markdown (.md)."),
        (b"x" * 5_000_001, "a.md", "This file is larger than 5 MB."),
    ],
)  # fmt: skip
def test_why_a_plan_could_not_be_read_is_said(data: bytes, name: str, sentence: str, english: None) -> None:
    with pytest.raises(PlanError) as caught:
        read_plan(data, filename=name)
    assert say(str(caught.value.message)) == sentence
