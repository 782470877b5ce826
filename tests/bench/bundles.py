"""A bundle of 1,000 files and 2 GB: built in the background, downloaded by the HTTP interface, proven by its own `verify.py`.

Floors of the same run: to build, get the same versions from the store, hash each twice and write them to a ZIP without
compression on the disk; to download, a raw get of the same object; to prove, `sha256sum` and then `sha512sum` over the
unpacked payload. The memory is the highest resident size of the process that builds, with all that it shares.
"""

import contextlib
import hashlib
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import psutil
import psycopg

from storage.base import Bucket
from storage.minio_store import MinioStore
from tests.bench.figures import Row, percentile, table
from tests.bench.memory import ours
from tests.bench.product import (
    READ,
    Client,
    addresses_of,
    drained,
    dsn,
    running,
    scan,
    senders,
    settle,
    store_at,
    timed,
)
from tests.support.demos import Demo
from workflows.bundles import verify

FILES, SIZE, ROUNDS = 1000, 2_000_000, 3
MOST_MEGABYTES = 150
Place = tuple[str, str]
"""Key and version of an archived object."""


def measure() -> list[Row]:
    """Return four rows. It stands on a demo of its own, which needs 10 GB for a while."""
    with running() as demo, tempfile.TemporaryDirectory(prefix="tuntas-bundle-") as folder:
        places = _fill(demo)
        auditor = Client.of(demo, demo.account("auditor", agency=None)["token"])
        size = sum(place[2] for place in places) / 1e6
        built, floor, peak = [], [], 0
        for _ in range(ROUNDS):
            with contextlib.suppress(FileNotFoundError):
                Path(folder, "floor.zip").unlink()
            floor.append(timed(lambda: _copy(store_at(demo), places, Path(folder, "floor.zip"))))
            began, processes = time.perf_counter(), ours(demo)
            _forget_peaks(processes)
            bundle = _build(demo, auditor)
            built.append(time.perf_counter() - began)
            peak = max(peak, _peak(processes))
        note = f"{len(places)} files, {size:.0f} MB"
        rows = [
            Row("bundle built", size / percentile(built), "MB/s", size / percentile(floor), least_ratio=0.5, note=note),
            Row("memory of the process that builds it", peak / 1e6, "MB", goal=MOST_MEGABYTES),
        ]
        return [*rows, _downloads(demo, auditor, bundle), _proof(auditor, bundle, Path(folder))]


def _fill(demo: Demo) -> list[tuple[str, str, int]]:
    """Deliver the files through the front door; return where they are archived, with their sizes."""
    people = senders(demo, 4)
    for number in range(FILES):
        people[number % len(people)].client.upload(people[number % len(people)].requirement_id, scan(SIZE))
    settle(demo, seconds=900)
    with psycopg.connect(dsn(addresses_of(demo).database_owner_url)) as connection:
        return connection.execute(
            "SELECT key, version_id, size FROM archived_object JOIN agency ON agency.id = agency_id"
            " WHERE agency.code = %s",
            (demo.account("unit_head")["agency"],),
        ).fetchall()


def _copy(store: MinioStore, places: list[tuple[str, str, int]], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as out:
        for number, (key, version, _size) in enumerate(places):
            answer = store.client.get_object(store.bucket_name(Bucket.ARCHIVE), key, version_id=version)
            digests = hashlib.sha256(), hashlib.sha512()
            with out.open(f"{number}.pdf", "w", force_zip64=True) as entry:
                while piece := answer.read(READ):
                    for digest in digests:
                        digest.update(piece)
                    entry.write(piece)
            answer.close()
            answer.release_conn()
    store.close()


def _build(demo: Demo, auditor: Client) -> str:
    order = {
        "agency": demo.account("unit_head")["agency"],
        "year": 2026,
        "reason": "Pengukuran",
    }
    kind = {"Content-Type": "application/json"}
    bundle = json.loads(auditor.send("POST", "/api/v1/bundles", json.dumps(order).encode(), **kind))
    while (state := auditor.ask(f"/bundles/{bundle['id']}")["state"]) != "ready":
        if state == "failed":
            raise AssertionError("the bundle was not built")
        time.sleep(0.1)
    return str(bundle["id"])


def _forget_peaks(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(FileNotFoundError):
            # Sets VmHWM to what is resident now (proc(5)).
            Path(f"/proc/{process.pid}/clear_refs").write_text("5")


def _peak(processes: list[psutil.Process]) -> int:
    """Return the highest that any of them reached; the web hands nothing of a bundle on while it is built."""
    found = 0
    for process in processes:
        with contextlib.suppress(FileNotFoundError):  # a child of the checker that has ended
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            found = max(found, *(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
    return found


def _downloads(demo: Demo, auditor: Client, bundle: str) -> Row:
    with psycopg.connect(dsn(addresses_of(demo).database_owner_url)) as connection:
        row = connection.execute("SELECT key, size FROM bundle WHERE id = %s", (bundle,)).fetchone()
    assert row is not None
    (key, size), store = row, store_at(demo)

    def raw() -> int:
        answer = store.client.get_object(store.bucket_name(Bucket.BUNDLES), key)
        try:
            return drained(answer.read)
        finally:
            answer.close()
            answer.release_conn()

    pairs = [(timed(lambda: auditor.drain(f"/api/v1/bundles/{bundle}/file")), timed(raw)) for _ in range(ROUNDS)]
    speeds = [size / 1e6 / percentile(seconds) for seconds in zip(*pairs, strict=True)]
    store.close()
    return Row("bundle downloaded", speeds[0], "MB/s", speeds[1], least_ratio=0.7, note=f"{size / 1e6:.0f} MB")


def _proof(auditor: Client, bundle: str, folder: Path) -> Row:
    path, payload = folder / "bundle.zip", folder / "payload"
    auditor.save(f"/api/v1/bundles/{bundle}/file", path)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(payload, [name for name in archive.namelist() if "/data/" in name])
    files = sorted(str(found) for found in payload.rglob("*") if found.is_file())
    size = sum(Path(found).stat().st_size for found in files) / 1e6
    proof = [sys.executable, "-I", "-S", str(Path(verify.__file__)), str(path)]
    pairs = []
    for _ in range(ROUNDS):
        ours_ = timed(lambda: subprocess.run(proof, check=True, stdout=subprocess.DEVNULL))
        pairs.append((ours_, sum(timed(lambda tool=tool: _run([tool, *files])) for tool in ("sha256sum", "sha512sum"))))
    speeds = [size / percentile(seconds) for seconds in zip(*pairs, strict=True)]
    return Row("bundle proven by verify.py", speeds[0], "MB/s", speeds[1], least_ratio=0.5, note=f"{len(files)} files")


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Measure and print."""
    sys.stdout.write(table(measure()))


if __name__ == "__main__":
    main()
