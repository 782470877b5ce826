"""``tuntas db``: migrate, or refuse to go on with a database of another release."""

from pathlib import Path

import click
import sqlalchemy as sa

from webapp.cli.runtime import data_option
from webapp.deployment import outside, prepare
from webapp.embedded import Addresses, Engines, find_running
from workflows import migrations


@click.group("db", help="Skema basis data.")
def database() -> None:
    """Group of the two commands."""


@database.command("upgrade", help="Perbarui skema ke versi ini.")
@data_option
def upgrade(data: Path) -> None:
    """Migrate as the owner."""
    running = find_running(data)
    if running is not None:
        prepare(running)
    else:
        with Engines.start(data, outside=outside()) as engines:
            prepare(engines.addresses)
    click.echo(f"Basis data berada di versi {migrations.NEWEST}.", err=True)


@database.command("check", help="Periksa bahwa skema lengkap dan dari versi ini.")
@data_option
def check(data: Path) -> None:
    """Refuse a database that is older, newer, or half migrated."""
    running = find_running(data)
    if running is not None:
        _check(running)
    else:
        with Engines.start(data, outside=outside()) as engines:
            _check(engines.addresses)
    click.echo("Basis data cocok dengan versi ini.", err=True)


def _check(addresses: Addresses) -> None:
    engine = sa.create_engine(addresses.database_owner_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        migrations.check(connection)
