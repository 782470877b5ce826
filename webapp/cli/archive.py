"""``tuntas archive``: re-read the archive, compare store and ledger, and carry out a confirmed disposal."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.cli.runtime import data_option, json_option, operator, print_json, session

if TYPE_CHECKING:
    from workflows.archive.custody import Custody
    from workflows.organization.models import Agency

agency_option = click.option("--agency", "agency_code", metavar="KODE", help="Hanya perangkat daerah ini.")


@click.group("archive", help="Arsip berkas.")
def archive() -> None:
    """Group of three commands."""


@archive.command("fixity", help="Baca ulang berkas di arsip dan cocokkan sidik jarinya, yang paling lama lebih dulu.")
@agency_option
@click.option("--older-than", "days", type=click.IntRange(0), default=0, metavar="HARI",
              help="Hanya yang terakhir dibaca lebih lama dari ini; yang terputus pun dilanjutkan.")  # fmt: skip
@click.option(
    "--rate", type=click.FloatRange(0), default=0.0, metavar="MIB", help="Batas MiB per detik; 0: tanpa batas."
)
@json_option
@data_option
def fixity(agency_code: str | None, days: int, rate: float, as_json: bool, data: Path) -> None:
    """Exit with 1 when something is not as promised. What was read is recorded on the way, and is not read twice."""
    import datetime as dt

    from storage.fixity import Pace
    from webapp.deployment import store_of
    from workflows.archive import custody
    from workflows.core.clock import now
    from workflows.core.db import db

    looked_at = 0
    troubles: list[custody.Trouble] = []
    with session(data) as addresses:
        store = store_of(addresses)
        agency = _agency(agency_code)
        agency_id = agency.id if agency else None
        before = now() - dt.timedelta(days=days)
        pace = Pace(rate * 1024 * 1024) if rate else None
        while batch := custody.due(before=before, agency_id=agency_id):
            proof = custody.last_read()
            db.session.commit()
            seen, failure = custody.look(store, batch, pace=pace, proof=proof)
            custody.record(seen)
            db.session.commit()
            if failure is not None:
                raise failure
            looked_at += len(seen)
            for one in seen:
                where = f"archive/{one.due.promise.key}@{one.due.promise.version_id}"
                troubles += [custody.Trouble(str(code), where, custody.WORDS[code]) for code in sorted(one.findings)]
            click.echo(f"\r{looked_at}", nl=False, err=True)
    _tell(custody.Custody(looked_at, tuple(troubles)), as_json)


@archive.command("reconcile", help="Bandingkan penyimpanan dan catatan, dua arah; tidak menghapus apa pun.")
@agency_option
@json_option
@data_option
def reconcile(agency_code: str | None, as_json: bool, data: Path) -> None:
    """Exit with 1 when there are gaps, orphans, or newer versions."""
    from webapp.deployment import store_of
    from workflows.archive.custody import reconcile as compare

    with session(data) as addresses:
        found = compare(store_of(addresses), agency=_agency(agency_code))
    _tell(found, as_json)


@archive.command("dispose", help="Musnahkan berkas menurut berita acara yang sudah dikukuhkan dua orang.")
@click.argument("number")
@json_option
@data_option
def dispose(number: str, as_json: bool, data: Path) -> None:
    """Erase the bytes with the administrator's key; rows, digest, receipt and reason stay."""
    from storage.base import Bucket
    from storage.disposal import dispose as erase
    from webapp.deployment import store_of
    from workflows.archive import disposals
    from workflows.bundles.restricted import keys_holding

    with session(data) as addresses:
        store = store_of(addresses, admin=True)

        def clean(order: disposals.Order) -> None:
            for key in (*order.pictures, *keys_holding(order.key)):
                store.remove(Bucket.BUNDLES, key)

        try:
            order = disposals.carry_out(number, erase=lambda key: erase(store, key), clean=clean, actor=operator())
        finally:
            store.close()
    if as_json:
        print_json({"number": order.number, "sha256": order.sha256, "receipts": list(order.receipts)})
    else:
        click.echo(f"{order.number}: {', '.join(order.receipts)} dimusnahkan; catatan dan sidik jarinya tetap ada.")


def _agency(code: str | None) -> "Agency | None":
    if code is None:
        return None
    from workflows.organization.queries import agency_by_code

    return agency_by_code(code)


def _tell(found: "Custody", as_json: bool) -> None:
    if as_json:
        troubles = [vars(trouble) for trouble in found.troubles]
        print_json({"ok": not troubles, "looked_at": found.looked_at, "troubles": troubles})
    else:
        for trouble in found.troubles:
            click.echo(f"{trouble.code}: {trouble.where}: {trouble.message}")
        click.echo(f"\n{found.looked_at} objek diperiksa, {len(found.troubles)} masalah.", err=True)
    raise SystemExit(1 if found.troubles else 0)
