"""Does the file open, how many pages has it, and do both readers say the same?"""

from __future__ import annotations

import pikepdf

from workflows.evidence.checks.document import Document
from workflows.evidence.checks.encryption import encryption_of
from workflows.evidence.checks.graph import survey
from workflows.evidence.checks.outcome import Outcome, Remark
from workflows.evidence.checks.page_count import declared_pages
from workflows.evidence.checks.report import Encryption, Opens
from workflows.evidence.checks.sentences import ONE_READER, READERS_DISAGREE

DAMAGED = Remark(
    "damaged",
    "Susunan PDF ini rusak; pembaca PDF memperbaikinya sendiri saat dibuka. "
    "Buka dokumen aslinya, simpan ulang sebagai PDF, lalu unggah lagi.",
)
NO_PAGES = Remark(
    "no_pages",
    "PDF ini tidak mempunyai halaman yang dapat dibuka. "
    "Buka dokumen aslinya, simpan ulang sebagai PDF, lalu unggah lagi.",
)
BROKEN = Remark(
    "does_not_open",
    "PDF ini rusak dan tidak dapat dibuka. Buka dokumen aslinya, simpan ulang sebagai PDF, lalu unggah lagi.",
)
UNDER_A_PASSWORD = Remark("password", "PDF ini dikunci dengan kata sandi. Simpan tanpa kata sandi, lalu unggah lagi.")
FOR_A_CERTIFICATE = Remark("password", "PDF ini dikunci dengan sertifikat. Simpan tanpa sertifikat, lalu unggah lagi.")
DAMAGE = ("file is damaged", "reconstruct")
"""What pikepdf says when it had to rebuild the table of objects; its other warnings are harmless oddities."""


def check_opening(document: Document) -> Outcome:
    """pypdf first, pikepdf second. A file that neither opens is not asked anything more."""
    ours = document.reader_pages
    if document.pdf is not None and document.pdf_pages > 0:
        return _opened(document, document.pdf, ours=ours)
    kind = encryption_of(document)
    if kind is Encryption.ATTACHMENTS_ONLY and (pages := declared_pages(document)):
        return Outcome(facts={"opens": Opens.YES, "pages": pages})
    if kind is Encryption.PUBLIC_KEY or isinstance(document.pdf_error, pikepdf.PasswordError):
        return _locked(document, kind)
    if ours > 0:
        remark = Remark("readers_disagree", ONE_READER(pages=ours))
        return Outcome(facts={"opens": Opens.REPAIRED, "pages": ours}, remarks=(remark,))
    return Outcome(
        facts={"opens": Opens.NO, "pages": declared_pages(document)}, remarks=_unopened(document), final=True
    )


def _opened(document: Document, pdf: pikepdf.Pdf, *, ours: int) -> Outcome:
    theirs = document.pdf_pages
    # pikepdf resolves objects as they are asked for, so damage shows only after all have been visited.
    survey(document)
    warnings = " ".join(str(warning) for warning in pdf.get_warnings())
    damaged = any(sign in warnings for sign in DAMAGE)
    remarks = []
    if damaged:
        remarks.append(DAMAGED)
    elif ours != theirs:
        remarks.append(Remark("readers_disagree", READERS_DISAGREE(ours=ours, theirs=theirs)))
    return Outcome(facts={"opens": Opens.REPAIRED if damaged else Opens.YES, "pages": theirs}, remarks=tuple(remarks))


def _unopened(document: Document) -> tuple[Remark, ...]:
    if document.header < 0:
        return ()  # that it is no PDF has been said, and is the better reason
    if document.pdf is not None:
        return (NO_PAGES,)
    return (BROKEN,)


def _locked(document: Document, kind: Encryption) -> Outcome:
    return Outcome(
        facts={"opens": Opens.PASSWORD, "pages": declared_pages(document)},
        remarks=(FOR_A_CERTIFICATE if kind is Encryption.PUBLIC_KEY else UNDER_A_PASSWORD,),
    )
