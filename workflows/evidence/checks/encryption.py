"""Which encryption does the file declare, and can it be read without a password? (ISO 32000-2, 7.6)"""

from __future__ import annotations

from typing import Any

import pikepdf

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.graph import fetch, is_dictionary, word
from workflows.evidence.checks.outcome import Outcome, Remark
from workflows.evidence.checks.report import Encryption

PUBLIC_KEY_HANDLERS = frozenset({"/Adobe.PubSec", "/AdobePPKLite", "/Entrust.PPKEF"})
IDENTITY = "/Identity"


def check_encryption(document: Document) -> Outcome:
    """Encryption that readers pass without a password is information; the opening check judges the rest."""
    kind = encryption_of(document)
    remarks: tuple[Remark, ...] = ()
    if kind is Encryption.OWNER_ONLY:
        remarks = (
            Remark(
                "encrypted",
                "PDF dibatasi izinnya (mencetak atau menyalin) dengan kata sandi pemilik; "
                "tetap dapat dibuka dan diarsipkan.",
            ),
        )
    elif kind is Encryption.ATTACHMENTS_ONLY:
        remarks = (
            Remark(
                "attachments_encrypted",
                "Lampiran di dalam PDF dikunci dengan kata sandi dan tidak dapat diperiksa. "
                "Unggah lampirannya tanpa kata sandi.",
            ),
        )
    return Outcome(facts={"encrypted": kind}, remarks=remarks)


def encryption_of(document: Document) -> Encryption:
    """The kind, from the encryption dictionary where one can be read."""
    declared = _dictionary(document)
    if declared is None:
        return _without_dictionary(document)
    handler = word(declared, "/Filter")
    if handler in PUBLIC_KEY_HANDLERS:
        return Encryption.PUBLIC_KEY
    if handler != "/Standard":
        return Encryption.UNSUPPORTED
    # Identity is also the default of both filters, but only versions 4 and 5 have crypt filters at all.
    if fetch(declared, "/V") in (4, 5) and all(
        (word(declared, key) or IDENTITY) == IDENTITY for key in ("/StmF", "/StrF")
    ):
        return Encryption.ATTACHMENTS_ONLY
    if document.pdf is not None:
        return Encryption.OWNER_ONLY
    if isinstance(document.pdf_error, pikepdf.PasswordError):
        return Encryption.USER_PASSWORD
    return Encryption.UNSUPPORTED


def _dictionary(document: Document) -> Any:
    if document.pdf is not None:
        declared = document.pdf.trailer.get("/Encrypt") if document.pdf.is_encrypted else None
    else:
        try:
            declared = None if document.sealed is None else fetch(document.sealed.trailer, "/Encrypt")
        except MemoryError:
            raise
        except Exception:
            declared = None
    return declared if is_dictionary(declared) else None


def _without_dictionary(document: Document) -> Encryption:
    """No dictionary: either there is no encryption, or it is declared and broken."""
    if document.pdf is not None:
        return Encryption.NONE
    if isinstance(document.pdf_error, pikepdf.PasswordError):
        return Encryption.USER_PASSWORD
    if document.sealed is not None and "/Encrypt" in document.sealed.trailer:
        return Encryption.UNSUPPORTED
    return Encryption.NONE
