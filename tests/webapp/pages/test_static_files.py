"""Built assets: compressed beforehand, kept for ever."""

import gzip

import flask
from flask.testing import FlaskClient

from webapp import static_files
from webapp.factory import assets


def test_a_built_file_is_sent_compressed_to_who_takes_that(app: flask.Flask, client: FlaskClient) -> None:
    static_files.init_app(app)
    path = f"/static/dist/{assets()['app.css']}"
    plain = client.get(path, headers={"Accept-Encoding": "identity"}, buffered=True)
    packed = client.get(path, headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    for answer in (plain, packed):
        assert answer.mimetype == "text/css"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_browser_that_has_it_is_told_so(app: flask.Flask, client: FlaskClient) -> None:
    static_files.init_app(app)
    path = f"/static/dist/{assets()['app.js']}"
    first = client.get(path, headers={"Accept-Encoding": "gzip"}, buffered=True)
    headers = {"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]}
    again = client.get(path, headers=headers, buffered=True)
    assert again.status_code == 304


def test_nothing_outside_the_folder_is_sent(app: flask.Flask, client: FlaskClient) -> None:
    static_files.init_app(app)
    for path in ("/static/../factory.py", "/static/%2e%2e/factory.py", "/static/dist/nichts.css"):
        assert client.get(path).status_code == 404
