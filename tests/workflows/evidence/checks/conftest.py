"""The corpus of real files, a checker for the tests, and small PDF files made on the spot."""

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from workflows.evidence.inspection import Inspector

REPOSITORY = Path(__file__).resolve().parents[4]


class Corpus:
    """The folder of files with what is known about each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with (folder / "MANIFEST.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        self.rows = [row for row in rows if (folder / row["path"]).is_file()]

    def path(self, row: dict[str, str]) -> Path:
        return self.folder / row["path"]


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    folder = Path(os.environ.get("TUNTAS_CORPUS") or REPOSITORY.parent / "shared" / "corpus")
    if not (folder / "MANIFEST.csv").is_file():
        reason = f"no corpus in {folder}; set TUNTAS_CORPUS"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return Corpus(folder)


@pytest.fixture(scope="session")
def inspector() -> Iterator[Inspector]:
    with Inspector.private(concurrency=2) as started:
        yield started


class Draft:
    """A PDF under construction: `pdf` to add to, `bytes()` to have it."""

    def __init__(self, *, pages: int = 1, words: str = "Laporan monitoring dan evaluasi triwulan pertama ") -> None:
        self.pdf = pikepdf.new()
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        for _ in range(pages):
            page = self.pdf.add_blank_page(page_size=(595, 842))
            page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            page.obj.Contents = self.pdf.make_stream(f"BT /F1 12 Tf 50 700 Td ({words * 3}) Tj ET".encode())

    @property
    def root(self) -> pikepdf.Object:
        return self.pdf.Root

    def bytes(self, **options: object) -> bytes:
        buffer = io.BytesIO()
        self.pdf.save(buffer, **options)
        return buffer.getvalue()


@pytest.fixture
def draft() -> type[Draft]:
    return Draft
