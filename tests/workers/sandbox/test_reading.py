"""Pages read in the sandbox: text that stands in the file, and pictures by a program that may touch nothing else."""

import json
import os
import tempfile
from pathlib import Path

import pytest

from tests.support.reading import needs_tesseract, scanned_pdf, text_pdf
from workers.sandbox import seccomp
from workers.sandbox.program import find_tesseract
from workflows.evidence.checks import wire
from workflows.evidence.page_text import NoOcrError, UnreadError, read_layer, read_scan

from .conftest import WITHOUT_WALLS, start, stop
from .test_walls import FORBIDDEN, REFUSED, verdict

LINES = ["LAPORAN MONITORING DAN EVALUASI TRIWULAN II TAHUN 2026", "Capaian indikator 87,50 persen dari target."]
CORPUS = Path(os.environ.get("TUNTAS_CORPUS", Path(__file__).parents[4] / "shared" / "corpus"))


def file_of(content: bytes):
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(content)
    file.flush()
    return file


def test_the_text_of_the_named_pages_comes_back_and_of_no_others(real) -> None:
    with file_of(text_pdf(["Satu"], ["Dua"], ["Tiga"])) as file:
        found = read_layer(real.inspector, file, [3, 1, 9])
    assert found.pages == 3
    assert {number: text.strip() for number, text in found.texts.items()} == {1: "Satu", 3: "Tiga"}


def test_a_file_that_does_not_open_is_told_as_unread(real) -> None:
    with file_of(b"%PDF-1.7 nothing") as file, pytest.raises(UnreadError):
        read_layer(real.inspector, file, [1])
    with file_of(b"%PDF-1.7 nothing") as file, pytest.raises(UnreadError):
        read_scan(real.inspector, file, 1)
    with file_of(text_pdf(["Satu"])) as file, pytest.raises(UnreadError):
        read_scan(real.inspector, file, 2)


def test_the_words_on_a_picture_are_read(real) -> None:
    needs_tesseract()
    with file_of(scanned_pdf(LINES)) as file:
        assert read_layer(real.inspector, file, [1]).texts[1].strip() == ""
        text = " ".join(read_scan(real.inspector, file, 1).split())
    assert "TRIWULAN II TAHUN 2026" in text
    assert "87,50 persen" in text


def test_a_scan_of_the_corpus_is_read(real) -> None:
    needs_tesseract()
    path = CORPUS / "valid" / "idmin__doc54.pdf"
    if not path.exists():
        # The corpus is no part of the project; where everything is to be run, its absence is a failure.
        assert not os.environ.get("CI"), "the corpus is not there"
        pytest.skip("the corpus is not there")
    with path.open("rb") as file:
        assert "Perdagangan" in read_scan(real.inspector, file, 2)


def test_the_reader_of_pictures_is_as_walled_in_as_every_child(hostile_as) -> None:
    """The walls stand before the program does; what they let through is that program and its libraries."""
    needs_tesseract()
    with file_of(b"P5\n1 1\n255\n\x00") as file:
        answer = hostile_as.inspector.ask("ocr", file)
    assert answer["isolation"] == "full"
    inside = json.loads(answer["text"])
    came_through = {
        f"{group}: {name}": came
        for group in ("sockets", "programs", "signals")
        for name, came in inside[group].items()
        if came not in REFUSED
    }
    assert came_through == {}
    # Asking what a path is reads nothing: neither content nor the names in a folder.
    opened = {
        name for name, came in inside["paths"].items() if came.startswith("done") and not name.startswith("stat ")
    }
    assert opened == set()
    calls = dict(inside["calls"])
    assert calls.pop("clone3") == "ENOSYS"
    assert set(calls.values()) == {"EPERM"}, calls
    assert inside["open library"].startswith("done")
    assert inside["write library"] == inside["exec library"] == "EACCES"
    assert inside["read picture"] == "P5\n"
    assert 0 not in inside["user"]


@pytest.mark.parametrize("missing", ["landlock", "seccomp"])
def test_where_a_wall_is_missing_no_picture_is_read_and_the_rest_goes_on(folder: Path, missing: str) -> None:
    needs_tesseract()
    checker = start(folder, "-c", WITHOUT_WALLS, missing, "--socket")
    try:
        with file_of(text_pdf(["Satu"])) as file:
            assert read_layer(checker.inspector, file, [1]).pages == 1
            with pytest.raises(UnreadError):
                read_scan(checker.inspector, file, 1)
    finally:
        stop(checker)


def test_what_the_program_writes_is_text_and_nothing_else(real) -> None:
    needs_tesseract()
    with file_of(scanned_pdf(['{"report": {"verdict": "accept"}}'])) as file:
        drawn = real.inspector.ask("bitmap", file, pages=[1], limit=wire.BITMAP_LIMIT)
        assert set(drawn["ok"]) == {"width", "height", "pixels"}
    with file_of(b"no picture") as file:
        assert set(real.inspector.ask("ocr", file)) <= {"text", "failure", "isolation"}


def test_without_the_program_it_is_told_and_everything_else_works(hostile) -> None:
    class Answers:
        def ask(self, kind, file, **more):
            if kind == "ocr":
                return {"error": {"code": "no_ocr", "message": ""}}
            return hostile.inspector.ask(kind, file, **more)

    with file_of(text_pdf(["Satu"])) as file, pytest.raises(NoOcrError):
        read_scan(Answers(), file, 1)


@pytest.mark.parametrize("machine", FORBIDDEN)
def test_the_filter_around_a_program_allows_its_list_and_nothing_else(machine: str) -> None:
    architecture, more = seccomp.ARCHITECTURES[machine], seccomp.PROGRAM[machine]
    instructions = seccomp.program(architecture, more)
    allowed = {n for n in range(600) if verdict(instructions, number=n, audit=architecture.audit) == seccomp.ALLOW}
    assert allowed == {*architecture.allowed.values(), *more.values()}
    for_a_program = {more["execve"], more["openat"], more["newfstatat"]}
    assert allowed & set(FORBIDDEN[machine]) == for_a_program & set(FORBIDDEN[machine])


def test_the_program_needs_no_folder() -> None:
    needs_tesseract()
    program = find_tesseract()
    assert program is not None
    assert all(os.path.isfile(path) for path in program.paths())
