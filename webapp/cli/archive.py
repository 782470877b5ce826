"""``tuntas archive``: re-read the archive, and compare store and ledger."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.cli.runtime import data_option, json_option, print_json, session

if TYPE_CHECKING:
    from workflows.archive.custody import Custody


@click.group("archive", help="Arsip berkas.")
def archive() -> None:
    """Group of two commands."""


@archive.command("fixity", help="Baca ulang setiap berkas di arsip dan cocokkan sidik jarinya.")
@json_option
@data_option
def fixity(as_json: bool, data: Path) -> None:
    """Exit with 1 when an object is missing or differs."""
    from webapp.deployment import store_of
    from workflows.archive.custody import fixity as look

    with session(data) as addresses:
        found = look(
            store_of(addresses), progress=lambda done, total: click.echo(f"\r{done}/{total}", nl=False, err=True)
        )
    _tell(found, as_json)


@archive.command("reconcile", help="Bandingkan penyimpanan dan catatan, dua arah; tidak menghapus apa pun.")
@json_option
@data_option
def reconcile(as_json: bool, data: Path) -> None:
    """Exit with 1 when there are gaps, orphans, or newer versions."""
    from webapp.deployment import store_of
    from workflows.archive.custody import reconcile as compare

    with session(data) as addresses:
        found = compare(store_of(addresses))
    _tell(found, as_json)


def _tell(found: "Custody", as_json: bool) -> None:
    if as_json:
        troubles = [vars(trouble) for trouble in found.troubles]
        print_json({"ok": not troubles, "looked_at": found.looked_at, "troubles": troubles})
    else:
        for trouble in found.troubles:
            click.echo(f"{trouble.code}: {trouble.where}: {trouble.message}")
        click.echo(f"\n{found.looked_at} objek diperiksa, {len(found.troubles)} masalah.", err=True)
    raise SystemExit(1 if found.troubles else 0)
