"""``tuntas web``: pages and API alone; every engine is an outside one and the workers run elsewhere."""

import click


@click.command("web", help="Layani halaman dan API saja; basis data, antrean dan penyimpanan disebut oleh pengaturan.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Alamat yang dilayani.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port.")
def web(host: str, port: int) -> None:
    """Serve until SIGTERM. Nothing is prepared or migrated here: several of these may start at once."""
    from webapp.factory import create_app
    from webapp.serving import WebServer, bind
    from webapp.settings import Settings
    from workflows.core import heap

    heap.keep_small()
    app = create_app(Settings.from_environment())
    WebServer(app, bind(host, port)).run()
