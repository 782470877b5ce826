"""Loads whatever a child may need, since a child cannot open any file, not even a module."""

from __future__ import annotations

import encodings
import importlib
import io
import logging
import pkgutil

import pikepdf

import workflows.documents
from workers.sandbox import signed_page
from workflows.evidence.checks.draw import draw_pages
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.pages import draw_page, read_pages
from workflows.evidence.checks.pictures import PictureSize

# What the validator of signatures loads only when a file asks for it.
LATE = (
    "cryptography.hazmat.backends.openssl.backend",
    "pyhanko.pdf_utils.crypt._saslprep",
    "pyhanko.pdf_utils.crypt.pdfmac",
    "pyhanko.pdf_utils.filters",
    "pyhanko.pdf_utils.metadata.xmp_xml",
)


def warm_up() -> None:
    """Import every text codec and every reader, then check two pages, so that late imports are behind us."""
    # The readers tell of every oddity of a file; what matters is in the report.
    logging.disable(logging.CRITICAL)
    for package in (encodings, workflows.documents):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            # Codecs of other systems (mbcs, oem) are not for this one.
            try:
                importlib.import_module(module.name)
            except ImportError:
                continue
    for name in LATE:
        importlib.import_module(name)
    check_file(io.BytesIO(_page(encryption=pikepdf.Encryption(owner="tuntas", R=6))), name="")
    draw_pages(io.BytesIO(_page()), [1], size=PictureSize.PAGE)
    signed, trust = signed_page.sign(_page())
    check_file(io.BytesIO(signed), name="", trust=trust)
    read_pages(io.BytesIO(_page()), [1])
    draw_page(io.BytesIO(_page()), 1)


def _page(encryption: pikepdf.Encryption | bool = False) -> bytes:
    """A one-page document with a font and text, to go through the readers' common paths."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(200, 200))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.obj.Contents = pdf.make_stream(b"BT /F1 12 Tf (Tuntas) Tj ET")
        written = io.BytesIO()
        pdf.save(written, encryption=encryption)
        return written.getvalue()
