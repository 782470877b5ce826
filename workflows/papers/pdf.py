"""A paper as PDF/A, drawn by WeasyPrint from a page of our own; nothing is fetched from anywhere.

The libraries it stands on (Pango) and the font are Debian packages; where they are missing the paper says so.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from workflows.core.errors import Reason, WorkflowError
from workflows.papers.sheet import Band, Sheet

VARIANT = "pdf/a-3u"
"""Archival, with text that can be searched and copied. Structure for screen readers (3a) takes four times as long."""
NO_PROGRAM = Reason(
    "no_pdf_maker", "Pembuat PDF belum terpasang di peladen. Hubungi admin, atau pilih Word atau Excel."
)


class NoPdfMakerError(WorkflowError):
    """The libraries below WeasyPrint are not installed on this machine."""

    code = "no_pdf_maker"

    def __init__(self) -> None:
        super().__init__(NO_PROGRAM)


def render(sheet: Sheet) -> bytes:
    """Return the paper. The same sheet gives the same bytes on the same machine.

    :raises NoPdfMakerError: Pango is missing.
    """
    HTML, fetcher = _program()  # noqa: N806 - a class
    page = _template().render(sheet=sheet, is_band=lambda row: isinstance(row, Band))
    with _rarely_collected():
        document: bytes = HTML(string=page, url_fetcher=fetcher).write_pdf(pdf_variant=VARIANT)
    return document


@contextmanager
def _rarely_collected() -> Iterator[None]:
    """Look for garbage seldom: a page is many small objects that all live until the end, and looking through them
    again and again takes a tenth to a quarter of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@cache
def _program() -> tuple[Any, Any]:
    """Load it late: it takes a second and a half, and only the making of a PDF needs it."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise NoPdfMakerError from error
    return HTML, URLFetcher(allowed_protocols=["data"])


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("workflows.papers", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("sheet.html.j2")
