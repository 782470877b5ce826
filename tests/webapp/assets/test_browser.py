"""The one thing only a browser can say: that the strict policy stops nothing the page needs."""

import subprocess
import threading
from pathlib import Path

from werkzeug.serving import make_server

from tests.support.browsers import need_chromium

from .sample import ROOT, build_app

FLAGS = [
    "--headless",
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
]


def test_chromium_draws_the_style_guide_without_a_complaint(tmp_path: Path) -> None:
    picture = ROOT / "test-output/gaya-1440.png"
    picture.parent.mkdir(exist_ok=True)
    picture.unlink(missing_ok=True)
    server = make_server("127.0.0.1", 0, build_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        run = subprocess.run(
            [
                need_chromium(),
                *FLAGS,
                f"--user-data-dir={tmp_path}",
                "--window-size=1440,5200",
                f"--screenshot={picture}",
                f"http://127.0.0.1:{server.port}/gaya",
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert ":CONSOLE" not in run.stderr, run.stderr
    assert picture.stat().st_size > 100_000
