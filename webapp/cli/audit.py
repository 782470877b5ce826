"""``tuntas audit verify``: recomputes every chain of the log, and holds it against what is known from elsewhere."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from webapp.cli.runtime import data_option, json_option, print_json, session
from webapp.cli.verify_bundle import parsed
from workflows.bundles.verify import Head, Receipt, parse_head, parse_receipt

if TYPE_CHECKING:
    from workflows.bundles.known import Knowledge
    from workflows.core.audit import ChainReport, Loss, Problem, Restoration


@click.group("audit", help="Log peristiwa.")
def audit() -> None:
    """Group of one command."""


@audit.command("verify", help="Hitung ulang semua rantai log; menyebut peristiwa pertama yang tidak cocok.")
@click.option(
    "--anchor",
    "anchors",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="Jangkar yang disimpan di luar; boleh diulang.",
)
@click.option(
    "--receipt",
    "receipts",
    metavar="NOMOR:URUT:HASH",
    multiple=True,
    callback=parsed(parse_receipt, "Tanda terima ditulis NOMOR:URUT:HASH."),
    help="Tanda terima yang disimpan di luar; boleh diulang.",
)
@click.option(
    "--head",
    "heads",
    metavar="RANTAI:NOMOR:HASH",
    multiple=True,
    callback=parsed(parse_head, "Ujung log ditulis RANTAI:NOMOR:HASH."),
    help="Ujung log yang diketahui dari luar; boleh diulang.",
)
@json_option
@data_option
def verify(
    anchors: Sequence[Path], receipts: Sequence[Receipt], heads: Sequence[Head], as_json: bool, data: Path
) -> None:
    """Exit with 1 when a chain does not hold, or is not what is known from elsewhere."""
    from workflows.bundles.known import gather
    from workflows.core.audit import verify_all

    with session(data):
        known = gather(anchors=anchors, receipts=receipts, heads=heads)
        reports = list(verify_all(known.links))
    problems = [report.problem for report in reports if report.problem] + known.problems
    lost = [loss for report in reports for loss in report.lost] + known.lost
    if as_json:
        print_json(_document(reports, known, ok=not problems and not lost))
    else:
        _tell(reports, known, brought=bool(anchors or receipts or heads))
    raise SystemExit(1 if problems or lost else 0)


def _document(reports: "Sequence[ChainReport]", known: "Knowledge", *, ok: bool) -> dict[str, Any]:
    chains = [
        {
            "chain": report.chain,
            "events": report.events,
            "head": report.head.hex(),
            "proven": report.proven,
            "problem": vars(report.problem) if report.problem else None,
            "restored": [_plain(epoch) for epoch in report.restored],
            "lost": [_plain(loss) for loss in report.lost],
        }
        for report in reports
    ]
    return {
        "ok": ok,
        "events": sum(report.events for report in reports),
        "chains": chains,
        "stored_anchors": known.anchors,
        "problems": [vars(problem) for problem in known.problems],
        "lost": [_plain(loss) for loss in known.lost],
    }


def _plain(value: "Loss | Restoration") -> dict[str, Any]:
    return {name: held.isoformat() if isinstance(held, dt.datetime) else held for name, held in vars(value).items()}


def _tell(reports: "Sequence[ChainReport]", known: "Knowledge", *, brought: bool) -> None:
    for report in reports:
        proven = f", terbukti dari luar sampai nomor {report.proven}" if report.proven else ", tanpa bukti dari luar"
        word = _trouble(report.problem) if report.problem else _whole(report) + (proven if brought else "")
        click.echo(f"{report.chain}: {report.events} peristiwa, {word}")
        for loss in report.lost:
            click.echo(f"{report.chain}: HILANG KARENA PEMULIHAN: {loss.message}")
    for problem in known.problems:
        click.echo(f"{problem.chain}: {_trouble(problem)}")
    for loss in known.lost:
        click.echo(f"{loss.chain}: HILANG KARENA PEMULIHAN: {loss.message}")
    if known.anchors:
        click.echo(f"{known.anchors} jangkar tersimpan dibandingkan.", err=True)
    if not brought:
        click.echo("Tanpa --anchor, --receipt atau --head, log hanya terbukti utuh dalam dirinya.", err=True)


def _whole(report: "ChainReport") -> str:
    """A chain that was cut by a restore is never called whole."""
    if not report.restored:
        return "utuh"
    told = "; ".join(
        f"dipulihkan {epoch.at:%Y-%m-%d %H:%M} UTC dari cadangan {epoch.backup}, sejak nomor {epoch.seq} ditulis baru"
        + (f", yang lama sampai nomor {epoch.until} hilang" if epoch.until else "")
        for epoch in report.restored
    )
    return f"menyambung, {told}"


def _trouble(problem: "Problem") -> str:
    until = f" (paling lambat nomor {problem.until})" if problem.until not in (None, problem.seq) else ""
    return f"RUSAK di nomor {problem.seq}{until}: {problem.message}"
