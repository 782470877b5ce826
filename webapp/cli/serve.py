"""``tuntas demo`` and ``tuntas serve``: the whole product in one process tree."""

from pathlib import Path

import click

from webapp.cli.runtime import apart, data_option, database
from webapp.deployment import environment_for, outside, prepare
from webapp.embedded import EngineError, Engines
from webapp.embedded.folder import Folder, write_private

DEMO_MARK = "DEMO"


@click.command("demo", help="Kabupaten contoh dengan rencana aksi contoh, siap dicoba. Hanya di komputer ini.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port di 127.0.0.1.")
@click.option(
    "--accounts", type=click.Path(path_type=Path, dir_okay=False), help="Tulis akun contoh ke berkas ini (0600)."
)
@data_option
def demo(port: int, accounts: Path | None, data: Path) -> None:
    """Start the demo."""
    from webapp.serving import bind, load, serve

    folder = Folder.open(data)
    mark = folder.root / DEMO_MARK
    if not mark.exists() and (folder.secrets / "session.key").exists():
        raise EngineError("not_demo", f"Folder {folder.root} berisi data sungguhan. Pilih folder lain dengan --data.")
    listener = bind("127.0.0.1", port)
    with Engines.start(data, outside=outside(), meanwhile=load) as engines:
        write_private(mark, b"Folder contoh; tuntas serve menolaknya.\n")

        def fill() -> None:
            from webapp.demo.accounts import print_accounts, write_accounts
            from webapp.demo.region import ensure_demo
            from webapp.demo.story import tell_beside

            prepare(engines.addresses)
            with database(engines.addresses.database_worker_url):
                made = ensure_demo(folder)
            if accounts:
                write_accounts(made, accounts)
            address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            print_accounts(made, address)
            tell_beside(engines.addresses, address)

        apart(fill)
        raise SystemExit(serve(engines, listener, environment_for(engines.addresses, folder)))


@click.command("serve", help="Jalankan Tuntas; server yang disebut pengaturan menggantikan mesin bawaan.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Alamat yang dilayani.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port.")
@data_option
def serve(host: str, port: int, data: Path) -> None:
    """Start the product."""
    from webapp.serving import bind, load
    from webapp.serving import serve as run

    folder = Folder.open(data)
    if (folder.root / DEMO_MARK).exists():
        raise EngineError("demo_folder", f"Folder {folder.root} adalah folder contoh. Pilih folder lain dengan --data.")
    listener = bind(host, port)
    with Engines.start(data, outside=outside(), meanwhile=load) as engines:
        apart(lambda: prepare(engines.addresses))
        environment = environment_for(engines.addresses, folder)
        click.echo(f"Tuntas melayani http://{host}:{listener.getsockname()[1]}/", err=True)
        raise SystemExit(run(engines, listener, environment, least_isolation="partial"))
