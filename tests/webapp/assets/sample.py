"""A minimal application around the templates, and the built assets.

The real application is not needed to judge what the templates and the build promise: the same strict policy,
the same globals (`asset`, `csrf_token`, `shell`), the same filters of dates and words.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from flask import Flask, Response, render_template
from flask_babel import Babel
from flask_wtf import CSRFProtect

from workflows.core.sentences import phrase

ROOT = Path(__file__).parents[3]
DIST = ROOT / "webapp/static/dist"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NOW = datetime(2024, 7, 15, 3, 30, tzinfo=UTC)


def build_app() -> Flask:
    app = Flask("webapp", root_path=str(ROOT / "webapp"))
    app.config.update(SECRET_KEY="only for the tests", BABEL_DEFAULT_LOCALE="id")
    manifest = json.loads((DIST / "manifest.json").read_text())
    app.jinja_env.globals["asset"] = lambda name: f"/static/dist/{manifest[name]}"
    app.jinja_env.filters["tanggal"] = lambda at: f"{at:%d} Juli {at:%Y}"
    app.jinja_env.filters["waktu"] = lambda at: f"{at:%d} Juli {at:%Y} pukul {at:%H.%M} WIB"
    app.jinja_env.filters["ukuran"] = lambda size: f"{size // 1000} kB"
    app.jinja_env.filters["say"] = str
    app.jinja_env.globals.update(language=lambda: "id", language_names={"id": "Bahasa Indonesia", "en": "English"})
    app.jinja_env.globals["phrase"] = phrase
    Babel(app)
    CSRFProtect(app)

    @app.context_processor
    def surroundings() -> dict[str, object]:
        items = ["Tugas saya", "Rekomendasi", "Kisi", "Arsip", "Log"]
        navigation = [
            SimpleNamespace(label=item, href="#", current=item == "Kisi", count=3 if item == items[0] else 0)
            for item in items
        ]
        shell = SimpleNamespace(
            agency="Badan Kesatuan Bangsa dan Politik Kabupaten Contoh",
            posts=["Kepala Bidang Ketahanan", "Plt. Sekretaris"],
            navigation=navigation,
            login_url="/masuk",
            logout_url="/keluar",
            language_url="/bahasa",
            here="/gaya",
        )
        return {"current_user": SimpleNamespace(is_authenticated=True, name="Bagus Contoh"), "shell": shell}

    @app.after_request
    def policy(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    for endpoint, path in (("anchors.listing", "/jangkar"), ("receipts.check", "/tanda-terima/periksa")):
        app.add_url_rule(path, endpoint, lambda: "")

    @app.get("/gaya")
    def style_guide() -> str:
        return render_template("gaya.html", now=NOW)

    @app.get("/galat")
    def refusal() -> tuple[str, int]:
        page = render_template(
            "error.html",
            status=404,
            title="Halaman tidak ditemukan",
            sentence="Alamat ini tidak ada, atau bukan untuk jabatan Anda.",
            advice="Periksa alamatnya, atau mulai dari halaman awal.",
        )
        return page, 404

    return app
