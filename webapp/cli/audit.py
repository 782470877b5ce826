"""``tuntas audit verify``: recomputes every chain of the log."""

from pathlib import Path

import click

from webapp.cli.runtime import data_option, json_option, print_json, session


@click.group("audit", help="Log peristiwa.")
def audit() -> None:
    """Group of one command."""


@audit.command("verify", help="Hitung ulang semua rantai log; menyebut peristiwa pertama yang tidak cocok.")
@json_option
@data_option
def verify(as_json: bool, data: Path) -> None:
    """Exit with 1 when a chain does not hold."""
    from workflows.core.audit import verify_all

    with session(data):
        reports = list(verify_all())
    problems = [report.problem for report in reports if report.problem]
    if as_json:
        chains = [
            {
                "chain": report.chain,
                "events": report.events,
                "head": report.head.hex(),
                "problem": vars(report.problem) if report.problem else None,
            }
            for report in reports
        ]
        print_json({"ok": not problems, "events": sum(report.events for report in reports), "chains": chains})
    else:
        for report in reports:
            word = f"RUSAK di nomor {report.problem.seq}: {report.problem.message}" if report.problem else "utuh"
            click.echo(f"{report.chain}: {report.events} peristiwa, {word}")
    raise SystemExit(1 if problems else 0)
