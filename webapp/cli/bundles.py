"""``tuntas bundle``: the auditor's bundle, built at once into a file."""

import os
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import click

from webapp.cli import fail
from webapp.cli.runtime import data_option, json_option, operator, print_json, session

if TYPE_CHECKING:
    from workflows.bundles.choices import Choice
    from workflows.core.actors import Actor
    from workflows.organization.models import Agency


@click.command("bundle", help="Buat bundel arsip sebuah perangkat daerah untuk pemeriksa.")
@click.option("--agency", metavar="KODE", help="Kode perangkat daerah; wajib bila bukan LHE atau rekomendasi.")
@click.option("--year", type=click.IntRange(2000, 2100), help="Tahun tindak lanjut; wajib bila bukan LHE.")
@click.option("--report", metavar="NOMOR", help="Hanya LHE dengan nomor ini.")
@click.option("--recommendation", "recommendations", type=click.UUID, multiple=True, metavar="ID",
              help="Hanya rekomendasi ini; boleh diulang.")  # fmt: skip
@click.option("--reason", required=True, help="Alasan; tercatat di log dan di dalam bundel.")
@click.option("--restricted", "with_restricted", is_flag=True, help="Sertakan berkas terbatas; tercatat di log.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Berkas ZIP hasil.")
@json_option
@data_option
def bundle(
    agency: str | None,
    year: int | None,
    report: str | None,
    recommendations: tuple[uuid.UUID, ...],
    reason: str,
    with_restricted: bool,
    out: Path,
    as_json: bool,
    data: Path,
) -> None:
    """Order and build; the file is there whole or not at all."""
    from storage.base import Bucket
    from storage.keys import bundle_key
    from storage.reading import Digest, VerifyingReader
    from webapp.deployment import environment_for, store_of
    from webapp.embedded.folder import Folder
    from workflows.bundles import operations
    from workflows.bundles.seal import load_or_create_key
    from workflows.core.db import db

    if report is None and not recommendations and (agency is None or year is None):
        fail("Sebutkan --agency dan --year, atau --report, atau --recommendation.", status=2)
    if not out.parent.is_dir():
        fail(f"Folder {out.parent} tidak ada.", status=2)
    part = out.with_name(out.name + ".part")
    with session(data) as addresses:
        environment = environment_for(addresses, Folder.open(data))
        store, seal_key = store_of(addresses), load_or_create_key(Path(environment["SEAL_KEY_FILE"]))
        who = operator()
        place, of_year, choice = _asked(who, agency, year, report, recommendations)
        ordered = operations.order(
            place, year=of_year, reason=reason, actor=who, with_restricted=with_restricted, choice=choice,
            background=False,
        )  # fmt: skip
        db.session.commit()
        try:
            with part.open("w+b") as file, tempfile.TemporaryFile() as log:
                draft = operations.gather(ordered.id, log=log, installation=environment.get("INSTALLATION", "Tuntas"))
                result = operations.pack(draft, store=store, seal_key=seal_key, out=file)
                file.flush()
                os.fsync(file.fileno())
                file.seek(0)
                key = bundle_key(ordered.id)
                written = VerifyingReader(file, expected=Digest(sha256=result.sha256, size=result.size))
                version_id = store.put(Bucket.BUNDLES, key, written, length=result.size, content_type="application/zip")
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


def _asked(
    who: "Actor", agency: str | None, year: int | None, report: str | None, recommendations: tuple[uuid.UUID, ...]
) -> "tuple[Agency, int, Choice | None]":
    from workflows.bundles.choices import choose, reports_numbered
    from workflows.core.errors import NotFoundError
    from workflows.organization.queries import agency_by_code

    place = agency_by_code(agency) if agency is not None else None
    found = reports_numbered(who, report) if report is not None else []
    found = [row for row in found if place is None or row.agency_id == place.id]
    if report is not None and len(found) != 1:
        fail(
            f"Ada {len(found)} LHE bernomor {report}; sebutkan juga --agency."
            if found
            else f"Tidak ada LHE terbit bernomor {report}."
        )
    choice = choose(who, report_id=found[0].id if found else None, recommendation_ids=recommendations)
    if choice is not None:
        choice.require_of(place, year)
        return choice.agency, choice.report.year, choice
    if place is None or year is None:  # the command has looked already
        raise NotFoundError
    return place, year, None
