"""``tuntas seal``: the key that seals bundles and anchors."""

from pathlib import Path

import click

from webapp.cli.runtime import data_option, json_option, print_json, session


@click.group("seal", help="Kunci segel.")
def seal() -> None:
    """Group of one command."""


@seal.command("rotate", help="Ganti kunci segel; kunci lama menandatangani kunci baru, lalu dihapus.")
@json_option
@data_option
def rotate(as_json: bool, data: Path) -> None:
    """Make the next key, have it signed by the present one, and put it in place."""
    from webapp.deployment import environment_for
    from webapp.embedded.folder import Folder
    from workflows.bundles import rotation

    with session(data) as addresses:
        environment = environment_for(addresses, Folder.open(data))
        path = Path(environment["SEAL_KEY_FILE"])
        entry = rotation.rotate(path, installation=environment.get("INSTALLATION", "Tuntas"))
        fingerprint, number = entry.fingerprint, entry.number
    rotation.put_in_place(path)
    if as_json:
        print_json({"number": number, "fingerprint": fingerprint})
    else:
        click.echo(f"Kunci segel nomor {number} berlaku sejak sekarang. Sidik jarinya:\n{fingerprint}")
        click.echo("Umumkan sidik jari ini lewat jalan lain, dan simpan salinan kuncinya di luar mesin ini.", err=True)
