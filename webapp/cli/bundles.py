"""``tuntas bundle``: the auditor's bundle, built at once into a file."""

import os
import tempfile
from pathlib import Path

import click

from webapp.cli import fail
from webapp.cli.runtime import data_option, json_option, operator, print_json, session


@click.command("bundle", help="Buat bundel arsip sebuah perangkat daerah untuk pemeriksa.")
@click.option("--agency", required=True, metavar="KODE", help="Kode perangkat daerah.")
@click.option("--year", required=True, type=click.IntRange(2000, 2100), help="Tahun tindak lanjut.")
@click.option("--reason", required=True, help="Alasan; tercatat di log dan di dalam bundel.")
@click.option("--restricted", "with_restricted", is_flag=True, help="Sertakan berkas terbatas; tercatat di log.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Berkas ZIP hasil.")
@json_option
@data_option
def bundle(agency: str, year: int, reason: str, with_restricted: bool, out: Path, as_json: bool, data: Path) -> None:
    """Order and build; the file is there whole or not at all."""
    from storage.base import Bucket
    from storage.keys import bundle_key
    from webapp.deployment import environment_for, store_of
    from webapp.embedded.folder import Folder
    from workflows.bundles import operations
    from workflows.bundles.seal import load_or_create_key
    from workflows.core.db import db
    from workflows.organization.queries import agency_by_code

    if not out.parent.is_dir():
        fail(f"Folder {out.parent} tidak ada.", status=2)
    part = out.with_name(out.name + ".part")
    with session(data) as addresses:
        environment = environment_for(addresses, Folder.open(data))
        store, seal_key = store_of(addresses), load_or_create_key(Path(environment["SEAL_KEY_FILE"]))
        place = agency_by_code(agency)
        ordered = operations.order(
            place, year=year, reason=reason, actor=operator(), with_restricted=with_restricted, background=False
        )
        db.session.commit()
        try:
            with part.open("w+b") as file, tempfile.TemporaryFile() as log:
                draft = operations.gather(ordered.id, log=log, installation=environment.get("INSTALLATION", "Tuntas"))
                result = operations.pack(draft, store=store, seal_key=seal_key, out=file)
                file.flush()
                os.fsync(file.fileno())
                file.seek(0)
                key = bundle_key(ordered.id)
                version_id = store.put(Bucket.BUNDLES, key, file, length=result.size, content_type="application/zip")
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
        operations.finish(
            ordered.id,
            result,
            packed=draft.contents.packed,
            key=key,
            version_id=version_id,
            fingerprint=seal_key.fingerprint,
        )
    if as_json:
        print_json({"path": str(out), "sha256": result.sha256, "bytes": result.size})
    else:
        click.echo(f"{out}: {result.size} byte, SHA-256 {result.sha256}", err=True)
