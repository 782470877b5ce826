"""What the evidence checks cost by themselves, and what a second core is worth to ``tuntas check``.

One unsigned document of about ten pages through the confined checker, the median over such files; the floor is
``qpdf --check``, ``pdfsig`` and ``pdftotext`` one after the other on the same files, where they are installed. How much
of it goes to the child and its walls, whatever stands in the file, is a row of its own. Then the whole command on every
PDF of the corpus, two at a time; the floor is one at a time, the start of the command and of its checker included in
both.
"""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pikepdf

from tests.bench.figures import Row, percentile, table
from tests.bench.product import timed
from workflows.evidence.inspection import Inspector

CORPUS = Path(os.environ.get("TUNTAS_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")
OTHERS = (("qpdf", "--check"), ("pdfsig",), ("pdftotext",))
ABOUT_TEN = range(9, 13)
TURNS = 9
CHECK_MS, CHECK_RATIO = 150, 1 / 1.5
WALLS_MS = 40
JOBS_RATIO = 1.8


def measure() -> list[Row]:
    """Return the three rows."""
    return [*_ten_pages(), _two_jobs()]


def _ten_pages() -> list[Row]:
    with _documents() as files, Inspector.private() as inspector:
        ours, floor, around = [], [], []
        for _ in range(TURNS):
            for file in files:
                inside: list[float] = []
                ours.append(timed(lambda file=file, inside=inside: inside.append(_check(inspector, file))))  # type: ignore[misc]
                around.append(ours[-1] - inside[0])
                if _others_are_here():
                    floor.append(timed(lambda file=file: _ask_others(file)))  # type: ignore[misc]
    return [
        Row(
            "check of an unsigned file of about 10 pages, p50", percentile(ours) * 1000, "ms",
            percentile(floor) * 1000 if floor else None, goal=CHECK_MS, least_ratio=CHECK_RATIO if floor else None,
            note=f"{len(files)} files" if floor else "qpdf and poppler-utils are not installed",
        ),
        Row(
            "of it for the child and its walls, p50", percentile(around) * 1000, "ms", goal=WALLS_MS,
            note="what is left when the check inside is taken off",
        ),
    ]  # fmt: skip


@contextmanager
def _documents() -> Iterator[list[Path]]:
    """Two made here, and what the corpus has of this size."""
    with tempfile.TemporaryDirectory(prefix="tuntas-bench-") as folder:
        made = [Path(folder, f"{number}.pdf") for number in range(2)]
        for number, path in enumerate(made):
            _write(path, words=200 * (number + 1))
        yield made + [
            CORPUS / row["path"]
            for row in _manifest()
            if row["path"].startswith("valid/") and int(row["pages"]) in ABOUT_TEN and row["n_signatures"] == "0"
        ]


def _write(path: Path, *, words: int) -> None:
    with pikepdf.new() as pdf:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        lines = "".join(f"(Laporan monitoring dan evaluasi triwulan {line}) Tj T* " for line in range(words // 6))
        for _ in range(10):
            page = pdf.add_blank_page(page_size=(595, 842))
            page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            page.obj.Contents = pdf.make_stream(f"BT /F1 9 Tf 10 TL 50 800 Td {lines} ET".encode())
        pdf.save(path)


def _manifest() -> list[dict[str, str]]:
    manifest = CORPUS / "MANIFEST.csv"
    if not manifest.is_file():
        return []
    with manifest.open(newline="") as file:
        return [row for row in csv.DictReader(file) if (CORPUS / row["path"]).is_file()]


def _check(inspector: Inspector, path: Path) -> float:
    """Return the seconds that the check took inside the child."""
    with path.open("rb") as file:
        return inspector.check(file, name=path.name).elapsed_ms / 1000


def _others_are_here() -> bool:
    return all(shutil.which(program) for program, *_ in OTHERS)


def _ask_others(path: Path) -> None:
    for program, *options in OTHERS:
        output = ["-"] if program == "pdftotext" else []
        subprocess.run([program, *options, path, *output], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _two_jobs() -> Row:
    files = [str(CORPUS / row["path"]) for row in _manifest()]
    note = f"{len(files)} files of the corpus; floor: --jobs 1"
    if not files:
        with _documents() as made:
            return _jobs_row([str(path) for path in made] * 30, note="files made here, no corpus; floor: --jobs 1")
    return _jobs_row(files, note=note)


def _jobs_row(files: Sequence[str], *, note: str) -> Row:
    # In turns, and the best of each: what else the machine does hits both.
    one, two = zip(*((_command(files, 1), _command(files, 2)) for _ in range(3)), strict=True)
    return Row(
        "tuntas check --jobs 2", len(files) / min(two), "/s", len(files) / min(one), least_ratio=JOBS_RATIO, note=note
    )


def _command(files: Sequence[str], jobs: int) -> float:
    argv = [sys.executable, "-m", "webapp", "check", "--json", "--jobs", str(jobs), *files]
    return timed(lambda: subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))


def main() -> None:
    """Measure and print."""
    sys.stdout.write(table(measure()))


if __name__ == "__main__":
    main()
