"""``tuntas backup``, ``tuntas restore`` and ``tuntas backup-key``: everything out into one file, and back."""

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.cli import fail
from webapp.cli.runtime import data_option, database, json_option, operator, print_json
from webapp.cli.verify_bundle import parsed
from workflows.bundles.verify import Head, parse_head

if TYPE_CHECKING:
    from workflows.recovery.restore import Restored


@click.command(
    "backup-key", help="Buat pasangan kunci cadangan; BERKAS adalah kunci rahasianya. Simpan di tempat lain."
)
@click.argument("file", metavar="BERKAS", type=click.Path(path_type=Path, dir_okay=False))
def backup_key(file: Path) -> None:
    """Write a secret key (0600) and print its public one."""
    from storage.backup_file import new_key

    secret, public = new_key()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise click.UsageError(f"{file}: {error.strerror}") from error
    with os.fdopen(descriptor, "w") as out:
        out.write(f"# public key: {public}\n{secret}\n")
    click.echo(public)
    click.echo(
        f"Pindahkan {file} ke luar mesin ini; tanpa berkas itu cadangan tidak dapat dibuka oleh siapa pun.", err=True
    )


@click.command("backup", help="Buat satu berkas cadangan terenkripsi: basis data lebih dahulu, lalu penyimpanan.")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="BERKAS|FOLDER", help="Tujuan cadangan.")
@click.option(
    "--recipient", "recipients", multiple=True, metavar="age1...", envvar="BACKUP_RECIPIENTS",
    help="Kunci publik yang boleh membukanya (tuntas backup-key); boleh diulang. Baku: $BACKUP_RECIPIENTS.",
)  # fmt: skip
@json_option
@data_option
def backup(out: Path, recipients: Sequence[str], as_json: bool, data: Path) -> None:
    """Exit with 1 when the archive does not hold what the rows promise; the backup is there all the same."""
    import sqlalchemy as sa

    from storage import backup_file
    from webapp.deployment import engines_at, store_of
    from workflows import migrations
    from workflows.recovery.backup import Made, pieces

    if not recipients:
        raise click.UsageError("Sebutkan --recipient atau BACKUP_RECIPIENTS: kunci publik dari tuntas backup-key.")
    if out.is_dir():
        out = out / f"tuntas-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}.age"
    made = Made()
    with _told(out), engines_at(data) as addresses, _progress() as progress:
        engine = sa.create_engine(
            addresses.database_owner_url, poolclass=sa.NullPool, isolation_level="REPEATABLE READ"
        )
        store = store_of(addresses)
        with engine.connect() as snapshot:
            snapshot.execute(sa.text("SET TRANSACTION READ ONLY"))
            migrations.check(snapshot)
            installation = os.environ.get("INSTALLATION") or "Tuntas"
            content = pieces(
                snapshot, store, made, installation=installation, schema=migrations.NEWEST, progress=progress
            )
            backup_file.write(out, content, recipients=recipients)
        store.close()
    if as_json:
        print_json(
            {
                "id": str(made.id), "file": str(out), "rows_at": made.rows_at.isoformat() if made.rows_at else None,
                "objects": made.objects, "bytes": made.bytes, "troubles": made.troubles,
            }
        )  # fmt: skip
    else:
        click.echo(
            f"{out}: cadangan {made.id}, {made.objects} objek, keadaan basis data {made.rows_at:%Y-%m-%d %H:%M:%S %Z}"
        )
    for trouble in made.troubles:
        click.echo(f"tuntas: {trouble}", err=True)
    raise SystemExit(1 if made.troubles else 0)


@click.command("restore", help="Pulihkan cadangan ke tempat yang kosong; seluruh berkas diperiksa lebih dahulu.")
@click.argument("file", metavar="BERKAS", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--identity", "identities", type=click.Path(path_type=Path, exists=True, dir_okay=False), multiple=True,
    required=True, metavar="BERKAS", help="Kunci rahasia cadangan; boleh diulang.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Hanya periksa bahwa cadangan utuh dan dapat dibuka.")
@click.option(
    "--store-survived", is_flag=True, help="Penyimpanannya selamat dan boleh berisi; hanya basis data hilang."
)
@click.option(
    "--anchor", "anchors", type=click.Path(path_type=Path, exists=True, dir_okay=False), multiple=True,
    help="Jangkar yang disimpan di luar; boleh diulang.",
)  # fmt: skip
@click.option(
    "--head", "heads", metavar="RANTAI:NOMOR:HASH", multiple=True,
    callback=parsed(parse_head, "Ujung log ditulis RANTAI:NOMOR:HASH."), help="Ujung log yang diketahui dari luar.",
)  # fmt: skip
@json_option
@data_option
def restore(
    file: Path,
    identities: Sequence[Path],
    check: bool,
    store_survived: bool,
    anchors: Sequence[Path],
    heads: Sequence[Head],
    as_json: bool,
    data: Path,
) -> None:
    """Exit with 1 when it is refused, or when something of the backup could not be put back."""
    import workflows.stages  # noqa: F401 - all rules
    from storage import backup_file
    from webapp.deployment import engines_at, prepare, store_of
    from workflows import migrations
    from workflows.bundles.known import outside_heads
    from workflows.core.db import db
    from workflows.recovery import restore as work

    keys = [path.read_text("utf-8", "replace") for path in identities]
    with _told(file), _progress() as progress:
        with backup_file.opened(file, identities=keys) as members:
            header = work.inspect(members, progress=progress)
        if check:
            click.echo(f"\nCadangan {header.id} utuh, keadaan basis data {header.at:%Y-%m-%d %H:%M:%S %Z}.")
            return
        with engines_at(data, restoring=True) as addresses, database(addresses.database_owner_url):
            prepare(addresses, restoring=True)  # engines that run already may have no schema yet
            store = store_of(addresses, mode=os.environ.get("ARCHIVE_LOCK_MODE"))
            outside = outside_heads(anchors=anchors, heads=heads)
            work.begin(header, store, survived=store_survived, schema=migrations.NEWEST)
            db.session.commit()
            with backup_file.opened(file, identities=keys) as members:
                found = work.fill(members, store, actor=operator(), outside=outside, progress=progress)
            db.session.commit()
            store.close()
    _tell(found, as_json)
    raise SystemExit(1 if found.troubles else 0)


def _tell(found: "Restored", as_json: bool) -> None:
    adopted, voided = found.adopted, found.voided
    if as_json:
        print_json(
            {
                "objects": found.objects, "troubles": found.troubles, "readopted": adopted.receipts,
                "orphans": adopted.orphans, "voided": vars(voided) if voided else None,
            }
        )  # fmt: skip
        return
    click.echo(f"{found.objects} objek dipulihkan. Sesi, token dan tautan lama tidak berlaku lagi.")
    for receipt in adopted.receipts:
        click.echo(f"diterima kembali: {receipt}")
    for orphan in adopted.orphans:
        click.echo(f"tanpa pemilik: {orphan}")
    for trouble in found.troubles:
        click.echo(f"tidak dipulihkan: {trouble}")
    click.echo("Periksa: tuntas audit verify, tuntas archive fixity, tuntas archive reconcile.", err=True)


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Turn what may be wrong with a backup into a sentence."""
    from storage.backup_file import BackupDamagedError, BackupKeyError

    try:
        yield
    except FileExistsError:
        fail(f"{file} sudah ada; cadangan tidak ditimpa.", status=2)
    except BackupKeyError as error:
        fail(f"{file}: kunci yang disebut bukan kunci, atau tidak membuka cadangan ini ({error.detail}).")
    except BackupDamagedError as error:
        fail(f"{file}: cadangan rusak atau tidak lengkap; tidak ada yang dipulihkan darinya ({error}).")


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """One line on a terminal that is written over; nothing where nobody looks."""
    shown = sys.stderr.isatty()

    def tell(text: str) -> None:
        if shown:
            click.echo(f"\r\x1b[K{text}", nl=False, err=True)

    try:
        yield tell
    finally:
        if shown:
            click.echo("", err=True)
