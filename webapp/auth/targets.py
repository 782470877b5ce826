"""Where to go on after a form: only ever to a path of this site."""

from urllib.parse import urlsplit

from flask import current_app, request


def safe_target(target: str | None) -> str:
    """Return ``target`` where it is a path of this site, else the first page; never an address elsewhere."""
    home: str = current_app.url_for("pages.home")
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return home
    parts = urlsplit(target)
    return target if not parts.netloc and not parts.scheme else home


def here() -> str:
    """Return the page that the person sees, as a path.

    An answer to a form has no address of its own: there it is the page on which the form stood.
    """
    if request.method == "GET":
        return request.full_path.rstrip("?")
    before = urlsplit(request.referrer or "")
    if before.netloc != request.host:
        return "/"
    return before.path + (f"?{before.query}" if before.query else "")
