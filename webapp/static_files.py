"""Serves the built assets: compressed beforehand where the browser takes that, and kept by it for ever.

Every name under ``static/dist`` carries a digest of its content, so what a browser once has never becomes wrong.
"""

import mimetypes
from pathlib import Path

from flask import Flask, Response, request, send_from_directory
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.utils import safe_join

_DIST = "dist/"
_FOR_EVER = "public, max-age=31536000, immutable"


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, except that files leave them alone: what varies by cookie is fetched anew after signing in."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the session into the answer."""
        if request.endpoint != "static":
            super().save_session(app, session, response)


def init_app(app: Flask) -> None:
    """Put this in the place of Flask's own view of static files."""
    app.view_functions["static"] = serve
    app.session_interface = Sessions()


def serve(filename: str) -> Response:
    """Send one file. :raises NotFound: when there is none of that name below the folder."""
    folder = Path(__file__).parent / "static"
    packed = safe_join(str(folder), f"{filename}.gz")
    beside = filename.startswith(_DIST) and packed is not None and Path(packed).is_file()
    zipped = beside and "gzip" in request.accept_encodings
    response = send_from_directory(
        folder, f"{filename}.gz" if zipped else filename, mimetype=mimetypes.guess_type(filename)[0]
    )
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    if beside:
        response.vary.add("Accept-Encoding")
    if filename.startswith(_DIST):
        response.headers["Cache-Control"] = _FOR_EVER
    return response
