"""`tuntas check`: the evidence checks on any files, without a database or a running product.

The files are judged by a checker of this command's own, which is started for its time; this process never reads
what is in them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from workflows.evidence.checks.report import CheckReport

VERDICTS = {"accept": "diterima", "warn": "perlu dilihat", "reject": "ditolak"}
OPENS = {"yes": "terbuka", "repaired": "terbuka setelah diperbaiki", "password": "terkunci", "no": "tidak terbuka"}
MARKS = {"info": "·", "warn": "!", "reject": "x"}


@click.command("check")
@click.argument("files", nargs=-1, required=True, metavar="BERKAS...")
@click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON ke keluaran baku, satu laporan per berkas.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=lambda: min(64, len(os.sched_getaffinity(0))),
    show_default="jumlah inti",
    help="Berkas yang diperiksa bersamaan.",
)
@click.option("--profile", default="document", show_default=True, help="Profil aturan: document atau strict.")
@click.option(
    "--trust",
    envvar="TRUST_DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder daftar kepercayaan (trust.json) untuk menilai penerbit tanda tangan.",
)
@click.option("--data", type=click.Path(), expose_value=False, help="Tidak diperlukan; diterima seperti perintah lain.")
def check(files: Sequence[str], *, as_json: bool, jobs: int, profile: str, trust: Path | None) -> None:
    """Periksa berkas bukti: PDF atau bukan, dapat dibuka, terkunci, berisi skrip, tanda tangannya utuh.

    Keluar dengan 0 bila tidak ada yang ditolak, 1 bila ada, 2 bila perintahnya keliru.
    """
    from workflows.evidence.checks.policy import POLICIES

    if profile not in POLICIES:
        raise click.UsageError(f"Profil {profile!r} tidak dikenal; pilih salah satu: {', '.join(POLICIES)}.")
    for name in files:
        _demand_readable(name)
    reports = _judge(files, jobs=min(jobs, len(files)), profile=profile, trust=trust)
    if as_json:
        click.echo(json.dumps([report.to_json() for report in reports], ensure_ascii=True, indent=2))
    else:
        for report in reports:
            click.echo(_line(report))
    if any(report.verdict == "reject" for report in reports):
        sys.exit(1)


def _demand_readable(name: str) -> None:
    if not os.path.exists(name):
        raise click.UsageError(f"Berkas tidak ditemukan: {name}")
    if not os.path.isfile(name):
        hint = " (folder tidak ditelusuri; sebutkan berkasnya)" if os.path.isdir(name) else ""
        raise click.UsageError(f"Bukan berkas biasa: {name}{hint}")
    if not os.access(name, os.R_OK):
        raise click.UsageError(f"Berkas tidak boleh dibaca oleh pengguna ini: {name}")


def _judge(files: Sequence[str], *, jobs: int, profile: str, trust: Path | None) -> list[CheckReport]:
    """The reports in the order of the files. The largest file comes first, so that none of them is left for the end."""
    from workflows.evidence.inspection import CheckerAwayError, Inspector

    with Inspector.private(concurrency=jobs, trust=trust) as inspector, _progress(len(files)) as advance:

        def judge(name: str) -> CheckReport:
            with open(name, "rb") as file:
                return inspector.check(file, name=name, profile=profile)

        threads = ThreadPoolExecutor(jobs)
        try:
            started = {threads.submit(judge, files[at]): at for at in _largest_first(files)}
            reports = {}
            for judged in as_completed(started):
                reports[started[judged]] = judged.result()
                advance()
            return [reports[at] for at in range(len(files))]
        except CheckerAwayError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"Berkas tidak dapat dibaca: {error}") from error
        finally:
            threads.shutdown(cancel_futures=True)


def _largest_first(files: Sequence[str]) -> list[int]:
    return sorted(range(len(files)), key=lambda at: os.path.getsize(files[at]), reverse=True)


@contextmanager
def _progress(count: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error where somebody may watch it; standard output belongs to the result."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(length=count, label="Memeriksa", file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _line(report: CheckReport) -> str:
    facts = [VERDICTS[report.verdict], OPENS[report.opens]]
    if report.pages is not None:
        facts.append(f"{report.pages} halaman")
    if report.signatures:
        facts.append(f"{len(report.signatures)} tanda tangan elektronik")
    lines = [f"{report.path}: {', '.join(facts)}"]
    lines += [f"  {MARKS[finding.severity]} {finding.message}" for finding in report.findings]
    return "\n".join(lines)
