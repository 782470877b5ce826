"""``tuntas import``: an LHE or Rencana Aksi becomes recommendations, actions and proposed requirements."""

from pathlib import Path

import click

from webapp.cli import fail
from webapp.cli.runtime import data_option, json_option, operator, print_json, session


@click.command("import", help="Baca LHE atau Rencana Aksi; --dry-run hanya memperlihatkan apa yang terbaca.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--agency", required=True, metavar="KODE", help="Kode perangkat daerah.")
@click.option("--year", required=True, type=click.IntRange(2000, 2100), help="Tahun pada judul.")
@click.option("--dry-run", is_flag=True, help="Tanpa basis data; tidak menulis apa pun.")
@json_option
@data_option
def import_plan(file: Path, agency: str, year: int, dry_run: bool, as_json: bool, data: Path) -> None:
    """Read in the sandbox, then write as a draft; the same document twice changes nothing."""
    from workflows.evidence.inspection import Inspector

    if not file.is_file():
        fail(f"Berkas {file} tidak ada.")
    with file.open("rb") as opened, Inspector.private() as inspector:
        answer = inspector.read_plan(opened, filename=file.name)
    if "error" in answer:
        fail(answer["error"]["message"])
    document = answer["ok"]
    if document["year"] not in (None, year):
        fail(f"Berkas ini untuk tahun {document['year']}, bukan {year}. Periksa --year.")
    for warning in document["warnings"]:
        click.echo(f"Perhatian ({warning['where']}): {warning['message']}", err=True)
    if not dry_run:
        _write(document, agency, year, data, paper=answer["beside"].get("paper", "plan"))
    if as_json:
        print_json(document)
    elif dry_run:
        for entry in document["recommendations"]:
            click.echo(f"{entry['number']}  {entry['text']}")


def _write(document: dict, agency: str, year: int, data: Path, *, paper: str) -> None:  # type: ignore[type-arg]
    from workflows.documents.plan import Paper
    from workflows.organization.queries import agency_by_code
    from workflows.plans.operations import write_plan

    with session(data):
        written = write_plan(document, agency=agency_by_code(agency), year=year, actor=operator(), paper=Paper(paper))
        count = len(document["recommendations"])
    if written.actions is not None:
        click.echo(f"{written.actions} rencana aksi ditambahkan ke rekomendasi LHE-nya.", err=True)
    elif written.created:
        click.echo(f"{count} rekomendasi tercatat sebagai konsep; Inspektur menerbitkannya.", err=True)
    else:
        click.echo("Dokumen yang sama sudah tercatat; tidak ada yang berubah.", err=True)
