"""``tuntas org import``: agencies, units, people and positions from xlsx, csv or yaml."""

from pathlib import Path

import click

from webapp.cli import fail
from webapp.cli.runtime import data_option, json_option, operator, print_json, session


@click.group("org", help="Perangkat daerah, bidang, pegawai, jabatan.")
def organization() -> None:
    """Group of commands."""


@organization.command("import", help="Catat organisasi dari berkas xlsx, csv, atau yaml; yang sudah ada dibiarkan.")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@data_option
def import_organization(file: Path, as_json: bool, data: Path) -> None:
    """Write what is new, all or nothing."""
    from workflows.organization.roster import read_roster, write_roster

    if not file.is_file():
        fail(f"Berkas {file} tidak ada.")
    roster = read_roster(file.read_bytes(), filename=file.name)
    with session(data):
        counts = write_roster(roster, actor=operator())
    if as_json:
        print_json(counts)
    else:
        click.echo(", ".join(f"{count} {name}" for name, count in counts.items()))


@organization.command("ink", help="Tanda tangan basah di daerah ini: dikonfirmasi pemiliknya, atau langsung berlaku.")
@click.argument("policy", type=click.Choice(["confirm", "accept"]))
@click.option("--region", required=True, help="Kode daerah.")
@data_option
def ink_policy(policy: str, region: str, data: Path) -> None:
    """Set what it takes for a signature on paper to count; what was decided before stays as it is."""
    import sqlalchemy as sa

    from workflows.core.db import db
    from workflows.organization.models import InkPolicy, Region
    from workflows.signoff.ink import set_policy

    with session(data):
        found = db.session.scalars(sa.select(Region).where(sa.func.lower(Region.code) == region.lower())).one_or_none()
        if found is None:
            fail(f"Daerah {region} tidak ada.")
        set_policy(found, InkPolicy(policy), actor=operator())


@organization.command("deadline", help="Batas tindak lanjut LHE di daerah ini, dalam hari kalender sejak diterima.")
@click.option("--region", required=True, help="Kode daerah.")
@click.option(
    "--source", type=click.Choice(["internal", "province", "national"]), default="internal", show_default=True
)
@click.option("--days", type=int, required=True, help="Hari sampai batas tindak lanjut.")
@click.option("--plan-days", type=int, required=True, help="Hari sampai batas rencana aksi dan keberatan.")
@data_option
def deadline(region: str, source: str, days: int, plan_days: int, data: Path) -> None:
    """Set the terms of a region; reports that were received before keep theirs."""
    import sqlalchemy as sa

    from workflows.core.db import db
    from workflows.organization.models import Region
    from workflows.recommendations.deadlines import set_term
    from workflows.recommendations.models import ReportSource

    with session(data):
        found = db.session.scalars(sa.select(Region).where(sa.func.lower(Region.code) == region.lower())).one_or_none()
        if found is None:
            fail(f"Daerah {region} tidak ada.")
        set_term(found, ReportSource(source), follow_up=days, plan=plan_days, actor=operator())
