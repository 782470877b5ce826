"""A Rencana Aksi of 1,000 recommendations, from the upload until it is written: received, read in the sandbox, confirmed."""

import sys
import time

import requests

from tests.bench.figures import Row, table
from tests.bench.product import running
from tests.support.demos import Demo
from tests.support.papers import FORMATS, Grid

COUNT, MOST_SECONDS, SECONDS = 1_000, 10.0, 60.0
YEARS = {"docx": 2041, "xlsx": 2042, "pdf": 2043}
COMPONENTS = (
    *("Perencanaan Kinerja", "Pengukuran Kinerja", "Pelaporan Kinerja"),
    "Evaluasi Akuntabilitas Kinerja Internal",
)


def paper(year: int) -> list[str | Grid]:
    """Return a plan whose recommendations ask for a document each."""
    rows = [["NO", "KOMPONEN", "HASIL EVALUASI", "REKOMENDASI", "RENCANA AKSI", "BATAS WAKTU"]]
    rows.extend(
        [
            *(str(number), COMPONENTS[(number - 1) * 4 // COUNT], f"Dokumen {number} belum disusun dengan lengkap"),
            f"Menyusun pedoman nomor {number} tentang pengumpulan data kinerja di lingkungan dinas",
            *(f"Menyusun dan menetapkan pedoman nomor {number}", f"TW II {year}"),
        ]
        for number in range(1, COUNT + 1)
    )
    head = [f"RENCANA AKSI TINDAK LANJUT HASIL EVALUASI AKIP TAHUN {year}", "DINAS PERIKANAN DAN KELAUTAN"]
    return [*head, Grid(rows, widths=[0.5, 1.3, 2, 2.5, 2, 1.2])]


def measure() -> list[Row]:
    """Return one row for each kind of file, on a demo of its own."""
    with running() as demo:
        return [
            Row(f"import of {COUNT:,} recommendations, {kind}", _import(demo, kind, year), "s", goal=MOST_SECONDS)
            for kind, year in YEARS.items()
        ]


def _import(demo: Demo, kind: str, year: int) -> float:
    data = FORMATS[kind](paper(year))
    account = demo.account("evaluator", agency=None)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {account['token']}"
    place = f"{demo.address}/api/v1/evaluations"
    started = time.perf_counter()
    fields = {"agency": demo.accounts[0]["agency"], "year": str(year)}
    sent = session.post(f"{place}/import", files={"file": (f"rencana.{kind}", data)}, data=fields, timeout=SECONDS)
    sent.raise_for_status()
    read = f"{place}/imports/{sent.json()['id']}"
    while (state := session.get(read, timeout=SECONDS).json())["state"] == "waiting":
        if time.perf_counter() - started > SECONDS:
            raise TimeoutError("the plan was not read in time")
        time.sleep(0.1)
    if state["state"] != "read" or len(state["recommendations"]) != COUNT:
        raise AssertionError(state["error"])
    confirmed = session.post(f"{read}/confirm", timeout=SECONDS)
    confirmed.raise_for_status()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    sys.stdout.write(table(measure()))


if __name__ == "__main__":
    main()
