"""Serves the built assets: compressed beforehand where the browser takes that, and kept by it for ever.

Every name under ``static/dist`` carries a digest of its content, so what a browser once has never becomes wrong.
"""

import mimetypes
from pathlib import Path

from flask import Flask, Response, request, send_from_directory
from werkzeug.utils import safe_join

_DIST = "dist/"
_FOR_EVER = "public, max-age=31536000, immutable"


def init_app(app: Flask) -> None:
    """Put this in the place of Flask's own view of static files."""
    app.view_functions["static"] = serve


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
